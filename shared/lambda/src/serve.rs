//! The loop of every function: event in, step, response out.

use std::{future::Future, time::Instant};

use lambda_http::{
    Body, Request, Response,
    http::{
        HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, ORIGIN, RETRY_AFTER, SET_COOKIE},
    },
    service_fn,
};
use serde::Serialize;

use crate::{Answer, Aws, Call, ConfigError, Env, FromForm, Malformed, Problem, form, telemetry};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// One step of the journey: what it is called, needs and does.
pub trait Step: Sized + Send + Sync {
    /// The step's name, the same in folder, binary, route and template.
    const NAME: &'static str;
    /// What it takes: `()` for a step without a body.
    type Request: FromForm + Send;
    /// What it gives.
    type Response: Serialize;

    /// Makes the step ready, once per cold start.
    ///
    /// # Errors
    /// When its environment is not as the template should make it.
    fn new(env: &Env, aws: &Aws) -> Result<Self, ConfigError>;

    /// Does the step.
    ///
    /// # Errors
    /// Every refusal, as the problem the member is told.
    fn handle(
        &self,
        call: &Call,
        request: Self::Request,
    ) -> impl Future<Output = Result<Answer<Self::Response>, Problem>> + Send;
}

/// Serves a step as a Lambda function until Lambda ends the process.
///
/// # Errors
/// When the environment is not as the template should make it, or the runtime cannot be reached.
pub async fn serve<S: Step>() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let env = Env::of_process();
    let site = Site {
        origin: env.optional("SITE_ORIGIN"),
    };
    let ready = Aws::new(&env).and_then(|aws| Ok((S::new(&env, &aws)?, aws)));
    let (step, aws) = match ready {
        Ok(ready) => ready,
        Err(error) => {
            tracing::error!(step = S::NAME, cause = %error, "the function cannot start");
            return Err(error.into());
        }
    };
    aws.warm_up().await;
    lambda_http::run(service_fn(|event: Request| respond(&step, &site, event))).await
}

async fn respond<S: Step>(
    step: &S,
    site: &Site,
    event: Request,
) -> Result<Response<Body>, lambda_http::Error> {
    let started = Instant::now();
    let call = Call::from_event(event).ok_or("not an HTTP API event of payload format 2.0")?;
    let outcome = match admit::<S>(&call, site) {
        Ok(request) => step.handle(&call, request).await,
        Err(problem) => Err(problem),
    };
    telemetry::outcome(S::NAME, &call, outcome.as_ref().err(), started.elapsed());
    match outcome {
        Ok(answer) => success(&answer),
        Err(problem) => failure(&problem),
    }
}

/// Lets in what is a well-formed request of this site.
fn admit<S: Step>(call: &Call, site: &Site) -> Result<S::Request, Problem> {
    if call.method == Method::GET {
        return form::read(call);
    }
    if !site.made(call) {
        return Err(Problem::CrossSite);
    }
    // A form of another site can post without asking, but not as JSON. A DELETE always has to ask.
    let json = call.header(CONTENT_TYPE).map(is_json);
    let acceptable = match json {
        Some(json) => json,
        None => call.method == Method::DELETE && call.body.is_empty(),
    };
    if !acceptable {
        return Err(Problem::InvalidRequest(Malformed::MediaType));
    }
    form::read(call)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// The site that the API belongs to.
struct Site {
    /// Its origin, where the API's own host is another (behind a distribution).
    origin: Option<String>,
}

impl Site {
    /// Whether a state-changing request was made by a page of this site. Browsers say so themselves in
    /// `Sec-Fetch-Site`; older ones only send `Origin`; what is no browser sends neither.
    fn made(&self, call: &Call) -> bool {
        if let Some(from) = call.header(SEC_FETCH_SITE) {
            return from == "same-origin";
        }
        let Some(origin) = call.header(ORIGIN) else {
            return true;
        };
        if let Some(own) = &self.origin {
            return origin == own;
        }
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some() && authority == call.header(HOST)
    }
}

fn success<T: Serialize>(answer: &Answer<T>) -> Result<Response<Body>, lambda_http::Error> {
    let body = match &answer.response {
        Some(response) => Body::Text(serde_json::to_string(response)?),
        None => Body::Empty,
    };
    let mut response = response(answer.status, "application/json; charset=utf-8", body);
    if answer.response.is_none() {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    for cookie in &answer.cookies {
        let value = cookie.header_value().ok_or("a cookie that is no header")?;
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

fn failure(problem: &Problem) -> Result<Response<Body>, lambda_http::Error> {
    let body = Body::Text(String::from_utf8(problem.body())?);
    let mut response = response(
        problem.kind().1,
        "application/problem+json; charset=utf-8",
        body,
    );
    if let Some(seconds) = problem.retry_after_seconds() {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Everything here is one member's own (ASVS 5.0 14.3.2).
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
