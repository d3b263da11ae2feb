//! Texts: encodings, delimiters, headers, dates and codes.

use encoding_rs::{EUC_JP, SHIFT_JIS};

use super::{ICHIRO, JIRO, Shape, all_are_right, text};

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
