//! The mapping: which columns of an insurer's file are what, and how its dates and relationships are
//! written. A file of the operators' own, TOML; without one, the columns are named as ours.
//!
//! Whatever could be read in two ways is read only as the mapping declares it: a digit for an era, a serial
//! number for a day, a relationship.

mod sound;

use std::{collections::BTreeMap, path::Path};

use domain::InsurerCode;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use sha2::{Digest, Sha256};

use super::encoding::{Charset, Form, hex};
use crate::{failure::Failure, language::say, reasons::told};

/// The mapping of files that name their columns as we do.
const OURS: &str = include_str!("ours.toml");

/// How a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// It has everybody: who is not in it leaves.
    Full,
    /// It has what changed: who is not in it stays.
    Delta,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
        }
    }
}

/// How one insurer's files are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Mapping {
    /// The encoding; found out from the file when absent.
    pub(crate) encoding: Option<Charset>,
    /// What stands between two cells; found out from the file when absent.
    pub(crate) delimiter: Option<char>,
    /// The sheet of a workbook; absent where only one has something.
    pub(crate) sheet: Option<String>,
    /// How many rows stand above the header, or above the first member where there is none. When absent, the
    /// header is looked for among the first rows.
    pub(crate) skip: Option<u64>,
    /// Whether the first row names the columns. It does when nothing is said and a column is given by its
    /// name; where all are places, it has to be said.
    header: Option<bool>,
    /// How rows begin that are no member's, such as 合計 and 小計.
    #[serde(default)]
    pub(crate) footer: Vec<String>,
    /// 保険者番号 of the insurer: the file of another is refused as a whole.
    pub(crate) insurer_number: Option<String>,
    /// Columns whose names tell that they may matter, and that are left out nevertheless.
    #[serde(default)]
    pub(crate) unused: Vec<String>,
    /// Which column is what.
    pub(crate) columns: Columns,
    /// How birth dates are written, beyond what can be read in one way only.
    #[serde(default)]
    pub(crate) birth_date: BirthDates,
    /// Which relationships are whose.
    pub(crate) relationship: Option<Relationships>,
    /// Which rows say that the member leaves.
    pub(crate) removal: Option<Removals>,
    /// How 記号 is written.
    #[serde(default)]
    pub(crate) symbol: Symbols,
    /// From when on the numbers have to be said.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// Whose file it is, and which, where several come into one folder.
    pub(crate) delivery: Option<Delivered>,
    /// The SHA-256 of the file.
    #[serde(skip)]
    sha256: String,
}

/// Which column is what.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Columns {
    /// 保険者指定コード, if the file has it: a row of another insurer is refused.
    pub(crate) insurer: Option<Column>,
    /// 保険者番号, if the file has it.
    pub(crate) insurer_number: Option<Column>,
    /// 記号, in one column or in several; absent where the insurer has none.
    pub(crate) symbol: Option<Joined>,
    /// 番号.
    pub(crate) number: Column,
    /// 記号 until now, of who has another since; empty of everybody else.
    pub(crate) former_symbol: Option<Joined>,
    /// 番号 until now, likewise.
    pub(crate) former_number: Option<Column>,
    /// The name to be shown, in one column or in several.
    pub(crate) name: Joined,
    /// The name in kana, likewise.
    pub(crate) kana: Joined,
    /// Further names in kana that are the member's as well; a cell may be empty.
    #[serde(default)]
    pub(crate) alternate_kana: Vec<Joined>,
    /// The date of birth: in one column; in two, the era and the rest; in three, year, month and day; in four,
    /// the era and these.
    pub(crate) birth_date: Joined,
    /// The relationship to the insured; absent where the file has nobody else.
    pub(crate) relationship: Option<Column>,
    /// What says that a member leaves.
    pub(crate) removal: Option<Column>,
    /// The day on which a member lost the right (資格喪失日), written as birth dates are; empty where they have it.
    pub(crate) left_on: Option<Joined>,
}

/// A column, by its name in the header or by its place, from 1 on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a column is its name, or its place from 1 on")]
pub(crate) enum Column {
    Place(usize),
    Name(String),
}

