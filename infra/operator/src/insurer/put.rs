//! `operator insurer put`.

use std::path::Path;

use domain::TermsVersion;
use files::InsurerEntry;
use serde_json::Value;
use store::{Insurer, Refused};

use super::{Put, refuse_during_import, subject};
use crate::language::{say, word};
use crate::{change::Plan, desk::Desk, failure::Failure, reasons::told, world::today};

pub(super) async fn run(desk: &Desk, put: Put) -> Result<(), Failure> {
    let mut insurer = read(&put.file)?;
    refuse_impossible(&insurer, put.mail_domain.as_deref())?;
    let seen = desk.insurers.lookup(&insurer.code).await?;
    if let Some(seen) = &seen {
        refuse_unless_said(seen, &insurer, &put)?;
    }
    refuse_during_import(desk, &insurer.code).await?;
    let errand = desk
        .writing("insurer-put", put.by, put.careful.dry_run)
        .await?;
    // No file has the campaign, and none takes it away.
    insurer.campaign = seen.as_ref().and_then(|seen| seen.campaign.clone());
    let changes = differences(seen.as_ref(), &insurer);
    if changes.is_empty() {
        return Err(Failure::Refused({
            let code = insurer.code.folded();
            say!(ja: "保険者 {code} は既にそのとおりです", en: "insurer {code} is so already")
        }));
    }
    let plan = changes
        .into_iter()
        .fold(Plan::default(), |plan, change| {
            plan.with("Insurers", change)
        })
        .with_event(&errand);
    if !put.careful.consents(&plan, desk.format)? {
        return Ok(());
    }
    let event = errand.done(subject(&insurer.code));
    let committed = desk
        .audit
        .act(&event)
        .with(desk.insurers.replace(seen.as_ref(), &insurer))
        .commit(&desk.database)
        .await?;
    if let Err(Refused) = committed {
        refuse_during_import(desk, &insurer.code).await?;
        return Err(Failure::changed_meanwhile(
            word!(ja: "保険者", en: "the insurer"),
        ));
    }
    desk.format.print(&plan);
    Ok(())
}

/// Refuses what would take away what others have done since the file was written, or part members from their
/// keys, unless it is said.
fn refuse_unless_said(seen: &Insurer, insurer: &Insurer, put: &Put) -> Result<(), Failure> {
    let gone = seen.terms_versions.iter().find(|version| {
        !insurer.terms_versions.contains(version) && !put.unpublish.contains(version)
    });
    if let Some(version) = gone {
        return Err(Failure::Refused({
            let version = version.as_str();
            say!(ja: "ファイルに、公開済みの利用規約 {version} がありません。いまの内容は `operator insurer show --json` で確認できます。公開をやめるなら --unpublish {version} を付けてください", en: "the file has no terms {version}, which are published: `operator insurer show --json` prints the insurer as it is now; to publish them no more, say --unpublish {version}")
        }));
    }
    if seen.key_rule != insurer.key_rule && !put.rekey {
        return Err(Failure::Refused(say!(
            ja: "keepLeadingZeros か keepHyphens が変わります。記号か番号に先頭の0やハイフンのある会員は、次に名簿を取り込むまで、登録も\
                 ユーザーIDの照会もできず、電話でも検索できません（取り込むと、アカウントも移ります）。変えてすぐに取り込めるなら、--rekey を\
                 付けてください",
            en: "keepLeadingZeros or keepHyphens is another: whoever has leading zeros or hyphens in 記号 or 番号 could not \
                 register, have their user ID sent or be found at the desk until the roster is imported again, which moves their accounts, too. If that \
                 can follow at once, say --rekey",
        )));
    }
    Ok(())
}

/// Reads the insurer of a file, whose name says how it is written.
fn read(path: &Path) -> Result<Insurer, Failure> {
    let wrong = |why: String| {
        let path = path.display();
        Failure::Usage(say!(ja: "{path}：{why}", en: "{path}: {why}"))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(told(&error)))?;
    let entry: InsurerEntry = match path.extension().and_then(|name| name.to_str()) {
        Some("json") => serde_json::from_str(&text).map_err(|error| wrong(told(&error)))?,
        Some("toml") => toml::from_str(&text).map_err(|error| wrong(told(&error)))?,
        _ => {
            return Err(wrong(
                say!(ja: "書き方に合わせて、名前を .json か .toml にしてください", en: "name it .json or .toml, as it is written"),
            ));
        }
    };
    entry.read().map_err(|error| wrong(told(&error)))
}

