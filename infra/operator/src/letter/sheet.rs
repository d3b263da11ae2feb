//! The sheet: A4 in millimetres, as SVG with text in it. What a member who is 85 has to read is set in 13
//! points and more; the addresses, the code and the telephone number larger still.

use std::fmt::Write as _;

use domain::LetterKey;
use store::Insurer;
use time::Date;

use super::{
    qr,
    site::Site,
    type_setting::{BODY, LEADING, LEAST, SMALL, Type, address_lines, ems, wrapped},
};
use crate::language::{say, word};
use crate::{failure::Failure, markup::escaped};

const WIDTH: f64 = 210.0;
const HEIGHT: f64 = 297.0;
const MARGIN: f64 = 16.0;
const RIGHT: f64 = WIDTH - MARGIN;
const QR_SIZE: f64 = 46.0;

/// How far the warning stands below the address of the call centre.
const WARNING: f64 = 9.0;

/// The look of the members' site.
const BRAND: &str = "#17407a";
const WASH: &str = "#f2f5f9";
const QUIET: &str = "#51565f";
const ALERT: &str = "#b3151d";

/// For whom one sheet is, and which key it has.
pub(super) struct Keyed<'a> {
    /// The member's name, so that the sheet comes into the right envelope.
    pub(super) name: &'a str,
    /// The row of the printer's file.
    pub(super) row: &'a str,
    /// The key of the letter.
    pub(super) key: &'a LetterKey,
}

/// The sheet of an insurer, its text set in the family `Letter`, which whoever prints it has to find; for
/// everybody, or for one member with the letter's key.
pub(super) fn svg(
    insurer: &Insurer,
    site: &Site,
    keyed: Option<&Keyed<'_>>,
) -> Result<String, Failure> {
    let mut sheet = Sheet::default();
    sheet.head(insurer);
    if let Some(keyed) = keyed {
        sheet.addressed_to(keyed);
    }
    let mut y = sheet.deadline(insurer, 60.0);
    y = sheet.open(insurer, site, keyed, y)?;
    y = sheet.fill_in(insurer, keyed, y);
    y = sheet.finish(site, y);
    sheet.contact(insurer, y);
    if !sheet.too_long.is_empty() {
        let code = insurer.code.folded();
        let what = sheet.too_long.join(word!(ja: "、", en: ", "));
        return Err(Failure::Refused(say!(
            ja: "{code} の案内状に、読める大きさで収まりません：{what}。短くしてください（`operator insurer put`、--site）",
            en: "the letter of {code} has no room for this at a size that people can read: {what}. Make it shorter \
                 (`operator insurer put`, --site)",
        )));
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}mm\" height=\"{HEIGHT}mm\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\" lang=\"ja\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n{}</svg>\n",
        sheet.svg
    ))
}

/// The sheet so far, and what does not fit onto it.
#[derive(Default)]
struct Sheet {
    svg: String,
    too_long: Vec<&'static str>,
}

impl Sheet {
    /// Type in which a text fits into a width; one that does not is noted.
    fn fitting(&mut self, what: &'static str, set: Type, text: &str, width: f64) -> Type {
        let fitting = set.fitting(text, width);
        if fitting.size < LEAST {
            self.too_long.push(what);
        }
        fitting
    }

    /// An address on as many lines as it takes; gives where the last one stands.
    fn address(
        &mut self,
        (x, y): (f64, f64),
        set: Type,
        (text, width, most): (&str, f64, usize),
    ) -> f64 {
        let (set, lines) = address_lines(set, text, width);
        if lines.len() > most {
            self.too_long
                .push(word!(ja: "サイトのアドレス", en: "the site's address"));
        }
        self.lines((x, y), set, &lines) - set.size * LEADING
    }

    fn text(&mut self, (x, y): (f64, f64), set: Type, text: &str) {
        self.anchored((x, y), "start", set, text);
    }

    fn anchored(&mut self, (x, y): (f64, f64), anchor: &str, set: Type, text: &str) {
        let Type {
            size,
            weight,
            colour,
        } = set;
        let text = escaped(text);
        let _ = writeln!(
            self.svg,
            "<text x=\"{x:.2}\" y=\"{y:.2}\" text-anchor=\"{anchor}\" font-family=\"Letter\" \
             font-size=\"{size:.3}\" font-weight=\"{weight}\" fill=\"{colour}\">{text}</text>"
        );
    }

