//! What a restore found, and what it brought back.

use serde::Serialize;
use store::RestoredFrom;
use time::OffsetDateTime;

use super::{Kept, Restore, beside::Counts};
use crate::{
    answer::{Answer, grouped, table},
    audited::Errand,
    language::{say, word},
    world::in_japan,
};

/// A restore, before and after.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    dry_run: bool,
    table: Kept,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    insurer: Option<String>,
    /// The table that it was restored from, where DynamoDB tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::serde::rfc3339::option")]
    as_of: Option<OffsetDateTime>,
    #[serde(skip)]
    is_ours: bool,
    #[serde(flatten)]
    counts: Counts,
    /// How many came back, once they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<u64>,
    #[serde(skip)]
    event: String,
}

impl Summary {
    /// Before anything is written.
    pub(super) fn of(
        restore: &Restore,
        from: &RestoredFrom,
        counts: Counts,
        errand: &Errand,
    ) -> Self {
        Self {
            dry_run: errand.is_rehearsal(),
            table: restore.table,
            from: restore.from.clone(),
            insurer: restore
                .insurer
                .as_ref()
                .map(|code| code.folded().to_owned()),
            restored_of: from.table.clone(),
            as_of: from.at,
            is_ours: from.is_ours,
            counts,
            written: None,
            event: errand.told(),
        }
    }

    /// What was found, and what is to be written: what a person is asked about.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        self.found()
            .into_iter()
            .chain(self.writes(self.counts.missing))
    }

    fn found(&self) -> Vec<String> {
        let counts = &self.counts;
        let mut rows = vec![(word!(ja: "復元元", en: "from"), self.source())];
        if let Some(code) = &self.insurer {
            rows.push((word!(ja: "保険者", en: "insurer"), code.clone()));
        }
        let staying = |count: u64, what: &str| {
            format!("{}{}", grouped(count), if count == 0 { "" } else { what })
        };
        rows.push((word!(ja: "同じ", en: "the same"), grouped(counts.same)));
        rows.push((
            word!(ja: "異なる", en: "differ"),
            staying(
                counts.differ,
                word!(ja: "件。こちらが新しいため、そのままです", en: ", newer here, and stay"),
            ),
        ));
        rows.push((word!(ja: "ない", en: "missing"), grouped(counts.missing)));
        if self.table == Kept::Accounts {
            let anew = word!(ja: "件。以前のアカウントは戻しません", en: ", and the account of before stays gone");
            rows.push((
                word!(ja: "登録し直した", en: "registered anew"),
                staying(counts.registered_anew, anew),
            ));
            let taken =
                word!(ja: "件。戻しません", en: " by somebody else, and the account stays gone");
            rows.push((
                word!(ja: "IDが他人のもの", en: "user ID taken"),
                staying(counts.user_id_taken, taken),
            ));
        }
        if counts.erased > 0 {
            rows.push((
                word!(ja: "消去済み", en: "erased since"),
                staying(
                    counts.erased,
                    word!(ja: "件。戻しません", en: ", and stay gone"),
                ),
            ));
        }
        if counts.rekeyed > 0 {
            let other = word!(
                ja: "件。保険者の番号の規則が変わり、別のキーで名簿にいるため、戻しません",
                en: " in the roster by another key, since the insurer's rule for numbers has changed, and stay gone",
            );
            rows.push((
                word!(ja: "キーの変更", en: "rekeyed"),
                staying(counts.rekeyed, other),
            ));
        }
        rows.push((
            word!(ja: "以後の新規", en: "new since"),
            staying(counts.new, word!(ja: "件。そのままです", en: ", and stay")),
        ));
        table(&rows)
    }

    fn source(&self) -> String {
        let mut source = self.from.clone();
        if let Some(table) = &self.restored_of {
            let other = if self.is_ours {
                ""
            } else {
                word!(ja: "（このスタックの表ではありません）", en: ", which is not the stack's")
            };
            source = say!(ja: "{source}（{table}{other} から）", en: "{source}, of {table}{other}");
        }
        if let Some(at) = self.as_of {
            source = {
                let at = in_japan(at);
                say!(ja: "{source}、{at} 現在", en: "{source}, as of {at}")
            };
        }
        source
    }

    fn writes(&self, count: u64) -> Vec<String> {
        let how = match self.table {
            Kept::Accounts => {
                word!(ja: "（会員との対応も。ログインはしていない状態で）", en: ", each with its member's claim, signed in nowhere")
            }
            _ => "",
        };
        let (table, count) = (self.table.name(), grouped(count));
        let mut lines = vec![say!(
            ja: "  {table:9}  {count} 件を戻します{how}",
            en: "  {table:9}  {count} come back{how}",
        )];
        if self.table == Kept::Accounts {
            lines.push(say!(ja: "  Audit      アカウントと会員ごとに1件の記録", en: "  Audit      an event of each account and of its member"));
        }
        lines.push(format!("  Audit      {}", self.event));
        lines
    }

    /// What there is to do about what did not come back, or should not have.
    fn ways_on(&self) -> Vec<&'static str> {
        let (counts, mut ways) = (&self.counts, Vec::new());
        match self.table {
            Kept::Members if counts.missing + counts.differ > 0 => ways.push(
                word!(ja: "その後に抜けた会員も戻り、異なる会員はそのままです。最新の名簿を --full で取り込んでください", en: "who left since comes back too, and who differs stays: import the latest full roster"),
            ),
            Kept::Accounts if counts.differ > 0 => {
                ways.push(word!(ja: "異なるアカウントは、会員がその後に変えたものです。そのままにしてください", en: "an account that differs is what its member made of it since: leave it"));
            }
            Kept::Insurers if counts.differ > 0 => ways.push(
                word!(ja: "異なる保険者は、`operator insurer show` で確認し、`operator insurer put` で変えられます", en: "an insurer that differs: `operator insurer show` has what it is, `operator insurer put` changes it"),
            ),
            Kept::Audit if counts.differ > 0 => {
                ways.push(word!(ja: "記録は変わらないはずです。異なるものは開発者に伝えてください", en: "no event ever changes: one that differs needs a developer"));
            }
            _ => {}
        }
        if counts.registered_anew + counts.user_id_taken > 0 {
            ways.push(
                word!(ja: "登録し直した会員は新しいアカウントを使います。IDが他人のものになった会員は、登録し直します", en: "who has registered anew uses the new account; whose user ID is taken registers anew"),
            );
        }
        ways
    }
}

impl Answer for Summary {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.found();
        let missing = self.counts.missing;
        if missing == 0 {
            lines.push(say!(ja: "足りないものはなく、何も書き込んでいません。", en: "Nothing is missing, and nothing was written."));
        } else {
            let title = if self.written.is_some() {
                word!(ja: "書き込みました:", en: "Written:")
            } else {
                word!(ja: "書き込む内容:", en: "Would write:")
            };
            lines.push(title.to_owned());
            lines.extend(self.writes(self.written.unwrap_or(missing)));
        }
        if self.written.is_some_and(|written| written < missing) {
            lines.push(say!(ja: "残りは、その間にほかで書き込まれました。", en: "The rest is there by now, written by somebody else meanwhile."));
        }
        let ways = self.ways_on();
        if !ways.is_empty() {
            lines.push(say!(ja: "そのあと:", en: "Then:"));
            lines.extend(ways.iter().map(|way| format!("  {way}")));
        }
        lines
    }
}
