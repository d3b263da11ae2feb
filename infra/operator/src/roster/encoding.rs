//! What a file is before it is rows: its size, its SHA-256, its encoding. Also what it is not, such as a
//! workbook under the name of a CSV file.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, SHIFT_JIS, UTF_8};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::limits::FILE_BYTES;
use crate::failure::Failure;

/// How much of a file is in memory at a time.
pub(crate) const CHUNK: usize = 64 * 1024;

/// An encoding that rosters come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
pub(crate) enum Charset {
    /// UTF-8, with a byte order mark or without.
    #[serde(rename = "utf-8")]
    #[value(name = "utf-8")]
    Utf8,
    /// Windows' Shift JIS, with NEC's and IBM's characters.
    #[serde(rename = "cp932")]
    #[value(name = "cp932")]
    Cp932,
}

impl Charset {
    /// The decoder, which takes a byte order mark away. Bytes that mean nothing become U+FFFD, and
    /// user-defined characters (外字, F040 to F9FC) private ones from U+E000 on, as the WHATWG's standard
    /// of encodings has it.
    pub(crate) fn decoder(self) -> Decoder {
        self.encoding().new_decoder_with_bom_removal()
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Cp932 => "CP932",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Cp932 => SHIFT_JIS,
        }
    }
}

/// What was found out about a file without reading its rows.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inspected {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) encoding: Charset,
}

impl Inspected {
    /// Inspects a file whose encoding was declared, or is to be found out.
    pub(crate) fn of(path: &Path, declared: Option<Charset>) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Usage(format!("{}: {what}", path.display()));
        let mut file = open(path)?;
        let metadata = file.metadata().map_err(|error| wrong(&error.to_string()))?;
        if !metadata.is_file() {
            return Err(wrong(
                "give a file, not a pipe or a folder: it is read twice",
            ));
        }
        let bytes = metadata.len();
        if bytes == 0 {
            return Err(wrong("it is empty"));
        }
        if bytes > FILE_BYTES {
            return Err(wrong(&format!(
                "it has {bytes} bytes, and {FILE_BYTES} are the most: divide it, and import the parts with \
                 --delta"
            )));
        }
        let mut hash = Sha256::new();
        let mut utf8 = Trial::of(Charset::Utf8);
        let mut beginning = Vec::new();
        each_chunk(&mut file, |chunk, is_last| {
            if beginning.is_empty() {
                beginning.extend(chunk.iter().take(4));
            }
            hash.update(chunk);
            utf8.take(chunk, is_last);
        })
        .map_err(|error| wrong(&error.to_string()))?;
        if let Some(what) = no_csv(&beginning) {
            return Err(wrong(what));
        }
        let has_mark = beginning.starts_with(b"\xEF\xBB\xBF");
        if has_mark && declared == Some(Charset::Cp932) {
            return Err(wrong(
                "it is said to be cp932 and begins with the byte order mark of UTF-8: say utf-8",
            ));
        }
        let encoding = match declared {
            Some(declared) => declared,
            None if has_mark || utf8.malformed == 0 => Charset::Utf8,
            // Japanese text in the one is full of errors as the other, so the fewer errors tell a file
            // that is damaged from one that is something else.
            None => {
                let mut cp932 = Trial::of(Charset::Cp932);
                each_chunk(&mut open(path)?, |chunk, is_last| {
                    cp932.take(chunk, is_last);
                })
                .map_err(|error| wrong(&error.to_string()))?;
                if utf8.malformed < cp932.malformed {
                    Charset::Utf8
                } else {
                    Charset::Cp932
                }
            }
        };
        Ok(Self {
            bytes,
            sha256: hex(&hash.finalize()),
            encoding,
        })
    }
}

/// Opens a file that is to be there.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path)
        .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))
}

/// A digest as it is written.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// Fills the buffer as far as the file goes.
pub(crate) fn fill(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match source.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn each_chunk(source: &mut impl Read, mut take: impl FnMut(&[u8], bool)) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = fill(source, &mut chunk)?;
        let is_last = count < chunk.len();
        take(chunk.get(..count).unwrap_or_default(), is_last);
        if is_last {
            return Ok(());
        }
    }
}

/// What a file is that is no CSV, by how it begins.
fn no_csv(beginning: &[u8]) -> Option<&'static str> {
    const WORKBOOK: &str = "it is an Excel workbook: open it, and save it as \"CSV UTF-8\"";
    match beginning {
        [b'P', b'K', 3, 4] | [0xD0, 0xCF, 0x11, 0xE0] => Some(WORKBOOK),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            Some("it is UTF-16 (Excel's \"Unicode text\"): save it as \"CSV UTF-8\"")
        }
        _ => None,
    }
}

/// How well a file reads in an encoding.
struct Trial {
    decoder: Decoder,
    malformed: u64,
    discarded: Vec<u8>,
}

impl Trial {
    fn of(charset: Charset) -> Self {
        Self {
            decoder: charset.encoding().new_decoder_without_bom_handling(),
            malformed: 0,
            // The most that a chunk can become.
            discarded: vec![0; CHUNK * 3 + 16],
        }
    }

    fn take(&mut self, mut chunk: &[u8], is_last: bool) {
        loop {
            let (result, read, _) = self.decoder.decode_to_utf8_without_replacement(
                chunk,
                &mut self.discarded,
                is_last,
            );
            chunk = chunk.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.malformed += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const TEXT: &str = "記号,番号,氏名\n公立東京,3001,髙﨑 太郎\n公立東京,3002,健保 花子\n";

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn inspected(bytes: &[u8], declared: Option<Charset>) -> Result<Inspected, String> {
        Inspected::of(file(bytes).path(), declared).map_err(|failure| format!("{failure:?}"))
    }

    fn found(bytes: &[u8]) -> Charset {
        inspected(bytes, None).unwrap().encoding
    }

    #[test]
    fn an_encoding_is_found_out() {
        let cp932 = SHIFT_JIS.encode(TEXT).0.into_owned();
        assert_eq!(found(TEXT.as_bytes()), Charset::Utf8);
        assert_eq!(found(&cp932), Charset::Cp932);
        assert_eq!(found(b"symbol,number\n01,2\n"), Charset::Utf8);
        assert_eq!(
            found(&[b"\xEF\xBB\xBF", TEXT.as_bytes()].concat()),
            Charset::Utf8
        );
    }

    #[test]
    fn a_damaged_file_is_still_of_its_encoding() {
        let damaged = |mut bytes: Vec<u8>| {
            bytes.extend(b"\xFF\xFF\n");
            bytes
        };
        assert_eq!(found(&damaged(TEXT.as_bytes().to_vec())), Charset::Utf8);
        let cp932 = SHIFT_JIS.encode(TEXT).0.into_owned();
        assert_eq!(found(&damaged(cp932)), Charset::Cp932);
    }

    #[test]
    fn what_is_no_csv_is_told() {
        let refused = |bytes: &[u8], declared| inspected(bytes, declared).unwrap_err();
        assert!(refused(b"", None).contains("it is empty"));
        assert!(refused(b"PK\x03\x04rest", None).contains("workbook"));
        assert!(refused(b"\xFF\xFEa\0", None).contains("UTF-16"));
        let marked = b"\xEF\xBB\xBFa,b\n";
        assert!(refused(marked, Some(Charset::Cp932)).contains("say utf-8"));
        let folder = Inspected::of(Path::new("."), None).unwrap_err();
        assert!(format!("{folder:?}").contains("not a pipe"));
    }

    #[test]
    fn a_file_has_the_sha_256_of_fips_180() {
        assert_eq!(
            inspected(b"abc", None).unwrap().sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
