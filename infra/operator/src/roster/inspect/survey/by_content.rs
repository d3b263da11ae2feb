//! Which column is what by what is in it, where no name tells.

use time::Date;

use super::super::{
    content::{Column, day_of},
    names::Role,
};
use super::Survey;

impl Survey {
    fn found(&mut self, role: Role, columns: Vec<usize>) {
        self.by_content.push(role);
        self.roles.insert(role, columns);
    }

    /// Finds what no name has told: kana, names, birth date, relationship, 記号 and 番号.
    pub(super) fn find_by_content(&mut self) {
        self.tell_kana_from_names();
        let taken: Vec<usize> = self.roles.values().flatten().copied().collect();
        let free: Vec<usize> = (0..self.columns.len())
            .filter(|at| {
                let is_empty = self
                    .columns
                    .get(*at)
                    .is_none_or(|column| column.filled == 0);
                !taken.contains(at) && !is_empty
            })
            .collect();
        let all = self.columns.clone();
        let those = |is: &dyn Fn(&Column) -> bool| -> Vec<usize> {
            let columns = free.iter().filter(|at| all.get(**at).is_some_and(is));
            columns.copied().collect()
        };
        let kana = those(&|column| column.mostly(column.kana));
        let kanji = those(&|column| {
            let is_one_word = column.values.len() == 1 && column.filled > 1;
            let is_of_words =
                column.values.contains_key("本人") || column.values.contains_key("男");
            column.mostly(column.kanji) && !is_one_word && !is_of_words
        });
        let days = those(&|column| column.mostly(column.day_count()));
        let codes =
            those(&|column| column.mostly(column.codes) && !column.mostly(column.day_count()));
        if !self.has_any(&[Role::Kana, Role::FamilyKana]) {
            match &*kana {
                [family, given, ..] if *given == family + 1 && !self.is_spaced(*family) => {
                    self.found(Role::FamilyKana, vec![*family]);
                    self.found(Role::GivenKana, vec![*given]);
                }
                [first, ..] => self.found(Role::Kana, vec![*first]),
                [] => {}
            }
        }
        if !self.has_any(&[Role::Name, Role::FamilyName]) {
            match &*kanji {
                [family, given, ..] if *given == family + 1 && !self.is_spaced(*family) => {
                    self.found(Role::FamilyName, vec![*family]);
                    self.found(Role::GivenName, vec![*given]);
                }
                [first, ..] => self.found(Role::Name, vec![*first]),
                [] => {}
            }
        }
        if !self.has_any(&[Role::BirthDate, Role::Year]) {
            self.find_days(&days);
        }
        if !self.has_any(&[Role::Relationship]) && self.names.is_none() {
            let has_word = |column: &Column| column.values.contains_key("本人");
            if let Some(at) = those(&has_word).first() {
                self.found(Role::Relationship, vec![*at]);
            }
        }
        if !self.has_any(&[Role::Number, Role::SymbolAndNumber]) && self.names.is_none() {
            self.find_number(&codes);
        }
    }

    /// Of columns that are all called 氏名, one that has kana only is the name in kana.
    fn tell_kana_from_names(&mut self) {
        if self.has_any(&[Role::Kana, Role::FamilyKana]) {
            return;
        }
        let mut names = self.roles.get(&Role::Name).cloned().unwrap_or_default();
        let is_kana = |at: &usize| {
            let column = self.columns.get(*at);
            column.is_some_and(|column| column.mostly(column.kana))
        };
        let Some(kana) = names.iter().copied().find(is_kana) else {
            return;
        };
        if names.len() > 1 {
            names.retain(|at| *at != kana);
        }
        self.roles.insert(Role::Name, names);
        self.found(Role::Kana, vec![kana]);
    }

    fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains_key(role))
    }

    fn is_spaced(&self, at: usize) -> bool {
        let column = self.columns.get(at);
        column.is_some_and(|column| column.mostly(column.spaced))
    }

    /// The birth date is the column of days that has one in every row, and the earliest.
    fn find_days(&mut self, days: &[usize]) {
        let most = days
            .iter()
            .filter_map(|at| self.columns.get(*at))
            .map(|column| column.filled)
            .max();
        let everywhere: Vec<usize> = days
            .iter()
            .copied()
            .filter(|at| self.columns.get(*at).map(|column| column.filled) == most)
            .collect();
        let earliest = |at: &usize| -> Option<Date> {
            let values = self.columns.get(*at).map(|column| column.values.keys());
            let days = values
                .into_iter()
                .flatten()
                .filter_map(|value| day_of(value));
            days.min()
        };
        let born = match &*everywhere {
            [only] => Some(*only),
            several => several
                .iter()
                .min_by_key(|at| earliest(at).unwrap_or(Date::MAX))
                .copied(),
        };
        if let Some(born) = born {
            self.found(Role::BirthDate, vec![born]);
        }
    }

    /// Of the first columns of codes, the one with the most values is 番号, and the one before it 記号.
    fn find_number(&mut self, codes: &[usize]) {
        let early: Vec<usize> = codes.iter().copied().take(4).collect();
        let values = |at: &usize| {
            self.columns.get(*at).map_or(0, |column| {
                let more = usize::from(column.has_more_values);
                column.values.len() + more
            })
        };
        // Of those with the same number of values, the longer and then the later one: a 記号 stands before its 番号, and
        // 性別 or 続柄 has a digit or two.
        let length = |at: &usize| {
            let lengths = self.columns.get(*at).and_then(|column| column.lengths);
            lengths.map_or(0, |(_, longest)| longest)
        };
        let number = early
            .iter()
            .copied()
            .max_by_key(|at| (values(at), length(at), *at));
        let Some(number) = number else {
            return;
        };
        let symbol = early.iter().copied().rfind(|at| *at < number);
        if let Some(symbol) = symbol {
            self.found(Role::Symbol, vec![symbol]);
        }
        self.found(Role::Number, vec![number]);
    }
}
