//! The address to which a member's mail goes: what SES can deliver to, and only that. Not unique,
//! because families share one, and not proven until the code that was sent there comes back.

mod slip;

use std::borrow::Cow;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::Subject;
use crate::characters::{is_invisible, narrow};

/// An address for mail (RFC 5321): the local part as typed, the domain in lower case and, where
/// it is internationalised, in Punycode (RFC 5891), because SES takes ASCII only.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    address: String,
    /// Where the `@` stands.
    at: usize,
}

opaque_debug!(EmailAddress);

impl EmailAddress {
    /// The most characters of an address (RFC 5321, section 4.5.3.1.3: a path of 256 with its
    /// angle brackets).
    pub const LONGEST: usize = 254;
    /// The most characters before the `@` (RFC 5321, section 4.5.3.1.1).
    pub const LONGEST_LOCAL_PART: usize = 64;

    /// Reads an address as a member types it. Full-width characters are taken for their ASCII
    /// ones; white space around it and invisible characters are dropped, and so is what is copied along with it: a
    /// label or `mailto:` before it, the name before `<…>`, a full stop or comma behind.
    ///
    /// # Errors
    /// [`EmailError`] says what to change. A line end anywhere is refused, not repaired: it has
    /// no business in a header (OWASP ASVS 5.0, 1.3.11).
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if text.contains(['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}']) {
            return Err(EmailError::LineBreak);
        }
        // Room for full-width input of the longest address; what is longer is not looked at.
        if text.chars().nth(2 * Self::LONGEST).is_some() {
            return Err(EmailError::TooLong);
        }
        let narrowed: String = text
            .chars()
            .filter(|c| !is_invisible(*c))
            .map(narrow)
            .collect();
        let narrowed = bare(&narrowed);
        if narrowed.is_empty() {
            return Err(EmailError::Empty);
        }
        let (local, domain) = narrowed.split_once('@').ok_or(EmailError::NoAt)?;
        if domain.contains('@') || narrowed.contains(';') {
            return Err(EmailError::SeveralAddresses);
        }
        if narrowed.contains(COMMAS) {
            let dotted = narrowed.replace(COMMAS, ".");
            return Err(match Self::parse(&dotted) {
                Ok(_) => EmailError::CommaForDot,
                Err(_) => EmailError::SeveralAddresses,
            });
        }
        check_local_part(local)?;
        let domain = ascii_domain(domain)?;
        let at = local.len();
        if at + 1 + domain.len() > Self::LONGEST {
            return Err(EmailError::TooLong);
        }
        Ok(Self {
            address: format!("{local}@{domain}"),
            at,
        })
    }

    /// The address that was probably meant, where the domain is one slip of the finger away from a well-known
    /// one (`gmial.com`) or ends as no domain does (`.con`). The member is asked once, and may insist.
    #[must_use]
    pub fn meant(&self) -> Option<Self> {
        let local = self.address.get(..self.at)?;
        let meant = slip::meant(self.domain())?;
        Some(Self {
            address: format!("{local}@{meant}"),
            at: self.at,
        })
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.split_at(self.at).1.trim_start_matches('@')
    }

    /// The address to send to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Enough to recognise one's own address, and too little to learn somebody else's:
    /// `t***@example.jp`. How long the local part is does not show.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.address.split_at(self.at);
        match local.chars().next() {
            Some(first) if local.len() > 1 => format!("{first}***{domain}"),
            _ => format!("***{domain}"),
        }
    }

    /// Whether this is the same address as another, but for the case of its letters: members do not
    /// remember how they wrote it, and no provider tells two mailboxes apart by case.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.address.eq_ignore_ascii_case(&other.address)
    }

    /// The address as it is compared: all lower case. A tag (`+shop`) stays, for not every provider knows
    /// tags, and what it sends back for one says nothing about the other.
    #[must_use]
    pub fn folded(&self) -> String {
        self.address.to_ascii_lowercase()
    }

    /// The address in log lines and in the audit trail.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(&self.folded())
    }

    /// Under which mails to one recipient are counted: all lower case, without a tag (`+shop`,
    /// RFC 5233), for a mailbox is no less flooded because each mail bears another tag. Never an
    /// address to send to.
    #[must_use]
    pub fn recipient_key(&self) -> String {
        let (local, domain) = self.address.split_at(self.at);
        let mailbox = match local.split_once('+') {
            Some((mailbox, _)) if !mailbox.is_empty() => mailbox,
            _ => local,
        };
        format!("{mailbox}{domain}").to_ascii_lowercase()
    }
}

