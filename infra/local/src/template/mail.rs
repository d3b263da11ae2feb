//! `AWS::SES::*`: what SES sends as, by which configuration sets, and what it tells of the mails.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml::{Node, YamlError};

/// How long SES may be told to try, in seconds (`DeliveryOptions` of SES's API, version 2).
const TRIES: std::ops::RangeInclusive<u64> = 300..=50_400;

/// SES as the template sets it up.
#[derive(Debug, Default)]
pub(crate) struct MailSettings {
    /// The identities: domains and addresses.
    pub(crate) identities: Vec<String>,
    /// The configuration set that an identity sends with when a mail names none.
    sets: BTreeMap<String, String>,
    /// The configuration sets, each with the reasons for which SES does not deliver to an address of its
    /// list, and lists one.
    suppressing: BTreeMap<String, BTreeSet<String>>,
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

    /// Whether there is such a configuration set.
    pub(crate) fn has_set(&self, set: &str) -> bool {
        self.suppressing.contains_key(set)
    }

    /// Whether mail by a configuration set heeds what SES's list has for this reason.
    pub(crate) fn suppresses(&self, set: &str, reason: &str) -> bool {
        self.suppressing
            .get(set)
            .is_some_and(|reasons| reasons.contains(reason))
    }

    pub(super) fn add_set(&mut self, name: String, properties: &Node) -> Result<(), YamlError> {
        let options = properties.get("DeliveryOptions");
        if let Some(seconds) = options.and_then(|options| options.get("MaxDeliverySeconds"))
            && !TRIES.contains(&seconds.whole()?)
        {
            return Err(seconds.error("SES tries for 300 to 50400 seconds"));
        }
        let mut reasons = BTreeSet::new();
        let options = properties.get("SuppressionOptions");
        let given = options.and_then(|options| options.get("SuppressedReasons"));
        for reason in given.map_or(&[][..], Node::items) {
            match &*reason.text()? {
                known @ ("BOUNCE" | "COMPLAINT") => reasons.insert(known.to_owned()),
                _ => return Err(reason.error("SES knows the reasons BOUNCE and COMPLAINT")),
            };
        }
        self.suppressing.insert(name, reasons);
        Ok(())
    }

    pub(super) fn add_identity(&mut self, properties: &Node) -> Result<(), YamlError> {
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

    pub(super) fn add_destination(&mut self, properties: &Node) -> Result<(), YamlError> {
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
