//! A row of a file, whatever the file is: a number as a spreadsheet counts, and cells.

/// A row: its number, and its cells.
pub(crate) struct Row<'a> {
    pub(crate) number: u64,
    text: &'a str,
    ends: &'a [usize],
    numbers: &'a [bool],
}

impl<'a> Row<'a> {
    /// A row of cells that stand one after another in a text, each up to its end. `numbers` tells which of them
    /// the file keeps as a number and not as a text; beyond its end, none.
    pub(crate) fn new(number: u64, text: &'a str, ends: &'a [usize], numbers: &'a [bool]) -> Self {
        Self {
            number,
            text,
            ends,
            numbers,
        }
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell, from 0 on; empty where the row has none.
    pub(crate) fn cell(&self, index: usize) -> &str {
        let begin = match index.checked_sub(1) {
            None => Some(&0),
            Some(before) => self.ends.get(before),
        };
        match (begin, self.ends.get(index)) {
            (Some(begin), Some(end)) => self.text.get(*begin..*end).unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether a workbook keeps the cell as a number, which has no leading zeros.
    pub(crate) fn is_number(&self, index: usize) -> bool {
        self.numbers.get(index).copied().unwrap_or_default()
    }

    /// Whether there is nothing in any cell, or only the sign that DOS ends a file with.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().trim_matches('\u{1A}').is_empty()
    }

    /// A cell that holds line ends, and as many delimiters as a row of this width has: one in which a quotation
    /// mark was opened that was closed rows later, so that these are no rows any more.
    pub(crate) fn swallows_rows(&self, delimiter: char, width: usize) -> Option<usize> {
        let of_a_row = width.saturating_sub(1).max(1);
        self.cells().position(|cell| {
            cell.contains(['\n', '\r']) && cell.matches(delimiter).count() >= of_a_row
        })
    }

    /// All cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.cell(index))
    }
}
