//! The limits (docs/adr/0031): whose tries are counted, and how many.

use std::time::Duration;

use super::{Limit, TryLimit, Windows};

const QUARTER: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// From one yearly survey past the next.
const OVER_A_YEAR: Duration = Duration::from_hours(400 * 24);

/// How many may be under way from one client beside those that may be wrong: behind it may stand a whole
/// company, and a right answer stays under way for [`TRY_LIVES`](super::TRY_LIVES) too.
const COMPANY: u16 = 100;
/// How many times the limit of a line the network around it has, an IPv6 /48.
const LINES_OF_A_SITE: u16 = 4;

/// Failures to verify one 記号 and 番号 from one client (verify-member and remind-user-id together).
pub const VERIFY_PAIR: TryLimit = TryLimit {
    counted: windows(most(10, QUARTER), most(30, DAY)),
    beside: 0,
};
/// The same over all clients: per day, and until the member succeeds, a new survey begins, or the desk opens
/// it.
pub const VERIFY_IDENTITY: TryLimit = TryLimit {
    counted: windows(most(60, DAY), most(300, OVER_A_YEAR)),
    beside: 0,
};
/// Failures to verify one 記号 and 番号 with the right key of the member's letter, over all clients. Nobody without
/// the key counts, and another key has a log of its own.
pub const VERIFY_LETTER: TryLimit = VERIFY_PAIR;
/// How long an identity stays open once the desk has opened it, whatever strangers do.
pub const OPENED_FOR: Duration = DAY;
/// How many failures of other identities a member's success takes back from the client: a mistyped 番号 is
/// another identity.
pub const SLIPS_FORGIVEN: usize = 2;
/// Identities that failed to be verified from one client.
pub const VERIFY_ADDRESS: TryLimit = TryLimit::of_client(most(30, QUARTER), Some(most(90, DAY)));
/// User IDs whose login failed from one client, in browsers that their accounts do not know.
pub const LOGIN_ADDRESS: TryLimit = TryLimit::of_client(most(30, QUARTER), Some(most(300, DAY)));
/// Password resets asked for from one client, whatever came of them.
pub const RESET_ADDRESS: TryLimit = TryLimit::of_client(most(30, QUARTER), None);
/// Wrong current passwords of one account, given by somebody who is signed in to it: who found a phone
/// unlocked guesses no further than this.
pub const PASSWORD_CHECK: TryLimit = TryLimit {
    counted: one(most(5, QUARTER)),
    beside: 0,
};
/// Codes mailed for whoever is at one client address. Behind one address may stand a whole company whose
/// letters arrived this morning, five hundred people in an hour and some of them twice, so it is wide; what it
/// stops is a machine that mails strangers.
pub const CODE_ADDRESS: Windows = one(most(300, QUARTER));
/// Mails of one kind to one recipient, and codes sent to one registration.
pub const CODE_SENDS: Limit = most(5, HOUR);
/// Codes for a reset of one user ID by one address, from all clients: more than three strangers use up an hour,
/// and few enough that a code is not guessed.
pub const RESETS: Windows = windows(most(20, HOUR), most(60, DAY));
/// Codes mailed to addresses that a member wants to confirm, over all registrations and changes of address: some of
/// them go to strangers.
pub const MEMBER_CODES: Windows = one(most(20, DAY));
/// User IDs that a member is told are taken or theirs, over all registrations.
pub const MEMBER_USER_IDS: Windows = one(most(30, DAY));
/// The least time between two mails of one kind to one recipient, and between two codes to one
/// registration.
pub const CODE_INTERVAL: Duration = Duration::from_mins(1);
/// How often one registration may try to create its user.
pub const CREATES_PER_REGISTRATION: u32 = 20;

const fn most(most: u16, within: Duration) -> Limit {
    Limit { most, within }
}

const fn windows(short: Limit, long: Limit) -> Windows {
    Windows {
        short,
        long: Some(long),
    }
}

const fn one(short: Limit) -> Windows {
    Windows { short, long: None }
}

impl Limit {
    const fn of_a_site(self) -> Self {
        Self {
            most: self.most * LINES_OF_A_SITE,
            within: self.within,
        }
    }
}

impl Windows {
    /// The same limit for the network around a line.
    #[must_use]
    pub const fn of_a_site(self) -> Self {
        Self {
            short: self.short.of_a_site(),
            long: match self.long {
                Some(long) => Some(long.of_a_site()),
                None => None,
            },
        }
    }
}

impl TryLimit {
    const fn of_client(short: Limit, long: Option<Limit>) -> Self {
        Self {
            counted: Windows { short, long },
            beside: COMPANY,
        }
    }

    /// The same limit for the network around a line.
    #[must_use]
    pub const fn of_a_site(self) -> Self {
        Self {
            counted: self.counted.of_a_site(),
            beside: self.beside * LINES_OF_A_SITE,
        }
    }
}
