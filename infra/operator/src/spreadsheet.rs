//! CSV for spreadsheets: in Excel of Japan it opens as it was written, and nothing in it is executed.

use std::io::{self, Write};

/// Without this mark, Excel takes UTF-8 for CP932.
const BOM: &str = "\u{FEFF}";

/// A CSV file, written row by row: RFC 4180, UTF-8.
pub(crate) struct Sheet<W: Write>(csv::Writer<W>);

impl<W: Write> Sheet<W> {
    /// Begins one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(mut to: W) -> io::Result<Self> {
        to.write_all(BOM.as_bytes())?;
        let mut format = csv::WriterBuilder::new();
        format.terminator(csv::Terminator::CRLF);
        Ok(Self(format.from_writer(to)))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn row(
        &mut self,
        cells: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> io::Result<()> {
        let cells = cells.into_iter().map(|cell| unexecuted(cell.as_ref()));
        Ok(self.0.write_record(cells)?)
    }

    /// Ends it; gives what it was written to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn into_written(self) -> io::Result<W> {
        let written = self.0.into_inner();
        written.map_err(|error| io::Error::other(error.to_string()))
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A cell that no spreadsheet takes for a formula (ASVS 5.0 1.2.10): one that begins like one gets a quote
/// mark before it.
fn unexecuted(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\0']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    fn written(cells: &[&str]) -> String {
        let mut sheet = Sheet::begin(Vec::new()).unwrap();
        sheet.row(cells).unwrap();
        String::from_utf8(sheet.into_written().unwrap()).unwrap()
    }

    #[test]
    fn it_opens_in_a_spreadsheet() {
        assert_eq!(
            written(&["行", "a\"b", "c,d"]),
            "\u{FEFF}行,\"a\"\"b\",\"c,d\"\r\n"
        );
    }

    #[test]
    fn nothing_in_it_is_a_formula() {
        for value in ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"] {
            let row = written(&["a", value]);
            assert!(row.contains(&format!("'{value}")), "{row}");
        }
        assert!(!written(&["jkc", "1"]).contains('\''));
    }
}
