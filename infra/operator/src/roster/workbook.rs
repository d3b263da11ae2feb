//! The rows of a workbook (`.xlsx`, `.xls`, `.ods`), read as its cells are kept and not as Excel would write
//! them to a CSV file: days are days, and a number that has lost its zeros can be told from a text.
//!
//! An `.xlsx` is read cell by cell; what it shares between cells (its texts) is in memory as a whole, and no
//! larger than `SHARED_BYTES`. `.xls` and `.ods` are read whole, so they are only taken up to [`WHOLE_BYTES`].

mod gate;
mod hidden;
mod text;

use std::{fs::File, io::BufReader, path::Path};

use calamine::{
    Data, Ods, Reader, SheetType, SheetVisible, Xls, Xlsx, XlsxError, open_workbook_from_rs,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::hidden::hidden_rows;
use self::{
    gate::{is_encrypted, protected, refuse_archive},
    text::{Text, zeros_of},
};
use super::{
    encoding::open,
    limits::{COLUMNS, ROW_BYTES, ROWS, WHOLE_BYTES},
    row::Row,
};
use crate::{failure::Failure, language::say};

/// A kind of workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Excel since 2007.
    Xlsx,
    /// Excel before.
    Xls,
    /// `OpenDocument`.
    Ods,
}

impl Kind {
    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "Excel (.xlsx)",
            Self::Xls => "Excel 97-2003 (.xls)",
            Self::Ods => "OpenDocument (.ods)",
        }
    }

    /// The kind of a file that begins so; nothing of what is no workbook.
    pub(crate) fn of(beginning: &[u8]) -> Option<Self> {
        match beginning {
            [b'P', b'K', 3, 4, ..] => {
                // The first entry of an OpenDocument file is its type, not compressed.
                let is_ods = beginning
                    .windows(ODS.len())
                    .any(|window| window == ODS.as_bytes());
                Some(if is_ods { Self::Ods } else { Self::Xlsx })
            }
            [0xD0, 0xCF, 0x11, 0xE0, ..] => Some(Self::Xls),
            _ => None,
        }
    }
}

const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// A workbook whose sheets were named.
pub(crate) struct Workbook {
    book: Book,
    sheets: Vec<String>,
    path: String,
}

enum Book {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xls(Box<Xls<BufReader<File>>>),
    Ods(Box<Ods<BufReader<File>>>),
}

impl Workbook {
    /// Opens a workbook.
    pub(crate) fn open(path: &Path, kind: Kind) -> Result<Self, Failure> {
        let mut file = open(path)?;
        let shown = path.display().to_string();
        if kind == Kind::Xls && is_encrypted(&mut file).unwrap_or_default() {
            return Err(protected(&shown));
        }
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        if kind != Kind::Xlsx && bytes > WHOLE_BYTES {
            return Err(Failure::Usage(say!(
                ja: "{shown}：この形式のブックは {WHOLE_BYTES} バイトまでです。Excelで .xlsx として保存してください",
                en: "{shown}: a workbook of this kind may have {WHOLE_BYTES} bytes: save it as .xlsx",
            )));
        }
        if kind == Kind::Xlsx {
            refuse_archive(&mut file, &shown)?;
        }
        let unread = |error: &dyn std::fmt::Display| {
            Failure::Usage(say!(
                ja: "{shown}：ブックを読めません（{error}）。Excelで開き、.xlsx として保存し直してください",
                en: "{shown}: the workbook cannot be read ({error}): open it in Excel and save it as .xlsx",
            ))
        };
        let from = BufReader::new(file);
        let (book, sheets) = match kind {
            Kind::Xlsx => match open_workbook_from_rs::<Xlsx<_>, _>(from) {
                Err(XlsxError::Password) => return Err(protected(&shown)),
                Err(error) => return Err(unread(&error)),
                Ok(book) => {
                    let sheets = visible(&book);
                    (Book::Xlsx(Box::new(book)), sheets)
                }
            },
            Kind::Xls => {
                let book: Xls<_> = open_workbook_from_rs(from).map_err(|error| unread(&error))?;
                let sheets = visible(&book);
                (Book::Xls(Box::new(book)), sheets)
            }
            Kind::Ods => {
                let book: Ods<_> = open_workbook_from_rs(from).map_err(|error| unread(&error))?;
                let sheets = visible(&book);
                (Book::Ods(Box::new(book)), sheets)
            }
        };
        Ok(Self {
            book,
            sheets,
            path: shown,
        })
    }

    /// The sheets that are shown and have something in them.
    pub(crate) fn sheets(&mut self) -> Result<Vec<String>, Failure> {
        let mut filled = Vec::new();
        for sheet in self.sheets.clone() {
            let mut is_filled = false;
            self.each_row(&sheet, |row| {
                is_filled = !row.is_blank();
                Ok(!is_filled)
            })?;
            if is_filled {
                filled.push(sheet);
            }
        }
        Ok(filled)
    }