/// One column, or several that are read as one.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a column is its name or its place from 1 on, and several are a list of these"
)]
pub(crate) enum Joined {
    One(Column),
    Several(Vec<Column>),
}

impl Joined {
    pub(crate) fn columns(&self) -> &[Column] {
        match self {
            Self::One(column) => std::slice::from_ref(column),
            Self::Several(columns) => columns,
        }
    }
}

/// How birth dates are written, beyond what can be read in one way only.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BirthDates {
    /// The digits that stand for eras. Several numberings are in use, so there is no default.
    #[serde(default)]
    pub(crate) era_codes: BTreeMap<char, Era>,
    /// The calendar of a workbook's serial numbers.
    pub(crate) excel_serials: Option<Serials>,
}

/// An era of the Japanese calendar, as the domain reads it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum Era {
    #[serde(rename = "明治")]
    Meiji,
    #[serde(rename = "大正")]
    Taisho,
    #[serde(rename = "昭和")]
    Showa,
    #[serde(rename = "平成")]
    Heisei,
    #[serde(rename = "令和")]
    Reiwa,
}

/// From which day a workbook counts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u16")]
pub(crate) enum Serials {
    /// 1 is 1900-01-01: Excel's default.
    From1900,
    /// 0 is 1904-01-01: workbooks of old Macintoshes.
    From1904,
}

impl TryFrom<u16> for Serials {
    type Error = &'static str;

    fn try_from(year: u16) -> Result<Self, Self::Error> {
        match year {
            1900 => Ok(Self::From1900),
            1904 => Ok(Self::From1904),
            _ => Err("a workbook counts its days from 1900 or from 1904"),
        }
    }
}

/// Which relationships are whose.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Relationships {
    /// The insured: only they may register.
    pub(crate) insured: Vec<String>,
    /// Everybody else; when absent, whatever is not the insured's.
    pub(crate) dependants: Option<Vec<String>>,
}

/// Which rows say that the member leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Removals {
    /// What leaves.
    pub(crate) values: Vec<String>,
    /// Whatever else there is. A value that nobody thought of would keep who has left, so it is refused.
    pub(crate) stay: Vec<String>,
}

/// How 記号 is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Symbols {
    /// What an empty one means.
    #[serde(default)]
    pub(crate) empty: EmptySymbol,
    /// What stands between 記号 and 番号, where one column has both.
    pub(crate) divided_by: Option<String>,
}

/// What an empty 記号 means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EmptySymbol {
    /// That something is missing.
    #[default]
    Refused,
    /// The one of the row above: it is written once for a group.
    Above,
    /// That the member has none.
    None,
}

/// From when on a number has to be said with the command, in per cent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Of the roster, who leave.
    pub(crate) leavers: u64,
    /// Of the roster, who change.
    pub(crate) changed: u64,
    /// Of the rows, how many more or fewer are skipped than in the last import.
    pub(crate) skipped: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            leavers: 5,
            changed: 30,
            skipped: 10,
        }
    }
}

/// Which file of a folder is read so, and whose it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Delivered {
    /// 保険者指定コード of the insurer.
    #[serde(deserialize_with = "insurer")]
    pub(crate) insurer: InsurerCode,
    /// The name of the file; `*` is anything.
    pub(crate) file: String,
    /// Whether it has everybody.
    pub(crate) mode: Mode,
}

