//! What the compiler cannot say about the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// What the engine never names, beside what `clippy.toml` denies there by its path.
const NOT_IN_THE_ENGINE: [&str; 18] = [
    "tokio",
    "rdkafka",
    "prometheus",
    "tracing",
    "anyhow",
    "clap",
    "indicatif",
    "async ",
    ".await",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
];

#[test]
fn the_engine_names_nothing_of_the_world() {
    for file in sources("src/engine") {
        for (number, line) in code(&file) {
            let named = NOT_IN_THE_ENGINE.iter().find(|word| line.contains(**word));
            assert!(named.is_none(), "{}:{number} names {}", file.display(), named.unwrap());
        }
    }
}

#[test]
fn the_engine_knows_neither_the_edge_nor_the_configuration() {
    for file in sources("src/engine") {
        for (number, line) in code(&file) {
            let named = ["crate::edge", "crate::config", "crate::cli"]
                .iter()
                .find(|module| line.contains(**module));
            assert!(named.is_none(), "{}:{number} names {}", file.display(), named.unwrap());
        }
    }
}

#[test]
fn only_the_edge_is_async() {
    for file in sources("src").into_iter().filter(|file| !file.starts_with(root().join("src/edge")))
    {
        for (number, line) in code(&file) {
            assert!(!line.contains("async fn"), "{}:{number} is async", file.display());
        }
    }
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    for file in sources("src").into_iter().chain(sources("tests/it")) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with `//!`", file.display());
    }
}

#[test]
fn main_is_one_screen() {
    let lines = fs::read_to_string(root().join("src/main.rs")).unwrap().lines().count();
    assert!(lines <= 50, "src/main.rs has {lines} lines");
}

/// A document that a source or another document names is there.
#[test]
fn every_document_that_is_named_exists() {
    let mut files = sources("src");
    files.extend(
        ["README.md", "CONTRIBUTING.md", "clippy.toml", "Cargo.toml"].map(|n| root().join(n)),
    );
    files.extend(listed(&root().join("docs"), "md"));
    for file in files.into_iter().filter(|file| file.exists()) {
        let text = fs::read_to_string(&file).unwrap();
        let words =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"/._-".contains(letter));
        let is_document = |word: &&str| {
            word.starts_with("docs/") && Path::new(word).extension().is_some_and(|end| end == "md")
        };
        for word in words.filter(is_document) {
            assert!(root().join(word).exists(), "{} names {word}", file.display());
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `name.rs` and everything under `name/`.
fn sources(name: &str) -> Vec<PathBuf> {
    let folder = root().join(name);
    let mut files = listed(&folder, "rs");
    files.extend(Some(folder.with_extension("rs")).filter(|file| file.exists()));
    files
}

fn listed(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files.extend(listed(&entry, extension));
        } else if entry.extension().is_some_and(|found| found == extension) {
            files.push(entry);
        }
    }
    files
}

/// The lines that are no comments, numbered from 1, up to the file's own tests.
fn code(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    (1..)
        .zip(text.lines().map(str::to_owned))
        .take_while(|(_, line)| line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect()
}
