//! What each notice tells, in both languages.

use time::macros::datetime;

use super::*;

/// Asserts what a notice tells in Japanese, and in the English below it; and that it is whole: no placeholder is left,
/// and there is no link.
fn assert_tells(
    notice: Notice<'_>,
    subjects: [&str; 2],
    told_in_japanese: &[&str],
    told_in_english: &[&str],
) {
    let [in_japanese, in_english] = subjects;
    assert_eq!(notice.subject(), in_japanese);
    let japanese = notice.text();
    let both = notice.in_english_too();
    assert_eq!(both.subject(), format!("{in_japanese} {in_english}"));
    let both = both.text();
    let english = both.strip_prefix(&japanese).expect("Japanese first");
    assert!(english.is_ascii(), "{english}");
    for (text, told) in [(&*japanese, told_in_japanese), (english, told_in_english)] {
        for told in told {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
    assert!(!both.contains('{'), "a placeholder is left: {both}");
    assert!(!both.contains("http"), "there is a link: {both}");
}

const AT: OffsetDateTime = datetime!(2026-12-31 15:05 UTC);
const DESK_IN_JAPANESE: &str =
    "見本健康保険組合\n電話番号：03-0000-0000\n受付時間：平日9時から17時\n";
const DESK_IN_ENGLISH: &str =
    "Sample Health Insurance Society\nTelephone: 03-0000-0000\nHours: weekdays 9:00 to 17:00\n";

fn user_id() -> UserId {
    UserId::parse("Kenpo-Taro").expect("a user ID")
}

#[test]
fn a_new_account_is_told_with_the_user_id_as_it_was_typed_and_no_password() {
    assert_tells(
        Notice::of_new_account(&user_id(), AT, Desk::SAMPLE),
        ["【ユーザーID作成完了のお知らせ】", "Your account was made"],
        &[
            "\nユーザーID：Kenpo-Taro\n",
            "作成日時：2027年1月1日 00時05分（日本時間）\n",
            "パスワードは、本メールに記載しておりません",
            DESK_IN_JAPANESE,
        ],
        &[
            "\nUser ID: Kenpo-Taro\nMade: 1 January 2027, 00:05 (Japan time)\n",
            DESK_IN_ENGLISH,
        ],
    );
}

#[test]
fn a_changed_password_is_told_with_whose_when_and_whom_to_call() {
    assert_tells(
        Notice::of_changed_password(&user_id(), AT, Desk::SAMPLE),
        ["【パスワード変更のお知らせ】", "Your password was changed"],
        &[
            "ユーザーID：Kenpo-Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            DESK_IN_JAPANESE,
        ],
        &[
            "\nUser ID: Kenpo-Taro\nChanged: 1 January 2027, 00:05 (Japan time)\n",
            "please call us at once",
            DESK_IN_ENGLISH,
        ],
    );
}

#[test]
fn a_changed_address_is_told_without_the_whole_address() {
    let email = EmailAddress::parse("taro-new@example.jp").expect("an address");
    let user_id = user_id();
    let notice = || Notice::of_changed_email(&user_id, &email, AT, Desk::SAMPLE);
    let masked = email.masked();
    assert_tells(
        notice(),
        [
            "【メールアドレス変更のお知らせ】",
            "Your email address was changed",
        ],
        &[
            "ユーザーID：Kenpo-Taro\n",
            "2027年1月1日 00時05分（日本時間）",
            &format!("変更後のメールアドレス：{masked}（"),
            DESK_IN_JAPANESE,
        ],
        &[
            "\nUser ID: Kenpo-Taro\nChanged: 1 January 2027, 00:05 (Japan time)\n",
            &format!("\nNew email address: {masked} ("),
            "please call us at once",
            DESK_IN_ENGLISH,
        ],
    );
    let text = notice().in_english_too().text();
    assert!(!text.contains("taro-new@"), "{text}");
}

#[test]
fn a_forgotten_user_id_is_told_as_it_was_typed() {
    assert_tells(
        Notice::of_user_id(&user_id(), Desk::SAMPLE),
        ["【ユーザーIDのお知らせ】", "Your user ID"],
        &["\nユーザーID：Kenpo-Taro\n", "電話番号：03-0000-0000"],
        &[
            "\nYour user ID: Kenpo-Taro\n",
            "\"Forgot your password?\"",
            DESK_IN_ENGLISH,
        ],
    );
}

/// Does something with a login of which all is known, and with one of which neither device nor place is.
fn with_logins(look: impl Fn(LoginFacts<'_>, LoginFacts<'_>)) {
    let user_id = user_id();
    let device = DeviceName::parse("iPhone (Safari)").expect("a name");
    let place = Place::parse("JP-13").expect("a place");
    let known = LoginFacts {
        user_id: &user_id,
        at: AT,
        device: Some(&device),
        place: Some(&place),
        desk: Desk::SAMPLE,
    };
    let unknown = LoginFacts {
        device: None,
        place: None,
        ..known
    };
    look(known, unknown);
}

/// What every notice of a login tells in Japanese.
const LOGIN_IN_JAPANESE: [&str; 6] = [
    "ユーザーID：Kenpo-Taro\n",
    "2027年1月1日 00時05分（日本時間）",
    "端末：iPhone (Safari)\n",
    "場所：東京都\n",
    "電話番号：03-0000-0000",
    "パスワードを再設定し",
];

/// And in English.
const LOGIN_IN_ENGLISH: [&str; 5] = [
    "User ID: Kenpo-Taro\n",
    "Login: 1 January 2027, 00:05 (Japan time)\n",
    "Device: iPhone (Safari)\nPlace: Tokyo\n",
    DESK_IN_ENGLISH,
    "set a new password at once",
];

#[test]
fn a_login_after_failures_is_told_with_what_to_do() {
    with_logins(|login, _| {
        assert_tells(
            Notice::of_login_after_failures(login, 7),
            ["【ログインのお知らせ】", "A login to your account"],
            &[&LOGIN_IN_JAPANESE[..], &["誤り：7回\n"]].concat(),
            &[&LOGIN_IN_ENGLISH[..], &["Wrong passwords before it: 7\n"]].concat(),
        );
    });
}

#[test]
fn a_login_from_a_new_browser_is_told_with_when_it_is_nothing_to_worry_about() {
    with_logins(|login, _| {
        assert_tells(
            Notice::of_login_from_new_browser(login),
            [
                "【新しい端末からのログインのお知らせ】",
                "A login from a new device or browser",
            ],
            &[
                &LOGIN_IN_JAPANESE[..],
                &["お手続きは不要です", "Cookie を削除された"],
            ]
            .concat(),
            &[
                &LOGIN_IN_ENGLISH[..],
                &["there is nothing to do", "cookies"],
            ]
            .concat(),
        );
    });
}

#[test]
fn what_is_not_known_of_a_login_is_said_to_be_unknown() {
    with_logins(|_, login| {
        let notice = Notice::of_login_after_failures(login, 5);
        let text = notice.in_english_too().text();
        assert!(text.contains("端末：不明\n場所：不明\n"), "{text}");
        assert!(
            text.contains("Device: not known\nPlace: not known\n"),
            "{text}"
        );
    });
}

#[test]
fn an_insurer_that_is_not_translated_is_named_in_japanese() {
    let user_id = user_id();
    let desk = Desk {
        english: None,
        ..Desk::SAMPLE
    };
    let notice = Notice::of_new_account(&user_id, AT, desk);
    let text = notice.in_english_too().text();
    assert!(
        text.contains("見本健康保険組合\nTelephone: 03-0000-0000\nHours: 平日9時から17時\n"),
        "{text}"
    );
}
