//! The report of refused rows: a CSV file that opens in a spreadsheet, in Japanese, for whoever mends the
//! roster. No whole name, number or birth date is in it, and nothing that a spreadsheet would execute.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{limits::REPORTED, refusal::Refusal};
use crate::failure::Failure;

/// The refused rows so far. There is no file before the first.
pub(crate) struct Report {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    refused: u64,
}

impl Report {
    /// A report at this path.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            refused: 0,
        }
    }

    /// How many cells were refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// Where it is, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        (self.refused > 0).then_some(&*self.path)
    }

    /// Adds a refusal. Beyond the ten thousandth they are only counted: then the file is not to be mended
    /// row by row.
    pub(crate) fn add(&mut self, refusal: &Refusal) -> Result<(), Failure> {
        self.refused += 1;
        if self.refused > REPORTED {
            return Ok(());
        }
        self.write(refusal).map_err(|error| {
            let path = self.path.display();
            Failure::Usage(format!("the report {path} cannot be written: {error}"))
        })
    }

    /// Writes what is still in memory.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.file.as_mut().map_or(Ok(()), Write::flush);
        flushed.map_err(|error| {
            let path = self.path.display();
            Failure::Usage(format!("the report {path} cannot be written: {error}"))
        })
    }

    fn write(&mut self, refusal: &Refusal) -> std::io::Result<()> {
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&self.path)?;
            let mut file = BufWriter::new(file);
            // Without the mark, Excel takes it for CP932.
            file.write_all("\u{FEFF}".as_bytes())?;
            row(&mut file, ["行", "列", "コード", "値（伏せ字）", "理由"])?;
            self.file.insert(file)
        };
        row(
            file,
            [
                &*refusal.row.to_string(),
                &refusal.column,
                refusal.reason.code(),
                &refusal.masked,
                &refusal.reason.words(),
            ],
        )
    }
}

/// Writes a row as RFC 4180 has it, every cell in quotation marks.
fn row(file: &mut impl Write, cells: [&str; 5]) -> std::io::Result<()> {
    let cells = cells.map(|cell| format!("\"{}\"", unexecuted(cell).replace('"', "\"\"")));
    write!(file, "{}\r\n", cells.join(","))
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
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::roster::refusal::Reason;

    fn written(refusals: &[Refusal]) -> (Report, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        let mut report = Report::at(path.clone());
        for refusal in refusals {
            report.add(refusal).unwrap();
        }
        report.flush().unwrap();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if !text.is_empty() {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        (report, text)
    }

    #[test]
    fn a_report_opens_in_a_spreadsheet() {
        let refusal = Refusal::new(12, "カナ氏名", "健保 太郎", Reason::Empty);
        let (report, text) = written(&[refusal]);
        let expected = "\u{FEFF}\"行\",\"列\",\"コード\",\"値（伏せ字）\",\"理由\"\r\n\
                        \"12\",\"カナ氏名\",\"empty\",\"健****\",\"空です\"\r\n";
        assert_eq!(text, expected);
        assert!(report.path().is_some());
    }

    #[test]
    fn nothing_in_it_is_a_formula() {
        let evil = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"];
        for value in evil {
            let refusal = Refusal {
                row: 2,
                column: value.to_owned(),
                masked: value.to_owned(),
                reason: Reason::Empty,
            };
            let (_, text) = written(&[refusal]);
            assert_eq!(text.matches(&format!("\"'{value}\"")).count(), 2, "{text}");
        }
        let quoted = Refusal::new(2, "a\"b", "", Reason::Empty);
        assert!(written(&[quoted]).1.contains("\"a\"\"b\""));
    }

    #[test]
    fn without_refusals_there_is_no_report() {
        let (report, text) = written(&[]);
        assert_eq!((report.refused(), report.path(), &*text), (0, None, ""));
    }

    #[test]
    fn a_report_has_an_end() {
        let refusal = Refusal::new(2, "a", "", Reason::Empty);
        let count = usize::try_from(REPORTED).unwrap() + 5;
        let (report, text) = written(&vec![refusal; count]);
        assert_eq!(report.refused(), REPORTED + 5);
        assert_eq!(text.lines().count() as u64, REPORTED + 1);
    }
}
