//! The passwords that are refused because they are known: a set in 300 KB, in place of a list of two megabytes
//! (docs/adr/0046). `README.md` beside this file says which passwords are in it, and how it is made anew.
//!
//! Each password is a number, from its hash. A block has the numbers of a share of all hashes in ascending order, each
//! as its distance from the one before, in Golomb's code. A password that is not in the set has the number of one that is
//! in it once in [`SPREAD`] times.

use sha2::{Digest as _, Sha256};

/// The set, compiled in and read where it lies: a start costs nothing.
static KNOWN: &[u8] = include_bytes!("common.filter");

/// So many numbers there are for each password of a set.
const SPREAD: u64 = 12_000;
/// The bits of a hash that say in which block it is.
const BLOCK_BITS: u32 = 10;
const BLOCKS: usize = 1 << BLOCK_BITS;
/// The bits of a distance that are written as they are; how often they ran over stands before them, as so many ones and
/// a zero.
const LOW_BITS: u32 = 13;
/// The bytes of each number in the head: how many passwords there are, and where each block ends.
const WORD: usize = 4;
const HEAD: usize = WORD * (1 + BLOCKS);

/// Whether a password in lower case is known.
pub(super) fn contains(lower: &str) -> bool {
    KnownPasswords(KNOWN).contains(lower)
}

/// A set of passwords in lower case, without the passwords.
#[derive(Clone, Copy)]
pub struct KnownPasswords<'a>(&'a [u8]);

impl<'a> KnownPasswords<'a> {
    /// The set of these bytes, which [`build`](Self::build) gave.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many passwords are in it.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::from(self.word(0).unwrap_or_default())
    }

    /// Whether a password is in it; of those that are not, one in 12,000 seems to be.
    #[must_use]
    pub fn contains(&self, lower: &str) -> bool {
        let (block, wanted) = place_of(lower, self.count());
        let mut bits = self.block(block).unwrap_or_default();
        let mut number = 0;
        while let Some(distance) = bits.distance() {
            number += distance;
            if number >= wanted {
                return number == wanted;
            }
        }
        false
    }

    /// The set of these passwords, whose repetitions do not count.
    ///
    /// # Errors
    /// When there are more than four bytes can tell.
    pub fn build(
        passwords: impl IntoIterator<Item = String>,
    ) -> Result<Vec<u8>, core::num::TryFromIntError> {
        let passwords: std::collections::BTreeSet<String> = passwords
            .into_iter()
            .map(|password| password.to_ascii_lowercase())
            .collect();
        let count = u32::try_from(passwords.len())?;
        let places = passwords
            .iter()
            .map(|password| place_of(password, count.into()));
        let mut numbers: Vec<(usize, u64)> = places.collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut numbers = numbers.into_iter().peekable();
        let (mut head, mut body) = (count.to_le_bytes().to_vec(), Vec::new());
        for block in 0..BLOCKS {
            let (mut bits, mut before) = (Vec::new(), 0);
            while let Some((_, number)) = numbers.next_if(|(of, _)| *of == block) {
                let distance = number - before;
                before = number;
                bits.extend((0..distance >> LOW_BITS).map(|_| true));
                bits.push(false);
                bits.extend((0..LOW_BITS).rev().map(|bit| distance >> bit & 1 == 1));
            }
            // Ones to the end of the byte are no distance: no zero ends them.
            for byte in bits.chunks(8) {
                let bit = |at: usize| byte.get(at).copied().unwrap_or(true);
                body.push((0..8).fold(0, |read, at| read << 1 | u8::from(bit(at))));
            }
            head.extend(u32::try_from(body.len())?.to_le_bytes());
        }
        head.extend(body);
        Ok(head)
    }

    fn word(&self, index: usize) -> Option<u32> {
        let bytes = self.0.get(index * WORD..)?.first_chunk::<WORD>()?;
        Some(u32::from_le_bytes(*bytes))
    }

    fn block(&self, block: usize) -> Option<Bits<'a>> {
        let end_of = |block: usize| usize::try_from(self.word(1 + block)?).ok();
        let start = match block.checked_sub(1) {
            Some(before) => end_of(before)?,
            None => 0,
        };
        let bytes = self.0.get(HEAD + start..HEAD + end_of(block)?)?;
        Some(Bits { bytes, at: 0 })
    }
}

/// The block of a password, and its number there, in a set of so many.
fn place_of(lower: &str, count: u64) -> (usize, u64) {
    let digest = Sha256::digest(lower.as_bytes());
    let hash = digest
        .iter()
        .take(8)
        .fold(0, |read: u64, byte| read << 8 | u64::from(*byte));
    let numbers = numbers_of_a_block(count);
    // What is left of the hash is a part of one; the number is that part of all numbers.
    let part = u128::from(hash << BLOCK_BITS);
    let number = (part * u128::from(numbers)) >> 64;
    let block = usize::try_from(hash >> (64 - BLOCK_BITS)).unwrap_or_default();
    (block, u64::try_from(number).unwrap_or_default())
}

