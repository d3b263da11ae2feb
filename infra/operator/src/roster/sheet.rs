//! The rows of a file: decoded piece by piece, divided into cells, counted as a spreadsheet counts them.
//!
//! The memory is that of one row, whatever the file: a row that does not end, for want of a quotation mark,
//! is refused and not read on.

use std::{fs::File, path::Path};

use csv_core::ReadRecordResult;
use encoding_rs::Decoder;
use sha2::{Digest, Sha256};

use super::{
    encoding::{CHUNK, Charset, fill, hex, open},
    limits::{COLUMNS, ROW_BYTES, ROWS},
    row::Row,
};
use crate::{failure::Failure, language::say};

/// A file, row by row.
pub(crate) struct Sheet {
    source: Decoded,
    csv: csv_core::Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// How many line ends were read.
    lines: u64,
    /// How many of them stood within cells.
    within_cells: u64,
    rows: u64,
    /// The number of the last row.
    numbered: u64,
}

impl Sheet {
    /// Opens a file of an encoding.
    pub(crate) fn open(path: &Path, charset: Charset, delimiter: char) -> Result<Self, Failure> {
        let delimiter = u8::try_from(delimiter).map_err(|_| {
            Failure::Usage(
                say!(ja: "区切り文字はASCIIの1文字です", en: "the delimiter must be ASCII"),
            )
        })?;
        Ok(Self {
            source: Decoded {
                file: open(path)?,
                decoder: charset.decoder(),
                hash: Sha256::new(),
                raw: vec![0; CHUNK],
                is_last: false,
                text: vec![0; CHUNK * 3 + 16],
                taken: 0,
                filled: 0,
                bytes: 0,
            },
            csv: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            fields: vec![0; ROW_BYTES],
            ends: vec![0; COLUMNS],
            lines: 0,
            within_cells: 0,
            rows: 0,
            numbered: 0,
        })
    }

    /// How many bytes of the file were read.
    pub(crate) fn bytes(&self) -> u64 {
        self.source.bytes
    }

    /// The next row. Rows without anything between their ends are none.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row<'_>>, Failure> {
        let (mut written, mut ended) = (0, 0);
        let mut line = None;
        let mut is_ended = false;
        loop {
            let input = self.source.text()?;
            let is_last = input.is_empty();
            // csv-core takes a row that the file ends within for a whole one. A line end tells: it ends every
            // row but one within a quoted cell, which has swallowed all that followed.
            let input = if is_last && line.is_some() && !is_ended {
                is_ended = true;
                b"\n"
            } else {
                input
            };
            let (result, read, fields, ends) = self.csv.read_record(
                input,
                self.fields.get_mut(written..).unwrap_or_default(),
                self.ends.get_mut(ended..).unwrap_or_default(),
            );
            let consumed = input.get(..read).unwrap_or_default();
            if line.is_none() {
                let blank = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
                let blank = consumed.iter().take_while(blank).count();
                let (blank, row) = consumed.split_at(blank);
                line = (!row.is_empty()).then(|| self.lines + line_ends(blank) + 1);
            }
            if !is_last {
                self.lines += line_ends(consumed);
                self.source.taken += read;
            }
            written += fields;
            ended += ends;
            // Where carriage returns alone end rows, all or some, there are no lines to count.
            let number = line
                .unwrap_or_default()
                .saturating_sub(self.within_cells)
                .max(self.numbered + 1);
            match result {
                ReadRecordResult::InputEmpty if is_ended => {
                    return Err(Failure::Usage(say!(
                        ja: "{number}行目で引用符（\"）が開き、閉じられていません。その後の行がすべて1つのセルになっています",
                        en: "a quotation mark (\") is opened in row {number} and never closed: all that follows is \
                             one cell",
                    )));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    return Err(Failure::Usage(say!(
                        ja: "{number}行目が {ROW_BYTES} バイトを超えています。引用符（\"）が開いたままではありませんか",
                        en: "row {number} is longer than {ROW_BYTES} bytes: is a quotation mark (\") opened there \
                             and never closed?",
                    )));
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(Failure::Usage(say!(
                        ja: "{number}行目に {COLUMNS} を超える列があります。区切り文字をご確認ください",
                        en: "row {number} has more than {COLUMNS} columns: is the delimiter right?",
                    )));
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => {
                    self.rows += 1;
                    self.numbered = number;
                    return self.row(number, written, ended).map(Some);
                }
            }
        }
    }

