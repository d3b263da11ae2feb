//! What a step says when all went well.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use crate::SetCookie;

/// A successful answer.
pub struct Answer<Response> {
    pub(crate) status: StatusCode,
    pub(crate) response: Option<Response>,
    pub(crate) cookies: Vec<SetCookie>,
    pub(crate) public_for: Option<Duration>,
}

impl<Response: Serialize> Answer<Response> {
    fn new(status: StatusCode, response: Option<Response>) -> Self {
        Self {
            status,
            response,
            cookies: Vec::new(),
            public_for: None,
        }
    }

    /// 200, with `response`.
    pub fn ok(response: Response) -> Self {
        Self::new(StatusCode::OK, Some(response))
    }

    /// 201: something was made.
    pub fn created(response: Response) -> Self {
        Self::new(StatusCode::CREATED, Some(response))
    }

    /// 202: something goes on from here.
    pub fn accepted(response: Response) -> Self {
        Self::new(StatusCode::ACCEPTED, Some(response))
    }

    /// 204: done, and nothing to say.
    #[must_use]
    pub fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// Lets the distribution and browsers keep it and give it to whoever asks: it is nobody's own.
    #[must_use]
    pub fn public_for(mut self, time: Duration) -> Self {
        self.public_for = Some(time);
        self
    }

    /// Sets or clears a cookie with it.
    #[must_use]
    pub fn with(mut self, cookie: SetCookie) -> Self {
        self.cookies.push(cookie);
        self
    }
}
