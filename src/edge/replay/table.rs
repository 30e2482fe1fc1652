//! Tables: the same records for reading on a terminal.
//!
//! A scope is a block: one line a KPI, one column a window. Several scopes side by side, and closed
//! periods, are lines of headline KPIs. What has nothing in any column is left out.

pub mod figure;
pub mod grid;

use std::io::{self, Write};

pub use self::figure::grouped;
use self::figure::{FEW, Figure, NOTHING};
use self::grid::{Align, Grid, printable};
use super::letter::Letter;
use super::record::{Fields, Value};
use crate::engine::Output;
use crate::engine::catalogue::{CATALOGUE, Kpi};
use crate::engine::pane::Rolling;
use crate::engine::rows::Window;
use crate::engine::time::{Date, Period};

/// The windows of a table that nobody asked for others.
pub const WINDOWS: [Window; 4] = [
    Window::ToDate(Period::Day),
    Window::Rolling(Rolling::Week),
    Window::ToDate(Period::Month),
    Window::Now,
];

/// What a summary shows of a scope; the last six are the columns where scopes stand side by side.
const HEADLINES: [&str; 20] = [
    "contact_attempts",
    "connect_rate",
    "contact_rate",
    "cases_worked",
    "contacts_per_hour",
    "average_handle_time",
    "promised_amount",
    "promise_rate",
    "promise_kept_amount_rate",
    "promise_partial_rate",
    "promises_open",
    "promises_due_today",
    "promises_at_risk",
    "payment_return_rate",
    "calls",
    "rpc_rate",
    "promises_made",
    "promise_kept_rate",
    "promise_broken_rate",
    "amount_collected",
];

fn columns() -> impl Iterator<Item = &'static Kpi> {
    let columns = &HEADLINES[HEADLINES.len() - 6..];
    CATALOGUE.iter().filter(|kpi| columns.contains(&kpi.id))
}

/// How much of the rows is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// One screen: the headlines of the portfolio, and the buckets side by side.
    Summary,
    /// Every KPI of every scope.
    Full,
}

/// A record, and what it is of.
struct Row {
    scope: String,
    window: String,
    record: Fields,
}

impl Row {
    fn of(output: &Output) -> Self {
        let (scope, _) = output.key.split_once('|').unwrap_or_default();
        let record = Fields::of(&output.value);
        let scope = match record.get("scope") {
            Some(Value::Fields(scope)) if !scope.is_empty() => {
                let parts = scope.iter().map(|(name, value)| format!("{name}={}", value.text()));
                printable(&parts.collect::<Vec<_>>().join(","))
            }
            _ => scope.to_owned(),
        };
        Self { scope, window: record.text("window").to_owned(), record }
    }

    /// The grouping set: the dimensions without their values.
    fn set(&self) -> String {
        let names: Vec<&str> = self.record.object("scope").iter().map(|field| field.0).collect();
        names.join(",")
    }
}

/// KPI rows and comparison records as of one instant.
pub fn write_rows(
    out: &mut impl Write,
    outputs: &[Output],
    extent: Extent,
    low_sample: i128,
) -> io::Result<()> {
    let rows: Vec<Row> = outputs.iter().map(Row::of).collect();
    let Some(first) = rows.first() else {
        return writeln!(out, "Nothing has been counted.");
    };
    let as_of = instant(first.record.text("as_of"));
    writeln!(out, "As of {as_of}, money in {}", first.record.text("currency"))?;
    let mut marks = Marks::default();
    for rows in rows.chunk_by(|a, b| a.set() == b.set()) {
        let portfolio = rows[0].set().is_empty();
        if !portfolio {
            write_side_by_side(out, rows, extent, &mut marks)?;
        }
        if portfolio || extent == Extent::Full {
            for rows in rows.chunk_by(|a, b| a.scope == b.scope) {
                write_block(out, rows, extent, &mut marks)?;
            }
        }
    }
    marks.write(out, low_sample)?;
    if extent == Extent::Summary {
        writeln!(
            out,
            "\nA summary: --scope portfolio shows every KPI, --scope agent (or team,bucket …) those of others,\n\
             --window 1h (or week …) other windows, --format csv every number there is"
        )?;
    }
    Ok(())
}

/// Closed periods: one line each.
pub fn write_closed(out: &mut impl Write, outputs: &[Output], low_sample: i128) -> io::Result<()> {
    let rows: Vec<Row> = outputs.iter().map(Row::of).collect();
    let Some(first) = rows.first() else {
        return writeln!(out, "No calendar period has ended yet.");
    };
    let as_of = instant(first.record.text("as_of"));
    writeln!(out, "Closed periods as of {as_of}, money in {}", first.record.text("currency"))?;
    let mut marks = Marks::default();
    for rows in rows.chunk_by(|a, b| a.set() == b.set()) {
        let mut grid = headlines(&["scope", "period", "from"]);
        for row in rows {
            let period = if row.window == "today" { "day" } else { &row.window };
            let from = row.record.text("from").get(..10).unwrap_or_default();
            push_headlines(&mut grid, &[&row.scope, period, from], &row.record, &mut marks);
        }
        writeln!(out)?;
        grid.write(out)?;
    }
    marks.write(out, low_sample)
}

