//! The printer: what the engine said, to standard output, in the form that was asked for.

use std::io::{self, BufWriter, StdoutLock, Write};

use super::csv;
use super::letter::Letter;
use super::table::{self, Extent, Letters};
use crate::cli::{ReplayArgs, ReplayFormat, ReplayOutput};
use crate::engine::Output;

/// Prints one kind of records in one form.
pub struct Printer {
    output: ReplayOutput,
    format: ReplayFormat,
    extent: Extent,
    low_sample: i128,
    with_file: bool,
    /// What a table of this instant consists of: it is printed when all of it is known.
    rows: Vec<Output>,
    letters: Letters,
    /// Whether rows of an earlier instant stand above.
    is_below: bool,
    out: BufWriter<StdoutLock<'static>>,
}

impl Printer {
    /// Prints what `args` ask for, and before it what stands at the top.
    pub fn new(args: &ReplayArgs, low_sample: i128) -> io::Result<Self> {
        let asked = !args.scopes.is_empty() || !args.windows.is_empty();
        let mut printer = Self {
            output: args.output,
            format: args.format,
            extent: if asked { Extent::Full } else { Extent::Summary },
            low_sample,
            with_file: 1 < args.files.len(),
            rows: Vec::new(),
            letters: Letters::new(&args.files),
            is_below: false,
            out: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
        };
        if printer.format == ReplayFormat::Csv {
            match printer.output {
                ReplayOutput::Kpis | ReplayOutput::Closed => {
                    csv::write_row_header(&mut printer.out)?;
                }
                ReplayOutput::Verdicts => csv::write_verdict_header(&mut printer.out)?,
                ReplayOutput::DeadLetters => csv::write_letter_header(&mut printer.out)?,
            }
        }
        Ok(printer)
    }

    /// A KPI row, a comparison record or a closed row.
    pub fn row(&mut self, row: Output) -> io::Result<()> {
        match self.format {
            ReplayFormat::Jsonl => writeln!(self.out, "{}", row.value),
            ReplayFormat::Csv => csv::write_row(&mut self.out, &row),
            ReplayFormat::Table => {
                self.rows.push(row);
                Ok(())
            }
        }
    }

    /// All rows of this instant have been given.
    pub fn end_rows(&mut self) -> io::Result<()> {
        if self.format != ReplayFormat::Table {
            return Ok(());
        }
        if std::mem::replace(&mut self.is_below, true) {
            writeln!(self.out)?;
        }
        let rows = std::mem::take(&mut self.rows);
        if self.output == ReplayOutput::Closed {
            table::write_closed(&mut self.out, &rows, self.low_sample)
        } else {
            table::write_rows(&mut self.out, &rows, self.extent, self.low_sample)
        }
    }

    /// All verdicts, in the order in which they fell.
    pub fn verdicts(&mut self, verdicts: &[String]) -> io::Result<()> {
        if self.format == ReplayFormat::Table {
            return table::write_verdicts(&mut self.out, verdicts);
        }
        for verdict in verdicts {
            if self.format == ReplayFormat::Csv {
                csv::write_verdict(&mut self.out, verdict)?;
            } else {
                writeln!(self.out, "{verdict}")?;
            }
        }
        Ok(())
    }

    /// A dead letter, as it is found.
    pub fn letter(&mut self, letter: &Letter<'_>) -> io::Result<()> {
        match self.format {
            ReplayFormat::Jsonl => writeln!(self.out, "{}", letter.write(self.with_file)),
            ReplayFormat::Csv => csv::write_letter(&mut self.out, letter),
            ReplayFormat::Table => self.letters.write(&mut self.out, letter),
        }
    }

    /// That was all.
    pub fn finish(mut self) -> io::Result<()> {
        if (self.format, self.output) == (ReplayFormat::Table, ReplayOutput::DeadLetters) {
            self.letters.end(&mut self.out)?;
        }
        self.out.flush()
    }
}
