//! Who a member says they are, held against the roster: what `verify-member` and `remind-user-id` share.
//!
//! The member types what the letter and the health-insurance papers say. Both steps charge the same
//! throttles before anything is compared, so that guesses at one are counted at the other.

use std::time::Duration;

use domain::{
    BirthDate, InsurerCode, KanaName, KeyRule, LetterKeyRule, LongMark, MemberId, MemberKey,
    Number, SLIPS_FORGIVEN, Symbol, TryRefusal, UnknownInsurer, UserId,
};
use store::{
    Accounts, Addressee, Bucket, Database, Insurer, Insurers, Member, Members, Pending, Reads,
    Stamp, Throttles,
};

use crate::{Call, Form, FromForm, LetterShown, Notes, OsEntropy, Problem, TooMany, made_of};

/// The field, and the part of an address, that has an insurer's code.
pub const INSURER_CODE: &str = "insurerCode";
/// The longest wait that is told for an identity that strangers have closed.
const CLOSED_RETRY_AFTER: Duration = Duration::from_hours(24);

/// The five fields.
pub struct Identity {
    /// Insurer, 記号 and 番号.
    pub key: MemberKey,
    /// The date of birth.
    pub birth_date: BirthDate,
    /// The name in kana.
    pub name_kana: KanaName,
}

impl FromForm for Identity {
    fn from_form(form: &mut Form) -> Option<Self> {
        let today = form.today();
        let insurer = form.required(INSURER_CODE, InsurerCode::parse);
        let symbol = form.optional("symbol", Symbol::parse_where_there_may_be_none);
        let number = form.required("number", Number::parse);
        let birth_date = form.required("birthDate", |text| BirthDate::parse(text, today));
        let name_kana = form.required("nameKana", KanaName::parse);
        Some(Self {
            key: MemberKey {
                insurer: insurer?,
                symbol: symbol?.flatten(),
                number: number?,
            },
            birth_date: birth_date?,
            name_kana: name_kana?,
        })
    }
}

made_of! {
    /// The tables that say who is a member.
    pub struct Roster {
        database: Database,
        insurers: Insurers,
        members: Members,
        accounts: Accounts,
        throttles: Throttles,
    }
}

/// A member whose five fields all agree with the roster.
pub struct Matched {
    /// The member.
    pub member: Member,
    /// The member's insurer.
    pub insurer: Insurer,
    /// The user ID of the member's account, if there is one.
    pub user_id: Option<UserId>,
    slips: Slips,
}

/// Failures of other identities that came from where the member succeeded: perhaps the member's own.
#[derive(Default)]
pub struct Slips(Vec<(Pending, Vec<Stamp>)>);

impl Matched {
    /// What the member may have mistyped before, to be forgiven once the member is registered.
    pub fn take_slips(&mut self) -> Slips {
        std::mem::take(&mut self.slips)
    }
}

