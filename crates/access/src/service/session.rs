//! Signing in and out.

use tallymark_base::id::{SessionId, TenantId, UserId};
use tallymark_base::{Act, Actor, Timestamp};
use tallymark_partners::{Tenant, tenant};
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};
use tallymark_web::{ClientAddress, request_id};

use crate::rules::attempt::{ACCOUNT, ADDRESS};
use crate::rules::text;
use crate::service::attempt::{self, Subject};
use crate::service::second_factor::{self, Proof};
use crate::store::session::{self as store, Reach, Stage, StoredSession};
use crate::store::user;
use crate::token::Token;
use crate::types::{Session, User, UserStatus};
use crate::{Access, Error};

/// A session ends when it was not used for so long.
pub const IDLE_S_MAX: i64 = 60 * 60;
/// A session ends after so long, whatever is done.
pub const OPEN_S_MAX: i64 = 12 * 60 * 60;
/// How long the second factor is awaited.
pub const HALF_S_MAX: i64 = 5 * 60;
/// Open sessions of one user; the oldest goes for a new one.
const SESSIONS_MAX: usize = 20;
const AGENT_CHARS_MAX: usize = 200;

/// From where somebody signs in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The network address, counted for limits.
    pub address: ClientAddress,
    /// How the browser or program names itself.
    pub agent: String,
}

/// A sign-in that worked, at least half.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: Token,
    /// Who.
    pub user: User,
    /// Whether the second factor is still to come.
    pub is_half: bool,
    /// How long the session lasts at most.
    pub lasts_s: i64,
}

/// The brand at a host name, where people sign in to it.
pub async fn brand_at(context: &Context, host: &str) -> Result<Tenant, Error> {
    const HOST_LENGTH_MAX: usize = 259;
    if host.len() > HOST_LENGTH_MAX {
        return Err(Error::HostUnknown);
    }
    let mut tx = context.store.read().await?;
    tenant::by_host(&mut tx, &context.master, host).await?.ok_or(Error::HostUnknown)
}

/// Signs in by email and password. Whatever is wrong, the answer and the time it takes are the same.
pub async fn sign_in(
    access: &Access,
    brand: &Tenant,
    from: &Visitor,
    email: &str,
    given: &str,
) -> Result<SignedIn, Error> {
    let context = &access.context;
    // What is no address has no account; it is looked up and counted like one.
    let email = text::email(email).unwrap_or_else(|_| email.chars().take(254).collect());
    let account = Subject::new(brand, "account", &email);
    let address = Subject::new(brand, "address", &from.address.network().to_string());
    attempt::count(context, brand, &[(address, ADDRESS), (account, ACCOUNT)]).await?;
    let found = {
        let mut tx = context.store.read().await?;
        user::by_email(&mut tx, brand.id, &email).await?
    };
    let stored = found.as_ref().and_then(|found| found.password.as_deref());
    let is_right = access.passwords.is_right(stored, given).await?;
    let found =
        found.filter(|found| is_right && found.user.status == UserStatus::Active).ok_or(Error::SignInRefused)?;
    let is_outdated = found.password.as_deref().is_some_and(|stored| access.passwords.is_outdated(stored));
    let renewed = match is_outdated {
        true => Some(access.passwords.hash(&*context.entropy, given).await?),
        false => None,
    };

    let mut tx = context.store.write().await?;
    // What was checked may have changed meanwhile.
    let now = user::by_email(&mut tx, brand.id, &email).await?.ok_or(Error::SignInRefused)?;
    if now.password != found.password || now.user.status != UserStatus::Active {
        return Err(Error::SignInRefused);
    }
    attempt::forgive(&mut tx, brand, account).await?;
    attempt::refund(&mut tx, brand, address).await?;
    if let Some(renewed) = renewed {
        user::set_password(&mut tx, brand.id, now.user.id, &renewed).await?;
    }
    let stage = if now.user.has_second_factor { Stage::Half } else { Stage::Open };
    let token = open(&mut tx, access, brand.id, now.user.id, stage, &from.agent).await?;
    tx.commit().await?;
    Ok(SignedIn { token, user: now.user, is_half: stage == Stage::Half, lasts_s: OPEN_S_MAX })
}

