//! Who is behind a key or a session: looked up, and remembered for a few seconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tallymark_base::Actor;
use tallymark_base::id::SessionId;
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_partners::organisation;
use tallymark_store::{Context, Tx};
use tallymark_web::{AuthError, Caller};

use crate::rules::permissions;
use crate::service::key;
use crate::service::session::{brand_at, ends_at};
use crate::store::session::{Stage, StoredSession};
use crate::store::{self};
use crate::token::Token;
use crate::types::UserStatus;

/// How long a server may go on trusting what was revoked or changed on another one.
pub const TRUST_FOR: Duration = Duration::from_secs(5);
/// Callers remembered at once; beyond, the memory starts again.
const REMEMBERED_MAX: usize = 10_000;
/// A session's last use is kept to the minute.
const TOUCH_US: i64 = 60 * Timestamp::SECOND;

/// Somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who calls.
    pub caller: Caller,
    /// By which session, if by one.
    pub session: Option<SessionId>,
}

/// Why a caller could not be told.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// Nothing is opened by this.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database, or what was found in it.
    #[error(transparent)]
    Access(#[from] crate::Error),
}

impl From<tallymark_store::Error> for LookUpError {
    fn from(error: tallymark_store::Error) -> Self {
        Self::Access(error.into())
    }
}

impl Fault for LookUpError {
    fn code(&self) -> &'static str {
        match self {
            Self::Auth(error) => error.code(),
            Self::Access(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Auth(error) => error.kind(),
            Self::Access(error) => error.kind(),
        }
    }
}

#[derive(Debug)]
struct Remembered {
    known: Known,
    /// When the key or session ends by itself.
    ends: Option<Timestamp>,
    until: Duration,
}

/// The memory.
#[derive(Debug, Default)]
pub struct Directory {
    /// By a hash of what was shown.
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
    /// Raised whenever something is forgotten: what was read before is not remembered after.
    generation: AtomicU64,
}

impl Directory {
    /// Forgets everybody, so that this server sees a change at once. To be called after its commit.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.lock().clear();
    }

    /// Who calls with the key `text`?
    pub async fn by_key(&self, context: &Context, text: &str) -> Result<Known, LookUpError> {
        let memory = hash_of(&["key", text]);
        if let Some(known) = self.recall(context, &memory) {
            return Ok(known);
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let (id, secret) = key::split(text).ok_or(AuthError::KeyUnknown)?;
        let stored = store::key::key(&mut context.store.read().await?, id).await?.ok_or(AuthError::KeyUnknown)?;
        let hash: [u8; 32] = Sha256::digest(secret).into();
        let matches: bool = hash.ct_eq(&stored.secret_hash).into();
        let now = context.clock.now();
        if !matches || stored.revoked_at.is_some() || stored.expires_at.is_some_and(|end| end <= now) {
            return Err(AuthError::KeyUnknown.into());
        }
        let (tenant, ends) = (stored.tenant, stored.expires_at);
        let key = key::listed(stored)?;
        let known = Known { caller: Caller::with_key(tenant, key.id, key.scopes).within(key.namespace), session: None };
        self.remember(context, memory, generation, &known, ends);
        Ok(known)
    }

    /// Who calls with a session's token, at a host? A session opens only at the hosts of its brand.
    pub async fn by_session(&self, context: &Context, token: &Token, host: &str) -> Result<Known, LookUpError> {
        self.by_session_that(context, token, host, true).await
    }

    /// The same for a connection that stays open. That it is open is no use of the session, which ends as if nobody used it.
    pub async fn by_session_at_rest(&self, context: &Context, token: &Token, host: &str) -> Result<Known, LookUpError> {
        self.by_session_that(context, token, host, false).await
    }

    async fn by_session_that(
        &self,
        context: &Context,
        token: &Token,
        host: &str,
        is_used: bool,
    ) -> Result<Known, LookUpError> {
        let memory = hash_of(&["session", &token.text(), host]);
        if let Some(known) = self.recall(context, &memory) {
            return Ok(known);
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let mut tx = context.store.read().await?;
        let stored = store::session::by_token(&mut tx, token.hash()).await?.ok_or(AuthError::SessionUnknown)?;
        let now = context.clock.now();
        let ends = ends_at(&stored.session);
        if ends <= now {
            return Err(AuthError::SessionUnknown.into());
        }
        if stored.stage == Stage::Half {
            return Err(AuthError::SecondFactorMissing.into());
        }
        let known = known_of(&mut tx, &stored).await?;
        drop(tx);
        let brand = brand_at(context, host).await.map_err(|_| AuthError::SessionUnknown)?;
        if brand.id != stored.tenant {
            return Err(AuthError::SessionUnknown.into());
        }
        if is_used && now.since(stored.session.seen_at) >= TOUCH_US {
            let mut tx = context.store.write().await?;
            store::session::touch(&mut tx, token.hash(), stored.tenant, now).await?;
            tx.commit().await?;
        }
        self.remember(context, memory, generation, &known, Some(ends));
        Ok(known)
    }

    fn recall(&self, context: &Context, memory: &[u8; 32]) -> Option<Known> {
        let (now, elapsed) = (context.clock.now(), context.clock.elapsed());
        let remembered = self.lock();
        let found = remembered.get(memory)?;
        let holds = elapsed < found.until && found.ends.is_none_or(|end| now < end);
        holds.then(|| found.known.clone())
    }

    fn remember(&self, context: &Context, memory: [u8; 32], generation: u64, known: &Known, ends: Option<Timestamp>) {
        let mut remembered = self.lock();
        if self.generation.load(Ordering::SeqCst) != generation {
            return;
        }
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        let until = context.clock.elapsed() + TRUST_FOR;
        remembered.insert(memory, Remembered { known: known.clone(), ends, until });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is behind a session, with what the role allows at this moment.
async fn known_of(tx: &mut Tx, stored: &StoredSession) -> Result<Known, LookUpError> {
    let found = store::user::find(tx, stored.tenant, stored.user).await?;
    // Who never set a password is let in by a link alone.
    let may_be = |status| match status {
        UserStatus::Active => true,
        UserStatus::Invited => stored.reach.is_some(),
        UserStatus::Disabled => false,
    };
    let user = found.map(|found| found.user).filter(|user| may_be(user.status));
    let user = user.ok_or(AuthError::SessionUnknown)?;
    let subtree = match user.organisation {
        Some(top) => {
            let subtree = organisation::subtree_of(tx, stored.tenant, top).await.map_err(crate::Error::from)?;
            // An organisation is never deleted; a user whose limit is gone must not become unlimited.
            Some(subtree.ok_or(AuthError::SessionUnknown)?)
        }
        None => None,
    };
    let allowed = permissions(user.role);
    let scopes = match stored.reach {
        Some(reach) => reach.scopes.iter().filter(|scope| allowed.allow(*scope)).collect(),
        None => allowed,
    };
    let actor = Actor::User(user.id);
    let caller = Caller { tenant: stored.tenant, actor, scopes, subtree, namespace: None };
    Ok(Known { caller, session: Some(stored.session.id) })
}

fn hash_of(parts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}