impl Roster {
    /// Charges a try and compares all five fields, and the letter's key where the insurer requires it. Which of them
    /// is wrong is not said, so the roster cannot be searched field by field; but the codes of insurers are public,
    /// so an unknown one is told, and is no try; nor is one without the key that an insurer requires. What is read
    /// beside them, `more`, is given with the match.
    ///
    /// A try with the right key is charged to the key, so that no guess of others counts against the member.
    ///
    /// # Errors
    /// [`Problem::MemberNotMatched`] when they are no member's, [`Problem::TooManyAttempts`] when they
    /// may not be compared, [`Problem::InvalidRequest`] when no insurer has the code, or the key is missing.
    pub async fn verify<M: Reads>(
        &self,
        call: &Call,
        notes: &mut Notes,
        identity: &Identity,
        letter: LetterShown<'_>,
        more: M,
    ) -> Result<(Matched, M::Found), Problem> {
        let tried = identity.key.id(KeyRule::default());
        notes.concerns(&tried.subject());
        let stamp = Stamp::draw(call.now, &OsEntropy);
        // The charges decide whether the roster may be compared at all, but need not be waited for to
        // read it. Boxed, because the futures of calls to AWS are large and this one is part of others.
        let (from, found) = tokio::join!(
            Box::pin(self.charge_from(&tried, call, stamp)),
            Box::pin(self.find(&identity.key, more)),
        );
        if let Ok(Ok(Found {
            of_member: Some((addressee, _)),
            ..
        })) = &found
        {
            // The roster's own id: what counts in it was the insurer's to say.
            notes.concerns(&addressee.member.id.subject());
        }
        let from = from?;
        if let Ok(from) = &from {
            from.note(notes);
        }
        let found = found?.map_err(|unknown| Problem::field(INSURER_CODE, unknown))?;
        let rule = letter.rule_of(&found.insurer);
        let addressee = found.of_member.as_ref().map(|(addressee, _)| addressee);
        let key = letter.right_key(&found.insurer, addressee)?;
        let has_key = key.is_some();
        let (from, charged) = if let (Some(addressee), Some(key)) = (addressee, key) {
            let bucket = Bucket::VerifyLetter(&addressee.member.id, &key.hash);
            let charged = Box::pin(self.throttles.charge(bucket, stamp)).await?;
            let charged = charged.map_err(|refusal| {
                Problem::of_refused_try(refusal, TooMany::VerificationsByLetter)
            })?;
            // Whatever others have done from there.
            notes.charged_to_this_alone(charged.clone());
            (from.ok(), Some(charged))
        } else {
            let from = from.map_err(|refusal| refusal.told(rule))?;
            let since = found.insurer.campaign.as_ref();
            let since = since.map(|campaign| campaign.began);
            let charged = Box::pin(self.throttles.charge_identity(&tried, since, stamp));
            let charged = charged.await?.map_err(|refusal| closed(refusal, rule))?;
            if let Some(charged) = &charged {
                notes.charged(charged.clone());
            }
            (Some(from), charged)
        };
        let Found {
            insurer,
            of_member,
            more,
        } = found;
        let is_of = |addressee: &Addressee| {
            is_of(&addressee.member, identity, insurer.long_mark)
                && (has_key || rule != LetterKeyRule::Required)
        };
        let Some((addressee, user_id)) = of_member.filter(|(addressee, _)| is_of(addressee)) else {
            return Err(Problem::MemberNotMatched(rule));
        };
        let forgiven = Box::pin(self.forgive(from.as_ref(), charged.as_ref()));
        if let Err(cause) = forgiven.await {
            notes.conceals(&cause);
        }
        let matched = Matched {
            member: addressee.member,
            insurer,
            user_id,
            slips: from.as_ref().map(ChargedFrom::slips).unwrap_or_default(),
        };
        Ok((matched, more))
    }

    /// Charges a try to where it comes from, alone and with who is tried. What one refuses is not judged, so
    /// the other's charge is taken back.
    async fn charge_from(
        &self,
        tried: &MemberId,
        call: &Call,
        stamp: Stamp,
    ) -> Result<Result<ChargedFrom, RefusedFrom>, store::Error> {
        let (pair, client) = tokio::join!(
            self.throttles
                .charge(Bucket::VerifyPair(tried, &call.client), stamp),
            self.throttles
                .charge_client(Bucket::VerifyClient, &call.client, stamp),
        );
        let (refusal, charged) = match (pair?, client?) {
            (Ok(pair), Ok(client)) => return Ok(Ok(ChargedFrom { pair, client })),
            (Ok(pair), Err(refusal)) => (RefusedFrom::Client(refusal), vec![pair]),
            (Err(refusal), Ok(client)) => (RefusedFrom::Pair(refusal), client),
            (Err(_), Err(refusal)) => (RefusedFrom::Client(refusal), Vec::new()),
        };
        for pending in charged {
            pending.release(&self.database).await;
        }
        Ok(Err(refusal))
    }

    /// Forgets what the identity failed from here, and what was counted before where the try was charged beside that:
    /// from everywhere, or with the letter's key.
    async fn forgive(
        &self,
        from: Option<&ChargedFrom>,
        charged: Option<&Pending>,
    ) -> Result<(), store::Error> {
        if let Some(from) = from {
            let own = from.pair.before();
            from.pair.forgive(&self.database, own).await?;
            for client in &from.client {
                let counted: Vec<_> = common(client.before(), own).collect();
                client.forgive(&self.database, &counted).await?;
            }
        }
        match charged {
            Some(charged) => charged.forgive(&self.database, charged.before()).await,
            None => Ok(()),
        }
    }