/// Completes a sign-in by the second factor. The half session ends, and another token opens the whole one.
pub async fn complete(access: &Access, brand: &Tenant, token: &Token, proof: &Proof) -> Result<SignedIn, Error> {
    let context = &access.context;
    let (half, found) = {
        let mut tx = context.store.read().await?;
        let half = store::by_token(&mut tx, token.hash()).await?;
        let half = half.filter(|half| half.tenant == brand.id && half.stage == Stage::Half);
        let half = half.filter(|half| context.clock.now() < half.session.expires_at).ok_or(Error::CodeRefused)?;
        let found = user::find(&mut tx, brand.id, half.user).await?.ok_or(Error::CodeRefused)?;
        (half, found)
    };
    let factor = Subject::new(brand, "factor", &half.user.to_string());
    attempt::count(context, brand, &[(factor, ACCOUNT)]).await?;

    let mut tx = context.store.write().await?;
    second_factor::take(&mut tx, context, brand, &found, proof).await?;
    if !store::delete(&mut tx, brand.id, half.user, half.session.id).await? {
        return Err(Error::CodeRefused);
    }
    attempt::forgive(&mut tx, brand, factor).await?;
    let whose = (brand.id, half.user);
    let token = open_within(&mut tx, access, whose, Stage::Open, &half.session.agent, half.reach).await?;
    tx.commit().await?;
    let lasts_s = half.reach.map_or(OPEN_S_MAX, |reach| reach.lasts_s);
    Ok(SignedIn { token, user: found.user, is_half: false, lasts_s })
}

/// Opens a session that may do what the user's role allows; where a user has too many, the oldest goes.
pub(crate) async fn open(
    tx: &mut Tx,
    access: &Access,
    tenant: TenantId,
    user: UserId,
    stage: Stage,
    agent: &str,
) -> Result<Token, Error> {
    open_within(tx, access, (tenant, user), stage, agent, None).await
}

/// The same, limited to a reach where there is one.
pub(crate) async fn open_within(
    tx: &mut Tx,
    access: &Access,
    (tenant, user): (TenantId, UserId),
    stage: Stage,
    agent: &str,
    reach: Option<Reach>,
) -> Result<Token, Error> {
    let context = &access.context;
    let now = context.clock.now();
    let known = store::of_user(tx, tenant, user).await?;
    if known.len() >= SESSIONS_MAX {
        // Before the commit: a server may trust the session that goes a few seconds longer.
        access.directory.forget();
    }
    for old in known.iter().take((known.len() + 1).saturating_sub(SESSIONS_MAX)) {
        store::delete(tx, tenant, user, old.id).await?;
    }
    let token = Token::generate(&*context.entropy);
    let open_s = reach.map_or(OPEN_S_MAX, |reach| reach.lasts_s);
    let lasts_s = if stage == Stage::Open { open_s } else { HALF_S_MAX };
    let session = Session {
        id: context.ids.next(&*context.clock)?,
        agent: agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
        created_at: now,
        seen_at: now,
        expires_at: Timestamp(now.0 + lasts_s * Timestamp::SECOND),
        scopes: reach.map(|reach| reach.scopes),
    };
    let id = session.id;
    store::insert(tx, token.hash(), &StoredSession { tenant, user, stage, reach, session }).await?;
    if stage == Stage::Open {
        let entry = Entry::new(act_of(tenant, user), "session.opened", id);
        let entry = if let Some(reach) = reach { entry.after(&reach.scopes) } else { entry };
        audit::record(tx, context, entry).await?;
    }
    Ok(token)
}

/// What somebody does who proved who they are in this very request.
pub(crate) fn act_of(tenant: TenantId, user: UserId) -> Act {
    Act { tenant, actor: Actor::User(user), request: request_id() }
}

/// A user's open sessions, oldest first.
pub async fn list(tx: &mut Tx, tenant: TenantId, user: UserId, now: Timestamp) -> Result<Vec<Session>, Error> {
    let mut found = store::of_user(tx, tenant, user).await?;
    found.retain(|session| now < ends_at(session));
    Ok(found)
}

/// Ends one session of a user.
pub async fn end(tx: &mut Tx, tenant: TenantId, user: UserId, id: SessionId) -> Result<(), Error> {
    if store::delete(tx, tenant, user, id).await? { Ok(()) } else { Err(Error::SessionNotFound { session: id }) }
}

/// When a session ends if it is not used again. One that a link opened lasts as long as whoever made the link said: its
/// phone is laid aside for hours, and may be where there is no network.
pub(crate) fn ends_at(session: &Session) -> Timestamp {
    if session.scopes.is_some() {
        return session.expires_at;
    }
    session.expires_at.min(Timestamp(session.seen_at.0 + IDLE_S_MAX * Timestamp::SECOND))
}
