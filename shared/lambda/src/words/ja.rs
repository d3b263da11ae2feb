//! What was not done and what to do now, in polite Japanese.

use std::time::Duration;

use domain::LetterKeyRule;

use super::{Wait, Words, said};
use crate::{Malformed, Problem, TooMany};

pub(super) fn of(problem: &Problem) -> Words {
    match problem {
        Problem::InvalidRequest(malformed) => {
            said("入力内容に誤りがあります", self::malformed(malformed))
        }
        Problem::MemberNotMatched(rule) => {
            said("ご本人の情報を確認できませんでした", not_matched(*rule))
        }
        Problem::AlreadyRegistered => said(
            "ユーザーIDは作成済みです",
            "登録はすでに完了しています。ログイン画面から、作成したユーザーIDとパスワードでログインしてください。\
                 お心当たりのない場合は、お問い合わせ窓口へご連絡ください。",
        ),
        Problem::RegistrationMissing => said(
            "手続きの続きが見つかりません",
            "手続きの有効期限（2時間）が切れたか、別のブラウザーで始めた手続きです。登録はまだ完了していません。\
                 手続きを始めたスマートフォン・パソコンの同じブラウザーで続けるか、初回ログイン画面からもう一度お手続きください。",
        ),
        Problem::ResetMissing => said(
            "手続きの続きが見つかりません",
            "手続きの有効期限（30分）が切れたか、別のブラウザーで始めた手続きです。認証番号は、手続きを始めたスマートフォン・\
                 パソコンの同じブラウザーの画面に入力するか、ログイン画面の「パスワードを忘れた方はこちら」からもう一度お手続きください。",
        ),
        Problem::UserIdTaken => said(
            "このユーザーIDは使用できません",
            "ご希望のユーザーIDは、すでに使用されています。別のユーザーIDを入力してください。",
        ),
        Problem::UserNotCreated => said(
            "ユーザーIDがまだ作成されていません",
            "先に、ユーザーID・パスワード・メールアドレスを入力して「作成する」を押してください。",
        ),
        Problem::CodeNotSent => said(
            "認証番号がまだ送信されていません",
            "先に、認証番号の送信を行ってください。メールに記載された6桁の番号を入力していただきます。",
        ),
        Problem::CodeMismatch { attempts_left } => said(
            "認証番号が正しくありません",
            format!(
                "最後に届いたメールに記載されている認証番号を、もう一度ご確認ください。あと{attempts_left}回入力できます。"
            ),
        ),
        Problem::CodeExpired => said(
            "認証番号の有効期限が切れました",
            "認証番号は発行から10分間有効です。認証番号を再送信して、新しい番号を入力してください。",
        ),
        Problem::TooManyAttempts { of, retry_after } => too_many(*of, *retry_after),
        Problem::OtherMember => said(
            "別の方の手続きが開かれています",
            "このブラウザーの別の画面で、別の方の手続きが始まりました。この画面で入力された内容は送信されていません。\
                 どちらの方の手続きを続けるかをお選びください。",
        ),
        Problem::RegistrationWaiting => said(
            "認証番号の入力がまだ済んでいません",
            "このユーザーIDは、メールでお送りした認証番号を入力すると使えるようになります。\
                 認証番号の画面へ進んで、手続きを完了してください。",
        ),
        Problem::InvalidCredentials => said(
            "ログインできませんでした",
            "ユーザーIDまたはパスワードが正しくありません。入力内容をご確認のうえ、もう一度お試しください。",
        ),
        Problem::AccountUnavailable => said(
            "このユーザーIDは現在ご利用いただけません",
            "健康保険組合の加入者の名簿で確認できないか、ご利用が停止されています。お問い合わせ窓口へご連絡ください。",
        ),
        Problem::PasswordMismatch => said(
            "現在のパスワードが違います",
            "いまログインに使用しているパスワードを、もう一度ご確認のうえ入力してください。",
        ),
        Problem::NotSignedIn => said(
            "ログインが必要です",
            "ログインしていないか、一定時間ご利用がなかったため自動的にログアウトしました。もう一度ログインしてください。",
        ),
        Problem::TermsNotAccepted => said(
            "利用規約への同意が必要です",
            "利用規約をご確認のうえ、「利用規約に同意する」にチェックして「次へ」を押してください。",
        ),
        Problem::MailNotSent(_) => said(
            "メールを送信できませんでした",
            "入力された内容は失われていません。少し時間をおいて、もう一度送信してください。",
        ),
        Problem::CrossSite => said(
            "この操作は受け付けられません",
            "別のサイトからの操作と判断されました。当サイトの画面から、もう一度操作してください。",
        ),
        Problem::DirectCall => said(
            "この操作は受け付けられません",
            "このアドレスからはご利用いただけません。お手元のご案内に記載されているサイトから操作してください。",
        ),
        Problem::TryAgain(_) => said(
            "ただいま処理を完了できませんでした",
            "少し時間をおいて、もう一度お試しください。続く場合は、お問い合わせ窓口へご連絡ください。",
        ),
    }
}

