//! A browser: its own cookies, its own network address, its own clock.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use http::{HeaderValue, Method};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpStream;

use crate::{Answer, Member};

/// The cookie of a member on the way to an account.
pub const REGISTRATION_COOKIE: &str = "__Host-registration";
/// The cookie of a member on the way to a new password.
pub const RESET_COOKIE: &str = "__Host-reset";
/// The cookie of a signed-in member.
pub const SESSION_COOKIE: &str = "__Host-session";
/// The cookie of a browser that accounts know.
pub const DEVICE_COOKIE: &str = "__Host-device";

/// A browser. A clone of it is another tab at that moment: same cookies, same address, same time.
#[derive(Clone, Debug)]
pub struct Browser {
    authority: String,
    cookies: BTreeMap<String, Cookie>,
    now: OffsetDateTime,
    address: String,
    counts_calls: bool,
    shows: Option<String>,
}

#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    ends: OffsetDateTime,
}

impl Browser {
    /// A browser at the address of a stack, at a time and a network address of its own.
    #[must_use]
    pub fn new(url: &str, now: OffsetDateTime, address: String) -> Self {
        Self {
            authority: url.trim_start_matches("http://").to_owned(),
            cookies: BTreeMap::new(),
            now,
            address,
            counts_calls: false,
            shows: None,
        }
    }

    /// Sets the clock.
    pub fn at(&mut self, now: OffsetDateTime) -> &mut Self {
        self.now = now;
        self
    }

    /// Lets time pass.
    pub fn later(&mut self, by: Duration) -> &mut Self {
        self.now += by;
        self
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Moves to another network.
    pub fn from_address(&mut self, address: &str) -> &mut Self {
        address.clone_into(&mut self.address);
        self
    }

    /// Has the calls behind every answer counted from now on ([`Answer::calls`]).
    pub fn counting_calls(&mut self) -> &mut Self {
        self.counts_calls = true;
        self
    }

    /// Shows the person of this subject from now on, as a page that was opened before: each request says so.
    pub fn showing(&mut self, subject: &str) -> &mut Self {
        self.shows = Some(subject.to_owned());
        self
    }

    /// Shows nobody, as curl does.
    pub fn showing_nobody(&mut self) -> &mut Self {
        self.shows = None;
        self
    }

    /// A cookie's value, if the browser has it and it has not ended.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookie = self.cookies.get(name)?;
        (cookie.ends > self.now).then_some(&*cookie.value)
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&mut self, name: &str, value: &str) -> &mut Self {
        let cookie = Cookie {
            value: value.to_owned(),
            ends: self.now + Duration::from_hours(24),
        };
        self.cookies.insert(name.to_owned(), cookie);
        self
    }

    /// Forgets all cookies.
    pub fn clear_cookies(&mut self) -> &mut Self {
        self.cookies.clear();
        self
    }

