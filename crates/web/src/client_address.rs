//! From which address a request came, through a known number of proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::problem::Problem;

/// The address of the caller, as [`client_address`] finds it. [`crate::Edge`] gives it to every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What a limit counts by: an IPv4 address, or the /64 network of an IPv6 address, which is what one subscriber
    /// gets (RFC 6177).
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let address = parts.extensions.get::<Self>().copied();
        address.ok_or_else(|| Problem::internal("server.edge_missing", "the route is not inside web::Edge"))
    }
}

/// The address of the caller. Each proxy appends the address it was called from to `X-Forwarded-For`, so with
/// `trusted_hops` proxies of our own the entry at that distance from the right (1 = the last) is the first one that
/// a stranger could not write. Without proxies, and when the header is shorter or not readable, it is the address at
/// the other end of the socket.
pub fn client_address(trusted_hops: usize, headers: &HeaderMap, socket: IpAddr) -> IpAddr {
    let from_right = headers.get_all("x-forwarded-for").iter().rev().flat_map(|value| {
        // An unreadable line still counts as one entry, so that it cannot shift the others.
        value.to_str().unwrap_or("?").rsplit(',').map(str::trim)
    });
    let forwarded = match trusted_hops {
        0 => None,
        hops => from_right.into_iter().nth(hops - 1).and_then(address_of),
    };
    forwarded.unwrap_or(socket).to_canonical()
}

/// The other end of the connection; unspecified for a connection that has no address (a Unix socket).
pub(crate) fn socket_address(extensions: &axum::http::Extensions) -> IpAddr {
    let info = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

/// `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:5678`.
fn address_of(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn address(hops: usize, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        client_address(hops, &headers, "192.0.2.9".parse().unwrap()).to_string()
    }

    #[test]
    fn without_trusted_proxies_the_header_is_ignored() {
        assert_eq!(address(0, &["203.0.113.7"]), "192.0.2.9");
    }

    #[test]
    fn the_entry_at_the_trusted_distance_is_taken_whatever_a_stranger_put_before_it() {
        assert_eq!(address(1, &["1.1.1.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(address(2, &["1.1.1.1, 203.0.113.7, 10.0.0.2"]), "203.0.113.7");
        assert_eq!(address(2, &["1.1.1.1", "203.0.113.7", "10.0.0.2"]), "203.0.113.7");
    }

    #[test]
    fn a_missing_short_or_unreadable_header_gives_the_socket() {
        assert_eq!(address(1, &[]), "192.0.2.9");
        assert_eq!(address(3, &["203.0.113.7, 10.0.0.2"]), "192.0.2.9");
        assert_eq!(address(1, &["203.0.113.7, unknown"]), "192.0.2.9");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        assert_eq!(address(1, &["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(address(1, &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(address(1, &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(address(1, &["::ffff:203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn one_ipv6_subscriber_counts_once() {
        let network = |text: &str| ClientAddress(text.parse().unwrap()).network();
        assert_eq!(network("2001:db8:0:1::5"), network("2001:db8:0:1:ffff::7"));
        assert_ne!(network("2001:db8:0:1::5"), network("2001:db8:0:2::5"));
        assert_eq!(network("203.0.113.7").to_string(), "203.0.113.7");
    }
}
