//! A table that is read whole: in segments beside each other, page by page. For operators' commands, which
//! have time; no function reads a table.

use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{Database, Error, Item, patience::patiently};

/// How many segments are read at once: a page of each is on its way while another's is looked at.
const SEGMENTS: i32 = 8;

/// The pages of a table, in no order.
#[derive(Debug)]
pub struct Pages<T> {
    receiver: mpsc::Receiver<Result<Page<T>, Error>>,
    expected: Option<u64>,
    // Dropped with the pages, so that nobody reads on who is not listened to.
    _segments: JoinSet<()>,
}

/// A page of a table.
#[derive(Debug)]
pub struct Page<T> {
    /// What was asked for.
    pub rows: Vec<T>,
    /// How many items were read for it.
    pub read: u64,
}

impl<T: Send + 'static> Pages<T> {
    /// Reads what a scan asks for, where each item is a row.
    pub(crate) async fn through(
        database: &Database,
        table: &str,
        scan: ScanFluentBuilder,
        row: fn(&Item) -> T,
    ) -> Self {
        Self::reading(database, table, scan, move |item| Ok(row(item))).await
    }
    /// Reads what a scan asks for. How many items the table has is known to within six hours, or not at all
    /// where this may not be asked.
    pub(crate) async fn of(
        database: &Database,
        table: &str,
        scan: ScanFluentBuilder,
        row: fn(&Item) -> Result<T, Error>,
    ) -> Self {
        Self::reading(database, table, scan, row).await
    }

    async fn reading(
        database: &Database,
        table: &str,
        scan: ScanFluentBuilder,
        row: impl Fn(&Item) -> Result<T, Error> + Copy + Send + Sync + 'static,
    ) -> Self {
        let described = database.client.describe_table().table_name(table).send();
        let described = described.await.ok().and_then(|answer| answer.table);
        let items = described.and_then(|table| table.item_count);
        let (sender, receiver) = mpsc::channel(1);
        let mut segments = JoinSet::new();
        for segment in 0..SEGMENTS {
            let scan = scan.clone().table_name(table);
            let scan = scan.segment(segment).total_segments(SEGMENTS);
            segments.spawn(read(scan, row, sender.clone()));
        }
        Self {
            receiver,
            expected: items.and_then(|items| u64::try_from(items).ok()),
            _segments: segments,
        }
    }

    /// About how many items there are to read.
    #[must_use]
    pub fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// When DynamoDB fails for longer than it is waited for, or an item is corrupt.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, Error> {
        self.receiver.recv().await.transpose()
    }
}

/// Reads a segment to its end, or to its first failure.
async fn read<T>(
    scan: ScanFluentBuilder,
    row: impl Fn(&Item) -> Result<T, Error> + Copy,
    pages: mpsc::Sender<Result<Page<T>, Error>>,
) {
    let mut start = None;
    loop {
        let page = patiently(|| {
            let scan = scan.clone().set_exclusive_start_key(start.clone());
            async {
                scan.send()
                    .await
                    .map_err(|error| Error::unavailable("Scan", &error))
            }
        });
        let read = page.await.and_then(|page| {
            let rows = page.items().iter().map(row).collect::<Result<_, _>>()?;
            let read = u64::try_from(page.scanned_count).unwrap_or(0);
            start = page.last_evaluated_key;
            Ok(Page { rows, read })
        });
        let is_last = read.is_err() || start.is_none();
        if pages.send(read).await.is_err() || is_last {
            return;
        }
    }
}
