//! Step 1: proves who a member is, against the roster.
//!
//! The member types what the letter and the health-insurance papers say. When all five agree with the
//! roster, the browser gets a registration to go on with. When they do not, which of them is wrong is
//! not said, so the roster cannot be searched field by field.

use domain::{
    Admission, BirthDate, InsurerCode, KanaName, LeadingZeros, MemberKey, Number, Symbol, Token,
};
use lambda::{
    Answer, Aws, Call, ConfigError, Env, Flow, Form, FromForm, OsEntropy, Problem, SetCookie, Step,
    TooMany,
};
use serde::Serialize;
use store::{
    Accounts, Bucket, Commit, Database, Insurer, Insurers, Item, Member, Members, NewRegistration,
    Registrations, Stamp, Throttles, Transaction,
};

/// The step, ready to be called.
pub struct VerifyMember {
    database: Database,
    insurers: Insurers,
    members: Members,
    accounts: Accounts,
    registrations: Registrations,
    throttles: Throttles,
}

/// What the member typed.
pub struct Request {
    /// Insurer, 記号 and 番号.
    pub key: MemberKey,
    /// The date of birth.
    pub birth_date: BirthDate,
    /// The name in kana.
    pub name_kana: KanaName,
}

/// Who the member is, as the roster has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    member_name: String,
    symbol: String,
    number: String,
    mail_sender: String,
}

impl FromForm for Request {
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

impl Step for VerifyMember {
    const NAME: &'static str = "verify-member";
    type Request = Request;
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            insurers: env.table(&database)?,
            members: env.table(&database)?,
            accounts: env.table(&database)?,
            registrations: env.table(&database)?,
            throttles: env.table(&database)?,
            database,
        })
    }

    async fn handle(&self, call: &Call, request: Request) -> Result<Answer<Response>, Problem> {
        let stamp = Stamp::draw(call.now, &OsEntropy);
        let subject = request.key.id(LeadingZeros::Dropped);
        let charges = [
            Bucket::VerifyIdentity(&subject),
            Bucket::VerifyAddress(&call.client),
        ];
        call.concerns(subject.as_str());

        // The charges decide whether the roster may be compared at all, but need not be waited for to
        // read it.
        let (admission, found) =
            tokio::join!(self.charge(&charges, stamp), self.find(&request.key));
        admission?;
        let Some(found) = found?.filter(|found| found.is(&request)) else {
            return Err(Problem::MemberNotMatched);
        };
        let charges_back = charges
            .iter()
            .fold(Transaction::new(), |transaction, bucket| {
                transaction.with((), self.throttles.take_back(*bucket, stamp))
            });
        if found.has_account {
            let _ = charges_back.commit(&self.database).await?;
            return Err(Problem::AlreadyRegistered);
        }

        let token = Token::draw(&OsEntropy);
        let registration = NewRegistration {
            token: token.hash(),
            member: &found.member,
            insurer: &found.insurer,
            verified_at: call.now,
        };
        let transaction = charges_back.with((), self.registrations.create(&registration));
        match transaction.commit(&self.database).await? {
            Commit::Done => Ok(Answer::ok(Response {
                member_name: found.member.name,
                symbol: found.member.symbol,
                number: found.member.number,
                mail_sender: found.insurer.mail_sender.as_str().to_owned(),
            })
            .with(SetCookie::token(Flow::Registration, &token))),
            Commit::Refused(_) => Err(Problem::TryAgain(
                "a registration's token was drawn twice".to_owned(),
            )),
        }
    }
}

/// A member under the key that was typed, their insurer, and whether they have an account.
struct Found {
    insurer: Insurer,
    member: Member,
    has_account: bool,
}

impl VerifyMember {
    /// Charges a try to who is tried and to where it comes from. What one refuses is not evaluated, so
    /// the other is not charged for it.
    async fn charge(&self, charges: &[Bucket<'_>; 2], stamp: Stamp) -> Result<(), Problem> {
        let [identity, address] = *charges;
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
            has_account: of_wanted(claims).is_some(),
        }))
    }
}

impl Found {
    fn is(&self, request: &Request) -> bool {
        self.member.birth_date == request.birth_date
            && self
                .member
                .name_kana
                .matches(&request.name_kana, self.insurer.long_mark)
    }
}
