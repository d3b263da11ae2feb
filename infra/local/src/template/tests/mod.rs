//! What is read from a template, and how a broken one is refused.

mod distribution;
mod refusals;

use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::*;
use crate::iam::{Effect, Patterns};

const FIXTURE: &str = include_str!("../../../tests/fixtures/template.yaml");

fn read(source: &str) -> Result<Template, YamlError> {
    Template::read(source, &BTreeMap::new())
}

/// A template with these resources, and one table.
fn with(sections: &str) -> Result<Template, YamlError> {
    read(&format!(
        "{sections}\n  ThingsTable:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      \
         AttributeDefinitions: [{{ AttributeName: thing, AttributeType: S }}]\n      \
         KeySchema: [{{ AttributeName: thing, KeyType: HASH }}]\n"
    ))
}

/// A template with one function whose properties these are.
fn function(properties: &str) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  SendCodeFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n{properties}"
    ))
}

fn refusal(result: Result<Template, YamlError>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_function_has_the_globals_and_its_own() {
    let template = read(FIXTURE).unwrap();
    let [probe] = template.functions.as_slice() else {
        panic!("{:?}", template.functions)
    };
    assert_eq!(
        (probe.binary.as_str(), probe.name.as_str()),
        ("probe", "local-ProbeFunction")
    );
    assert_eq!((probe.timeout.as_secs(), probe.memory_mb), (2, 512));
    let environment: Vec<_> = probe
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("ONLY_ARM", "yes"),
        ("OTHERS_TABLE", "local-OthersTable"),
        ("THINGS_TABLE", "local-ThingsTable"),
    ];
    assert_eq!(environment, expected);
    let keys: Vec<_> = template.routes.iter().map(Route::key).collect();
    assert_eq!(keys, ["POST /api/probe", "ANY /api/any/{proxy+}"]);
}

