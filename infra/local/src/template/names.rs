//! The account, region and stack that the local stack plays, and the names of AWS that follow from them.

/// The account that the local stack plays.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The region that the local stack plays.
pub(crate) const REGION: &str = "ap-northeast-1";
/// The name of the stack that the local stack plays.
pub(crate) const STACK: &str = "local";

/// The ARN of a table.
pub(crate) fn table_arn(name: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

/// The ARN of a function.
pub(crate) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The ARN of an SES identity.
pub(crate) fn identity_arn(name: &str) -> String {
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:identity/{name}")
}
