//! The sample events as cases. A step has one whole event, as the gateway sends it, in
//! `events/<step>/success.json`; every case of the step is a few lines in `events/<step>/cases.yaml` that say
//! how it differs from another one. What every step refuses alike stands once, in `events/every-step.yaml`.
//! `events/README.md` describes the files.

mod answer;
mod case;
mod error;
mod event;
mod file;
mod overlay;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use self::answer::Came;
pub use self::case::Case;
pub use self::error::CaseError;
use self::error::{text_of, wrong};
use self::event::Request;
use self::file::{Draft, Entry, Group, Shared};
pub(crate) use self::overlay::Setting;

/// The file of the cases in the folder of a step.
const CASES: &str = "cases.yaml";

/// The file of what every step refuses alike.
const SHARED: &str = "every-step.yaml";

/// The folder `events`.
#[derive(Clone, Debug)]
pub struct Events {
    folder: PathBuf,
}

impl Events {
    /// The sample events in a folder.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The functions that have events, in the order of their names.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn steps(&self) -> Result<Vec<String>, CaseError> {
        let mut steps: Vec<_> = names(&self.folder)?
            .into_iter()
            .filter(|name| self.folder.join(name).is_dir())
            .collect();
        steps.sort();
        Ok(steps)
    }

    /// The cases of a function: its own in the order of their file, then what every step refuses alike.
    ///
    /// # Errors
    /// When a file is missing, cannot be read or is wrong.
    pub fn of(&self, step: &str) -> Result<Vec<Case>, CaseError> {
        let drafts = self.drafts(step)?.into_iter();
        drafts.map(|draft| self.finish(step, draft)).collect()
    }

    /// One case of a function.
    ///
    /// # Errors
    /// When there is none of this name, or a file is not as it must be.
    pub fn find(&self, step: &str, name: &str) -> Result<Case, CaseError> {
        self.find_with(step, name, &[])
    }

    /// One case of a function, with other values in some fields of the event or the state.
    pub(crate) fn find_with(
        &self,
        step: &str,
        name: &str,
        settings: &[Setting],
    ) -> Result<Case, CaseError> {
        let mut drafts = self.drafts(step)?;
        let Some(index) = drafts.iter().position(|draft| draft.name == name) else {
            let known: Vec<_> = drafts.into_iter().map(|draft| draft.name).collect();
            return Err(CaseError::NoSuchCase {
                step: step.to_owned(),
                name: name.to_owned(),
                known: known.join(", "),
            });
        };
        let mut draft = drafts.swap_remove(index);
        for setting in settings {
            draft.set(setting).map_err(CaseError::Setting)?;
        }
        self.finish(step, draft)
    }

    fn finish(&self, step: &str, draft: Draft) -> Result<Case, CaseError> {
        let name = draft.name.clone();
        draft.finish(step).map_err(|message| {
            let path = self.folder.join(step).join(CASES);
            wrong(&path, 1, format!("{name}: {message}"))
        })
    }

    fn drafts(&self, step: &str) -> Result<Vec<Draft>, CaseError> {
        let folder = self.folder.join(step);
        if !folder.is_dir() {
            return Err(CaseError::NoEvents {
                step: step.to_owned(),
                folder: self.folder.clone(),
            });
        }
        let (base, whole) = whole_event(&folder)?;
        let path = folder.join(CASES);
        let own = file::read_step(&path)?;
        let shared = if Request::is_one(&whole) {
            file::read_shared(&self.folder.join(SHARED))?
        } else {
            Vec::new()
        };
        let Some((first, rest)) = own.split_first().filter(|(first, _)| first.name == base) else {
            let line = own.first().map_or(1, |entry| entry.line);
            let message = format!("the first case must be `{base}`, the event of {base}.json");
            return Err(wrong(&path, line, message));
        };
        let mut reader = Reader {
            path: &path,
            shared: &shared,
            drafts: Vec::new(),
        };
        reader.begin(first, Draft::of(&base, whole))?;
        for entry in rest {
            reader.take(entry)?;
        }
        let mut drafts = reader.drafts;
        drafts.sort_by_key(|draft| draft.shared.is_some());
        Ok(drafts)
    }
}

/// An event with other values in some of its fields.
pub(crate) fn with_settings(event: Value, settings: &[Setting]) -> Result<Value, String> {
    let mut draft = Draft::of("", event);
    settings.iter().try_for_each(|setting| draft.set(setting))?;
    draft.close()
}

