//! IAM in small: whether the policy of a function allows a call. A call is allowed when a statement
//! allows its action on its resource under its conditions and none denies it; everything else is
//! denied, as in production.

use std::collections::{BTreeMap, BTreeSet};

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) effect: Effect,
    pub(crate) actions: Patterns,
    pub(crate) resources: Patterns,
    pub(crate) conditions: Vec<Condition>,
}

/// The actions or resources of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Patterns {
    /// `Action`, `Resource`: those that match one of these.
    Any(Vec<String>),
    /// `NotAction`, `NotResource`: those that match none of these.
    None(Vec<String>),
}

impl Patterns {
    /// The pattern that a text fits, if it fits.
    fn fitting(&self, fits: impl Fn(&str) -> bool) -> Option<&str> {
        match self {
            Self::Any(patterns) => patterns
                .iter()
                .map(String::as_str)
                .find(|pattern| fits(pattern)),
            Self::None(patterns) => (!patterns.iter().any(|pattern| fits(pattern))).then_some("*"),
        }
    }

    /// The patterns; `*` for a statement on everything but some.
    fn list(&self) -> Vec<&str> {
        match self {
            Self::Any(patterns) => patterns.iter().map(String::as_str).collect(),
            Self::None(_) => vec!["*"],
        }
    }
}

/// What a statement does to the calls that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// A condition of a statement: `operator` on the values of `key`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) quantifier: Quantifier,
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// How a condition treats a key with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// The key has one value.
    Single,
    /// `ForAllValues`.
    All,
    /// `ForAnyValue`.
    Any,
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equals,
    EqualsIgnoreCase,
    Like,
}

/// One thing that is asked for: an action on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Such as `dynamodb:PutItem`.
    pub(crate) action: String,
    /// The ARN.
    pub(crate) resource: String,
    /// The values of the condition keys.
    pub(crate) context: BTreeMap<&'static str, Vec<String>>,
}

/// An action on a resource that a policy grants or a function used. The resource is the logical
/// name of a table (`Members`), an index of one (`Members/index/ByEmail`), or the ARN as the policy
/// has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// Such as `dynamodb:PutItem`.
    pub action: String,
    /// Such as `Members`.
    pub resource: String,
}

/// The keys that conditions may use.
const KEYS: &[&str] = &["ses:FromAddress", "ses:Recipients", "dynamodb:LeadingKeys"];

/// Whether the local stack knows the values of a condition key.
pub(crate) fn key_is_known(key: &str) -> bool {
    KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// Decides over a demand. The answer is the resource of the statement that allows it, as the policy
/// writes it.
pub(crate) fn allowing<'a>(statements: &'a [Statement], demand: &Demand) -> Option<&'a str> {
    if statements
        .iter()
        .any(|statement| statement.effect == Effect::Deny && matching(statement, demand).is_some())
    {
        return None;
    }
    statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .find_map(|statement| matching(statement, demand))
}

/// Every action on every resource that the statements allow, as the policy writes them.
pub(crate) fn granted(statements: &[Statement]) -> BTreeSet<Grant> {
    statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| {
            let resources = statement.resources.list();
            statement
                .actions
                .list()
                .into_iter()
                .flat_map(move |action| {
                    let grant = |resource: &str| Grant {
                        action: action.to_owned(),
                        resource: resource.to_owned(),
                    };
                    resources
                        .iter()
                        .map(|resource| grant(resource))
                        .collect::<Vec<_>>()
                })
        })
        .collect()
}

/// The resource pattern of the statement that matches the demand.
fn matching<'a>(statement: &'a Statement, demand: &Demand) -> Option<&'a str> {
    let action = demand.action.to_ascii_lowercase();
    statement
        .actions
        .fitting(|pattern| matches(&pattern.to_ascii_lowercase(), &action))?;
    if !statement
        .conditions
        .iter()
        .all(|condition| holds(condition, demand))
    {
        return None;
    }
    statement
        .resources
        .fitting(|pattern| matches(pattern, &demand.resource))
}

fn holds(condition: &Condition, demand: &Demand) -> bool {
    let values = demand
        .context
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(&condition.key))
        .map_or(&[] as &[String], |(_, values)| values);
    let fits = |value: &String| {
        condition
            .values
            .iter()
            .any(|wanted| match condition.operator {
                Operator::Equals => wanted == value,
                Operator::EqualsIgnoreCase => wanted.to_lowercase() == value.to_lowercase(),
                Operator::Like => matches(wanted, value),
            })
    };
    match condition.quantifier {
        Quantifier::Single => matches!(values, [value] if fits(value)),
        Quantifier::Any => values.iter().any(fits),
        // True for a key without values in IAM too: a policy that must not be fooled by that tests
        // for `Null` as well.
        Quantifier::All => values.iter().all(fits),
    }
}

