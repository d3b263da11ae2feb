//! What the content security policy knows of the site: the one script that stands in the pages themselves, by its hash
//! (Content Security Policy Level 3, section 2.3.1). It stands in `template.yaml`, and is written there with the paths.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::Assembly;

const SCRIPTS: &str = "script-src 'self'";

/// The template with a policy that lets this site's scripts run, and no others; nothing where it has no policy.
#[must_use]
pub fn permitted(template: &str, site: &Assembly) -> Option<String> {
    let (before, rest) = template.split_once(SCRIPTS)?;
    let (_, after) = rest.split_once(';')?;
    let early = site.early.as_deref().map_or_else(String::new, |script| {
        format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
    });
    Some(format!("{before}{SCRIPTS}{early};{after}"))
}
