//! `docs/openapi.yaml` describes what the API really answers.

use std::collections::{BTreeMap, BTreeSet};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Value, json};

use crate::events::{all_cases, body, cookies, headers, request_body};
use crate::run::{Outcome, RUN, steps, text_of};

/// What the description says of one operation.
pub(crate) struct Operation {
    /// Such as `POST /api/users`.
    pub(crate) route: String,
    description: Value,
}

/// A problem's name and its status.
type Refusal = (String, u64);

#[test]
fn every_refusal_of_an_operation_has_an_event_and_every_event_is_described() {
    let api = description();
    let operations = operations(&api);
    let mut missing = Vec::new();
    for step in steps() {
        let described = operations[&step].refusals(&api);
        let shown: BTreeSet<Refusal> = all_cases()
            .iter()
            .filter(|case| case.step == step)
            .filter_map(|case| {
                let status = case.answer["status"].as_u64().unwrap();
                Some((case.problem()?.to_owned(), status))
            })
            .collect();
        for (problem, status) in described.difference(&shown) {
            missing.push(format!(
                "events/{step}/cases.yaml has no case of {status} {problem}, which docs/openapi.yaml describes"
            ));
        }
        for (problem, status) in shown.difference(&described) {
            missing.push(format!(
                "docs/openapi.yaml does not describe {status} {problem} of {step}, which has an event"
            ));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_answer_is_as_it_is_described() {
    let api = description();
    let operations = operations(&api);
    let wrong: Vec<String> = RUN
        .outcomes
        .iter()
        .flat_map(|outcome| {
            let found = operations[&outcome.case.step].faults_of(&api, outcome);
            found
                .into_iter()
                .map(|fault| format!("{}: {fault}", outcome.case.label()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_request_that_succeeds_is_as_it_is_described() {
    let api = description();
    let operations = operations(&api);
    for case in all_cases().iter().filter(|case| case.problem().is_none()) {
        let operation = &operations[&case.step].description;
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(request) = request_body(&case.event) else {
            assert!(schema.is_null(), "{} has no body", case.label());
            continue;
        };
        let request: Value = serde_json::from_slice(&request).unwrap();
        let found = faults(&api, schema, &request);
        assert!(found.is_empty(), "{}: {found:?}", case.label());
    }
}

#[test]
fn every_example_is_as_it_is_described() {
    let api = description();
    for (step, operation) in operations(&api) {
        let request = &operation.description["requestBody"];
        let answers = operation.description["responses"].as_object().unwrap();
        let bodies = answers.values().map(|answer| followed(&api, answer));
        for content in bodies.chain([request]) {
            for content in content["content"].as_object().into_iter().flatten() {
                let (_, media) = content;
                for (name, example) in media["examples"].as_object().unwrap() {
                    let example = followed(&api, example);
                    let found = faults(&api, &media["schema"], &example["value"]);
                    assert!(found.is_empty(), "{step}, {name}: {found:?}");
                }
            }
        }
    }
}

/// Until the terms are accepted nothing of the member's API opens, but what leads there. (To log out needs
/// no session.)
#[test]
fn whatever_needs_a_session_is_behind_the_terms() {
    const BEFORE: [&str; 2] = ["accept-terms", "get-session"];
    let api = description();
    let behind: BTreeSet<String> = operations(&api)
        .into_iter()
        .filter(|(_, operation)| operation.description["security"] == json!([{"session": []}]))
        .filter(|(_, operation)| {
            let gate = ("terms-not-accepted".to_owned(), 403);
            !operation.refusals(&api).contains(&gate)
        })
        .map(|(step, _)| step)
        .collect();
    let before: BTreeSet<String> = BEFORE.into_iter().map(str::to_owned).collect();
    assert_eq!(behind, before);
}

/// The description of the API.
pub(crate) fn description() -> Value {
    json_of_yaml(&text_of("docs/openapi.yaml"))
}

/// A document in YAML.
pub(crate) fn json_of_yaml(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    json_of(&documents[0])
}

/// The operations by their ids, which are the names of the steps.
pub(crate) fn operations(api: &Value) -> BTreeMap<String, Operation> {
    const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
    let paths = api["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations
                .filter(|(method, _)| METHODS.contains(&method.as_str()))
                .map(move |(method, description)| {
                    let id = description["operationId"].as_str().unwrap();
                    let operation = Operation {
                        route: format!("{} {path}", method.to_uppercase()),
                        description: description.clone(),
                    };
                    (id.to_owned(), operation)
                })
        })
        .collect()
}

impl Operation {
    /// The cookie that says whom a request is about; none where its body does.
    pub(crate) fn cookie(&self) -> Option<&str> {
        let security = self.description["security"].as_array().unwrap();
        let mut schemes = security.iter().filter_map(Value::as_object);
        schemes.find_map(|scheme| scheme.keys().next().map(String::as_str))
    }

    /// The problems that the operation may answer with.
    fn refusals(&self, api: &Value) -> BTreeSet<Refusal> {
        let mut refusals = BTreeSet::new();
        for (status, answer) in self.description["responses"].as_object().unwrap() {
            let status: u64 = status.parse().unwrap();
            let content = &followed(api, answer)["content"]["application/problem+json"];
            let Some(schema) = content.get("schema") else {
                continue;
            };
            let alternatives = match schema["oneOf"].as_array() {
                Some(alternatives) => alternatives.iter().collect(),
                None => vec![schema],
            };
            for problem in alternatives {
                let properties = &followed(api, problem)["properties"];
                let name = properties["type"]["const"].as_str().unwrap();
                let name = name.strip_prefix("/problems/").unwrap();
                let statuses = &properties["status"];
                let possible = statuses["const"] == status
                    || statuses["enum"]
                        .as_array()
                        .is_some_and(|all| all.contains(&json!(status)));
                assert!(possible, "{}: {name} is never {status}", self.route);
                refusals.insert((name.to_owned(), status));
            }
        }
        refusals
    }

    /// What of an outcome is not described.
    fn faults_of(&self, api: &Value, outcome: &Outcome) -> Vec<String> {
        let response = &outcome.response;
        let status = response["statusCode"].to_string();
        let Some(answer) = self.description["responses"].get(&status) else {
            return vec![format!("{status} is not described")];
        };
        let answer = followed(api, answer);
        let mut found = Vec::new();
        let sent = headers(response);
        for (name, header) in answer["headers"].as_object().into_iter().flatten() {
            let header = followed(api, header);
            let value = match name.to_lowercase().as_str() {
                "set-cookie" => cookies(response).first().map(|cookie| json!(cookie)),
                "retry-after" => sent
                    .get("retry-after")
                    .map(|value| json!(value.as_str().unwrap().parse::<u64>().unwrap())),
                name => sent.get(name).cloned(),
            };
            match value {
                Some(value) => found.extend(faults(api, &header["schema"], &value)),
                None if header["required"] == true => found.push(format!("no {name}")),
                None => {}
            }
        }
        let described: BTreeSet<String> = answer["headers"]
            .as_object()
            .into_iter()
            .flat_map(|headers| headers.keys().map(|name| name.to_lowercase()))
            .chain(["content-type".to_owned()])
            .collect();
        let undescribed = sent.keys().filter(|name| !described.contains(*name));
        found.extend(undescribed.map(|name| format!("{name} is not described")));
        if !cookies(response).is_empty() && !described.contains("set-cookie") {
            found.push("cookies are not described".to_owned());
        }

        let body = body(response);
        match sent.get("content-type").and_then(Value::as_str) {
            None if answer["content"].is_null() && body.is_null() => {}
            None => found.push("no content-type".to_owned()),
            Some(media_type) => {
                let essence = media_type.split(';').next().unwrap();
                match answer["content"].get(essence) {
                    Some(content) => found.extend(faults(api, &content["schema"], &body)),
                    None => found.push(format!("{essence} is not described")),
                }
            }
        }
        found
    }
}

/// Follows a `$ref`, if there is one.
fn followed<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => api
            .pointer(reference.strip_prefix('#').unwrap())
            .unwrap_or_else(|| panic!("{reference} is not there")),
        None => value,
    }
}

/// What of a value is not as a schema of the description says.
fn faults(api: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": api["components"],
    });
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap_or_else(|error| panic!("{error}"));
    validator
        .iter_errors(value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect()
}

fn json_of(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(values) => values.iter().map(json_of).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| {
                let key = key.as_str().expect("a key that is a text");
                (key.to_owned(), json_of(value))
            })
            .collect(),
        // What CloudFormation would make of it does not matter here.
        Yaml::Tagged(_, value) => json_of(value),
        other => panic!("the document has a {other:?}"),
    }
}

/// Who waits for a code of a recovery is told nothing of its mail: of a decoy there is none.
#[test]
fn only_a_registration_and_a_session_tell_what_becomes_of_a_mail() {
    let api = description();
    let of_delivery = |schema: &Value| schema.to_string().contains("/schemas/Delivery\"");
    let schemas = api["components"]["schemas"].as_object().unwrap();
    let telling = schemas.iter().filter(|(_, schema)| of_delivery(schema));
    let telling: Vec<&str> = telling.map(|(name, _)| name.as_str()).collect();
    assert_eq!(telling, ["Registration", "Session"]);
    assert!(!of_delivery(&api["paths"]));
}