#[test]
fn parameters_decide_over_conditions() {
    let parameters = BTreeMap::from([("Architecture".to_owned(), "x86_64".to_owned())]);
    let template = Template::read(FIXTURE, &parameters).unwrap();
    let binaries: Vec<_> = template
        .functions
        .iter()
        .map(|function| function.binary.as_str())
        .collect();
    assert_eq!(binaries, ["probe", "x86-only"]);
    assert!(!template.functions[0].environment.contains_key("ONLY_ARM"));
    for (name, value, expected) in [
        (
            "Architecture",
            "mips",
            "`mips` is not among the allowed values of `Architecture`: arm64, x86_64",
        ),
        ("Arch", "x", "the template has no parameter `Arch`"),
    ] {
        let parameters = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let error = refusal(Template::read(FIXTURE, &parameters));
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_policy_is_read_with_its_resources_and_conditions() {
    let template = read(FIXTURE).unwrap();
    let [tables, mail] = template.functions[0].statements.as_slice() else {
        panic!()
    };
    assert_eq!(tables.effect, Effect::Allow);
    let arn = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/local-ThingsTable";
    assert_eq!(tables.resources, Patterns::Any(vec![arn.to_owned()]));
    assert_eq!(
        mail.actions,
        Patterns::Any(vec!["ses:SendEmail".to_owned()])
    );
    assert_eq!(mail.conditions[0].values, ["*_kennin@ibss.example.jp"]);
}

#[test]
fn what_functions_may_do_alike_is_granted_to_whoever_refers_to_it() {
    let source = FIXTURE
        .replace(
            "        - AWSXRayDaemonWriteAccess\n",
            "        - !Ref AlikePolicy\n",
        )
        .replace(
            "Resources:\n",
            "Resources:\n  AlikePolicy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: \
             { Statement: [{ Effect: Deny, Action: 'logs:*', NotResource: a }] }\n",
        );
    let template = read(&source).unwrap();
    let alone = read(FIXTURE).unwrap();
    let statements = [
        &template.managed[0].statements,
        &alone.functions[0].statements,
    ];
    assert_eq!(
        template.functions[0].statements,
        statements.map(Vec::clone).concat()
    );
}

#[test]
fn a_managed_policy_is_read_and_refused_as_a_functions_is() {
    let policy = |document: &str| {
        with(&format!(
            "Resources:\n  DeskPolicy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      {document}\n"
        ))
    };
    let statement = "Effect: Allow, Action: 'dynamodb:GetItem', Resource: !GetAtt ThingsTable.Arn";
    let read = policy(&format!(
        "PolicyDocument: {{ Statement: [{{ {statement} }}] }}"
    ))
    .unwrap();
    assert_eq!(read.managed[0].logical, "DeskPolicy");
    assert_eq!(
        read.managed[0].statements[0].actions,
        Patterns::Any(vec!["dynamodb:GetItem".to_owned()])
    );
    let odd = format!(
        "PolicyDocument: {{ Statement: [{{ {statement}, Condition: {{ Bool: {{ a: b }} }} }}] }}"
    );
    assert!(refusal(policy(&odd)).contains("does not know the condition operator `Bool`"));
    assert!(refusal(policy("Path: /")).contains("PolicyDocument"));
}

#[test]
fn tables_identities_and_headers_are_read() {
    let template = read(FIXTURE).unwrap();
    let things = &template.tables[0];
    assert_eq!(
        (things.short(), things.ttl.as_deref()),
        ("Things", Some("ttl"))
    );
    assert_eq!(
        things.create["KeySchema"],
        json!([{"AttributeName": "thing", "KeyType": "HASH"}])
    );
    assert_eq!(template.mail.identities, ["ibss.example.jp"]);
    let mut headers = HeaderMap::new();
    template.headers.site.add_to(&mut headers);
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(template.headers.site, template.headers.api);
}

#[test]
fn long_forms_mean_the_same_as_short_ones() {
    let properties = r#"
      Environment:
        Variables:
          REF: { Ref: ThingsTable }
          ATTRIBUTE: { "Fn::GetAtt": [ThingsTable, Arn] }
          DOTTED: !GetAtt ThingsTable.Arn
          SUB: { "Fn::Sub": ["${Name}-${AWS::Region}-${!Literal}", { Name: !Ref ThingsTable }] }
          JOIN: !Join ["/", [a, !Ref AWS::AccountId, !Select [1, [x, y]]]]
          MAPPED: !FindInMap [Sizes, small, !Sub "k"]
          SPLIT: !Select [1, !Split [",", "p,q"]]
          NOTHING: !If [Never, x, !Ref AWS::NoValue]
"#;
    let source = format!(
        "Mappings:\n  Sizes:\n    small:\n      k: 7\nConditions:\n  Never: !And [!Equals [a, a], !Not [!Or [!Equals [b, b], \
         !Equals [c, d]]]]\nResources:\n  SendCodeFunction:\n    Type: AWS::Serverless::Function\n    Properties:{properties}"
    );
    let template = with(&source).unwrap();
    let environment = &template.functions[0].environment;
    let value = |name: &str| environment.get(name).map(String::as_str);
    assert_eq!(value("REF"), Some("local-ThingsTable"));
    assert_eq!(value("ATTRIBUTE"), value("DOTTED"));
    assert_eq!(
        value("SUB"),
        Some("local-ThingsTable-ap-northeast-1-${Literal}")
    );
    assert_eq!(value("JOIN"), Some("a/123456789012/y"));
    assert_eq!(
        (value("MAPPED"), value("SPLIT"), value("NOTHING")),
        (Some("7"), Some("q"), None)
    );
    assert_eq!(template.functions[0].binary, "send-code");
}

/// Every refusal is one line that names the line of the template, and says what is expected of it.
fn refused(cases: Vec<(Result<Template, YamlError>, &str)>) {
    for (result, expected) in cases {
        let error = refusal(result);
        assert!(error.contains(expected), "{error} instead of {expected}");
        assert!(
            error.starts_with("line ") && !error.contains('\n'),
            "{error}"
        );
    }
}
