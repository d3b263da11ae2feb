//! What `make deploy` brings into an account: the stages and the distribution.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::Table;

use crate::openapi::json_of_yaml;
use crate::run::text_of;

/// A template without its intrinsic functions, whose arguments stay: `!Ref Name` is `Name`.
fn template(path: &str) -> Value {
    json_of_yaml(&text_of(path))
}

/// `Name=value` pairs of a command of a stage.
fn overrides(stage: &Table, command: &str) -> BTreeMap<String, String> {
    let list = stage.get(command).and_then(|command| {
        let parameters = command.get("parameters")?;
        parameters.get("parameter_overrides")?.as_array()
    });
    list.into_iter()
        .flatten()
        .map(|pair| {
            let (name, value) = pair.as_str().unwrap().split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[test]
fn every_stage_gives_parameters_that_the_templates_have_and_take() {
    let config: Table = text_of("samconfig.toml").parse().unwrap();
    let stages: Vec<&str> = config
        .keys()
        .map(String::as_str)
        .filter(|name| !["version", "default"].contains(name))
        .collect();
    assert_eq!(stages, ["prod", "test"]);
    for (command, path) in [
        ("deploy", "template.yaml"),
        ("edge", "infra/edge/template.yaml"),
    ] {
        let template = template(path);
        for stage in &stages {
            for (name, value) in overrides(config[*stage].as_table().unwrap(), command) {
                let parameter = &template["Parameters"][&name];
                assert!(parameter.is_object(), "{path} has no parameter {name}");
                let allowed = parameter["AllowedValues"].as_array();
                let takes = allowed.is_none_or(|allowed| {
                    allowed.iter().any(|known| {
                        let known = known
                            .as_str()
                            .map_or_else(|| known.to_string(), str::to_owned);
                        known == value
                    })
                });
                assert!(takes, "{path}: {name} is not {value}");
                if let Some(pattern) = parameter["AllowedPattern"].as_str() {
                    let schema = serde_json::json!({ "pattern": pattern });
                    assert!(
                        jsonschema::is_valid(&schema, &Value::String(value.clone())),
                        "{path}: {name} is not {value}"
                    );
                }
            }
        }
    }
}

/// Only a trial may be destroyed, and what keeps data is no trial.
#[test]
fn only_the_stage_for_trials_is_not_protected() {
    let config: Table = text_of("samconfig.toml").parse().unwrap();
    let protection = |stage: &str| {
        let given = overrides(config[stage].as_table().unwrap(), "deploy");
        given.get("DeletionProtection").cloned()
    };
    assert_eq!(protection("test").as_deref(), Some("false"));
    assert_eq!(protection("prod"), None);
    let default = &template("template.yaml")["Parameters"]["DeletionProtection"]["Default"];
    assert_eq!(default, "true");
}

#[test]
fn every_parameter_is_described() {
    for path in ["template.yaml", "infra/edge/template.yaml"] {
        let template = template(path);
        for (name, parameter) in template["Parameters"].as_object().unwrap() {
            let description = parameter["Description"].as_str().unwrap_or_default();
            assert!(description.len() > 30, "{path}: {name}");
        }
    }
}

#[test]
fn all_behaviours_of_the_distribution_add_the_headers() {
    let template = template("template.yaml");
    let config = &template["Resources"]["Distribution"]["Properties"]["DistributionConfig"];
    let behaviours = config["CacheBehaviors"].as_array().unwrap().iter();
    let policies: Vec<&Value> = behaviours
        .chain([&config["DefaultCacheBehavior"]])
        .map(|behaviour| &behaviour["ResponseHeadersPolicyId"])
        .collect();
    assert_eq!(policies, ["SecurityHeaders"; 3]);
}

/// The distribution's function knows the paths of the site as it is, and the policy its script: `make site-paths` writes
/// them.
#[test]
fn the_distribution_knows_the_paths_of_the_site_and_the_policy_its_script() {
    let source = site::Source::read(&crate::run::root().join("site")).unwrap();
    let site = site::assemble(&source).unwrap();
    let template = text_of("template.yaml");
    let known = site::function(&site);
    assert!(
        site::replaced(&template, &known).as_ref() == Some(&template),
        "run `make site-paths`"
    );
    assert!(
        site::permitted(&template, &site).as_ref() == Some(&template),
        "run `make site-paths`"
    );
}
