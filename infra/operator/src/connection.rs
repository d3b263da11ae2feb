//! The way to the tables and to SES: settings from a file and the environment, and the clients.

use std::{collections::BTreeMap, path::Path};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use mail::SuppressionList;
use store::{Database, Table};

use crate::{
    failure::Failure,
    identity::Identity,
    language::{Language, say},
    reasons::told,
};

/// Variables: those of the file, which was asked for, before those of the environment.
#[derive(Clone)]
pub(crate) struct Settings {
    file: BTreeMap<String, String>,
    process: fn(&str) -> Option<String>,
}

/// The language that the environment asks for.
pub(crate) fn of_environment() -> Language {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place of the command that reads the environment"
    )]
    Language::of_environment(|name| std::env::var(name).ok())
}

impl Settings {
    /// The settings of this process and of the file, if there is one.
    pub(crate) fn read(env_file: Option<&Path>) -> Result<Self, Failure> {
        let file = match env_file {
            None => BTreeMap::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::Usage({ let (path, error) = (path.display(), told(&error)); say!(ja: "{path} を読めません：{error}", en: "{path} cannot be read: {error}") })
                })?;
                variables(&text)
                    .map_err(|wrong| Failure::Usage(format!("{}: {wrong}", path.display())))?
            }
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place of the command that reads the environment"
        )]
        Ok(Self {
            file,
            process: |name| std::env::var(name).ok(),
        })
    }

    fn get(&self, name: &str) -> Option<String> {
        let own = self.file.get(name).cloned();
        own.or_else(|| (self.process)(name))
            .filter(|value| !value.is_empty())
    }

    /// A table, by the variable that the functions have it in.
    pub(crate) fn table<T: Table>(&self, database: &Database) -> Result<T, Failure> {
        Ok(T::open(database, &self.table_name(T::VARIABLE)?))
    }

    /// The name of a table, by that variable.
    pub(crate) fn table_name(&self, variable: &str) -> Result<String, Failure> {
        self.get(variable).ok_or_else(|| {
            Failure::Usage(say!(ja: "{variable} がありません。スタックの出力にある表の名前を書いたファイルを、--env-file で指定してください", en: "{variable} is not set: give --env-file, with the names of the tables as the stack's outputs have them"))
        })
    }

    /// Credentials, if the file or the environment has them; never half of one and half of the other.
    ///
    /// # Errors
    /// When the file has half of them: whoever wrote it meant no others.
    fn credentials(&self) -> Result<Option<Credentials>, Failure> {
        const KEY: &str = "AWS_ACCESS_KEY_ID";
        const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
        let of_file = |name: &str| self.file.get(name).cloned();
        let is_in_file = [KEY, SECRET].map(|name| self.file.contains_key(name));
        if is_in_file[0] != is_in_file[1] {
            return Err(Failure::Usage(
                say!(ja: "--env-file のファイルには {KEY} と {SECRET} の片方しかありません。両方書くか、両方消してください", en: "the file that --env-file gives has one of {KEY} and {SECRET}: give both, or neither"),
            ));
        }
        let get: &dyn Fn(&str) -> Option<String> = if is_in_file[0] {
            &of_file
        } else {
            &self.process
        };
        let given = |name| get(name).filter(|value| !value.is_empty());
        let (Some(key), Some(secret)) = (given(KEY), given(SECRET)) else {
            return Ok(None);
        };
        let token = given("AWS_SESSION_TOKEN");
        Ok(Some(Credentials::new(
            key,
            secret,
            token,
            None,
            "the operator's settings",
        )))
    }

    /// Connections to DynamoDB, SES and STS. Whatever the settings do not have comes by the SDK's chain: a profile,
    /// a process, the instance.
    pub(crate) async fn connect(&self) -> Result<(Database, SuppressionList, Identity), Failure> {
        // The SDK's own client would bring a second TLS stack.
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        let region = self
            .get("AWS_REGION")
            .or_else(|| self.get("AWS_DEFAULT_REGION"));
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(credentials) = self.credentials()? {
            loader = loader.credentials_provider(credentials);
        } else if let Some(profile) = self.file.get("AWS_PROFILE") {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(Failure::Usage(
                say!(ja: "AWS_REGION がなく、プロファイルにもリージョンがありません", en: "AWS_REGION is not set, and no profile has a region"),
            ));
        }
        has_credentials(&config).await?;
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&config);
        if let Some(endpoint) = self.get("AWS_ENDPOINT_URL_DYNAMODB") {
            dynamodb.set_endpoint_url(Some(endpoint));
        }
        let mut ses = aws_sdk_sesv2::config::Builder::from(&config);
        if let Some(endpoint) = self.get("AWS_ENDPOINT_URL_SESV2") {
            ses.set_endpoint_url(Some(endpoint));
        }
        let database = Database::new(aws_sdk_dynamodb::Client::from_conf(dynamodb.build()));
        let ses = aws_sdk_sesv2::Client::from_conf(ses.build());
        let mut sts = aws_sdk_sts::config::Builder::from(&config);
        if let Some(endpoint) = self.get("AWS_ENDPOINT_URL_STS") {
            sts.set_endpoint_url(Some(endpoint));
        }
        let sts = aws_sdk_sts::Client::from_conf(sts.build());
        Ok((database, SuppressionList::new(ses), Identity::new(sts)))
    }
}