/// Puts the cases of one step together.
struct Reader<'a> {
    path: &'a Path,
    shared: &'a [(Group, Vec<Shared>)],
    /// In the order of the file; those that every step has are added with the request that they refuse.
    drafts: Vec<Draft>,
}

impl Reader<'_> {
    /// Takes a request of the step: the first case, or one with `request`. What every step refuses alike stands
    /// for it, too.
    fn begin(&mut self, entry: &Entry, draft: Draft) -> Result<(), CaseError> {
        let mut draft = draft.named(&entry.name);
        self.lay(entry, &mut draft)?;
        draft.is_whole = self.drafts.is_empty();
        let base = draft.clone();
        self.drafts.push(draft);
        let ending = entry.case.as_ref().and_then(|case| case.request.as_deref());
        for (group, shared) in self.shared {
            if !group.holds_for(&base) {
                continue;
            }
            for case in shared {
                let name = match ending {
                    Some(ending) => format!("{}-{ending}", case.name),
                    None => case.name.clone(),
                };
                let mut draft = base.clone().named(&name);
                draft.shared = Some(*group);
                draft.lay(&case.case).map_err(|message| {
                    let message = format!("{} of {SHARED}: {message}", case.name);
                    wrong(self.path, entry.line, message)
                })?;
                self.drafts.push(draft);
            }
        }
        Ok(())
    }

    /// Takes a further case of the file.
    fn take(&mut self, entry: &Entry) -> Result<(), CaseError> {
        let known = self.position(&entry.name);
        let Some(case) = &entry.case else {
            return self.take_away(entry);
        };
        if let Some(known) = known {
            // It says more about a case that every step has.
            let mut draft = self.drafts.remove(known);
            self.lay(entry, &mut draft)?;
            draft.shared = None;
            self.drafts.push(draft);
            return Ok(());
        }
        let from = match &case.from {
            Some(name) => self.position(name).ok_or_else(|| {
                let message = format!("{}: no case {name} stands before it", entry.name);
                wrong(self.path, entry.line, message)
            })?,
            None => 0,
        };
        let Some(draft) = self.drafts.get(from).cloned() else {
            return Err(wrong(self.path, entry.line, "there is no case before it"));
        };
        if case.request.is_some() {
            return self.begin(entry, draft);
        }
        let mut draft = draft.named(&entry.name);
        self.lay(entry, &mut draft)?;
        self.drafts.push(draft);
        Ok(())
    }

    /// Takes a case away, or a whole group, that every step would have.
    fn take_away(&mut self, entry: &Entry) -> Result<(), CaseError> {
        let group = Group::of(&entry.name).ok();
        let before = self.drafts.len();
        self.drafts.retain(|draft| {
            draft.shared.is_none() || (draft.shared != group && draft.name != entry.name)
        });
        if self.drafts.len() < before {
            return Ok(());
        }
        let message = format!(
            "{} is empty, and nothing of {SHARED} is called so",
            entry.name
        );
        Err(wrong(self.path, entry.line, message))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.drafts.iter().position(|draft| draft.name == name)
    }

    fn lay(&self, entry: &Entry, draft: &mut Draft) -> Result<(), CaseError> {
        let Some(case) = &entry.case else {
            return Ok(());
        };
        draft
            .lay(case)
            .map_err(|message| wrong(self.path, entry.line, format!("{}: {message}", entry.name)))
    }
}

/// The name of the one whole event in the folder of a step, and the event.
fn whole_event(folder: &Path) -> Result<(String, Value), CaseError> {
    let names = names(folder)?;
    let mut whole = names.iter().filter_map(|name| name.strip_suffix(".json"));
    let (Some(name), None) = (whole.next(), whole.next()) else {
        return Err(CaseError::WholeEvent(folder.to_path_buf()));
    };
    let path = folder.join(format!("{name}.json"));
    let event = serde_json::from_str(&text_of(&path)?)
        .map_err(|error| wrong(&path, error.line(), error.to_string()))?;
    Ok((name.to_owned(), event))
}

fn names(folder: &Path) -> Result<Vec<String>, CaseError> {
    let unreadable = |source| CaseError::Unreadable {
        path: folder.to_path_buf(),
        source,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    Ok(names)
}
