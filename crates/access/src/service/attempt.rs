//! Counting attempts before they are made: so a thousand at once are not a thousand free ones.

use tallymark_base::random::hmac_sha256;
use tallymark_partners::Tenant;
use tallymark_store::{Context, Tx};

use crate::Error;
use crate::rules::attempt::Law;
use crate::store::attempt as store;

/// How often a count is tried again when another attempt was counted at the same moment.
const TRIES_MAX: u32 = 8;

/// Who or what attempts are counted for, as a keyed hash: neither addresses of people nor of machines are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject([u8; 32]);

impl Subject {
    /// The subject `name` of a kind such as `account`.
    pub(crate) fn new(tenant: &Tenant, kind: &str, name: &str) -> Self {
        let key = tenant.secret_for("access.attempt.v1");
        Self(hmac_sha256(key.bytes(), &[kind.as_bytes(), &[0], name.as_bytes()]))
    }
}

/// Counts one attempt for each subject, in a transaction of its own. Refused, and not counted for the subjects after it,
/// where one has to wait.
pub(crate) async fn count(context: &Context, tenant: &Tenant, subjects: &[(Subject, Law)]) -> Result<(), Error> {
    let mut tx = context.store.write().await?;
    for (subject, law) in subjects {
        count_one(&mut tx, context, tenant, *subject, *law).await?;
    }
    Ok(tx.commit().await?)
}

async fn count_one(tx: &mut Tx, context: &Context, tenant: &Tenant, subject: Subject, law: Law) -> Result<(), Error> {
    for _ in 0..TRIES_MAX {
        let now = context.clock.now();
        let seen = store::find(tx, tenant.id, subject.0).await?;
        let refuse = |next_at| Error::TooManyAttempts { next_at, wait_us: next_at.since(now) };
        let made = law.count(seen, now).map_err(refuse)?;
        if store::replace(tx, tenant.id, subject.0, seen, made).await? {
            return Ok(());
        }
    }
    Err(Error::Busy)
}

/// Forgets the failures of a subject that proved who it is.
pub(crate) async fn forgive(tx: &mut Tx, tenant: &Tenant, subject: Subject) -> Result<(), Error> {
    Ok(store::delete(tx, tenant.id, subject.0).await?)
}

/// Takes back the count of one attempt, which succeeded.
pub(crate) async fn refund(tx: &mut Tx, tenant: &Tenant, subject: Subject) -> Result<(), Error> {
    Ok(store::refund(tx, tenant.id, subject.0).await?)
}
