//! Tables: places on the left, numbers on the right.

use std::fmt::Write;

use crate::terminal::{Ink, columns, elided, padded, printable};

/// A first column narrower than this looks lost under its title.
const LEAST_NAME: usize = 24;

/// Where nothing is cut, a longer name stands on a line of its own, above its numbers.
const MOST_NAME: usize = 100;

/// A row of a table: a place, and numbers.
pub(crate) struct Row<'a, const N: usize> {
    pub(crate) name: &'a str,
    pub(crate) cells: [String; N],
}

/// The measures of a table: places on the left, numbers aligned on the right.
pub(crate) struct Table<const N: usize> {
    heads: [&'static str; N],
    widths: [usize; N],
    name: usize,
    cuts: bool,
}

impl<const N: usize> Table<N> {
    /// `width` is the most that a line may have, if there is a most.
    pub(crate) fn new(heads: [&'static str; N], rows: &[Row<N>], width: Option<usize>) -> Self {
        let mut widths = heads.map(columns);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = columns(cell).max(*width);
            }
        }
        let numbers = widths.iter().map(|width| width + 2).sum();
        let room = width.map_or(MOST_NAME, |width| width.saturating_sub(numbers));
        let names = rows.iter().map(|row| columns(&printable(row.name)));
        let longest = names.filter(|&name| width.is_some() || name <= room).max().unwrap_or(0);
        Table { heads, widths, name: longest.max(LEAST_NAME).min(room), cuts: width.is_some() }
    }

    pub(crate) fn head(&self, title: &str) -> String {
        let mut line = self.first(title);
        for (head, width) in self.heads.iter().zip(self.widths) {
            let _ = write!(line, "  {head:>width$}");
        }
        line
    }

    /// The first column; what is too long for it gets a line of its own.
    fn first(&self, text: &str) -> String {
        match columns(text) <= self.name {
            true => padded(text, self.name),
            false => format!("{text}\n{}", padded("", self.name)),
        }
    }

    /// The last number stands out if it is what the table is about.
    pub(crate) fn row(&self, row: &Row<N>, stress_last: bool, ink: &Ink) -> String {
        let name = elided(row.name, if self.cuts { self.name } else { usize::MAX });
        let mut line = self.first(&name);
        for (i, (cell, width)) in row.cells.iter().zip(self.widths).enumerate() {
            let cell = format!("{}{cell}", " ".repeat(width.saturating_sub(columns(cell))));
            let stressed = stress_last && i + 1 == N;
            let _ = write!(line, "  {}", if stressed { ink.warm(&cell) } else { cell });
        }
        line
    }
}
