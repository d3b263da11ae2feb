//! What fits onto the sheet, and what is refused.

use domain::{
    EmailAddress, InsurerCode, KeyRule, LetterKeyRule, LongMark, SurveyAddress, SurveyDeadline,
    SurveyOpening,
};
use store::Contact;
use time::macros::date;

use super::*;

fn insurer() -> Insurer {
    Insurer {
        code: InsurerCode::parse("jkc").unwrap(),
        name: "JVCケンウッド健康保険組合".to_owned(),
        mail_sender: EmailAddress::parse("jkc@ibss.example.jp").unwrap(),
        contact: Contact {
            telephone: "050-2018-3292".to_owned(),
            hours: "平日10時から17時、12時～13時・土日祝日を除く".to_owned(),
            mail: "jkc@ibss.example.jp".to_owned(),
        },
        english: None,
        terms_versions: Vec::new(),
        survey_deadline: Some(SurveyDeadline::parse("2027-01-29").unwrap()),
        survey_opens: None,
        survey_address: None,
        campaign: None,
        long_mark: LongMark::Significant,
        key_rule: KeyRule::default(),
        letter_key: LetterKeyRule::Off,
    }
}

fn site() -> Site {
    Site::parse("https://ibss.example.jp").unwrap()
}

#[test]
fn a_day_is_said_in_both_years() {
    assert_eq!(
        said(date!(2027 - 01 - 29)),
        "2027年（令和9年）1月29日（金）"
    );
}

#[test]
fn the_sheet_has_what_a_member_needs() {
    let sheet = svg(&insurer(), &site(), None).unwrap();
    for text in [
        "width=\"210mm\" height=\"297mm\"",
        ">初回ログインのご案内<",
        ">JVCケンウッド健康保険組合<",
        ">2027年（令和9年）1月29日（金） まで<",
        ">https://ibss.example.jp/portal/signup.ibss?jkc<",
        ">https://ibss.example.jp/portal/<",
        ">jkc<",
        ">050-2018-3292<",
        "jkc@ibss.example.jp",
        "お聞きすることはありません",
    ] {
        assert!(sheet.contains(text), "{text}");
    }
    let without = Insurer {
        survey_deadline: None,
        ..insurer()
    };
    assert!(!svg(&without, &site(), None).unwrap().contains("回答期限"));
}

/// The insurer with a survey that opens on a day.
fn opening(day: &str, address: Option<&str>) -> Insurer {
    Insurer {
        survey_opens: Some(SurveyOpening::parse(day).unwrap()),
        survey_address: address.map(|address| SurveyAddress::parse(address).unwrap()),
        ..insurer()
    }
}

#[test]
fn the_sheet_says_from_when_on_the_survey_is_answered() {
    let address = Some("https://survey.example.jp/jkc");
    let sheet = |insurer| svg(&insurer, &site(), None).unwrap();
    let said = sheet(opening("2026-11-02", None));
    assert!(said.contains(">登録はすぐに、回答は2026年11月2日（月）からできます。<"));
    let said = sheet(opening("2026-11-02", address));
    let when = ">登録はすぐに、回答は2026年11月2日（月）から、ログイン後の画面でできます。<";
    assert!(said.contains(when));
    // Last year's day is none, and without a deadline there is no survey.
    for none in [
        insurer(),
        opening("2025-11-04", address),
        Insurer {
            survey_deadline: None,
            ..opening("2026-11-02", address)
        },
    ] {
        assert!(!sheet(none).contains("登録はすぐに"));
    }
}

#[test]
fn a_sheet_with_all_that_there_may_be_ends_within_its_box() {
    let key = LetterKey::parse("7K2M-0XQ4-1BVW").unwrap();
    let keyed = Keyed {
        name: "健保 太郎",
        row: "0001",
        key: &key,
    };
    let insurer = opening("2026-11-02", Some("https://survey.example.jp/jkc"));
    for keyed in [None, Some(&keyed)] {
        let sheet = svg(&insurer, &site(), keyed).unwrap();
        assert!(measured(&sheet).0 >= 3.0);
        ends_within_its_box(&sheet);
    }
}

#[test]
fn names_are_text_whatever_is_in_them() {
    let named = Insurer {
        name: "<script>&".to_owned(),
        ..insurer()
    };
    let sheet = svg(&named, &site(), None).unwrap();
    assert!(sheet.contains("&lt;script&gt;&amp;") && !sheet.contains("<script"));
}

/// The sizes of type that a sheet is set in, and how far down it goes, in millimetres.
fn measured(sheet: &str) -> (f64, f64) {
    let numbers = |name: &str| -> Vec<f64> {
        let parts = sheet.split("<text ").skip(1);
        let of = |part: &str| part.split(name).nth(1)?.split('"').next()?.parse().ok();
        parts.filter_map(of).collect()
    };
    let least = numbers("font-size=\"").into_iter().fold(f64::MAX, f64::min);
    let lowest = numbers(" y=\"").into_iter().fold(0.0, f64::max);
    (least, lowest)
}

