//! What an import refuses or points out, whatever its mapping says.

use std::path::Path;

use tests::TestStack;

use super::{Files, import, imported, report};

const COLUMNS: &str = "[columns]\nsymbol = '記号'\nnumber = '番号'\nname = '氏名'\nkana = 'カナ氏名'\n\
                       birthDate = '生年月日'\nrelationship = '続柄'\n";
const INSURED: &str = "[relationship]\ninsured = ['本人']\n";

fn case(files: &Files, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("operators/roster/cases");
    files.with(name, std::fs::read(folder.join(name)).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_which_nobody_is_insured_is_refused_with_what_was_skipped() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let before = stack.snapshot();
    let mapping = files.with(
        "mapping.toml",
        format!("{COLUMNS}[relationship]\ninsured = ['00']\n"),
    );
    let file = case(&files, "no_insured.csv");
    for mode in ["--delta", "--full"] {
        let ran = import(&stack, &file, &[mode, "--yes", "--mapping", &mapping]);
        assert_eq!(ran.code, 4, "{}", ran.out);
        for part in ["nobody in the file is insured", "\"0\" 1, \"1\" 1"] {
            assert!(ran.err.contains(part), "{}", ran.err);
        }
    }
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_tells_who_has_left_is_pointed_out_until_it_is_mapped_or_named() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = case(&files, "left_on.csv");
    let told = |head: &str, columns: &str| {
        let mapping = format!("{head}{COLUMNS}{columns}{INSURED}");
        let mapping = files.with("mapping.toml", mapping);
        let ran = import(
            &stack,
            &file,
            &["--delta", "--dry-run", "--mapping", &mapping],
        );
        let words = ran.done().split_whitespace().collect::<Vec<_>>();
        words.join(" ")
    };
    let unmapped = told("", "");
    assert!(
        unmapped.contains("not used 資格喪失年月日: its name tells"),
        "{unmapped}"
    );
    assert!(unmapped.contains("insured 2"), "{unmapped}");
    let mapped = told("", "leftOn = '資格喪失年月日'\n");
    assert!(!mapped.contains("not used"), "{mapped}");
    assert!(mapped.contains("removals 1"), "{mapped}");
    let named = told("unused = ['資格喪失年月日']\n", "");
    assert!(!named.contains("not used"), "{named}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_another_insurer_is_stopped() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let before = stack.snapshot();
    let file = case(&files, "insurer_number.csv");
    let by_code = files.with(
        "mapping.toml",
        format!("{COLUMNS}insurer = '保険者番号'\n{INSURED}"),
    );
    let words = ["--full", "--yes", "--mapping", &by_code];
    import(&stack, &file, &words).failed(2, "columns.insurerNumber = \"保険者番号\"");
    let of = |number: &str| {
        let mapping =
            format!("insurerNumber = '{number}'\n{COLUMNS}insurerNumber = '保険者番号'\n{INSURED}");
        files.with("mapping.toml", mapping)
    };
    let other = of("06271951");
    let words = ["--full", "--yes", "--mapping", &other];
    import(&stack, &file, &words).failed(4, "row 2 has the 保険者番号 06271944");
    assert_eq!(stack.snapshot(), before);
    // Its own, be it without the zero that Excel has taken.
    let own = of("6271944");
    let told = imported(&stack, &file, &["--delta", "--mapping", &own]);
    assert_eq!(told["insured"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_name_is_taken_and_listed() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = case(&files, "broken_names.csv");
    let mapping = files.with("mapping.toml", format!("{COLUMNS}{INSURED}"));
    let told = imported(&stack, &file, &["--delta", "--mapping", &mapping]);
    assert_eq!((&told["new"], &told["looks"]), (&3.into(), &3.into()));
    let looks = std::fs::read_to_string(format!("{file}.look.csv")).unwrap();
    for line in [
        "2,氏名,look-stand-in,●****,",
        "3,氏名,look-stand-in,?****,",
        "4,氏名,look-entity,&***",
    ] {
        assert!(looks.contains(line), "{line} is not in\n{looks}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_or_a_symbol_that_is_not_there_is_refused_by_its_row() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let before = stack.snapshot();
    let mapping = files.with("mapping.toml", format!("{COLUMNS}{INSURED}"));
    let words = ["--delta", "--yes", "--mapping", &mapping];
    for (name, lines) in [
        ("java_number.csv", &["2,番号,excel-number,"][..]),
        (
            "grouped_symbol.csv",
            &["3,記号,empty-symbol,", "4,記号,empty-symbol,"],
        ),
        (
            "hyphens.csv",
            &["3,番号,hyphens,1****,ハイフンを除くと2行目と同じ"],
        ),
    ] {
        let file = case(&files, name);
        assert_eq!(import(&stack, &file, &words).code, 4, "{name}");
        let report = report(&file);
        assert_eq!(report.len(), lines.len(), "{name}: {report:?}");
        for (found, expected) in report.iter().zip(lines) {
            assert!(found.starts_with(expected), "{name}: {report:?}");
        }
    }
    assert_eq!(stack.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn title_lines_tabs_and_utf_16_need_nothing_said() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let mapping = files.with("mapping.toml", format!("{COLUMNS}{INSURED}"));
    for (name, new) in [
        ("title_line.csv", 1),
        ("tabs.csv", 0),
        ("utf16.csv", 0),
        ("short_rows.csv", 3),
    ] {
        let file = case(&files, name);
        let told = imported(&stack, &file, &["--delta", "--mapping", &mapping]);
        assert_eq!(told["new"], new, "{name}: {told:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_whose_row_begins_as_a_total_does_is_a_member() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.with(
        "totals.csv",
        "symbol,number,name,name_kana,birth_date\n\
         1,1001,健保 一郎,ケンポ イチロウ,19800101\n\
         1名,,,,\n",
    );
    let mapping = files.with(
        "mapping.toml",
        "footer = ['1']\n[columns]\nsymbol = 'symbol'\nnumber = 'number'\nname = 'name'\nkana = 'name_kana'\n\
         birthDate = 'birth_date'\n",
    );
    let told = imported(&stack, &file, &["--delta", "--mapping", &mapping]);
    assert_eq!(
        (&told["new"], &told["rows"]),
        (&1.into(), &1.into()),
        "{told:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_reads_japanese() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = case(&files, "java_number.csv");
    let mapping = files.with("mapping.toml", format!("{COLUMNS}{INSURED}"));
    let words = [
        "--lang",
        "ja",
        "--delta",
        "--dry-run",
        "--mapping",
        &mapping,
    ];
    let ran = import(&stack, &file, &words);
    assert_eq!(ran.code, 4);
    assert!(
        ran.err
            .contains("2行目の 番号（excel-number）：Excelなどが数値に変えたため"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("被保険者"), "{}", ran.out);
}
