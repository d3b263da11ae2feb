//! The mapping that is proposed: what was found, as a mapping has it, and what somebody should make sure of.

use std::collections::BTreeMap;

use time::Date;

use super::{
    content::{Column, Scheme},
    names::Role,
    survey::Survey,
    values::{Numbering, Sorted, numbering, relationships, removals},
};
use crate::language::{say, word};

/// A mapping that is proposed.
#[derive(Clone, Debug, Default)]
pub(super) struct Proposal {
    pub(super) head: Vec<String>,
    pub(super) columns: Vec<(&'static str, Vec<String>)>,
    pub(super) alternate_kana: Option<Vec<String>>,
    pub(super) birth_date: Vec<String>,
    pub(super) relationship: Option<Sorted>,
    pub(super) removal: Option<Sorted>,
    pub(super) symbol: Vec<String>,
    /// What somebody should make sure of.
    pub(super) doubts: Vec<String>,
    /// What is missing, so that no mapping will do.
    pub(super) missing: Vec<String>,
}

impl Proposal {
    /// The mapping of a file that was surveyed; `sheet` is the one that was chosen of several.
    pub(super) fn of(survey: &Survey, sheet: Option<&str>, today: Date) -> Self {
        let mut making = Making {
            survey,
            today,
            by_place: survey.names.is_none() || survey.has_two_rows,
            proposal: Self::default(),
        };
        making.head(sheet);
        making.identifiers();
        making.names();
        making.dates();
        making.relationship();
        making.leaving();
        making.rest();
        making.proposal
    }

    /// The mapping as a file.
    pub(super) fn toml(&self) -> String {
        let mut lines = self.head.clone();
        lines.push(String::new());
        lines.push("[columns]".to_owned());
        for (key, columns) in &self.columns {
            lines.push(format!("{key} = {}", joined(columns)));
        }
        if let Some(columns) = &self.alternate_kana {
            lines.push(format!("alternateKana = [{}]", list(columns)));
        }
        for (table, body) in [("symbol", &self.symbol), ("birthDate", &self.birth_date)] {
            if !body.is_empty() {
                lines.extend([String::new(), format!("[{table}]")]);
                lines.extend(body.iter().cloned());
            }
        }
        if let Some(sorted) = &self.relationship {
            lines.extend([
                String::new(),
                "[relationship]".to_owned(),
                format!("insured = [{}]", quoted_list(&sorted.chosen)),
                format!("dependants = [{}]", quoted_list(&sorted.others)),
            ]);
        }
        if let Some(sorted) = &self.removal {
            lines.extend([
                String::new(),
                "[removal]".to_owned(),
                format!("values = [{}]", quoted_list(&sorted.chosen)),
                format!("stay = [{}]", quoted_list(&sorted.others)),
            ]);
        }
        let text = lines.join("\n");
        format!("{}\n", text.trim_start())
    }
}

/// A text as TOML has it, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn quoted_list(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    quoted.join(", ")
}

fn list(columns: &[String]) -> String {
    format!("[{}]", columns.join(", "))
}

fn joined(columns: &[String]) -> String {
    match columns {
        [one] => one.clone(),
        several => list(several),
    }
}

struct Making<'a> {
    survey: &'a Survey,
    today: Date,
    by_place: bool,
    proposal: Proposal,
}