/// How many numbers there are in a block of a set of so many.
fn numbers_of_a_block(count: u64) -> u64 {
    (count * SPREAD).div_ceil(1 << BLOCK_BITS)
}

/// Bits that are read one after another, the highest of each byte first.
#[derive(Default)]
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let is_one = byte >> (7 - self.at % 8) & 1 == 1;
        self.at += 1;
        Some(is_one)
    }

    fn distance(&mut self) -> Option<u64> {
        let mut distance = 0;
        while self.bit()? {
            distance += 1;
        }
        for _ in 0..LOW_BITS {
            distance = distance << 1 | u64::from(self.bit()?);
        }
        Some(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS, KNOWN, KnownPasswords, contains, numbers_of_a_block};

    /// Those that are made here, one a line: `common.py` says how.
    const OWN: &str = include_str!("common.txt");

    /// Passwords that satisfy the rule and that nobody has chosen: the same ones each time.
    fn drawn() -> impl Iterator<Item = String> {
        let mut state: u64 = 20_260_401;
        let mut next = move |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from((state >> 33) % most).unwrap()
        };
        std::iter::repeat_with(move || {
            let letters = (0..8).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz"[next(26)]));
            let mut drawn: String = letters.collect();
            drawn.insert(next(9), char::from(b"0123456789"[next(10)]));
            drawn.insert(next(10), char::from(b"!#$%&*+-.=?@_"[next(13)]));
            drawn
        })
    }

    #[test]
    fn it_has_150_000_passwords_in_less_than_300_kilobytes() {
        let count = KnownPasswords(KNOWN).count();
        assert!(count > 150_000, "{count}");
        assert!(KNOWN.len() < 300_000, "{}", KNOWN.len());
        let told = include_str!("README.md").replace(',', "");
        assert!(told.contains(&format!("{count} passwords")), "{count}");
        assert!(told.contains(&format!("{} bytes", KNOWN.len())));
    }

    #[test]
    fn every_one_of_our_own_is_in_it() {
        assert!(OWN.lines().count() >= 3_000, "{}", OWN.lines().count());
        for entry in OWN.lines() {
            assert!(contains(entry), "{entry}");
        }
    }

    /// As published, in the order of their use; the letter, the digit and the symbol are there.
    #[test]
    fn well_known_ones_that_others_published_are_in_it() {
        for known in [
            "1qaz@wsx",
            "p@ssw0rd1",
            "!qaz2wsx3edc",
            "iloveyou1!",
            "buster123!",
        ] {
            assert!(contains(known), "{known}");
        }
    }

    #[test]
    fn of_others_one_in_ten_thousand_at_most_seems_to_be_in_it() {
        // A hash is any number of any block alike, so the odds are the part of the numbers that are taken.
        let set = KnownPasswords(KNOWN);
        let taken = (0..BLOCKS).map(|block| {
            let mut bits = set.block(block).unwrap();
            std::iter::from_fn(|| bits.distance()).count()
        });
        let taken: usize = taken.sum();
        let numbers = numbers_of_a_block(set.count()) << super::BLOCK_BITS;
        assert!(
            u64::try_from(taken * 10_000).unwrap() <= numbers,
            "{taken} of {numbers}"
        );
        // Counted, it is that, but for chance: 17 are expected, and five standard deviations more are 37.
        let tried = 200_000;
        let wrong = drawn().take(tried).filter(|drawn| contains(drawn)).count();
        assert!((1..=37).contains(&wrong), "{wrong} of {tried}");
    }

    #[test]
    fn a_set_has_what_it_was_made_of_and_no_neighbours() {
        for size in [0, 1, 2, 1_000, 5_000] {
            let of: Vec<String> = drawn().take(size).collect();
            let set = KnownPasswords::build(of.clone()).unwrap();
            let set = KnownPasswords::new(&set);
            assert_eq!(usize::try_from(set.count()).unwrap(), size);
            assert!(of.iter().all(|password| set.contains(password)));
            let others = drawn().skip(size).take(10_000);
            let wrong = others.filter(|other| set.contains(other)).count();
            assert!(wrong <= 5, "{wrong} of 10,000 with {size}");
        }
        assert!(!KnownPasswords::new(&[]).contains("anything"));
        assert!(!KnownPasswords::new(&[255; 5_000]).contains("anything"));
    }

    #[test]
    fn case_and_repetitions_do_not_count() {
        let [once, twice] = [&["Kaze-4711"][..], &["kaze-4711", "KAZE-4711"]].map(|passwords| {
            KnownPasswords::build(passwords.iter().map(ToString::to_string)).unwrap()
        });
        assert_eq!(once, twice);
        assert!(KnownPasswords::new(&once).contains("kaze-4711"));
    }
}