fn insurer<'de, D: Deserializer<'de>>(from: D) -> Result<InsurerCode, D::Error> {
    InsurerCode::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

impl Mapping {
    /// What tells one way of reading a file from all others: this mapping and an encoding.
    pub(crate) fn sha256_with(&self, form: Form) -> String {
        hex(&Sha256::digest(format!("{} {}", self.sha256, form.name())))
    }

    /// Whether the first row names the columns.
    pub(crate) fn has_header(&self) -> bool {
        self.header.unwrap_or(true)
    }

    /// Reads the mapping of a file; of none, ours.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Self::parse(OURS).map_err(Failure::Failed);
        };
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let error = told(&error);
            Failure::Usage(say!(
                ja: "{shown} を読めません：{error}",
                en: "{shown} cannot be read: {error}",
            ))
        })?;
        Self::parse(&text).map_err(|wrong| Failure::Usage(format!("{shown}: {wrong}")))
    }

    /// Reads a mapping.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut mapping: Self = toml::from_str(text).map_err(|error| told(&error))?;
        mapping.sha256 = hex(&Sha256::digest(text));
        mapping.refuse_impossible()?;
        mapping.refuse_impossible_columns()?;
        Ok(mapping)
    }

    /// Every column that may be several.
    fn joined(&self) -> impl Iterator<Item = &Joined> {
        let columns = &self.columns;
        [&columns.name, &columns.kana, &columns.birth_date]
            .into_iter()
            .chain(&columns.symbol)
            .chain(&columns.former_symbol)
            .chain(&columns.left_on)
            .chain(&columns.alternate_kana)
    }

    /// Every column.
    pub(crate) fn all_columns(&self) -> impl Iterator<Item = &Column> {
        let columns = &self.columns;
        let one = [
            &columns.insurer,
            &columns.insurer_number,
            &columns.former_number,
            &columns.relationship,
            &columns.removal,
        ];
        one.into_iter()
            .flatten()
            .chain([&columns.number])
            .chain(self.joined().flat_map(Joined::columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[columns]\nnumber = \"番号\"\nname = \"氏名\"\nkana = \"カナ\"\nbirthDate = \"生年月日\"\n";

    fn refused(text: &str) -> String {
        Mapping::parse(text).unwrap_err()
    }

    #[test]
    fn ours_is_a_mapping() {
        let ours = Mapping::read(None).unwrap();
        assert_eq!(ours.columns.number, Column::Name("number".to_owned()));
    }

    #[test]
    fn the_guides_example_is_a_mapping() {
        let guide = include_str!("../../../../docs/roster.md");
        let example = guide.split("```toml\n").nth(1).unwrap();
        let mapping = Mapping::parse(example.split("```").next().unwrap()).unwrap();
        assert_eq!(mapping.birth_date.era_codes.len(), 5);
    }

    #[test]
    fn the_least_mapping_has_four_columns() {
        let mapping = Mapping::parse(LEAST).unwrap();
        assert!(mapping.has_header() && mapping.delimiter.is_none());
        assert!(mapping.birth_date.era_codes.is_empty());
    }

    #[test]
    fn what_a_mapping_cannot_mean_is_named() {
        for (text, named) in [
            (format!("delimeter = ';'\n{LEAST}"), "delimeter"),
            (format!("delimiter = '、'\n{LEAST}"), "delimiter must be"),
            (format!("encoding = 'latin1'\n{LEAST}"), "latin1"),
            (
                format!("header = false\n{LEAST}"),
                "must be given by its place",
            ),
            (LEAST.replace("\"番号\"", "0"), "from 1 on"),
            (LEAST.replace("\"番号\"", "true"), "a column is its name"),
            (LEAST.replace("\"氏名\"", "[]"), "is empty"),
            (format!("{LEAST}relationship = '続柄'\n"), "go together"),
            (
                format!("{LEAST}insurerNumber = '保険者番号'\n"),
                "go together",
            ),
            (format!("{LEAST}[symbol]\nempty = 'guess'\n"), "guess"),
            (
                format!("{LEAST}[removal]\nvalues = ['1']\nstay = []\n"),
                "go together",
            ),
            (
                format!("{LEAST}removal = '異動'\n[removal]\nvalues = ['1']\n"),
                "missing field `stay`",
            ),
            (
                "[columns]\nnumber = 1\nname = 2\nkana = [3, 4]\nbirthDate = 5\n".to_owned(),
                "the columns are all places",
            ),
            (
                format!("{LEAST}[birthDate]\neraCodes = {{ S = '昭和' }}\n"),
                "is no digit",
            ),
            (
                format!("{LEAST}[birthDate]\neraCodes = {{ 3 = '昭' }}\n"),
                "昭",
            ),
            (
                format!("{LEAST}[birthDate]\nexcelSerials = 1899\n"),
                "from 1900 or from 1904",
            ),
        ] {
            assert!(refused(&text).contains(named), "{text}: {}", refused(&text));
        }
    }
}
