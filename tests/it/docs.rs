//! What is written from something else is current. `just docs` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use dunlin::config::{Config, DEFAULTS};
use dunlin::engine::catalogue::{CATALOGUE, Family};

#[test]
fn the_configuration_reference_is_written_from_the_defaults() {
    held_current("docs/CONFIGURATION.md", &reference(&sections(DEFAULTS)));
}

#[test]
fn the_file_of_defaults_has_every_key_and_no_other() {
    let config = Config::load(None, [], []).unwrap();
    let asked: BTreeSet<String> = config.keys().iter().map(|key| key.replace(".1.", ".")).collect();
    let mut written = BTreeSet::new();
    for section in sections(DEFAULTS) {
        let all = format!("{}.*", section.name);
        if asked.contains(&all) {
            written.insert(all);
        } else {
            written.extend(section.keys.iter().map(|key| format!("{}.{}", section.name, key.name)));
        }
    }
    assert_eq!(written, asked);
}

/// What the README shows is what its command prints.
#[test]
fn the_readme_shows_what_its_command_prints() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let command = readme.lines().find_map(|line| line.strip_prefix("cargo run --release -- "));
    let said = Command::new(env!("CARGO_BIN_EXE_dunlin"))
        .args(command.unwrap().split(' '))
        .current_dir(root())
        .output()
        .unwrap();
    assert!(said.status.success());
    let shown = String::from_utf8(said.stdout).unwrap();
    let (before, rest) = readme.split_once("```text\n").unwrap();
    let (_, after) = rest.split_once("```\n").unwrap();
    held_current("README.md", &format!("{before}```text\n{shown}```\n{after}"));
}

#[test]
fn the_readme_counts_the_kpis() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for family in Family::ALL {
        let count = CATALOGUE.iter().filter(|kpi| kpi.family == family).count();
        let row = format!("| {} | {count} |", family.names().0);
        assert!(readme.contains(&row), "README.md does not say {row}");
    }
}

#[test]
fn the_reference_of_kpis_is_written_from_the_catalogue() {
    held_current("docs/KPIS.md", &dunlin::edge::kpis::reference());
}

#[test]
fn the_schema_of_kpis_is_written_from_the_catalogue() {
    held_current("schemas/output/kpis.json", &super::schemas::kpis());
}

/// Whoever reads the engine by the map misses nothing.
#[test]
fn the_map_names_every_file_of_the_engine() {
    let text = include_str!("../../docs/ARCHITECTURE.md");
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
    for folder in ["", "decode", "ledger"] {
        for entry in fs::read_dir(engine.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let Some(stem) = name.strip_suffix(".rs").filter(|stem| *stem != "tests") else {
                continue;
            };
            let word = if folder.is_empty() { format!("`{name}`") } else { stem.to_owned() };
            assert!(text.contains(&word), "docs/ARCHITECTURE.md does not name {folder}/{name}");
        }
    }
}

/// The sources cite the choices by their numbers: all fifty are there, in order.
#[test]
fn the_choices_are_numbered() {
    let text = include_str!("../../docs/SEMANTICS.md");
    let numbers = text.lines().filter_map(|line| line.split_once(". ")?.0.parse::<u32>().ok());
    assert_eq!(numbers.collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
}

/// `UPDATE_DOCS=1` writes the file; otherwise it must already say `text`.
pub(crate) fn held_current(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} is stale: run `just docs` and commit it");
}

struct Section {
    name: String,
    is_array: bool,
    meaning: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    value: String,
    has_default: bool,
    meaning: String,
}

/// A comment belongs to the line below it; `#key = value` is a key without a default.
fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut comment = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            comment.clear();
            continue;
        }
        if line == "#" || line.starts_with("# ") {
            comment.push(line.trim_start_matches('#').trim());
            continue;
        }
        let meaning = std::mem::take(&mut comment).join(" ");
        assert!(!meaning.is_empty(), "no meaning above {line}");
        let (has_default, line) = match line.strip_prefix('#') {
            Some(line) => (false, line),
            None => (true, line),
        };
        if let Some(name) = line.strip_prefix('[') {
            sections.push(Section {
                name: name.trim_matches(['[', ']']).to_owned(),
                is_array: name.starts_with('['),
                meaning,
                keys: Vec::new(),
            });
            continue;
        }
        let (name, value) = line.split_once(" = ").unwrap();
        let mut value = value.to_owned();
        if value == "[" {
            let rest: Vec<&str> = lines.by_ref().take_while(|line| *line != "]").collect();
            let items = rest.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
            value = format!("[{}]", items.trim_end_matches(','));
        }
        let key = Key { name: name.to_owned(), value, has_default, meaning };
        sections.last_mut().unwrap().keys.push(key);
    }
    sections
}

fn reference(sections: &[Section]) -> String {
    let mut out = "# Configuration

Written from [`deploy/config.toml`](../deploy/config.toml) by `just docs`; do not edit it here.

Your own file (`--config FILE`) states only what differs from these defaults. A key is overridden
by the environment variable `DUNLIN__SECTION__KEY` (`DUNLIN__REPORTING__LOW_SAMPLE=5`,
`DUNLIN__RATES__USD=7.10`, `DUNLIN__KAFKA__PROPERTIES__SECURITY__PROTOCOL=SSL`; a list as in TOML,
or its items separated by blanks), and the reporting zone by `replay --tz`. The order is: defaults,
file, environment, command line.

An unknown key and an impossible value are refused, with the line, what was expected, and the
nearest name that there is. `dunlin check --config FILE` says so without running anything. A key
that nothing uses yet is checked, and reported as without effect.
"
    .to_owned();
    for section in sections {
        let (open, close) = if section.is_array { ("[[", "]]") } else { ("[", "]") };
        let Section { name, meaning, .. } = section;
        write!(out, "\n## `{open}{name}{close}`\n\n{meaning}\n\n").unwrap();
        out.push_str("| key | default | meaning |\n|---|---|---|\n");
        for key in &section.keys {
            let Key { name, value, meaning, .. } = key;
            let default = if key.has_default {
                format!("`{value}`")
            } else {
                format!("none (for example `{value}`)")
            };
            writeln!(out, "| `{name}` | {default} | {} |", meaning.replace('|', "\\|")).unwrap();
        }
    }
    out
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
