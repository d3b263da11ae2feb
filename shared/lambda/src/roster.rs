//! Who a member says they are, held against the roster: what `verify-member` and `remind-user-id` share.
//!
//! The member types what the letter and the health-insurance papers say. Both steps charge the same
//! throttles before anything is compared, so that guesses at one are counted at the other.

use domain::{
    BirthDate, InsurerCode, KanaName, LeadingZeros, MemberId, MemberKey, Number, Symbol,
    UnknownInsurer, UserId,
};
use store::{
    Accounts, Bucket, Database, Insurer, Insurers, Member, Members, Pending, Reads, Stamp,
    Throttles,
};

use crate::{Call, ConfigError, Env, Form, FromForm, Notes, OsEntropy, Problem, TooMany};

/// The field, and the part of an address, that has an insurer's code.
pub const INSURER_CODE: &str = "insurerCode";

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
        let symbol = form.optional("symbol", Symbol::parse);
        let number = form.required("number", Number::parse);
        let birth_date = form.required("birthDate", |text| BirthDate::parse(text, today));
        let name_kana = form.required("nameKana", KanaName::parse);
        Some(Self {
            key: MemberKey {
                insurer: insurer?,
                symbol: symbol?,
                number: number?,
            },
            birth_date: birth_date?,
            name_kana: name_kana?,
        })
    }
}

/// The tables that say who is a member.
pub struct Roster {
    database: Database,
    insurers: Insurers,
    members: Members,
    accounts: Accounts,
    throttles: Throttles,
}

/// A member whose five fields all agree with the roster.
pub struct Matched {
    /// The member.
    pub member: Member,
    /// The member's insurer.
    pub insurer: Insurer,
    /// The user ID of the member's account, if there is one.
    pub user_id: Option<UserId>,
}

impl Roster {
    /// Opens the tables.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] when one has no name.
    pub fn new(env: &Env, database: &Database) -> Result<Self, ConfigError> {
        Ok(Self {
            database: database.clone(),
            insurers: env.table(database)?,
            members: env.table(database)?,
            accounts: env.table(database)?,
            throttles: env.table(database)?,
        })
    }

    /// Charges a try and compares all five fields. Which of them is wrong is not said, so the roster
    /// cannot be searched field by field; but the codes of insurers are public, so an unknown one is told,
    /// and is no try. What is read beside them, `more`, is given with the match.
    ///
    /// # Errors
    /// [`Problem::MemberNotMatched`] when they are no member's, [`Problem::TooManyAttempts`] when they
    /// may not be compared, [`Problem::InvalidRequest`] when no insurer has the code.
    pub async fn verify<M: Reads>(
        &self,
        call: &Call,
        notes: &mut Notes,
        identity: &Identity,
        more: M,
    ) -> Result<(Matched, M::Found), Problem> {
        let tried = identity.key.id(LeadingZeros::Dropped);
        notes.concerns(&tried.subject());
        // The charges decide whether the roster may be compared at all, but need not be waited for to
        // read it. Boxed, because the futures of calls to AWS are large and this one is part of others.
        let (charged, found) = tokio::join!(
            Box::pin(self.charge(&tried, call)),
            Box::pin(self.find(&identity.key, more)),
        );
        if let Ok(Ok(Some((found, _)))) = &found {
            // The roster's own id: whether leading zeros count was the insurer's to say.
            notes.concerns(&found.member.id.subject());
        }
        let mut refusal = None;
        for charged in charged {
            match charged {
                Ok(pending) => notes.charged(pending),
                Err(problem @ Problem::TryAgain(_)) => refusal = Some(problem),
                Err(problem) => refusal = refusal.or(Some(problem)),
            }
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let found = found?.map_err(|unknown| Problem::field(INSURER_CODE, unknown))?;
        match found {
            Some((found, more)) if is_of(&found, identity) => Ok((found, more)),
            _ => Err(Problem::MemberNotMatched),
        }
    }

    /// Charges a try to who is tried and to where it comes from. What one refuses is not judged, so the
    /// other's charge is taken back with the answer.
    async fn charge(&self, tried: &MemberId, call: &Call) -> [Result<Pending, Problem>; 2] {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let (of_identity, of_client) = tokio::join!(
            self.throttles.charge(Bucket::VerifyIdentity(tried), stamp),
            self.throttles
                .charge(Bucket::VerifyAddress(&call.client), stamp),
        );
        [of_identity, of_client].map(|charged| {
            charged?.map_err(|refusal| Problem::of_refused_try(refusal, TooMany::Verifications))
        })
    }

    /// Reads everything that the comparison needs, in one call.
    ///
    /// Whether leading zeros count is the insurer's to say, who is only being read: so both forms of
    /// the key are asked for where they differ.
    async fn find<M: Reads>(
        &self,
        key: &MemberKey,
        more: M,
    ) -> Result<Result<Option<(Matched, M::Found)>, UnknownInsurer>, store::Error> {
        let ids = key.candidate_ids();
        let members: Vec<_> = ids.iter().map(|id| self.members.read(id)).collect();
        let claims: Vec<_> = ids.iter().map(|id| self.accounts.read_claim(id)).collect();
        // Eventual is enough: operators write insurers and members; and a claim of a moment ago refuses the
        // account again that confirm-code would make.
        let reads = (self.insurers.read(&key.insurer), members, claims, more);
        let (insurer, members, claims, more) = self.database.read(reads).await?;
        let Some(insurer) = insurer else {
            return Ok(Err(key.insurer.unknown()));
        };
        let wanted = key.id(insurer.leading_zeros);
        let of_wanted = ids.into_iter().zip(members.into_iter().zip(claims));
        let of_wanted = of_wanted
            .filter(|(id, _)| *id == wanted)
            .map(|(_, of)| of)
            .next();
        Ok(Ok(of_wanted.and_then(|(member, user_id)| {
            let matched = Matched {
                member: member?,
                insurer,
                user_id,
            };
            Some((matched, more))
        })))
    }
}

/// Whether what was typed beside the key agrees with the member under it.
fn is_of(found: &Matched, identity: &Identity) -> bool {
    found.member.birth_date == identity.birth_date
        && found
            .member
            .is_called(&identity.name_kana, found.insurer.long_mark)
}
