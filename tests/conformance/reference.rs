//! `docs/steps.md`: what each function does, may do, calls and refuses, written from the functions themselves.
//!
//! `make reference` writes the file; without it the file must be what would be written. So a change of a call, a
//! permission or a refusal shows in the diff of a document, and nobody keeps a table by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::events::{body, headers};
use crate::generated::holds;
use crate::names::function_of;
use crate::openapi::{description, operations};
use crate::run::{Outcome, RUN, functions, resources, steps, text_of};
use crate::watching::emitted;

/// The case of a listener whose calls are told: what has most to do.
const MOST_TO_DO: &str = "bounced";

/// The way from the letter to the top page.
const WAY: [&str; 7] = [
    "verify-member",
    "create-user",
    "send-code",
    "confirm-code",
    "login",
    "accept-terms",
    "get-session",
];
/// The most write units of a member who goes this way without a mistake (docs/adr/0052).
const WRITE_UNITS: f64 = 45.0;

/// What the way consumes.
#[derive(Default)]
struct Way {
    dynamodb: usize,
    ses: usize,
    write_units: f64,
}

impl Way {
    fn of_no_mistake() -> Self {
        WAY.iter().fold(Self::default(), |way, step| {
            let calls = &success_of(step).summary;
            Self {
                dynamodb: way.dynamodb + calls.dynamodb,
                ses: way.ses + calls.ses,
                write_units: way.write_units + calls.write_units,
            }
        })
    }
}

#[test]
fn the_way_to_the_top_page_writes_no_more_than_its_budget() {
    let way = Way::of_no_mistake();
    assert!(way.write_units > 0.0, "nothing was counted");
    assert!(
        way.write_units <= WRITE_UNITS,
        "{} write units: look in docs/steps.md for the step that writes more than before",
        way.write_units
    );
}

#[test]
fn the_reference_of_the_steps_is_what_the_functions_do() {
    let mut text = String::from(
        "# The steps\n\n\
        `make reference` writes this page from the template, the functions and what their sample events did. A \
        test holds it to them.\n\n\
        A *round* is a set of calls under way together: rounds are what a member waits for. The calls are those \
        of a success.\n\n\
        | step | route | DynamoDB | SES | rounds | write units |\n|---|---|---:|---:|---:|---:|\n",
    );
    let routes: BTreeMap<String, String> = operations(&description())
        .into_iter()
        .map(|(step, operation)| (step, operation.route))
        .collect();
    let functions = in_order();
    for function in &functions {
        let route = match routes.get(function) {
            Some(route) => format!("`{route}`"),
            None => "told by an event".to_owned(),
        };
        let calls = &success_of(function).summary;
        writeln!(
            text,
            "| [{function}](#{function}) | {route} | {} | {} | {} | {} |",
            calls.dynamodb, calls.ses, calls.rounds, calls.write_units
        )
        .unwrap();
    }
    let way = Way::of_no_mistake();
    writeln!(
        text,
        "\nFrom the letter to the top page ({}) a member who makes no mistake causes {} calls to DynamoDB, {} to SES \
        and {} write units. A test holds them to {WRITE_UNITS}: what each is spent on, and what it guards, is in \
        [ADR 0052](adr/0052-a-try-is-written-once.md).",
        WAY.join(", "),
        way.dynamodb,
        way.ses,
        way.write_units
    )
    .unwrap();
    text.push_str(
        "\nA refusal makes no more calls than that, and mostly fewer, beside the one that notes it in the audit \
        trail, or counts what was wrong. Some cases make more: a log that only forgotten tries fill is charged a \
        second time; what is refused without having been judged has its charges taken back; a mail that SES \
        refuses, too; a registration whose member got an account through another one is ended; and where another \
        tab of the same browser changed the registration meanwhile, create-user and send-code look again.\n",
    );
    for function in &functions {
        text.push_str(&section(function));
    }
    text.push_str(&refusals());
    writeln!(
        text,
        "\n## Metrics\n\n{} metrics, each with its own step or of all steps, come from the log lines \
        ([ADR 0020](adr/0020-metrics-from-the-log-lines.md)).",
        emitted().len()
    )
    .unwrap();
    holds("docs/steps.md", &text);
}

/// The functions in the order of the template, which is that of the journey.
fn in_order() -> Vec<String> {
    let by_name: BTreeMap<String, String> = functions()
        .into_iter()
        .map(|name| (function_of(&name), name))
        .collect();
    resources()
        .into_iter()
        .filter_map(|(resource, _)| by_name.get(&resource).cloned())
        .collect()
}

