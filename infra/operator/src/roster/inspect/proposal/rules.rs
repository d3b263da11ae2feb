//! How dates, relationships and who leaves are read: what a mapping says of the values in a column.

use std::collections::BTreeMap;

use super::{
    super::{
        super::born::is_no_day,
        content::{Column, Scheme},
        names::Role,
        values::{Numbering, numbering, relationships, removals},
    },
    Making, quoted_list, told_list,
};
use crate::language::{say, word};

impl Making<'_> {
    pub(super) fn dates(&mut self) {
        let survey = self.survey;
        let one = |role| survey.one(role);
        let dates = survey.roles.get(&Role::BirthDate);
        let is_plain = |at: &&usize| self.column(**at).scheme() == Some(Scheme::Plain);
        let plain = dates.and_then(|dates| dates.iter().find(is_plain)).copied();
        let columns = match (plain.or(one(Role::BirthDate)), one(Role::Era)) {
            (Some(at), Some(era)) if self.column(at).scheme() != Some(Scheme::Plain) => {
                vec![era, at]
            }
            (Some(at), _) => vec![at],
            (None, era) => {
                let parts = [one(Role::Year), one(Role::Month), one(Role::Day)];
                let parts: Vec<usize> = parts.into_iter().flatten().collect();
                if parts.len() != 3 {
                    return self.missing(word!(ja: "生年月日", en: "the birth date"));
                }
                era.into_iter().chain(parts).collect()
            }
        };
        self.put("birthDate", &columns);
        let column = columns
            .last()
            .map(|at| self.column(*at))
            .unwrap_or_default();
        if columns.len() == 1 && column.scheme() == Some(Scheme::WithoutEra) {
            self.proposal.missing.push(say!(
                ja: "生年月日の年が2桁で、元号の列がありません。保険者に元号の列をご依頼ください",
                en: "the birth dates have years of two digits, and there is no column with the era: ask the insurer for it",
            ));
        }
        if column.scheme() == Some(Scheme::Serial) && columns.len() == 1 {
            self.proposal
                .birth_date
                .push("excelSerials = 1900".to_owned());
            self.doubt(say!(
                ja: "生年月日はExcelの通し番号です。1900年起算と推定しました",
                en: "the birth dates are serial numbers of Excel's, taken to count from 1900",
            ));
        }
        self.eras(&columns);
    }

    fn eras(&mut self, birth: &[usize]) {
        let digits: Vec<char> = match birth {
            [era, _, ..] if birth.len() != 3 => self
                .column(*era)
                .values
                .keys()
                .filter_map(|value| value.parse().ok())
                .filter(char::is_ascii_digit)
                .collect(),
            _ => birth
                .first()
                .map(|at| self.column(*at).era_digits.keys().copied().collect())
                .unwrap_or_default(),
        };
        let of_leaving = self
            .survey
            .one(Role::LeftOn)
            .map(|at| self.column(at).era_digits);
        let digits: Vec<char> = digits
            .into_iter()
            .chain(of_leaving.into_iter().flat_map(BTreeMap::into_keys))
            .collect();
        if digits.is_empty() {
            return;
        }
        let cells: Vec<Vec<String>> = self
            .survey
            .sample
            .iter()
            .map(|row| {
                birth
                    .iter()
                    .map(|at| row.cell(*at).0.trim().to_owned())
                    .collect()
            })
            .collect();
        let Some((numbering, is_guess)) = numbering(&cells, &digits, self.today) else {
            let digits: String = digits.into_iter().collect();
            self.proposal.missing.push(say!(
                ja: "元号のコード {digits} の意味が分かりません。保険者にご確認のうえ [birthDate] eraCodes に書いてください",
                en: "what the era codes {digits} mean is not known: ask the insurer, and write [birthDate] eraCodes",
            ));
            return;
        };
        let told = told(&numbering);
        self.proposal
            .birth_date
            .push(format!("eraCodes = {{ {told} }}"));
        if is_guess {
            self.doubt(say!(
                ja: "元号のコードは年齢から {told} と推定しました。保険者にご確認ください",
                en: "the era codes were taken to be {told}, by the ages: ask the insurer",
            ));
        }
    }

    pub(super) fn relationship(&mut self) {
        let Some(at) = self.relationship_column() else {
            return;
        };
        let column = self.column(at);
        let name = self.survey.name(at);
        if column.has_more_values {
            return self.doubt(say!(
                ja: "列 {name} は値が多すぎるため、続柄ではないと推定しました",
                en: "the column {name} has too many values to be the relationship, and is left out",
            ));
        }
        let sorted = relationships(&name, &column.values, &self.once_of_each(at));
        self.put("relationship", &[at]);
        if sorted.chosen.is_empty() {
            let values = told_list(&sorted.others);
            self.proposal.missing.push(say!(
                ja: "列 {name} のどの値が被保険者（本人）か分かりません：{values}。[relationship] insured に書いてください",
                en: "which value of {name} is the insured's is not known: {values}. Write it in [relationship] insured",
            ));
        } else if sorted.is_guess {
            let (insured, others) = (told_list(&sorted.chosen), told_list(&sorted.others));
            self.doubt(say!(
                ja: "列 {name} は {insured} を本人、{others} を家族と推定しました。保険者にご確認ください",
                en: "of the column {name}, {insured} was taken for the insured and {others} for dependants: ask the insurer",
            ));
        } else if !sorted.unknown.is_empty() {
            let unknown = told_list(&sorted.unknown);
            self.doubt(say!(
                ja: "列 {name} の {unknown} は家族として除きます。本人なら [relationship] insured に書いてください",
                en: "of the column {name}, {unknown} is taken for dependants: if they are the insured's, write them in \
                     [relationship] insured",
            ));
        }
        self.proposal.relationship = Some(sorted);
    }

    /// The column that tells the insured from their family: of several, one whose values are words; without any, 枝番.
    fn relationship_column(&self) -> Option<usize> {
        let named = self.survey.roles.get(&Role::Relationship);
        let named = named.map(Vec::as_slice).unwrap_or_default();
        let is_of_words = |at: &&usize| {
            let column = self.column(**at);
            !column.has_more_values && !relationships("", &column.values, &[]).is_guess
        };
        let branch = self.survey.one(Role::Branch);
        named
            .iter()
            .find(is_of_words)
            .or(named.first())
            .copied()
            .or(branch.filter(|at| self.column(*at).filled > 0))
    }

    /// The relationships that every 番号 with several rows has exactly once.
    fn once_of_each(&self, at: usize) -> Vec<String> {
        let Some(number) = self.survey.one(Role::Number) else {
            return Vec::new();
        };
        let symbol = self.survey.one(Role::Symbol);
        let mut families: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for row in &self.survey.sample {
            let cell = |at: usize| row.cell(at).0.trim().to_owned();
            let family = (symbol.map(cell).unwrap_or_default(), cell(number));
            families.entry(family).or_default().push(cell(at));
        }
        families.retain(|_, members| members.len() > 1);
        let codes = self.column(at).values.into_keys();
        let is_once = |code: &String| {
            let has_one =
                |members: &Vec<String>| members.iter().filter(|own| *own == code).count() == 1;
            !families.is_empty() && families.values().all(has_one)
        };
        codes.filter(is_once).collect()
    }

    pub(super) fn leaving(&mut self) {
        let survey = self.survey;
        let days = survey.roles.get(&Role::LeftOn).cloned().unwrap_or_default();
        // One day is enough: what is no day is refused then, and nobody who has left comes in unseen.
        let is_of_days = |at: &usize| {
            let column = self.column(*at);
            column.filled == 0 || column.day_count() + no_days(&column) > 0
        };
        let by_right = days
            .iter()
            .copied()
            .find(|at| survey.name(*at).contains("喪失"));
        let left_on = by_right.or(days.first().copied()).filter(is_of_days);
        if let Some(at) = left_on {
            self.put("leftOn", &[at]);
        }
        let removal = survey.one(Role::Removal);
        if let Some(at) = removal.filter(|_| left_on.is_none()) {
            self.removal(at);
        }
        // What says the same again needs no second look.
        let again = days.into_iter().chain(removal);
        let again: Vec<usize> = again
            .filter(|at| left_on.is_some() && Some(*at) != left_on)
            .collect();
        self.used.extend(&again);
        let unused: Vec<String> = again.iter().map(|at| survey.name(*at)).collect();
        if !unused.is_empty() && !self.by_place {
            self.proposal
                .head
                .push(format!("unused = [{}]", quoted_list(&unused)));
            let (names, left_on) = (told_list(&unused), self.named(Role::LeftOn));
            self.doubt(say!(
                ja: "喪失は {left_on} で判断し、{names} は使いません",
                en: "who has left is read of {left_on}, and {names} is not used",
            ));
        }
    }

    fn removal(&mut self, at: usize) {
        let column = self.column(at);
        let name = self.survey.name(at);
        let sorted = removals(&name, &column.values);
        if column.has_more_values || (sorted.chosen.is_empty() && !sorted.unknown.is_empty()) {
            return self.doubt(say!(
                ja: "列 {name} のどの値が喪失か分かりません。喪失に関わる列なら、[removal] に値を書いてください",
                en: "which value of {name} says that a member leaves is not known: if one does, write [removal]",
            ));
        }
        if sorted.chosen.is_empty() && column.filled == 0 {
            return;
        }
        if !sorted.unknown.is_empty() {
            let unknown = told_list(&sorted.unknown);
            self.doubt(say!(
                ja: "列 {name} の {unknown} は喪失かどうか分かりません。[removal] の values か stay に書くまで、その行は取り込みません",
                en: "of the column {name}, {unknown} is not known to leave or to stay: until it is in `values` or `stay` of \
                     [removal], its rows are refused",
            ));
        }
        if sorted.is_guess {
            let leave = told_list(&sorted.chosen);
            self.doubt(say!(
                ja: "列 {name} は {leave} を喪失と推定しました。保険者にご確認ください",
                en: "of the column {name}, {leave} was taken to say that a member leaves: ask the insurer",
            ));
        }
        self.put("removal", &[at]);
        self.proposal.removal = Some(sorted);
    }
}

/// How many cells say that there is no day.
fn no_days(column: &Column) -> u64 {
    let values = column.values.iter();
    let none = values.filter(|(value, _)| !value.is_empty() && is_no_day(value));
    none.map(|(_, rows)| rows).sum()
}

/// A numbering as a mapping has it.
fn told(numbering: &Numbering) -> String {
    let codes = numbering
        .iter()
        .map(|(code, era)| format!("{code} = \"{}\"", era.name()));
    codes.collect::<Vec<_>>().join(", ")
}
