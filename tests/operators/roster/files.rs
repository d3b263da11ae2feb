//! Files as insurers send them, and as they should not.

use encoding_rs::SHIFT_JIS;
use tests::TestStack;

use super::{DEMO, Files, HEADER, counts, import, imported, members, report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refused_row_and_nothing_is_written() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let rows = [
        "demo,,100003,00,insured,1990-01-01,見本 三郎,ミホン サブロウ",
        "demo,,1.23E+11,00,insured,1990-01-01,見本 四郎,ミホン シロウ",
        "demo,,100005,00,insured,4020101,見本 五郎,ミホン ゴロウ",
        "demo,,100006,00,insured,1990-02-30,\"見本\n六郎\",見本 ロクロウ",
        "demo,,100007,00,wife,1990-01-01,見本 七子,ミホン ナナコ",
        "jkc,,100008,00,insured,1990-01-01,見本 八郎,ミホン ハチロウ",
        "demo,,100009,00,insured,1990-01-01,見本 九郎",
        "demo,,100010,00,insured,1990-01-01,見本, 十郎,ミホン ジュウロウ",
        "demo,,=A1+B1,00,insured,32874,,@SUM(1)",
    ];
    let file = files.with_rows(&rows.join("\r\n"));
    let before = stack.snapshot();
    let ran = import(&stack, &file, &["--full", "--yes"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(
        ran.err
            .contains("12 cells were refused, and nothing was written"),
        "{}",
        ran.err
    );
    let found = report(&file);
    let found: Vec<&str> = found
        .iter()
        .map(|line| line.rsplit_once(',').unwrap().0)
        .collect();
    // Rows as a spreadsheet counts them: the name in two lines is one row.
    assert_eq!(
        found,
        [
            "3,number,excel-number,1*******",
            "4,birth_date,era-code,4******",
            "5,name_kana,not-kana,見******",
            "5,birth_date,not-a-birth-date,1*********",
            "6,relationship,relationship,w***",
            "7,insurer_code,other-insurer,j**",
            "8,name_kana,short-row,",
            "9,name_kana,long-row,",
            "10,number,formula,'=*****",
            "10,name,empty,",
            "10,name_kana,not-kana,'@******",
            "10,birth_date,excel-serial,3****",
        ]
    );
    for text in ["100006", "三郎", "1990"] {
        assert!(
            !report(&file).concat().contains(text),
            "{text} is in the report"
        );
    }
    assert_eq!(stack.snapshot(), before);
    // A rehearsal is noted, and so is what came of this one.
    assert_eq!(stack.items("Audit").len(), 1);
    // Once it is mended, there is no other report, and the first one stays.
    let first = std::fs::read(files.path("roster.csv.refused.csv")).unwrap();
    files.with_rows(DEMO);
    imported(&stack, &file, &["--full"]);
    assert_eq!(
        std::fs::read(files.path("roster.csv.refused.csv")).unwrap(),
        first
    );
    assert!(!files.path("roster.csv.refused-2.csv").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quotation_mark_swallows_nobody() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let before = stack.snapshot();
    let row = |number: u32, note: &str| {
        format!("demo,,{number},00,insured,1990-01-01,見本 三郎,ミホン サブロウ,{note}\n")
    };
    let header = HEADER.replace('\n', ",備考\n");
    let rows = |notes: [&str; 4]| -> String {
        (1..)
            .zip(notes)
            .map(|(number, note)| row(number, note))
            .collect()
    };
    // Closed by the next note that has one: the rows between are in the cell of the first.
    let file = files.with(
        "roster.csv",
        header.clone() + &rows(["", "\"見", "", "\"済\""]),
    );
    let ran = import(&stack, &file, &["--full", "--yes"]);
    assert_eq!(ran.code, 4, "{}", ran.out);
    let report = report(&file);
    assert_eq!(report.len(), 1, "{report:?}");
    assert!(
        report[0].starts_with("3,備考,swallowed-rows,見***"),
        "{report:?}"
    );
    // Never closed.
    let file = files.with("roster.csv", header.clone() + &rows(["", "\"見", "", ""]));
    import(&stack, &file, &["--full", "--yes"]).failed(
        2,
        "a quotation mark (\") is opened in row 3 and never closed",
    );
    // Within the header.
    let file = files.with(
        "roster.csv",
        header.replace("備", "\"備") + &rows(["", "\"\"", "\"済\"", ""]),
    );
    import(&stack, &file, &["--full", "--yes"])
        .failed(2, "a cell of the first row has other rows in it");
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_and_who_is_insured_is_not_decided_by_a_damaged_cell() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let mapping = files.with(
        "demo.toml",
        "[columns]\nnumber = 'no'\nname = 'name'\nkana = 'kana'\nbirthDate = 'born'\nremoval = 'kind'\n\
         relationship = 'who'\n[relationship]\ninsured = ['本人']\n[removal]\nvalues = ['喪失']\nstay = ['取得']\n",
    );
    let rows: String = [
        ("#N/A", "本人"),
        ("=A1", "本人"),
        ("資格喪失", "本人"),
        ("", "本人"),
        ("取得", "#N/A"),
        ("取得", "=B2"),
        ("取得", "1.0"),
        ("取得", ""),
    ]
    .map(|(kind, who)| format!("100001,見本 花子,ミホン ハナコ,1983-03-03,{kind},{who}\n"))
    .concat();
    let file = files.with("delta.csv", format!("no,name,kana,born,kind,who\n{rows}"));
    let before = stack.snapshot();
    let ran = import(&stack, &file, &["--delta", "--yes", "--mapping", &mapping]);
    assert_eq!(ran.code, 4, "{}", ran.out);
    let report = report(&file);
    let codes: Vec<_> = report
        .iter()
        .map(|line| {
            line.split(',')
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        codes,
        [
            "kind excel-error",
            "kind formula",
            "kind removal",
            "kind removal",
            "who excel-error",
            "who formula",
            "who excel-number",
            "who empty",
        ]
    );
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_member_of_a_file_without_a_header_is_not_taken_for_one() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let columns = "[columns]\nnumber = 3\nname = 7\nkana = 8\nbirthDate = 6\n";
    let file = files.with("roster.csv", DEMO);
    let before = stack.snapshot();
    for (header, message) in [
        ("", "say whether the first row has their names"),
        ("header = true\n", "the first row has a birth date"),
    ] {
        let mapping = files.with("demo.toml", format!("{header}{columns}"));
        let ran = import(&stack, &file, &["--full", "--yes", "--mapping", &mapping]);
        ran.failed(2, message);
        assert!(
            !format!("{}{}", ran.out, ran.err).contains("花子"),
            "{}",
            ran.err
        );
    }
    assert_eq!(stack.snapshot(), before);
    let mapping = files.with("demo.toml", format!("header = false\n{columns}"));
    let told = imported(&stack, &file, &["--full", "--mapping", &mapping]);
    assert_eq!(counts(&told), [0, 0, 2, 0, 0]);
    // With a header, the first row is one.
    let mapping = files.with("demo.toml", format!("header = true\n{columns}"));
    let file = files.with_rows(DEMO);
    let told = imported(&stack, &file, &["--full", "--mapping", &mapping]);
    assert_eq!(counts(&told), [0, 0, 2, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_a_name_is_missing_and_the_row_is_refused() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let mapping = files.with(
        "demo.toml",
        "[columns]\nnumber = 'no'\nname = 'name'\nkana = ['sei', 'mei']\nbirthDate = 'born'\n",
    );
    let file = files.with(
        "roster.csv",
        "no,name,sei,mei,born\n100001,見本 花子,,ハナコ,1983-03-03\n100002,見本 次郎,ミホン,－,1984-04-04\n",
    );
    assert_eq!(
        import(&stack, &file, &["--delta", "--yes", "--mapping", &mapping]).code,
        4
    );
    let report = report(&file);
    assert!(report[0].starts_with("2,sei,empty,"), "{report:?}");
    assert!(report[1].starts_with("3,mei,empty,"), "{report:?}");
    assert_eq!(report.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_excel_does_to_a_file_and_can_be_undone_is() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let rows = "demo,,\"=\"\"100001\"\"\",0,insured,1983/3/3,見本　花子,ﾐﾎﾝ ﾊﾅｺ\r\n\
                demo, ,１００００２,0, insured ,1984/04/04 0:00,\"見本 次郎 \",ミホン・ジロウ\r\n\
                \r\n,,,,,,,\r\n";
    let file = files.with_rows(rows);
    let told = imported(&stack, &file, &["--full"]);
    // The number is shown as the file writes it now.
    assert_eq!(counts(&told), [0, 1, 1, 0, 1]);
    assert_eq!(told["rows"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cp932_has_its_extensions_and_user_defined_characters_only_in_names() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let encoded = |text: &str| SHIFT_JIS.encode(text).0.into_owned();
    let row = |name: &[u8], kana: &[u8]| {
        let begin = encoded("demo,,100003,00,insured,1990-01-01,");
        [&encoded(HEADER)[..], &begin, name, b",", kana, b"\r\n"].concat()
    };
    let plain = encoded("ミホン タカコ");
    let user_defined = files.with("roster.csv", row(b"\xFB\xFC\xF0\x40 \x87\x40", &plain));
    let told = imported(&stack, &user_defined, &["--delta"]);
    assert_eq!(told["encoding"], "cp932");
    assert_eq!(told["userDefinedNames"], 1);
    let items = stack.items_of("Members", "demo##100003");
    assert_eq!(items[0]["name"]["S"], "髙〓 ①");
    for (kana, code, column) in [
        (&b"\xF9\xFC"[..], "user-defined-character", "name_kana"),
        (b"\xFF", "undecodable", "name_kana"),
    ] {
        let file = files.with("roster.csv", row(&encoded("見本"), kana));
        assert_eq!(
            import(&stack, &file, &["--delta", "--yes", "--encoding", "cp932"]).code,
            4
        );
        let report = report(&file);
        assert!(
            report[0].starts_with(&format!("2,{column},{code},")),
            "{report:?}"
        );
    }
    // The other encoding, said to be this one.
    let file = files.with_rows(DEMO);
    let wrong = import(&stack, &file, &["--delta", "--yes", "--encoding", "cp932"]);
    assert_eq!(wrong.code, 4, "{}", wrong.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_member_twice_is_taken_once_or_refused_with_both_rows() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let third = "demo,,100003,00,insured,1990-01-01,見本 三郎,ミホン サブロウ\n";
    let file = files.with_rows(&format!("{DEMO}{third}{third}"));
    let told = imported(&stack, &file, &["--full"]);
    assert_eq!(
        (counts(&told), &told["repeated"]),
        ([1, 0, 2, 0, 1], &1.into())
    );
    let other = third.replace("1990", "1991");
    let zeros = third.replace("100003", "0100003");
    let file = files.with_rows(&format!("{DEMO}{third}{other}{zeros}"));
    let ran = import(&stack, &file, &["--full", "--yes"]);
    assert_eq!(ran.code, 4);
    let report = report(&file);
    assert!(
        report[0].starts_with("5,number,duplicate,1*****,4行目と"),
        "{report:?}"
    );
    assert!(
        report[1].starts_with("6,number,collision,0******,"),
        "{report:?}"
    );
    assert!(report[1].contains("keepLeadingZeros"), "{report:?}");
    // The rest is written if one says so, and of these three nothing.
    let told = imported(&stack, &file, &["--full", "--skip-refused"]);
    assert_eq!(counts(&told), [0, 0, 2, 0, 0]);
    assert_eq!(members(&stack), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_roster_is_refused_as_a_whole() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let before = stack.snapshot();
    let long = format!("{HEADER}demo,,\"1{}", "2,3\n".repeat(20_000));
    let wide = format!("{HEADER}{}\n", ",".repeat(300));
    for (bytes, message) in [
        (&b""[..], "it is empty"),
        (HEADER.as_bytes(), "it has no rows"),
        (b"PK\x03\x04", "it is damaged"),
        (b"\xFF\xFEi\0", "has none of the mapping's columns"),
        (
            DEMO.as_bytes(),
            "its first row has none of the mapping's columns",
        ),
        (
            b"number,name,name_kana,birth_date\n1,2,3,4\n",
            "the file has no column insurer_code: it has number, name",
        ),
        (long.as_bytes(), "row 2 is longer than 65536 bytes"),
        (wide.as_bytes(), "row 2 has more than 256 columns"),
    ] {
        let file = files.with("roster.csv", bytes);
        let ran = import(&stack, &file, &["--full", "--yes"]);
        ran.failed(2, message);
        assert!(!ran.err.contains("花子"), "{}", ran.err);
    }
    import(&stack, "nowhere.csv", &["--full"]).failed(2, "nowhere.csv cannot be read");
    import(&stack, files.0.path().to_str().unwrap(), &["--full"])
        .failed(2, "not a pipe or a folder");
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_that_does_not_fit_is_refused() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.with_rows(DEMO);
    let least = "[columns]\nnumber = 'number'\nname = 'name'\nkana = 'name_kana'\nbirthDate = 'birth_date'\n";
    for (mapping, message) in [
        (
            least.replace("'name_kana'", "'kana'"),
            "the file has no column kana: it has insurer_code, symbol",
        ),
        (
            least.replace("'name_kana'", "9"),
            "a column 9, and the first row has 8",
        ),
        (format!("{least}colour = 'red'\n"), "unknown field `colour`"),
        (format!("delimiter = '、'\n{least}"), "delimiter must be"),
    ] {
        let mapping = files.with("demo.toml", mapping);
        import(&stack, &file, &["--full", "--mapping", &mapping]).failed(2, message);
    }
    let mapping = files.with("demo.toml", format!("delimiter = ';'\n{least}"));
    let semicolons = files.with("roster.csv", format!("{HEADER}{DEMO}").replace(',', ";"));
    let told = imported(&stack, &semicolons, &["--full", "--mapping", &mapping]);
    assert_eq!(counts(&told), [0, 0, 2, 0, 0]);
    let twice = files.with(
        "roster.csv",
        "number,number,name,name_kana,birth_date\n1,2,3,4,5\n",
    );
    let mapping = files.with("demo.toml", least);
    import(&stack, &twice, &["--full", "--mapping", &mapping]).failed(
        2,
        "the file has two columns number: say which in the mapping, by its place: 1 or 2",
    );
}
