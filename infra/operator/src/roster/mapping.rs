//! The mapping: which columns of an insurer's file are what, and how its dates and relationships are
//! written. A file of the operators' own, TOML; without one, the columns are named as ours.
//!
//! Whatever could be read in two ways is read only as the mapping declares it: a digit for an era, a serial
//! number for a day, a relationship.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use sha2::{Digest, Sha256};

use super::encoding::{Charset, hex};
use crate::failure::Failure;

/// The mapping of files that name their columns as we do.
const OURS: &str = include_str!("ours.toml");

/// How one insurer's files are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Mapping {
    /// The encoding; found out from the file when absent.
    pub(crate) encoding: Option<Charset>,
    /// What stands between two cells.
    #[serde(default = "comma")]
    pub(crate) delimiter: char,
    /// Whether the first row names the columns. It does when nothing is said and a column is given by its
    /// name; where all are places, it has to be said.
    header: Option<bool>,
    /// Which column is what.
    pub(crate) columns: Columns,
    /// How birth dates are written, beyond what can be read in one way only.
    #[serde(default)]
    pub(crate) birth_date: BirthDates,
    /// Which relationships are whose.
    pub(crate) relationship: Option<Relationships>,
    /// Which rows say that the member leaves.
    pub(crate) removal: Option<Removals>,
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
    /// 記号; absent where the insurer has none.
    pub(crate) symbol: Option<Column>,
    /// 番号.
    pub(crate) number: Column,
    /// The name to be shown, in one column or in several.
    pub(crate) name: Joined,
    /// The name in kana, likewise.
    pub(crate) kana: Joined,
    /// Further names in kana that are the member's as well; a cell may be empty.
    #[serde(default)]
    pub(crate) alternate_kana: Vec<Joined>,
    /// The date of birth, in one column, or in two of which the first has the era.
    pub(crate) birth_date: Joined,
    /// The relationship to the insured; absent where the file has nobody else.
    pub(crate) relationship: Option<Column>,
    /// What says that a member leaves.
    pub(crate) removal: Option<Column>,
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

fn comma() -> char {
    ','
}

impl Mapping {
    /// What tells one way of reading a file from all others: this mapping and an encoding.
    pub(crate) fn sha256_with(&self, encoding: Charset) -> String {
        hex(&Sha256::digest(format!(
            "{} {}",
            self.sha256,
            encoding.name()
        )))
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
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::Usage(format!("{} cannot be read: {error}", path.display()))
        })?;
        Self::parse(&text).map_err(|wrong| Failure::Usage(format!("{}: {wrong}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut mapping: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        mapping.sha256 = hex(&Sha256::digest(text));
        mapping.refuse_impossible()?;
        Ok(mapping)
    }

    fn refuse_impossible(&self) -> Result<(), String> {
        if !self.delimiter.is_ascii() || matches!(self.delimiter, '"' | '\r' | '\n') {
            return Err(
                "delimiter must be one ASCII character, such as \",\" or \"\\t\"".to_owned(),
            );
        }
        for (name, column, rule) in [
            (
                "relationship",
                self.columns.relationship.is_some(),
                self.relationship.is_some(),
            ),
            (
                "removal",
                self.columns.removal.is_some(),
                self.removal.is_some(),
            ),
        ] {
            if column != rule {
                return Err(format!(
                    "columns.{name} and [{name}] go together: one says where, the other which values"
                ));
            }
        }
        if let Some(code) = self
            .birth_date
            .era_codes
            .keys()
            .find(|code| !code.is_ascii_digit())
        {
            return Err(format!(
                "birthDate.eraCodes: {code:?} is no digit; letters and names of eras need no declaration"
            ));
        }
        let columns = &self.columns;
        let one = [
            &columns.insurer,
            &columns.symbol,
            &columns.relationship,
            &columns.removal,
        ];
        let joined = [&columns.name, &columns.kana, &columns.birth_date];
        for joined in joined.into_iter().chain(&columns.alternate_kana) {
            if joined.columns().is_empty() {
                return Err("a list of columns is empty".to_owned());
            }
        }
        if columns.birth_date.columns().len() > 2 {
            return Err("columns.birthDate is one column, or two: the era and the rest".to_owned());
        }
        let all = one
            .into_iter()
            .flatten()
            .chain([&columns.number])
            .chain(joined.into_iter().flat_map(Joined::columns))
            .chain(columns.alternate_kana.iter().flat_map(Joined::columns));
        let all: Vec<&Column> = all.collect();
        let is_place = |column: &&Column| matches!(column, Column::Place(_));
        if self.header.is_none() && all.iter().all(is_place) {
            return Err(
                "the columns are all places: say whether the first row has their names (header = true) or is \
                 a member's (header = false)"
                    .to_owned(),
            );
        }
        for column in all {
            match column {
                Column::Place(0) => return Err("columns are counted from 1 on".to_owned()),
                Column::Name(name) if !self.has_header() => {
                    return Err(format!(
                        "there is no header, so the column {name} must be given by its place, from 1 on"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
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
        assert!(mapping.has_header() && mapping.delimiter == ',');
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
