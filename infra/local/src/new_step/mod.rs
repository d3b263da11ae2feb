//! The beginning of a new step: everything that a step behind the terms of use is, ready to run and to be filled in.
//!
//! What is written comes from `skeleton/`, one file for each thing that a step has. Nothing here writes to the
//! disk: the command shows or writes what [`NewStep::changes`] gives.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::{Environment, UndefinedBehavior, context};

/// A step behind the terms of use that is not there yet.
#[derive(Clone, Debug)]
pub(crate) struct NewStep {
    name: String,
    method: String,
    path: String,
    sentence: String,
}

/// A file, as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Within the repository.
    pub(crate) path: PathBuf,
    /// Whether it is there already, and is added to.
    pub(crate) is_edit: bool,
    /// All of it.
    pub(crate) text: String,
}

/// Why a step cannot be begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewStepError {
    /// The name is none.
    #[error(
        "{0:?} is no name of a step: write a verb and a thing in lower case, such as get-contact"
    )]
    Name(String),
    /// The route is none.
    #[error("{0:?} is no route of a step: write it as \"GET /api/contact\", with GET or POST")]
    Route(String),
    /// The sentence is none.
    #[error(
        "{0:?} is no sentence: write what the step does, without quotation marks, ended by a full stop"
    )]
    Sentence(String),
    /// There is such a step.
    #[error("there is a step {0} already")]
    Exists(String),
    /// Another step has the route.
    #[error("template.yaml has the route {0} already")]
    Taken(String),
    /// A file that is added to is not as expected.
    #[error("{0}: there is no {1:?}, before which the step would be put")]
    NoPlace(PathBuf, &'static str),
    /// A file cannot be read.
    #[error("{0}: {1}")]
    Read(PathBuf, io::Error),
    /// A skeleton is wrong.
    #[error(transparent)]
    Skeleton(#[from] minijinja::Error),
}

/// What each step has, and of what it is made.
const FILES: [(&str, &str); 6] = [
    (
        "functions/{name}/Cargo.toml",
        include_str!("skeleton/Cargo.toml.j2"),
    ),
    (
        "functions/{name}/src/main.rs",
        include_str!("skeleton/main.rs.j2"),
    ),
    (
        "functions/{name}/src/lib.rs",
        include_str!("skeleton/lib.rs.j2"),
    ),
    (
        "events/{name}/success.json",
        include_str!("skeleton/success.json.j2"),
    ),
    (
        "events/{name}/cases.yaml",
        include_str!("skeleton/cases.yaml.j2"),
    ),
    (
        "tests/journeys/{module}.rs",
        include_str!("skeleton/journey.rs.j2"),
    ),
];
const TEMPLATE: &str = "template.yaml";
const API: &str = "docs/openapi.yaml";
const JOURNEYS: &str = "tests/journeys/main.rs";

impl NewStep {
    /// A step by its name (`get-contact`), its route (`GET /api/contact`), and what it does.
    ///
    /// # Errors
    /// When one of them is not what it must be.
    pub(crate) fn new(name: &str, route: &str, sentence: &str) -> Result<Self, NewStepError> {
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !name.contains('-')
            || !name.split('-').all(is_word)
            || !name.starts_with(|c: char| c.is_ascii_lowercase())
        {
            return Err(NewStepError::Name(name.to_owned()));
        }
        let is_segment = |segment: &str| segment.split('-').all(is_word);
        let wrong = || NewStepError::Route(route.to_owned());
        let (method, path) = route.split_once(' ').ok_or_else(wrong)?;
        let below = path.strip_prefix("/api/").ok_or_else(wrong)?;
        if !["GET", "POST"].contains(&method) || !below.split('/').all(is_segment) {
            return Err(wrong());
        }
        let is_sentence = sentence.ends_with('.') && !sentence.contains(['"', '\\', '\n']);
        if !is_sentence {
            return Err(NewStepError::Sentence(sentence.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            sentence: sentence.to_owned(),
        })
    }

    /// What would be written into the repository at `root`.
    ///
    /// # Errors
    /// When there is such a step or route, or a file is not as expected.
    pub(crate) fn changes(&self, root: &Path) -> Result<Vec<Change>, NewStepError> {
        let mut changes = Vec::new();
        for (path, skeleton) in FILES {
            let path = path
                .replace("{name}", &self.name)
                .replace("{module}", &self.module());
            if root.join(&path).exists() {
                return Err(NewStepError::Exists(self.name.clone()));
            }
            changes.push(Change {
                path: path.into(),
                is_edit: false,
                text: self.filled(skeleton)?,
            });
        }
        let template = read(root, TEMPLATE)?;
        if self.is_taken(&template) {
            return Err(NewStepError::Taken(format!(
                "{} {}",
                self.method, self.path
            )));
        }
        let place = after_the_last_route(&template)
            .ok_or_else(|| NewStepError::NoPlace(TEMPLATE.into(), "function with a route"))?;
        changes.push(self.added(
            TEMPLATE,
            &template,
            place,
            include_str!("skeleton/template.yaml.j2"),
        )?);
        let api = read(root, API)?;
        let place = api
            .find("\ncomponents:\n")
            .ok_or_else(|| NewStepError::NoPlace(API.into(), "components:"))?;
        changes.push(self.added(
            API,
            &api,
            place + 1,
            include_str!("skeleton/openapi.yaml.j2"),
        )?);
        changes.push(self.in_journeys(&read(root, JOURNEYS)?)?);
        Ok(changes)
    }

    fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    fn type_name(&self) -> String {
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        self.name.split('-').map(capital).collect()
    }

    fn filled(&self, skeleton: &str) -> Result<String, NewStepError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let text = environment.render_str(
            skeleton,
            context! {
                name => &self.name,
                module => self.module(),
                type => self.type_name(),
                // As long as API Gateway's are.
                request => &domain::fingerprint(&self.name)[..15],
                method => &self.method,
                path => &self.path,
                sentence => &self.sentence,
                reads => self.method == "GET",
            },
        )?;
        Ok(text + "\n")
    }

    fn added(
        &self,
        path: &str,
        text: &str,
        place: usize,
        skeleton: &str,
    ) -> Result<Change, NewStepError> {
        let (before, after) = text.split_at(place);
        Ok(Change {
            path: path.into(),
            is_edit: true,
            text: format!("{before}{}{after}", self.filled(skeleton)?),
        })
    }

    fn is_taken(&self, template: &str) -> bool {
        let route = format!(
            "            Method: {}\n            Path: {}\n",
            self.method, self.path
        );
        template.contains(&route)
    }

    /// The list of the journeys' modules, with the new one at its place.
    fn in_journeys(&self, text: &str) -> Result<Change, NewStepError> {
        let is_module = |line: &&str| line.starts_with("mod ") && line.ends_with(';');
        let own = format!("mod {};", self.module());
        let modules: BTreeSet<&str> = text
            .lines()
            .filter(is_module)
            .chain([own.as_str()])
            .collect();
        let first = text
            .find("\nmod ")
            .ok_or_else(|| NewStepError::NoPlace(JOURNEYS.into(), "mod"))?;
        let listed = modules.into_iter().collect::<Vec<_>>().join("\n");
        let rest = text[first + 1..].lines().skip_while(is_module);
        let rest = rest.fold(String::new(), |text, line| text + line + "\n");
        Ok(Change {
            path: JOURNEYS.into(),
            is_edit: true,
            text: format!("{}{listed}\n{rest}", &text[..=first]),
        })
    }
}

fn read(root: &Path, path: &str) -> Result<String, NewStepError> {
    fs::read_to_string(root.join(path)).map_err(|error| NewStepError::Read(path.into(), error))
}

/// Behind the last resource that a route of the API leads to.
fn after_the_last_route(template: &str) -> Option<usize> {
    let route = template.rfind("\n          Type: HttpApi\n")? + 1;
    let mut place = route;
    for line in template[route..].split_inclusive('\n') {
        let is_next = line.starts_with("  ") && !line.starts_with("   ");
        if is_next || !line.starts_with([' ', '\n']) {
            return Some(place);
        }
        place += line.len();
    }
    Some(template.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, route: &str, sentence: &str) -> Result<NewStep, NewStepError> {
        NewStep::new(name, route, sentence)
    }

    #[test]
    fn what_is_no_step_is_refused() {
        for (name, route, sentence) in [
            ("contact", "GET /api/contact", "Tells it."),
            ("Get-contact", "GET /api/contact", "Tells it."),
            ("get--contact", "GET /api/contact", "Tells it."),
            ("../get-contact", "GET /api/contact", "Tells it."),
            ("get-contact", "/api/contact", "Tells it."),
            ("get-contact", "DELETE /api/contact", "Tells it."),
            ("get-contact", "GET /contact", "Tells it."),
            ("get-contact", "GET /api/", "Tells it."),
            ("get-contact", "GET /api/{id}", "Tells it."),
            ("get-contact", "GET /api/contact", "Tells it"),
            ("get-contact", "GET /api/contact", "Tells \"it\"."),
            ("get-contact", "GET /api/contact", ""),
        ] {
            assert!(
                step(name, route, sentence).is_err(),
                "{name} {route} {sentence}"
            );
        }
        assert!(step("get-contact", "GET /api/contact", "Tells it.").is_ok());
    }

    #[test]
    fn a_block_is_put_behind_the_last_function_with_a_route() {
        let template = "Resources:\n  A:\n          Type: HttpApi\n            Path: /a\n\n  # b\n  B:\n    Type: X\n";
        let place = after_the_last_route(template).unwrap();
        assert_eq!(&template[place..], "  # b\n  B:\n    Type: X\n");
        assert_eq!(after_the_last_route("Resources:\n"), None);
    }
}
