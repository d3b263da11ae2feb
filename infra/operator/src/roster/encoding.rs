//! What a file is before it is rows: its size, its SHA-256, and its encoding or that it is a workbook, whatever
//! its name says.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use encoding_rs::{
    Decoder, DecoderResult, EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    foreign::{refuse_foreign, refuse_s3},
    limits::FILE_BYTES,
    workbook::Kind,
};
use crate::{
    failure::Failure,
    language::{say, word},
    reasons::told,
};

/// How much of a file is in memory at a time.
pub(crate) const CHUNK: usize = 64 * 1024;

/// What kanji begin with in ISO-2022-JP, and nothing does in another encoding.
const ESCAPE: &[u8] = b"\x1B$";

/// An encoding that rosters come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
pub(crate) enum Charset {
    #[serde(rename = "utf-8")]
    #[value(name = "utf-8", help = word!(ja: "UTF-8（バイト順マークの有無を問いません）", en: "UTF-8, with a byte order mark or without"))]
    Utf8,
    #[serde(rename = "cp932")]
    #[value(name = "cp932", help = word!(ja: "WindowsのShift JIS（NECとIBMの拡張文字を含む）", en: "Windows' Shift JIS, with NEC's and IBM's characters"))]
    Cp932,
    #[serde(rename = "utf-16le")]
    #[value(name = "utf-16le", help = word!(ja: "UTF-16（リトルエンディアン）：Excelの「Unicodeテキスト」", en: "UTF-16, the smaller byte first: Excel's \"Unicode text\""))]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    #[value(name = "utf-16be", help = word!(ja: "UTF-16（ビッグエンディアン）", en: "UTF-16, the larger byte first"))]
    Utf16Be,
    #[serde(rename = "euc-jp")]
    #[value(name = "euc-jp", help = word!(ja: "古いUNIXのEUC-JP", en: "EUC-JP, which older Unix systems write"))]
    EucJp,
    #[serde(rename = "iso-2022-jp")]
    #[value(name = "iso-2022-jp", help = word!(ja: "大型機のJIS（7ビット、エスケープシーケンス）", en: "JIS, which mainframes write: seven bits, with escape sequences"))]
    Iso2022Jp,
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
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::EucJp => "EUC-JP",
            Self::Iso2022Jp => "ISO-2022-JP",
        }
    }

    /// What a mapping calls it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Cp932 => "cp932",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::EucJp => "euc-jp",
            Self::Iso2022Jp => "iso-2022-jp",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Cp932 => SHIFT_JIS,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::EucJp => EUC_JP,
            Self::Iso2022Jp => ISO_2022_JP,
        }
    }

    /// The encoding of a byte order mark.
    fn of_mark(beginning: &[u8]) -> Option<Self> {
        match beginning {
            [0xEF, 0xBB, 0xBF, ..] => Some(Self::Utf8),
            [0xFF, 0xFE, ..] => Some(Self::Utf16Le),
            [0xFE, 0xFF, ..] => Some(Self::Utf16Be),
            _ => None,
        }
    }
}

/// What a file is: a text of an encoding, or a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Form {
    /// Rows that are divided by a character.
    Text(Charset),
    /// Cells.
    Workbook(Kind),
}

impl Form {
    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text(charset) => charset.name(),
            Self::Workbook(kind) => kind.name(),
        }
    }
}

/// What was found out about a file without reading its rows.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inspected {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    #[serde(rename = "encoding")]
    pub(crate) form: Form,
}