    fn row(&mut self, number: u64, written: usize, ended: usize) -> Result<Row<'_>, Failure> {
        if self.rows > ROWS {
            return Err(Failure::Usage(say!(
                ja: "{ROWS} 行を超えています。ファイルを分けて --delta で取り込んでください",
                en: "there are more than {ROWS} rows: divide the file, and import the parts with --delta",
            )));
        }
        let fields = self.fields.get(..written).unwrap_or_default();
        self.within_cells += line_ends(fields);
        // What was decoded is UTF-8, and is divided at ASCII only.
        let text = std::str::from_utf8(fields).unwrap_or_default();
        let ends = self.ends.get(..ended).unwrap_or_default();
        Ok(Row::new(number, text, ends, &[]))
    }

    /// The SHA-256 of what was read, which is the whole file once there is no next row.
    pub(crate) fn sha256(self) -> String {
        hex(&self.source.hash.finalize())
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').skip(1).count() as u64
}

/// A file as UTF-8, a chunk at a time.
struct Decoded {
    file: File,
    decoder: Decoder,
    hash: Sha256,
    raw: Vec<u8>,
    text: Vec<u8>,
    taken: usize,
    filled: usize,
    bytes: u64,
    is_last: bool,
}

impl Decoded {
    /// What was decoded and not taken yet; empty at the end of the file.
    fn text(&mut self) -> Result<&[u8], Failure> {
        while self.taken == self.filled && !self.is_last {
            let count = fill(&mut self.file, &mut self.raw).map_err(|error| {
                Failure::Failed(say!(
                    ja: "ファイルの続きを読めません：{error}",
                    en: "the file cannot be read on: {error}",
                ))
            })?;
            let raw = self.raw.get(..count).unwrap_or_default();
            self.is_last = count < self.raw.len();
            self.hash.update(raw);
            self.bytes += count as u64;
            // There is room for the most that a chunk can become.
            let (_, _, filled, _) = self
                .decoder
                .decode_to_utf8(raw, &mut self.text, self.is_last);
            (self.taken, self.filled) = (0, filled);
        }
        Ok(self.text.get(self.taken..self.filled).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn sheet(bytes: &[u8], charset: Charset) -> Sheet {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Sheet::open(file.path(), charset, ',').unwrap()
    }

    fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let mut sheet = sheet(bytes, Charset::Utf8);
        let mut rows = Vec::new();
        while let Some(row) = sheet.next_row().unwrap() {
            rows.push((row.number, row.cells().map(str::to_owned).collect()));
        }
        rows
    }

    fn numbers(text: &str) -> Vec<u64> {
        rows(text.as_bytes())
            .into_iter()
            .map(|(row, _)| row)
            .collect()
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_counts_them() {
        for end in ["\n", "\r\n"] {
            let text = |text: &str| text.replace('|', end);
            assert_eq!(numbers(&text("a,b|1,2|3,4|")), [1, 2, 3]);
            assert_eq!(numbers(&text("a,b|1,2|3,4")), [1, 2, 3]);
            assert_eq!(numbers(&text("a,b||1,2|||3,4|")), [1, 3, 6]);
            assert_eq!(numbers(&text("a,b|1,\"x|y|z\"|3,4||5,6|")), [1, 2, 3, 5]);
        }
        assert_eq!(numbers("a,b\r1,2\r3,4"), [1, 2, 3]);
        assert_eq!(numbers("a,b\n\n1,2\r3,4\n5,6"), [1, 3, 4, 5]);
    }

    #[test]
    fn quotes_and_line_ends_within_cells_are_csvs() {
        let read = rows("a,\"x\"\"y\",\"1\n2\"\r\n,=\"\"12\"\",\n".as_bytes());
        assert_eq!(read[0].1, ["a", "x\"y", "1\n2"]);
        assert_eq!(read[1].1[0], "");
        assert_eq!(read[1].1.len(), 3);
    }

    #[test]
    fn characters_on_the_edge_of_a_chunk_are_whole() {
        for shift in 0..3 {
            let text = format!("{}{}\n", "a".repeat(shift), "髙,".repeat(200)).repeat(400);
            assert!(text.len() > 4 * CHUNK);
            let read = rows(text.as_bytes());
            assert_eq!(read.len(), 400);
            assert!(
                read.iter()
                    .all(|(_, cells)| cells[1..200].iter().all(|cell| cell == "髙"))
            );
        }
    }

    #[test]
    fn cp932_has_the_characters_of_nec_and_ibm_and_marks_what_it_has_not() {
        // 髙 﨑 ①, a user-defined character, and two bytes that are none.
        let bytes = b"\xFB\xFC,\xFA\xB1,\x87\x40,\xF0\x40,\xFF\xFF\n";
        let mut sheet = sheet(bytes, Charset::Cp932);
        let row = sheet.next_row().unwrap().unwrap();
        let cells: Vec<&str> = row.cells().collect();
        assert_eq!(cells, ["髙", "﨑", "①", "\u{E000}", "\u{FFFD}\u{FFFD}"]);
    }

    #[test]
    fn a_row_without_an_end_is_refused_and_not_read_on() {
        let refused = |text: String| {
            let mut sheet = sheet(text.as_bytes(), Charset::Utf8);
            loop {
                match sheet.next_row() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("it was read"),
                    Err(failure) => return format!("{failure:?}"),
                }
            }
        };
        let unclosed = refused(format!("a,b\n1,\"2\n{}", "3,4\n".repeat(ROW_BYTES)));
        assert!(unclosed.contains("row 2 is longer"), "{unclosed}");
        let wide = refused(format!("a,b\n{}\n", ",".repeat(COLUMNS)));
        assert!(wide.contains("row 2 has more than"), "{wide}");
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_refused_at_the_end_of_the_file() {
        for (text, row) in [
            ("a,b\n1,\"2\n3,4\n5,6\n", 2),
            ("a,b\n1,2\n3,\"4", 3),
            ("a,b\n1,2\n3,\"", 3),
            ("a,b\n1,2\n\"\n", 3),
            ("a,b\n1,2\n3,\"4\"\"", 3),
        ] {
            let mut sheet = sheet(text.as_bytes(), Charset::Utf8);
            let failure = loop {
                match sheet.next_row() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{text:?} was read"),
                    Err(failure) => break format!("{failure:?}"),
                }
            };
            let expected = format!("is opened in row {row} and never closed");
            assert!(failure.contains(&expected), "{text:?}: {failure}");
        }
        for text in [
            "a,\"b\"",
            "a,\"b\"\"\"",
            "a,\"\"",
            "a,\"b\"\r\n\n\n",
            "a,b\"",
            "a,\"b\"c",
        ] {
            assert_eq!(rows(text.as_bytes()).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn a_cell_that_swallowed_rows_is_told_from_one_of_several_lines() {
        for (text, cell) in [
            // The quotation mark of the last cell is closed by that of another row.
            ("1,2,\"3\n4,5,6\n7,8,\"9\"\n", Some(2)),
            ("1,\"2,3\n4,\"5,6\n", Some(1)),
            ("\"1,2,3\n\"4,5,6\n", Some(0)),
            ("1,\"2\n3\",4\n", None),
            ("1,\"2, 3\n4\",5\n", None),
            ("1,\"2,3,4\",5\n", None),
        ] {
            let mut sheet = sheet(text.as_bytes(), Charset::Utf8);
            let row = sheet.next_row().unwrap().unwrap();
            assert_eq!(row.swallows_rows(',', 3), cell, "{text:?}");
        }
    }

    #[test]
    fn what_was_read_has_the_same_sha_256_as_the_file() {
        let text = "a,b\n".repeat(50_000);
        let mut sheet = sheet(text.as_bytes(), Charset::Utf8);
        while sheet.next_row().unwrap().is_some() {}
        assert_eq!(sheet.bytes(), text.len() as u64);
        assert_eq!(sheet.sha256(), hex(&Sha256::digest(&text)));
    }
}
