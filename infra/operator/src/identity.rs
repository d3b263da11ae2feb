//! Whose credentials these are, as AWS says it.
//!
//! It is STS that is asked, and not the access key that is looked at: a key says nothing to who reads the trail three
//! years later, and what a profile calls itself is anybody's choice. `GetCallerIdentity` needs no permission, and none
//! can take it away (AWS STS API Reference). Of an assumed role it tells the session's name, which single sign-on sets
//! to the person's.

use tokio::sync::OnceCell;

use crate::{failure::Failure, language::say};

/// The identity behind the credentials of this process.
pub(crate) struct Identity {
    client: aws_sdk_sts::Client,
    arn: OnceCell<String>,
}

impl Identity {
    pub(crate) fn new(client: aws_sdk_sts::Client) -> Self {
        Self {
            client,
            arn: OnceCell::new(),
        }
    }

    /// Its ARN. STS is asked once.
    ///
    /// # Errors
    /// When STS does not answer: nothing is done in the name of nobody.
    pub(crate) async fn arn(&self) -> Result<&str, Failure> {
        let arn = self.arn.get_or_try_init(async || {
            let answer = self.client.get_caller_identity().send().await;
            answer
                .map_err(|error| Failure::of_sts(&error))?
                .arn
                .ok_or_else(|| {
                    Failure::Failed(say!(
                        ja: "STSの答えに、呼び出し元がありません",
                        en: "the answer of STS has no caller in it",
                    ))
                })
        });
        arn.await.map(String::as_str)
    }
}

/// The part of an ARN that a person reads: `assumed-role/Desk/suzuki`.
pub(crate) fn short(arn: &str) -> &str {
    arn.splitn(6, ':').last().unwrap_or(arn)
}

/// Whether two ARNs are of one person, as far as AWS tells: the same, or one session's name in two roles, which single
/// sign-on sets to the person's.
pub(crate) fn is_one_person(one: &str, other: &str) -> bool {
    let session = |arn: &str| {
        let (_, of_role) = arn.split_once(":assumed-role/")?;
        let (_, session) = of_role.split_once('/')?;
        Some(session.to_lowercase())
    };
    one == other || session(one).is_some_and(|name| session(other) == Some(name))
}

#[cfg(test)]
mod tests {
    use super::{is_one_person, short};

    #[test]
    fn a_person_in_another_role_is_the_same_person() {
        let role = |of: &str| format!("arn:aws:sts::123456789012:assumed-role/{of}");
        for (one, other, is_so) in [
            (role("Desk/suzuki"), role("Desk/suzuki"), true),
            (role("Desk/suzuki"), role("Approval/Suzuki"), true),
            (role("Desk/suzuki"), role("Desk/tanaka"), false),
            (
                "arn:aws:iam::123456789012:user/suzuki".to_owned(),
                "arn:aws:iam::123456789012:user/tanaka".to_owned(),
                false,
            ),
        ] {
            assert_eq!(is_one_person(&one, &other), is_so, "{one} {other}");
        }
    }

    #[test]
    fn a_person_reads_the_last_part() {
        for (arn, read) in [
            (
                "arn:aws:sts::123456789012:assumed-role/Desk/suzuki",
                "assumed-role/Desk/suzuki",
            ),
            ("arn:aws:iam::123456789012:user/a:b", "user/a:b"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(short(arn), read);
        }
    }
}
