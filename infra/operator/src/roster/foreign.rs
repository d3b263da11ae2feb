//! Files that are neither a text of rows nor a workbook, though their names may say so: told from how they begin, with
//! what to ask for.

use std::path::Path;

use crate::{failure::Failure, language::say};

/// Refuses an address of S3 in the place of a file or a folder: what is imported is looked at twice, and stays as it is
/// between rehearsal and approval.
pub(super) fn refuse_s3(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if !path.starts_with("s3:") {
        return Ok(());
    }
    Err(Failure::Usage(say!(
        ja: "{shown}：S3のアドレスは読めません。`aws s3 sync {shown} FOLDER`（1つのファイルなら `aws s3 cp`）で手元に写し、それを\
             指定してください",
        en: "{shown}: S3 is not read: copy it with `aws s3 sync {shown} FOLDER` (one file: `aws s3 cp`), and give that",
    )))
}

/// Refuses a file that begins as something else.
pub(super) fn refuse_foreign(path: &Path, beginning: &[u8]) -> Result<(), Failure> {
    let path = path.display();
    let Some(foreign) = Foreign::of(beginning) else {
        return Ok(());
    };
    Err(Failure::Usage(match foreign {
        Foreign::Pdf => say!(
            ja: "{path}：PDFです。CSVか .xlsx で出力するよう、保険者にご依頼ください",
            en: "{path}: it is a PDF: ask the insurer for a CSV file or an .xlsx",
        ),
        // Excel opens these, and takes the zeros from 記号 and 番号 as it does.
        Foreign::Markup => say!(
            ja: "{path}：表計算のブックではなく、HTMLかXMLです。Excelで開いて保存すると先頭の0などが失われます。CSVか .xlsx で\
                 出力するよう、保険者にご依頼ください",
            en: "{path}: it is HTML or XML, and no workbook. Excel would take leading zeros away, so do not open and save it: \
                 ask the insurer for a CSV file or an .xlsx",
        ),
        Foreign::Archive => say!(
            ja: "{path}：圧縮ファイルです。展開し、中の名簿を指定してください",
            en: "{path}: it is an archive: unpack it, and give the roster in it",
        ),
    }))
}

/// What a file may be instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foreign {
    Pdf,
    /// HTML with a table in it, or Excel 2003's XML; both are often called `.xls`.
    Markup,
    /// Compressed, and not as workbooks are.
    Archive,
}

impl Foreign {
    fn of(beginning: &[u8]) -> Option<Self> {
        let text = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning);
        let text = text.trim_ascii_start();
        let begins = |with: &[u8]| {
            let begin = text.get(..with.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(with))
        };
        if text.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        let markup: [&[u8]; 6] = [
            b"<html",
            b"<!doctype",
            b"<?xml",
            b"<table",
            b"<meta",
            b"<head",
        ];
        if markup.into_iter().any(begins) {
            return Some(Self::Markup);
        }
        let archives: [&[u8]; 3] = [b"Rar!", b"7z\xBC\xAF", b"\x1F\x8B"];
        let is_lzh = beginning.get(2..5) == Some(b"-lh");
        let is_archive = is_lzh || archives.iter().any(|sign| beginning.starts_with(sign));
        is_archive.then_some(Self::Archive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_roster_is_known_by_how_it_begins() {
        for (beginning, foreign) in [
            (&b"%PDF-1.7\n"[..], Some(Foreign::Pdf)),
            (b"\xEF\xBB\xBF\r\n<HTML><body>", Some(Foreign::Markup)),
            (b"<?xml version=\"1.0\"?>", Some(Foreign::Markup)),
            (b"  <table border=1>", Some(Foreign::Markup)),
            (b"Rar!\x1A\x07", Some(Foreign::Archive)),
            (b"\x20\x00-lh5-", Some(Foreign::Archive)),
            (b"\x1F\x8B\x08", Some(Foreign::Archive)),
            (b"<symbol>,number\n", None),
            (b"01,-lh,3\n", None),
            (b"", None),
        ] {
            assert_eq!(Foreign::of(beginning), foreign, "{beginning:?}");
        }
    }
}