    /// The sheet that a roster is read of: the one that was said, or the only one.
    pub(crate) fn sheet(&mut self, said: Option<&str>) -> Result<String, Failure> {
        let path = self.path.clone();
        let filled = self.sheets()?;
        let there = filled.join("、");
        match (said, &*filled) {
            (Some(said), _) if filled.iter().any(|sheet| sheet == said) => Ok(said.to_owned()),
            (Some(said), _) => Err(Failure::Usage(say!(
                ja: "{path}：シート「{said}」がないか、空です。あるのは {there} です。マッピングの sheet を直してください",
                en: "{path}: it has no sheet {said}, or an empty one; it has {there}. Correct `sheet` in the mapping",
            ))),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(Failure::Usage(say!(
                ja: "{path}：行がありません",
                en: "{path}: it has no rows",
            ))),
            (None, _) => Err(Failure::Usage(say!(
                ja: "{path}：シートが複数あります（{there}）。名簿のシートをマッピングの sheet に書いてください",
                en: "{path}: it has several sheets ({there}): say in the mapping which one is the roster, with `sheet`",
            ))),
        }
    }

    /// Gives each row that has something, in order, until `take` says that it has had enough.
    pub(crate) fn each_row(
        &mut self,
        sheet: &str,
        mut take: impl FnMut(&Row<'_>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let path = self.path.clone();
        let mut line = Line::default();
        let unread = |error: &dyn std::fmt::Display| {
            Failure::Usage(say!(
                ja: "{path}：ブックを読めません（{error}）。Excelで開き、.xlsx として保存し直してください",
                en: "{path}: the workbook cannot be read ({error}): open it in Excel and save it as .xlsx",
            ))
        };
        match &mut self.book {
            Book::Xlsx(book) => {
                let mut cells = book
                    .worksheet_cells_reader(sheet)
                    .map_err(|error| unread(&error))?;
                let widths: Vec<Option<usize>> = cells
                    .styles()
                    .iter()
                    .map(|style| zeros_of(style.number_format.as_ref()?.format_code.as_str()))
                    .collect();
                while let Some((cell, style)) = cells
                    .next_cell_with_style_id()
                    .map_err(|error| unread(&error))?
                {
                    let width = widths.get(style).copied().flatten();
                    let (at, column) = cell.get_position();
                    let text = Text::of(cell.get_value(), width);
                    if !line.add(at, column, &text, &mut take)? {
                        return Ok(());
                    }
                }
            }
            Book::Xls(book) => {
                let range = book
                    .worksheet_range(sheet)
                    .map_err(|error| unread(&error))?;
                if !line.add_all(&range, &mut take)? {
                    return Ok(());
                }
            }
            Book::Ods(book) => {
                let range = book
                    .worksheet_range(sheet)
                    .map_err(|error| unread(&error))?;
                if !line.add_all(&range, &mut take)? {
                    return Ok(());
                }
            }
        }
        line.give(&mut take).map(drop)
    }
}

/// The sheets of cells that are shown.
fn visible<R: Reader<BufReader<File>>>(book: &R) -> Vec<String> {
    let sheets = book.sheets_metadata().iter();
    let shown = sheets.filter(|sheet| {
        sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet
    });
    shown.map(|sheet| sheet.name.clone()).collect()
}

/// The row that is being put together.
#[derive(Default)]
struct Line {
    at: u32,
    rows: u64,
    text: String,
    ends: Vec<usize>,
    numbers: Vec<bool>,
}

impl Line {
    /// Adds a cell; a cell of a later row gives the row before it. False when nobody wants more.
    fn add(
        &mut self,
        at: u32,
        column: u32,
        cell: &Text,
        take: &mut impl FnMut(&Row<'_>) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        if at != self.at && !self.give(take)? {
            return Ok(false);
        }
        self.at = at;
        if cell.text.is_empty() {
            return Ok(true);
        }
        let row = u64::from(at) + 1;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= COLUMNS {
            return Err(Failure::Usage(say!(
                ja: "{row}行目に {COLUMNS} 列を超えるセルがあります。余分な列を除いてください",
                en: "row {row} has cells beyond column {COLUMNS}: take them out",
            )));
        }
        while self.ends.len() < column {
            self.ends.push(self.text.len());
            self.numbers.push(false);
        }
        // An archive that was put together by hand may have a cell twice.
        if self.ends.len() == column {
            self.text.push_str(&cell.text);
            self.ends.push(self.text.len());
            self.numbers.push(cell.is_number);
        }
        if self.text.len() > ROW_BYTES {
            return Err(Failure::Usage(say!(
                ja: "{row}行目が {ROW_BYTES} バイトを超えています",
                en: "row {row} is longer than {ROW_BYTES} bytes",
            )));
        }
        Ok(true)
    }

    fn add_all(
        &mut self,
        range: &calamine::Range<Data>,
        take: &mut impl FnMut(&Row<'_>) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let (top, left) = range.start().unwrap_or_default();
        for (at, column, value) in range.used_cells() {
            let at = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(top);
            let column = u32::try_from(column)
                .unwrap_or(u32::MAX)
                .saturating_add(left);
            if !self.add(at, column, &Text::of_data(value), take)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives the row, if there is something in it.
    fn give(
        &mut self,
        take: &mut impl FnMut(&Row<'_>) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        if self.ends.is_empty() {
            return Ok(true);
        }
        self.rows += 1;
        if self.rows > ROWS {
            return Err(Failure::Usage(say!(
                ja: "{ROWS} 行を超えています。ファイルを分けて --delta で取り込んでください",
                en: "there are more than {ROWS} rows: divide the file, and import the parts with --delta",
            )));
        }
        let number = u64::from(self.at) + 1;
        let wants_more = take(&Row::new(number, &self.text, &self.ends, &self.numbers))?;
        self.text.clear();
        self.ends.clear();
        self.numbers.clear();
        Ok(wants_more)
    }
}

#[cfg(test)]
mod tests;
