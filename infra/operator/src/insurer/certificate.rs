//! The certificate that an insurer gets when everything of it is erased: Japanese, whatever the operator's language is.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use domain::InsurerCode;
use time::{Date, Duration};

use crate::{
    audited::Errand,
    failure::Failure,
    output::{For, write_new},
    world::{in_japan, now, today},
};

/// For how many days the tables can be set back to any second (`PointInTimeRecoverySpecification`, in the template).
const BACKUPS_KEPT: Duration = Duration::days(35);

/// What was erased, as it was counted.
pub(super) struct Erased {
    pub(super) members: u64,
    pub(super) accounts: u64,
    /// Whether an earlier run had erased some already.
    pub(super) is_rest: bool,
}

pub(super) struct Certificate<'a> {
    pub(super) code: &'a InsurerCode,
    pub(super) name: Option<&'a str>,
    pub(super) erased: Option<Erased>,
    /// What a scan has found, table by table.
    pub(super) left: &'a BTreeMap<&'static str, u64>,
    pub(super) errand: &'a Errand,
}

impl Certificate<'_> {
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        write_new(path, self.text().as_bytes(), For::Anybody)
    }

    fn text(&self) -> String {
        let mut text = String::from("個人データ消去証明書\n\n");
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{name}　{value}");
        };
        line("保険者　　　", self.name.unwrap_or("―"));
        line("指定コード　", self.code.folded());
        line("確認した日時", &in_japan(now()));
        line("実施者　　　", self.errand.operator());
        if let Some(erased) = &self.erased {
            let rest = if erased.is_rest {
                "（中断の前に消去した分を除く）"
            } else {
                ""
            };
            line(
                "名簿　　　　",
                &format!("{} 名を消去{rest}", erased.members),
            );
            line(
                "アカウント　",
                &format!("{} 件を消去{rest}", erased.accounts),
            );
        }
        text.push_str(
            "\n上記の保険者とその会員について、次のすべての表を読み、該当する項目が1件もないことを確認しました。\n",
        );
        for (table, count) in self.left {
            let _ = writeln!(text, "　{table}　{count} 件");
        }
        let day = |at: Date| format!("{}年{}月{}日", at.year(), u8::from(at.month()), at.day());
        let until = today() + BACKUPS_KEPT;
        let _ = write!(
            text,
            "\nメールアドレスの状態と回数の記録は、キーがハッシュ値のため保険者では検索できません。会員のアカウントを消去する\
             前に、その会員の分を消去しました。\n\
             バックアップには{}まで残り、その後は自動的に消えます。バックアップから戻す場合も、この保険者と会員の分は戻りません。\n\
             監査の記録（氏名・記号・番号・メールアドレスを含まず、ハッシュ値と日時と操作の名前だけ）は3年間残ります。\n",
            day(until)
        );
        text
    }
}
