//! `dunlin kpis`: the catalogue, for people and for programs; `docs/KPIS.md` comes from here too.

pub mod words;

use std::fmt::Write as _;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::cli::{KpisArgs, KpisFormat, Lang};
use crate::engine::catalogue::{CATALOGUE, Family, Kpi};
use crate::engine::json::{Object, write_text};

/// Prints the catalogue. A closed pipe is no error: whoever reads has had enough.
pub fn run(args: &KpisArgs) -> anyhow::Result<()> {
    let text = match args.format {
        KpisFormat::Table => table(args.lang),
        KpisFormat::Jsonl => CATALOGUE.iter().map(|kpi| line(kpi, args.lang)).collect(),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// One line for each KPI, under the name of its family, in columns.
pub fn table(lang: Lang) -> String {
    let heads = match lang {
        Lang::En => ["id", "name", "unit", "windows", "formula"],
        Lang::Zh => ["id", "名称", "单位", "窗口", "公式"],
    };
    let cells = |kpi: &Kpi| {
        [
            kpi.id.to_owned(),
            name(kpi, lang).to_owned(),
            words::unit(kpi.unit, lang),
            words::windows(kpi.windows, lang).to_owned(),
            words::formula(kpi.formula, lang).replace('`', ""),
        ]
    };
    let mut lines: Vec<Vec<String>> = vec![heads.map(str::to_owned).to_vec()];
    for family in Family::ALL {
        lines.push(Vec::new());
        lines.push(vec![family_name(family, lang).to_owned()]);
        lines.extend(of(family).map(|kpi| cells(kpi).to_vec()));
    }
    let mut widths = [0; 5];
    for line in lines.iter().filter(|line| 1 < line.len()) {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = String::new();
    for line in &lines {
        let start = out.len();
        for (cell, width) in line.iter().zip(widths) {
            // Chinese letters are two cells wide: the format's own padding would count them as one.
            let blanks = " ".repeat(width.saturating_sub(cell.width()) + 2);
            out.extend([cell.as_str(), blanks.as_str()]);
        }
        let end = start + out[start..].trim_end().len();
        out.truncate(end);
        out.push('\n');
    }
    out
}

/// One JSON object.
fn line(kpi: &Kpi, lang: Lang) -> String {
    let mut out = String::new();
    let mut object = Object::begin(&mut out);
    object.text("id", kpi.id);
    object.text("name", name(kpi, lang));
    object.text("meaning", meaning(kpi, lang));
    object.text("family", family_name(kpi.family, lang));
    object.text("unit", &words::unit(kpi.unit, lang));
    object.text("windows", words::windows(kpi.windows, lang));
    object.text("formula", &words::formula(kpi.formula, lang).replace('`', ""));
    let needs = object.field("needs");
    needs.push('[');
    for (place, topic) in kpi.needs.iter().enumerate() {
        if 0 < place {
            needs.push(',');
        }
        write_text(needs, topic);
    }
    needs.push(']');
    object.end();
    out.push('\n');
    out
}

/// `docs/KPIS.md`.
pub fn reference() -> String {
    let mut out = String::from(
        "# KPIs · 指标

Written from the catalogue by `just docs`; do not edit it here. `dunlin kpis` prints the same, with
`--lang zh` in Chinese. How each choice is settled: [SEMANTICS.md](SEMANTICS.md).

Every KPI is made of measures that are counted at the event's own time: a late event counts where it
belongs, and a correction takes back what it replaces. A quotient has `num` and `den` beside its
`value`, and no value (`null`) where there is nothing to divide by. *Needs* are the topics without
which it is absent. *Windows*: rolling ones are `1m 5m 15m 1h 24h 7d`, calendar ones `today week month
quarter` to date, each with its previous period; `now` is a state, not a sum.
",
    );
    let contents = Family::ALL.map(|family| {
        let (english, chinese) = family.names();
        let ids: Vec<String> = of(family).map(|kpi| format!("[`{0}`](#{0})", kpi.id)).collect();
        format!("**{english} · {chinese}**: {}", ids.join(", "))
    });
    for family in contents {
        write!(out, "\n{family}.\n").expect("a String takes everything");
    }
    for family in Family::ALL {
        let (english, chinese) = family.names();
        write!(out, "\n## {english} · {chinese}\n").expect("a String takes everything");
        for kpi in of(family) {
            let needs = |lang| {
                let topics = kpi.needs.iter().map(|name| words::topic(name, lang));
                topics.collect::<Vec<_>>().join(if lang == Lang::Zh { "、" } else { ", " })
            };
            write!(
                out,
                "\n### `{}`\n\n**{}** · {}\n\n{} {}\n\n| | |\n|---|---|\n| formula | {} |\n| 公式 | {} |\n\
                 | unit · 单位 | {} · {} |\n| needs · 所需数据 | {} · {} |\n| windows · 窗口 | {} · {} |\n",
                kpi.id,
                kpi.name,
                kpi.name_zh,
                kpi.meaning,
                kpi.meaning_zh,
                words::formula(kpi.formula, Lang::En),
                words::formula(kpi.formula, Lang::Zh),
                words::unit(kpi.unit, Lang::En),
                words::unit(kpi.unit, Lang::Zh),
                needs(Lang::En),
                needs(Lang::Zh),
                words::windows(kpi.windows, Lang::En),
                words::windows(kpi.windows, Lang::Zh),
            )
            .expect("a String takes everything");
        }
    }
    out
}

fn of(family: Family) -> impl Iterator<Item = &'static Kpi> {
    CATALOGUE.iter().filter(move |kpi| kpi.family == family)
}

fn name(kpi: &Kpi, lang: Lang) -> &'static str {
    match lang {
        Lang::En => kpi.name,
        Lang::Zh => kpi.name_zh,
    }
}

fn meaning(kpi: &Kpi, lang: Lang) -> &'static str {
    match lang {
        Lang::En => kpi.meaning,
        Lang::Zh => kpi.meaning_zh,
    }
}

