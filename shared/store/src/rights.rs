//! Whether a caller has the rights for a write, found out before anything is written: by a write of the same kind on an
//! item that there never is. Its condition refuses it where the rights are there, and IAM where they are not.

use crate::{
    Write,
    database::key,
    item::text,
    transaction::{delete, put, update},
};

/// A kind of write, as IAM tells them apart.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Put,
    Update,
    Delete,
}

/// A write of this kind that never does anything.
pub(crate) fn trial(table: &str, key_name: &'static str, kind: Kind) -> Write {
    // No id of ours looks so, and one transaction has no item twice.
    let id = match kind {
        Kind::Put => "trial of put",
        Kind::Update => "trial of update",
        Kind::Delete => "trial of delete",
    };
    let (item, there) = (key(key_name, id), "attribute_exists(#key)");
    match kind {
        Kind::Put => put()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(there)
            .expression_attribute_names("#key", key_name)
            .into(),
        Kind::Update => update()
            .table_name(table)
            .set_key(Some(item))
            .update_expression("SET trial = :none")
            .expression_attribute_values(":none", text("none"))
            .condition_expression(there)
            .expression_attribute_names("#key", key_name)
            .into(),
        Kind::Delete => delete()
            .table_name(table)
            .set_key(Some(item))
            .condition_expression(there)
            .expression_attribute_names("#key", key_name)
            .into(),
    }
}
