//! What a deployment does with the bucket, so that a page that is open goes on working: first comes what is new, then
//! the pages that name it; what they no longer name stays for thirty days more.
//!
//! A superseded file is tagged, and a rule of the bucket removes what has the tag thirty days after it was written. So
//! tagging writes it anew: a file that is as it was for a year would be gone the day it is tagged otherwise. One that
//! is not superseded has no tag, and stays however old it is.

use serde::{Deserialize, Serialize};

use crate::{ASSETS, Assembly, Caching, is_page};

/// The tag of a superseded file, `true`: the bucket's rule in `template.yaml` looks for it.
pub const TAG: &str = "superseded";

/// What is in the bucket.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct There {
    /// The object's key.
    pub key: String,
    /// Whether its content is that of the file to be there; where there is to be none, that of the page for addresses
    /// that lead nowhere.
    pub is_same: bool,
    /// Whether it has the tag.
    pub superseded: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Write the file, without a tag.
    Put(String),
    /// Write what is there anew, with the tag.
    Supersede(String),
    /// Put the page for addresses that lead nowhere in its place: somebody may have the address still.
    Replace(String),
    /// Delete it.
    Delete(String),
}

/// The steps, in the order in which they are to be done.
#[must_use]
pub fn steps(site: &Assembly, there: &[There]) -> Vec<Step> {
    let found = |key: &str| there.iter().find(|object| object.key == key);
    let (kept, asked): (Vec<_>, Vec<_>) = site
        .files
        .iter()
        .filter(|(path, _)| found(path).is_none_or(|object| !object.is_same || object.superseded))
        .partition(|(_, file)| file.caching == Caching::Forever);
    let put = kept
        .into_iter()
        .chain(asked)
        .map(|(path, _)| Step::Put(path.clone()));
    let gone = there
        .iter()
        .filter(|object| !site.files.contains_key(&object.key));
    let gone = gone.filter_map(|object| {
        let key = object.key.clone();
        if key.starts_with(ASSETS) {
            (!object.superseded).then_some(Step::Supersede(key))
        } else if is_page(&key) {
            (!object.is_same).then_some(Step::Replace(key))
        } else {
            Some(Step::Delete(key))
        }
    });
    put.chain(gone).collect()
}
