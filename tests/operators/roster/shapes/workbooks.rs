//! Workbooks: what Excel keeps, and where in it the roster is.

use std::io::Write as _;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::{ICHIRO, JIRO, ROW, Shape, all_are_right, ole, text};

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
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merged_cells_and_older_workbooks_are_proposed_right() {
    all_are_right(vec![
        // Notes first, then the list: merged cells for its title and a group's 記号, empty columns between, the header on
        // each page.
        workbook("merged.xlsx", |book| {
            let notes = book.add_worksheet().set_name("記入要領").unwrap();
            row(notes, 0, &["1", "記号・番号は保険証のとおりです"]);
            row(notes, 1, &["2", "生年月日は西暦です"]);
            let sheet = book.add_worksheet().set_name("Sheet2").unwrap();
            let plain = Format::new();
            sheet
                .merge_range(0, 0, 0, 6, "被保険者名簿　2026年4月1日現在", &plain)
                .unwrap();
            let spaced = ["記号", "番号", "", "氏名", "カナ氏名", "生年月日", "続柄"];
            row(sheet, 2, &spaced);
            sheet.merge_range(3, 0, 4, 0, "01", &plain).unwrap();
            row(
                sheet,
                3,
                &[
                    "",
                    "1001",
                    "",
                    "健保 一郎",
                    "ケンポ イチロウ",
                    "1980/1/1",
                    "本人",
                ],
            );
            row(
                sheet,
                4,
                &["", "1001", "", "健保 花", "ケンポ ハナ", "1982/1/1", "妻"],
            );
            sheet.write(3, 0, "01").unwrap();
            row(sheet, 6, &spaced);
            row(
                sheet,
                7,
                &[
                    "01",
                    "1002",
                    "",
                    "健保 次郎",
                    "ケンポ ジロウ",
                    "1981/2/3",
                    "本人",
                ],
            );
        })
        .maps(&["sheet = \"Sheet2\"", "empty = \"above\""])
        .counts([2, 1, 0, 0])
        .has(&[ICHIRO, JIRO]),
        Shape {
            bytes: ods(),
            ..text("members.ods", "")
        },
        Shape {
            bytes: ole::xls(&[&HEADER, &ROW]),
            ..text("members.xls", "")
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
