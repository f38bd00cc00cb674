//! Signing in at an OpenID provider (OpenID Connect Core 1.0, authorization code flow with PKCE, RFC 7636).
//!
//! What ties the way there to the way back travels in a sealed cookie: the state, the nonce and the code verifier are
//! known to this browser alone, last ten minutes, and need no row. Who comes back is the user that this subject was
//! bound to, or, the first time, the user with the email address that the provider says it has verified.

mod provider;

use serde::{Deserialize, Serialize};
use tallymark_base::id::TenantId;
use tallymark_base::{Fault, Kind, Timestamp, TypedId as _};
use tallymark_partners::Tenant;
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::service::session::{self, SignedIn, Visitor, act_of};
use crate::store::oidc::{self as store, StoredProvider};
use crate::store::session::Stage;
use crate::store::user;
use crate::types::{User, UserStatus};
use crate::{Access, Error};

pub(crate) use provider::Providers;
use provider::{Identity, Way};

/// How long the way to the provider and back may take, in seconds.
pub(crate) const WAY_S_MAX: i64 = 600;
const FIELD_BYTES_MAX: usize = 500;
const SECRET_PURPOSE: &str = "access.oidc.v1";

/// A provider to be used.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOidcProvider {
    /// The issuer: an https address, below which the provider describes itself (`/.well-known/openid-configuration`).
    #[schema(example = "https://login.brand.example")]
    pub issuer: String,
    /// The name under which the provider knows this installation.
    pub client_id: String,
    /// The secret that goes with it.
    #[schema(format = Password)]
    pub client_secret: String,
}

impl std::fmt::Debug for NewOidcProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewOidcProvider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A provider as it is shown: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OidcProvider {
    /// The issuer.
    pub issuer: String,
    /// The name under which the provider knows this installation.
    pub client_id: String,
    /// When it was set.
    pub changed_at: Timestamp,
}

/// Why nobody was signed in at a provider.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// A field is empty or too long.
    #[error("issuer, client_id and client_secret have 1 to {FIELD_BYTES_MAX} bytes each")]
    Field,
    /// Not an issuer.
    #[error("{issuer:?} is not an issuer: an https address without query and fragment")]
    Issuer {
        /// What was given.
        issuer: String,
    },
    /// No provider is set.
    #[error("no OpenID provider is set for this brand")]
    NotSet,
    /// The provider cannot be reached or does not describe itself.
    #[error("the OpenID provider cannot be used now: {reason}")]
    Unavailable {
        /// What went wrong, without anything secret.
        reason: String,
    },
    /// This browser did not set out for the provider, or took too long, or comes from somebody else's way.
    #[error("this sign-in was not begun in this browser, or more than ten minutes ago; begin again")]
    State,
    /// The provider says that nobody signed in.
    #[error("the provider did not sign you in: {reason}")]
    Denied {
        /// Its error code, cut to 60 characters.
        reason: String,
    },
    /// The provider does not know the code.
    #[error("the provider did not take the code it gave; begin again")]
    Code,
    /// The token is not signed by the provider.
    #[error("the token's signature is not the provider's")]
    Signature,
    /// The token is of another issuer.
    #[error("the token was issued by somebody else than the provider")]
    ForeignIssuer,
    /// The token is for somebody else.
    #[error("the token is meant for another client")]
    Audience,
    /// The token is over.
    #[error("the token has expired")]
    Expired,
    /// The token answers another question.
    #[error("the token does not belong to this sign-in")]
    Nonce,
    /// The token cannot be read.
    #[error("the provider's answer is not an OpenID token")]
    Malformed,
    /// The provider has not verified the address, or told none.
    #[error("the provider tells no email address that it has verified")]
    EmailUnverified,
    /// There is no such user, or they may not sign in.
    #[error("nobody here signs in as this; ask an owner for an invitation to the address that the provider knows")]
    UserUnknown,
    /// Everything else.
    #[error(transparent)]
    Access(#[from] Error),
}

impl From<tallymark_store::Error> for OidcError {
    fn from(error: tallymark_store::Error) -> Self {
        Self::Access(error.into())
    }
}