    /// Forgives what a member who is registered now may have mistyped before.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn forgive_slips(&self, slips: &Slips) -> Result<(), store::Error> {
        for (client, slips) in &slips.0 {
            client.forgive(&self.database, slips).await?;
        }
        Ok(())
    }

    /// Reads everything that the comparison needs, in one call.
    ///
    /// What counts in the key is the insurer's to say, who is only being read: so all forms of it are asked for that
    /// differ.
    async fn find<M: Reads>(
        &self,
        key: &MemberKey,
        more: M,
    ) -> Result<Result<Found<M::Found>, UnknownInsurer>, store::Error> {
        let ids = key.candidate_ids();
        let members = ids.iter().map(|id| self.members.read_addressee(id));
        let members: Vec<_> = members.collect();
        let claims: Vec<_> = ids.iter().map(|id| self.accounts.read_claim(id)).collect();
        // Eventual is enough: operators write insurers and members; and a claim of a moment ago refuses the
        // account again that confirm-code would make.
        let reads = (self.insurers.read(&key.insurer), members, claims, more);
        let (insurer, members, claims, more) = self.database.read(reads).await?;
        let Some(insurer) = insurer else {
            return Ok(Err(key.insurer.unknown()));
        };
        let wanted = key.id(insurer.key_rule);
        let mut of_ids = ids.into_iter().zip(members.into_iter().zip(claims));
        let of_wanted = of_ids.find(|(id, _)| *id == wanted);
        let of_member =
            of_wanted.and_then(|(_, (addressee, user_id))| addressee.map(|of| (of, user_id)));
        Ok(Ok(Found {
            insurer,
            of_member,
            more,
        }))
    }
}

/// What is found of whom a request names.
struct Found<M> {
    insurer: Insurer,
    /// The member, with the user ID of the account.
    of_member: Option<(Addressee, Option<UserId>)>,
    /// What was read beside them.
    more: M,
}

/// What of where a try comes from refused it.
enum RefusedFrom {
    /// The identity from there.
    Pair(TryRefusal),
    /// All identities from there.
    Client(TryRefusal),
}

impl RefusedFrom {
    fn told(self, rule: LetterKeyRule) -> Problem {
        let (refusal, of) = match self {
            Self::Pair(refusal) => (refusal, TooMany::Verifications(rule)),
            Self::Client(refusal) => (refusal, TooMany::VerificationsOfClient(rule)),
        };
        Problem::of_refused_try(refusal, of)
    }
}

/// What a try was charged to, of where it comes from.
struct ChargedFrom {
    /// The identity from there.
    pair: Pending,
    /// All identities from there.
    client: Vec<Pending>,
}

impl ChargedFrom {
    /// Says where the try was charged.
    fn note(&self, notes: &mut Notes) {
        notes.charged(self.pair.clone());
        // It is the identities that count that failed from there: one that is known to have, counts no more.
        if self.pair.before().is_empty() {
            for client in &self.client {
                notes.charged(client.clone());
            }
        }
    }

    /// The last failures from there of other identities.
    fn slips(&self) -> Slips {
        let of = |client: &Pending| {
            let own = self.pair.before();
            let mut others: Vec<Stamp> = client.before().to_vec();
            others.retain(|stamp| !own.contains(stamp));
            others.sort_unstable();
            let older = others.len().saturating_sub(SLIPS_FORGIVEN);
            (client.clone(), others.split_off(older))
        };
        Slips(self.client.iter().map(of).collect())
    }
}

fn common<'a>(these: &'a [Stamp], others: &'a [Stamp]) -> impl Iterator<Item = Stamp> + 'a {
    these.iter().filter(|stamp| others.contains(stamp)).copied()
}

fn closed(refusal: TryRefusal, rule: LetterKeyRule) -> Problem {
    match Problem::of_refused_try(refusal, TooMany::VerificationsClosed(rule)) {
        // Nobody waits for months: the letter's key or the desk opens it.
        Problem::TooManyAttempts { of, retry_after } => Problem::TooManyAttempts {
            of,
            retry_after: retry_after.min(CLOSED_RETRY_AFTER),
        },
        problem => problem,
    }
}

/// Whether what was typed beside the key agrees with the member under it.
fn is_of(member: &Member, identity: &Identity, long_mark: LongMark) -> bool {
    member.birth_date == identity.birth_date && member.is_called(&identity.name_kana, long_mark)
}