/// An address without what is copied along with it. None of it can be a part of one.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let within = text
        .split_once('<')
        .filter(|(name, _)| !name.contains('@'))
        .and_then(|(_, within)| within.strip_suffix('>'))
        .unwrap_or(text);
    let behind_label = within
        .split_once('@')
        .and_then(|(before, _)| before.rfind(':'))
        .and_then(|colon| within.get(colon + 1..))
        .unwrap_or(within);
    behind_label
        .trim_end_matches(|c| matches!(c, '.' | '。' | '｡' | ';') || COMMAS.contains(&c))
        .trim()
}

/// What is typed for a comma; beside the full stop on every keyboard.
const COMMAS: [char; 3] = [',', '、', '､'];

/// Why a text is no address that we can send to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("the address is empty")]
    Empty,
    /// Longer than RFC 5321 allows, as a whole or before the `@`.
    #[error("the address is too long")]
    TooLong,
    /// No `@`.
    #[error("the address has no @")]
    NoAt,
    /// More than one `@`, a semicolon, or a comma that stands for no dot.
    #[error("there is more than one address")]
    SeveralAddresses,
    /// A comma where a dot would make an address: `taro@docomo,ne,jp`. Not repaired silently: it may as well
    /// be a second address that was not finished.
    #[error("the address has a comma in place of a dot")]
    CommaForDot,
    /// A line end.
    #[error("the address has a line break")]
    LineBreak,
    /// Two dots together, or a dot at an end of the local part: Japanese carriers once gave out
    /// such addresses (`a..b@`, `a.@`) against RFC 5321, and SES refuses them. Their
    /// owners have done nothing wrong and need to hear that another address is wanted.
    #[error("the local part has dots where RFC 5321 allows none")]
    CarrierForm,
    /// Empty before the `@`, or a character that cannot stand there.
    #[error("the part before @ is not a local part")]
    LocalPart,
    /// No domain name after the `@`.
    #[error("the part after @ is not a domain name")]
    Domain,
}

impl EmailError {
    /// Stable name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NoAt => "no_at",
            Self::SeveralAddresses => "several_addresses",
            Self::CommaForDot => "comma_for_dot",
            Self::LineBreak => "line_break",
            Self::CarrierForm => "carrier_form",
            Self::LocalPart => "local_part",
            Self::Domain => "domain",
        }
    }
}

/// A dot-atom (RFC 5322, section 3.2.3). Quoted local parts are refused: nobody has one, and they
/// smuggle every other character.
fn check_local_part(local: &str) -> Result<(), EmailError> {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    if local.is_empty() || !local.chars().all(|c| atext(c) || c == '.') || !local.chars().any(atext)
    {
        return Err(EmailError::LocalPart);
    }
    if local.len() > EmailAddress::LONGEST_LOCAL_PART {
        return Err(EmailError::TooLong);
    }
    if local.split('.').any(str::is_empty) {
        return Err(EmailError::CarrierForm);
    }
    Ok(())
}

/// The domain in ASCII and lower case: letters, digits and hyphens (STD3), at least two labels,
/// of which the last is not a number. So neither `localhost` nor `[192.0.2.1]` is a domain.
fn ascii_domain(domain: &str) -> Result<Cow<'_, str>, EmailError> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| EmailError::Domain)?;
    match ascii.rsplit_once('.') {
        Some((_, top)) if top.len() > 1 && top.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Ok(ascii)
        }
        _ => Err(EmailError::Domain),
    }
}

#[cfg(test)]
mod tests;