impl Making<'_> {
    /// A column as a mapping gives it: by its name, or by its place where that does not tell it from others.
    fn key(&self, at: usize) -> String {
        let names = self.survey.names.as_deref().unwrap_or_default();
        let name = names
            .get(at)
            .filter(|name| !name.is_empty() && !self.by_place);
        let is_alone = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
        match name.filter(|name| is_alone(name)) {
            Some(name) => quoted(name),
            None => (at + 1).to_string(),
        }
    }

    fn keys(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|at| self.key(*at)).collect()
    }

    fn put(&mut self, key: &'static str, columns: &[usize]) {
        let columns = self.keys(columns);
        self.proposal.columns.push((key, columns));
    }

    fn column(&self, at: usize) -> Column {
        self.survey.column(at).cloned().unwrap_or_default()
    }

    fn doubt(&mut self, doubt: String) {
        self.proposal.doubts.push(doubt);
    }

    fn head(&mut self, sheet: Option<&str>) {
        let head = &mut self.proposal.head;
        if let Some(sheet) = sheet {
            head.push(format!("sheet = {}", quoted(sheet)));
        }
        if self.by_place {
            if self.survey.above > 0 {
                head.push(format!("skip = {}", self.survey.above));
            }
            head.push("header = false".to_owned());
        }
        if !self.survey.footer.is_empty() {
            head.push(format!("footer = [{}]", quoted_list(&self.survey.footer)));
        }
    }

    fn identifiers(&mut self) {
        let survey = self.survey;
        if let Some(at) = survey.one(Role::InsurerNumber) {
            let values = self.column(at).values;
            let number = values.into_iter().filter(|(value, _)| !value.is_empty());
            if let Some((number, _)) = number.max_by_key(|(_, rows)| *rows) {
                self.proposal
                    .head
                    .push(format!("insurerNumber = {}", quoted(&number)));
                self.put("insurerNumber", &[at]);
                self.doubt(say!(
                    ja: "保険者番号 {number} がこの保険者のものかご確認ください。ほかの番号のファイルは取り込みません",
                    en: "make sure that 保険者番号 {number} is this insurer's: a file with another one is refused",
                ));
            }
        }
        if let Some(at) = survey.one(Role::Insurer) {
            self.put("insurer", &[at]);
        }
        if survey.one(Role::Number).is_none()
            && let Some(at) = survey.one(Role::SymbolAndNumber)
        {
            return self.symbol_and_number(at);
        }
        let mut parts = survey
            .roles
            .get(&Role::SymbolPart)
            .cloned()
            .unwrap_or_default();
        parts.sort_unstable();
        if let Some(symbol) = survey.one(Role::Symbol) {
            parts = vec![symbol];
        }
        self.symbol(&parts);
        match survey.one(Role::Number) {
            Some(at) => {
                self.put("number", &[at]);
                if survey.by_content.contains(&Role::Number) {
                    let (number, symbol) = (self.named(Role::Number), self.named(Role::Symbol));
                    self.doubt(say!(
                        ja: "見出しがないため、番号は {number}、記号は {symbol} と推定しました。実際の保険証とご確認ください",
                        en: "without a header, 番号 was taken to be {number} and 記号 {symbol}: compare with an insurance card",
                    ));
                }
            }
            None => self.missing(word!(ja: "番号", en: "番号")),
        }
    }

    fn named(&self, role: Role) -> String {
        let at = self.survey.one(role);
        at.map_or_else(|| say!(ja: "なし", en: "none"), |at| self.survey.name(at))
    }

    fn missing(&mut self, what: &str) {
        self.proposal.missing.push(say!(
            ja: "{what}の列が見つかりません",
            en: "there is no column for {what}",
        ));
    }

    fn symbol_and_number(&mut self, at: usize) {
        let values = self.column(at).values;
        let divider = ["-", "－", "・", "/", " ", "　"]
            .into_iter()
            .find(|divider| {
                let mut values = values.keys().filter(|value| !value.is_empty()).peekable();
                values.peek().is_some() && values.all(|value| value.contains(divider))
            });
        self.put("number", &[at]);
        if let Some(divider) = divider {
            let line = format!("dividedBy = {}", quoted(divider));
            self.proposal.symbol.push(line);
        } else {
            self.missing(word!(
                ja: "記号と番号を分ける文字のある、または記号だけ",
                en: "記号 alone, or with a sign between 記号 and 番号,",
            ));
        }
    }

    fn symbol(&mut self, parts: &[usize]) {
        let survey = self.survey;
        let columns: Vec<Column> = parts.iter().map(|at| self.column(*at)).collect();
        let is_filled = columns.iter().any(|column| column.filled > 0);
        let (Some(first), true) = (columns.first(), is_filled) else {
            if survey.one(Role::Symbol).is_some() {
                self.doubt(say!(
                    ja: "記号の列は空です。記号のない保険者として提案します",
                    en: "the column of 記号 is empty: it is proposed as an insurer without any",
                ));
            }
            return;
        };
        self.put("symbol", parts);
        let is_grouped = parts.len() == 1 && first.empty > 0 && first.repeats == 0;
        let begins = parts
            .first()
            .and_then(|at| survey.sample.first().map(|row| row.cell(*at).0));
        if is_grouped && begins.is_some_and(|cell| !cell.trim().is_empty()) {
            self.proposal.symbol.push("empty = \"above\"".to_owned());
            let empty = first.empty;
            self.doubt(say!(
                ja: "記号は {empty} 行で空なので、上の行の記号を引き継ぐと推定しました",
                en: "記号 is empty in {empty} rows: they are taken to have the one of the row above",
            ));
        } else if first.empty > 0 && parts.len() == 1 {
            let empty = first.empty;
            self.doubt(say!(
                ja: "記号が {empty} 行で空です。このままでは取り込みません。記号のない方なら [symbol] empty = \"none\" と書いてください",
                en: "記号 is empty in {empty} rows, which are refused; if these members have none, write [symbol] empty = \
                     \"none\"",
            ));
        }
    }

    fn names(&mut self) {
        let survey = self.survey;
        let of = |whole: Role, parts: [Role; 2]| -> Option<Vec<usize>> {
            let both: Vec<usize> = parts.iter().filter_map(|role| survey.one(*role)).collect();
            match survey.one(whole) {
                Some(at) => Some(vec![at]),
                None => (both.len() == 2).then_some(both),
            }
        };
        let kana = of(Role::Kana, [Role::FamilyKana, Role::GivenKana]);
        let name = of(Role::Name, [Role::FamilyName, Role::GivenName]);
        match (&name, &kana) {
            (Some(name), _) => self.put("name", name),
            // What is shown may be the kana, where the file has nothing else.
            (None, Some(kana)) => {
                self.put("name", kana);
                self.doubt(say!(
                    ja: "漢字氏名の列がないので、画面にはカナ氏名を表示します",
                    en: "there is no column for the name in kanji, so members are shown theirs in kana",
                ));
            }
            (None, None) => self.missing(word!(ja: "氏名", en: "the name")),
        }
        match &kana {
            Some(kana) => self.put("kana", kana),
            None => self.missing(word!(ja: "カナ氏名", en: "the name in kana")),
        }
        if let (Some(former), Some(given)) = (
            survey.one(Role::FormerFamilyKana),
            survey.one(Role::GivenKana),
        ) {
            self.proposal.alternate_kana = Some(self.keys(&[former, given]));
        }
    }

    fn dates(&mut self) {
        let survey = self.survey;
        let one = |role| survey.one(role);
        let columns = match (one(Role::BirthDate), one(Role::Era)) {
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

    fn relationship(&mut self) {
        let Some(at) = self.survey.one(Role::Relationship) else {
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
        let sorted = relationships(&column.values, &self.once_of_each(at));
        self.put("relationship", &[at]);
        if sorted.chosen.is_empty() {
            let values = quoted_list(&sorted.others);
            self.proposal.missing.push(say!(
                ja: "列 {name} のどの値が被保険者（本人）か分かりません：{values}。[relationship] insured に書いてください",
                en: "which value of {name} is the insured's is not known: {values}. Write it in [relationship] insured",
            ));
        } else if sorted.is_guess {
            let (insured, others) = (quoted_list(&sorted.chosen), quoted_list(&sorted.others));
            self.doubt(say!(
                ja: "列 {name} は {insured} を本人、{others} を家族と推定しました。保険者にご確認ください",
                en: "of the column {name}, {insured} was taken for the insured and {others} for dependants: ask the insurer",
            ));
        }
        self.proposal.relationship = Some(sorted);
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

    fn leaving(&mut self) {
        let survey = self.survey;
        let days = survey.roles.get(&Role::LeftOn).cloned().unwrap_or_default();
        let is_of_days = |at: &usize| {
            let column = self.column(*at);
            column.filled == 0 || column.mostly(column.day_count() + nines(&column))
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
        let unused: Vec<String> = days
            .into_iter()
            .chain(removal)
            .filter(|at| left_on.is_some() && Some(*at) != left_on)
            .map(|at| survey.name(at))
            .collect();
        if !unused.is_empty() && !self.by_place {
            self.proposal
                .head
                .push(format!("unused = [{}]", quoted_list(&unused)));
            let (names, left_on) = (quoted_list(&unused), self.named(Role::LeftOn));
            self.doubt(say!(
                ja: "喪失は {left_on} で判断し、{names} は使いません",
                en: "who has left is read of {left_on}, and {names} is not used",
            ));
        }
    }

    fn removal(&mut self, at: usize) {
        let column = self.column(at);
        let name = self.survey.name(at);
        let sorted = removals(&column.values);
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
            let unknown = quoted_list(&sorted.unknown);
            self.doubt(say!(
                ja: "列 {name} の {unknown} は喪失かどうか分かりません。[removal] の values か stay に書くまで、その行は取り込みません",
                en: "of the column {name}, {unknown} is not known to leave or to stay: until it is in `values` or `stay` of \
                     [removal], its rows are refused",
            ));
        }
        self.put("removal", &[at]);
        self.proposal.removal = Some(sorted);
    }

    fn rest(&mut self) {
        let survey = self.survey;
        if survey.has_two_rows {
            self.doubt(say!(
                ja: "見出しが2行なので、列を番号で書きます",
                en: "the header has two rows, so the columns are given by their places",
            ));
        }
        if let Some(at) = survey
            .one(Role::MyNumber)
            .filter(|at| self.column(*at).filled > 0)
        {
            let name = survey.name(at);
            self.doubt(say!(
                ja: "列 {name} に個人番号があります。登録には不要です。ファイルを廃棄し、個人番号を除いたものを保険者にご依頼ください",
                en: "the column {name} has 個人番号, which nobody needs here: delete the file, and ask the insurer for one \
                     without them",
            ));
        }
    }
}

/// How many cells are the nines or zeros that stand for no day.
fn nines(column: &Column) -> u64 {
    let none = |value: &&String| {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        !digits.is_empty()
            && (digits.starts_with("9999") || digits.bytes().all(|byte| byte == b'0'))
    };
    let values = column.values.iter().filter(|(value, _)| none(value));
    values.map(|(_, rows)| rows).sum()
}

/// A numbering as a mapping has it.
fn told(numbering: &Numbering) -> String {
    let codes = numbering
        .iter()
        .map(|(code, era)| format!("{code} = \"{}\"", era.name()));
    codes.collect::<Vec<_>>().join(", ")
}
