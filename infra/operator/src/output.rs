//! Files that a command writes: never over another, with the folders that they need, and read by nobody else where they
//! are about a person.

use std::{fs, io::Write as _, path::Path};

use crate::{failure::Failure, language::say};

/// The people who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// Everybody who may read the folder.
    Anybody,
    /// The person who gave the command, and nobody else on the machine.
    OneselfAlone,
}

/// Refuses a file that is there already: to be asked before anything is done that it will tell of.
pub(crate) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Err(there(path));
    }
    Ok(())
}

/// Writes a file that is not there yet.
///
/// # Errors
/// When it is there, or cannot be written.
pub(crate) fn write_new(path: &Path, content: &[u8], whose: For) -> Result<(), Failure> {
    let wrong = |error: std::io::Error| {
        let path = path.display();
        Failure::Usage(say!(
            ja: "{path} に書き込めません：{error}",
            en: "{path} cannot be written: {error}",
        ))
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if whose == For::OneselfAlone {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            there(path)
        } else {
            wrong(error)
        }
    })?;
    file.write_all(content).map_err(wrong)
}

fn there(path: &Path) -> Failure {
    let path = path.display();
    Failure::Usage(say!(
        ja: "{path} は既にあります。上書きしないので、別の名前にしてください",
        en: "{path} is there already, and nothing is written over it: name another",
    ))
}
