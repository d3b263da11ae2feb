//! The loop of every function: event in, step, response out.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use lambda_http::{
    LambdaEvent,
    http::{
        HeaderValue, Method, Response, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE},
    },
    lambda_runtime, service_fn,
};
use serde::Serialize;
use store::{Audit, Refused};

use crate::{
    Answer, Aws, Call, ConfigError, Env, FromForm, Language, Malformed, Means, Notes, Part,
    Problem, form,
    gateway::{GatewayEvent, answer_of},
    site::Site,
    telemetry::{self, Telemetry},
};

/// The wait that is told where another try may be made at once.
const AT_ONCE: Duration = Duration::from_secs(1);

/// One step of the journey: what it is called, needs and does.
pub trait Step: Part + Send + Sync {
    /// The step's name, the same in folder, binary, route and template.
    const NAME: &'static str;
    /// What it takes: `()` for a step without a body.
    type Request: FromForm + Send;
    /// What it gives.
    type Response: Serialize + Send;

    /// The trail that its refusals are noted in, if it is one to be audited: it proves who somebody is,
    /// or changes an account. What it does it records itself, in the transaction that does it.
    fn audit(&self) -> Option<&Audit> {
        None
    }

    /// Does the step. What it has to say beside the answer goes into `notes`.
    ///
    /// # Errors
    /// Every refusal, as the problem the member is told.
    fn handle(
        &self,
        call: &Call,
        notes: &mut Notes,
        request: Self::Request,
    ) -> impl Future<Output = Result<Answer<Self::Response>, Problem>> + Send;
}

/// Serves a step as a Lambda function until Lambda ends the process.
///
/// # Errors
/// When the environment is not as the template should make it, or the runtime cannot be reached.
pub async fn serve<S: Step>() -> Result<(), lambda_http::Error> {
    let ready = start(S::NAME, |env, means| Ok((S::ready(means)?, Site::of(env)?)));
    let Started {
        function: (step, site),
        telemetry,
    } = ready.await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<GatewayEvent>| {
        // In a box, for the compiler lays out no future that is nested as deep as a step's.
        let response = Box::pin(respond(&step, &site, &telemetry, event.payload)).await;
        response.map(answer_of)
    }))
    .await
}

/// Makes a function ready, and opens its connection to DynamoDB. What is missing ends the cold start with a
/// line that names it.
pub(crate) async fn start<F>(
    name: &'static str,
    ready: impl FnOnce(&Env, &Means<'_>) -> Result<F, ConfigError>,
) -> Result<Started<F>, ConfigError> {
    telemetry::init();
    let env = Env::of_process();
    let started = Aws::new(&env).and_then(|aws| Ok((ready(&env, &Means::new(&env, &aws))?, aws)));
    let (function, aws) = started.inspect_err(|error| {
        tracing::error!(step = name, cause = %error, "the function cannot start");
    })?;
    aws.warm_up().await;
    Ok(Started {
        telemetry: Telemetry::new(&env, aws.mails),
        function,
    })
}

/// A function that is ready.
pub(crate) struct Started<F> {
    pub(crate) function: F,
    pub(crate) telemetry: Telemetry,
}

async fn respond<S: Step>(
    step: &S,
    site: &Site,
    telemetry: &Telemetry,
    event: GatewayEvent,
) -> Result<Response<Option<String>>, lambda_http::Error> {
    let started = Instant::now();
    let call = Call::from_event(event).ok_or("not an HTTP API event of payload format 2.0")?;
    let mut notes = Notes::default();
    let outcome = match admit::<S>(&call, site) {
        Ok(request) => step.handle(&call, &mut notes, request).await,
        Err(problem) => Err(problem),
    };
    let outcome = match outcome {
        Err(problem) => Err(Box::pin(refuse(step, &call, &mut notes, problem)).await),
        answered => answered,
    };
    let came = outcome.as_ref().map(|answer| answer.status);
    telemetry.outcome(S::NAME, &call, &notes, came, started.elapsed());
    match outcome {
        Ok(answer) => success(&answer),
        Err(problem) => failure(&problem, call.language()),
    }
}

/// Notes a refusal in the audit trail, and gives what to answer.
///
/// A try that was judged wrong is counted in the same transaction, before anybody is told: what cannot be
/// counted with its event is not told. What was not judged wrong makes room at once.
async fn refuse<S: Step>(step: &S, call: &Call, notes: &mut Notes, problem: Problem) -> Problem {
    let Some(audit) = step.audit() else {
        return problem;
    };
    if problem.is_wrong() && !notes.pending().is_empty() {
        return match notes.count_wrong(call, audit, S::NAME, &problem).await {
            Ok(Ok(())) => problem,
            // Other tries were faster, or this one was under way for too long.
            Ok(Err(Refused)) => Problem::crowded(AT_ONCE),
            // It was judged, and what is answered instead of a success tells. So it is counted all the same, one
            // by one; where even this fails, it stays under way.
            Err(cause) => {
                audit.count_alone(notes.pending()).await;
                cause.into()
            }
        };
    }
    audit.release(notes.pending()).await;
    if let Some(event) = notes.refusal(call, S::NAME, &problem)
        && let Err(cause) = audit.note(&event).await
    {
        // What is refused stays refused, whether or not it can be noted.
        notes.conceals(&cause);
    }
    problem
}

/// Lets in what is a well-formed request of this site.
fn admit<S: Step>(call: &Call, site: &Site) -> Result<S::Request, Problem> {
    site.refuse_direct(call)?;
    if call.method == Method::GET {
        return form::read(call);
    }
    site.refuse_cross_site(call)?;
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

fn success<T: Serialize>(
    answer: &Answer<T>,
) -> Result<Response<Option<String>>, lambda_http::Error> {
    let body = match &answer.response {
        Some(response) => Some(serde_json::to_string(response)?),
        None => None,
    };
    let mut response = response(answer.status, "application/json; charset=utf-8", body);
    if answer.response.is_none() {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    if let Some(time) = answer.public_for {
        // While we fail, what was true a day ago is better than nothing.
        let seconds = time.as_secs();
        let public = format!("public, max-age={seconds}, stale-if-error=86400");
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::try_from(public)?);
    }
    for cookie in &answer.cookies {
        let value = cookie.header_value().ok_or("a cookie that is no header")?;
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

fn failure(
    problem: &Problem,
    language: Language,
) -> Result<Response<Option<String>>, lambda_http::Error> {
    let body = Some(String::from_utf8(problem.body(language))?);
    let mut response = response(
        problem.status(),
        "application/problem+json; charset=utf-8",
        body,
    );
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    if let Some(seconds) = problem.retry_after_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn response(
    status: StatusCode,
    content_type: &'static str,
    body: Option<String>,
) -> Response<Option<String>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // What is not said to be public is one member's own (ASVS 5.0 14.3.2), or a refusal.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
