//! An external merge sort: records in the order of their keys, in memory that does not grow with them.
//!
//! What does not fit into the buffer goes, sorted, into a temporary file that has no name, so that nobody
//! else can open it and nothing of it is left, however the command ends. Records of one key stay in the order
//! in which they came.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    fs::{File, Permissions},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    os::unix::fs::{FileExt, PermissionsExt},
    sync::Arc,
};

/// The memory of a sort, when written and again when read.
const BUFFER: usize = 16 << 20;
/// The memory of many sorts at the same time, and the least that one of them has.
const SHARED_BUFFER: usize = 64 << 20;
const LEAST_BUFFER: usize = 256 << 10;
/// The least and the most that is read ahead of a run.
const AHEAD: std::ops::RangeInclusive<usize> = 4 << 10..=64 << 10;

/// A key, and what it is the key of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) key: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// What is being sorted.
pub(crate) struct Sorter {
    capacity: usize,
    buffer: Vec<u8>,
    /// Where each record of the buffer begins, where its body does, and where it ends.
    index: Vec<[usize; 3]>,
    file: BufWriter<File>,
    written: u64,
    runs: Vec<Run>,
    count: u64,
}

/// A part of the file that is sorted.
#[derive(Clone, Copy, Debug)]
struct Run {
    from: u64,
    to: u64,
}

impl Sorter {
    /// A sort of the usual memory.
    pub(crate) fn new() -> io::Result<Self> {
        Self::of(BUFFER)
    }

    /// One of so many sorts at the same time, which share the memory of a few.
    pub(crate) fn one_of(count: usize) -> io::Result<Self> {
        let share = SHARED_BUFFER / count.max(1);
        Self::of(share.clamp(LEAST_BUFFER, BUFFER))
    }

    fn of(capacity: usize) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Self {
            capacity,
            buffer: Vec::new(),
            index: Vec::new(),
            file: BufWriter::new(file),
            written: 0,
            runs: Vec::new(),
            count: 0,
        })
    }

    /// Adds a record.
    pub(crate) fn push(&mut self, key: &[u8], body: &[u8]) -> io::Result<()> {
        let room = self.buffer.len() + key.len() + body.len();
        let index = (self.index.len() + 1) * size_of::<[usize; 3]>();
        if room + index > self.capacity && !self.index.is_empty() {
            self.spill()?;
        }
        let begin = self.buffer.len();
        self.buffer.extend(key);
        let middle = self.buffer.len();
        self.buffer.extend(body);
        self.index.push([begin, middle, self.buffer.len()]);
        self.count += 1;
        Ok(())
    }

    /// Writes the buffer, sorted.
    fn spill(&mut self) -> io::Result<()> {
        let buffer = &self.buffer;
        let part = |from: usize, to: usize| buffer.get(from..to).unwrap_or_default();
        self.index
            .sort_by(|a, b| part(a[0], a[1]).cmp(part(b[0], b[1])));
        let from = self.written;
        for [begin, middle, end] in &self.index {
            for (from, to) in [(*begin, *middle), (*middle, *end)] {
                let bytes = part(from, to);
                let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
                self.file.write_all(&length.to_be_bytes())?;
                self.file.write_all(bytes)?;
                self.written += 4 + u64::from(length);
            }
        }
        self.runs.push(Run {
            from,
            to: self.written,
        });
        self.buffer.clear();
        self.index.clear();
        Ok(())
    }

    /// Ends the sort.
    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        if !self.index.is_empty() {
            self.spill()?;
        }
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(Sorted {
            file: Arc::new(file),
            runs: self.runs,
            count: self.count,
            capacity: self.capacity,
        })
    }
}

/// What was sorted. It can be read as often as one likes.
#[derive(Clone)]
pub(crate) struct Sorted {
    file: Arc<File>,
    runs: Vec<Run>,
    count: u64,
    capacity: usize,
}

impl Sorted {
    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    /// All records, in order.
    pub(crate) fn merge(&self) -> io::Result<Merge> {
        let ahead = (self.capacity / self.runs.len().max(1)).clamp(*AHEAD.start(), *AHEAD.end());
        let mut merge = Merge {
            heads: BinaryHeap::with_capacity(self.runs.len()),
        };
        for (place, run) in self.runs.iter().enumerate() {
            let rest = Rest {
                file: Arc::clone(&self.file),
                run: *run,
            };
            merge.advance(place, BufReader::with_capacity(ahead, rest))?;
        }
        Ok(merge)
    }
}

/// The records of all runs, in order.
pub(crate) struct Merge {
    heads: BinaryHeap<Reverse<Head>>,
}

impl Merge {
    /// The next record.
    pub(crate) fn next_record(&mut self) -> io::Result<Option<Record>> {
        let Some(Reverse(head)) = self.heads.pop() else {
            return Ok(None);
        };
        self.advance(head.place, head.rest)?;
        Ok(Some(head.record))
    }

    fn advance(&mut self, place: usize, mut rest: BufReader<Rest>) -> io::Result<()> {
        if !rest.fill_buf()?.is_empty() {
            let record = Record {
                key: part(&mut rest)?,
                body: part(&mut rest)?,
            };
            self.heads.push(Reverse(Head {
                record,
                place,
                rest,
            }));
        }
        Ok(())
    }
}

fn part(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The first record of what is left of a run. Of equal ones, that of the earlier run comes first.
struct Head {
    record: Record,
    place: usize,
    rest: BufReader<Rest>,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = self.record.key.cmp(&other.record.key);
        by_key.then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// What is left of a run. Several are read of one file at the same time, so each has its own place in it.
struct Rest {
    file: Arc<File>,
    run: Run,
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.run.to - self.run.from).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = self.file.read_at(buffer, self.run.from)?;
        self.run.from += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use proptest::prelude::*;

    use super::*;

    fn sorted(capacity: usize, records: &[Record]) -> Sorted {
        let mut sorter = Sorter::of(capacity).unwrap();
        for record in records {
            sorter.push(&record.key, &record.body).unwrap();
        }
        sorter.finish().unwrap()
    }

    fn all(sorted: &Sorted) -> Vec<Record> {
        let mut merge = sorted.merge().unwrap();
        std::iter::from_fn(|| merge.next_record().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn it_sorts_as_a_stable_sort_in_memory_does(
            keys in proptest::collection::vec("[a-c]{0,3}", 0..200),
            capacity in 40_usize..4_000,
        ) {
            // The body is the place, so that what is not stable is seen.
            let mut records: Vec<Record> = keys
                .into_iter()
                .enumerate()
                .map(|(place, key)| Record { key: key.into(), body: place.to_string().into() })
                .collect();
            let external = sorted(capacity, &records);
            records.sort_by(|a, b| a.key.cmp(&b.key));
            prop_assert_eq!(external.len(), records.len() as u64);
            prop_assert_eq!(&all(&external), &records);
            prop_assert_eq!(all(&external), records);
        }
    }

    #[test]
    fn a_record_may_be_larger_than_the_buffer() {
        let large = Record {
            key: b"b".to_vec(),
            body: vec![7; 200_000],
        };
        let small = Record {
            key: b"a".to_vec(),
            body: Vec::new(),
        };
        let records = all(&sorted(64, &[large.clone(), small.clone()]));
        assert_eq!(records, [small, large]);
    }

    #[test]
    fn nobody_else_can_open_what_is_sorted() {
        let sorted = sorted(64, &[]);
        let metadata = sorted.file.metadata().unwrap();
        assert_eq!(metadata.nlink(), 0, "it has a name");
        assert_eq!(metadata.permissions().mode() & 0o077, 0);
    }
}
