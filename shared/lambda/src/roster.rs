//! Who a member says they are, held against the roster: what `verify-member` and `remind-user-id` share.
//!
//! The member types what the letter and the health-insurance papers say. Both steps charge the same
//! throttles before anything is compared, so that guesses at one are counted at the other.

use domain::{
    Admission, BirthDate, InsurerCode, KanaName, LeadingZeros, MemberId, MemberKey, Number, Symbol,
    UserId,
};
use store::{
    Accounts, Bucket, Database, Insurer, Insurers, Item, Member, Members, Stamp, Throttles,
    Transaction,
};

use crate::{Call, ConfigError, Env, Form, FromForm, OsEntropy, Problem, TooMany};

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
        let insurer = form.required("insurerCode", InsurerCode::parse);
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

/// A member whose five fields all agree with the roster. The tries that it took are charged still, for
/// only the step knows what else to write when it takes them back.
pub struct Matched {
    /// The member.
    pub member: Member,
    /// The member's insurer.
    pub insurer: Insurer,
    /// The user ID of the member's account, if there is one.
    pub user_id: Option<UserId>,
    charged: Charged,
}

/// A try's mark, on who is tried and where the try comes from.
struct Charged {
    tried: MemberId,
    client: String,
    stamp: Stamp,
}

impl Charged {
    fn buckets(&self) -> [Bucket<'_>; 2] {
        [
            Bucket::VerifyIdentity(&self.tried),
            Bucket::VerifyAddress(&self.client),
        ]
    }
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
    /// cannot be searched field by field.
    ///
    /// # Errors
    /// [`Problem::MemberNotMatched`] when they are no member's, [`Problem::TooManyAttempts`] when they
    /// may not be compared.
    pub async fn verify(&self, call: &Call, identity: &Identity) -> Result<Matched, Problem> {
        let charged = Charged {
            tried: identity.key.id(LeadingZeros::Dropped),
            client: call.client.clone(),
            stamp: Stamp::draw(call.now, &OsEntropy),
        };
        call.concerns(&charged.tried.subject());
        // The charges decide whether the roster may be compared at all, but need not be waited for to
        // read it. Boxed, because the futures of calls to AWS are large and this one is part of others.
        let (admission, found) = tokio::join!(
            Box::pin(self.charge(&charged)),
            Box::pin(self.find(&identity.key)),
        );
        if let Ok(Some(found)) = &found {
            // The roster's own id: whether leading zeros count was the insurer's to say.
            call.concerns(&found.member.id.subject());
        }
        admission?;
        match found? {
            Some(found) if found.is(identity) => Ok(Matched {
                member: found.member,
                insurer: found.insurer,
                user_id: found.user_id,
                charged,
            }),
            _ => Err(Problem::MemberNotMatched),
        }
    }

    /// Begins a transaction that takes the charges back, because the try was no failure.
    pub fn take_back<Guard: Copy + PartialEq>(
        &self,
        matched: &Matched,
        guard: Guard,
    ) -> Transaction<Guard> {
        let charged = &matched.charged;
        charged
            .buckets()
            .into_iter()
            .fold(Transaction::new(), |transaction, bucket| {
                transaction.with(guard, self.throttles.take_back(bucket, charged.stamp))
            })
    }

    /// Charges a try to who is tried and to where it comes from. What one refuses is not evaluated, so
    /// the other is not charged for it.
    async fn charge(&self, charged: &Charged) -> Result<(), Problem> {
        let ([identity, address], stamp) = (charged.buckets(), charged.stamp);
        let (of_identity, of_address) = tokio::join!(
            self.throttles.charge(identity, stamp),
            self.throttles.charge(address, stamp),
        );
        let (of_identity, of_address) = (of_identity?, of_address?);
        match (of_identity, of_address) {
            (Admission::Admitted, Admission::Refused { .. }) => {
                self.throttles.refund(identity, stamp).await?;
            }
            (Admission::Refused { .. }, Admission::Admitted) => {
                self.throttles.refund(address, stamp).await?;
            }
            _ => {}
        }
        Problem::unless_admitted(of_identity, TooMany::Verifications)?;
        Problem::unless_admitted(of_address, TooMany::Verifications)
    }

    /// Reads everything that the comparison needs, in one call.
    ///
    /// Whether leading zeros count is the insurer's to say, who is only being read: so both forms of
    /// the key are asked for where they differ.
    async fn find(&self, key: &MemberKey) -> Result<Option<Found>, store::Error> {
        let ids = key.candidate_ids();
        let member_reads: Vec<_> = ids.iter().map(|id| self.members.read(id)).collect();
        let claim_reads: Vec<_> = ids.iter().map(|id| self.accounts.read_claim(id)).collect();
        let [insurers, members, claims] = self
            .database
            .read_batch([
                &[self.insurers.read(&key.insurer)],
                &member_reads,
                &claim_reads,
            ])
            .await?;
        let Some(insurer) = insurers.iter().flatten().next() else {
            return Ok(None);
        };
        let insurer = Insurer::from_item(insurer)?;
        let wanted = key.id(insurer.leading_zeros);
        let of_wanted = |items: Vec<Option<Item>>| {
            ids.iter()
                .zip(items)
                .find(|(id, _)| id.as_str() == wanted.as_str())
                .and_then(|(_, item)| item)
        };
        let Some(member) = of_wanted(members) else {
            return Ok(None);
        };
        Ok(Some(Found {
            insurer,
            member: Member::from_item(&member)?,
            user_id: of_wanted(claims)
                .as_ref()
                .map(Accounts::user_id_of_claim)
                .transpose()?,
        }))
    }
}

/// A member under the key that was typed, their insurer, and the user ID of their account.
struct Found {
    insurer: Insurer,
    member: Member,
    user_id: Option<UserId>,
}

impl Found {
    fn is(&self, identity: &Identity) -> bool {
        self.member.birth_date == identity.birth_date
            && self
                .member
                .is_called(&identity.name_kana, self.insurer.long_mark)
    }
}
