//! The rows of a file, be it a text or a workbook, and what divides them.

use std::path::Path;

use super::{
    encoding::{Charset, Form, Inspected},
    mapping::Mapping,
    row::Row,
    sheet::Sheet,
    workbook::Workbook,
};
use crate::{failure::Failure, language::say};

/// What may stand between two cells.
const DELIMITERS: [char; 5] = [',', '\t', ';', '|', ':'];
/// How many rows tell which it is.
const TELLING: usize = 100;

/// A file whose rows can be read.
pub(crate) struct Source<'a> {
    path: &'a Path,
    inspected: &'a Inspected,
    divided: Divided,
}

enum Divided {
    Text { charset: Charset, delimiter: char },
    Workbook { sheet: String },
}

impl<'a> Source<'a> {
    /// The rows as a mapping says; what it does not say is found out.
    pub(crate) fn of(
        path: &'a Path,
        inspected: &'a Inspected,
        mapping: &Mapping,
    ) -> Result<Self, Failure> {
        Self::divided(path, inspected, mapping.delimiter, mapping.sheet.as_deref())
    }

    /// The rows of a file of which nothing was said but what stands between two cells, or which sheet it is.
    pub(crate) fn divided(
        path: &'a Path,
        inspected: &'a Inspected,
        delimiter: Option<char>,
        sheet: Option<&str>,
    ) -> Result<Self, Failure> {
        let divided = match inspected.form {
            Form::Workbook(kind) => Divided::Workbook {
                sheet: Workbook::open(path, kind)?.sheet(sheet)?,
            },
            Form::Text(charset) => Divided::Text {
                charset,
                delimiter: match delimiter {
                    Some(said) => said,
                    None => delimiter_of(path, charset)?,
                },
            },
        };
        Ok(Self {
            path,
            inspected,
            divided,
        })
    }

    /// What stands between two cells of a text; nothing that does so in a workbook.
    pub(crate) fn delimiter(&self) -> Option<char> {
        match self.divided {
            Divided::Text { delimiter, .. } => Some(delimiter),
            Divided::Workbook { .. } => None,
        }
    }

    /// The sheet of a workbook.
    pub(crate) fn sheet(&self) -> Option<&str> {
        match &self.divided {
            Divided::Text { .. } => None,
            Divided::Workbook { sheet } => Some(sheet),
        }
    }

    /// Gives each row, with how many bytes of a text were read by then, until `take` says that it has had enough.
    ///
    /// # Errors
    /// When a row cannot be read or taken, or the file is another than when it was inspected.
    pub(crate) fn each_row(
        &self,
        mut take: impl FnMut(&Row<'_>, u64) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut is_whole = true;
        let sha256 = match &self.divided {
            Divided::Text { charset, delimiter } => {
                let mut sheet = Sheet::open(self.path, *charset, *delimiter)?;
                let mut read = 0;
                while let Some(row) = sheet.next_row()? {
                    if !take(&row, read)? {
                        is_whole = false;
                        break;
                    }
                    read = sheet.bytes();
                }
                sheet.sha256()
            }
            Divided::Workbook { sheet } => {
                let Form::Workbook(kind) = self.inspected.form else {
                    return Ok(());
                };
                let mut book = Workbook::open(self.path, kind)?;
                book.each_row(sheet, |row| {
                    is_whole = take(row, 0)?;
                    Ok(is_whole)
                })?;
                if !is_whole {
                    return Ok(());
                }
                Inspected::sha256_of(self.path)?
            }
        };
        if is_whole && sha256 != self.inspected.sha256 {
            let path = self.path.display();
            return Err(Failure::Usage(say!(
                ja: "{path} が読んでいる間に変わりました。書き終わるのを待って、コマンドを繰り返してください",
                en: "{path} changed while it was read: wait until it is whole, and repeat the command",
            )));
        }
        Ok(())
    }
}

/// The character that divides the most rows into the same number of cells, of which there are several, and of
/// those into the most cells; a comma where none does.
fn delimiter_of(path: &Path, charset: Charset) -> Result<char, Failure> {
    let mut best = ((0, 0), ',');
    for delimiter in DELIMITERS {
        let mut sheet = Sheet::open(path, charset, delimiter)?;
        let mut widths = std::collections::BTreeMap::new();
        for _ in 0..TELLING {
            // What cannot be read so is told when it is read in earnest.
            let Ok(Some(row)) = sheet.next_row() else {
                break;
            };
            if row.len() > 1 {
                *widths.entry(row.len()).or_insert(0_usize) += 1;
            }
        }
        let agreeing = widths
            .into_iter()
            .map(|(width, rows)| (rows, width))
            .max()
            .unwrap_or_default();
        if agreeing > best.0 {
            best = (agreeing, delimiter);
        }
    }
    Ok(best.1)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_delimiter_is_found() {
        for (text, delimiter) in [
            ("番号,氏名\n1,健保 太郎\n", ','),
            ("番号\t氏名\n1\t健保, 太郎\n", '\t'),
            ("番号;氏名;カナ\n1;a,b;c\n", ';'),
            ("番号|氏名\n1|x\n", '|'),
            ("2026年度 名簿\n番号\t氏名\n1\tx\n", '\t'),
            ("番号\n1\n", ','),
            ("番号,時刻\n1,12:00:00\n2,13:00:00\n", ','),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert_eq!(
                delimiter_of(file.path(), Charset::Utf8).unwrap(),
                delimiter,
                "{text}"
            );
        }
    }
}
