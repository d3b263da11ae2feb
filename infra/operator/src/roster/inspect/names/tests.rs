//! What the names of columns tell.

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table of names")]
fn a_column_is_known_by_its_name() {
    for (names, expected) in [
        (
            &["記号", "被保険者証記号", "保険証記号", "ｷｺﾞｳ 記号", "新記号"][..],
            Role::Symbol,
        ),
        (
            &["旧記号", "変更前_記号", "保険証記号（旧）"],
            Role::FormerSymbol,
        ),
        (
            &["旧番号", "異動前 番号", "旧被保険者番号"],
            Role::FormerNumber,
        ),
        (&["枝番", "被保険者証枝番"], Role::Branch),
        (
            &[
                "番号",
                "被保険者番号",
                "被保険者証 番号",
                "保険証番号",
                "Ｎｏ．",
                "番号※必須",
                "番号（半角8桁）",
                "BANGO",
            ],
            Role::Number,
        ),
        (&["保険者番号"], Role::InsurerNumber),
        (&["記号・番号", "被保険者証記号番号"], Role::SymbolAndNumber),
        (
            &["都道府県コード", "郡市区符号", "事業所記号"],
            Role::SymbolPart,
        ),
        (
            &["氏名", "漢字氏名", "氏名（漢字）", "被保険者氏名", "お名前"],
            Role::Name,
        ),
        (&["姓", "氏", "氏（漢字）", "Last Name"], Role::FamilyName),
        (&["名", "名（漢字）", "First Name"], Role::GivenName),
        (
            &[
                "カナ氏名",
                "氏名カナ",
                "氏名（ｶﾅ）",
                "フリガナ",
                "ﾌﾘｶﾞﾅ",
                "被保険者氏名_カナ",
            ],
            Role::Kana,
        ),
        (
            &["カナ氏", "姓カナ", "セイ", "Last Name Kana"],
            Role::FamilyKana,
        ),
        (
            &["カナ名", "名（カナ）", "メイ", "First Name Kana"],
            Role::GivenKana,
        ),
        (&["旧姓カナ"], Role::FormerFamilyKana),
        (
            &["生年月日", "生年月日（西暦）", "誕生日", "年月日"],
            Role::BirthDate,
        ),
        (&["元号", "生年月日元号", "年号"], Role::Era),
        (&["続柄", "続柄コード", "本人家族区分"], Role::Relationship),
        (
            &["異動区分", "異動事由", "喪失理由", "資格状態", "有効フラグ"],
            Role::Removal,
        ),
        (
            &[
                "資格喪失年月日",
                "資格喪失日",
                "退職日",
                "喪失予定日",
                "適用終了日",
            ],
            Role::LeftOn,
        ),
        (
            &[
                "資格取得年月日",
                "社員番号",
                "被扶養者生年月日1",
                "旧記号番号",
                "郵便番号",
                "事業所名",
                "作成日",
                "性別",
            ],
            Role::Other,
        ),
        (&["個人番号", "マイナンバー"], Role::MyNumber),
    ] {
        for name in names {
            assert_eq!(role(name), Some(expected), "{name}");
        }
    }
    for name in [
        "",
        "予備1",
        "健保 太郎",
        "01",
        "1001",
        "被保険者名簿",
        "昭和五十五年一月一日",
    ] {
        assert_eq!(role(name), None, "{name}");
    }
}
