//! What a column is, by its name.

use unicode_normalization::UnicodeNormalization as _;

/// What a column may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// 保険者指定コード.
    Insurer,
    /// 保険者番号.
    InsurerNumber,
    /// 記号.
    Symbol,
    /// A part of 記号: the prefecture, the district, the workplace.
    SymbolPart,
    /// 番号.
    Number,
    /// 記号 and 番号 in one.
    SymbolAndNumber,
    /// 記号 and 番号 that somebody had until now.
    FormerSymbol,
    FormerNumber,
    /// 枝番, which tells the insured from their family where no relationship does.
    Branch,
    /// The name as it is shown, its family name, its given name.
    Name,
    FamilyName,
    GivenName,
    /// The same in kana.
    Kana,
    FamilyKana,
    GivenKana,
    /// A former family name in kana.
    FormerFamilyKana,
    BirthDate,
    Era,
    Year,
    Month,
    Day,
    Relationship,
    Removal,
    LeftOn,
    Age,
    /// 個人番号, which nobody may send us.
    MyNumber,
    /// Something else that is known.
    Other,
}

impl Role {
    /// What the role is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Insurer => "insurer",
            Self::InsurerNumber => "insurerNumber",
            Self::Symbol => "symbol",
            Self::SymbolPart => "symbolPart",
            Self::Number => "number",
            Self::SymbolAndNumber => "symbolAndNumber",
            Self::FormerSymbol => "formerSymbol",
            Self::FormerNumber => "formerNumber",
            Self::Branch => "branch",
            Self::Name => "name",
            Self::FamilyName => "familyName",
            Self::GivenName => "givenName",
            Self::Kana => "kana",
            Self::FamilyKana => "familyKana",
            Self::GivenKana => "givenKana",
            Self::FormerFamilyKana => "formerFamilyKana",
            Self::BirthDate => "birthDate",
            Self::Era => "era",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Relationship => "relationship",
            Self::Removal => "removal",
            Self::LeftOn => "leftOn",
            Self::Age => "age",
            Self::MyNumber => "myNumber",
            Self::Other => "other",
        }
    }
}

/// A name as it compares: NFKC, small letters, without blanks and signs, and without what it says of how the column is
/// to be filled in.
fn folded(name: &str) -> String {
    const NOTES: [&str; 6] = ["半角", "全角", "必須", "任意入力", "yyyymmdd", "数字"];
    let folded = name.nfkc().flat_map(char::to_lowercase);
    let folded: String = folded.filter(|c| c.is_alphanumeric()).collect();
    let folded = NOTES
        .iter()
        .fold(folded, |rest, note| rest.replace(note, ""));
    match folded.strip_suffix('桁') {
        Some(rest) => rest.trim_end_matches(char::is_numeric).to_owned(),
        None => folded,
    }
}

/// Whether a name is that of a number of rows as often as that of 番号.
pub(super) fn may_count_rows(name: &str) -> bool {
    folded(name) == "no"
}

/// What a column of this name is; nothing when the name does not tell.
pub(super) fn role(name: &str) -> Option<Role> {
    let name = folded(name);
    let is = |names: &[&str]| names.contains(&&*name);
    let is_title = ["名簿", "一覧", "台帳"]
        .iter()
        .any(|part| name.contains(part));
    if name.is_empty() || is_title || is_written_day(&name) {
        return None;
    }
    if is(&["個人番号", "マイナンバー", "mynumber"]) {
        return Some(Role::MyNumber);
    }
    of_ours(&name)
        .or_else(|| is_other(&name).then_some(Role::Other))
        .or_else(|| of_former(&name))
        .or_else(|| of_day(&name))
        .or_else(|| of_status(&name))
        .or_else(|| of_identifier(&name))
        .or_else(|| of_kana(&name))
        .or_else(|| of_name(&name))
}

/// Whether it is a day in words, as 昭和五十五年一月一日, and no name.
fn is_written_day(name: &str) -> bool {
    let eras = ["明治", "大正", "昭和", "平成", "令和"];
    name.contains('年') && eras.iter().any(|era| name.starts_with(era))
}

/// The columns of a roster that is written for us, and their like in English or in Latin letters.
fn of_ours(name: &str) -> Option<Role> {
    Some(match name {
        "insurercode" | "保険者指定コード" => Role::Insurer,
        "insurernumber" => Role::InsurerNumber,
        "symbol" | "kigo" | "kigou" => Role::Symbol,
        "number" | "bango" | "bangou" => Role::Number,
        "name" | "fullname" | "kanjiname" | "namekanji" | "shimei" | "simei" | "shimeikanji" => {
            Role::Name
        }
        "namekana" | "kana" | "kananame" => Role::Kana,
        "birthdate" | "dateofbirth" | "birthday" | "birth" | "birthymd" | "dob" | "seinengappi" => {
            Role::BirthDate
        }
        "relationship" | "relation" | "zokugara" | "tsuzukigara" => Role::Relationship,
        "branch" | "edaban" => Role::Branch,
        "status" => Role::Removal,
        _ if name.contains("soshitsu") || name.contains("sositu") => Role::LeftOn,
        _ => return None,
    })
}

/// What has a name like one of ours and is something else.
const OTHERS: [&str; 33] = [
    "社員",
    "職員",
    "従業員",
    "電話",
    "郵便",
    "口座",
    "銀行",
    "支店",
    "年金",
    "通番",
    "連番",
    "行番号",
    "事業所名",
    "事業所カナ",
    "事業所番号",
    "会社",
    "住所",
    "メール",
    "所属",
    "部署",
    "性別",
    "備考",
    "取得",
    "認定",
    "交付",
    "世帯",
    "配偶者",
    "扶養者名",
    "標準報酬",
    "適用",
    "更新",
    "作成",
    "発行",
];

