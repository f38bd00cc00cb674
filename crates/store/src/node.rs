//! Leasing a node number, so that ids of several servers never meet.
//!
//! A server takes a free or expired number, renews it well before the end, and stops issuing ids when its own
//! monotonic clock reaches the deadline it was promised, whatever the database says by then. A number is reused only
//! after its expiry plus a skew, and ids of the new holder start above the old one's high water.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::id::NODES_MAX;
use tallymark_base::{Clock, Entropy, IdSource, Timestamp};

use crate::{Error, Store, Tx};

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_secs(60);
/// How often it is renewed.
pub const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How far the clocks of two servers may differ.
const SKEW: Duration = Duration::from_secs(10);
/// How far the clock of a server may be from the database's: then no two servers differ by more than [`SKEW`].
pub const CLOCK_DIFFERENCE_MAX: Duration = Duration::from_secs(5);
/// The number that a simulation holds, and no server.
pub const SIMULATED: u16 = NODES_MAX - 1;
/// How far ahead of the clock ids may run between two renewals; kept in the stored high water.
const AHEAD: Duration = Duration::from_secs(60);

/// A held node number.
#[derive(Debug)]
pub struct Lease {
    ids: Arc<IdSource>,
    holder: [u8; 16],
    is_clock_watched: bool,
}

