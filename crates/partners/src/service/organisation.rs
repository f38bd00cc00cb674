//! Building and reading the channel tree.

use std::collections::HashMap;

use tallymark_base::id::{IdSource, OrganisationId, TenantId};
use tallymark_base::{Clock, TypedId as _};
use tallymark_store::{Tx, revision};
use tallymark_web::Subtree;

use crate::rules::{PATH_END, after_node, check_fields, check_place, end_of_subtree, path_below};
use crate::store::organisation as store;
use crate::{Error, NewOrganisation, Organisation};

/// Adds an organisation to the tree. On an error the caller's transaction must be rolled back.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewOrganisation,
) -> Result<Organisation, Error> {
    check_fields(&new)?;
    let above = match new.parent {
        Some(parent) => Some(store::placed(tx, tenant, parent).await?.ok_or(Error::ParentNotFound { parent })?),
        None => None,
    };
    check_place(new.kind, above.as_ref().map(|above| above.kind))?;
    let id: OrganisationId = ids.next(clock)?;
    let path = path_below(above.as_ref().map_or("", |above| &above.path), id)?;

    let mut territory = new.territory;
    territory.sort_unstable();
    territory.dedup();
    let organisation = Organisation {
        id,
        parent: new.parent,
        kind: new.kind,
        name: new.name,
        code: new.code,
        adcode: new.adcode,
        territory,
    };
    if !store::insert(tx, tenant, &organisation, &path, clock.now()).await? {
        return Err(Error::CodeTaken { code: organisation.code });
    }
    revision::raise(tx, tenant.raw()).await?;
    Ok(organisation)
}

/// The whole tree, every node after its parent.
pub async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Organisation>, Error> {
    Ok(store::list(tx, tenant).await?)
}

/// A page of the tree, or of the part `within` it, every node after its parent: those after `after` (none: from the
/// start), at most `limit`. With `called`, those whose name or code holds that text.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<&Subtree>,
    called: Option<&str>,
    after: Option<OrganisationId>,
    limit: i64,
) -> Result<Vec<Organisation>, Error> {
    let from = match after {
        Some(organisation) => {
            let placed = store::placed(tx, tenant, organisation).await?;
            let seen = placed.filter(|placed| within.is_none_or(|within| within.contains(&placed.path)));
            after_node(&seen.ok_or(Error::NotFound { organisation })?.path)
        }
        None => within.map_or(String::new(), |within| within.path.to_string()),
    };
    let before = within.map_or_else(|| PATH_END.to_owned(), |within| end_of_subtree(&within.path));
    Ok(match called {
        Some(text) => store::called(tx, tenant, (&from, &before), &store::pattern(text), limit).await?,
        None => store::range(tx, tenant, &from, &before, limit).await?,
    })
}

/// One organisation.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: OrganisationId) -> Result<Option<Organisation>, Error> {
    let Some(placed) = store::placed(tx, tenant, id).await? else { return Ok(None) };
    // The node comes first in its own subtree; the limit leaves out the rest.
    Ok(store::range(tx, tenant, &placed.path, &end_of_subtree(&placed.path), 1).await?.pop())
}

/// The organisations that are called like this by somebody's list, of those in the part `within` the tree: by its code; by
/// its name where it is the code of none. Several may bear one name.
pub async fn called(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<&Subtree>,
    texts: &[String],
) -> Result<HashMap<String, Vec<OrganisationId>>, Error> {
    let mut found: HashMap<String, Vec<OrganisationId>> = HashMap::new();
    for by in [store::By::Code, store::By::Name] {
        let open: Vec<&String> = texts.iter().filter(|text| !found.contains_key(*text)).collect();
        for (text, id, path) in store::called_exactly(tx, tenant, by, &open).await? {
            if within.is_none_or(|within| within.contains(&path)) {
                found.entry(text).or_default().push(id);
            }
        }
    }
    Ok(found)
}

/// What a caller limited to `top` sees; none where there is no such organisation.
pub async fn subtree_of(tx: &mut Tx, tenant: TenantId, top: OrganisationId) -> Result<Option<Subtree>, Error> {
    let placed = store::placed(tx, tenant, top).await?;
    Ok(placed.map(|placed| Subtree { organisation: top, path: placed.path.into() }))
}

/// Whether the organisation exists and lies within what a caller sees (none: the whole tree).
pub async fn is_seen(
    tx: &mut Tx,
    tenant: TenantId,
    within: Option<&Subtree>,
    id: OrganisationId,
) -> Result<bool, Error> {
    let placed = store::placed(tx, tenant, id).await?;
    Ok(placed.is_some_and(|placed| within.is_none_or(|within| within.contains(&placed.path))))
}

/// An organisation and everything below it, every node after its parent. Empty when there is no such organisation.
pub async fn subtree(tx: &mut Tx, tenant: TenantId, root: OrganisationId) -> Result<Vec<Organisation>, Error> {
    match store::placed(tx, tenant, root).await? {
        Some(placed) => Ok(store::range(tx, tenant, &placed.path, &end_of_subtree(&placed.path), i64::MAX).await?),
        None => Ok(Vec::new()),
    }
}
