//! Twenty files as the systems of health insurers print them, each with something that its columns do not say.

use encoding_rs::{ISO_2022_JP, SHIFT_JIS};

use super::{HEADER_LINE, ICHIRO, JIRO, Shape, all_are_right, text};

fn cp932(shape: Shape) -> Shape {
    in_encoding(shape, SHIFT_JIS)
}

fn in_encoding(shape: Shape, encoding: &'static encoding_rs::Encoding) -> Shape {
    let written = String::from_utf8(shape.bytes).unwrap();
    Shape {
        bytes: encoding.encode(&written).0.into_owned(),
        ..shape
    }
}

const BOTH: &str = "01,1001,健保 一郎,ケンポ イチロウ,19800101,本人\n01,1002,健保 次郎,ケンポ ジロウ,19810203,本人\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_in_many_ways_is_read() {
    all_are_right(vec![
        cp932(text(
            "eras.csv",
            "記号,番号,氏名,カナ氏名,生年月日\n01,1001,健保 一郎,ケンポ イチロウ,Ｓ５５．０１．０１\n01,1002,健保 次郎,ケンポ ジロウ,昭和 56年 2月 3日\n01,1003,健保 三郎,ケンポ サブロウ,S57/ 3/ 4\n01,1004,健保 四郎,ケンポ シロウ,平成元年５月６日\n01,1005,健保 五郎,ケンポ ゴロウ,H02-07-08\n",
        ))
        .counts([5, 0, 0, 0])
        .has(&[
            ICHIRO,
            JIRO,
            ("demo#1#1003", "健保 三郎", "1982-03-04"),
            ("demo#1#1004", "健保 四郎", "1989-05-06"),
            ("demo#1#1005", "健保 五郎", "1990-07-08"),
        ]),
        cp932(text(
            "full_width.csv",
            &format!("{HEADER_LINE}０１,１００１,健保　一郎,ケンポ　イチロウ,１９８００１０１,本人\n"),
        )),
        cp932(text(
            "wrapped_header.csv",
            "\"被保険者証\n記号\",\"被保険者証\n番号\",\"被保険者\n氏名\",\"被保険者氏名\n（カナ）\",\"生年月日\n（和暦）\",\"性別\",\"続柄\nコード\",\"資格取得\n年月日\",\"資格喪失\n年月日\"\r\n\"01\",\"1001\",\"健保　一郎\",\"ｹﾝﾎﾟ ｲﾁﾛｳ\",\"S55.01.01\",\"1\",\"00\",\"H10.04.01\",\"\"\r\n\"01\",\"1001\",\"健保　花子\",\"ｹﾝﾎﾟ ﾊﾅｺ\",\"S57.01.01\",\"2\",\"01\",\"H12.04.01\",\"\"\r\n\"01\",\"1003\",\"健保　三郎\",\"ｹﾝﾎﾟ ｻﾌﾞﾛｳ\",\"S57.03.04\",\"1\",\"00\",\"H10.04.01\",\"R06.03.31\"\r\n",
        ))
        .maps(&["leftOn = \"資格喪失 年月日\"", "insured = [\"00\"]"])
        .counts([1, 1, 1, 0]),
        // Line ends within an address, and below the list how many rows it has and when it was printed.
        text(
            "counted.csv",
            "記号,番号,氏名,カナ氏名,生年月日,住所,続柄\n01,1001,健保 一郎,ケンポ イチロウ,19800101,\"見本県見本市\n見本町1-1\",本人\n01,1002,健保 次郎,ケンポ ジロウ,19810203,\"見本県見本市\n見本町1-2\",本人\n総件数：2件\n出力日時：2026/04/01 10:00\n",
        )
        .maps(&["footer = [\"出力日時\", \"総件数\"]"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        // NEC's and IBM's characters.
        cp932(text(
            "extensions.csv",
            &format!("{HEADER_LINE}①,1001,髙﨑 一郎,ﾀｶｻｷ ｲﾁﾛｳ,19800101,本人\n"),
        ))
        .has(&[("demo#1#1001", "髙﨑 一郎", "1980-01-01")]),
        // Voicing marks by themselves: half width, full width, combining.
        text(
            "marks.csv",
            "記号,番号,氏名,ｶﾅ氏名,生年月日\n01,1001,健保 一郎,ｹﾝﾎ゜ ｲﾁﾛｳ,19800101\n01,1002,健保 次郎,ケンホ\u{309A} シ\u{3099}ロウ,19810203\n",
        )
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        cp932(text(
            "parts.csv",
            "記号,番号,被保険者氏,被保険者名,被保険者氏カナ,被保険者名カナ,生年月日（元号）,生年月日（年月日）,本人家族区分\n01,1001,健保,一郎,ｹﾝﾎﾟ,ｲﾁﾛｳ,昭,550101,本\n01,1001,健保,花,ｹﾝﾎﾟ,ﾊﾅ,平,020101,家\n",
        ))
        .maps(&["birthDate = [\"生年月日（元号）\", \"生年月日（年月日）\"]"])
        .counts([1, 1, 0, 0]),
        text(
            "foreigners.csv",
            &format!("{HEADER_LINE}01,1001,SAMPLE TARO,サンプル・タロウ,19800101,本人\n"),
        )
        .has(&[("demo#1#1001", "SAMPLE TARO", "1980-01-01")]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_that_say_little_are_understood() {
    all_are_right(vec![
        // Nothing but 枝番 tells the insured from their family.
        text(
            "branch.csv",
            "保険証記号,保険証番号,枝番,漢字氏名,カナ氏名,性別,生年月日\n01,1001,00,健保 一郎,ケンポ イチロウ,男,1980/01/01\n01,1001,01,健保 花,ケンポ ハナ,女,1982/01/01\n01,1002,00,健保 次郎,ケンポ ジロウ,男,1981/02/03\n",
        )
        .maps(&["relationship = \"枝番\"", "insured = [\"00\"]"])
        .counts([2, 1, 0, 0])
        .has(&[ICHIRO, JIRO]),
        // The code's lowest is a wife's; the words beside it say so.
        text(
            "codes_and_words.csv",
            "記号,番号,続柄コード,続柄,氏名,カナ,生年月日\n01,1001,10,本人,健保 一郎,ケンポ イチロウ,19800101\n01,1001,01,妻,健保 花,ケンポ ハナ,19820101\n",
        )
        .maps(&["relationship = \"続柄\"", "insured = [\"本人\"]"])
        .counts([1, 1, 0, 0]),
        text(
            "kinds.csv",
            "記号,番号,氏名,カナ氏名,生年月日,資格区分\n01,1001,健保 一郎,ケンポ イチロウ,19800101,一般\n01,1002,健保 次郎,ケンポ ジロウ,19810203,任継\n",
        )
        .maps(&["insured = [\"一般\", \"任継\"]"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        text(
            "flag.csv",
            "記号,番号,氏名,カナ氏名,生年月日,喪失フラグ\n01,1001,健保 一郎,ケンポ イチロウ,19800101,0\n01,1002,健保 次郎,ケンポ ジロウ,19810203,1\n",
        )
        .maps(&["removal = \"喪失フラグ\"", "values = [\"1\"]", "stay = [\"0\"]"])
        .counts([1, 0, 1, 0]),
        text(
            "same_names.csv",
            "記号,番号,氏名,氏名,生年月日,生年月日\n01,1001,健保 一郎,ケンポ イチロウ,550101,19800101\n",
        )
        .maps(&["name = 3", "kana = 4", "birthDate = 6"]),
        // A family in the insured's row.
        text(
            "family.csv",
            "記号,番号,被扶養者氏名1,被扶養者カナ1,被扶養者生年月日1,被保険者氏名,被保険者カナ氏名,被保険者生年月日\n01,1001,健保 花,ケンポ ハナ,19820101,健保 一郎,ケンポ イチロウ,19800101\n",
        ),
        text(
            "renumbered.csv",
            "旧記号,旧番号,新記号,新番号,氏名,カナ氏名,生年月日\n09,9001,01,1001,健保 一郎,ケンポ イチロウ,19800101\n,,01,1002,健保 次郎,ケンポ ジロウ,19810203\n",
        )
        .maps(&["number = \"新番号\"", "formerSymbol = \"旧記号\"", "formerNumber = \"旧番号\""])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_between_and_around_the_rows_is_left_out() {
    all_are_right(vec![
        text(
            "blank_columns.csv",
            ",記号,,番号,,氏名,,カナ氏名,,生年月日,,続柄,,\n,01,,1001,,健保 一郎,,ケンポ イチロウ,,19800101,,本人,,\n",
        ),
        // Each page has its title, its number where a birth date would be, and the header.
        text(
            "titled_pages.csv",
            "被保険者一覧表,,,,1頁\n作成日：令和8年4月1日\n\n記号,番号,氏名,カナ氏名,生年月日,続柄\n01,1001,健保 一郎,ケンポ イチロウ,19800101,本人\n\n被保険者一覧表,,,,2頁\n作成日：令和8年4月1日\n\n記号,番号,氏名,カナ氏名,生年月日,続柄\n01,1002,健保 次郎,ケンポ ジロウ,19810203,本人\n以上 2名\n",
        )
        .maps(&["footer = [\"以上\", \"作成日\", \"被保険者一覧表\"]"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        // Rows of several kinds: the begin of the data, members, a count, the end.
        cp932(text(
            "records.csv",
            "1,被保険者データ,20260401,2\n2,01,1001,健保 一郎,ケンポ イチロウ,19800101\n2,01,1002,健保 次郎,ケンポ ジロウ,19810203\n8,2\n9\n",
        ))
        .maps(&["skip = 1", "footer = [\"8\", \"9\"]", "number = 3"])
        .counts([2, 0, 0, 0])
        .has(&[ICHIRO, JIRO]),
        // Old Macs end lines with CR, DOS ends files with Ctrl-Z, mainframes write JIS.
        text("mac.txt", &format!("{HEADER_LINE}{BOTH}").replace(',', "\t").replace('\n', "\r"))
            .counts([2, 0, 0, 0])
            .has(&[ICHIRO, JIRO]),
        text("dos.csv", &format!("{HEADER_LINE}{BOTH}\u{1A}"))
            .counts([2, 0, 0, 0])
            .has(&[ICHIRO, JIRO]),
        in_encoding(text("mainframe.csv", &format!("{HEADER_LINE}{BOTH}")), ISO_2022_JP)
            .counts([2, 0, 0, 0])
            .has(&[ICHIRO, JIRO]),
        text(
            "spaced.csv",
            " 記 号 , 番 号 , 氏　名 , カ ナ 氏 名 , 生 年 月 日 \n 01 , 1001 , 健保 一郎 , ケンポ イチロウ , 1980/1/1 \n",
        ),
    ])
    .await;
}