/// Refuses to go on without credentials: a call without any fails as one does that finds no network.
async fn has_credentials(config: &SdkConfig) -> Result<(), Failure> {
    let found = match config.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.map(drop),
        None => return Err(no_credentials("")),
    };
    found.map_err(|error| no_credentials(&format!(" ({error})")))
}

fn no_credentials(cause: &str) -> Failure {
    Failure::Usage(say!(
        ja: "AWSの認証情報がありません{cause}。サインインするか（`aws sso login` と `aws configure export-credentials`）、\
             AWS_PROFILE か --env-file で指定してください",
        en: "there are no AWS credentials{cause}: sign in (`aws sso login`, then `aws configure export-credentials`), or \
             give AWS_PROFILE or --env-file",
    ))
}

/// Reads `NAME=VALUE` lines. Empty ones and those that begin with `#` say nothing.
fn variables(text: &str) -> Result<BTreeMap<String, String>, String> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(index, line)| {
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| { let line = index + 1; say!(ja: "{line} 行目：NAME=VALUE と書いてください", en: "line {line}: write it as NAME=VALUE") })?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(file: &str, process: fn(&str) -> Option<String>) -> Settings {
        let file = variables(file).unwrap();
        Settings { file, process }
    }

    #[test]
    fn a_file_of_variables_is_read_line_by_line() {
        let read = variables("# the local stack\n\nA=1\n B = x=y \n").unwrap();
        let pairs: Vec<_> = read
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x=y")]);
        assert!(variables("A=1\nnonsense").unwrap_err().contains("line 2"));
    }

    #[test]
    fn the_file_goes_before_the_environment() {
        let settings = settings("A=file\nEMPTY=", |name| Some(format!("process {name}")));
        assert_eq!(settings.get("A").as_deref(), Some("file"));
        assert_eq!(settings.get("B").as_deref(), Some("process B"));
        assert_eq!(settings.get("EMPTY"), None);
    }

    #[test]
    fn credentials_come_from_one_place_whole() {
        let process = |name: &str| Some(format!("process {name}"));
        let mixed = settings(
            "AWS_ACCESS_KEY_ID=local\nAWS_SECRET_ACCESS_KEY=any",
            process,
        );
        let credentials = mixed.credentials().unwrap().unwrap();
        assert_eq!(credentials.access_key_id(), "local");
        assert_eq!(credentials.session_token(), None);
        let half = settings("AWS_ACCESS_KEY_ID=local", process);
        assert!(half.credentials().is_err());
        let ambient = settings("", process).credentials().unwrap().unwrap();
        assert_eq!(ambient.access_key_id(), "process AWS_ACCESS_KEY_ID");
        let empty = settings("", |_| Some(String::new()));
        assert!(empty.credentials().unwrap().is_none());
    }
}
