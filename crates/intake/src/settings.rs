//! What a tenant has set up for its intake, kept in memory as of a revision.

use std::collections::HashMap;
use std::sync::Arc;

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_partners::tenant;
use tallymark_people::PeopleKeys;
use tallymark_store::{Context, Tx, revision};

use crate::definition::Definition;
use crate::error::internal;
use crate::keys::IntakeKeys;
use crate::{Error, store};

/// A tenant's settings.
#[derive(Debug)]
pub(crate) struct Settings {
    revision: i64,
    pub(crate) people: PeopleKeys,
    pub(crate) keys: IntakeKeys,
    /// The event types that it defines, by name.
    pub(crate) definitions: HashMap<String, Definition>,
}

/// Those of all tenants that this server has met.
#[derive(Debug, Default)]
pub(crate) struct AllSettings {
    by_tenant: HashMap<TenantId, Arc<Settings>>,
}

impl AllSettings {
    /// The settings of a tenant, as the transaction sees them.
    pub(crate) async fn of(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        tenant: TenantId,
    ) -> Result<Arc<Settings>, Error> {
        let revisions = revision::current(tx, &[tenant.raw()]).await.map_err(|error| internal(&error))?;
        let revision = revisions.get(&tenant.raw()).copied().unwrap_or_default();
        match self.by_tenant.get(&tenant).filter(|known| known.revision == revision) {
            Some(known) => Ok(known.clone()),
            None => {
                let read = Arc::new(Settings::read(tx, context, tenant, revision).await?);
                self.by_tenant.insert(tenant, read.clone());
                Ok(read)
            }
        }
    }
}

impl Settings {
    pub(crate) async fn read(tx: &mut Tx, context: &Context, id: TenantId, revision: i64) -> Result<Self, Error> {
        let found = tenant::find(tx, &context.master, id).await.map_err(|error| internal(&error))?;
        let tenant = found.ok_or_else(|| Error::Internal(format!("there is no tenant {id}")))?;
        let definitions = store::definitions(tx, id).await.map_err(|error| internal(&error))?;
        Ok(Self {
            revision,
            people: PeopleKeys::new(&tenant),
            keys: IntakeKeys::new(&tenant),
            definitions: definitions.into_iter().map(|definition| (definition.name.clone(), definition)).collect(),
        })
    }
}