fn outcomes_of(function: &str) -> impl Iterator<Item = &'static Outcome> {
    let all = RUN.outcomes.iter().chain(&RUN.heard);
    all.filter(move |outcome| outcome.case.step == function)
}

/// The event whose calls are told.
fn success_of(function: &str) -> &'static Outcome {
    let named = |name: &str| outcomes_of(function).find(|outcome| outcome.case.name == name);
    named("success")
        .or_else(|| named(MOST_TO_DO))
        .unwrap_or_else(|| panic!("add the case `success` to events/{function}/cases.yaml"))
}

/// What the template says that a function does.
fn sentence(function: &str) -> String {
    let resource = function_of(function);
    let (_, lines) = resources()
        .into_iter()
        .find(|(name, _)| *name == resource)
        .unwrap_or_else(|| panic!("add {resource} to template.yaml"));
    let described = lines
        .lines()
        .find_map(|line| line.strip_prefix("      Description: "));
    let described = described.unwrap_or_else(|| panic!("add a Description to {resource}"));
    described.trim_matches('"').to_owned()
}

/// The paragraph *Calls* of a function's documentation: why it makes these calls and no fewer.
fn why(function: &str) -> String {
    let path = format!("functions/{function}/src/lib.rs");
    let code = text_of(&path);
    let mut lines = code.lines().skip_while(|line| *line != "//! # Calls");
    assert!(
        lines.next().is_some(),
        "add a section `# Calls` to the documentation at the head of {path}: why these calls, and no fewer"
    );
    let paragraph = lines
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty());
    paragraph.collect::<Vec<_>>().join(" ")
}

fn section(function: &str) -> String {
    let mut text = format!("\n## {function}\n\n{}\n\n", sentence(function));
    writeln!(text, "- **Calls.** {}", why(function)).unwrap();
    let mut granted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for grant in &RUN.granted[function] {
        let (service, action) = grant.action.split_once(':').unwrap();
        let on = match service {
            "dynamodb" => grant.resource.as_str(),
            _ => "SES",
        };
        granted.entry(on).or_default().insert(action);
    }
    let granted: Vec<String> = granted
        .into_iter()
        .map(|(on, actions)| format!("{on} ({})", Vec::from_iter(actions).join(", ")))
        .collect();
    writeln!(text, "- **May use.** {}.", granted.join("; ")).unwrap();
    let problems: BTreeSet<String> = outcomes_of(function)
        .filter_map(|outcome| outcome.case.problem())
        .map(|problem| format!("`{problem}`"))
        .collect();
    if !problems.is_empty() {
        writeln!(
            text,
            "- **Refuses.** {}.",
            Vec::from_iter(problems).join(", ")
        )
        .unwrap();
    }
    text
}

/// Every refusal: its statuses, what a member reads first, and who refuses so.
fn refusals() -> String {
    #[derive(Default)]
    struct Refusal {
        statuses: BTreeSet<u64>,
        titles: BTreeSet<String>,
        steps: BTreeSet<String>,
    }
    let mut refusals: BTreeMap<String, Refusal> = BTreeMap::new();
    for outcome in &RUN.outcomes {
        let Some(problem) = outcome.case.problem() else {
            continue;
        };
        let refusal = refusals.entry(problem.to_owned()).or_default();
        refusal
            .statuses
            .insert(outcome.response["statusCode"].as_u64().unwrap());
        refusal.steps.insert(outcome.case.step.clone());
        if headers(&outcome.response)["content-language"] == "ja" {
            let title = &body(&outcome.response)["title"];
            refusal.titles.insert(title.as_str().unwrap().to_owned());
        }
    }
    let mut text = String::from(
        "\n## Refusals\n\n\
        RFC 9457 problems, `type` `/problems/<name>`. `lambda::Problem` says when each comes; the words are \
        Japanese or English, by `Accept-Language`, and Japanese is what a reader gets who asks for something \
        else.\n\n\
        | name | status | what the member reads first | where |\n|---|---|---|---|\n",
    );
    let all = steps().len();
    for (name, refusal) in refusals {
        let listed = |items: BTreeSet<String>| Vec::from_iter(items).join("<br>");
        let statuses = refusal.statuses.iter().map(u64::to_string).collect();
        let steps = match refusal.steps.len() {
            every if every == all => "every step".to_owned(),
            _ => Vec::from_iter(refusal.steps).join(", "),
        };
        let (statuses, titles) = (listed(statuses), listed(refusal.titles));
        writeln!(text, "| `{name}` | {statuses} | {titles} | {steps} |").unwrap();
    }
    text
}
