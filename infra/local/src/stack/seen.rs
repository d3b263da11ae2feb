//! What a test, or the command, sees of a running stack.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::PoisonError;

use serde_json::Value;

use super::Stack;
use crate::calls::Call;
use crate::dynamodb::Tables;
use crate::faults::Faults;
use crate::iam::Grant;
use crate::logs::LogLine;
use crate::mailbox::Mail;
use crate::serve::Server;
use crate::tls;

impl Stack {
    /// The address of the site and the API: `http://localhost:<port>`. Empty when they are not
    /// served.
    #[must_use]
    pub fn url(&self) -> String {
        self.front
            .as_ref()
            .map(|front| format!("http://localhost:{}", front.address.port()))
            .unwrap_or_default()
    }

    /// The same by https, with a certificate of its own making: `https://localhost:<port>`. Empty when it is not
    /// served.
    #[must_use]
    pub fn secure_url(&self) -> String {
        self.secure_front
            .as_ref()
            .map(|(front, _)| format!("https://localhost:{}", front.address.port()))
            .unwrap_or_default()
    }

    /// The certificate of https, in DER, for a client that is to trust it.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        let (_, certificate) = self.secure_front.as_ref()?;
        Some(certificate.as_ref())
    }

    /// The addresses of the site for other machines, by http and https. Empty when the stack listens on loopback only.
    #[must_use]
    pub fn urls_from_elsewhere(&self) -> Vec<String> {
        let host = match tls::reached_at(self.listen) {
            address if address.is_loopback() => return Vec::new(),
            IpAddr::V6(address) => format!("[{address}]"),
            IpAddr::V4(address) => address.to_string(),
        };
        let of = |scheme: &str, server: Option<&Server>| {
            let port = server?.address.port();
            Some(format!("{scheme}://{host}:{port}"))
        };
        let secure = self.secure_front.as_ref().map(|(server, _)| server);
        [of("http", self.front.as_ref()), of("https", secure)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The address of DynamoDB and SES for clients with the access key [`crate::OPERATOR_KEY`].
    #[must_use]
    pub fn dynamodb_url(&self) -> String {
        format!("http://{}", self.aws.address)
    }

    /// The mails that were sent, newest first.
    #[must_use]
    pub fn mailbox(&self) -> Vec<Mail> {
        self.endpoint.ses.mailbox.newest_first()
    }

    /// Puts an address on SES's suppression list, as if mail to it had come back from elsewhere.
    pub fn suppress(&self, address: &str, reason: &str) {
        self.endpoint.ses.suppressed.add(address, reason);
    }

    /// Why SES's suppression list has an address: `BOUNCE` or `COMPLAINT`.
    #[must_use]
    pub fn suppressed(&self, address: &str) -> Option<String> {
        self.endpoint.ses.suppressed.reason(address)
    }

    /// The events that a function was to be told of and could not take, however often it was tried.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<Value> {
        let letters = self.delivery.dead_letters.lock();
        letters.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The faults, to be injected and cleared.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.endpoint.gate.faults
    }

    /// Every call to DynamoDB and SES that has ended, in the order of the starts.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.endpoint.gate.calls.all()
    }

    /// The calls of one request, by the `apigw-requestid` of its answer.
    #[must_use]
    pub fn calls_of(&self, request: &str) -> Vec<Call> {
        self.endpoint.gate.calls.of(request)
    }

    /// The mutants that were possible so far, with [`Mutation::Noted`](crate::Mutation::Noted).
    #[must_use]
    pub fn mutants(&self) -> BTreeSet<String> {
        self.endpoint.gate.mutants.seen()
    }

    /// Every line that functions wrote, and the stack's own about them.
    #[must_use]
    pub fn logs(&self) -> Vec<LogLine> {
        self.endpoint.gate.logs.all()
    }

    /// The tables, past IAM, faults and the call log.
    #[must_use]
    pub fn database(&self) -> &Tables {
        &self.endpoint.dynamodb.tables
    }

    /// The functions of the template, by the names of their binaries.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        self.runtime
            .functions()
            .map(|function| function.binary.clone())
            .collect()
    }

    /// The name of the binary of a function, which may go by its name in the template (`SendCodeFunction`).
    #[must_use]
    pub fn binary(&self, function: &str) -> Option<&str> {
        let function = self.runtime.function(function)?;
        Some(&function.binary)
    }

    /// The routes of the template, such as `POST /api/users`, each with the function that answers.
    #[must_use]
    pub fn routes(&self) -> BTreeMap<String, String> {
        self.routes
            .iter()
            .map(|route| (route.key(), route.function.clone()))
            .collect()
    }

    /// The functions that are told of an event of `EventBridge`, by the rules of the template.
    #[must_use]
    pub fn told(&self, event: &Value) -> Vec<&str> {
        let fitting = self.rules.iter().filter(|rule| rule.fits(event));
        fitting.map(|rule| rule.function.as_str()).collect()
    }

    /// The properties of the template's resources of a type, by their logical ids, without intrinsic
    /// functions and with the globals.
    #[must_use]
    pub fn resources(&self, kind: &str) -> BTreeMap<String, Value> {
        self.resources.get(kind).cloned().unwrap_or_default()
    }

    /// The environment that the template gives a function. Empty for an unknown function.
    #[must_use]
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        self.runtime
            .function(function)
            .map(|function| function.environment.clone())
            .unwrap_or_default()
    }

    /// What the policy of a function grants, or a managed policy of the template. Empty for a name that
    /// neither has.
    #[must_use]
    pub fn granted(&self, name: &str) -> BTreeSet<Grant> {
        let function = self.runtime.function(name);
        let of_function = function.map(|function| &function.statements);
        let managed = self.endpoint.gate.managed(name);
        let statements = of_function.or(managed.map(|policy| &policy.statements));
        self.endpoint
            .gate
            .granted(statements.map_or(&[], Vec::as_slice))
    }

    /// What a function, or who has a managed policy, has been allowed to do so far, each by the grant that
    /// allowed it.
    #[must_use]
    pub fn used(&self, name: &str) -> BTreeSet<Grant> {
        let binary = self
            .runtime
            .function(name)
            .map_or(name, |function| &function.binary);
        self.endpoint.gate.used(binary)
    }
}
