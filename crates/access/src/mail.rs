//! Letters to users. How they travel is the installation's matter: where there is no [`Mailer`], an owner sees in the
//! list of users who asked for a reset, and hands them a link.

use std::pin::Pin;

use tallymark_base::Timestamp;
use tallymark_partners::Tenant;

use crate::types::{LinkPurpose, PasswordLink, User};

/// The page of the console that takes a link's token from behind the `#`, which no server or proxy sees.
pub const PASSWORD_PAGE: &str = "/console/password#";

/// The page for clerks, which takes a link's token in the same way.
pub const CLERK_PAGE: &str = "/clerk/#in=";

/// A letter with a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The user's name.
    pub name: String,
    /// The brand's name.
    pub brand: String,
    /// What for.
    pub purpose: LinkPurpose,
    /// The link, at the brand's first host.
    pub link: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

impl Letter {
    /// The letter that hands a link over. The host is the brand's own, never one that a request named.
    pub fn new(brand: &Tenant, user: &User, link: &PasswordLink, is_https: bool) -> Self {
        Self {
            to: user.email.clone(),
            name: user.name.clone(),
            brand: brand.name.clone(),
            purpose: link.purpose,
            link: address_of(brand, &link.token, is_https),
            expires_at: link.expires_at,
        }
    }
}

/// Where a link's token is used: at the brand's first host.
pub fn address_of(brand: &Tenant, token: &str, is_https: bool) -> String {
    address_at(brand, PASSWORD_PAGE, token, is_https)
}

/// Where the token of a link to sign in is used: at the brand's first host.
pub fn clerk_address_of(brand: &Tenant, token: &str, is_https: bool) -> String {
    address_at(brand, CLERK_PAGE, token, is_https)
}

fn address_at(brand: &Tenant, page: &str, token: &str, is_https: bool) -> String {
    let scheme = if is_https { "https" } else { "http" };
    let host = brand.hosts.first().map_or("localhost", String::as_str);
    format!("{scheme}://{host}{page}{token}")
}

/// Delivers letters.
pub trait Mailer: Send + Sync + std::fmt::Debug {
    /// Takes a letter over. Trying again and giving up are the mailer's matter; nobody waits for it.
    fn deliver(&self, letter: Letter) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
