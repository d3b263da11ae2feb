//! Twenty-four more files, each of which a proposal went wrong with, or might: mostly so that who has left would have
//! become a member without anybody noticing.

use std::io::Write as _;

use encoding_rs::SHIFT_JIS;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::{Files, HEADER_LINE, ICHIRO, JIRO, Person, ROW, Shape, all_are_right, inspect, text};

const SABURO: Person = ("demo#1#1003", "健保 三郎", "1982-03-04");

fn cp932(name: &'static str, written: &str) -> Shape {
    Shape {
        bytes: SHIFT_JIS
            .encode(&written.replace('\n', "\r\n"))
            .0
            .into_owned(),
        ..text(name, "")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_left_is_not_taken_in() {
    all_are_right(vec![
        // Three rows of header: only together they say that 年月日 is of the birth, of 取得 or of 喪失.
        cp932(
            "three_rows.csv",
            "被保険者,,,,,資格,,備考\n証,,氏名,,生年月日,取得,喪失,\n記号,番号,漢字,カナ,,年月日,年月日,\n01,1001,健保 一郎,ケンポ イチロウ,S55.1.1,H12.4.1,,\n01,1002,健保 次郎,ケンポ ジロウ,S56.2.3,H12.4.1,R2.3.31,\n",
        )
        .maps(&["skip = 3", "birthDate = 5", "leftOn = 7"])
        .counts([1, 0, 1, 0]),
        // A database writes NULL and NaT, and one day among two is a day.
        text(
            "null.csv",
            ",記号,番号,氏名,カナ氏名,生年月日,喪失日\n0,1,1001,健保 一郎,ケンポ イチロウ,1980-01-01,NULL\n1,1,1002,健保 次郎,ケンポ ジロウ,1981-02-03,NaT\n2,1,1003,健保 三郎,ケンポ サブロウ,1982-03-04,2020-03-31\n",
        )
        .maps(&["leftOn = \"喪失日\""])
        .counts([2, 0, 1, 0])
        .has(&[ICHIRO, JIRO]),
        // What is no day says so, and is not passed over.
        text(
            "not_all_days.csv",
            "記号,番号,氏名,カナ氏名,生年月日,喪失日\n01,1001,健保 一郎,ケンポ イチロウ,19800101,\n01,1002,健保 次郎,ケンポ ジロウ,19810203,20200331\n01,1003,健保 三郎,ケンポ サブロウ,19820304,退職済\n",
        )
        .maps(&["leftOn = \"喪失日\""])
        .counts([1, 0, 1, 1])
        .has(&[]),
        text(
            "state.csv",
            "記号,番号,氏名,カナ氏名,生年月日,資格状態,任意継続\n01,1001,健保 一郎,ケンポ イチロウ,1980/1/1,有効,\n01,1002,健保 次郎,ケンポ ジロウ,1981/2/3,無効,\n01,1003,健保 三郎,ケンポ サブロウ,1982/3/4,有効,○\n",
        )
        .maps(&["values = [\"無効\"]", "stay = [\"有効\"]"])
        .counts([2, 0, 1, 0])
        .has(&[ICHIRO, SABURO]),
        text(
            "valid.csv",
            "記号,番号,氏名,カナ氏名,生年月日,有効フラグ\n01,1001,健保 一郎,ケンポ イチロウ,1980/1/1,1\n01,1002,健保 次郎,ケンポ ジロウ,1981/2/3,0\n",
        )
        .maps(&["values = [\"0\"]", "stay = [\"1\"]"])
        .counts([1, 0, 1, 0]),
        cp932(
            "until.csv",
            "記号,番号,氏名,カナ氏名,生年月日,適用開始日,適用終了日\n01,1001,健保 一郎,ケンポ イチロウ,1980/01/01,2000/04/01,9999/12/31\n01,1002,健保 次郎,ケンポ ジロウ,1981/02/03,2000/04/01,2020/03/31\n",
        )
        .maps(&["leftOn = \"適用終了日\""])
        .counts([1, 0, 1, 0]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_row_it_is_is_not_taken_for_another() {
    all_are_right(vec![
        // Rows are counted in `No.`, and a 番号 is in 保険証番号.
        text(
            "counted.csv",
            "No,保険証番号,お名前,おなまえ（かな）,お誕生日,ご続柄\n1,1001,健保 一郎,けんぽ いちろう,1980/1/1,ご本人\n2,1001,健保 花,けんぽ はな,1982/1/1,奥様\n3,1002,健保 次郎,けんぽ じろう,1981/2/3,ご本人\n",
        )
        .maps(&["number = \"保険証番号\""])
        .counts([2, 1, 0, 0])
        .has(&[
            ("demo##1001", "健保 一郎", "1980-01-01"),
            ("demo##1002", "健保 次郎", "1981-02-03"),
        ]),
        // Only the family has a word.
        text(
            "blank_insured.csv",
            &format!("{HEADER_LINE}01,1001,健保 一郎,ケンポ イチロウ,19800101,\n01,1001,健保 花,ケンポ ハナ,19820101,妻\n01,1002,健保 次郎,ケンポ ジロウ,19810203,\n"),
        )
        .maps(&["insured = [\"\"]", "dependants = [\"妻\"]"])
        .counts([2, 1, 0, 0])
        .has(&[ICHIRO, JIRO]),
        text(
            "marked.csv",
            "記号,番号,氏名,カナ氏名,生年月日,本人,家族\n01,1001,健保 一郎,ケンポ イチロウ,19800101,○,\n01,1001,健保 花,ケンポ ハナ,19820101,,○\n",
        )
        .maps(&["insured = [\"○\"]", "dependants = [\"\"]"])
        .counts([1, 1, 0, 0]),
        // A line of types below the header is nobody's.
        cp932(
            "types.csv",
            &format!("{HEADER_LINE}X(4),9(8),N(20),X(40),9(8),X(2)\n01,1001,健保 一郎,ケンポ イチロウ,19800101,本人\n"),
        )
        .counts([1, 1, 0, 0]),
        // Without a header, 性別 and 続柄 are no 番号.
        text(
            "headerless.tsv",
            "0012\t00001001\t健保　一郎\tｹﾝﾎﾟ ｲﾁﾛｳ\t1\t3550101\t00\n0012\t00001002\t健保　次郎\tｹﾝﾎﾟ ｼﾞﾛｳ\t2\t4020304\t01\n",
        )
        .maps(&["symbol = 1", "number = 2", "birthDate = 6"])
        .counts([2, 0, 0, 0])
        .has(&[
            ("demo#12#1001", "健保 一郎", "1980-01-01"),
            ("demo#12#1002", "健保 次郎", "1990-03-04"),
        ]),
        // The name of the insured beside the family's in each row.
        text(
            "family_beside.csv",
            "記号,番号,被保険者氏名,被保険者カナ,被保険者生年月日,被扶養者氏名1,被扶養者カナ1,被扶養者生年月日1\n01,1001,健保 一郎,ケンポ イチロウ,S55.1.1,健保 花,ケンポ ハナ,S57.1.1\n01,1002,健保 次郎,ケンポ ジロウ,S56.2.3,,,\n",
        )
        .maps(&["birthDate = \"被保険者生年月日\""])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_around_a_name_or_a_value_is_taken_away() {
    all_are_right(vec![
        cp932(
            "notes.csv",
            "記号（半角）,番号※必須,氏名（全角）※必須,氏名カナ（半角ｶﾅ）,生年月日（YYYYMMDD）※必須,本人・家族（1:本人 2:家族）\n01,1001,健保 一郎,ｹﾝﾎﾟ ｲﾁﾛｳ,19800101,1\n01,1001,健保 花,ｹﾝﾎﾟ ﾊﾅ,19820101,2\n",
        )
        .maps(&["number = \"番号※必須\"", "insured = [\"1\"]"])
        .counts([1, 1, 0, 0]),
        text(
            "latin.csv",
            "KIGO,BANGO,KANJI_NAME,KANA_NAME,BIRTH_YMD,SEX,ZOKUGARA\n01,1001,健保 一郎,ケンポ イチロウ,1980-01-01T00:00:00,1,00\n01,1001,健保 花,ケンポ ハナ,1982-01-01T00:00:00,2,01\n01,1002,健保 次郎,ケンポ ジロウ,1981-02-03T00:00:00,1,00\n",
        )
        .maps(&["number = \"BANGO\"", "relationship = \"ZOKUGARA\""])
        .counts([2, 1, 0, 0])
        .has(&[ICHIRO, JIRO]),
        text(
            "english.csv",
            "Symbol,Number,Last Name,First Name,Last Name Kana,First Name Kana,DOB,Relation\n01,1001,健保,一郎,ケンポ,イチロウ,1980/01/01,Self\n",
        )
        .maps(&["kana = [\"Last Name Kana\", \"First Name Kana\"]"]),
        text(
            "bilingual.csv",
            &format!("SYMBOL,NUMBER,NAME,KANA,BIRTHDAY,RELATION\n{HEADER_LINE}01,1001,健保 一郎,ケンポ イチロウ,1980/01/01,本人\n"),
        )
        .maps(&["number = \"番号\""]),
        cp932(
            "whole_name.csv",
            "事業所名,事業所名カナ,社員番号,被保険者証記号,被保険者証番号,被保険者名,被保険者名カナ,住所カナ,生年月日\n見本商事,ミホンショウジ,90001,01,1001,健保 一郎,ケンポ イチロウ,トウキョウト,19800101\n見本商事,ミホンショウジ,90002,01,1002,健保 次郎,ケンポ ジロウ,オオサカフ,19810203\n",
        )
        .maps(&["name = \"被保険者名\"", "kana = \"被保険者名カナ\""])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        // Characters without a width, in names of columns and in values.
        text(
            "invisible.csv",
            "\u{A0}記号\u{A0},番\u{200B}号,氏名,カナ氏名,生年月日,続柄\n01\u{A0},\u{200B}1001,健保\u{A0}一郎,ケンポ\u{A0}イチロウ,1980/01/01\u{A0},本人\u{200B}\n01,1002,健保 次郎,ケンポ ジロウ,1981/02/03,本人\n",
        )
        .maps(&["number = \"番号\"", "insured = [\"本人\"]"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        cp932(
            "weekdays.csv",
            "記号,番号,氏名,カナ氏名,生年月日\n01,1001,健保 一郎,ケンポ イチロウ,1980年1月1日(火)\n01,1002,健保 次郎,ケンポ ジロウ,昭和56年2月3日（火曜日）\n",
        )
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        // A total in another column than the first, and a note.
        cp932(
            "total_at_the_end.csv",
            &format!("{HEADER_LINE}01,1001,健保 一郎,ケンポ イチロウ,19800101,本人\n,,,,,計　1名\n\n※この名簿は見本です\n"),
        )
        .maps(&["footer = [\"※この名簿は見本です\", \"計\"]"]),
    ])
    .await;
}

/// A workbook of one sheet whose XML is given.
fn raw(sheet: &str, shared: &str, prefix: &str) -> Vec<u8> {
    const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (colon, of) = if prefix.is_empty() {
        ("", String::new())
    } else {
        (":", format!("{prefix}:"))
    };
    let xmlns = format!("xmlns{colon}{prefix}=\"{SPREADSHEET}\"");
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |all: &[String]| {
        format!(
            "<Relationships xmlns=\"{RELATIONSHIPS}\">{}</Relationships>",
            all.concat()
        )
    };
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in [
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"
                .to_owned(),
        ),
        (
            "_rels/.rels",
            relations(&[relation("rId1", "officeDocument", "xl/workbook.xml")]),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<{of}workbook {xmlns} xmlns:r=\"{OFFICE}\"><{of}sheets><{of}sheet name=\"名簿\" sheetId=\"1\" r:id=\"rId1\"/></{of}sheets></{of}workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&[
                relation("rId1", "worksheet", "worksheets/sheet1.xml"),
                relation("rId2", "sharedStrings", "sharedStrings.xml"),
            ]),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<{of}sst {xmlns}>{shared}</{of}sst>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<{of}worksheet {xmlns}>{sheet}</{of}worksheet>"),
        ),
    ] {
        archive.start_file(name, stored).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const HEADER: [&str; 6] = ["記号", "番号", "氏名", "フリガナ", "生年月日", "続柄"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workbooks_of_other_programs_are_read() {
    // Excel keeps the reading of each kanji beside it, and takes the whole sheet for its size.
    let shared: Vec<String> = HEADER
        .iter()
        .chain(&ROW)
        .map(|cell| {
            format!("<si><t>{cell}</t><rPh sb=\"0\" eb=\"2\"><t>ヨミ</t></rPh><phoneticPr fontId=\"1\"/></si>")
        })
        .collect();
    let cells = |row: usize| -> String {
        let cells = ["A", "B", "C", "D", "E", "F"].into_iter().enumerate();
        let cells: Vec<String> = cells
            .map(|(at, column)| {
                let text = (row - 1) * 6 + at;
                format!("<c r=\"{column}{row}\" t=\"s\"><v>{text}</v></c>")
            })
            .collect();
        cells.concat()
    };
    let phonetic = format!(
        "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\">{}</row><row r=\"2\">{}</row></sheetData>",
        cells(1),
        cells(2)
    );
    // A program that names no cell, and one that writes a prefix before each name.
    let inline = |of: &str| {
        let row = |cells: &[&str]| -> String {
            let cells = cells.iter().map(|cell| {
                format!("<{of}c t=\"inlineStr\"><{of}is><{of}t>{cell}</{of}t></{of}is></{of}c>")
            });
            format!("<{of}row>{}</{of}row>", cells.collect::<String>())
        };
        format!(
            "<{of}sheetData>{}{}</{of}sheetData>",
            row(&HEADER),
            row(&ROW)
        )
    };
    all_are_right(vec![
        Shape {
            bytes: raw(&phonetic, &shared.concat(), ""),
            ..text("phonetic.xlsx", "")
        },
        Shape {
            bytes: raw(&inline("x:"), "", "x"),
            ..text("prefixed.xlsx", "")
        },
        Shape {
            bytes: raw(&inline(""), "", ""),
            ..text("unnamed_cells.xlsx", "")
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_workbook_does_not_show_is_told() {
    let mut book = Workbook::new();
    let era = Format::new().set_num_format("[$-411]ggge\"年\"m\"月\"d\"日\";@");
    for (name, numbers) in [("本社", &["1001", "1002"][..]), ("支社", &["1003"])] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        let plain = Format::new();
        sheet
            .merge_range(0, 0, 0, 6, "見本健康保険組合　被保険者台帳", &plain)
            .unwrap();
        for (at, cell) in (0..).zip([
            "No.",
            "記号",
            "番号",
            "氏名",
            "フリガナ",
            "生年月日",
            "続柄",
        ]) {
            sheet.write(2, at, cell).unwrap();
        }
        for (row, number) in (3..).zip(numbers) {
            let (name, kana, born) = match *number {
                "1001" => ("健保 一郎", "ケンポ イチロウ", (1980, 1, 1)),
                "1002" => ("健保 次郎", "ケンポ ジロウ", (1981, 2, 3)),
                _ => ("健保 三郎", "ケンポ サブロウ", (1982, 3, 4)),
            };
            sheet.write(row, 0, row - 2).unwrap();
            for (at, cell) in [(1, "01"), (2, *number), (3, name), (4, kana), (6, "本人")] {
                sheet.write(row, at, cell).unwrap();
            }
            let born = ExcelDateTime::from_ymd(born.0, born.1, born.2).unwrap();
            sheet.write_with_format(row, 5, &born, &era).unwrap();
        }
    }
    book.worksheet_from_name("本社")
        .unwrap()
        .set_row_hidden(4)
        .unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let files = Files::new();
    let file = files.with("two_sheets.xlsx", &bytes);
    let told = inspect(&file, &["--lang", "ja", "--json"]).json();
    let doubts: Vec<&str> = told["doubts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|doubt| doubt.as_str().unwrap())
        .collect();
    assert!(doubts[0].contains("非表示の行が 1 行"), "{doubts:?}");
    assert!(
        doubts[1].contains("シート 支社（1 行）") && doubts[1].contains("本社 だけ"),
        "{doubts:?}"
    );
    // The one who says which sheet has decided.
    let said = inspect(&file, &["--sheet", "支社", "--json"]).json();
    assert_eq!(said["insured"], 1);
    assert_eq!(said["doubts"].as_array().unwrap().len(), 1);
    all_are_right(vec![
        Shape {
            bytes,
            ..text("two_sheets.xlsx", "")
        }
        .maps(&["sheet = \"本社\"", "number = \"番号\""])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
    ])
    .await;
}

#[test]
fn what_may_say_who_has_left_is_pointed_out() {
    let files = Files::new();
    let file = files.with(
        "codes.csv",
        "処理区分,異動事由コード,異動年月日,記号,番号,氏名漢字,氏名カナ,生年月日\n1,01,R080401,01,1001,健保 一郎,ケンポ イチロウ,S550101\n3,04,R080331,01,1002,健保 次郎,ケンポ ジロウ,S560203\n",
    );
    let told = inspect(&file, &["--lang", "ja", "--json"]).json();
    let doubts = told["doubts"].to_string();
    for said in [
        "列 処理区分 のどの値が喪失か分かりません",
        "異動事由コード",
        "異動年月日",
        "unused に書いて",
    ] {
        assert!(doubts.contains(said), "{said}: {doubts}");
    }
}