/// Verdicts, in the order in which they fell.
pub fn write_verdicts(out: &mut impl Write, verdicts: &[String]) -> io::Result<()> {
    use Align::{Left, Right};
    let mut grid = Grid::new([
        Left, Left, Left, Left, Right, Right, Right, Left, Left, Left, Right, Left, Left,
    ]);
    grid.push([
        "decided", "account", "promise", "verdict", "promised", "in time", "late", "", "due",
        "agent", "level", "bucket", "",
    ]);
    for verdict in verdicts {
        let record = Fields::of(verdict);
        let amount = |name| figure::grouped(record.text(name));
        let mut notes = Vec::new();
        if record.text("revision") != "0" {
            notes.push(format!("revision {}", record.text("revision")));
        }
        if record.is_set("override") {
            notes.push("by the system of record".to_owned());
        }
        if !record.text("superseded_by").is_empty() {
            notes.push(format!("by {}", printable(record.text("superseded_by"))));
        }
        grid.push([
            instant(record.text("decided_at")),
            printable(record.text("account_id")),
            printable(record.text("promise_id")),
            record.text("verdict").replace('_', " "),
            amount("amount"),
            amount("attributed"),
            amount("late_paid"),
            record.text("currency").to_owned(),
            record.text("due_date").to_owned(),
            printable(record.text("agent_id")),
            record.text("level").to_owned(),
            printable(record.text("bucket")),
            notes.join(", "),
        ]);
    }
    if verdicts.is_empty() {
        return writeln!(out, "No promise has been judged.");
    }
    grid.write(out)
}

/// Dead letters as they are found: columns of fixed width, so that none has to wait.
pub struct Letters {
    file_width: usize,
    written: u64,
}

impl Letters {
    /// With a column for the file where there are several.
    pub fn new(files: &[std::path::PathBuf]) -> Self {
        use unicode_width::UnicodeWidthStr;
        let widths = files.iter().map(|file| printable(&file.to_string_lossy()).width());
        let file_width = if 1 < files.len() { widths.max().unwrap_or_default() + 2 } else { 0 };
        Self { file_width, written: 0 }
    }

    /// One of them.
    pub fn write(&mut self, out: &mut impl Write, letter: &Letter<'_>) -> io::Result<()> {
        if self.written == 0 {
            self.line(out, "file", "line", ["topic", "reason", "detail"])?;
        }
        self.written += 1;
        let topic = letter.topic.unwrap_or(NOTHING);
        let texts = [topic, letter.reason, &printable(letter.detail)];
        self.line(out, &printable(&letter.file), &letter.line.to_string(), texts)
    }

    /// After the last: says so where there was none.
    pub fn end(&self, out: &mut impl Write) -> io::Result<()> {
        if self.written == 0 { writeln!(out, "No dead letters.") } else { Ok(()) }
    }

    fn line(
        &self,
        out: &mut impl Write,
        file: &str,
        line: &str,
        [topic, reason, detail]: [&str; 3],
    ) -> io::Result<()> {
        let width = self.file_width;
        let file = if width == 0 { "" } else { file };
        writeln!(out, "{file:width$}{line:>8}  {topic:20}  {reason:13}  {detail}")
    }
}

/// Which marks were printed, and so are to be explained.
#[derive(Default)]
struct Marks {
    few: bool,
    nothing: bool,
}

impl Marks {
    fn see(&mut self, figure: &Figure) {
        self.few |= figure.value.ends_with(FEW);
        self.nothing |= figure.value.starts_with(NOTHING);
    }

    fn write(&self, out: &mut impl Write, low_sample: i128) -> io::Result<()> {
        let mut said = Vec::new();
        if self.few {
            said.push(format!("{FEW} fewer than {low_sample} to divide by"));
        }
        if self.nothing {
            said.push(format!("{NOTHING} nothing to divide by"));
        }
        if said.is_empty() { Ok(()) } else { writeln!(out, "\n{}", said.join("   ")) }
    }
}

/// A column of a block.
struct Column<'a> {
    title: String,
    span: String,
    kpis: &'a Fields,
}

