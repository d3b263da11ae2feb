//! What a mapping cannot mean.

use super::{Column, Mapping};
use crate::language::say;

impl Mapping {
    pub(super) fn refuse_impossible(&self) -> Result<(), String> {
        if self
            .delimiter
            .is_some_and(|it| !it.is_ascii() || matches!(it, '"' | '\r' | '\n'))
        {
            return Err(say!(
                ja: "delimiter は \",\" や \"\\t\" のようなASCIIの1文字です",
                en: "delimiter must be one ASCII character, such as \",\" or \"\\t\"",
            ));
        }
        let columns = &self.columns;
        if self
            .symbol
            .divided_by
            .as_ref()
            .is_some_and(String::is_empty)
            || (self.symbol.divided_by.is_some() && columns.symbol.is_some())
        {
            return Err(say!(
                ja: "symbol.dividedBy は、番号の列に記号も入っているときの区切りです。columns.symbol とは一緒に書けません",
                en: "symbol.dividedBy is what stands between 記号 and 番号 in the column of the number: not beside \
                     columns.symbol",
            ));
        }
        for (name, has_column, has_rule) in [
            (
                "relationship",
                columns.relationship.is_some(),
                self.relationship.is_some(),
            ),
            ("removal", columns.removal.is_some(), self.removal.is_some()),
        ] {
            if has_column != has_rule {
                return Err(say!(
                    ja: "columns.{name} と [{name}] は両方書いてください。前者は列、後者は値です",
                    en: "columns.{name} and [{name}] go together: one says where, the other which values",
                ));
            }
        }
        if columns.insurer_number.is_some() != self.insurer_number.is_some() {
            return Err(say!(
                ja: "columns.insurerNumber と insurerNumber は両方書いてください。前者は列、後者はこの保険者の保険者番号です",
                en: "columns.insurerNumber and insurerNumber go together: one says where, the other this insurer's number",
            ));
        }
        let mut codes = self.birth_date.era_codes.keys();
        if let Some(code) = codes.find(|code| !code.is_ascii_digit()) {
            return Err(say!(
                ja: "birthDate.eraCodes：{code:?} は数字ではありません。英字や元号の名前は書かなくても読めます",
                en: "birthDate.eraCodes: {code:?} is no digit; letters and names of eras need no declaration",
            ));
        }
        Ok(())
    }

    pub(super) fn refuse_impossible_columns(&self) -> Result<(), String> {
        let columns = &self.columns;
        if self.joined().any(|joined| joined.columns().is_empty()) {
            return Err(say!(ja: "列のリストが空です", en: "a list of columns is empty"));
        }
        if columns.birth_date.columns().len() > 4 {
            return Err(say!(
                ja: "columns.birthDate は、1列、2列（元号と残り）、3列（年・月・日）か4列（元号・年・月・日）です",
                en: "columns.birthDate is one column; or two: the era and the rest; or three: year, month, day; or four",
            ));
        }
        let is_place = |column: &Column| matches!(column, Column::Place(_));
        if self.header.is_none() && self.all_columns().all(is_place) {
            return Err(say!(
                ja: "すべての列が番号です。1行目が列名なら header = true、加入者の行なら header = false と書いてください",
                en: "the columns are all places: say whether the first row has their names (header = true) or is \
                     a member's (header = false)",
            ));
        }
        for column in self.all_columns() {
            match column {
                Column::Place(0) => {
                    return Err(say!(
                        ja: "列の番号は1から数えます",
                        en: "columns are counted from 1 on",
                    ));
                }
                Column::Name(name) if !self.has_header() => {
                    return Err(say!(
                        ja: "見出しがないので、列 {name} は1から数えた番号で書いてください",
                        en: "there is no header, so the column {name} must be given by its place, from 1 on",
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
