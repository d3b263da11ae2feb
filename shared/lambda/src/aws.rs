//! The clients of AWS, made for a fast cold start.
//!
//! Credentials and region come straight from the environment that Lambda sets, without the SDK's
//! chain of providers. All clients share one HTTP connector, so one pool of connections, whose TLS is
//! rustls on ring (AWS-LC spends 24 ms of CPU at start on its jitter entropy) and trusts only the
//! roots that AWS's endpoints use (parsing a whole system store costs another 2.6 ms).

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
};
use mail::{CodeMailer, Mailer, SuppressionList, Tally};
use store::Database;

use crate::{ConfigError, Env};

/// Amazon Trust Services' roots 1 to 4 and Starfield's, under which all endpoints of AWS stand.
const ROOTS: &[u8] = include_bytes!("../roots/amazon.pem");

/// One try. DynamoDB answers in single milliseconds; what takes longer than this will not come.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// A call with all its tries; one that waits for a transaction in progress, and another one, must end within
/// the function's 15 s.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(4_500);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The means to reach AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    connector: SharedHttpConnector,
    credentials: Credentials,
    region: String,
    dynamodb_endpoint: Option<String>,
    ses_endpoint: Option<String>,
    /// The mails that all its connections to SES have sent.
    pub(crate) mails: Tally,
}

impl Aws {
    /// Reads credentials, region and, for the local stack, endpoints from the environment.
    ///
    /// # Errors
    /// When a variable is missing, or the built-in roots do not parse.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        let trust = TrustStore::empty()
            .with_native_roots(false)
            .with_pem_certificate(ROOTS);
        let tls = TlsContext::builder()
            .with_trust_store(trust)
            .build()
            .map_err(|error| ConfigError::Broken(format!("the built-in roots: {error}")))?;
        let settings = aws_smithy_runtime_api::client::http::HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .connector_settings(settings)
            .sleep_impl(TokioSleep::new())
            .build();
        Ok(Self {
            connector: SharedHttpConnector::new(connector),
            credentials: Credentials::new(
                env.required("AWS_ACCESS_KEY_ID")?,
                env.required("AWS_SECRET_ACCESS_KEY")?,
                env.optional("AWS_SESSION_TOKEN"),
                None,
                "Lambda's environment",
            ),
            region: env.required("AWS_REGION")?,
            dynamodb_endpoint: env.optional("AWS_ENDPOINT_URL_DYNAMODB"),
            ses_endpoint: env.optional("AWS_ENDPOINT_URL_SESV2"),
            mails: Tally::default(),
        })
    }

    fn http_client(&self) -> SharedHttpClient {
        let connector = self.connector.clone();
        http_client_fn(move |_, _| connector.clone())
    }

    /// A connection to DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> Database {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .http_client(self.http_client())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts());
        config.set_endpoint_url(self.dynamodb_endpoint.clone());
        Database::new(aws_sdk_dynamodb::Client::from_conf(config.build()))
    }

    /// A connection to SES, for notices.
    #[must_use]
    pub fn ses(&self) -> Mailer {
        Mailer::new(self.ses_client(), self.mails.clone())
    }

    /// A connection to SES, for codes.
    ///
    /// # Errors
    /// When no variable tells the configuration set that they go by.
    pub fn ses_for_codes(&self, env: &Env) -> Result<CodeMailer, ConfigError> {
        let configuration_set = env.required("CODES_CONFIGURATION_SET")?;
        Ok(CodeMailer::new(self.ses(), configuration_set))
    }

    /// SES's list of addresses that it does not deliver to.
    #[must_use]
    pub fn suppression_list(&self) -> SuppressionList {
        SuppressionList::new(self.ses_client())
    }

    fn ses_client(&self) -> aws_sdk_sesv2::Client {
        let mut config = aws_sdk_sesv2::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .http_client(self.http_client())
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .timeout_config(timeouts());
        config.set_endpoint_url(self.ses_endpoint.clone());
        aws_sdk_sesv2::Client::from_conf(config.build())
    }

    /// Opens a connection to DynamoDB while the function starts, when CPU time is not throttled, so
    /// that the first request finds it open. It asks for the endpoint's health page, which needs no
    /// permission. A failure is left to the first request, whose retries deal with it.
    pub async fn warm_up(&self) {
        let endpoint = self
            .dynamodb_endpoint
            .clone()
            .unwrap_or_else(|| format!("https://dynamodb.{}.amazonaws.com/", self.region));
        if let Ok(request) = HttpRequest::get(endpoint) {
            let warming = self.connector.call(request);
            let _ = tokio::time::timeout(CONNECT_TIMEOUT, warming).await;
        }
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use domain::fingerprint;

    use super::*;

    /// The fingerprints that Amazon Trust Services publishes.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_built_in_roots_are_amazons_and_no_others() {
        let pem = std::str::from_utf8(ROOTS).expect("text");
        let found: Vec<String> = pem
            .split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .map(|block| {
                let lines: String = block
                    .lines()
                    .take_while(|line| !line.starts_with("-----END"))
                    .collect();
                fingerprint(STANDARD.decode(lines).expect("base64"))
            })
            .collect();
        assert_eq!(found, FINGERPRINTS);
    }

    #[test]
    fn a_function_starts_with_what_lambda_gives_it() {
        let env = Env::from_lookup(|name| name.starts_with("AWS_").then(|| "x".to_owned()));
        assert!(Aws::new(&env).is_ok());
    }
}
