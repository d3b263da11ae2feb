//! Step 7: tells the top page who is signed in.
//!
//! It answers before the terms are accepted too, for it says which version is to be accepted; the site
//! goes by `terms.accepted`.

use lambda::{Answer, Aws, Call, ConfigError, Env, Problem, Step, rfc_3339};
use serde::Serialize;
use store::{Account, Accounts, Database, Insurer, Insurers, Member, Members, Sessions, SignedIn};

/// The step, ready to be called.
pub struct GetSession {
    database: Database,
    accounts: Accounts,
    insurers: Insurers,
    members: Members,
    sessions: Sessions,
}

/// Who is signed in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    user_id: String,
    member_name: String,
    insurer: InsurerView,
    terms: TermsView,
    session: SessionView,
    /// The login before this one.
    last_login_at: Option<String>,
    /// The confirmed address, masked.
    email: String,
}

#[derive(Serialize)]
struct InsurerView {
    code: String,
    name: String,
    contact: ContactView,
}

#[derive(Serialize)]
struct ContactView {
    telephone: String,
    hours: String,
    mail: String,
}

/// When the session ends, for the page to warn before it does.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    /// However much it is used.
    expires_at: String,
    /// If it is not used again.
    idle_expires_at: String,
}

#[derive(Serialize)]
struct TermsView {
    version: String,
    accepted: bool,
}

impl Step for GetSession {
    const NAME: &'static str = "get-session";
    type Request = ();
    type Response = Response;

    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError> {
        let database = aws.dynamodb();
        Ok(Self {
            accounts: env.table(&database)?,
            insurers: env.table(&database)?,
            members: env.table(&database)?,
            sessions: env.table(&database)?,
            database,
        })
    }

    async fn handle(&self, call: &Call, (): ()) -> Result<Answer<Response>, Problem> {
        let signed_in = call.signed_in(&self.sessions).await?;
        let [accounts, insurers, members] = self
            .database
            .read_batch([
                &[self.accounts.read(signed_in.account())],
                &[self.insurers.read(signed_in.insurer())],
                &[self.members.read(signed_in.member())],
            ])
            .await?;
        let found = |items: Vec<Option<store::Item>>| items.into_iter().flatten().next();
        let (Some(account), Some(insurer), Some(member)) =
            (found(accounts), found(insurers), found(members))
        else {
            // The account was closed, or the member left the roster.
            return Err(Problem::NotSignedIn);
        };
        view(
            &signed_in,
            &Account::from_item(&account)?,
            Insurer::from_item(&insurer)?,
            Member::name_from_item(&member)?,
        )
        .map(Answer::ok)
    }
}

fn view(
    signed_in: &SignedIn,
    account: &Account,
    insurer: Insurer,
    member_name: String,
) -> Result<Response, Problem> {
    Ok(Response {
        user_id: account.user_id.as_typed().to_owned(),
        member_name,
        insurer: InsurerView {
            code: insurer.code.folded().to_owned(),
            name: insurer.name,
            contact: ContactView {
                telephone: insurer.contact.telephone,
                hours: insurer.contact.hours,
                mail: insurer.contact.mail,
            },
        },
        terms: TermsView {
            version: signed_in.terms_version().as_str().to_owned(),
            accepted: signed_in.terms_accepted().is_some(),
        },
        session: SessionView {
            expires_at: rfc_3339(signed_in.expires_at())?,
            idle_expires_at: rfc_3339(signed_in.idle_expires_at())?,
        },
        last_login_at: signed_in.previous_login_at().map(rfc_3339).transpose()?,
        email: account.email.masked(),
    })
}
