//! `operator insurer contacts`.

use store::Insurer;

use crate::language::say;
use crate::{
    desk::Desk,
    failure::Failure,
    markup::in_template,
    pages::{At, Files, LANGUAGES, Language},
};

/// Where the page's contacts begin.
const BEGIN: &str = "{% block contacts %}\n";
/// Where they end.
const END: &str = "{% endblock %}\n";

pub(super) async fn run(desk: &Desk, at: At) -> Result<(), Failure> {
    let mut files = at.files()?;
    let insurers = desk.insurers.list().await?;
    if insurers.is_empty() {
        return Err(Failure::NotFound(
            say!(ja: "保険者が1つもありません。表の名前は正しいですか", en: "there are no insurers: is it the right table?"),
        ));
    }
    for language in LANGUAGES {
        publish(&mut files, &insurers, language)?;
    }
    at.write(&files, desk.format)
}

fn publish(files: &mut Files, insurers: &[Insurer], language: Language) -> Result<(), Failure> {
    let place = language.folder("contact/index.html");
    let page = files.read(&place)?.unwrap_or_default();
    let with = with_contacts(&page, insurers, language).ok_or_else(|| {
        let path = files.path(&place);
        let path = path.display();
        Failure::Usage(say!(
            ja: "{path} が docs/site.md のとおりになっていません（ブロック contacts の中の保険者の節）",
            en: "{path} is not as docs/site.md tells: the insurers' sections in the block `contacts`",
        ))
    })?;
    files.becomes(place, Some(with));
    Ok(())
}

/// The page with the contacts of these insurers and of no others.
fn with_contacts(page: &str, insurers: &[Insurer], language: Language) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let sections: String = insurers
        .iter()
        .map(|insurer| section(insurer, language))
        .collect();
    Some(format!("{before}{BEGIN}{sections}{END}{after}"))
}

fn section(insurer: &Insurer, language: Language) -> String {
    let code = in_template(insurer.code.folded());
    let (name, lines, how) = match language {
        Language::Japanese => japanese(insurer, &code),
        Language::English => english(insurer, &code),
    };
    format!(
        "<section class=\"panel\" id=\"insurer-{code}\" aria-labelledby=\"insurer-{code}-name\">
  <h2 id=\"insurer-{code}-name\">{name}</h2>
  <address>
    {}<br>
    {}
  </address>
  <p>{how}</p>
</section>
",
        lines[0], lines[1]
    )
}

fn japanese(insurer: &Insurer, code: &str) -> (String, [String; 2], String) {
    let (telephone, mail) = links(insurer);
    let hours = in_template(&insurer.contact.hours);
    let small = if has_letters(code) {
        "(全て小文字です。)"
    } else {
        ""
    };
    (
        in_template(&insurer.name),
        [
            format!("専用コールセンター：{telephone}（{hours}）"),
            format!("Mail：{mail}（24時間受付可・当健保専用）"),
        ],
        format!("保険者指定コードは「{code}」とご入力ください。{small}"),
    )
}

/// What has no translation stands in Japanese.
fn english(insurer: &Insurer, code: &str) -> (String, [String; 2], String) {
    let (telephone, mail) = links(insurer);
    let in_japanese = |text: &str| format!("<span lang=\"ja\">{}</span>", in_template(text));
    let own = in_japanese(&insurer.name);
    let (name, hours) = match &insurer.english {
        Some(english) => (
            format!("{} ({own})", in_template(&english.name)),
            in_template(&english.hours),
        ),
        None => (own, in_japanese(&insurer.contact.hours)),
    };
    let small = if has_letters(code) {
        ", all in small letters"
    } else {
        ""
    };
    (
        name,
        [
            format!("Call centre: {telephone} ({hours})"),
            format!("Email: {mail} (at any time; only for members of this insurer)"),
        ],
        format!(
            "Your insurer code (<span lang=\"ja\">保険者指定コード</span>) is “{code}”{small}."
        ),
    )
}

fn has_letters(code: &str) -> bool {
    code.contains(|c: char| c.is_ascii_lowercase())
}

/// The telephone number and the address, each as a link.
fn links(insurer: &Insurer) -> (String, String) {
    let (telephone, mail) = (
        &insurer.contact.telephone,
        in_template(&insurer.contact.mail),
    );
    let dialled: String = telephone
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '+' | '-'))
        .collect();
    (
        format!(
            "<a class=\"tel\" href=\"tel:{dialled}\">{}</a>",
            in_template(telephone)
        ),
        format!("<a href=\"mailto:{mail}\">{}</a>", breaking(&mail)),
    )
}

/// An address that breaks at its signs, where it does not fit, rather than in a word.
fn breaking(mail: &str) -> String {
    mail.split_inclusive(['@', '.', '_', '-'])
        .collect::<Vec<_>>()
        .join("<wbr>")
}

#[cfg(test)]
mod tests {
    use files::InsurerEntry;

    use super::*;

    const PAGE: &str = "<main>\n{% block contacts %}\n{% endblock %}\n</main>\n";
    const SECTION: &str = "<section class=\"panel\" id=\"insurer-";

    fn insurer(code: &str) -> Insurer {
        let entry = format!(
            r#"{{"code": "{code}", "name": "健保 <b>", "mailSender": "a@example.jp",
                "telephone": "050-2018（代表）", "hours": "平日", "mail": "b@example.jp", "termsVersions": []}}"#
        );
        let entry: InsurerEntry = serde_json::from_str(&entry).unwrap();
        entry.read().unwrap()
    }

    #[test]
    fn the_sections_are_those_of_the_insurers_and_nothing_else_changes() {
        let both = with_contacts(PAGE, &[insurer("a"), insurer("b")], Language::Japanese).unwrap();
        assert_eq!(both.matches(SECTION).count(), 2);
        let one = with_contacts(&both, &[insurer("a")], Language::Japanese).unwrap();
        assert_eq!(one.matches(SECTION).count(), 1);
        assert_eq!(with_contacts(&both, &[], Language::Japanese).unwrap(), PAGE);
        assert!(with_contacts("<main></main>", &[], Language::Japanese).is_none());
    }

    #[test]
    fn what_is_in_an_insurer_is_text_and_the_number_can_be_dialled() {
        let section = section(&insurer("06110011"), Language::Japanese);
        for part in [
            "<h2 id=\"insurer-06110011-name\">健保 &lt;b&gt;</h2>",
            "href=\"tel:050-2018\">050-2018（代表）</a>（平日）<br>",
            "<p>保険者指定コードは「06110011」とご入力ください。</p>",
        ] {
            assert!(section.contains(part), "{section}");
        }
    }

    #[test]
    fn without_a_translation_the_japanese_stands_in_the_english_page() {
        let section = section(&insurer("jkc"), Language::English);
        for part in [
            "name\"><span lang=\"ja\">健保 &lt;b&gt;</span></h2>",
            "(<span lang=\"ja\">平日</span>)<br>",
            "is “jkc”, all in small letters.",
        ] {
            assert!(section.contains(part), "{section}");
        }
    }
}