impl Fault for OidcError {
    fn code(&self) -> &'static str {
        match self {
            Self::Field => "oidc.field",
            Self::Issuer { .. } => "oidc.issuer",
            Self::NotSet => "oidc.not_set",
            Self::Unavailable { .. } => "oidc.unavailable",
            Self::State => "oidc.state",
            Self::Denied { .. } => "oidc.denied",
            Self::Code => "oidc.code",
            Self::Signature => "oidc.signature",
            Self::ForeignIssuer => "oidc.foreign_issuer",
            Self::Audience => "oidc.audience",
            Self::Expired => "oidc.expired",
            Self::Nonce => "oidc.nonce",
            Self::Malformed => "oidc.malformed",
            Self::EmailUnverified => "oidc.email_unverified",
            Self::UserUnknown => "oidc.user_unknown",
            Self::Access(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Field | Self::Issuer { .. } => Kind::Invalid,
            Self::NotSet => Kind::NotFound,
            Self::Unavailable { .. } => Kind::Unavailable,
            Self::State
            | Self::Denied { .. }
            | Self::Code
            | Self::Signature
            | Self::ForeignIssuer
            | Self::Audience
            | Self::Expired
            | Self::Nonce
            | Self::Malformed
            | Self::EmailUnverified
            | Self::UserUnknown => Kind::Unauthenticated,
            Self::Access(error) => error.kind(),
        }
    }
}

/// Sets the provider of a brand. Users stay bound to whom they were at another issuer.
pub async fn set(
    tx: &mut Tx,
    access: &Access,
    brand: &Tenant,
    new: &NewOidcProvider,
) -> Result<OidcProvider, OidcError> {
    let context = &access.context;
    let fits = |text: &str| (1..=FIELD_BYTES_MAX).contains(&text.len());
    if ![&new.issuer, &new.client_id, &new.client_secret].into_iter().all(|text| fits(text)) {
        return Err(OidcError::Field);
    }
    provider::check_issuer(&new.issuer, access.is_https)?;
    let sealed = brand.secret_for(SECRET_PURPOSE).seal(
        &secret_context(brand.id),
        new.client_secret.as_bytes(),
        &*context.entropy,
    );
    let stored = StoredProvider {
        issuer: new.issuer.clone(),
        client_id: new.client_id.clone(),
        secret: sealed,
        changed_at: context.clock.now(),
    };
    store::set(tx, brand.id, &stored).await?;
    Ok(shown(stored))
}

/// The provider of a brand.
pub async fn find(tx: &mut Tx, tenant: TenantId) -> Result<OidcProvider, OidcError> {
    store::find(tx, tenant).await?.map(shown).ok_or(OidcError::NotSet)
}

/// Takes the provider of a brand away: its users sign in by password.
pub async fn remove(tx: &mut Tx, tenant: TenantId) -> Result<(), OidcError> {
    if store::delete(tx, tenant).await? { Ok(()) } else { Err(OidcError::NotSet) }
}

/// The way to the provider: where to send the browser, and what to put into its cookie.
pub(crate) struct Departure {
    pub(crate) location: String,
    pub(crate) cookie: String,
}

/// Begins a sign-in at the provider. `host` is where this browser found the brand.
pub(crate) async fn depart(access: &Access, brand: &Tenant, host: &str) -> Result<Departure, OidcError> {
    let client = client(access, brand, host).await?;
    let (location, way) = client.depart(access.context.clock.now());
    let plain = Zeroizing::new(serde_json::to_vec(&way).map_err(|error| Error::Unreadable(error.to_string()))?);
    let sealed = cookie_key(brand).seal(&cookie_context(brand.id), &plain, &*access.context.entropy);
    Ok(Departure { location, cookie: data_encoding::BASE64URL_NOPAD.encode(&sealed) })
}

/// What a browser brings back from the provider.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    pub(crate) cookie: Option<String>,
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
}

/// Ends a sign-in at the provider.
pub(crate) async fn arrive(
    access: &Access,
    brand: &Tenant,
    host: &str,
    visitor: &Visitor,
    back: Return,
) -> Result<SignedIn, OidcError> {
    let now = access.context.clock.now();
    let way = back.cookie.as_deref().and_then(|cookie| way_of(brand, cookie)).ok_or(OidcError::State)?;
    let is_late = now.since(way.began_at) > WAY_S_MAX * Timestamp::SECOND;
    if is_late || !way.has_state(&back.state) {
        return Err(OidcError::State);
    }
    let Some(code) = back.code else {
        let reason = back.error.unwrap_or_else(|| "it gave no code".to_owned());
        return Err(OidcError::Denied { reason: reason.chars().filter(|c| !c.is_control()).take(60).collect() });
    };
    let client = client(access, brand, host).await?;
    let identity = client.identity(code, &way, now).await?;
    open_for(access, brand, visitor, &identity).await
}