fn family_name(family: Family, lang: Lang) -> &'static str {
    let (english, chinese) = family.names();
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each column begins, in cells of a terminal, is the same in every line.
    #[test]
    fn columns_begin_where_they_begin_in_every_line() {
        for lang in [Lang::En, Lang::Zh] {
            let text = table(lang);
            let head = text.lines().next().unwrap();
            let (before, _) = head.split_at(head.rfind("  ").unwrap() + 2);
            for kpi in CATALOGUE {
                let line = text.lines().find(|line| line.starts_with(&format!("{} ", kpi.id)));
                let formula = words::formula(kpi.formula, lang).replace('`', "");
                let (left, _) = line.unwrap().split_once(&formula).unwrap();
                assert_eq!(left.width(), before.width(), "{}", kpi.id);
            }
        }
    }

    #[test]
    fn a_line_is_a_json_object() {
        for kpi in CATALOGUE {
            for lang in [Lang::En, Lang::Zh] {
                let parsed: serde_json::Value = serde_json::from_str(&line(kpi, lang)).unwrap();
                assert_eq!(parsed["id"], kpi.id);
            }
        }
        insta::assert_snapshot!(line(&CATALOGUE[0], Lang::Zh), @r#"{"id":"calls","name":"通话量","meaning":"外呼语音的尝试次数，另列呼入语音的次数。","family":"联络","unit":"数量","windows":"滚动、日历","formula":"外呼语音次数；另列 inbound = 呼入语音次数","needs":["calls"]}"#);
        insta::assert_snapshot!(line(&CATALOGUE[1], Lang::En), @r#"{"id":"abandonment_rate","name":"Abandonment rate","meaning":"Inbound voice given up because nobody took it in time, over inbound voice offered.","family":"Contact","unit":"ratio","windows":"rolling, calendar","formula":"abandoned inbound voice / (inbound voice − that without a recorded outcome)","needs":["calls"]}"#);
    }
}
