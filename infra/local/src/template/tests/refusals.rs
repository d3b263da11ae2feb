//! What is refused, with its line.

use super::*;

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
