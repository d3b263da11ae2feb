//! Cells of workbooks, as they become rows.

use std::io::Write as _;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Written};

use super::*;

fn read(path: &Path, kind: Kind) -> Vec<(u64, Vec<String>, Vec<bool>)> {
    let mut book = Workbook::open(path, kind).unwrap();
    let sheet = book.sheet(None).unwrap();
    let mut rows = Vec::new();
    book.each_row(&sheet, |row| {
        let numbers = (0..row.len()).map(|at| row.is_number(at)).collect();
        rows.push((
            row.number,
            row.cells().map(str::to_owned).collect(),
            numbers,
        ));
        Ok(true)
    })
    .unwrap();
    rows
}

fn saved(mut book: Written) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&book.save_to_buffer().unwrap()).unwrap();
    file
}

#[test]
fn an_xlsx_is_read_as_its_cells_are_kept() {
    let mut book = Written::new();
    let sheet = book.add_worksheet();
    sheet.write(2, 0, "0012").unwrap();
    sheet.write(2, 1, 12).unwrap();
    let padded = Format::new().set_num_format("0000");
    sheet.write_with_format(2, 2, 12, &padded).unwrap();
    let day = ExcelDateTime::from_ymd(1980, 1, 9).unwrap();
    let as_day = Format::new().set_num_format("yyyy/m/d");
    sheet.write_with_format(2, 4, &day, &as_day).unwrap();
    sheet.write(3, 1, 123_456_789_012_345_678_u64).unwrap();
    sheet.write(3, 0, 12.5).unwrap();
    sheet.write(3, 2, "健保\n太郎").unwrap();
    let rows = read(saved(book).path(), Kind::Xlsx);
    assert_eq!(rows[0].0, 3);
    assert_eq!(rows[0].1, ["0012", "12", "0012", "", "1980/1/9"]);
    assert_eq!(rows[0].2, [false, true, false, false, false]);
    assert_eq!(rows[1].1, ["12.5", "1.2345678901234568E+17", "健保\n太郎"]);
}

#[test]
fn an_era_format_is_a_day() {
    let mut book = Written::new();
    let sheet = book.add_worksheet();
    let era = Format::new().set_num_format("[$-411]ggge\"年\"m\"月\"d\"日\"");
    sheet.write_with_format(0, 0, 29_229, &era).unwrap();
    assert_eq!(read(saved(book).path(), Kind::Xlsx)[0].1, ["1980/1/9"]);
}

#[test]
fn of_several_sheets_one_has_to_be_said() {
    let mut book = Written::new();
    book.add_worksheet()
        .set_name("表紙")
        .unwrap()
        .write(0, 0, "名簿")
        .unwrap();
    book.add_worksheet()
        .set_name("名簿")
        .unwrap()
        .write(0, 0, "番号")
        .unwrap();
    book.add_worksheet().set_name("空").unwrap();
    let hidden = book.add_worksheet().set_name("控え").unwrap();
    hidden.write(0, 0, "x").unwrap();
    hidden.set_hidden(true);
    let file = saved(book);
    let mut book = Workbook::open(file.path(), Kind::Xlsx).unwrap();
    assert_eq!(book.sheets().unwrap(), ["表紙", "名簿"]);
    assert_eq!(book.sheet(Some("名簿")).unwrap(), "名簿");
    for said in [None, Some("空"), Some("控え")] {
        let Err(Failure::Usage(message)) = book.sheet(said) else {
            panic!("{said:?} was taken");
        };
        assert!(message.contains("表紙、名簿"), "{message}");
    }
}

#[test]
fn a_workbook_with_a_password_is_told() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    file.write_all(&[&[0xD0, 0xCF, 0x11, 0xE0][..], &name].concat())
        .unwrap();
    let Err(Failure::Usage(message)) = Workbook::open(file.path(), Kind::Xls) else {
        panic!("it was opened");
    };
    assert!(message.contains("password"), "{message}");
}

#[test]
fn what_is_only_called_a_workbook_is_refused() {
    for (kind, bytes) in [
        (Kind::Xlsx, &b"PK\x03\x04rest"[..]),
        (Kind::Xls, b"\xD0\xCF\x11\xE0rest"),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        assert!(matches!(
            Workbook::open(file.path(), kind),
            Err(Failure::Usage(_))
        ));
    }
}
