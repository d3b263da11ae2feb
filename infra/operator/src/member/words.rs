//! What is kept, in the words of who reads it about themselves: Japanese, whatever the operator's language is.

/// What stands in the place of what would open something. That it is kept is disclosed; it is not.
pub(super) const WITHHELD: &str = "（保存していますが、安全のため開示しません）";

/// The title of a table.
pub(super) fn table(name: &str) -> &str {
    match name {
        "Members" => "名簿",
        "Accounts" => "アカウント",
        "Registrations" => "登録の手続き",
        "Sessions" => "ログイン中の端末",
        "Resets" => "パスワード再設定の手続き",
        "Throttles" => "回数の記録",
        "Addresses" => "メールアドレスの状態",
        other => other,
    }
}

/// The name of an attribute; nothing of one that nobody has named.
pub(super) fn attribute(name: &str) -> Option<&'static str> {
    Some(match name {
        "account" => "アカウントのキー",
        "account_id" => "アカウントの内部番号",
        "acceptances" => "同意した利用規約と日時",
        "address" => "メールアドレスのハッシュ値",
        "alternate_kana" => "ほかのカナ氏名（照合用に整えたもの）",
        "attempts" => "メールを送った日時",
        "birth_date" => "生年月日",
        "bounces" => "メールが戻った日時",
        "code" => "認証番号の照合値",
        "code_expires_at" => "認証番号の期限",
        "code_tries" => "認証番号を試した日時",
        "code_tries_counted" => "認証番号を誤った日時",
        "complained_at" => "迷惑メールとして申告された日時",
        "completed_at" => "手続きが終わった日時",
        "created_at" => "作成した日時",
        "creates" => "ユーザーIDの登録を試した日時",
        "creates_counted" => "ユーザーIDの登録を数えた日時",
        "delayed_at" => "配信が遅れた日時",
        "delivered_at" => "配信された日時",
        "device" => "端末",
        "devices" => "ログインした端末",
        "disabled_at" => "停止した日時",
        "email" => "メールアドレス",
        "expires_at" => "期限",
        "flow_subject" => "手続きの内部番号",
        "handed_over_at" | "mailed_at" => "送信した日時",
        "holder" => "ユーザーIDを予約した会員",
        "idle_expires_at" => "操作がないときの期限",
        "insurer" => "保険者指定コード",
        "last_at" | "last_send_at" => "最後にメールを送った日時",
        "last_login_at" => "最後にログインした日時",
        "letter_key" => "手紙の確認キーの照合値",
        "letter_key_drawn_at" => "手紙の確認キーを作成した日時",
        "letter_key_run" => "手紙の確認キーを作成した実行の番号",
        "letter_key_survey" => "手紙の回答締切",
        "letter_wanted_at" => "手紙の再送を受け付けた日時",
        "last_login_place" => "最後にログインした地域",
        "lifted_at" => "送信を再開した日時",
        "mail" => "最後に送ったメールの内部番号",
        "mail_sender" => "メールの差出人",
        "member" => "会員（保険者・記号・番号）",
        "member_name" | "name" => "氏名",
        "message_id" => "戻ったメールの番号",
        "name_kana" => "カナ氏名（照合用に整えたもの）",
        "number" => "番号",
        "opened_until" => "窓口で再開した期限",
        "password" | "password_hash" => "パスワードの照合値",
        "place" => "ログインした地域",
        "previous_login_at" => "前回ログインした日時",
        "previous_login_place" => "前回ログインした地域",
        "recovery_email" => "再設定用に控えたメールアドレス",
        "recovery_until" => "控えたメールアドレスの期限",
        "refused_until" => "送信を止める期限",
        "registration" => "登録の手続きのキー",
        "returned_at" => "戻った日時",
        "requested_at" => "申し込んだ日時",
        "reset" => "再設定の手続きのキー",
        "sends" => "認証番号を送った日時",
        "session" => "ログインのキー",
        "sessions" => "ログインの一覧",
        "subject" => "記録上の番号",
        "suppressed_at" => "配信が見送られた日時",
        "survey_deadline" => "回答の締切",
        "symbol" => "記号",
        "terms_accepted" => "利用規約への同意",
        "terms_version" => "利用規約の版",
        "throttle" => "回数の記録のキー",
        "token" => "手続きのキー",
        "tries" => "試した日時",
        "tries_counted" => "誤った日時",
        "ttl" => "自動的に消える日時",
        "user_id" => "ユーザーID",
        "verified_at" => "本人を確認した日時",
        _ => return None,
    })
}

/// Whether an attribute, or what it lists, would open something or is a key of ours.
pub(super) fn is_withheld(name: &str) -> bool {
    matches!(
        name,
        "code"
            | "devices"
            | "flow_subject"
            | "letter_key"
            | "password"
            | "password_hash"
            | "registration"
            | "reset"
            | "session"
            | "sessions"
            | "token"
    )
}
