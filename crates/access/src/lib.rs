#![doc = include_str!("../README.md")]

pub mod api;
mod directory;
mod error;
pub mod gate;
pub mod mail;
pub mod oidc;
mod password;
pub mod rules;
mod service;
mod store;
mod token;
mod types;

use std::sync::Arc;

use tallymark_base::Timestamp;
use tallymark_base::id::TenantId;
use tallymark_store::{Context, Migrations, Tx};

pub use directory::{Directory, Known, LookUpError, TRUST_FOR};
pub use error::Error;
pub use password::Passwords;
pub use rules::{Role, permissions};
pub use service::{key as keys, second_factor, session, sign_in_link, user, view as views};
pub use token::Token;
pub use types::{LinkPurpose, NewSignInLink, NewUser, PasswordLink, Place, Session, SignInLink, User, UserStatus};

/// The tables of this crate. API keys were made by the server once: a migration keeps the name it was applied under.
pub const MIGRATIONS: [Migrations; 2] = [
    Migrations { owner: "server", steps: &[("0001_api_key", include_str!("../migrations/0001_api_key.sql"))] },
    Migrations {
        owner: "access",
        steps: &[
            ("0001_users", include_str!("../migrations/0001_users.sql")),
            ("0002_sign_in_elsewhere", include_str!("../migrations/0002_sign_in_elsewhere.sql")),
            ("0003_namespace", include_str!("../migrations/0003_namespace.sql")),
            ("0004_sign_in_link", include_str!("../migrations/0004_sign_in_link.sql")),
            ("0005_saved_view", include_str!("../migrations/0005_saved_view.sql")),
        ],
    },
];

/// What signing in needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    /// Database, ids, time, randomness, master key.
    pub context: Context,
    /// Who is behind keys and sessions.
    pub directory: Arc<Directory>,
    /// Hashes and checks passwords.
    pub passwords: Arc<Passwords>,
    /// OpenID providers that were asked lately.
    providers: Arc<oidc::Providers>,
    /// Sends letters, where the installation can.
    pub mailer: Option<Arc<dyn mail::Mailer>>,
    /// Whether people reach the server over https.
    pub is_https: bool,
}

impl Access {
    /// Nobody is remembered yet.
    pub fn new(context: Context, is_https: bool) -> Self {
        let passwords = Arc::new(Passwords::new(&*context.entropy));
        let providers = Arc::new(oidc::Providers::new(context.entropy.clone()));
        Self { context, directory: Arc::default(), passwords, providers, mailer: None, is_https }
    }
}

/// Ends every session of a tenant and voids every link to set a password or to sign in; gives how many. For a database that came back
/// from a backup: who was shut out since must not come back by an old cookie.
pub async fn end_all(tx: &mut Tx, tenant: TenantId) -> Result<u64, tallymark_store::Error> {
    let sessions = store::session::delete_of_tenant(tx, tenant).await?;
    let links = store::link::delete_of_tenant(tx, tenant).await?;
    Ok(sessions + links + store::sign_in_link::delete_of_tenant(tx, tenant).await?)
}

/// Forgets what ended before `now`: sessions, links, and failed attempts of the day before. At most `limit` rows of each;
/// gives whether there may be more.
pub async fn forget(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<bool, tallymark_store::Error> {
    let sessions = store::session::forget(tx, now, limit).await?;
    let links = store::link::forget(tx, now, limit).await?;
    let sign_ins = store::sign_in_link::forget(tx, now, limit).await?;
    let attempts = store::attempt::forget(tx, Timestamp(now.0 - Timestamp::DAY), limit).await?;
    Ok([sessions, links, sign_ins, attempts].into_iter().any(|gone| gone >= u64::from(limit)))
}