fn not_matched(rule: LetterKeyRule) -> &'static str {
    match rule {
        LetterKeyRule::Off => {
            "お手元の書類をご覧のうえ、保険者指定コード・記号・番号・生年月日・氏名(カナ)をもう一度ご確認ください。\
             それでも確認できない場合は、お問い合わせ窓口へご連絡ください。"
        }
        LetterKeyRule::Accepted | LetterKeyRule::Required => {
            "お手元の書類をご覧のうえ、保険者指定コード・記号・番号・生年月日・氏名(カナ)と確認キーをもう一度ご確認ください。\
             ご案内が2通以上ある場合は、最後に届いたものをご覧ください。\
             それでも確認できない場合は、お問い合わせ窓口へご連絡ください。"
        }
    }
}

fn malformed(malformed: &Malformed) -> &'static str {
    match malformed {
        Malformed::NotJson => {
            "送信された内容を読み取れませんでした。画面を読み込み直して、もう一度お試しください。"
        }
        Malformed::NotAnObject => {
            "送信された内容の形式が正しくありません。画面を読み込み直して、もう一度お試しください。"
        }
        Malformed::TooLarge => {
            "送信された内容が大きすぎます。入力内容を短くして、もう一度お試しください。"
        }
        Malformed::MediaType => {
            "送信の形式が正しくありません。画面を読み込み直して、もう一度お試しください。"
        }
        Malformed::Fields(_) => "入力内容をご確認のうえ、もう一度送信してください。",
    }
}

