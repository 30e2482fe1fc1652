//! Grids: cells aligned by the width that a terminal gives them.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// To which side of its column a cell goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Lines of cells.
#[derive(Debug)]
pub struct Grid {
    /// How each column is aligned, and how many blanks follow it.
    columns: Vec<(Align, usize)>,
    lines: Vec<Vec<String>>,
}

impl Grid {
    /// With columns aligned like this, two blanks apart.
    pub fn new(align: impl IntoIterator<Item = Align>) -> Self {
        Self::spaced(align.into_iter().map(|align| (align, 2)))
    }

    /// With columns aligned like this, and so many blanks behind each.
    pub fn spaced(columns: impl IntoIterator<Item = (Align, usize)>) -> Self {
        Self { columns: columns.into_iter().collect(), lines: Vec::new() }
    }

    /// A line at the bottom; columns that it does not reach stay empty.
    pub fn push(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.lines.push(cells.into_iter().map(Into::into).collect());
    }

    /// Prints it, without blanks at the end of a line.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut widths = vec![0; self.columns.len()];
        // A text alone in its line, as a heading, may be wider than its column.
        for line in self.lines.iter().filter(|line| 1 < line.len()) {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = (*width).max(cell.width());
            }
        }
        for line in &self.lines {
            let mut text = String::new();
            for ((cell, width), (align, gap)) in line.iter().zip(&widths).zip(&self.columns) {
                let blanks = " ".repeat(width.saturating_sub(cell.width()));
                match align {
                    Align::Left => text.extend([cell, blanks.as_str()]),
                    Align::Right => text.extend([blanks.as_str(), cell]),
                }
                text.extend(std::iter::repeat_n(' ', *gap));
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// A text from outside in one line: what would move the cursor or change colours is replaced.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| {
            let moves = letter.is_control()
                || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if moves || letter.width().is_none() { '\u{fffd}' } else { letter }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_terminal_cells() {
        let mut grid = Grid::new([Align::Left, Align::Right, Align::Left]);
        grid.push(["a heading that is wider than its column"]);
        grid.push(["催收一组", "1,204", "x"]);
        grid.push(["team-1", "7"]);
        let mut out = Vec::new();
        grid.write(&mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        a heading that is wider than its column
        催收一组  1,204  x
        team-1        7
        ");
    }

    #[test]
    fn an_id_cannot_drive_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\nb\u{202e}c"), "a\u{fffd}[31m\u{fffd}b\u{fffd}c");
        assert_eq!(printable("催收"), "催收");
    }
}
