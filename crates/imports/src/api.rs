//! The routes of imports, relative to `/v1`.

mod mappings;
mod preview;
mod runs;
mod send;

use tallymark_base::id::OrganisationId;
use tallymark_store::{Context, Tx};
use tallymark_web::{Caller, Scope};
use utoipa_axum::router::OpenApiRouter;

use crate::service::manage;
use crate::{Error, FileMapping, Kind};

/// The source of what names none.
const SOURCE: &str = "import";

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().merge(preview::routes()).merge(mappings::routes()).merge(send::routes()).merge(runs::routes())
}

/// What may be imported by whom: any of these.
const fn scopes_of(kind: Kind) -> &'static [Scope] {
    match kind {
        Kind::Members => &[Scope::People],
        Kind::Orders | Kind::Articles => &[Scope::Orders],
        Kind::Operations => &[Scope::Goods, Scope::Logistics],
        Kind::Codes => &[Scope::Goods],
    }
}

/// By whom something may be imported.
const IMPORTERS: [Scope; 4] = [Scope::People, Scope::Orders, Scope::Goods, Scope::Logistics];
/// By whom imports may be looked at.
const READERS: [Scope; 5] = [Scope::People, Scope::Orders, Scope::Goods, Scope::Logistics, Scope::Read];

/// The mapping of a name, for files of a kind. A caller who is limited to a part of the channel tree is not told of other kinds.
async fn mapping_for(tx: &mut Tx, caller: &Caller, name: &str, kind: Kind) -> Result<FileMapping, Error> {
    match manage::mapping_of_kind(tx, caller.tenant, name, kind).await {
        Err(Error::OtherKind { name, .. }) if caller.subtree.is_some() => Err(Error::MappingNotFound { name }),
        found => found,
    }
}

/// The part of the channel tree to which a caller is limited.
fn within(caller: &Caller) -> Option<OrganisationId> {
    caller.subtree.as_ref().map(|subtree| subtree.organisation)
}