    /// Lines below each other; gives where the next would stand.
    fn lines(&mut self, (x, y): (f64, f64), set: Type, lines: &[impl AsRef<str>]) -> f64 {
        let mut y = y;
        for line in lines {
            self.text((x, y), set, line.as_ref());
            y += set.size * LEADING;
        }
        y
    }

    fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), style: &str) {
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" {style}/>"
        );
    }

    fn head(&mut self, insurer: &Insurer) {
        let logo = Type::of(9.0).bold().in_colour(BRAND);
        self.text((MARGIN, 24.0), logo, "iBss");
        self.text(
            (MARGIN + 24.0, 24.0),
            Type::of(SMALL).in_colour(QUIET),
            "被扶養者資格調査",
        );
        let what = word!(ja: "保険者の名称", en: "the insurer's name");
        let name = self.fitting(what, Type::of(5.2), &insurer.name, 100.0);
        self.anchored((RIGHT, 24.0), "end", name, &insurer.name);
        self.rect(
            (MARGIN, 28.5),
            (RIGHT - MARGIN, 1.2),
            &format!("fill=\"{BRAND}\""),
        );
        self.text(
            (MARGIN, 45.5),
            Type::of(11.0).bold(),
            "初回ログインのご案内",
        );
        let lead = lead(insurer);
        let set = Type::body().fitting(&lead, RIGHT - MARGIN);
        self.text((MARGIN, 55.0), set, &lead);
    }

    fn addressed_to(&mut self, keyed: &Keyed<'_>) {
        let name = format!("{} 様", keyed.name);
        let set = Type::of(5.2).bold().fitting(&name, 70.0);
        self.anchored((RIGHT, 45.5), "end", set, &name);
        let row = Type::of(3.0).in_colour(QUIET);
        self.anchored((RIGHT, HEIGHT - 8.0), "end", row, keyed.row);
    }

    fn deadline(&mut self, insurer: &Insurer, y: f64) -> f64 {
        let Some(deadline) = &insurer.survey_deadline else {
            return y;
        };
        self.rect(
            (MARGIN, y),
            (RIGHT - MARGIN, 15.0),
            &format!("rx=\"2\" fill=\"#ffffff\" stroke=\"{ALERT}\" stroke-width=\"0.7\""),
        );
        let bold = Type::of(5.2).bold().in_colour(ALERT);
        self.text((MARGIN + 6.0, y + 9.6), bold, "回答期限");
        let day = format!("{} まで", said(deadline.day()));
        self.text((MARGIN + 34.0, y + 10.1), Type::of(7.0).bold(), &day);
        y + 15.0 + 6.0
    }

    /// The title of a step; gives where its text begins.
    fn step(&mut self, y: f64, number: &str, title: &str) -> f64 {
        let (x, middle) = (MARGIN + 5.0, y + 5.0);
        let _ = writeln!(
            self.svg,
            "<circle cx=\"{x}\" cy=\"{middle:.2}\" r=\"5\" fill=\"{BRAND}\"/>"
        );
        let white = Type::of(6.4).bold().in_colour("#ffffff");
        self.anchored((x, y + 7.3), "middle", white, number);
        self.text(
            (MARGIN + 14.0, y + 7.2),
            Type::of(6.0).bold().in_colour(BRAND),
            title,
        );
        y + 16.6
    }

    fn open(
        &mut self,
        insurer: &Insurer,
        site: &Site,
        keyed: Option<&Keyed<'_>>,
        y: f64,
    ) -> Result<f64, Failure> {
        let text = self.step(y, "1", "ホームページを開きます");
        let left = RIGHT - QR_SIZE;
        let signup = site.signup(&insurer.code);
        let scanned = keyed.map_or_else(
            || signup.clone(),
            |keyed| site.signup_with(&insurer.code, keyed.key),
        );
        let (path, modules) = qr::path(&scanned)
            .ok_or_else(|| Failure::Usage(say!(ja: "--site が長すぎて、QRコードにできません", en: "--site is too long for a QR code")))?;
        let scale = QR_SIZE / f64::from(modules);
        let top = y - 1.0;
        self.rect((left, top), (QR_SIZE, QR_SIZE), "fill=\"#ffffff\"");
        let _ = writeln!(
            self.svg,
            "<path id=\"qr\" transform=\"translate({left:.3} {top:.3}) scale({scale:.5})\" \
             shape-rendering=\"crispEdges\" fill=\"#000000\" d=\"{path}\"/>"
        );
        let indent = MARGIN + 14.0;
        let width = left - indent - 4.0;
        let said = "スマートフォンの方は、右の二次元コードをカメラで読み取ってください。パソコンの方は、次のアドレスを入力してください。";
        let next = self.lines((indent, text), Type::body(), &wrapped(said, BODY, width));
        let set = Type::of(6.0).bold();
        let last = self.address((indent, next + 2.4), set, (&signup, width, 3));
        let english = "English is available on the page.";
        let english_at = last + 7.6;
        self.text(
            (indent, english_at),
            Type::of(SMALL).in_colour(QUIET),
            english,
        );
        Ok((english_at + 4.0).max(top + QR_SIZE + 1.0))
    }

    fn fill_in(&mut self, insurer: &Insurer, keyed: Option<&Keyed<'_>>, y: f64) -> f64 {
        let title = match keyed {
            None => "次の5つを入力します",
            Some(_) => "次の6つを入力します",
        };
        let text = self.step(y, "2", title);
        let (indent, column) = (MARGIN + 14.0, MARGIN + 62.0);
        let top = text - 4.8;
        let rows: [(&str, &[&str]); 3] = [
            (
                "記号・番号",
                &[
                    "「資格情報のお知らせ」「資格確認書」またはマイナポータルで",
                    "ご確認ください。記号のない方は番号だけ。枝番は不要です。",
                ],
            ),
            ("生年月日", &["被保険者ご本人（お勤めの方）の生年月日"]),
            (
                "氏名（カナ）",
                &["被保険者ご本人のお名前。ひらがなでも入力できます。"],
            ),
        ];
        let code = insurer.code.folded();
        // With a key there is a row more, and the sheet is as long.
        let (height, gap) = if keyed.is_some() {
            (11.0, 2.0)
        } else {
            (15.0, 4.5)
        };
        self.rect(
            (indent, top),
            (RIGHT - indent, height),
            &format!("fill=\"{WASH}\""),
        );
        let line = top + height / 2.0 + 1.7;
        self.text(
            (indent + 3.0, line),
            Type::body().bold(),
            "保険者指定コード",
        );
        let what = word!(ja: "保険者指定コード", en: "the insurer's code");
        let set = self.fitting(what, Type::of(9.0).bold(), code, 42.0);
        self.text((column, line + 1.4), set, code);
        let note = Type::of(SMALL).in_colour(QUIET);
        let after = (column + ems(code) * set.size + 4.0).min(RIGHT - 62.0);
        self.text(
            (after, line + 0.2),
            note,
            "※8桁の「保険者番号」ではありません",
        );
        let mut y = top + height;
        if let Some(keyed) = keyed {
            y = self.key(keyed.key, (indent, column), y);
        }
        for (name, lines) in rows {
            #[expect(clippy::cast_precision_loss, reason = "there are two at most")]
            let height = 4.2 + SMALL * LEADING * lines.len() as f64;
            self.text((indent + 3.0, y + 7.2), Type::body().bold(), name);
            self.lines((column, y + 7.0), Type::of(SMALL), lines);
            y += height;
            self.rect(
                (indent, y),
                (RIGHT - indent, 0.25),
                &format!("fill=\"{QUIET}\""),
            );
        }
        y + gap
    }

    /// The row of the letter's key, which is entered already for who has read the code.
    fn key(&mut self, key: &LetterKey, (indent, column): (f64, f64), y: f64) -> f64 {
        const HEIGHT: f64 = 9.0;
        self.rect(
            (indent, y),
            (RIGHT - indent, HEIGHT),
            &format!("fill=\"{WASH}\""),
        );
        self.text((indent + 3.0, y + 5.6), Type::body().bold(), "確認キー");
        let (set, printed) = (Type::of(6.4).bold(), key.printed());
        self.text((column, y + 6.0), set, &printed);
        let note = Type::of(SMALL).in_colour(QUIET);
        self.anchored(
            (RIGHT - 3.0, y + 5.8),
            "end",
            note,
            "二次元コードの方は入力済み",
        );
        y + HEIGHT
    }

    fn finish(&mut self, site: &Site, y: f64) -> f64 {
        let text = self.step(y, "3", "画面の案内に沿って登録します");
        let indent = MARGIN + 14.0;
        let lines = [
            "ユーザーID・パスワードを決め、メールアドレスを入力すると、6桁の",
            "認証番号がメールで届きます。その番号を入力し、ログインすると完了です。",
        ];
        let next = self.lines((indent, text), Type::body(), &lines);
        let login = site.login();
        let label = "2回目からは：";
        self.text((indent, next + 1.6), Type::body(), label);
        let x = indent + ems(label) * BODY;
        let set = Type::of(5.4).bold();
        self.address((x, next + 1.6), set, (&login, RIGHT - x, 2)) + 4.4
    }

    fn contact(&mut self, insurer: &Insurer, y: f64) {
        let bottom = HEIGHT - MARGIN;
        self.rect(
            (MARGIN, y),
            (RIGHT - MARGIN, (bottom - y).max(0.0)),
            &format!("rx=\"2\" fill=\"{WASH}\""),
        );
        let (indent, width) = (MARGIN + 6.0, RIGHT - MARGIN - 12.0);
        self.text(
            (indent, y + 9.0),
            Type::body().bold(),
            "お困りのときは（専用コールセンター）",
        );
        let contact = &insurer.contact;
        let what = word!(ja: "電話番号", en: "the telephone number");
        let telephone = self.fitting(what, Type::of(9.0).bold(), &contact.telephone, 70.0);
        self.text((indent, y + 20.0), telephone, &contact.telephone);
        let x = indent + (ems(&contact.telephone) * telephone.size).max(40.0);
        // Below the hours: the address and the warning.
        let mail_at = |below: f64| below.max(y + 26.4);
        let fits = |below: f64| mail_at(below) + WARNING <= bottom - 2.0;
        let beside = RIGHT - 6.0 - x;
        let at_most = |size: f64| {
            let lines = wrapped(&contact.hours, size, beside);
            let top = if lines.len() > 1 { y + 16.2 } else { y + 19.4 };
            (size, lines, top)
        };
        let end = |(size, lines, top): &(f64, Vec<String>, f64)| {
            #[expect(clippy::cast_precision_loss, reason = "there are a few")]
            let lines = lines.len() as f64;
            top + size * LEADING * lines
        };
        let (size, hours, top) = [SMALL, LEAST]
            .map(at_most)
            .into_iter()
            .find(|set| fits(end(set)))
            .unwrap_or_else(|| {
                self.too_long.push(word!(ja: "受付時間", en: "the hours"));
                at_most(LEAST)
            });
        let below = self.lines((x, top), Type::of(size), &hours);
        let next = mail_at(below);
        let mail = format!("メール：{}（24時間受付）", contact.mail);
        let what = word!(ja: "問合せ先のメールアドレス", en: "the contact's mail address");
        let set = self.fitting(what, Type::of(SMALL), &mail, width);
        self.text((indent, next), set, &mail);
        let warning = "パスワードや認証番号を、お電話やメールでお聞きすることはありません。";
        let set = Type::body().bold().in_colour(ALERT);
        self.text(
            (indent, next + WARNING),
            set.fitting(warning, width),
            warning,
        );
    }
}

/// What the sheet begins with. Who reads it before the survey opens shall not wait with the registration.
fn lead(insurer: &Insurer) -> String {
    let survey = insurer.survey();
    let Some((opens, address)) = survey.and_then(|survey| Some((survey.opens?, survey.address)))
    else {
        return "スマートフォンまたはパソコンから、次の手順でお手続きください。".to_owned();
    };
    let place = address.map_or("", |_| "、ログイン後の画面で");
    format!(
        "登録はすぐに、回答は{}から{place}できます。",
        dated(opens.day(), "")
    )
}

/// A day as it is said, in the Western and the Japanese year.
fn said(day: Date) -> String {
    // 令和 began in 2019; a deadline is never before it.
    dated(day, &format!("（令和{}年）", day.year() - 2018))
}

/// A day of a year, which has this behind it.
fn dated(day: Date, era: &str) -> String {
    const WEEKDAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    let weekday = WEEKDAYS[usize::from(day.weekday().number_days_from_monday())];
    let (year, month, date) = (day.year(), u8::from(day.month()), day.day());
    format!("{year}年{era}{month}月{date}日（{weekday}）")
}

#[cfg(test)]
mod tests;