/// Opens a session for somebody whom the provider knows.
async fn open_for(
    access: &Access,
    brand: &Tenant,
    visitor: &Visitor,
    identity: &Identity,
) -> Result<SignedIn, OidcError> {
    let context = &access.context;
    let mut tx = context.store.write().await?;
    let mut found = user_of(&mut tx, context, brand, identity).await?;
    if found.status == UserStatus::Invited {
        // Whoever was invited at this address and proved it to the provider needs no password of ours.
        user::set_status(&mut tx, brand.id, found.id, UserStatus::Active).await?;
        found.status = UserStatus::Active;
    }
    let stage = if found.has_second_factor { Stage::Half } else { Stage::Open };
    let token = session::open(&mut tx, access, brand.id, found.id, stage, &visitor.agent).await?;
    tx.commit().await?;
    Ok(SignedIn { token, user: found, is_half: stage == Stage::Half, lasts_s: session::OPEN_S_MAX })
}

async fn user_of(tx: &mut Tx, context: &Context, brand: &Tenant, identity: &Identity) -> Result<User, OidcError> {
    let Identity { issuer, subject, email } = identity;
    let may_enter = |user: User| (user.status != UserStatus::Disabled).then_some(user).ok_or(OidcError::UserUnknown);
    if let Some(id) = store::user_of(tx, brand.id, issuer, subject).await? {
        let found = user::find(tx, brand.id, id).await?.ok_or(OidcError::UserUnknown)?;
        return may_enter(found.user);
    }
    let email = email.as_deref().ok_or(OidcError::EmailUnverified)?;
    let email = crate::rules::text::email(email).map_err(|_| OidcError::EmailUnverified)?;
    let found = user::by_email(tx, brand.id, &email).await?.ok_or(OidcError::UserUnknown)?;
    let found = may_enter(found.user)?;
    // Somebody else at the provider was this user before: an address that changed hands opens nothing.
    if !store::bind(tx, brand.id, (issuer, subject), found.id, context.clock.now()).await? {
        return Err(OidcError::UserUnknown);
    }
    let entry = Entry::new(act_of(brand.id, found.id), "user.oidc_bound", found.id).after(issuer);
    audit::record(tx, context, entry).await.map_err(Error::from)?;
    Ok(found)
}

async fn client(access: &Access, brand: &Tenant, host: &str) -> Result<provider::Client, OidcError> {
    let stored = {
        let mut tx = access.context.store.read().await?;
        store::find(&mut tx, brand.id).await?.ok_or(OidcError::NotSet)?
    };
    let key = brand.secret_for(SECRET_PURPOSE);
    let secret = key.open(&secret_context(brand.id), &stored.secret).map_err(Error::from)?;
    let secret = String::from_utf8(secret).map_err(|error| Error::Unreadable(error.to_string()))?;
    let metadata = access.providers.metadata(&stored.issuer, access.context.clock.elapsed()).await?;
    let scheme = if access.is_https { "https" } else { "http" };
    let back = format!("{scheme}://{host}/v1/session/oidc/callback");
    provider::Client::new(access.providers.clone(), metadata, &stored, secret, back)
}

fn way_of(brand: &Tenant, cookie: &str) -> Option<Way> {
    let sealed = data_encoding::BASE64URL_NOPAD.decode(cookie.as_bytes()).ok()?;
    let plain = Zeroizing::new(cookie_key(brand).open(&cookie_context(brand.id), &sealed).ok()?);
    serde_json::from_slice(&plain).ok()
}

fn cookie_key(brand: &Tenant) -> tallymark_base::seal::Key {
    brand.secret_for("access.oidc.way.v1")
}

fn cookie_context(tenant: TenantId) -> Vec<u8> {
    [b"oidc.way".as_slice(), &tenant.raw().to_be_bytes()].concat()
}

fn secret_context(tenant: TenantId) -> Vec<u8> {
    [b"oidc_provider.secret".as_slice(), &tenant.raw().to_be_bytes()].concat()
}

fn shown(stored: StoredProvider) -> OidcProvider {
    OidcProvider { issuer: stored.issuer, client_id: stored.client_id, changed_at: stored.changed_at }
}