/// A scope: one line a KPI, one column a window.
fn write_block(
    out: &mut impl Write,
    rows: &[Row],
    extent: Extent,
    marks: &mut Marks,
) -> io::Result<()> {
    let columns: Vec<Column<'_>> = rows
        .iter()
        .filter(|row| row.window != "now")
        .flat_map(|row| columns_of(row, extent))
        .collect();
    let pairs = columns.iter().flat_map(|_| [(Align::Right, 1), (Align::Left, 3)]);
    let mut grid = Grid::spaced([(Align::Left, 2)].into_iter().chain(pairs));
    let mut heading = vec![rows[0].scope.clone()];
    heading.extend(columns.iter().flat_map(|column| [column.title.clone() + " ", String::new()]));
    let mut spans = vec![String::new()];
    spans.extend(columns.iter().flat_map(|column| [column.span.clone() + " ", String::new()]));
    grid.push(heading);
    grid.push(spans);
    let mut family = None;
    for kpi in shown(extent) {
        let lines = lines(kpi, &columns, extent);
        if !lines.is_empty() && family.replace(kpi.family) != Some(kpi.family) {
            grid.push([kpi.family.names().0]);
        }
        for (name, figures) in lines {
            let mut line = vec![name];
            for figure in figures {
                let figure = figure.unwrap_or_default();
                marks.see(&figure);
                line.extend([figure.value, figure.parts]);
            }
            grid.push(line);
        }
    }
    if !columns.is_empty() {
        writeln!(out)?;
        grid.write(out)?;
    }
    for row in rows.iter().filter(|row| row.window == "now") {
        write_states(out, row)?;
    }
    Ok(())
}

fn shown(extent: Extent) -> impl Iterator<Item = &'static Kpi> {
    CATALOGUE.iter().filter(move |kpi| extent == Extent::Full || HEADLINES.contains(&kpi.id))
}

/// The columns of a row or a comparison record: of that only if something had happened by the same
/// point of the previous period.
fn columns_of(row: &Row, extent: Extent) -> Vec<Column<'_>> {
    let record = &row.record;
    let Some(Value::Fields(previous)) = record.get("previous") else {
        let span = match row.window.as_str() {
            "today" => String::new(),
            _ => format!("from {}", moment(record.text("from"), &row.window)),
        };
        return vec![Column { title: row.window.clone(), span, kpis: record.object("kpis") }];
    };
    let is_today = row.window == "today";
    if extent == Extent::Summary && !is_today {
        return Vec::new();
    }
    let title = if is_today { "yesterday".to_owned() } else { format!("previous {}", row.window) };
    let side = |name, title| {
        let side = previous.object(name);
        let (from, to) = (side.text("from"), side.text("to"));
        let span = if is_today {
            format!("until {}", to.get(11..16).unwrap_or_default())
        } else {
            format!("{}–{}", day(from), day_before(to))
        };
        Column { title, span, kpis: side.object("kpis") }
    };
    let before = side("same_point", title);
    let happened = CATALOGUE.iter().any(|kpi| {
        Figure::of(kpi, before.kpis.object(kpi.id)).iter().any(|(_, figure)| !figure.is_nothing)
    });
    match (happened, is_today) {
        (false, _) => Vec::new(),
        (true, true) => vec![before],
        (true, false) => vec![side("current", row.window.clone()), before],
    }
}

/// A KPI's line, and below it those of what stands beside it or in it.
fn lines(kpi: &Kpi, columns: &[Column<'_>], extent: Extent) -> Vec<(String, Vec<Option<Figure>>)> {
    let figures: Vec<Vec<(String, Figure)>> =
        columns.iter().map(|column| Figure::of(kpi, column.kpis.object(kpi.id))).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in figures.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.retain(|name| {
        figures.iter().flatten().any(|(known, figure)| known == *name && !figure.is_nothing)
    });
    let lines = names.into_iter().filter(|name| extent == Extent::Full || name.is_empty());
    let mut lines: Vec<_> = lines
        .map(|name| {
            let of = |column: &Vec<(String, Figure)>| {
                column.iter().find_map(|(known, figure)| (known == name).then(|| figure.clone()))
            };
            let label =
                if name.is_empty() { label(kpi) } else { format!("    {}", printable(name)) };
            (label, figures.iter().map(of).collect())
        })
        .collect();
    if lines.first().is_some_and(|(label, _): &(String, _)| label.starts_with("    ")) {
        lines.insert(0, (label(kpi), Vec::new()));
    }
    lines
}

fn label(kpi: &Kpi) -> String {
    format!("  {}", kpi.name)
}

/// What holds now.
fn write_states(out: &mut impl Write, row: &Row) -> io::Result<()> {
    let kpis = row.record.object("kpis");
    let states: Vec<(&Kpi, &Fields)> = CATALOGUE
        .iter()
        .map(|kpi| (kpi, kpis.object(kpi.id)))
        .filter(|(_, state)| !matches!(state.text("value"), "" | "0"))
        .collect();
    if states.is_empty() {
        return Ok(());
    }
    let mut grid = Grid::new([Align::Left, Align::Right, Align::Right, Align::Right]);
    grid.push([format!("{}, now", row.scope).as_str(), "promises", "promised", "remaining"]);
    for (kpi, state) in states {
        let numbers = ["value", "amount", "remaining"];
        let numbers = numbers.map(|name| figure::grouped(state.text(name)));
        grid.push([label(kpi)].into_iter().chain(numbers));
    }
    writeln!(out)?;
    grid.write(out)
}

/// The scopes of a grouping set, one table a window.
fn write_side_by_side(
    out: &mut impl Write,
    rows: &[Row],
    extent: Extent,
    marks: &mut Marks,
) -> io::Result<()> {
    let mut windows: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.window != "now") {
        if !windows.contains(&row.window.as_str()) {
            windows.push(&row.window);
        }
    }
    if extent == Extent::Summary {
        windows.retain(|window| *window == "7d");
    }
    for window in windows {
        let mut grid = headlines(&[&format!("{}, {window}", rows[0].set())]);
        for row in rows.iter().filter(|row| row.window == window) {
            let values = row.record.object("scope").iter().map(|field| field.1.text());
            let values = printable(&values.collect::<Vec<_>>().join(", "));
            push_headlines(&mut grid, &[&format!("  {values}")], &row.record, marks);
        }
        writeln!(out)?;
        grid.write(out)?;
    }
    Ok(())
}

