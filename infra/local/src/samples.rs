//! The samples that a stack starts with: two insurers and their roster. Everybody in them is invented.

use domain::{BirthDate, KanaName, SurveyDeadline, SurveyOpening};
use files::{InsurerEntry, member_key};
use store::{Insurer, Member};
use time::{Date, Duration, UtcOffset, macros::offset};

use crate::{
    clock::{moment, now_ms},
    dynamodb::TableItem,
    encode::table_item,
    options::Samples,
};

const INSURERS: &str = include_str!("../samples/insurers.json");
const ROSTER: &str = include_str!("../samples/roster.csv");

/// Days are days there.
const JAPAN: UtcOffset = offset!(+9);

/// For how long a survey that is [moved](SampleSet::with_surveys_open_on) has been open.
const OPEN_FOR: Duration = Duration::weeks(4);

/// The sample insurers and members.
#[derive(Clone, Default)]
pub(crate) struct SampleSet {
    /// The insurers.
    pub(crate) insurers: Vec<Insurer>,
    /// The insured of the sample roster, for only they may register.
    pub(crate) members: Vec<Member>,
}

impl SampleSet {
    /// The samples that a stack is asked for; states are about them also where it begins with none.
    ///
    /// # Errors
    /// When a file is broken, saying where.
    pub(crate) fn of(samples: Samples) -> Result<Self, String> {
        let filed = Self::as_filed()?;
        match samples {
            Samples::Loaded | Samples::None => Ok(filed),
            Samples::Today => filed.with_surveys_open_on(moment(now_ms()).to_offset(JAPAN).date()),
        }
    }

    /// The samples as their files have them.
    ///
    /// # Errors
    /// When a file is broken, saying where.
    pub(crate) fn as_filed() -> Result<Self, String> {
        let insurers = insurers()?;
        let members = members(&insurers)?;
        Ok(Self { insurers, members })
    }

    /// Moves each survey so that it has been open for [some weeks](OPEN_FOR) on this day, and is as long as before.
    ///
    /// # Errors
    /// When there is no such day.
    pub(crate) fn with_surveys_open_on(mut self, today: Date) -> Result<Self, String> {
        for insurer in &mut self.insurers {
            let (Some(opens), Some(deadline)) = (&insurer.survey_opens, &insurer.survey_deadline)
            else {
                continue;
            };
            let begins = today
                .checked_sub(OPEN_FOR)
                .ok_or("the day is out of reach")?;
            let ends = begins
                .checked_add(deadline.day() - opens.day())
                .ok_or("the day is out of reach")?;
            insurer.survey_opens = Some(SurveyOpening::of(begins));
            insurer.survey_deadline = Some(SurveyDeadline::of(ends));
        }
        Ok(self)
    }

    /// The items that a stack with these samples starts with.
    ///
    /// # Errors
    /// When an item is none.
    pub(crate) fn items(&self) -> Result<Vec<TableItem>, String> {
        let insurers = self.insurers.iter();
        let members = self.members.iter();
        insurers
            .map(|insurer| ("Insurers", insurer.to_item()))
            .chain(members.map(|member| ("Members", member.to_item())))
            .map(|(table, item)| table_item(table, &item))
            .collect()
    }
}

fn insurers() -> Result<Vec<Insurer>, String> {
    serde_json::from_str::<Vec<InsurerEntry>>(INSURERS)
        .map_err(|error| error.to_string())
        .and_then(|entries| {
            let read = entries.into_iter().map(InsurerEntry::read);
            read.collect::<Result<_, _>>()
                .map_err(|error| error.to_string())
        })
        .map_err(|error| format!("samples/insurers.json: {error}"))
}

fn members(insurers: &[Insurer]) -> Result<Vec<Member>, String> {
    ROSTER
        .lines()
        .enumerate()
        .skip(1)
        .map(|(index, line)| {
            member(line, insurers)
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

#[cfg(test)]
mod tests {
    use domain::Survey;
    use time::macros::date;

    use super::*;

    #[test]
    fn the_sample_files_are_whole_and_hold_the_insured_only() {
        let samples = SampleSet::as_filed().unwrap();
        let codes: Vec<_> = samples
            .insurers
            .iter()
            .map(|insurer| insurer.code.folded())
            .collect();
        assert_eq!(codes, ["jkc", "demo"]);
        assert_eq!(samples.members[0].name, "健保 太郎");
        let members = &samples.members;
        assert!(members.iter().all(|member| member.name != "鈴木 花子"));
        assert_eq!(samples.items().unwrap().len(), codes.len() + members.len());
    }

    #[test]
    fn a_survey_is_open_on_whatever_day_the_stack_starts() {
        for today in [
            date!(2026 - 11 - 28),
            date!(2027 - 01 - 30),
            date!(2040 - 02 - 29),
        ] {
            let samples = SampleSet::as_filed().unwrap();
            let moved = samples.with_surveys_open_on(today).unwrap();
            let [jkc, demo] = &moved.insurers[..] else {
                panic!("two insurers are among the samples")
            };
            let survey: Survey<'_> = jkc.survey().unwrap();
            assert!(
                !survey.deadline.is_over(today + Duration::weeks(4)),
                "{today}"
            );
            assert!(survey.opens.unwrap().day() < today, "{today}");
            assert!(survey.address.is_some(), "{today}");
            assert_eq!(demo.survey(), None);
        }
    }
}