fn too_many(of: TooMany, retry_after: Duration) -> Words {
    let wait = wait(retry_after);
    let detail = match of {
        TooMany::Verifications(LetterKeyRule::Off)
        | TooMany::VerificationsOfClient(LetterKeyRule::Off) => format!(
            "確認できない入力が続いたため、一時的に受付を停止しています。{wait}ほどおいて、もう一度お試しください。\
             別のネットワーク（スマートフォンの回線など）からは、すぐにお試しいただけます。\
             お急ぎの場合は、お問い合わせ窓口へご連絡ください。"
        ),
        TooMany::Verifications(LetterKeyRule::Accepted | LetterKeyRule::Required)
        | TooMany::VerificationsOfClient(LetterKeyRule::Accepted | LetterKeyRule::Required) => format!(
            "確認できない入力が続いたため、一時的に受付を停止しています。{wait}ほどおいて、もう一度お試しください。\
             お手元のご案内に印刷されている確認キーを正しく入力すると、すぐにお手続きいただけます。\
             お困りの場合は、お問い合わせ窓口へご連絡ください。"
        ),
        TooMany::VerificationsClosed(LetterKeyRule::Accepted | LetterKeyRule::Required) => {
            "この記号・番号には、確認できない入力が多数ありました。ご本人を守るため、受付を停止しています。\
             お手元のご案内に印刷されている確認キーを正しく入力すると、すぐにお手続きいただけます。\
             ご案内が見当たらない場合は、お問い合わせ窓口へご連絡ください。"
                .to_owned()
        }
        TooMany::VerificationsByLetter => format!(
            "確認できない入力が続いたため、このご案内の受付を一時的に停止しています。\
             {wait}ほどおいて、生年月日・氏名(カナ)をもう一度ご確認ください。\
             お急ぎの場合は、お問い合わせ窓口へご連絡ください。"
        ),
        TooMany::VerificationsClosed(LetterKeyRule::Off) => "この記号・番号には、確認できない入力が多数ありました。ご本人を守るため、受付を停止しています。\
             お手数ですが、お問い合わせ窓口へご連絡ください。窓口ですぐに再開できます。"
            .to_owned(),
        TooMany::Creations => "作成の操作が多すぎたため、この手続きを続けられません。\
             お手数ですが、初回ログイン画面からもう一度お手続きください。"
            .to_owned(),
        TooMany::CodeMails => format!(
            "認証番号は続けて送信できません。{wait}ほどおいて、もう一度送信してください。\
             届かない場合は、迷惑メールフォルダーと受信設定もご確認ください。"
        ),
        TooMany::UserIdsOfMember => format!(
            "作成の操作が1日の上限に達しました。{wait}ほどおいて、もう一度お手続きください。\
             お急ぎの場合は、お問い合わせ窓口へご連絡ください。窓口ですぐに再開できます。"
        ),
        TooMany::CodesOfMember => format!(
            "認証番号の送信が1日の上限に達しました。{wait}ほどおいて、もう一度送信してください。\
             お急ぎの場合は、お問い合わせ窓口へご連絡ください。窓口ですぐに再開できます。"
        ),
        TooMany::ResetsClosed => format!(
            "パスワードの再設定の申し込みが続いたため、一時的に受付を停止しています。{wait}ほどおいて、もう一度お試しください。\
             届いている認証番号は、有効期限までお使いいただけます。お急ぎの場合は、お問い合わせ窓口へご連絡ください。"
        ),
        TooMany::WrongCodes => {
            return said(
                "この認証番号は使えなくなりました",
                "認証番号の入力を5回間違えたため、この番号は使えなくなりました。新しい認証番号を送信して、届いた番号を入力してください。",
            );
        }
        TooMany::Logins => format!(
            "ログインできない状態が続いたため、一時的に受付を停止しています。{wait}ほどおいて、もう一度お試しください。\
             パスワードをお忘れの場合は、「パスワードを忘れた方はこちら」からお手続きください。"
        ),
        TooMany::PasswordChecks => format!(
            "現在のパスワードの入力を続けて間違えたため、一時的に受付を停止しています。{wait}ほどおいて、もう一度お試しください。\
             パスワードをお忘れの場合は、ログイン画面の「パスワードを忘れた方はこちら」からお手続きください。"
        ),
        TooMany::AtOnce => format!(
            "直前の操作を処理しています。{wait}ほどおいて、もう一度お試しください。入力の誤りとしては数えていません。"
        ),
        TooMany::LoginsClosed => "ログインの失敗が重なったため、このユーザーIDではログインできなくなっています。\
             「パスワードを忘れた方はこちら」からパスワードを再設定するか、お問い合わせ窓口へご連絡ください。"
            .to_owned(),
    };
    said("しばらくお待ちください", detail)
}

fn wait(retry_after: Duration) -> String {
    match Wait::of(retry_after) {
        Wait::Seconds(seconds) => format!("{seconds}秒"),
        Wait::Minutes(minutes) => format!("{minutes}分"),
        Wait::Hours(hours) => format!("{hours}時間"),
    }
}
