//! What keeps a case from being had.

use std::fs;
use std::path::{Path, PathBuf};

/// Why a case cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file is missing or cannot be read.
    #[error("{path} cannot be read: {source}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says something that cannot be meant.
    #[error("{path}, line {line}: {message}", path = .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The folder of a step has no whole event, or several.
    #[error(
        "{0} must have one whole event: success.json, or of a function that is told of something the one with which its cases begin"
    )]
    WholeEvent(PathBuf),
    /// A field was to be set that an event does not have.
    #[error("{0}")]
    Setting(String),
    /// There are no events of a function.
    #[error("there are no events of {step} in {folder}", folder = .folder.display())]
    NoEvents {
        /// The function that was asked for.
        step: String,
        /// The folder of the events.
        folder: PathBuf,
    },
    /// A case that no file has.
    #[error("{step} has no case {name}; it has {known}")]
    NoSuchCase {
        /// The step that was asked for.
        step: String,
        /// The case that was asked for.
        name: String,
        /// The cases that there are.
        known: String,
    },
}

/// The text of a file.
pub(super) fn text_of(path: &Path) -> Result<String, CaseError> {
    fs::read_to_string(path).map_err(|source| CaseError::Unreadable {
        path: path.to_path_buf(),
        source,
    })
}

/// What is wrong on a line of a file.
pub(super) fn wrong(path: &Path, line: usize, message: impl Into<String>) -> CaseError {
    CaseError::Wrong {
        path: path.to_path_buf(),
        line,
        message: message.into(),
    }
}
