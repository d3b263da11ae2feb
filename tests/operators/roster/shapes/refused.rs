//! Files that no mapping can make a roster of: what to do instead is said, in the language of the desk.

use std::io::Write as _;

use super::{Files, HEADER_LINE, inspect, ole};

fn archive(name: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file(name, stored).unwrap();
    archive.write_all(HEADER_LINE.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn what_is_no_roster_says_what_to_ask_for() {
    let html = "<html><body><table><tr><th>記号</th><th>番号</th></tr><tr><td>01</td><td>1001</td></tr></table></body></html>";
    let encrypted = ole::compound(&[
        ("EncryptionInfo", vec![4, 0, 4, 0]),
        ("EncryptedPackage", vec![7; 5000]),
    ]);
    let files = Files::new();
    for (name, bytes, code, said) in [
        ("empty.csv", Vec::new(), 2, "空です"),
        ("blank.csv", b"\r\n,,,\r\n\r\n".to_vec(), 4, "加入者の行がありません"),
        ("header.csv", HEADER_LINE.as_bytes().to_vec(), 4, "加入者の行がありません"),
        ("table.xls", html.as_bytes().to_vec(), 2, "HTMLかXML"),
        (
            "2003.xls",
            b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook/>".to_vec(),
            2,
            "先頭の0などが失われます",
        ),
        ("scan.csv", b"%PDF-1.7\n1 0 obj\n".to_vec(), 2, "PDFです"),
        ("rosters.xlsx", archive("members.csv"), 2, "展開し"),
        ("letter.docx", archive("word/document.xml"), 2, "ほかの文書"),
        ("locked.xlsx", encrypted, 2, "パスワードを外して"),
        (
            "fixed.txt",
            "記号番号    氏名          生年月日\n0001001     健保　一郎    S550101\n0001002     健保　次郎    S560203\n"
                .as_bytes()
                .to_vec(),
            4,
            "固定長のファイルは",
        ),
        (
            "no_era.csv",
            format!("{HEADER_LINE}01,1001,健保 一郎,ケンポ イチロウ,550101,本人\n").into_bytes(),
            4,
            "元号の列をご依頼ください",
        ),
        (
            "no_kana.csv",
            "記号,番号,氏名,生年月日\n01,1001,健保 一郎,19800101\n".as_bytes().to_vec(),
            4,
            "カナ氏名の列が見つかりません",
        ),
    ] {
        let file = files.with(name, bytes);
        let mapping = files.path(&format!("{name}.toml"));
        let ran = inspect(&file, &["--lang", "ja", "--write", mapping.to_str().unwrap()]);
        assert_eq!(ran.code, code, "{name}: {} {}", ran.out, ran.err);
        assert!(ran.err.contains(said), "{name}: {}", ran.err);
        let has_columns = ran.out.contains("[columns]");
        assert_eq!(has_columns, name.starts_with("no_"), "{name}: {}", ran.out);
        assert_eq!(mapping.exists(), has_columns, "{name}");
    }
}
