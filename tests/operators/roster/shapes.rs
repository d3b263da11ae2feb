//! Files of every shape that insurers send: what `roster inspect` says of them, and that its mapping imports the
//! right people.

use std::{io::Write as _, path::Path};

use encoding_rs::{EUC_JP, SHIFT_JIS};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use tests::TestStack;

use super::{Files, import};
use crate::{Ran, operator};

/// A file, and what is right.
struct Shape {
    name: &'static str,
    bytes: Vec<u8>,
    /// What the mapping has in it.
    mapping: Vec<&'static str>,
    /// Insured, dependants, leavers and refused rows.
    counts: [u64; 4],
    /// Who is in the roster then: id, name, birth date.
    members: Vec<(&'static str, &'static str, &'static str)>,
}

const ICHIRO: (&str, &str, &str) = ("demo#1#1001", "健保 一郎", "1980-01-01");

fn inspect(file: &str, words: &[&str]) -> Ran {
    let mut command = operator();
    command.args(["roster", "inspect", file]).args(words);
    Ran::of(command)
}

fn case(name: &'static str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("operators/roster/cases");
    std::fs::read(folder.join(name)).unwrap()
}

fn people(stack: &TestStack) -> Vec<(String, String, String)> {
    let mut people: Vec<_> = stack
        .items_of("Members", "demo#")
        .into_iter()
        .map(|item| {
            let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
            (text("member"), text("name"), text("birth_date"))
        })
        .collect();
    // Those of the samples, whose numbers no file here has.
    people.retain(|(id, ..)| !id.starts_with("demo##10000"));
    people.sort();
    people
}

/// Inspects each file, writes the mapping, and imports the file with it.
async fn all_are_right(shapes: Vec<Shape>) {
    for shape in shapes {
        let files = Files::new();
        let file = files.with(shape.name, &shape.bytes);
        let mapping = files.path("mapping.toml");
        let mapping = mapping.to_str().unwrap();
        let told = inspect(&file, &["--json", "--write", mapping]).json();
        let found = ["insured", "dependants", "removals", "refused"]
            .map(|name| told[name].as_u64().unwrap());
        let name = shape.name;
        assert_eq!(found, shape.counts, "{name}: {told:#}");
        let written = std::fs::read_to_string(mapping).unwrap();
        for line in shape.mapping {
            assert!(
                written.contains(line),
                "{name}: {line} is not in\n{written}"
            );
        }
        let stack = TestStack::start().await;
        let ran = import(
            &stack,
            &file,
            &["--delta", "--mapping", mapping, "--yes", "--json"],
        );
        let expected = if shape.counts[3] > 0 { 4 } else { 0 };
        assert_eq!(ran.code, expected, "{name}: {} {}", ran.out, ran.err);
        let mut right: Vec<_> = shape
            .members
            .iter()
            .map(|(id, name, born)| ((*id).to_owned(), (*name).to_owned(), (*born).to_owned()))
            .collect();
        right.sort();
        assert_eq!(people(&stack), right, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_that_went_wrong_are_proposed_right() {
    let of = |name, mapping: &[&'static str], counts, members: &[_]| Shape {
        name,
        bytes: case(name),
        mapping: mapping.to_vec(),
        counts,
        members: members.to_vec(),
    };
    let taro = ("demo#1#1001", "健保 一郎", "1980-01-01");
    all_are_right(vec![
        of(
            "broken_names.csv",
            &[],
            [3, 0, 0, 0],
            &[
                ("demo#1#1001", "●木 太郎", "1980-01-01"),
                ("demo#1#1002", "?木 次郎", "1981-01-01"),
                ("demo#1#1003", "&#39641;木 三郎", "1982-01-01"),
            ],
        ),
        of(
            "grouped_symbol.csv",
            &["empty = \"above\""],
            [3, 0, 0, 0],
            &[
                ("demo#1#1001", "健保 一郎", "1980-01-01"),
                ("demo#1#1002", "健保 二郎", "1981-01-01"),
                ("demo#1#1003", "健保 三郎", "1982-01-01"),
            ],
        ),
        of("hyphens.csv", &[], [2, 0, 0, 1], &[]),
        of(
            "insurer_number.csv",
            &[
                "insurerNumber = \"06271944\"",
                "insurerNumber = \"保険者番号\"",
            ],
            [1, 0, 0, 0],
            &[taro],
        ),
        of("java_number.csv", &[], [0, 0, 0, 1], &[]),
        of(
            "left_on.csv",
            &["leftOn = \"資格喪失年月日\""],
            [1, 0, 1, 0],
            &[taro],
        ),
        of(
            "no_insured.csv",
            &["insured = [\"0\"]", "dependants = [\"1\"]"],
            [1, 1, 0, 0],
            &[taro],
        ),
        of(
            "short_rows.csv",
            &[],
            [4, 0, 0, 0],
            &[
                taro,
                ("demo#1#2000", "健保 0", "1980-01-01"),
                ("demo#1#2001", "健保 1", "1980-01-01"),
                ("demo#1#2002", "健保 2", "1980-01-01"),
            ],
        ),
        of(
            "symbol_in_three_columns.csv",
            &[
                "symbol = [\"都道府県コード\", \"郡市区符号\", \"事業所記号\"]",
                "birthDate = [\"元号\", \"年月日\"]",
                "5 = \"昭和\"",
            ],
            [1, 0, 0, 0],
            &[("demo#1301アイウ#1", "健保 太郎", "1980-01-01")],
        ),
        of("tabs.csv", &[], [1, 0, 0, 0], &[taro]),
        of("title_line.csv", &[], [1, 0, 0, 0], &[taro]),
        of("utf16.csv", &[], [1, 0, 0, 0], &[taro]),
    ])
    .await;
}

fn text(name: &'static str, text: &str) -> Shape {
    Shape {
        name,
        bytes: text.as_bytes().to_vec(),
        mapping: Vec::new(),
        counts: [1, 0, 0, 0],
        members: vec![ICHIRO],
    }
}

impl Shape {
    fn maps(mut self, lines: &[&'static str]) -> Self {
        self.mapping = lines.to_vec();
        self
    }

    fn counts(mut self, counts: [u64; 4]) -> Self {
        self.counts = counts;
        self
    }

    fn has(mut self, members: &[(&'static str, &'static str, &'static str)]) -> Self {
        self.members = members.to_vec();
        self
    }
}

const JIRO: (&str, &str, &str) = ("demo#1#1002", "健保 次郎", "1981-02-03");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_other_shapes_are_proposed_right() {
    let header = "記号,番号,氏名,カナ氏名,生年月日,続柄\n";
    let row = "01,1001,健保 一郎,ケンポ イチロウ,19800101,本人\n";
    let both = format!("{header}{row}");
    let utf16: Vec<u8> = format!("\u{FEFF}{both}")
        .replace(',', "\t")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    all_are_right(vec![
        Shape {
            bytes: EUC_JP.encode(&both).0.into_owned(),
            ..text("euc.csv", "")
        },
        Shape {
            bytes: utf16,
            ..text("utf16be.txt", "")
        },
        text("semicolons.csv", &both.replace(',', ";")),
        text("pipes.txt", &both.replace(',', "|")),
        Shape {
            bytes: SHIFT_JIS
                .encode("ｷｺﾞｳ記号,番号,氏名,ﾌﾘｶﾞﾅ,生年月日\n01,1001,健保 一郎,ｹﾝﾎﾟ ｲﾁﾛｳ,S55.1.1\n")
                .0
                .into_owned(),
            ..text("half_width.csv", "")
        },
        text("no_header.csv", row)
            .maps(&["header = false", "symbol = 1", "number = 2", "birthDate = 5", "relationship = 6"]),
        text("no_header_no_symbol.csv", "1001,健保 一郎,ケンポ イチロウ,S55.1.1,20200401\n1002,健保 次郎,ケンポ ジロウ,S56.2.3,20210401\n")
            .maps(&["header = false", "number = 1", "birthDate = 4"])
            .counts([2, 0, 0, 0])
            .has(&[
                ("demo##1001", "健保 一郎", "1980-01-01"),
                ("demo##1002", "健保 次郎", "1981-02-03"),
            ]),
        text(
            "two_headers.csv",
            "被保険者証,,氏名,,生年月日,,,\n記号,番号,漢字,カナ,元号,年,月,日\n01,1001,健保 一郎,ケンポ イチロウ,昭和,55,1,1\n",
        )
        .maps(&["name = \"漢字\"", "birthDate = [\"元号\", \"年\", \"月\", \"日\"]"]),
        text(
            "divided_headers.csv",
            "記号,番号,氏名,,生年月日,,,\n,,漢字,カナ,元号,年,月,日\n01,1001,健保 一郎,ケンポ イチロウ,昭和,55,1,1\n",
        )
        .maps(&["skip = 2", "header = false", "birthDate = [5, 6, 7, 8]"]),
        text(
            "pages.csv",
            &format!(
                "2026年度 被保険者台帳\n\n{header}{row}小計,1名\n{header}01,1002,健保 次郎,ケンポ ジロウ,19810203,本人\n合計,2名\n以上\n"
            ),
        )
        .maps(&["footer = [\"以上\", \"合計\", \"小計\"]"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        text("quoted.csv", "\"記号\",\"番号\",\"氏名\",\"カナ\n氏名\",\"生年\n月日\"\n\"01\",\"1001\",\"健保 一郎\",\"ケンポ イチロウ\",\"1980/1/1 0:00\"\n"),
        text("blank_edges.csv", &format!("\n\n,{header},,,,,,\n,{row}\n,,,,,,\n")),
        text("ours.csv", "insurer_code,symbol,number,branch,relationship,birth_date,name,name_kana\ndemo,01,1001,00,insured,1980-01-01,健保 一郎,ケンポ イチロウ\ndemo,01,1001,01,dependant,1982-01-01,健保 花,ケンポ ハナ\n")
            .counts([1, 1, 0, 0]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_and_codes_of_other_shapes_are_proposed_right() {
    all_are_right(vec![
        text("era_codes.csv", "記号,番号,氏名,カナ氏名,生年月日,続柄\n01,1001,健保 一郎,ケンポ イチロウ,3550101,本人\n01,1001,健保 花,ケンポ ハナ,4020101,子\n")
            .maps(&["3 = \"昭和\"", "dependants = [\"子\"]"])
            .counts([1, 1, 0, 0]),
        text("odd_eras.csv", "記号,番号,氏名,カナ氏名,元号,生年月日\n01,1001,健保 一郎,ケンポ イチロウ,5,550101\n")
            .maps(&["5 = \"昭和\"", "birthDate = [\"元号\", \"生年月日\"]"]),
        text("era_letters.csv", "記号,番号,氏名,カナ氏名,元号,生年月日\n01,1001,健保 一郎,ケンポ イチロウ,S,550101\n")
            .maps(&["birthDate = [\"元号\", \"生年月日\"]"]),
        text("apart.csv", "記号,番号,氏名,カナ氏名,生年,生月,生日\n01,1001,健保 一郎,ケンポ イチロウ,1980,1,1\n")
            .maps(&["birthDate = [\"生年\", \"生月\", \"生日\"]"]),
        text("serials.csv", "記号,番号,氏名,カナ氏名,生年月日\n01,1001,健保 一郎,ケンポ イチロウ,29221\n")
            .maps(&["excelSerials = 1900"]),
        text("eras_in_kanji.csv", "記号,番号,氏名,カナ氏名,生年月日,資格取得日,年齢\n01,1001,健保 一郎,ケンポ イチロウ,昭和55年1月1日,平成20年4月1日,46\n"),
        text("parts.csv", "記号,番号,姓,名,セイ,メイ,旧姓カナ,生年月日\n01,1001,健保,一郎,ケンポ,イチロウ,アベ,19800101\n")
            .maps(&["name = [\"姓\", \"名\"]", "alternateKana = [[\"旧姓カナ\", \"メイ\"]]"]),
        text("one_column.csv", "被保険者証記号・番号,氏名,カナ,生年月日\n01-1001,健保 一郎,ケンポ イチロウ,19800101\n")
            .maps(&["dividedBy = \"-\""]),
        text("kana_only.csv", "記号,番号,カナ氏名,生年月日\n01,1001,ケンポ イチロウ,19800101\n")
            .maps(&["name = \"カナ氏名\""])
            .has(&[("demo#1#1001", "ケンポ イチロウ", "1980-01-01")]),
        text("codes.csv", "記号,番号,氏名,カナ氏名,生年月日,本人家族区分\n01,1001,健保 一郎,ケンポ イチロウ,19800101,1\n01,1001,健保 花,ケンポ ハナ,19820101,2\n")
            .maps(&["insured = [\"1\"]"])
            .counts([1, 1, 0, 0]),
        // Each 番号 has one 9, and not each a 1.
        text("codes_by_family.csv", "記号,番号,氏名,カナ氏名,生年月日,続柄コード\n01,1001,健保 一郎,ケンポ イチロウ,19800101,9\n01,1001,健保 花,ケンポ ハナ,19820101,1\n01,1002,健保 次郎,ケンポ ジロウ,19810203,9\n01,1002,健保 葉,ケンポ ヨウ,20120101,2\n")
            .maps(&["insured = [\"9\"]"])
            .counts([2, 2, 0, 0])
            .has(&[ICHIRO, JIRO]),
        text("delta.csv", "異動区分,記号,番号,氏名,カナ氏名,生年月日\n取得,01,1001,健保 一郎,ケンポ イチロウ,19800101\n喪失,01,1002,健保 次郎,ケンポ ジロウ,19810203\n")
            .maps(&["values = [\"喪失\"]", "stay = [\"取得\"]"])
            .counts([1, 0, 1, 0]),
        text("nines.csv", "記号,番号,氏名,カナ氏名,生年月日,資格喪失日,喪失理由,退職日\n01,1001,健保 一郎,ケンポ イチロウ,19800101,99999999,,\n01,1002,健保 次郎,ケンポ ジロウ,19810203,20990331,退職,20990330\n01,1003,健保 三郎,ケンポ サブロウ,19820101,20250401,退職,20250331\n")
            .maps(&["leftOn = \"資格喪失日\"", "unused = [\"退職日\", \"喪失理由\"]"])
            .counts([2, 0, 1, 0])
            .has(&[ICHIRO, JIRO]),
        text("came_back.csv", "記号,番号,氏名,カナ氏名,生年月日,資格取得日,資格喪失日\n01,1001,健保 一郎,ケンポ イチロウ,19800101,20100401,20200401\n01,1001,健保 一郎,ケンポ イチロウ,19800101,20240401,\n")
            .counts([1, 0, 1, 0]),
    ])
    .await;
}

fn row(sheet: &mut Worksheet, at: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        if !cell.is_empty() {
            sheet.write(at, column, *cell).unwrap();
        }
    }
}

fn workbook(name: &'static str, fill: impl FnOnce(&mut Workbook)) -> Shape {
    let mut book = Workbook::new();
    fill(&mut book);
    Shape {
        bytes: book.save_to_buffer().unwrap(),
        ..text(name, "")
    }
}

const HEADER: [&str; 6] = ["記号", "番号", "氏名", "カナ氏名", "生年月日", "続柄"];
const ROW: [&str; 6] = [
    "01",
    "1001",
    "健保 一郎",
    "ケンポ イチロウ",
    "19800101",
    "本人",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workbooks_are_proposed_right() {
    let day = Format::new().set_num_format("yyyy/m/d");
    let zeros = Format::new().set_num_format("0000");
    all_are_right(vec![
        workbook("plain.xlsx", |book| {
            let sheet = book.add_worksheet();
            row(sheet, 0, &HEADER);
            row(sheet, 1, &ROW);
        }),
        // A title, a gap, 記号 merged over its group, numbers and days as Excel keeps them, and a total.
        workbook("printed.xlsx", |book| {
            let sheet = book.add_worksheet();
            row(sheet, 0, &["被保険者一覧", "", "", "", "作成日 2026/4/1"]);
            row(sheet, 3, &HEADER);
            row(
                sheet,
                4,
                &["01", "", "健保 一郎", "ケンポ イチロウ", "", "本人"],
            );
            row(
                sheet,
                5,
                &["", "", "健保 次郎", "ケンポ ジロウ", "", "本人"],
            );
            for (at, number, date) in [(4, 1001, (1980, 1, 1)), (5, 1002, (1981, 2, 3))] {
                sheet.write(at, 1, number).unwrap();
                let date = ExcelDateTime::from_ymd(date.0, date.1, date.2).unwrap();
                sheet.write_with_format(at, 4, &date, &day).unwrap();
            }
            row(sheet, 6, &["合計", "2名"]);
        })
        .maps(&["empty = \"above\"", "footer = [\"合計\"]"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        workbook("sheets.xlsx", |book| {
            let cover = book.add_worksheet().set_name("送付状").unwrap();
            row(cover, 0, &["健康保険組合 御中"]);
            let sheet = book.add_worksheet().set_name("名簿").unwrap();
            row(sheet, 0, &HEADER);
            row(sheet, 1, &ROW);
        })
        .maps(&["sheet = \"名簿\""]),
        workbook("padded.xlsx", |book| {
            let sheet = book.add_worksheet();
            row(sheet, 0, &HEADER);
            row(
                sheet,
                1,
                &["01", "", "健保 一郎", "ケンポ イチロウ", "19800101", "本人"],
            );
            sheet.write_with_format(1, 1, 1001, &zeros).unwrap();
        }),
        workbook("general_serials.xlsx", |book| {
            let sheet = book.add_worksheet();
            row(sheet, 0, &HEADER);
            row(
                sheet,
                1,
                &["01", "1001", "健保 一郎", "ケンポ イチロウ", "", "本人"],
            );
            sheet.write(1, 4, 29_221).unwrap();
        })
        .maps(&["excelSerials = 1900"]),
        Shape {
            bytes: ods(),
            ..text("members.ods", "")
        },
    ])
    .await;
}

/// A spreadsheet of `OpenDocument`, as small as one can be.
fn ods() -> Vec<u8> {
    let cells = |cells: [&str; 6]| {
        let cells = cells.map(|cell| {
            format!("<table:table-cell office:value-type=\"string\"><text:p>{cell}</text:p></table:table-cell>")
        });
        format!("<table:table-row>{}</table:table-row>", cells.concat())
    };
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.2\">\
         <office:body><office:spreadsheet><table:table table:name=\"名簿\">{}{}</table:table>\
         </office:spreadsheet></office:body></office:document-content>",
        cells(HEADER),
        cells(ROW)
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file("mimetype", stored).unwrap();
    archive
        .write_all(b"application/vnd.oasis.opendocument.spreadsheet")
        .unwrap();
    archive.start_file("content.xml", stored).unwrap();
    archive.write_all(content.as_bytes()).unwrap();
    archive.start_file("META-INF/manifest.xml", stored).unwrap();
    archive
        .write_all(
            b"<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
        )
        .unwrap();
    archive.finish().unwrap().into_inner()
}