impl Inspected {
    /// Inspects a file whose encoding was declared, or is to be found out.
    pub(crate) fn of(path: &Path, declared: Option<Charset>) -> Result<Self, Failure> {
        refuse_s3(path)?;
        let shown = path.display();
        let mut file = open(path)?;
        let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
        if !metadata.is_file() {
            return Err(Failure::Usage(say!(
                ja: "{shown}：2度読むので、パイプやフォルダーではなくファイルを指定してください",
                en: "{shown}: give a file, not a pipe or a folder: it is read twice",
            )));
        }
        let bytes = metadata.len();
        if bytes == 0 {
            return Err(Failure::Usage(
                say!(ja: "{shown}：空です", en: "{shown}: it is empty"),
            ));
        }
        if bytes > FILE_BYTES {
            return Err(Failure::Usage(say!(
                ja: "{shown}：{bytes} バイトあります。上限は {FILE_BYTES} バイトです。ファイルを分けて --delta で取り込んでください",
                en: "{shown}: it has {bytes} bytes, and {FILE_BYTES} are the most: divide it, and import the parts with \
                     --delta",
            )));
        }
        let mut hash = Sha256::new();
        let mut utf8 = Trial::of(Charset::Utf8);
        let mut zeros = Zeros::default();
        let mut has_escapes = false;
        let mut beginning = Vec::new();
        each_chunk(&mut file, |chunk, is_last| {
            if beginning.is_empty() {
                beginning.extend(chunk.iter().take(128));
            }
            hash.update(chunk);
            utf8.take(chunk, is_last);
            zeros.take(chunk);
            has_escapes |= chunk.windows(ESCAPE.len()).any(|bytes| bytes == ESCAPE);
        })
        .map_err(|error| unreadable(path, &error))?;
        refuse_foreign(path, &beginning)?;
        let form = match Kind::of(&beginning) {
            Some(kind) => Form::Workbook(kind),
            None => Form::Text(
                match charset(path, declared, &beginning)?.or(zeros.charset()) {
                    Some(charset) => charset,
                    None if utf8.malformed == 0 && has_escapes => Charset::Iso2022Jp,
                    None if utf8.malformed == 0 => Charset::Utf8,
                    None => best(path, utf8.malformed)?,
                },
            ),
        };
        Ok(Self {
            bytes,
            sha256: hex(&hash.finalize()),
            form,
        })
    }

    /// The SHA-256 of a file, to be compared with what it was.
    pub(crate) fn sha256_of(path: &Path) -> Result<String, Failure> {
        let mut hash = Sha256::new();
        each_chunk(&mut open(path)?, |chunk, _| hash.update(chunk))
            .map_err(|error| unreadable(path, &error))?;
        Ok(hex(&hash.finalize()))
    }
}

