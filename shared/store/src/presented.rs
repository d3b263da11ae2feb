//! What a request presents to prove that it belongs to a flow.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::{PageSubject, TokenHash};

use crate::item::text;

/// The token of a flow's cookie, and whose page the request was sent from.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The hash of the browser's token.
    pub token: TokenHash,
    /// Whom the page shows. None where the request does not say: then the token alone decides, as for curl.
    pub page: Option<PageSubject>,
}

impl Presented {
    /// Whether the page shows another person than `owner`, whom the flow belongs to.
    pub(crate) fn is_of_other(&self, owner: &str) -> bool {
        self.page
            .as_ref()
            .is_some_and(|page| page.as_str() != owner)
    }

    /// "And the flow belongs to whom the page shows", where the page says: `owner` is the attribute that says
    /// whose flow it is.
    pub(crate) fn only_if(&self, condition: &str, owner: &str) -> String {
        match &self.page {
            None => condition.to_owned(),
            Some(_) => format!("{condition} AND {owner} = :page"),
        }
    }

    /// Gives a call the value that [`only_if`](Self::only_if) names.
    pub(crate) fn value(&self, call: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        match &self.page {
            None => call,
            Some(page) => call.expression_attribute_values(":page", text(page.as_str())),
        }
    }
}

/// Why a request belongs to no live registration, session or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFlow {
    /// There is none of this token, or it has ended.
    Ended,
    /// It belongs to another person than the page shows.
    OtherMember,
    /// It is a registration whose member has an account.
    Completed,
}
