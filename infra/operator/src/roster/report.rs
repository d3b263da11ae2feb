//! The reports of refused rows, and of rows to look at: CSV files that open in a spreadsheet, in Japanese, for
//! whoever mends the roster. No whole name, number or birth date is in them, and nothing that a spreadsheet would
//! execute. A report is a new file; none is written over another.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{limits::REPORTED, refusal::Refusal};
use crate::{
    answer::grouped,
    failure::Failure,
    language::{self, Language, say},
    spreadsheet::Sheet,
};

/// The most causes that are told one by one.
const CAUSES: usize = 10;

/// What is wrong with several rows, once.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cause {
    /// The code of the reason.
    pub(crate) code: &'static str,
    /// The column.
    pub(crate) column: String,
    /// How many rows.
    pub(crate) rows: u64,
    /// The first of them.
    pub(crate) first: u64,
    #[serde(skip)]
    words: String,
    /// The same for the insurer, who reads Japanese.
    #[serde(skip)]
    japanese: String,
}

impl Cause {
    /// The cause in a line for the insurer.
    pub(crate) fn told_in_japanese(&self) -> String {
        let (column, first, words) = (&self.column, self.first, &self.japanese);
        if self.rows == 1 {
            format!("{first}行目の「{column}」：{words}")
        } else {
            let rows = grouped(self.rows);
            format!("「{column}」の {rows} 行（最初は{first}行目）：{words}")
        }
    }

    /// The cause in a line.
    pub(crate) fn told(&self) -> String {
        let (code, column, first, words) = (self.code, &self.column, self.first, &self.words);
        let rows = grouped(self.rows);
        if self.rows == 1 {
            say!(
                ja: "{first}行目の {column}（{code}）：{words}",
                en: "row {first}, {column} ({code}): {words}",
            )
        } else {
            say!(
                ja: "{rows} 行の {column}（{code}、最初は{first}行目）：{words}",
                en: "{rows} rows, {column} ({code}, the first is row {first}): {words}",
            )
        }
    }
}

/// The causes so far.
#[derive(Default)]
pub(crate) struct Causes(BTreeMap<(&'static str, String), Cause>);

impl Causes {
    /// Takes what was refused.
    pub(crate) fn add(&mut self, refusal: &Refusal) {
        let code = refusal.reason.code();
        let cause = (code, refusal.column.clone());
        let noted = self.0.entry(cause).or_insert_with(|| Cause {
            code,
            column: refusal.column.clone(),
            rows: 0,
            first: refusal.row,
            words: refusal.reason.words(language::current()),
            japanese: refusal.reason.words(Language::Japanese),
        });
        noted.rows += 1;
        noted.first = noted.first.min(refusal.row);
    }

    /// Those of the most rows, these first.
    pub(crate) fn most(&self) -> Vec<Cause> {
        let mut causes: Vec<Cause> = self.0.values().cloned().collect();
        causes.sort_by_key(|cause| (u64::MAX - cause.rows, cause.first));
        causes.truncate(CAUSES);
        causes
    }
}

/// Where a report goes: where somebody said, or beside the file under a name that nothing has yet.
///
/// # Errors
/// When there is something where somebody said.
pub(crate) fn place_of(
    file: &Path,
    said: Option<&Path>,
    kind: &str,
    ending: &str,
) -> Result<PathBuf, Failure> {
    if let Some(said) = said {
        if said.symlink_metadata().is_ok() {
            let path = said.display();
            return Err(Failure::Usage(say!(
                ja: "--report {path} はすでにあります。上書きしませんので、別の名前にしてください",
                en: "--report {path} is there already, and nothing is written over: give another name",
            )));
        }
        return Ok(said.to_owned());
    }
    let name = |infix: String| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{kind}{infix}.{ending}"));
        PathBuf::from(name)
    };
    let names = std::iter::once(name(String::new()))
        .chain((2..10_000).map(|number| name(format!("-{number}"))));
    let mut free = names.filter(|path| path.symlink_metadata().is_err());
    free.next().ok_or_else(|| {
        let path = file.display();
        Failure::Usage(say!(
            ja: "{path} の報告が多すぎます。古いものを消してください",
            en: "{path} has too many reports beside it: remove the older ones",
        ))
    })
}

/// The refused rows so far. There is no file before the first.
pub(crate) struct Report {
    path: PathBuf,
    sheet: Option<Sheet<File>>,
    refused: u64,
    causes: Causes,
}

impl Report {
    /// A report at this path.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            sheet: None,
            refused: 0,
            causes: Causes::default(),
        }
    }

    /// The causes of what was refused.
    pub(crate) fn causes(&self) -> Vec<Cause> {
        self.causes.most()
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
        self.causes.add(refusal);
        if self.refused > REPORTED {
            return Ok(());
        }
        self.write(refusal).map_err(|error| self.unwritten(&error))
    }

    /// Writes what is still in memory.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.sheet.as_mut().map_or(Ok(()), Sheet::flush);
        flushed.map_err(|error| self.unwritten(&error))
    }

    fn unwritten(&self, error: &std::io::Error) -> Failure {
        let path = self.path.display();
        Failure::Usage(say!(
            ja: "報告 {path} に書けません：{error}",
            en: "the report {path} cannot be written: {error}",
        ))
    }

    fn write(&mut self, refusal: &Refusal) -> std::io::Result<()> {
        let sheet = if let Some(sheet) = &mut self.sheet {
            sheet
        } else {
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
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
            &refusal.reason.words(Language::Japanese),
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
    fn a_report_never_takes_the_place_of_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roster.csv");
        let first = place_of(&file, None, "refused", "csv").unwrap();
        assert_eq!(first, folder.path().join("roster.csv.refused.csv"));
        std::fs::write(&first, "x").unwrap();
        let second = place_of(&file, None, "refused", "csv").unwrap();
        assert_eq!(second, folder.path().join("roster.csv.refused-2.csv"));
        assert!(place_of(&file, Some(&first), "refused", "csv").is_err());
        assert_eq!(
            place_of(&file, Some(&second), "refused", "csv").unwrap(),
            second
        );
        // Not even if it came between.
        let mut report = Report::at(first.clone());
        assert!(
            report
                .add(&Refusal::new(2, "a", "", Reason::Empty))
                .is_err()
        );
        assert_eq!(std::fs::read_to_string(first).unwrap(), "x");
    }

    #[test]
    fn one_cause_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = Report::at(folder.path().join("report.csv"));
        for row in 2..9 {
            report
                .add(&Refusal::new(row, "生年月日", "3", Reason::EraCode))
                .unwrap();
        }
        report
            .add(&Refusal::new(2, "カナ", "", Reason::Empty))
            .unwrap();
        let told: Vec<String> = report.causes().iter().map(Cause::told).collect();
        assert!(
            told[0].starts_with("7 rows, 生年月日 (era-code, the first is row 2): "),
            "{told:?}"
        );
        assert_eq!(told[1..], ["row 2, カナ (empty): it is empty"]);
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