/// The encoding that was declared, or that a byte order mark says.
fn charset(
    path: &Path,
    declared: Option<Charset>,
    beginning: &[u8],
) -> Result<Option<Charset>, Failure> {
    match (declared, Charset::of_mark(beginning)) {
        (Some(declared), Some(marked)) if declared != marked => {
            let (path, declared, marked) = (path.display(), declared.key(), marked.key());
            Err(Failure::Usage(say!(
                ja: "{path}：{declared} と指定されていますが、{marked} のバイト順マークで始まっています。encoding を \
                     {marked} にしてください",
                en: "{path}: it is said to be {declared} and begins with the byte order mark of {marked}: say {marked}",
            )))
        }
        (declared, marked) => Ok(declared.or(marked)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let (path, error) = (path.display(), told(error));
    Failure::Usage(say!(ja: "{path} を読めません：{error}", en: "{path} cannot be read: {error}"))
}

/// Opens a file that is to be there.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| unreadable(path, &error))
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

/// How often a byte of an even and of an odd place is 0, as one of them is of each ASCII character in UTF-16.
#[derive(Default)]
struct Zeros {
    even: u64,
    odd: u64,
    bytes: u64,
}

impl Zeros {
    /// Takes a chunk, of an even length unless it is the last.
    fn take(&mut self, chunk: &[u8]) {
        for pair in chunk.chunks(2) {
            self.even += u64::from(pair.first() == Some(&0));
            self.odd += u64::from(pair.get(1) == Some(&0));
        }
        self.bytes += chunk.len() as u64;
    }

    /// The kind of UTF-16 that it must be. No other text has zeros; this has one in each delimiter and line end.
    fn charset(&self) -> Option<Charset> {
        let (more, fewer) = (self.even.max(self.odd), self.even.min(self.odd));
        let is_utf16 = self.bytes.is_multiple_of(2) && more * 100 > self.bytes && fewer * 10 < more;
        is_utf16.then_some(if self.odd > self.even {
            Charset::Utf16Le
        } else {
            Charset::Utf16Be
        })
    }
}

/// The encoding that fits best a file that is not clean UTF-8. Japanese text in the one is full of errors as the
/// other, so the fewest errors tell a file that is damaged from one that is something else.
fn best(path: &Path, utf8: u64) -> Result<Charset, Failure> {
    let (mut cp932, mut euc_jp) = (Trial::of(Charset::Cp932), Trial::of(Charset::EucJp));
    each_chunk(&mut open(path)?, |chunk, is_last| {
        cp932.take(chunk, is_last);
        euc_jp.take(chunk, is_last);
    })
    .map_err(|error| unreadable(path, &error))?;
    let (cp932, euc_jp) = (cp932.malformed, euc_jp.malformed);
    Ok(if utf8 < cp932.min(euc_jp) {
        Charset::Utf8
    } else if euc_jp <= cp932 {
        // The first bytes of CP932's kana and of half its kanji are none in EUC-JP, while much of EUC-JP reads
        // as CP932's half-width kana.
        Charset::EucJp
    } else {
        Charset::Cp932
    })
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

    fn found(bytes: &[u8]) -> Form {
        inspected(bytes, None).unwrap().form
    }

    fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn an_encoding_is_found_out() {
        let cp932 = SHIFT_JIS.encode(TEXT).0.into_owned();
        let half_width = SHIFT_JIS.encode("記号,ｶﾅ\n01,ｹﾝﾎﾟ ﾀﾛｳ\n").0.into_owned();
        let euc = EUC_JP.encode(TEXT).0.into_owned();
        let mark = |bytes: &[u8]| [b"\xEF\xBB\xBF", bytes].concat();
        for (bytes, charset) in [
            (TEXT.as_bytes().to_vec(), Charset::Utf8),
            (cp932, Charset::Cp932),
            (half_width, Charset::Cp932),
            (b"symbol,number\n01,2\n".to_vec(), Charset::Utf8),
            (mark(TEXT.as_bytes()), Charset::Utf8),
            (euc, Charset::EucJp),
            (
                ISO_2022_JP.encode("記号,番号\n01,1\n").0.into_owned(),
                Charset::Iso2022Jp,
            ),
            (utf16(TEXT, u16::to_le_bytes), Charset::Utf16Le),
            (utf16(TEXT, u16::to_be_bytes), Charset::Utf16Be),
            (
                utf16(&format!("\u{FEFF}{TEXT}"), u16::to_le_bytes),
                Charset::Utf16Le,
            ),
            (
                utf16(&format!("\u{FEFF}{TEXT}"), u16::to_be_bytes),
                Charset::Utf16Be,
            ),
        ] {
            assert_eq!(found(&bytes), Form::Text(charset));
        }
    }

    #[test]
    fn a_damaged_file_is_still_of_its_encoding() {
        let damaged = |mut bytes: Vec<u8>| {
            bytes.extend(b"\xFF\xFF\n");
            bytes
        };
        assert_eq!(
            found(&damaged(TEXT.as_bytes().to_vec())),
            Form::Text(Charset::Utf8)
        );
        let cp932 = SHIFT_JIS.encode(TEXT).0.into_owned();
        assert_eq!(found(&damaged(cp932)), Form::Text(Charset::Cp932));
    }

    #[test]
    fn what_is_no_text_is_told() {
        let refused = |bytes: &[u8], declared| inspected(bytes, declared).unwrap_err();
        assert!(refused(b"", None).contains("it is empty"));
        let marked = b"\xEF\xBB\xBFa,b\n";
        assert!(refused(marked, Some(Charset::Cp932)).contains("say utf-8"));
        assert_eq!(found(b"PK\x03\x04rest"), Form::Workbook(Kind::Xlsx));
        assert_eq!(found(b"\xD0\xCF\x11\xE0rest"), Form::Workbook(Kind::Xls));
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