    /// A request to be sent, with what a browser sends along.
    pub fn request(&mut self, method: Method, path: &str) -> Request<'_> {
        let sent: Vec<String> = self
            .cookies
            .iter()
            .filter(|(_, cookie)| cookie.ends > self.now)
            .map(|(name, cookie)| format!("{name}={}", cookie.value))
            .collect();
        let host = self.authority.clone().into_bytes();
        let mut headers = vec![("host".to_owned(), host)];
        if !sent.is_empty() {
            headers.push(("cookie".to_owned(), sent.join("; ").into_bytes()));
        }
        if let Some(subject) = &self.shows {
            headers.push(("x-subject".to_owned(), subject.clone().into_bytes()));
        }
        Request {
            browser: self,
            method,
            path: path.to_owned(),
            headers,
            body: Bytes::new(),
        }
    }

    /// A POST to be sent, of JSON.
    pub fn post(&mut self, path: &str) -> Request<'_> {
        self.request(Method::POST, path)
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
    }

    async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        self.post(path).body(body.to_string()).send().await
    }

    /// Asks whose code this is, as it stands in an address.
    pub async fn insurer(&mut self, code: &str) -> Answer {
        let path = format!("/api/insurers/{code}");
        self.request(Method::GET, &path).send().await
    }

    /// Step 1, with the five fields as they are given.
    pub async fn verify(&mut self, identity: &Value) -> Answer {
        self.post_json("/api/members/verify", identity).await
    }

    /// Step 2, with the three fields as they are given.
    pub async fn create_user(&mut self, choice: &Value) -> Answer {
        self.post_json("/api/users", choice).await
    }

    /// Step 3.
    pub async fn send_code(&mut self) -> Answer {
        self.post_json("/api/codes", &json!({})).await
    }

    /// Step 3, correcting the address first.
    pub async fn send_code_to(&mut self, email: &str) -> Answer {
        self.post_json("/api/codes", &json!({"email": email})).await
    }

    /// Step 4.
    pub async fn confirm(&mut self, code: &str) -> Answer {
        self.post_json("/api/codes/confirm", &json!({"code": code}))
            .await
    }

    /// Step 5.
    pub async fn login(&mut self, user_id: &str, password: &str) -> Answer {
        let credentials = json!({"userId": user_id, "password": password});
        self.post_json("/api/sessions", &credentials).await
    }

    /// What a page of steps 2 to 4 asks.
    pub async fn registration(&mut self) -> Answer {
        self.request(Method::GET, "/api/registration").send().await
    }

    /// Step 5, with what this member chose.
    pub async fn login_as(&mut self, member: &Member) -> Answer {
        self.post_json("/api/sessions", &member.credentials()).await
    }

    /// Step 6.
    pub async fn accept_terms(&mut self, version: &str) -> Answer {
        self.post_json("/api/terms/acceptance", &json!({"version": version}))
            .await
    }

    /// Step 7: what the top page asks.
    pub async fn session(&mut self) -> Answer {
        self.request(Method::GET, "/api/session").send().await
    }

    /// Logs out.
    pub async fn logout(&mut self) -> Answer {
        self.request(Method::DELETE, "/api/session")
            .header("sec-fetch-site", "same-origin")
            .send()
            .await
    }

    /// Asks for the code of a password reset.
    pub async fn request_reset(&mut self, user_id: &str, email: &str) -> Answer {
        let asked = json!({"userId": user_id, "email": email});
        self.post_json("/api/password-resets", &asked).await
    }

    /// Confirms the code of a password reset, with a new password.
    pub async fn reset_password(&mut self, code: &str, password: &str) -> Answer {
        let reset = json!({"code": code, "password": password});
        self.post_json("/api/password-resets/confirm", &reset).await
    }

    /// Asks for a forgotten user ID, with the five fields as they are given.
    pub async fn remind(&mut self, identity: &Value) -> Answer {
        self.post_json("/api/user-id-reminders", identity).await
    }

    /// Asks where the member is signed in.
    pub async fn sessions(&mut self) -> Answer {
        self.request(Method::GET, "/api/account/sessions")
            .send()
            .await
    }

    /// Ends the session of this id, or the `others`.
    pub async fn end_sessions(&mut self, session: &str) -> Answer {
        self.post_json("/api/account/sessions/end", &json!({"session": session}))
            .await
    }

    /// Changes the password.
    pub async fn change_password(&mut self, current: &str, password: &str) -> Answer {
        let change = json!({"currentPassword": current, "password": password});
        self.post_json("/api/account/password", &change).await
    }

    /// Begins to change the address.
    pub async fn change_email(&mut self, current: &str, email: &str) -> Answer {
        let change = json!({"currentPassword": current, "email": email});
        self.post_json("/api/account/email", &change).await
    }

    /// Confirms the code of the new address.
    pub async fn confirm_email(&mut self, code: &str) -> Answer {
        self.post_json("/api/account/email", &json!({"code": code}))
            .await
    }

    /// Takes the cookies of an answer that another tab got.
    pub fn keep_cookies(&mut self, answer: &Answer) {
        for header in answer.headers.get_all("set-cookie") {
            let mut parts = header.to_str().unwrap().split(';').map(str::trim);
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let age: u64 = parts
                .find_map(|part| part.strip_prefix("Max-Age="))
                .map_or(u64::from(u32::MAX), |age| age.parse().unwrap());
            let cookie = Cookie {
                value: value.to_owned(),
                ends: self.now + Duration::from_secs(age),
            };
            self.cookies.insert(name.to_owned(), cookie);
        }
    }
}

/// A request to be sent.
#[derive(Debug)]
#[must_use = "a request is nothing before it is sent"]
pub struct Request<'a> {
    browser: &'a mut Browser,
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

impl Request<'_> {
    /// Sets a header in the place of what was there.
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).another(name, value)
    }

    /// Adds a header to what is there.
    pub fn another(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Takes a header away.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// Sets the body, byte by byte.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it, and keeps the cookies of the answer.
    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// The same to a stack that may be gone.
    ///
    /// # Errors
    /// When the stack is not there, or goes before it has answered.
    pub async fn try_send(self) -> io::Result<Answer> {
        let browser = self.browser;
        let address = browser.authority.replace("localhost", "127.0.0.1");
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(self.path)
            .header("x-local-now", browser.now.format(&Rfc3339).unwrap())
            .header("x-local-client", &browser.address);
        if browser.counts_calls {
            request = request.header("x-local-calls", "1");
        }
        for (name, value) in self.headers {
            request = request.header(name, HeaderValue::from_bytes(&value).unwrap());
        }
        let request = request.body(Full::new(self.body)).unwrap();
        let answer = sender.send_request(request).await;
        let (parts, body) = answer.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let answer = Answer::new(http::Response::from_parts(parts, body));
        browser.keep_cookies(&answer);
        Ok(answer)
    }
}
