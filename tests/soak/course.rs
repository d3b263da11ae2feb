//! One act of a member: the mail is read, the request sent, perhaps twice or without hearing the answer, and what came
//! of it is written down.

use std::sync::Arc;
use std::time::Duration;

use tests::Answer;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;

use crate::act::Act;
use crate::journal::{Journal, Line};
use crate::member::{Awaited, Course, Member, Page};
use crate::world::World;

/// How many of a hundred acts are sent twice at once, and of how many no answer is heard.
const TWICE: usize = 4;
const UNHEARD: usize = 3;

/// Lets a member act at this time. Gives when the next act comes.
pub(crate) async fn act(
    member: &mut Member,
    now: OffsetDateTime,
    world: &Arc<World>,
    journal: &Journal,
) -> OffsetDateTime {
    member.at(now);
    let code = mailed_code(member, world).await;
    let act = member.act(code);
    let known = member.told.clone();
    member.begins(&act);
    if member.told != known {
        write_told(member, journal);
    }
    let before = member.told.clone();
    let course = course(member, &act);
    let generation = world.generation();
    let answers = sent(member, &act, course).await;
    let mut wait = Duration::ZERO;
    for answer in &answers {
        wait = member.read(&act, answer.as_ref(), course);
        let is_success = answer.as_ref().is_some_and(|answer| answer.status < 300);
        let mailed_to = match act {
            Act::Send | Act::SendCorrected => Some(0),
            Act::ChangeEmail { to, .. } => Some(to),
            Act::RequestReset { address, .. } => Some(address),
            _ => None,
        };
        if let Some(address) = mailed_to.filter(|_| is_success) {
            member.awaited = Some(Awaited {
                since: now,
                address,
                generation,
                comes_back: act == Act::Send && member.mistakes.address,
            });
        }
    }
    let number = member.person.number;
    journal.write(answers.iter().map(|answer| {
        Line::Answer {
            journey: number,
            at_ms: i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX),
            step: act.step().to_owned(),
            status: answer.as_ref().map(|answer| answer.status),
            problem: answer
                .as_ref()
                .map(|answer| answer.problem().to_owned())
                .unwrap_or_default(),
        }
    }));
    if member.told != before {
        write_told(member, journal);
    }
    let surprises = std::mem::take(&mut member.surprises);
    journal.write(surprises.into_iter().map(|what| Line::Surprise {
        journey: number,
        what,
    }));
    now + wait
}

fn write_told(member: &Member, journal: &Journal) {
    let told = member.told.clone();
    journal.write([Line::Told {
        journey: member.person.number,
        told,
    }]);
}

/// The code of the mail that the member waits for, unless another one is wanted.
async fn mailed_code(member: &mut Member, world: &World) -> Option<String> {
    let awaited = member.awaited?;
    let waits = matches!(
        member.page,
        Page::Code | Page::NewAddress | Page::NewPassword
    );
    if !waits || awaited.comes_back {
        return None;
    }
    let mails = world
        .mails_to(&member.person.email(awaited.address))
        .await
        .ok()?;
    let code = mails.iter().find_map(|mail| {
        let sent = OffsetDateTime::parse(&mail.sent_at, &Rfc3339).ok()?;
        let line = mail
            .text
            .lines()
            .find_map(|line| line.strip_prefix("認証番号："))?;
        // The mailbox has whole milliseconds.
        (sent + Duration::from_millis(1) > awaited.since).then(|| line.trim().to_owned())
    });
    // A member who asks for a new password is never told that no mail was sent.
    let is_told = member.page != Page::NewPassword;
    if code.is_none() && is_told && awaited.generation == world.generation() {
        member.surprise("was told of a mail, and there is none");
    }
    if member.page == Page::Code && std::mem::take(&mut member.mistakes.second_code) {
        return None;
    }
    code
}

fn course(member: &mut Member, act: &Act) -> Course {
    let drawn = member.chance.below(100);
    let may_be_twice = !matches!(
        act,
        Act::Remind | Act::EndOthers | Act::Logout | Act::Session
    );
    if drawn < TWICE && may_be_twice {
        Course::Twice
    } else if drawn < TWICE + UNHEARD {
        Course::Unheard
    } else {
        Course::Plain
    }
}

/// The answers, in the order in which they arrive.
async fn sent(member: &mut Member, act: &Act, course: Course) -> Vec<Option<Answer>> {
    let person = member.person;
    match course {
        Course::Plain => vec![
            act.done_in(&mut member.browser, person, &mut member.chance)
                .await,
        ],
        Course::Unheard => {
            let mut gone = member.browser.clone();
            let _ = act.done_in(&mut gone, person, &mut member.chance).await;
            vec![None]
        }
        Course::Twice => {
            let mut sending = JoinSet::new();
            for _ in 0..2 {
                let (act, mut tab) = (act.clone(), member.browser.clone());
                let mut chance = member.chance.clone();
                sending.spawn(async move { act.done_in(&mut tab, person, &mut chance).await });
            }
            member.chance.next();
            let mut answers = Vec::new();
            while let Some(ended) = sending.join_next().await {
                let answer = ended.ok().flatten();
                // One browser has one jar: what comes last is what it keeps.
                if let Some(answer) = &answer {
                    member.browser.keep_cookies(answer);
                }
                answers.push(answer);
            }
            answers
        }
    }
}