/// Refuses what would leave members without mail or without terms.
fn refuse_impossible(insurer: &Insurer, mail_domain: Option<&str>) -> Result<(), Failure> {
    let sender = insurer.mail_sender.as_str();
    let domain = sender.rsplit_once('@').map(|(_, domain)| domain);
    if let Some(mail_domain) = mail_domain
        && !domain.is_some_and(|domain| domain.eq_ignore_ascii_case(mail_domain))
    {
        return Err(Failure::Usage(
            say!(ja: "mailSender の {sender} は、メールを送れる {mail_domain} のアドレスではありません", en: "mailSender {sender} is not of {mail_domain}, from which alone mails can be sent"),
        ));
    }
    if TermsVersion::in_force(&insurer.terms_versions, today()).is_none() {
        return Err(Failure::Usage(
            say!(ja: "termsVersions に今日効力のある版がありません。だれもログインできなくなります", en: "termsVersions has none that is in force today: nobody could log in"),
        ));
    }
    Ok(())
}

/// What changes, field by field.
fn differences(seen: Option<&Insurer>, insurer: &Insurer) -> Vec<String> {
    let fields = |insurer: &Insurer| match serde_json::to_value(InsurerEntry::from(insurer)) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let before = seen.map(fields).unwrap_or_default();
    let after = fields(insurer);
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let mut names: Vec<&String> = after.keys().chain(gone).collect();
    names.retain(|name| before.get(*name) != after.get(*name));
    let written = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
    let code = insurer.code.folded();
    names
        .into_iter()
        .map(|name| {
            let (from, to) = (written(before.get(name)), written(after.get(name)));
            format!("{code}: {name}: {from} -> {to}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = r#"
code = "jkc"
name = "健保"
mailSender = "kennin@ibss.example.jp"
telephone = "050-2018-3292"
hours = "平日10時から17時"
mail = "desk@example.jp"
termsVersions = ["2023-09-01"]
surveyDeadline = "2027-01-29"
"#;

    fn insurer() -> Insurer {
        toml::from_str::<InsurerEntry>(TOML)
            .unwrap()
            .read()
            .unwrap()
    }

    #[test]
    fn an_unknown_field_is_named() {
        let error = toml::from_str::<InsurerEntry>(&format!("{TOML}mailSendr = 1\n")).unwrap_err();
        assert!(error.to_string().contains("mailSendr"), "{error}");
    }

    #[test]
    fn a_sender_of_another_domain_is_refused_where_the_domain_is_given() {
        for (domain, is_refused) in [
            (None, false),
            (Some("IBSS.example.jp"), false),
            (Some("example.jp"), true),
            (Some("s.example.jp"), true),
        ] {
            let refused = refuse_impossible(&insurer(), domain).is_err();
            assert_eq!(refused, is_refused, "{domain:?}");
        }
    }

    #[test]
    fn an_insurer_without_terms_in_force_is_refused() {
        let mut ahead = insurer();
        ahead.terms_versions = vec![TermsVersion::parse("9999-12-31").unwrap()];
        assert!(refuse_impossible(&ahead, None).is_err());
        ahead.terms_versions.clear();
        assert!(refuse_impossible(&ahead, None).is_err());
    }

    #[test]
    fn only_what_differs_is_told() {
        let seen = insurer();
        assert!(differences(Some(&seen), &seen).is_empty());
        let mut changed = seen.clone();
        changed.survey_deadline = None;
        changed.contact.hours = "いつでも".to_owned();
        assert_eq!(
            differences(Some(&seen), &changed),
            [
                "jkc: hours: \"平日10時から17時\" -> \"いつでも\"",
                "jkc: surveyDeadline: \"2027-01-29\" -> none",
            ]
        );
        assert_eq!(differences(None, &seen).len(), 12);
    }
}
