//! Who was erased: the events that say so are what keeps a restore from bringing anybody back. They outlive every
//! backup, and say of whom by a hash alone.

use std::collections::HashSet;

use domain::Subject;
use time::OffsetDateTime;

use super::{Audit, DONE, KEY, SORT_KEY, TABLE};
use crate::{
    Error, Item, Pages, Stamp,
    item::{Reader, number, text},
};

/// The operators' commands that erase: a member, and an insurer with all of its members.
pub const ERASING: [&str; 2] = ["member-erase", "insurer-remove"];

impl Audit {
    /// The members, accounts and insurers that were erased after a time, strongly consistent. Reads the whole table.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item is corrupt.
    pub async fn erased(&self, since: OffsetDateTime) -> Result<HashSet<Subject>, Error> {
        let scan = self
            .database
            .client
            .scan()
            .consistent_read(true)
            .projection_expression("#subject")
            .filter_expression(
                "#outcome = :done AND #event IN (:member, :insurer) AND #at >= :since",
            )
            .expression_attribute_names("#subject", KEY)
            .expression_attribute_names("#at", SORT_KEY)
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#outcome", "outcome")
            .expression_attribute_values(":done", text(DONE))
            .expression_attribute_values(":member", text(ERASING[0]))
            .expression_attribute_values(":insurer", text(ERASING[1]))
            .expression_attribute_values(":since", number(Stamp::earliest_of(since).number()));
        let mut pages = Pages::of(&self.database, &self.table, scan, subject).await;
        let mut erased = HashSet::new();
        while let Some(page) = pages.next().await? {
            erased.extend(page.rows);
        }
        Ok(erased)
    }
}

fn subject(item: &Item) -> Result<Subject, Error> {
    Reader { table: TABLE, item }.parsed(KEY, Subject::parse)
}
