//! What is looked at before a workbook is opened: that it is one, has no password, and fits into memory.

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
};

use super::super::limits::SHARED_BYTES;
use crate::{failure::Failure, language::say};

/// That a workbook has a password.
pub(super) fn protected(path: &str) -> Failure {
    Failure::Usage(say!(
        ja: "{path}：ブックにパスワードがかかっています。保険者にパスワードを確認し、Excelでパスワードを外して保存してください",
        en: "{path}: the workbook has a password: ask the insurer for it, and save the workbook without one in Excel",
    ))
}

/// Whether an OLE file holds an `.xlsx` that was encrypted (MS-OFFCRYPTO 2.3.4.4): its directory names the
/// stream in UTF-16.
pub(super) fn is_encrypted(file: &mut File) -> std::io::Result<bool> {
    let mut beginning = Vec::new();
    file.by_ref().take(1 << 20).read_to_end(&mut beginning)?;
    file.seek(SeekFrom::Start(0))?;
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    Ok(beginning.windows(name.len()).any(|window| window == name))
}

/// Refuses an archive that is no workbook, and texts that would not fit into memory. They are counted and not looked
/// up: what an archive says of its parts need not be so.
pub(super) fn refuse_archive(file: &mut File, path: &str) -> Result<(), Failure> {
    let damaged = |error: &dyn std::fmt::Display| {
        Failure::Usage(say!(
            ja: "{path}：ブックとして壊れています（{error}）。ファイルを受け取り直してください",
            en: "{path}: it is damaged ({error}): have it sent again",
        ))
    };
    let mut archive =
        zip::ZipArchive::new(BufReader::new(&mut *file)).map_err(|error| damaged(&error))?;
    if archive.index_for_name("xl/workbook.xml").is_none()
        && archive.index_for_name("xl/workbook.bin").is_none()
    {
        return Err(Failure::Usage(say!(
            ja: "{path}：ブックではなく、ZIPファイルかほかの文書です。ZIPなら展開し、中の名簿を指定してください",
            en: "{path}: it is an archive or another document, and no workbook: unpack it, and give the roster in it",
        )));
    }
    if let Ok(shared) = archive.by_name("xl/sharedStrings.xml") {
        let bytes = std::io::copy(&mut shared.take(SHARED_BYTES + 1), &mut std::io::sink())
            .map_err(|error| damaged(&error))?;
        if bytes > SHARED_BYTES {
            return Err(Failure::Usage(say!(
                ja: "{path}：文字列が上限の {SHARED_BYTES} バイトを超えています。CSV UTF-8 として保存してください",
                en: "{path}: its texts have more than {SHARED_BYTES} bytes: save it as CSV UTF-8",
            )));
        }
    }
    drop(archive);
    file.seek(SeekFrom::Start(0))
        .map(drop)
        .map_err(|error| damaged(&error))
}