/// A grid of headline KPIs, their names in two lines.
fn headlines(labels: &[&str]) -> Grid {
    let mut align = vec![Align::Left; labels.len()];
    align.extend(columns().map(|_| Align::Right));
    let names: Vec<(String, String)> = columns().map(|kpi| in_two(kpi.name)).collect();
    let mut grid = Grid::new(align);
    let blank = labels.iter().map(|_| String::new());
    grid.push(blank.chain(names.iter().map(|name| name.0.clone() + " ")));
    let labels = labels.iter().map(|label| (*label).to_owned());
    grid.push(labels.chain(names.iter().map(|name| name.1.clone() + " ")));
    grid
}

/// A line of them, unless there is nothing in any.
fn push_headlines(grid: &mut Grid, labels: &[&str], record: &Fields, marks: &mut Marks) {
    let kpis = record.object("kpis");
    let figures: Vec<Figure> = columns()
        .filter_map(|kpi| Figure::of(kpi, kpis.object(kpi.id)).into_iter().next())
        .map(|(_, figure)| figure)
        .collect();
    if figures.iter().all(|figure| figure.is_nothing) {
        return;
    }
    for figure in &figures {
        marks.see(figure);
    }
    let values = figures.into_iter().map(|figure| figure.value);
    grid.push(labels.iter().map(|label| (*label).to_owned()).chain(values));
}

/// At the blank after which the second part is the shorter one, or nearly as long.
fn in_two(name: &str) -> (String, String) {
    let middle = name.len() / 2;
    let blanks = name.match_indices(' ').map(|(at, _)| at);
    match blanks.min_by_key(|at| at.abs_diff(middle)) {
        Some(at) => (name[..at].to_owned(), name[at + 1..].to_owned()),
        None => (String::new(), name.to_owned()),
    }
}

/// `2026-11-20T18:58:42+08:00` as `2026-11-20 18:58:42 +08:00`.
fn instant(text: &str) -> String {
    let Some((date, time)) = text.split_once('T') else { return text.to_owned() };
    let offset = time.find(['+', '-']).unwrap_or(time.len());
    format!("{date} {} {}", &time[..offset], &time[offset..])
}

/// Where a window begins: the day, of a short one the time.
fn moment(text: &str, window: &str) -> String {
    match window {
        "1m" | "5m" | "15m" => text.get(11..19).unwrap_or_default().to_owned(),
        "1h" => text.get(11..16).unwrap_or_default().to_owned(),
        "24h" | "7d" => format!("{} {}", day(text), text.get(11..16).unwrap_or_default()),
        _ => day(text),
    }
}

/// The last day of what ends with the first instant of a day.
fn day_before(text: &str) -> String {
    let part = |range| text.get(range).and_then(|part: &str| part.parse::<i16>().ok());
    let (Some(year), Some(month), Some(date)) = (part(0..4), part(5..7), part(8..10)) else {
        return text.to_owned();
    };
    let small = |number| i8::try_from(number).unwrap_or_default();
    match Date::from_ymd(year, small(month), small(date)) {
        Some(date) => day(&date.plus(-1).to_string()),
        None => text.to_owned(),
    }
}

/// `2026-11-03…` as `3 Nov`.
fn day(text: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = text.get(5..7).and_then(|month| month.parse::<usize>().ok());
    let month = month.and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    match (text.get(8..10), month) {
        (Some(day), Some(month)) => format!("{} {month}", day.trim_start_matches('0')),
        _ => text.to_owned(),
    }
}
