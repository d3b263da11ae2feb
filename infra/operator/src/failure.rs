//! How a command ends other than well: a message that says what to do, and an exit code.

use std::process::ExitCode;

use aws_sdk_sts::{
    error::{ProvideErrorMetadata as _, SdkError},
    operation::get_caller_identity::GetCallerIdentityError,
};

use crate::{
    answer::{Format, note},
    language::say,
    reasons::of_store,
};

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something behind the command failed.
    Failed(String),
    /// The command line, a file or the environment is wrong.
    Usage(String),
    /// There is no such account, member or insurer.
    NotFound(String),
    /// A condition stood against it, or the person did.
    Refused(String),
    /// Something in the tables is not as it must be.
    Found(String),
}

/// What `--help` says of the codes below.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed: DynamoDB, or the way there
  2  the command line, a file or the environment is wrong
  3  there is no such account, member or insurer
  4  refused: by a condition, or by the person who was asked
  5  something in the tables is not as it must be (check) // 終了コード：
  0  完了
  1  失敗：DynamoDBか、そこまでの経路
  2  コマンド、ファイル、環境の指定の誤り
  3  該当するアカウント、加入者、保険者がない
  4  拒否：条件に合わないか、尋ねられた人が断った
  5  表に正しくない項目がある（check）";

impl Failure {
    /// Something that was read is another by now.
    pub(crate) fn changed_meanwhile(what: &str) -> Self {
        Self::Refused(say!(
            ja: "{what}がその間に変わったため、何も書き込んでいません。もう一度確認して、コマンドを繰り返してください",
            en: "{what} changed meanwhile, and nothing was written: look again, and repeat the command",
        ))
    }

    /// Tells it, and gives the exit code. A program is told in JSON, on standard error as everybody is.
    pub(crate) fn exit(self, format: Format) -> ExitCode {
        let (kind, message, code) = match self {
            Self::Failed(message) => ("failed", message, 1),
            Self::Usage(message) => ("usage", message, 2),
            Self::NotFound(message) => ("not-found", message, 3),
            Self::Refused(message) => ("refused", message, 4),
            Self::Found(message) => ("found", message, 5),
        };
        note(&match format {
            Format::Text => format!("operator: {message}"),
            Format::Json => serde_json::json!({
                "error": {"kind": kind, "exitCode": code, "message": message},
            })
            .to_string(),
        });
        ExitCode::from(code)
    }
}

/// What to do about a call that a service did not answer as it should, by the code of the error. What each code
/// means is in DynamoDB's and SES's lists of common errors.
fn advice(code: &str) -> String {
    match code {
        "AccessDeniedException" | "AccessDenied" => say!(
            ja: "お使いの権限では行えません（`aws sts get-caller-identity` で確認できます）。どのコマンドにどのポリシーが要るかは \
                 docs/operators.md にあります",
            en: "your role may not do this (`aws sts get-caller-identity` says which it is); which policy allows which \
                 command is in docs/operators.md",
        ),
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => say!(
            ja: "AWSの認証情報の期限が切れています。もう一度サインインしてください（`aws sso login` など）",
            en: "the AWS credentials have expired: sign in again (`aws sso login`)",
        ),
        "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "InvalidClientTokenId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => say!(
            ja: "AWSの認証情報が正しくありません。アクセスキーとプロファイルをご確認ください",
            en: "AWS does not know these credentials: check the access key and the profile",
        ),
        "ResourceNotFoundException" => say!(
            ja: "この名前の表は、このリージョンとアカウントにありません。AWS_REGION と --env-file の表の名前（スタックの出力）を\
                 ご確認ください",
            en: "this region and account have no table of this name: check AWS_REGION, and the names of the tables in \
                 --env-file (the stack's outputs)",
        ),
        "dispatch failure" | "timeout" | "unreadable response" => say!(
            ja: "AWSに接続できません。ネットワーク、プロキシ、AWS_REGION、接続先（AWS_ENDPOINT_URL_DYNAMODB など）をご確認ください",
            en: "there is no way to AWS: check the network, a proxy, AWS_REGION, and endpoints such as \
                 AWS_ENDPOINT_URL_DYNAMODB",
        ),
        _ => say!(
            ja: "しばらくしてから、コマンドを繰り返してください。続くようなら開発者に、このコードを伝えてください",
            en: "repeat the command in a while; if it stays so, tell a developer this code",
        ),
    }
}

impl Failure {
    /// What STS did not answer.
    pub(crate) fn of_sts(error: &SdkError<GetCallerIdentityError>) -> Self {
        let code = match error {
            SdkError::ServiceError(error) => error.err().code().unwrap_or("unknown").to_owned(),
            SdkError::TimeoutError(_) => "timeout".to_owned(),
            SdkError::ResponseError(_) => "unreadable response".to_owned(),
            _ => "dispatch failure".to_owned(),
        };
        let advice = advice(&code);
        Self::Failed(say!(
            ja: "GetCallerIdentity に失敗しました（{code}）：{advice}",
            en: "GetCallerIdentity failed: {code}: {advice}",
        ))
    }
}

impl From<mail::SuppressionError> for Failure {
    fn from(error: mail::SuppressionError) -> Self {
        let (operation, code, advice) = (error.operation, &error.code, advice(&error.code));
        Self::Failed(say!(
            ja: "{operation} に失敗しました（{code}）：{advice}",
            en: "{operation} failed with {code}: {advice}",
        ))
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let told = of_store(&error);
        Self::Failed(match &error {
            store::Error::Unavailable { code, .. } => {
                let advice = advice(code);
                say!(ja: "{told}：{advice}", en: "{told}: {advice}")
            }
            store::Error::Corrupt { .. } => say!(
                ja: "{told}：データが壊れています。項目のキーとともに開発者に伝えてください",
                en: "{told}: this needs a developer, with the key of the item",
            ),
            store::Error::InsurerMissing => say!(
                ja: "{told}。`operator insurer put` で登録してください",
                en: "{told}: put it with `operator insurer put`",
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::advice;

    #[test]
    fn causes_are_told_apart() {
        let told: BTreeSet<String> = [
            "AccessDeniedException",
            "ExpiredTokenException",
            "UnrecognizedClientException",
            "ResourceNotFoundException",
            "dispatch failure",
            "InternalServerError",
        ]
        .map(advice)
        .into_iter()
        .collect();
        assert_eq!(told.len(), 6);
    }
}
