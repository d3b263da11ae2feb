//! `AWS::SES::*`: what SES sends as, by which configuration set, and what it tells of the mails.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, TemplateError};

/// SES as the template sets it up.
#[derive(Debug, Default)]
pub(crate) struct MailSettings {
    /// The identities: domains and addresses.
    pub(crate) identities: Vec<String>,
    /// The configuration set that an identity sends with when a mail names none.
    sets: BTreeMap<String, String>,
    /// The kinds of events that a configuration set gives to `EventBridge`, as SES's API writes them.
    published: BTreeMap<String, BTreeSet<String>>,
}

impl MailSettings {
    /// The configuration set of an identity.
    pub(crate) fn set_of(&self, identity: &str) -> Option<&String> {
        self.sets.get(identity)
    }

    /// Whether `EventBridge` is told of events of this kind.
    pub(crate) fn publishes(&self, set: &str, kind: &str) -> bool {
        self.published
            .get(set)
            .is_some_and(|kinds| kinds.contains(&kind.to_lowercase()))
    }

    pub(super) fn add_identity(&mut self, properties: &Node) -> Result<(), TemplateError> {
        let identity = properties.require("EmailIdentity")?.text()?;
        let set = properties
            .get("ConfigurationSetAttributes")
            .and_then(|attributes| attributes.get("ConfigurationSetName"));
        if let Some(set) = set {
            self.sets.insert(identity.clone(), set.text()?);
        }
        self.identities.push(identity);
        Ok(())
    }

    pub(super) fn add_destination(&mut self, properties: &Node) -> Result<(), TemplateError> {
        let set = properties.require("ConfigurationSetName")?.text()?;
        let destination = properties.require("EventDestination")?;
        if destination.get("EventBridgeDestination").is_none() {
            return Err(destination.error("the local stack tells of mails by EventBridge only"));
        }
        let enabled = destination.get("Enabled");
        if enabled.map_or(Ok("false".to_owned()), Node::text)? != "true" {
            return Ok(());
        }
        for kind in destination.require("MatchingEventTypes")?.items() {
            let kind = kind.text()?.to_lowercase();
            self.published.entry(set.clone()).or_default().insert(kind);
        }
        Ok(())
    }
}