fn with(hours: &str, name: &str) -> Insurer {
    let insurer = insurer();
    Insurer {
        name: name.to_owned(),
        contact: Contact {
            hours: hours.to_owned(),
            ..insurer.contact
        },
        ..insurer
    }
}

#[test]
fn long_hours_and_addresses_fit_at_a_readable_size_or_are_refused() {
    let long_site = Site::parse(&format!("https://{}.example.jp", "portal-".repeat(7))).unwrap();
    let hours = "平日（月曜日から金曜日まで）10時から17時。12時から13時、土日祝日と年末年始を除く";
    // Without a deadline there is room for more.
    let without = Insurer {
        survey_deadline: None,
        ..insurer()
    };
    for (insurer, site) in [
        (insurer(), site()),
        (with(hours, "見本健康保険組合"), site()),
        (without, long_site),
    ] {
        let sheet = svg(&insurer, &site, None).unwrap();
        let (least, lowest) = measured(&sheet);
        assert!(least >= LEAST - 0.001, "{least} mm");
        assert!(lowest <= HEIGHT - MARGIN - 2.0, "{lowest} mm");
    }
    let far = Site::parse(&format!("https://{}.example.jp", "x".repeat(180))).unwrap();
    let long_name = "見本".repeat(30);
    for (insurer, site, what) in [
        (with(&hours.repeat(6), "見本"), site(), "the hours"),
        (with("平日", &long_name), site(), "the insurer's name"),
        (insurer(), far, "the site's address"),
    ] {
        match svg(&insurer, &site, None) {
            Err(Failure::Refused(why)) => assert!(why.contains(what), "{why}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// Draws the path of the sheet, module by module, and reads it as a telephone does.
fn scanned(sheet: &str) -> String {
    const PIXELS: usize = 8;
    let (_, rest) = sheet.split_once("id=\"qr\"").unwrap();
    let (_, path) = rest.split_once(" d=\"").unwrap();
    let path = path.split_once('"').unwrap().0;
    let runs: Vec<[usize; 3]> = path
        .split('M')
        .skip(1)
        .map(|run| {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            [numbers[0], numbers[1], numbers[2]]
        })
        .collect();
    let last = runs.iter().map(|[x, _, width]| x + width).max().unwrap();
    let quiet = usize::try_from(qr::QUIET_ZONE).unwrap();
    assert_eq!(runs.iter().map(|[x, _, _]| *x).min(), Some(quiet));
    let size = (last + quiet) * PIXELS;
    let is_dark = |x: usize, y: usize| {
        let mut runs = runs.iter();
        runs.any(|[left, top, width]| *top == y && (*left..left + width).contains(&x))
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(size, size, |x, y| {
        if is_dark(x / PIXELS, y / PIXELS) {
            0
        } else {
            255
        }
    });
    let grids = image.detect_grids();
    let (meta, content) = grids[0].decode().unwrap();
    // As the format has them: M is 0, L 1, H 2, Q 3.
    assert_ne!(meta.ecc_level, 1, "M at least");
    content
}

#[test]
fn the_code_is_read_as_the_address_of_the_first_step() {
    let sheet = svg(&insurer(), &site(), None).unwrap();
    let signup = "https://ibss.example.jp/portal/signup.ibss?jkc";
    assert_eq!(scanned(&sheet), signup);
    assert!(!sheet.contains("確認キー") && sheet.contains("次の5つ"));
}

#[test]
fn a_sheet_with_a_key_is_of_one_member_and_only_its_code_has_the_key_in_the_address() {
    let key = LetterKey::parse("7K2M-0XQ4-1BVW").unwrap();
    let keyed = Keyed {
        name: "健保 太郎",
        row: "0001",
        key: &key,
    };
    let sheet = svg(&insurer(), &site(), Some(&keyed)).unwrap();
    let signup = "https://ibss.example.jp/portal/signup.ibss?jkc";
    assert_eq!(scanned(&sheet), format!("{signup}#7K2M0XQ41BVW"));
    for text in [
        ">健保 太郎 様<",
        ">0001<",
        ">7K2M-0XQ4-1BVW<",
        "次の6つ",
        &format!(">{signup}<"),
    ] {
        assert!(sheet.contains(text), "{text}");
    }
    ends_within_its_box(&sheet);
}

/// The last line stands within its box, whatever rows there are.
fn ends_within_its_box(sheet: &str) {
    let mut lines = sheet.lines();
    let warning = lines
        .find(|line| line.contains("お聞きすることは"))
        .unwrap();
    let (_, y) = warning.split_once("y=\"").unwrap();
    let y: f64 = y.split('"').next().unwrap().parse().unwrap();
    assert!(y + 3.0 < HEIGHT - MARGIN, "{y}");
}
