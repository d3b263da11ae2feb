//! Events and outcomes of the trail, in the words of a Japanese desk and of who reads what is kept about them. What is not
//! here is told by its own name.

/// What an event is called.
pub(crate) fn event(name: &str) -> &str {
    match name {
        "verify-member" => "本人確認",
        "create-user" => "ユーザーIDの登録",
        "confirm-code" => "メールアドレスの確認（アカウントの作成）",
        "login" => "ログイン",
        "accept-terms" => "利用規約への同意",
        "logout" => "ログアウト",
        "request-password-reset" => "パスワード再設定の申込み",
        "reset-password" => "パスワードの再設定",
        "remind-user-id" => "ユーザーIDの照会",
        "change-password" => "パスワードの変更",
        "change-email" => "メールアドレスの変更",
        "end-sessions" => "ほかの端末のログアウト",
        "roster-import" => "名簿の取込み",
        "campaign-reset" => "年度の切替え",
        "account-find" | "account-show" | "account-history" | "member-show" => "窓口での確認",
        "account-unlock" => "窓口でのロック解除",
        "account-disable" => "窓口での停止",
        "account-enable" => "窓口での再開",
        "account-end-sessions" => "窓口での全端末のログアウト",
        "account-start-reset" => "窓口での再設定の受付",
        "member-open" => "窓口での受付の再開",
        "member-letter" => "手紙の再送の受付",
        "letter-keys" => "手紙の確認キーの作り直し",
        "member-disclose" => "開示",
        "member-erase" => "消去",
        "member-move" => "記号・番号の変更",
        "restore" => "バックアップからの復元",
        other => other,
    }
}

/// What came of it.
pub(crate) fn outcome(name: &str) -> &str {
    match name {
        "done" => "完了",
        "begun" => "開始",
        "refused" => "中止",
        "rehearsed" => "予行",
        "not-found" => "該当なし",
        "member-not-matched" => "名簿と不一致",
        "already-registered" | "has-account" => "登録済み",
        "registration-missing" | "reset-missing" => "手続きの期限切れ",
        "user-id-taken" => "使われているユーザーID",
        "user-not-created" => "ユーザーIDが未登録",
        "code-not-sent" => "認証番号が未送信",
        "code-mismatch" => "認証番号の誤り",
        "code-expired" => "認証番号の期限切れ",
        "too-many-attempts" => "回数の上限",
        "invalid-credentials" => "ユーザーIDかパスワードの誤り",
        "account-unavailable" => "停止中のアカウント",
        "password-mismatch" => "パスワードの誤り",
        "not-signed-in" => "ログイン切れ",
        "terms-not-accepted" => "利用規約が未同意",
        "other-person" => "名簿では別の方",
        "changed" => "途中で変更あり",
        other => other,
    }
}
