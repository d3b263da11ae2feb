//! The mapping that is proposed: what was found, as a mapping has it, and what somebody should make sure of.

mod rules;

use std::collections::BTreeSet;

use time::Date;

use super::{
    super::layout::tells_who_left,
    content::Column,
    names::{Role, may_count_rows},
    survey::Survey,
    values::Sorted,
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
            used: BTreeSet::new(),
            by_place: survey.names.is_none() || survey.is_stacked,
            proposal: Self::default(),
        };
        if let Some(why) = survey.is_no_list() {
            making.proposal.missing.push(why);
            return making.proposal;
        }
        making.head(sheet);
        making.identifiers();
        making.names();
        making.dates();
        making.relationship();
        making.leaving();
        making.rest();
        making.proposal
    }

    /// The mapping as a file; nothing of what has no columns.
    pub(super) fn toml(&self) -> String {
        if self.columns.is_empty() {
            return String::new();
        }
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

/// Values as a person reads them.
fn told_list(values: &[String]) -> String {
    let told = values.iter().map(|value| match &**value {
        "" => word!(ja: "（空欄）", en: "(nothing)").to_owned(),
        value => quoted(value),
    });
    told.collect::<Vec<_>>().join(word!(ja: "、", en: ", "))
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
    /// The columns that the proposal has, or says to leave out.
    used: BTreeSet<usize>,
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
        self.used.extend(columns);
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
                self.other_numbers(at);
            }
            None => self.missing(word!(ja: "番号", en: "番号")),
        }
        self.former();
    }

    /// What else may be 番号: a second column of such a name, or one that may count rows.
    fn other_numbers(&mut self, number: usize) {
        let survey = self.survey;
        let columns = survey.roles.get(&Role::Number).into_iter().flatten();
        let others = columns
            .copied()
            .filter(|at| *at != number && self.column(*at).filled > 0)
            .map(|at| survey.name(at))
            .filter(|name| !may_count_rows(name));
        let others: Vec<String> = others.collect();
        let name = survey.name(number);
        if !others.is_empty() {
            let others = told_list(&others);
            self.doubt(say!(
                ja: "番号は列 {name} と推定しました（ほかに {others} があります）。実際の保険証とご確認ください",
                en: "番号 was taken to be the column {name}, and there is {others}: compare with an insurance card",
            ));
        } else if may_count_rows(&name) {
            self.doubt(say!(
                ja: "番号は列 {name} と推定しました。行の通し番号でないか、実際の保険証とご確認ください",
                en: "番号 was taken to be the column {name}: compare with an insurance card, for it may count the rows",
            ));
        }
    }

    /// The columns of before a change, by which members move with their accounts.
    fn former(&mut self) {
        let survey = self.survey;
        let mut names = Vec::new();
        for (role, key) in [
            (Role::FormerSymbol, "formerSymbol"),
            (Role::FormerNumber, "formerNumber"),
        ] {
            let found = survey.one(role).filter(|at| self.column(*at).filled > 0);
            if let Some(at) = found {
                self.put(key, &[at]);
                names.push(survey.name(at));
            }
        }
        if !names.is_empty() {
            let names = told_list(&names);
            self.doubt(say!(
                ja: "{names} は変更前の記号・番号と推定しました。取り込むと、アカウントも新しい記号・番号に移ります",
                en: "{names} was taken for the 記号 and 番号 before a change: an import moves the accounts to the new ones",
            ));
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

    fn rest(&mut self) {
        let survey = self.survey;
        // Columns whose names tell that they may say who has left, and that nothing here has looked at.
        let names = survey.names.as_deref().unwrap_or_default();
        let left_out = names
            .iter()
            .enumerate()
            .filter(|(at, name)| tells_who_left(name) && !self.used.contains(at));
        let left_out: Vec<String> = left_out.map(|(_, name)| name.clone()).collect();
        if !left_out.is_empty() {
            let names = told_list(&left_out);
            self.doubt(say!(
                ja: "列 {names} は、喪失した方を示すかもしれませんが、提案では使いません。使わないと決めたら unused に書いてください",
                en: "the columns {names} may say who has left, and the proposal leaves them out: once that is decided, write \
                     them in `unused`",
            ));
        }
        if survey.is_stacked {
            self.doubt(say!(
                ja: "見出しが数行にわたるので、列を番号で書きます",
                en: "the header has several rows, so the columns are given by their places",
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
