//! Making a brand: its record, its first code key, and an API key for its owner.

use serde::Serialize;
use tallymark_access::keys::{self, KeyError, NewApiKey};
use tallymark_base::id::TenantId;
use tallymark_base::{Act, Fault, Kind};
use tallymark_partners::{NewTenant, tenant};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry, RecordError};
use tallymark_web::Scope;

/// A brand that was just made.
#[derive(Debug, Clone, Serialize)]
pub struct MadeTenant {
    /// Its id.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Its hosts.
    pub hosts: Vec<String>,
    /// An API key that may do everything. Shown this once.
    pub key: String,
}

/// Why a brand could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// Its record.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// Its code key.
    #[error(transparent)]
    Goods(#[from] tallymark_goods::Error),
    /// Its API key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] RecordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
}

impl Fault for TenantError {
    fn code(&self) -> &'static str {
        match self {
            Self::Partners(error) => error.code(),
            Self::Goods(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Audit(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Partners(error) => error.kind(),
            Self::Goods(error) => error.kind(),
            Self::Key(error) => error.kind(),
            Self::Audit(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}

/// Makes a brand, all or nothing.
pub async fn create(context: &Context, new: NewTenant) -> Result<MadeTenant, TenantError> {
    create_with(context, new, &[Scope::Owner]).await
}

/// The same, whose owner's key is for these things.
pub(crate) async fn create_with(
    context: &Context,
    new: NewTenant,
    scopes: &[Scope],
) -> Result<MadeTenant, TenantError> {
    let mut tx = context.store.write().await?;
    let made = tenant::create(&mut tx, &context.master, &*context.entropy, &context.ids, &*context.clock, new).await?;
    tallymark_goods::keys::rotate(&mut tx, made.id, &context.master, &*context.entropy).await?;
    let scopes = scopes.iter().copied().collect();
    let owner = NewApiKey { name: "owner".to_owned(), scopes, expires_at: None, namespace: None };
    let key = keys::make(&mut tx, context, made.id, &owner).await?;
    let act = Act::of_operator(made.id);
    audit::record(&mut tx, context, Entry::new(act, "tenant.created", made.id).after(&made)).await?;
    audit::record(&mut tx, context, Entry::new(act, "api_key.created", key.key.id).after(&key.key)).await?;
    tx.commit().await?;
    Ok(MadeTenant { tenant: made.id, name: made.name, hosts: made.hosts, key: key.secret })
}
