//! Where a request comes from, as far as throttles tell places apart.

use std::net::IpAddr;

/// A client: one line, and the network around it where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    line: String,
    site: Option<String>,
}

/// One of the two that a client's tries are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach<'a> {
    /// The line.
    Line(&'a str),
    /// The network around it, which has a multiple of a line's limit.
    Site(&'a str),
}

impl Client {
    /// The client of an address: an IPv4 address; or an IPv6 /56, which is what one subscriber has as a rule
    /// (RIPE-690), in its /48, which is the most that one has.
    ///
    /// The distribution always knows the address; should it not, all who are unknown are one client.
    #[must_use]
    pub fn of(address: Option<IpAddr>) -> Self {
        let line_of = |line: String| Self { line, site: None };
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                let d = d & 0xff00;
                Self {
                    line: format!("{a:x}:{b:x}:{c:x}:{d:x}::/56"),
                    site: Some(format!("{a:x}:{b:x}:{c:x}::/48")),
                }
            }
            Some(IpAddr::V4(address)) => line_of(address.to_string()),
            None => line_of("unknown".to_owned()),
        }
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// All that the client's tries are counted for, the line first.
    pub fn reaches(&self) -> impl Iterator<Item = Reach<'_>> {
        std::iter::once(Reach::Line(&self.line)).chain(self.site.as_deref().map(Reach::Site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Client {
        Client::of(address.parse().ok())
    }

    #[test]
    fn a_line_of_ipv6_is_a_56_and_has_a_48_around_it() {
        let reaches: Vec<_> = of("2001:db8:1:2ff::1")
            .reaches()
            .collect::<Vec<_>>()
            .into_iter()
            .map(|r| format!("{r:?}"))
            .collect();
        assert_eq!(
            reaches,
            ["Line(\"2001:db8:1:200::/56\")", "Site(\"2001:db8:1::/48\")"]
        );
        assert_eq!(of("2001:db8:1:200::1"), of("2001:db8:1:2ff:ffff::1"));
        assert_ne!(
            of("2001:db8:1:200::1").line(),
            of("2001:db8:1:300::1").line()
        );
    }

    #[test]
    fn an_ipv4_address_is_a_line_however_it_is_written_and_stands_alone() {
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.7"));
        assert_eq!(of("192.0.2.7").line(), "192.0.2.7");
        assert_eq!(of("192.0.2.7").reaches().count(), 1);
    }

    #[test]
    fn who_is_unknown_is_one_client() {
        assert_eq!(Client::of(None).line(), "unknown");
    }
}
