//! API keys: made, listed, revoked.
//!
//! A key is shown once, as `tm_` + 13 characters of its id + 32 characters of secret. Only a SHA-256 of the secret is
//! stored: it has 160 random bits, so a slow hash would add nothing.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tallymark_base::id::{ApiKeyId, IdError, TenantId, parse_id};
use tallymark_base::{Fault, Kind, Timestamp, TypedId};
use tallymark_store::{Context, Tx};
use tallymark_web::Scopes;
use utoipa::ToSchema;

use crate::store::key::{self as store, StoredKey};

const SECRET_BYTES: usize = 20;
const NAME_LENGTH_MAX: usize = 120;
const NAMESPACE_LENGTH_MAX: usize = 32;

/// A key to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for, 1 to 120 characters.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; never, where it is left out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// For a write key: what the user ids that it sends are unique in, 1 to 32 letters, digits and the signs `_ . -`. Keys of one
    /// system share one, and two systems that number their users by themselves have two. Keys without one share `main`.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// A key as it is listed: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// What the user ids that it sends are unique in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MadeApiKey {
    /// The key as it is listed.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The text to send as `Authorization: Bearer …`. Shown this once.
    pub secret: String,
}

/// What is wrong with a key to be made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name is empty, too long, or holds control characters.
    #[error("the name of a key has 1 to {NAME_LENGTH_MAX} characters and no control characters")]
    Name,
    /// It could do nothing.
    #[error("a key needs at least one scope")]
    NoScope,
    /// The namespace is no word.
    #[error("a namespace has 1 to {NAMESPACE_LENGTH_MAX} letters, digits and the signs _ . -")]
    Namespace,
    /// It would be over before it starts.
    #[error("the key would have ended at {0}, which is past")]
    Expired(Timestamp),
    /// The request was taken before; the secret that it gave is not kept.
    #[error(
        "this request made the key {0}, whose secret was shown that once; if it was lost, revoke the key and make another \
         under a new idempotency key"
    )]
    MadeBefore(ApiKeyId),
    /// No such key to revoke.
    #[error("there is no such key, or it was revoked before")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Name => "api_key.name",
            Self::NoScope => "api_key.no_scope",
            Self::Namespace => "api_key.namespace",
            Self::Expired(_) => "api_key.expired",
            Self::MadeBefore(_) => "api_key.made_before",
            Self::NotFound => "api_key.not_found",
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Name | Self::NoScope | Self::Namespace | Self::Expired(_) => Kind::Invalid,
            Self::MadeBefore(_) => Kind::Conflict,
            Self::NotFound => Kind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}

/// Makes a key.
pub async fn make(tx: &mut Tx, context: &Context, tenant: TenantId, new: &NewApiKey) -> Result<MadeApiKey, KeyError> {
    let length = new.name.chars().count();
    if !(1..=NAME_LENGTH_MAX).contains(&length) || new.name.chars().any(char::is_control) {
        return Err(KeyError::Name);
    }
    if new.scopes.is_empty() {
        return Err(KeyError::NoScope);
    }
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let is_word = |text: &str| (1..=NAMESPACE_LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_sign);
    if new.namespace.as_deref().is_some_and(|namespace| !is_word(namespace)) {
        return Err(KeyError::Namespace);
    }
    let now = context.clock.now();
    if let Some(end) = new.expires_at.filter(|end| *end <= now) {
        return Err(KeyError::Expired(end));
    }
    let secret: [u8; SECRET_BYTES] = context.entropy.bytes();
    let id: ApiKeyId = context.ids.next(&*context.clock)?;
    let stored = StoredKey {
        id,
        tenant,
        name: new.name.clone(),
        secret_hash: Sha256::digest(secret).into(),
        scopes: new.scopes.to_string(),
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
        namespace: new.namespace.clone(),
    };
    store::insert_key(tx, &stored).await?;
    let digits = id.to_string().replace("key_", "");
    let secret = format!("tm_{digits}{}", data_encoding::BASE32_NOPAD.encode(&secret));
    Ok(MadeApiKey { key: listed(stored)?, secret })
}

/// A page of the tenant's keys, oldest first.
pub async fn list(tx: &mut Tx, tenant: TenantId, after: Option<ApiKeyId>, limit: i64) -> Result<Vec<ApiKey>, KeyError> {
    let stored = store::keys(tx, tenant, after.map_or(0, TypedId::raw), limit).await?;
    stored.into_iter().map(|key| listed(key).map_err(KeyError::from)).collect()
}

/// Revokes a key. Other servers stop trusting it within [`crate::TRUST_FOR`].
pub async fn revoke(tx: &mut Tx, tenant: TenantId, id: ApiKeyId, at: Timestamp) -> Result<(), KeyError> {
    if store::revoke(tx, tenant, id, at).await? { Ok(()) } else { Err(KeyError::NotFound) }
}

pub(crate) fn listed(stored: StoredKey) -> Result<ApiKey, tallymark_store::Error> {
    let scopes = stored.scopes.parse();
    let scopes = scopes.map_err(|error| tallymark_store::Error::Unreadable(format!("scopes of a key: {error}")))?;
    Ok(ApiKey {
        id: stored.id,
        name: stored.name,
        scopes,
        created_at: stored.created_at,
        expires_at: stored.expires_at,
        revoked_at: stored.revoked_at,
        namespace: stored.namespace,
    })
}

/// The id and the secret bytes of a key's text.
pub(crate) fn split(text: &str) -> Option<(ApiKeyId, Vec<u8>)> {
    let rest = text.strip_prefix("tm_").filter(|rest| rest.is_ascii() && rest.len() == 13 + 32)?;
    let (digits, secret) = rest.split_at(13);
    let id = parse_id("key", &format!("key_{digits}")).ok()?;
    Some((ApiKeyId::from_raw(id), data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).ok()?))
}
