//! `operator roster inspect`: what a file is, and a mapping for it. The mapping is tried on the whole file, so that
//! what it would do is known before anybody imports with it.

mod content;
mod names;
mod proposal;
mod survey;
mod told;
mod values;

use std::{
    fs::OpenOptions,
    io::{BufRead, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;
use domain::LongMark;
use serde::Serialize;
use time::Date;

use self::{proposal::Proposal, survey::Survey};
use super::{
    difference::{Comparison, Difference},
    encoding::{Charset, Form, Inspected},
    intake::{temporary, walk},
    layout::Layout,
    mapping::Mapping,
    mapping::Mode,
    reading::Read,
    record,
    report::{Cause, Causes},
    sort::Sorter,
    source::Source,
    workbook::{Workbook, hidden_rows},
};
use crate::{
    answer::{Format, note},
    failure::Failure,
    language::{say, word},
    world::today,
};

/// How many names to look at are listed.
const LOOKS: usize = 10;

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// The file: CSV or the like, or a workbook (.xlsx, .xls, .ods) // ファイル：CSVなど、またはブック（.xlsx、
    /// .xls、.ods）
    file: PathBuf,
    /// The encoding; found out without it // 文字コード。なければ判別します
    #[arg(long)]
    encoding: Option<Charset>,
    /// The sheet of a workbook; without it, the one that looks most like a roster // ブックのシート。なければ、
    /// 名簿らしいものを選びます
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Write the mapping to this file, which must not be there yet // マッピングをこのファイルに書きます。
    /// まだないものを指定します
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

impl Inspect {
    pub(super) fn run(self, format: Format) -> Result<(), Failure> {
        let inspected = Inspected::of(&self.file, self.encoding)?;
        let today = today();
        let Chosen { sheet, doubts } = self.sheet_of(&inspected, today)?;
        let source = Source::divided(&self.file, &inspected, None, sheet.as_deref())?;
        let survey = Survey::of(&source, today)?;
        let mut proposal = Proposal::of(&survey, sheet.as_deref(), today);
        proposal.doubts.extend(doubts);
        if format == Format::Text && std::io::stdin().is_terminal() {
            ask(&mut proposal, &mut std::io::stdin().lock())?;
        }
        let answer = Inspection::of(&self.file, &inspected, &source, &survey, &proposal, today)?;
        let written = self.write.filter(|_| !answer.mapping.is_empty());
        if let Some(path) = &written {
            write(path, &answer.mapping)?;
        }
        let missing = answer.missing.clone();
        format.print(&Written {
            inspection: answer,
            written,
        });
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join("\n  ");
        Err(Failure::Refused(say!(
            ja: "このファイルはこのままでは取り込めません：\n  {missing}",
            en: "this file cannot be imported as it is:\n  {missing}",
        )))
    }

    /// The sheet that was said, or the one of several that has the most of a roster; and what else the workbook has that
    /// somebody may not expect.
    fn sheet_of(&self, inspected: &Inspected, today: Date) -> Result<Chosen, Failure> {
        let Form::Workbook(kind) = inspected.form else {
            return Ok(Chosen::default());
        };
        let hidden = hidden_rows(&self.file, kind)?;
        let mut doubts = Vec::new();
        if hidden > 0 {
            doubts.push(say!(
                ja: "ブックに非表示の行が {hidden} 行あります。非表示の行も取り込みます",
                en: "{hidden} rows of the workbook are hidden: they are imported as well",
            ));
        }
        let sheets = match &self.sheet {
            Some(_) => Vec::new(),
            None => Workbook::open(&self.file, kind)?.sheets()?,
        };
        if sheets.len() < 2 {
            let sheet = self.sheet.clone();
            return Ok(Chosen { sheet, doubts });
        }
        let mut found = Vec::new();
        for sheet in sheets {
            let source = Source::divided(&self.file, inspected, None, Some(&sheet))?;
            let survey = Survey::of(&source, today)?;
            found.push((survey.roles.len(), survey.rows, sheet, survey.is_roster()));
        }
        // Of equal ones the first.
        let best = found
            .iter()
            .rev()
            .max_by_key(|(roles, rows, ..)| (*roles, *rows));
        let chosen = best.map(|(.., sheet, _)| sheet.clone());
        let others: Vec<String> = found
            .iter()
            .filter(|(.., sheet, is_roster)| *is_roster && Some(sheet) != chosen.as_ref())
            .map(
                |(_, rows, sheet, _)| say!(ja: "{sheet}（{rows} 行）", en: "{sheet} ({rows} rows)"),
            )
            .collect();
        if let Some(chosen) = chosen.as_ref().filter(|_| !others.is_empty()) {
            let others = others.join(word!(ja: "、", en: ", "));
            doubts.push(say!(
                ja: "シート {others} にも加入者がいるようです。取り込むのは {chosen} だけで、--full ではほかのシートの方が喪失になります。\
                     1枚のシートにまとめるよう、保険者にご依頼ください",
                en: "there seem to be members in the sheets {others}, too. Only {chosen} is imported, and with --full the others \
                     leave: ask the insurer for one sheet with all of them",
            ));
        }
        Ok(Chosen {
            sheet: chosen,
            doubts,
        })
    }
}

/// The sheet of a workbook that was chosen, and what somebody should know of the others.
#[derive(Default)]
struct Chosen {
    sheet: Option<String>,
    doubts: Vec<String>,
}

/// Asks whoever is there about what a file alone does not tell.
fn ask(proposal: &mut Proposal, from: &mut impl BufRead) -> Result<(), Failure> {
    let Some(sorted) = proposal
        .relationship
        .as_mut()
        .filter(|sorted| sorted.is_guess)
    else {
        return Ok(());
    };
    let all: Vec<String> = sorted
        .chosen
        .iter()
        .chain(&sorted.others)
        .cloned()
        .collect();
    let (values, guess) = (all.join(", "), sorted.chosen.join(", "));
    note(&say!(
        ja: "続柄の値：{values}。被保険者（本人）はどれですか（カンマ区切り。Enterだけなら {guess}）",
        en: "The relationships are {values}. Which are the insured's (divided by commas; Enter alone: {guess})?",
    ));
    let mut answer = String::new();
    from.read_line(&mut answer).map_err(|error| {
        Failure::Failed(say!(
            ja: "答えを読めません：{error}",
            en: "the answer cannot be read: {error}",
        ))
    })?;
    let said: Vec<String> = answer
        .split([',', '、'])
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .collect();
    if let Some(unknown) = said.iter().find(|value| !all.contains(value)) {
        return Err(Failure::Usage(say!(
            ja: "{unknown} という続柄はファイルにありません",
            en: "the file has no relationship {unknown}",
        )));
    }
    if !said.is_empty() {
        sorted.others = all
            .into_iter()
            .filter(|value| !said.contains(value))
            .collect();
        sorted.chosen = said;
        sorted.is_guess = false;
    }
    Ok(())
}

fn write(path: &Path, mapping: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(mapping.as_bytes()));
    written.map_err(|error| {
        let path = path.display();
        Failure::Usage(say!(
            ja: "マッピングを {path} に書けません：{error}",
            en: "the mapping cannot be written to {path}: {error}",
        ))
    })
}

/// A column that was found.
#[derive(Debug, Serialize)]
struct FoundColumn {
    name: String,
    place: usize,
    #[serde(rename = "is")]
    role: String,
    filled: u64,
    empty: u64,
    #[serde(skip_serializing_if = "is_zero")]
    numbers: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<(String, u64)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What a file is, and what the mapping that is proposed makes of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspection {
    file: PathBuf,
    #[serde(flatten)]
    inspected: Inspected,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    /// Rows above the header or the first member.
    above: u64,
    has_header: bool,
    footer: Vec<String>,
    columns: Vec<FoundColumn>,
    mapping: String,
    /// What the mapping does.
    insured: u64,
    dependants: u64,
    removals: u64,
    leaving_later: u64,
    number_cells: u64,
    refused: u64,
    causes: Vec<Cause>,
    looks: u64,
    look_rows: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ages: Option<(i32, i32)>,
    doubts: Vec<String>,
    missing: Vec<String>,
}

impl Inspection {
    fn of(
        file: &Path,
        inspected: &Inspected,
        source: &Source<'_>,
        survey: &Survey,
        proposal: &Proposal,
        today: Date,
    ) -> Result<Self, Failure> {
        let mut inspection = Self {
            file: file.to_owned(),
            inspected: inspected.clone(),
            delimiter: source.delimiter(),
            sheet: source.sheet().map(str::to_owned),
            above: survey.above,
            has_header: survey.names.is_some(),
            footer: survey.footer.clone(),
            columns: found_columns(survey),
            mapping: proposal.toml(),
            insured: 0,
            dependants: 0,
            removals: 0,
            leaving_later: 0,
            number_cells: 0,
            refused: 0,
            causes: Vec::new(),
            looks: 0,
            look_rows: Vec::new(),
            ages: None,
            doubts: proposal.doubts.clone(),
            missing: proposal.missing.clone(),
        };
        if inspection.missing.is_empty() {
            inspection.try_on(source, today)?;
        }
        Ok(inspection)
    }

    /// Reads the file by the mapping.
    fn try_on(&mut self, source: &Source<'_>, today: Date) -> Result<(), Failure> {
        let mapping = Mapping::parse(&self.mapping).map_err(|wrong| {
            let mapping = &self.mapping;
            Failure::Failed(say!(
                ja: "提案したマッピングが読めません：{wrong}\n{mapping}",
                en: "the mapping that is proposed is none: {wrong}\n{mapping}",
            ))
        })?;
        let mut causes = Causes::default();
        let mut sorter = Sorter::new().map_err(|error| temporary(&error))?;
        let layout = walk(source, &mapping, None, today, |row, read, _| {
            match read {
                Ok(Read::Insured(insured)) => {
                    self.insured += 1;
                    self.leaving_later += u64::from(insured.leaves_on.is_some());
                    self.number_cells += u64::from(insured.is_numeric);
                    if !insured.looks.is_empty() {
                        self.looks += 1;
                        if self.look_rows.len() < LOOKS {
                            self.look_rows.push(row.number);
                        }
                    }
                    let member = &insured.member;
                    let body = [&row.number.to_be_bytes()[..], &record::of_member(member)].concat();
                    sorter
                        .push(member.id.as_str().as_bytes(), &body)
                        .map_err(|error| temporary(&error))?;
                    let age = values::age(member.birth_date, today);
                    let (least, most) = self.ages.unwrap_or((age, age));
                    self.ages = Some((least.min(age), most.max(age)));
                }
                Ok(Read::Dependant(_)) => self.dependants += 1,
                Ok(Read::Removal(_)) => self.removals += 1,
                Ok(Read::Blank | Read::HeaderAgain | Read::Footer) => {}
                Err(refusals) => {
                    self.refused += 1;
                    for refusal in &refusals {
                        causes.add(refusal);
                    }
                }
            }
            Ok(())
        })?;
        let (file, nobody) = sorter
            .finish()
            .and_then(|file| Ok((file, Sorter::new()?.finish()?)))
            .map_err(|error| temporary(&error))?;
        let comparison = Comparison {
            file: &file,
            roster: &nobody,
            mode: Mode::Delta,
            long_mark: LongMark::Significant,
            column: layout.as_ref().map_or("", Layout::number_column),
            is_history: true,
        };
        let mut differences = comparison
            .differences()
            .map_err(|error| temporary(&error))?;
        while let Some(difference) = differences.next_difference()? {
            if let Difference::Refused(refusal) = difference {
                self.refused += 1;
                causes.add(&refusal);
            }
        }
        self.causes = causes.most();
        Ok(())
    }
}

fn found_columns(survey: &Survey) -> Vec<FoundColumn> {
    let mut found: Vec<FoundColumn> = survey
        .roles
        .iter()
        .filter(|(role, _)| **role != names::Role::Other)
        .flat_map(|(role, columns)| columns.iter().map(move |at| (*role, *at)))
        .map(|(role, at)| {
            let column = survey.column(at).cloned().unwrap_or_default();
            let shows_values = matches!(
                role,
                names::Role::Relationship
                    | names::Role::Removal
                    | names::Role::InsurerNumber
                    | names::Role::Era
            );
            FoundColumn {
                name: survey.name(at),
                place: at + 1,
                role: role.name().to_owned(),
                filled: column.filled,
                empty: column.empty,
                numbers: column.numbers,
                values: if shows_values && !column.has_more_values {
                    column.values.into_iter().collect()
                } else {
                    Vec::new()
                },
            }
        })
        .collect();
    found.sort_by_key(|column| column.place);
    found
}

#[derive(Debug, Serialize)]
struct Written {
    #[serde(flatten)]
    inspection: Inspection,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::{values::Sorted, *};

    fn guessed() -> Proposal {
        Proposal {
            relationship: Some(Sorted {
                chosen: vec!["0".to_owned()],
                others: vec!["1".to_owned(), "2".to_owned()],
                unknown: Vec::new(),
                is_guess: true,
            }),
            ..Proposal::default()
        }
    }

    #[test]
    fn who_is_there_is_asked_whose_a_code_is() {
        for (answer, insured) in [
            ("\n", &["0"][..]),
            ("1\n", &["1"]),
            (" 1、2 \n", &["1", "2"]),
        ] {
            let mut proposal = guessed();
            ask(&mut proposal, &mut answer.as_bytes()).unwrap();
            assert_eq!(proposal.relationship.unwrap().chosen, insured);
        }
        assert!(ask(&mut guessed(), &mut "7\n".as_bytes()).is_err());
    }
}
