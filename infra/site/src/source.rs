//! What a site is assembled from: the files of its folder, read at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Error;

/// The files of a site's folder, by their path below it, with `/` between folders.
#[derive(Clone, Debug, Default)]
pub struct Source {
    files: BTreeMap<String, Vec<u8>>,
}

impl Source {
    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut source = Self::default();
        source.collect(folder, "")?;
        Ok(source)
    }

    fn collect(&mut self, folder: &Path, below: &str) -> Result<(), Error> {
        let wrong = |error: std::io::Error| {
            Error::new(
                &format!("{}/{below}", folder.display()),
                format!("cannot be read: {error}"),
            )
        };
        for entry in fs::read_dir(folder.join(below)).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() {
                name.clone()
            } else {
                format!("{below}/{name}")
            };
            if entry.path().is_dir() {
                self.collect(folder, &path)?;
            } else if !name.starts_with('.') {
                // Not what editors and systems hide there.
                let content = fs::read(entry.path()).map_err(wrong)?;
                self.files.insert(path, content);
            }
        }
        Ok(())
    }

    /// Puts a file into the source, or takes it out.
    pub fn put(&mut self, path: &str, content: Option<Vec<u8>>) {
        match content {
            Some(content) => self.files.insert(path.to_owned(), content),
            None => self.files.remove(path),
        };
    }

    /// The files, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// A text; nothing where there is no such file.
    pub(crate) fn text(&self, path: &str) -> Result<Option<&str>, Error> {
        self.files
            .get(path)
            .map(|content| {
                std::str::from_utf8(content)
                    .map_err(|error| Error::new(path, format!("this is no UTF-8: {error}")))
            })
            .transpose()
    }
}
