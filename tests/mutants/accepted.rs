//! The mutants that no test needs to notice, each with its reason: `accepted.toml`.

use serde::Deserialize;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mutants/accepted.toml");

/// What `accepted.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    #[serde(default)]
    because: Vec<Because>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Because {
    reason: String,
    mutants: Vec<String>,
}

impl Accepted {
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(FILE).expect("accepted.toml beside this program");
        toml::from_str(&text).expect("accepted.toml as this program reads it")
    }

    fn mutants(&self) -> impl Iterator<Item = &str> {
        let all = self.because.iter().flat_map(|because| &because.mutants);
        all.map(String::as_str)
    }

    pub(crate) fn has(&self, mutant: &str) -> bool {
        self.mutants().any(|known| known == mutant)
    }

    /// Where the file and what was found differ, of the mutants that are meant.
    pub(crate) fn disagreements(
        &self,
        survivors: &[&str],
        possible: &[&str],
        is_meant: impl Fn(&str) -> bool,
        is_noticed: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let new = survivors.iter().filter(|mutant| !self.has(mutant));
        let new = new.map(|mutant| format!("no test notices it: {mutant}"));
        let old = self.mutants().filter(|mutant| is_meant(mutant));
        let old = old.filter_map(|mutant| {
            if !possible.contains(&mutant) {
                Some(format!("accepted, and not possible any more: {mutant}"))
            } else if is_noticed(mutant) {
                Some(format!("accepted, and noticed: {mutant}"))
            } else {
                None
            }
        });
        let idle = self
            .because
            .iter()
            .filter(|because| because.reason.trim().is_empty());
        let idle = idle.map(|because| format!("accepted without a reason: {:?}", because.mutants));
        new.chain(old).chain(idle).collect()
    }
}
