//! A new insurer, from a workbook that nobody has seen before to the first login of a member.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::json;
use tests::TestStack;

use super::Files;
use crate::{Ran, operator, run_yes};

/// The workbook as the insurer's system prints it: a title, 記号 once for a group, days as Excel keeps them,
/// dependants beside the insured, somebody who has left, and a total.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("[$-411]ggge\"年\"m\"月\"d\"日\"");
    sheet
        .write(0, 0, "あおぞら健康保険組合　被保険者台帳")
        .unwrap();
    let header = [
        "保険証記号",
        "保険証番号",
        "枝番",
        "氏名",
        "フリガナ",
        "生年月日",
        "続柄",
        "資格喪失日",
    ];
    for (column, name) in (0..).zip(header) {
        sheet.write(2, column, name).unwrap();
    }
    let people = [
        (
            Some("210"),
            31,
            "00",
            "青空 太郎",
            "アオゾラ タロウ",
            (1975, 5, 5),
            "本人",
            None,
        ),
        (
            None,
            31,
            "01",
            "青空 花",
            "アオゾラ ハナ",
            (1977, 7, 7),
            "妻",
            None,
        ),
        (
            None,
            32,
            "00",
            "雲野 次郎",
            "クモノ ジロウ",
            (1985, 8, 8),
            "本人",
            Some((2024, 3, 31)),
        ),
    ];
    for (row, (symbol, number, branch, name, kana, born, who, left)) in (3..).zip(people) {
        if let Some(symbol) = symbol {
            sheet.write(row, 0, symbol).unwrap();
        }
        sheet.write(row, 1, number).unwrap();
        for (column, text) in [(2, branch), (3, name), (4, kana), (6, who)] {
            sheet.write(row, column, text).unwrap();
        }
        let mut write_day = |column, (year, month, of_month)| {
            let date = ExcelDateTime::from_ymd(year, month, of_month).unwrap();
            sheet.write_with_format(row, column, &date, &day).unwrap();
        };
        write_day(5, born);
        if let Some(left) = left {
            write_day(7, left);
        }
    }
    sheet.write(7, 0, "合計 3名").unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_insurer_comes_from_an_unknown_workbook_to_the_first_login() {
    let (stack, files) = (TestStack::start().await, Files::new());
    let file = files.with("台帳.xlsx", workbook());
    let mapping = files.path("aozora.toml");
    let mapping = mapping.to_str().unwrap();

    // What is it?
    let mut inspect = operator();
    inspect.args(["roster", "inspect", &file, "--write", mapping, "--json"]);
    let told = Ran::of(inspect).json();
    let found =
        ["insured", "dependants", "removals", "refused"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(found, [1, 1, 1, 0], "{told:#}");

    // The insurer, and its roster.
    let insurer = json!({
        "code": "aozora",
        "name": "あおぞら健康保険組合",
        "mailSender": "aozora_kennin@ibss.example.jp",
        "telephone": "050-2018-3292",
        "hours": "平日10時から17時",
        "mail": "aozora_kennin@ibss.example.jp",
        "termsVersions": ["2023-09-01"],
    });
    let insurer = files.with("aozora.json", insurer.to_string());
    run_yes(&stack, &["insurer", "put", &insurer]).done();
    let words = [
        "roster",
        "import",
        &file,
        "--insurer",
        "aozora",
        "--full",
        "--mapping",
        mapping,
        "--json",
    ];
    let told = run_yes(&stack, &words).json();
    assert_eq!(
        (&told["new"], &told["goneAlready"]),
        (&1.into(), &1.into()),
        "{told:#}"
    );

    // The member, with what stands on the card and in the letter.
    let mut browser = stack.browser();
    let identity = json!({
        "insurerCode": "aozora", "symbol": "210", "number": "31",
        "birthDate": "昭和50年5月5日", "nameKana": "あおぞら たろう",
    });
    browser.verify(&identity).await.succeeds_with(200);
    let user =
        json!({"userId": "aozora-taro", "password": "hanami-2026", "email": "taro@example.jp"});
    browser.create_user(&user).await.succeeds_with(201);
    browser.send_code().await.succeeds_with(202);
    let code = stack.newest_code_to("taro@example.jp");
    browser.confirm(&code).await.succeeds_with(200);
    let answer = browser.login("aozora-taro", "hanami-2026").await;
    assert_eq!(answer.succeeds_with(200)["next"], "terms");

    // A member who has left cannot.
    let left = json!({
        "insurerCode": "aozora", "symbol": "210", "number": "32",
        "birthDate": "1985-08-08", "nameKana": "クモノ ジロウ",
    });
    let answer = stack.browser().verify(&left).await;
    answer.is_refused_with(404, "member-not-matched");
}
