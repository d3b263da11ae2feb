//! Rows of an `.xlsx` that its sheets do not show: filtered out, or hidden by hand. They are read like all others, and
//! whoever looks at the workbook does not see them.

use std::{
    borrow::Cow,
    io::{BufRead, BufReader, Read as _},
    path::Path,
};

use super::{super::encoding::open, Kind};
use crate::failure::Failure;

/// How many rows with something in them are hidden, of all sheets. Of other kinds of workbooks that is not known.
pub(crate) fn hidden_rows(path: &Path, kind: Kind) -> Result<u64, Failure> {
    if kind != Kind::Xlsx {
        return Ok(0);
    }
    let Ok(mut archive) = zip::ZipArchive::new(BufReader::new(open(path)?)) else {
        return Ok(0);
    };
    let sheets: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .filter(|name| name.starts_with("xl/worksheets/") && name.ends_with(".xml"))
        .map(Cow::into_owned)
        .collect();
    let mut hidden = 0;
    for sheet in sheets {
        let Ok(part) = archive.by_name(&sheet) else {
            continue;
        };
        hidden += hidden_in(BufReader::new(part));
    }
    Ok(hidden)
}

/// The rows of one sheet. What ends a tag divides the text, so that no more than one tag is in memory at a time.
fn hidden_in(mut sheet: impl BufRead) -> u64 {
    /// Longer than any tag that a program writes.
    const TAG: u64 = 1 << 16;
    let mut hidden = 0;
    let mut tag = Vec::new();
    loop {
        tag.clear();
        match sheet.by_ref().take(TAG).read_until(b'>', &mut tag) {
            Ok(1..) => {}
            _ => return hidden,
        }
        let Some(begin) = tag.iter().rposition(|byte| *byte == b'<') else {
            continue;
        };
        let text = String::from_utf8_lossy(&tag[begin + 1..]);
        let (name, attributes) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        let is_row = name == "row" || name.ends_with(":row");
        // A row without cells has nothing to be read.
        let has_cells = !text.ends_with("/>");
        let is_hidden = ["hidden=\"1\"", "hidden=\"true\"", "hidden='1'"]
            .iter()
            .any(|attribute| attributes.contains(attribute));
        hidden += u64::from(is_row && has_cells && is_hidden);
    }
}

#[cfg(test)]
mod tests {
    use super::hidden_in;

    #[test]
    fn hidden_rows_are_counted() {
        let sheet = "<sheetData><row r=\"1\"><c r=\"A1\"/></row><row r=\"2\" hidden=\"1\"><c/></row>\
                     <row r=\"3\" hidden=\"1\"/><x:row hidden=\"true\"><x:c/></x:row><col hidden=\"1\"></col>\
                     <row r=\"5\" hidden=\"0\"><c/></row></sheetData>";
        assert_eq!(hidden_in(sheet.as_bytes()), 2);
    }
}
