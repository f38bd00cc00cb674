//! Which brand answers at a host name. Remembered for a few seconds, since every page asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_partners::tenant;
use tallymark_store::Context;

/// How long an answer is remembered.
const REMEMBER_FOR: Duration = Duration::from_secs(5);
/// Hosts remembered at once; a stranger can send any name, so beyond this the memory starts again.
const REMEMBERED_MAX: usize = 10_000;
/// The longest host name of DNS (RFC 1035), and a port.
const HOST_LENGTH_MAX: usize = 253 + 6;

/// What a page needs of a brand.
#[derive(Debug, Clone)]
pub(crate) struct Brand {
    pub(crate) tenant: TenantId,
    pub(crate) name: String,
    pub(crate) zone: jiff::tz::TimeZone,
    /// Signs device cookies and form nonces.
    pub(crate) page_key: Key,
}

/// What is remembered of a host: its brand, if it has one, and until when.
type Remembered = (Option<Brand>, Duration);

/// The memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    known: Arc<Mutex<HashMap<String, Remembered>>>,
}

impl Hosts {
    /// The brand of `host`, as a browser sends it.
    pub(crate) async fn brand(
        &self,
        context: &Context,
        host: &str,
    ) -> Result<Option<Brand>, tallymark_partners::Error> {
        if host.len() > HOST_LENGTH_MAX {
            return Ok(None);
        }
        let elapsed = context.clock.elapsed();
        if let Some((brand, until)) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(host)
            && elapsed < *until
        {
            return Ok(brand.clone());
        }
        let mut tx = context.store.read().await?;
        let brand = match tenant::by_host(&mut tx, &context.master, host).await? {
            Some(tenant) => Some(Brand {
                tenant: tenant.id,
                zone: tenant.time_zone()?,
                page_key: tenant.secret_for("page.v1"),
                name: tenant.name,
            }),
            None => None,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(host.to_owned(), (brand.clone(), elapsed + REMEMBER_FOR));
        Ok(brand)
    }
}
