//! `docs/tables.md` tells every attribute that an item has.

use crate::run::{RUN, text_of};

#[test]
fn every_attribute_of_every_item_is_told() {
    let text = text_of("docs/tables.md");
    let mut missing = Vec::new();
    for (table, attributes) in &RUN.attributes {
        let Some((_, told)) = text.split_once(&format!("\n**{table}**")) else {
            missing.push(format!("docs/tables.md has no paragraph **{table}**"));
            continue;
        };
        let told = told.split("\n**").next().unwrap();
        // The row of the first table has the key, and whether there is a `ttl`.
        let start = format!("| {table} |");
        let row = text.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("docs/tables.md has no row {table}"));
        for attribute in attributes {
            let quoted = format!("`{attribute}`");
            if !told.contains(&quoted) && !row.contains(&quoted) {
                missing.push(format!("docs/tables.md, {table}: add `{attribute}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
