//! The samples that a stack starts with: two insurers and their roster. Everybody in them is invented.

use domain::{BirthDate, KanaName};
use files::{InsurerEntry, member_key};
use store::{Insurer, Member};

use crate::{dynamodb::TableItem, encode::table_item};

const INSURERS: &str = include_str!("../samples/insurers.json");
const ROSTER: &str = include_str!("../samples/roster.csv");

/// The sample insurers.
///
/// # Errors
/// When the file is broken, saying where.
pub fn insurers() -> Result<Vec<Insurer>, String> {
    serde_json::from_str::<Vec<InsurerEntry>>(INSURERS)
        .map_err(|error| error.to_string())
        .and_then(|entries| {
            let read = entries.into_iter().map(InsurerEntry::read);
            read.collect::<Result<_, _>>()
                .map_err(|error| error.to_string())
        })
        .map_err(|error| format!("samples/insurers.json: {error}"))
}

/// The sample members: the insured of the sample roster, for only they may register.
///
/// # Errors
/// When the file is broken, naming the line.
pub fn members() -> Result<Vec<Member>, String> {
    let insurers = insurers()?;
    ROSTER
        .lines()
        .enumerate()
        .skip(1)
        .map(|(index, line)| {
            member(line, &insurers)
                .map_err(|error| format!("samples/roster.csv: line {}: {error}", index + 1))
        })
        .filter_map(Result::transpose)
        .collect()
}

fn member(line: &str, insurers: &[Insurer]) -> Result<Option<Member>, String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [
        insurer,
        symbol,
        number,
        _branch,
        relationship,
        birth_date,
        name,
        name_kana,
    ] = <[&str; 8]>::try_from(fields).map_err(|_| "it has not eight fields")?;
    if relationship != "insured" {
        return Ok(None);
    }
    let key = member_key(insurer, symbol, number).map_err(|error| error.to_string())?;
    let rule = insurers
        .iter()
        .find(|known| known.code.folded() == key.insurer.folded())
        .map(|insurer| insurer.key_rule)
        .ok_or("its insurer is not among the samples")?;
    Ok(Some(Member {
        id: key.id(rule),
        symbol: symbol.to_owned(),
        number: number.to_owned(),
        name: name.to_owned(),
        name_kana: KanaName::parse(name_kana).map_err(|error| error.to_string())?,
        alternate_kana: Vec::new(),
        birth_date: BirthDate::from_iso(birth_date).map_err(|error| error.to_string())?,
    }))
}

/// The items that a stack with samples starts with.
///
/// # Errors
/// When a sample file is broken.
pub(crate) fn items() -> Result<Vec<TableItem>, String> {
    let insurers = insurers()?;
    let members = members()?;
    insurers
        .iter()
        .map(|insurer| ("Insurers", insurer.to_item()))
        .chain(members.iter().map(|member| ("Members", member.to_item())))
        .map(|(table, item)| table_item(table, &item))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_files_are_whole_and_hold_the_insured_only() {
        let codes: Vec<_> = insurers()
            .unwrap()
            .into_iter()
            .map(|insurer| insurer.code.folded().to_owned())
            .collect();
        assert_eq!(codes, ["jkc", "demo"]);
        let members = members().unwrap();
        assert_eq!(members[0].name, "健保 太郎");
        assert!(members.iter().all(|member| member.name != "鈴木 花子"));
        assert_eq!(items().unwrap().len(), codes.len() + members.len());
    }
}