/// Whether it is something else. A family in the insured's row is nobody's who may register.
fn is_other(name: &str) -> bool {
    let is_of_family = name.contains("被扶養者") && !name.contains("区分");
    let is_end = name.contains("適用終了");
    is_of_family || (!is_end && OTHERS.iter().any(|part| name.contains(part)))
}

/// 記号 or 番号 of before a change, or of after it where both are there.
fn of_former(name: &str) -> Option<Role> {
    let without = |parts: &[&str]| {
        let rest = parts
            .iter()
            .fold(name.to_owned(), |rest, part| rest.replace(part, ""));
        (rest != name).then_some(rest)
    };
    if let Some(rest) = without(&["旧", "変更前", "異動前"]) {
        return match of_identifier(&rest)? {
            Role::Symbol => Some(Role::FormerSymbol),
            Role::Number => Some(Role::FormerNumber),
            _ => Some(Role::Other),
        };
    }
    of_identifier(&without(&["新", "変更後", "異動後"])?)
}

fn of_day(name: &str) -> Option<Role> {
    const LEFT: [&str; 7] = [
        "喪失",
        "退職",
        "脱退",
        "失効",
        "資格終了",
        "適用終了",
        "死亡",
    ];
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let is_day = name.ends_with('日') || has(&["年月日", "日付"]);
    if has(&LEFT) && is_day {
        Some(Role::LeftOn)
    } else if has(&["生年月日", "誕生日"]) || name == "年月日" {
        Some(if has(&["元号", "年号"]) {
            Role::Era
        } else {
            Role::BirthDate
        })
    } else if has(&["元号", "年号"]) {
        Some(Role::Era)
    } else {
        match name {
            "生年" | "誕生年" | "年" => Some(Role::Year),
            "生月" | "誕生月" | "月" => Some(Role::Month),
            "生日" | "日" => Some(Role::Day),
            "年齢" | "age" => Some(Role::Age),
            _ => is_day.then_some(Role::Other),
        }
    }
}

fn of_status(name: &str) -> Option<Role> {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&[
        "続柄",
        "続き柄",
        "本人家族",
        "本家",
        "家族区分",
        "本人区分",
        "被扶養者区分",
        "被保険者区分",
        "資格区分",
    ]) || name == "本人"
    {
        Some(Role::Relationship)
    } else if has(&[
        "異動",
        "喪失",
        "退職",
        "脱退",
        "処理区分",
        "変更区分",
        "届出区分",
        "更新区分",
        "資格状",
        "加入状",
        "在籍",
        "有効区分",
        "有効フラグ",
        "有効無効",
        "ステータス",
    ]) {
        Some(Role::Removal)
    } else {
        None
    }
}

fn of_identifier(name: &str) -> Option<Role> {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if name.contains("枝番") {
        Some(Role::Branch)
    } else if has(&["都道府県", "郡市区"]) || (name.contains("事業所") && has(&["記号", "符号"]))
    {
        Some(Role::SymbolPart)
    } else if name.contains("記号番号") {
        Some(Role::SymbolAndNumber)
    } else if name.contains("記号") {
        Some(Role::Symbol)
    } else if name.contains("保険者番号") && !name.contains("被保険者番号") {
        Some(Role::InsurerNumber)
    } else if matches!(
        name,
        "番号"
            | "被保険者番号"
            | "被保険者証番号"
            | "被保険者証の番号"
            | "保険証番号"
            | "証番号"
            | "加入者番号"
            | "被保番号"
            | "健康保険証番号"
            | "保険証no"
            | "証no"
            | "no"
    ) {
        Some(Role::Number)
    } else {
        None
    }
}

fn of_kana(name: &str) -> Option<Role> {
    const KANA: [&str; 8] = [
        "カナ",
        "フリガナ",
        "ふりがな",
        "かな",
        "kana",
        "ヨミ",
        "よみ",
        "読み",
    ];
    let is_kana = KANA.iter().any(|part| name.contains(part));
    match name {
        "セイ" | "せい" => return Some(Role::FamilyKana),
        "メイ" | "めい" => return Some(Role::GivenKana),
        _ if !is_kana => return None,
        _ => {}
    }
    let rest = KANA
        .iter()
        .fold(name.to_owned(), |rest, part| rest.replace(part, ""));
    Some(if rest.contains('旧') {
        Role::FormerFamilyKana
    } else {
        match part(&rest) {
            Some(Part::Family) => Role::FamilyKana,
            Some(Part::Given) => Role::GivenKana,
            None => Role::Kana,
        }
    })
}

fn of_name(name: &str) -> Option<Role> {
    if name.contains('旧') {
        return Some(Role::Other);
    }
    let rest = name.replace("漢字", "");
    let is_whole = rest.is_empty()
        || ["氏名", "姓名", "名前", "被保険者名", "加入者名"]
            .iter()
            .any(|part| rest.contains(part));
    match part(&rest) {
        Some(Part::Family) => Some(Role::FamilyName),
        Some(Part::Given) => Some(Role::GivenName),
        None => is_whole.then_some(Role::Name),
    }
}

enum Part {
    Family,
    Given,
}

/// Which part of a name, of what is left when the script is taken away.
fn part(rest: &str) -> Option<Part> {
    let rest = rest
        .trim_start_matches("被保険者")
        .trim_start_matches("本人");
    match rest {
        "姓" | "氏" | "苗字" | "名字" | "セイ" | "familyname" | "lastname" => {
            Some(Part::Family)
        }
        "名" | "メイ" | "givenname" | "firstname" => Some(Part::Given),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