impl Lease {
    /// Takes a number as [`Lease::take`] does, where this server's clock is right; it is looked at again with every renewal.
    pub async fn take_in_time(store: &Store, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Self, Error> {
        refuse_wrong_clock(store, clock).await?;
        Ok(Self { is_clock_watched: true, ..Self::take(store, clock, entropy).await? })
    }

    /// Takes the lowest number that is free.
    pub async fn take(store: &Store, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Self, Error> {
        let holder: [u8; 16] = entropy.bytes();
        let deadline = clock.elapsed() + LEASE;
        let now = clock.now();
        for node in 0..i64::from(SIMULATED) {
            let mut tx = store.write().await?;
            let sql = "INSERT INTO node (node, holder, expires_at, high_water)
                       VALUES ($1, $2, $3, $4)
                       ON CONFLICT (node) DO UPDATE
                          SET holder = excluded.holder, expires_at = excluded.expires_at
                        WHERE node.expires_at < $5
                       RETURNING node.high_water";
            let values = [
                node.into(),
                holder.into(),
                now.plus(LEASE).into(),
                Timestamp(0).into(),
                Timestamp(now.0 - SKEW.as_micros() as i64).into(),
            ];
            let won = tx.query_one(sql, &values).await?;
            tx.commit().await?;
            if let Some(row) = won {
                let number = u16::try_from(node).unwrap_or(0);
                let ids = Arc::new(IdSource::new(number, row.time(0)?, deadline));
                let lease = Self { ids, holder, is_clock_watched: false };
                lease.renew(store, clock).await?;
                return Ok(lease);
            }
        }
        Err(Error::Unsafe(format!("all {SIMULATED} node numbers are held; stop servers that are not needed")))
    }

    /// Where ids come from under this lease.
    pub fn ids(&self) -> Arc<IdSource> {
        self.ids.clone()
    }

    /// Extends the lease. Fails when another server holds the number, or the clock went wrong; then no further id may be
    /// issued.
    pub async fn renew(&self, store: &Store, clock: &dyn Clock) -> Result<(), Error> {
        if self.is_clock_watched {
            refuse_wrong_clock(store, clock).await?;
        }
        let deadline = clock.elapsed() + LEASE;
        let now = clock.now();
        let high_water = self.ids.high_water().max(now.plus(AHEAD));
        let mut tx = store.write().await?;
        let sql = "UPDATE node SET expires_at = $3, high_water = $4 WHERE node = $1 AND holder = $2";
        let values = [i64::from(self.ids.node()).into(), self.holder.into(), now.plus(LEASE).into(), high_water.into()];
        let wrote = tx.execute(sql, &values).await?;
        tx.commit().await?;
        if wrote != 1 {
            return Err(Error::Unsafe("the node number of this server is held by another".to_owned()));
        }
        self.ids.extend(deadline);
        Ok(())
    }

    /// Gives the number back at a graceful stop; its high water stays.
    pub async fn release(&self, store: &Store, clock: &dyn Clock) -> Result<(), Error> {
        self.ids.extend(Duration::ZERO);
        let mut tx = store.write().await?;
        let sql = "UPDATE node SET expires_at = $3, high_water = $4 WHERE node = $1 AND holder = $2";
        let values = [
            i64::from(self.ids.node()).into(),
            self.holder.into(),
            Timestamp(clock.now().0 - 2 * SKEW.as_micros() as i64).into(),
            self.ids.high_water().into(),
        ];
        tx.execute(sql, &values).await?;
        tx.commit().await
    }
}

/// This server's clock less the database's, in microseconds; `None` where they are one clock (SQLite). How long the
/// answer took is taken off in favour of the server.
pub async fn clock_difference(store: &Store, clock: &dyn Clock) -> Result<Option<i64>, Error> {
    let (ours, start) = (clock.now(), clock.elapsed());
    let Some(theirs) = store.time().await? else { return Ok(None) };
    let half = clock.elapsed().saturating_sub(start) / 2;
    let difference = ours.plus(half).since(theirs);
    let doubt = i64::try_from(half.as_micros()).unwrap_or(i64::MAX);
    Ok(Some(difference.signum() * (difference.saturating_abs() - doubt).max(0)))
}

/// Fails when this server's clock is too far from the database's.
pub async fn refuse_wrong_clock(store: &Store, clock: &dyn Clock) -> Result<(), Error> {
    let limit_ms = CLOCK_DIFFERENCE_MAX.as_millis() as i64;
    match clock_difference(store, clock).await? {
        Some(micros) if micros.abs() / 1_000 > limit_ms => {
            Err(Error::Clock { difference_ms: micros / 1_000, limit_ms })
        }
        _ => Ok(()),
    }
}

/// Marks a database as that of a simulation, by what only the same seed makes. It must have no mark yet.
pub async fn mark_simulation(tx: &mut Tx, mark: [u8; 16]) -> Result<(), Error> {
    let sql = "INSERT INTO node (node, holder, expires_at, high_water) VALUES ($1, $2, $3, $4)";
    // It never lasts: what the simulation's server left in its slots is at once any other server's to sweep.
    let values = [i64::from(SIMULATED).into(), mark.into(), Timestamp(0).into(), Timestamp(0).into()];
    tx.execute(sql, &values).await.map(drop)
}

/// The mark of the simulation that made this database; `None` for any other database.
pub async fn simulation(tx: &mut Tx) -> Result<Option<[u8; 16]>, Error> {
    let sql = "SELECT holder FROM node WHERE node = $1";
    tx.query_one(sql, &[i64::from(SIMULATED).into()]).await?.map(|row| row.array(0)).transpose()
}

/// The node numbers that are held at `now`.
pub async fn held(tx: &mut Tx, now: Timestamp) -> Result<Vec<u16>, Error> {
    let rows = tx.query("SELECT node FROM node WHERE expires_at >= $1 ORDER BY node", &[now.into()]).await?;
    rows.iter().map(|row| Ok(u16::try_from(row.int(0)?).unwrap_or(0))).collect()
}

/// The node numbers whose leases ran out before `now` minus the skew: what they hold may be taken over.
pub async fn expired(tx: &mut Tx, now: Timestamp) -> Result<Vec<u16>, Error> {
    let before = Timestamp(now.0 - SKEW.as_micros() as i64);
    let rows = tx.query("SELECT node FROM node WHERE expires_at < $1 ORDER BY node", &[before.into()]).await?;
    rows.iter().map(|row| Ok(u16::try_from(row.int(0)?).unwrap_or(0))).collect()
}
