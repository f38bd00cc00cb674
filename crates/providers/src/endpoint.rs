//! Where a provider answers: a base address that an operator configured.

use std::net::IpAddr;

use reqwest::Url;

use crate::Error;

/// No base address is longer.
const LENGTH_MAX: usize = 300;

/// A base address: `https://` and any host, or `http://` and a loopback host, which is where tests, the demo and an
/// adapter on the same machine answer. It has neither user nor query, since both would end up in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Reads a base address. Fails with [`Error::Address`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = |reason| Error::Address { reason };
        if text.len() > LENGTH_MAX {
            return Err(refused("it is too long"));
        }
        let mut url = Url::parse(text.trim()).map_err(|_| refused("it cannot be read"))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(refused("it holds a user, a query or a fragment"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let endpoint = Self(url);
        match endpoint.0.scheme() {
            "https" if endpoint.0.has_host() => Ok(endpoint),
            "http" if endpoint.is_loopback() => Ok(endpoint),
            "http" => Err(refused("plain http is for this machine alone, such as http://127.0.0.1:9000")),
            _ => Err(refused("it does not begin with https://")),
        }
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback() || address.is_unspecified(),
            Err(_) => {
                // A name may end with the dot of the root.
                let name = host.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
        }
    }

    /// Host, and port where it is not the usual one: what is sent as `Host`.
    pub(crate) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The address of `path`, which begins with a slash, below the base, with these query parameters.
    pub(crate) fn at(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_https_or_on_this_machine() {
        for (text, shown) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com"),
            (" https://sms.example.com/adapter/ ", "https://sms.example.com/adapter"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
            ("http://[::1]:9000", "http://[::1]:9000"),
            ("http://localhost:9000", "http://localhost:9000"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), shown);
        }
        for text in [
            "http://api.weixin.qq.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "https://user:secret@example.com",
            "https://example.com/?key=1",
            "https://example.com/#a",
            "example.com",
            "",
            "https://",
        ] {
            assert!(matches!(Endpoint::parse(text), Err(Error::Address { .. })), "{text}");
        }
        assert!(Endpoint::parse(&format!("https://{}.com", "a".repeat(300))).is_err());
    }

    #[test]
    fn loopback_is_known_in_all_its_spellings() {
        for text in [
            "https://localhost",
            "https://127.9.9.9",
            "https://127.1",
            "https://[::ffff:127.0.0.1]",
            "https://0.0.0.0",
            "https://a.localhost.",
        ] {
            assert!(Endpoint::parse(text).unwrap().is_loopback(), "{text}");
        }
        assert!(!Endpoint::parse("https://localhost.example.com").unwrap().is_loopback());
    }

    #[test]
    fn a_path_goes_below_the_base_and_the_query_is_escaped() {
        let base = Endpoint::parse("https://example.com/base/").unwrap();
        assert_eq!(base.at("/v1/messages", &[]).as_str(), "https://example.com/base/v1/messages");
        assert_eq!(base.at("/a", &[("state", "a&b=c")]).as_str(), "https://example.com/base/a?state=a%26b%3Dc");
    }
}
