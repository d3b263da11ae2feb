//! What the printer gets: a file of keys, and for small numbers an insert for each. Both stand under a name that ends
//! in `.part` until the run has ended, so that nobody prints what was interrupted.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use domain::LetterKey;
use sha2::{Digest as _, Sha256};
use store::{Insurer, Member};

use super::{
    print::Press,
    sheet::{self, Keyed},
    site::Site,
};
use crate::{failure::Failure, language::say, spreadsheet::Sheet};

/// Where everything goes.
pub(super) struct Places {
    /// The file of keys.
    pub(super) out: PathBuf,
    /// The folder of the inserts.
    pub(super) inserts: Option<PathBuf>,
}

impl Places {
    /// Refuses what is there already: what was finished is not written over, and what was interrupted is looked at.
    pub(super) fn refuse_existing(&self) -> Result<(), Failure> {
        for place in self.all() {
            if place.exists() {
                let place = place.display();
                return Err(Failure::Usage(say!(
                    ja: "{place} は既にあります。上書きしないので、別の名前にしてください",
                    en: "{place} is there already, and nothing is written over it: name another",
                )));
            }
            let part = part_of(place);
            if part.exists() {
                let (part, place) = (part.display(), place.display());
                return Err(Failure::Refused(say!(
                    ja: "中断された実行の {part} があります。`operator insurer show` の SHA-256 と同じなら完成しています（{place} に名前を変えてください）。\
                         違うならそのキーは使えないので、消してください",
                    en: "{part} is there, of a run that was interrupted. If its SHA-256 is the one that `operator insurer \
                         show` names, it is complete: rename it to {place}. If not, its keys are void: delete it",
                )));
            }
        }
        Ok(())
    }

    /// Gives what is complete its name.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.all()
            .try_for_each(|place| fs::rename(part_of(place), place))
    }

    fn all(&self) -> impl Iterator<Item = &Path> {
        let inserts = self.inserts.iter().map(PathBuf::as_path);
        inserts.chain([self.out.as_path()])
    }
}

fn part_of(place: &Path) -> PathBuf {
    let mut name: OsString = place.into();
    name.push(".part");
    name.into()
}

/// The file, and the press of the inserts.
pub(super) struct Printer<'a> {
    insurer: &'a Insurer,
    site: &'a Site,
    sheet: Sheet<Hashed>,
    inserts: Option<(Press, PathBuf)>,
    rows: u64,
}

impl<'a> Printer<'a> {
    /// Begins the file. A sheet is printed for a trial before any key is drawn.
    pub(super) fn begin(
        insurer: &'a Insurer,
        site: &'a Site,
        places: &Places,
        font: Option<&Path>,
    ) -> Result<Self, Failure> {
        let inserts = match &places.inserts {
            None => None,
            Some(folder) => {
                let press = Press::with(font)?;
                let folder = part_of(folder);
                let made = DirBuilder::new()
                    .mode(0o700)
                    .recursive(true)
                    .create(&folder);
                made.map_err(|error| unwritable(&folder, &error))?;
                Some((press, folder))
            }
        };
        let out = part_of(&places.out);
        let wrong = |error: io::Error| unwritable(&out, &error);
        if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(wrong)?;
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&out);
        let hashed = Hashed {
            file: file.map_err(wrong)?,
            sha: Sha256::new(),
        };
        let mut sheet = Sheet::begin(hashed).map_err(wrong)?;
        sheet
            .row([
                "行",
                "保険者指定コード",
                "記号",
                "番号",
                "氏名",
                "確認キー",
                "二次元コードの内容",
                "差込み",
            ])
            .map_err(wrong)?;
        Ok(Self {
            insurer,
            site,
            sheet,
            inserts,
            rows: 0,
        })
    }

    /// Adds a member's key.
    pub(super) fn add(&mut self, member: &Member, key: &LetterKey) -> Result<(), Failure> {
        self.rows += 1;
        let row = format!("{:04}", self.rows);
        let insert = match &self.inserts {
            None => String::new(),
            Some((press, folder)) => {
                let keyed = Keyed {
                    name: &member.name,
                    row: &row,
                    key,
                };
                let sheet = sheet::svg(self.insurer, self.site, Some(&keyed))?;
                let name = format!("{row}.pdf");
                press.print(&sheet, &folder.join(&name).display().to_string())?;
                name
            }
        };
        let cells = [
            row.as_str(),
            self.insurer.code.folded(),
            &member.symbol,
            &member.number,
            &member.name,
            &key.printed(),
            &self.site.signup_with(&self.insurer.code, key),
            &insert,
        ];
        self.sheet.row(cells).map_err(|error| failed(&error))
    }

    /// Ends the file, which is on the disk then; gives its SHA-256 and how many keys are in it.
    pub(super) fn end(self) -> Result<(String, u64), Failure> {
        let hashed = self.sheet.into_written().map_err(|error| failed(&error))?;
        hashed.file.sync_all().map_err(|error| failed(&error))?;
        Ok((crate::roster::hex(&hashed.sha.finalize()), self.rows))
    }
}

/// A file, and the SHA-256 of what was written into it.
struct Hashed {
    file: File,
    sha: Sha256,
}

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    Failure::Usage(say!(
        ja: "{path} に書き込めません：{error}",
        en: "{path} cannot be written: {error}",
    ))
}

fn failed(error: &io::Error) -> Failure {
    Failure::Failed(say!(
        ja: "印刷用のファイルに書き込めません：{error}",
        en: "the printer's file cannot be written: {error}",
    ))
}
