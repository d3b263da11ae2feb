//! The report of refused rows: a CSV file that opens in a spreadsheet, in Japanese, for whoever mends the
//! roster. No whole name, number or birth date is in it, and nothing that a spreadsheet would execute.

use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{limits::REPORTED, refusal::Refusal};
use crate::{failure::Failure, spreadsheet::Sheet};

/// The refused rows so far. There is no file before the first.
pub(crate) struct Report {
    path: PathBuf,
    sheet: Option<Sheet<File>>,
    refused: u64,
}

impl Report {
    /// A report at this path.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            sheet: None,
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
        let flushed = self.sheet.as_mut().map_or(Ok(()), Sheet::flush);
        flushed.map_err(|error| {
            let path = self.path.display();
            Failure::Usage(format!("the report {path} cannot be written: {error}"))
        })
    }

    /// Removes what an earlier run has left here: it names rows that are mended by now.
    pub(crate) fn remove_older(&self) -> Result<(), Failure> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let path = self.path.display();
                Err(Failure::Usage(format!(
                    "the older report {path} cannot be removed: {error}"
                )))
            }
            _ => Ok(()),
        }
    }

    fn write(&mut self, refusal: &Refusal) -> std::io::Result<()> {
        let sheet = if let Some(sheet) = &mut self.sheet {
            sheet
        } else {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&self.path)?;
            let mut sheet = Sheet::begin(file)?;
            sheet.row(["行", "列", "コード", "値（伏せ字）", "理由"])?;
            self.sheet.insert(sheet)
        };
        sheet.row([
            &*refusal.row.to_string(),
            &refusal.column,
            refusal.reason.code(),
            &refusal.masked,
            &refusal.reason.words(),
        ])
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
        let expected =
            "\u{FEFF}行,列,コード,値（伏せ字）,理由\r\n12,カナ氏名,empty,健****,空です\r\n";
        assert_eq!(text, expected);
        assert!(report.path().is_some());
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
