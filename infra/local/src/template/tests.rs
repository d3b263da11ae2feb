//! What is read from a template, and how a broken one is refused.

use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::*;
use crate::iam::{Effect, Patterns};

const FIXTURE: &str = include_str!("../../tests/fixtures/template.yaml");

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

/// A template with a response headers policy whose configuration this is.
fn policy(config: &str) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  Headers:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties:\n      \
         ResponseHeadersPolicyConfig: {config}\n"
    ))
}

/// A template with a policy for pages and one for the API, and a distribution whose configuration
/// this is.
fn distribution(config: &str) -> Result<Template, YamlError> {
    let policy = |name: &str| {
        format!(
            "  {name}:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties:\n      \
             ResponseHeadersPolicyConfig: {{ CustomHeadersConfig: {{ Items: [{{ Header: X-Of, Value: {name}, \
             Override: true }}] }} }}\n"
        )
    };
    with(&format!(
        "Resources:\n{}{}  Distribution:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      \
         DistributionConfig: {config}\n",
        policy("ForPages"),
        policy("ForApi")
    ))
}

#[test]
fn a_header_of_the_origin_stays_where_the_policy_says_so() {
    let template = policy(
        "{ CustomHeadersConfig: { Items: [{ Header: X-Weak, Value: policy, Override: false }, { Header: \
         X-Strong, Value: policy, Override: true }] } }",
    )
    .unwrap();
    let origin = HeaderValue::from_static("origin");
    let mut headers = HeaderMap::new();
    headers.insert("x-weak", origin.clone());
    headers.insert("x-strong", origin);
    template.headers.site.add_to(&mut headers);
    assert_eq!(
        (&headers["x-weak"], &headers["x-strong"]),
        (
            &HeaderValue::from_static("origin"),
            &HeaderValue::from_static("policy")
        )
    );
    let mut headers = HeaderMap::new();
    template.headers.api.add_to(&mut headers);
    assert_eq!(headers["x-weak"], "policy");
}