/// Whether a text fits a pattern with `*` (any text) and `?` (any character).
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&expected) if expected == '?' || Some(&expected) == text.get(seen) => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                // Let the last star take one character more.
                Some((position, taken)) => {
                    at = position + 1;
                    seen = taken + 1;
                    star = Some((position, taken + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(actions: &[&str], resources: &[&str]) -> Statement {
        Statement {
            effect: Effect::Allow,
            actions: Patterns::Any(actions.iter().map(ToString::to_string).collect()),
            resources: Patterns::Any(resources.iter().map(ToString::to_string).collect()),
            conditions: Vec::new(),
        }
    }

    fn demand(action: &str, resource: &str) -> Demand {
        Demand {
            action: action.into(),
            resource: resource.into(),
            context: BTreeMap::new(),
        }
    }

    #[test]
    fn patterns_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything", true),
            ("dynamodb:*Item", "dynamodb:PutItem", true),
            ("dynamodb:*Item", "dynamodb:BatchGetItems", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("table/A*/index/*", "table/AB/index/C", true),
            ("table/A", "table/AB", false),
            (
                "*_kennin@ibss.example.jp",
                "jvckwd_kennin@ibss.example.jp",
                true,
            ),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn only_the_listed_action_on_the_listed_table_is_allowed() {
        let policy = [allow(&["dynamodb:GetItem"], &["table/A"])];
        assert_eq!(
            allowing(&policy, &demand("dynamodb:GetItem", "table/A")),
            Some("table/A")
        );
        assert_eq!(
            allowing(&policy, &demand("dynamodb:PutItem", "table/A")),
            None
        );
        assert_eq!(
            allowing(&policy, &demand("dynamodb:GetItem", "table/B")),
            None
        );
        assert_eq!(allowing(&[], &demand("dynamodb:GetItem", "table/A")), None);
    }

    #[test]
    fn a_denial_beats_every_permission() {
        let deny = Statement {
            effect: Effect::Deny,
            ..allow(&["dynamodb:*"], &["table/A"])
        };
        let policy = [allow(&["*"], &["*"]), deny];
        assert_eq!(
            allowing(&policy, &demand("dynamodb:GetItem", "table/A")),
            None
        );
        assert_eq!(
            allowing(&policy, &demand("dynamodb:GetItem", "table/B")),
            Some("*")
        );
    }

    #[test]
    fn a_denial_of_everything_but_one_leaves_that_one() {
        let deny = Statement {
            effect: Effect::Deny,
            resources: Patterns::None(vec!["table/A".into()]),
            ..allow(&["dynamodb:*"], &[])
        };
        let policy = [allow(&["*"], &["*"]), deny];
        assert_eq!(
            allowing(&policy, &demand("dynamodb:GetItem", "table/A")),
            Some("*")
        );
        assert_eq!(
            allowing(&policy, &demand("dynamodb:GetItem", "table/B")),
            None
        );
        assert_eq!(
            allowing(&policy, &demand("ses:SendEmail", "identity/a")),
            Some("*")
        );
    }

    #[test]
    fn a_condition_must_hold_for_the_permission() {
        let mut statement = allow(&["ses:SendEmail"], &["*"]);
        statement.conditions.push(Condition {
            quantifier: Quantifier::Single,
            operator: Operator::Like,
            key: "ses:FromAddress".into(),
            values: vec!["*@ibss.example.jp".into()],
        });
        let mut mail = demand("ses:SendEmail", "identity/ibss.example.jp");
        assert_eq!(
            allowing(std::slice::from_ref(&statement), &mail),
            None,
            "a missing key fails"
        );
        mail.context
            .insert("ses:FromAddress", vec!["a@ibss.example.jp".into()]);
        assert!(allowing(std::slice::from_ref(&statement), &mail).is_some());
        mail.context
            .insert("ses:FromAddress", vec!["a@example.com".into()]);
        assert_eq!(allowing(std::slice::from_ref(&statement), &mail), None);
    }

    #[test]
    fn for_all_values_asks_every_value() {
        let mut statement = allow(&["dynamodb:GetItem"], &["*"]);
        statement.conditions.push(Condition {
            quantifier: Quantifier::All,
            operator: Operator::Like,
            key: "dynamodb:LeadingKeys".into(),
            values: vec!["user#*".into()],
        });
        let mut demand = demand("dynamodb:GetItem", "table/A");
        demand.context.insert(
            "dynamodb:LeadingKeys",
            vec!["user#a".into(), "user#b".into()],
        );
        assert!(allowing(std::slice::from_ref(&statement), &demand).is_some());
        demand.context.insert(
            "dynamodb:LeadingKeys",
            vec!["user#a".into(), "member#b".into()],
        );
        assert!(allowing(std::slice::from_ref(&statement), &demand).is_none());
    }
}
