//! 記号 and 番号 of a row: who it is of now, and who that was until now.

use domain::{
    IdentifierError, InsurerCode, KeyRule, LeadingZeros, MemberId, MemberKey, Number, Symbol,
};
use store::Member;

use super::{ReadSymbol, Wrong};
use crate::roster::{
    cell::{has_user_defined, identifier_text},
    layout::Whose,
    mapping::EmptySymbol,
    refusal::Reason,
};

impl Wrong<'_> {
    /// A part of 記号, or 番号: as a text, and not as a number that has lost something.
    pub(super) fn identifier_of(&mut self, at: usize) -> Option<String> {
        let read = identifier_text(self.row.cell(at));
        let written = self.take(at, read)?;
        if self.row.is_number(at) {
            if written.contains(['.', 'E', '-']) {
                self.refuse(at, Reason::ExcelNumber);
                return None;
            }
            if matches!(&self.layout.whose, Some(whose) if whose.rule.zeros == LeadingZeros::Kept) {
                self.refuse(at, Reason::NumberCell);
                return None;
            }
            self.is_numeric = true;
        }
        Some(written)
    }

    /// 記号; of a row that does not repeat it, the one above.
    pub(super) fn symbol(&mut self, above: &mut Option<String>) -> ReadSymbol {
        let layout = self.layout;
        let columns = &layout.columns.symbol;
        let Some(first) = columns.first() else {
            let Some(divider) = &layout.symbol_divider else {
                return Some((String::new(), None));
            };
            let at = layout.columns.number;
            let read = identifier_text(self.row.cell(at));
            let written = self.take(at, read)?;
            let read = written
                .split_once(divider.as_str())
                .ok_or(Reason::EmptySymbol);
            let (written, _) = self.take(at, read)?;
            let read = identifier(written, Symbol::parse);
            let symbol = self.take(at, read)?;
            return Some((written.to_owned(), Some(symbol)));
        };
        let parts: Option<Vec<String>> = columns.iter().map(|at| self.identifier_of(*at)).collect();
        let Some(written) = parts.map(|parts| parts.concat()) else {
            *above = None;
            return None;
        };
        let written = match (written.is_empty(), layout.empty_symbol) {
            (false, EmptySymbol::Above) => above.insert(written).clone(),
            (false, _) => written,
            (true, EmptySymbol::None) => return Some((String::new(), None)),
            (true, EmptySymbol::Refused) => {
                self.refuse(*first, Reason::EmptySymbol);
                return None;
            }
            (true, EmptySymbol::Above) => {
                let Some(above) = above else {
                    self.refuse(*first, Reason::EmptySymbol);
                    return None;
                };
                above.clone()
            }
        };
        let read = identifier(&written, Symbol::parse);
        let symbol = self.take(*first, read)?;
        Some((written, Some(symbol)))
    }

    /// 記号 and 番号, compared and as they are written.
    pub(super) fn key(&mut self, symbol: ReadSymbol) -> Option<(MemberId, String, String)> {
        let at = self.layout.columns.number;
        let mut written = self.identifier_of(at);
        if let (Some(divider), Some(both)) = (&self.layout.symbol_divider, &written)
            && let Some((_, number)) = both.split_once(divider.as_str())
        {
            written = Some(number.to_owned());
        }
        let read = identifier(written.as_deref()?, Number::parse);
        let number = self.take(at, read)?;
        let (written_symbol, symbol) = symbol?;
        Some((self.id(symbol, number)?, written_symbol, written?))
    }

    /// The id that a member had until now, if the row says so and it is another. An empty cell is no change.
    pub(super) fn former(&mut self, member: Option<&Member>) -> Option<MemberId> {
        let columns = &self.layout.columns;
        let (symbols, number) = (&columns.former_symbol, columns.former_number);
        if symbols.is_empty() && number.is_none() {
            return None;
        }
        let parts: Option<Vec<String>> = symbols.iter().map(|at| self.identifier_of(*at)).collect();
        let former_symbol = parts.map(|parts| parts.concat())?;
        let former_number = match number {
            Some(at) => self.identifier_of(at)?,
            None => String::new(),
        };
        let member = member?;
        let or_own = |former: String, own: &str| {
            if former.is_empty() {
                own.to_owned()
            } else {
                former
            }
        };
        let symbol = or_own(former_symbol, &member.symbol);
        let symbol = if symbol.is_empty() {
            None
        } else {
            let at = symbols.first().copied().unwrap_or_default();
            Some(self.take(at, identifier(&symbol, Symbol::parse))?)
        };
        let written = or_own(former_number, &member.number);
        let at = number.unwrap_or_default();
        let number = self.take(at, identifier(&written, Number::parse))?;
        let former = self.id(symbol, number)?;
        (former != member.id).then_some(former)
    }

    /// The id of a 記号 and a 番号.
    pub(super) fn id(&self, symbol: Option<Symbol>, number: Number) -> Option<MemberId> {
        // Of nobody's file, only whether its rows are those of members is asked.
        let (insurer, rule) = match &self.layout.whose {
            Some(Whose { code, rule }) => (code.clone(), *rule),
            None => (InsurerCode::parse("x").ok()?, KeyRule::default()),
        };
        let key = MemberKey {
            insurer,
            symbol,
            number,
        };
        Some(key.id(rule))
    }
}

fn identifier<T>(
    written: &str,
    parse: impl Fn(&str) -> Result<T, IdentifierError>,
) -> Result<T, Reason> {
    if has_user_defined(written) {
        return Err(Reason::UserDefined);
    }
    parse(written).map_err(|error| match error {
        IdentifierError::Empty => Reason::Empty,
        IdentifierError::TooLong => Reason::TooLong,
        IdentifierError::Control(_) => Reason::Control,
        error @ IdentifierError::NotAllowed(_) => Reason::Identifier(error),
    })
}