#[test]
fn a_distribution_says_which_policy_is_for_what() {
    let of = |policy: &Policy| {
        let mut headers = HeaderMap::new();
        policy.add_to(&mut headers);
        headers
            .get("x-of")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    for (config, site, api) in [
        (
            "{ DefaultCacheBehavior: { Compress: true, ResponseHeadersPolicyId: !Ref ForPages }, \
             CacheBehaviors: [{ PathPattern: /api/*, TargetOriginId: api, CachePolicyId: \
             4135ea2d-6df8-44a3-9df3-4b5a84be39ad, ResponseHeadersPolicyId: !Ref ForApi }], Origins: [{ Id: api }] }",
            Some("ForPages"),
            Some("ForApi"),
        ),
        (
            "{ DefaultCacheBehavior: { Compress: true, ResponseHeadersPolicyId: !Ref ForPages } }",
            Some("ForPages"),
            Some("ForPages"),
        ),
        (
            "{ DefaultCacheBehavior: { Compress: true }, CacheBehaviors: [{ PathPattern: api/*, TargetOriginId: api, \
             CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad, ResponseHeadersPolicyId: !Ref ForApi }], \
             Origins: [{ Id: api }] }",
            None,
            Some("ForApi"),
        ),
    ] {
        let headers = distribution(config).unwrap().headers;
        assert_eq!(
            (of(&headers.site).as_deref(), of(&headers.api).as_deref()),
            (site, api),
            "{config}"
        );
    }
}

/// A template with a distribution whose behaviour for the API has this cache policy, this origin request
/// policy and this origin.
fn api_behaviour(caching: &str, requests: &str, origin: &str) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  Key:\n    Type: AWS::SecretsManager::Secret\n  Requests:\n    Type: \
         AWS::CloudFront::OriginRequestPolicy\n    Properties:\n      OriginRequestPolicyConfig: {requests}\n  \
         Distribution:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        \
         DefaultCacheBehavior: {{ Compress: true }}\n        CacheBehaviors: [{{ PathPattern: /api/*, \
         TargetOriginId: api, CachePolicyId: {caching}, OriginRequestPolicyId: !Ref Requests }}]\n        Origins: \
         [{origin}]\n"
    ))
}

const NO_CACHE: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const REQUESTS: &str = "{ HeadersConfig: { HeaderBehavior: whitelist, Headers: [Content-Type] }, CookiesConfig: { \
                        CookieBehavior: whitelist, Cookies: [__Host-a] }, QueryStringsConfig: { \
                        QueryStringBehavior: none } }";

#[test]
fn what_reaches_the_api_is_what_the_distribution_sends_on() {
    let origin = "{ Id: site }, { Id: api, OriginCustomHeaders: [{ HeaderName: X-Origin-Key, HeaderValue: !Sub \
                  '{{resolve:secretsmanager:${Key}:SecretString}}' }] }";
    let template = api_behaviour(NO_CACHE, REQUESTS, origin).unwrap();
    let to_api = template.to_api.unwrap();
    assert_eq!(
        (to_api.headers, to_api.cookies),
        (
            ["content-type".to_owned()].into(),
            ["__Host-a".to_owned()].into()
        )
    );
    let [(name, value)] = to_api.added.as_slice() else {
        panic!("{:?}", to_api.added)
    };
    assert_eq!(
        (name.as_str(), value.as_bytes()),
        ("x-origin-key", &b"local-Key"[..])
    );
    assert_eq!(read(FIXTURE).unwrap().to_api, None);
}

/// A template whose distribution has this behaviour before that for the API, with this `MinTTL`.
fn kept_behaviour(behaviour: &str, least: u8) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  Public:\n    Type: AWS::CloudFront::CachePolicy\n    Properties:\n      \
         CachePolicyConfig: {{ MinTTL: {least}, DefaultTTL: 0, MaxTTL: 60, \
         ParametersInCacheKeyAndForwardedToOrigin: {{ HeadersConfig: {{ HeaderBehavior: whitelist, Headers: \
         [Accept-Language] }}, CookiesConfig: {{ CookieBehavior: none }}, QueryStringsConfig: {{ \
         QueryStringBehavior: none }} }} }}\n  Distribution:\n    Type: AWS::CloudFront::Distribution\n    \
         Properties:\n      DistributionConfig:\n        DefaultCacheBehavior: {{ Compress: true }}\n        \
         CacheBehaviors: [{behaviour}, {{ PathPattern: /api/*, TargetOriginId: api, CachePolicyId: {NO_CACHE} \
         }}]\n        Origins: [{{ Id: api }}, {{ Id: site }}]\n"
    ))
}

#[test]
fn what_of_the_api_cloudfront_keeps_is_read() {
    let behaviour =
        "{ PathPattern: /api/things/*, TargetOriginId: api, CachePolicyId: !Ref Public }";
    assert_eq!(
        kept_behaviour(behaviour, 0).unwrap().keeping,
        Keeping {
            prefix: "/api/things/".to_owned(),
            headers: ["accept-language".to_owned()].into(),
            at_most: 60,
        }
    );
    let changed = |from: &str, to: &str| kept_behaviour(&behaviour.replace(from, to), 0);
    refused(vec![
        (kept_behaviour(behaviour, 1), "only for as long as it says"),
        (changed("things/*", "things"), "keeps whole folders"),
        (
            changed("TargetOriginId: api", "TargetOriginId: site"),
            "takes `TargetOriginId` of `api/*`",
        ),
        (changed("!Ref Public", NO_CACHE), "no cache policy"),
    ]);
}

#[test]
fn what_cloudfront_would_do_otherwise_is_refused() {
    let api = "{ Id: api }";
    let all = REQUESTS.replace("HeaderBehavior: whitelist", "HeaderBehavior: allViewer");
    refused(vec![
        (
            api_behaviour("658327ea-f89d-4fab-a63d-7e88639e58f6", REQUESTS, api),
            "caches no answer of the API",
        ),
        (
            api_behaviour(NO_CACHE, REQUESTS, "{ Id: site }"),
            "the distribution has no origin `api`",
        ),
        (api_behaviour(NO_CACHE, &all, api), "not `allViewer`"),
        (
            distribution(
                "{ DefaultCacheBehavior: { Compress: true }, CustomErrorResponses: [{ ErrorCode: 404 }] }",
            ),
            "take the place of the API's refusals",
        ),
        (
            function("      Environment: { Variables: { A: '{{resolve:ssm:name}}' } }\n"),
            "of dynamic references the local stack knows",
        ),
    ]);
}

#[test]
fn headers_that_would_not_be_cloudfronts_are_refused() {
    refused(vec![
        (
            policy("{ CorsConfig: { OriginOverride: true } }"),
            "line 5: Headers: the local stack does not know `CorsConfig` of a response headers policy",
        ),
        (
            policy("{ SecurityHeadersConfig: { ContentTypeOptions: {} } }"),
            "`Override` is missing",
        ),
        (
            policy("{ SecurityHeadersConfig: { ContentTypeOptions: { Override: perhaps } } }"),
            "`true` or `false` is expected here",
        ),
        (
            policy(
                "{ SecurityHeadersConfig: { XSSProtection: { Override: true, Protection: true, ReportUri: /r } } }",
            ),
            "does not know `ReportUri`",
        ),
        (
            policy("{ SecurityHeadersConfig: { Expect: { Override: true } } }"),
            "`Expect` is no security header of CloudFront",
        ),
        (
            policy(
                "{ CustomHeadersConfig: { Items: [{ Header: X Y, Value: z, Override: true }] } }",
            ),
            "`X Y` is no name of a header",
        ),
        (
            distribution("{ DefaultCacheBehavior: {} }"),
            "say `Compress: true`",
        ),
        (
            distribution(
                "{ DefaultCacheBehavior: { Compress: true, ResponseHeadersPolicyId: 67f7725c } }",
            ),
            "the template has no response headers policy `67f7725c`",
        ),
        (
            distribution(
                "{ DefaultCacheBehavior: { Compress: true }, CacheBehaviors: [{ PathPattern: '*.js' }] }",
            ),
            "not for `*.js`",
        ),
        (
            with(
                "Resources:\n  A:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties: { \
                 ResponseHeadersPolicyConfig: {} }\n  B:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    \
                 Properties: { ResponseHeadersPolicyConfig: {} }\n",
            ),
            "several response headers policies",
        ),
    ]);
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

#[test]
fn what_is_no_template_is_refused_with_its_line() {
    refused(vec![
        (read("Resources:\n  A: [\n"), "this is not YAML"),
        (read(""), "the file is empty"),
        (
            read("Resources:\n  A:\n    Type: x\n  A:\n    Type: y\n"),
            "line 4: the key `A` is written twice",
        ),
        (
            read("Resources:\n  A: !Reff B\n"),
            "line 2: `!Reff` is no intrinsic function",
        ),
        (
            read("Resources:\n  A:\n    Properties: {}\n"),
            "line 3: A: `Type` is missing",
        ),
        (read("Globals: {}\n"), "line 1: `Resources` is missing"),
    ]);
}

#[test]
fn a_value_that_leads_nowhere_is_refused_with_its_line() {
    refused(vec![
        (
            function("      Timeout: !Ref Nothing\n"),
            "line 5: SendCodeFunction: there is no parameter or resource `Nothing`",
        ),
        (
            function("      Timeout: soon\n"),
            "line 5: SendCodeFunction: a whole number is expected here",
        ),
        (
            function("      Environment: { Variables: { A: !GetAtt ThingsTable.Name } }\n"),
            "`ThingsTable` has no attribute `Name`",
        ),
        (
            function("      Environment: { Variables: { A: !Sub '${Things}' } }\n"),
            "no parameter or resource `Things`",
        ),
        (
            function("      Environment: { Variables: { A: !Sub '${Things' } }\n"),
            "has no `}`",
        ),
        (
            function("      Environment: { Variables: { A: [1] } }\n"),
            "a text is expected here",
        ),
        (
            function(
                "      Events: { A: { Type: HttpApi, Properties: { Path: api, Method: GET } } }\n",
            ),
            "a path begins with `/`",
        ),
        (
            function("      Events: { A: { Type: Api } }\n"),
            "not REST APIs",
        ),
        (
            function(
                "      Events: { A: { Type: HttpApi, Properties: { Path: /a, Method: GET } }, B: { Type: HttpApi, Properties: { Path: /a, Method: get } } }\n",
            ),
            "`GET /a` is the route of both send-code and send-code",
        ),
        (
            with(
                "Resources:\n  Api:\n    Type: AWS::Serverless::HttpApi\n    Properties: { CorsConfiguration: true }\n",
            ),
            "Api: the local stack does not know `CorsConfiguration`",
        ),
        (
            with("Parameters:\n  Mail: { Type: String }\nResources:\n"),
            "the parameter `Mail` has no default",
        ),
        (
            with("Outputs:\n  A: { Value: !Ref Nothing }\nResources:\n"),
            "no parameter or resource `Nothing`",
        ),
    ]);
}

#[test]
fn what_aws_does_not_have_is_refused_with_its_line() {
    refused(vec![
        (
            with("Resources:\n  A:\n    Type: AWS::DynamoDB::Tabel\n"),
            "line 3: A: the local stack does not know resources of the type `AWS::DynamoDB::Tabel`",
        ),
        (
            with("Resources:\n  A:\n    Type: AWS::SQS::Queue\n    DependOn: B\n"),
            "line 4: A: there is no `DependOn` in a resource",
        ),
        (
            with("Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties: { Retention: 5 }\n"),
            "line 4: A: there is no `Retention` in AWS::SQS::Queue",
        ),
        (
            with(
                "Resources:\n  A:\n    Type: AWS::DynamoDB::Table\n    Condition: Never\n    Properties:\n      \
                 TimeToLiveSpecification: !If [C, { AttributeName: ttl, Enabld: true }, { Enabled: false }]\n",
            ),
            "A: there is no condition `Never`",
        ),
        (
            with(
                "Resources:\n  A:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TimeToLiveSpecification:\n        \
                 Enabld: true\n",
            ),
            "line 6: A: there is no `Enabld` in AWS::DynamoDB::Table, TimeToLiveSpecification",
        ),
        (
            with("Globals: { Function: { MemorySise: 1 } }\nResources:\n"),
            "line 1: Globals: there is no `MemorySise` in AWS::Serverless::Function",
        ),
        (
            with("Globals: { Functions: { MemorySize: 1 } }\nResources:\n"),
            "line 1: there is no `Functions` in Globals",
        ),
        (
            function(
                "      Events: { A: { Type: HttpApi, Properties: { Path: /a, Method: FETCH } } }\n",
            ),
            "line 5: SendCodeFunction: there is no method `FETCH`",
        ),
        (
            function(
                "      Events: { A: { Type: HttpApi, Properties: { Paht: /a, Method: GET } } }\n",
            ),
            "there is no `Paht` in an HttpApi event",
        ),
        (
            function("      Events: { A: { Type: Schedule } }\n"),
            "not by `Schedule`",
        ),
        (
            function(
                "      Events: { A: { Type: EventBridgeRule, Properties: { Patern: {} } } }\n",
            ),
            "there is no `Patern` in an EventBridgeRule event",
        ),
        (
            function(
                "      Policies: [{ Statement: { Effect: Allow, Action: 'dynamodb:GetItems', Resource: b } }]\n",
            ),
            "line 5: SendCodeFunction: there is no action `dynamodb:GetItems`",
        ),
        (
            function(
                "      Policies: [{ Statement: { Effect: Allow, Action: 'dynamodb:Transact*', Resource: b } }]\n",
            ),
            "there is no action `dynamodb:Transact*`",
        ),
    ]);
    for action in [
        "'*'",
        "'dynamodb:*'",
        "'dynamodb:Get*'",
        "'DynamoDB:getitem'",
    ] {
        let policy = format!(
            "      Policies: [{{ Statement: {{ Effect: Allow, Action: {action}, Resource: b }} }}]\n"
        );
        assert!(function(&policy).is_ok(), "{action}");
    }
}

#[test]
fn a_policy_that_cannot_be_enforced_is_refused() {
    refused(vec![
        (
            function("      Role: x\n"),
            "from `Policies`, not from a `Role`",
        ),
        (
            function("      Policies: [{ DynamoDBCrudPolicy: { TableName: !Ref ThingsTable } }]\n"),
            "written out here as a document",
        ),
        (
            function("      Policies: [AdministratorAccess]\n"),
            "cannot know what the managed policy `AdministratorAccess` allows",
        ),
        (
            function(
                "      Policies: [{ Statement: { Effect: Allow, Action: 'ses:SendEmail', Resource: b, Condition: { Bool: { k: v } } } }]\n",
            ),
            "does not know the condition operator `Bool`",
        ),
        (
            function(
                "      Policies: [{ Statement: { Effect: Allow, Action: 'ses:SendEmail', Resource: b, Condition: { StringLike: { k: v } } } }]\n",
            ),
            "does not know the condition key `k`",
        ),
    ]);
}
