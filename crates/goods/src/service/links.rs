//! The links of GS1 keys: kept, listed, and found for a request.

use tallymark_base::id::{IdSource, LinkId, TenantId};
use tallymark_base::{Act, Clock, Timestamp};
use tallymark_store::Tx;
use tallymark_store::audit::Entry;

use crate::rules::link::{LINKS_PER_ANCHOR_MAX, anchor_of, checked};
use crate::store::link as store;
use crate::{DefaultUse, Error, NewResolverLink, ResolverLink};

/// A link that is kept, and the one that was the default of its key until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How it was, where it was there before.
    pub before: Option<ResolverLink>,
    /// The link.
    pub link: ResolverLink,
    /// Which is not the default any more: how it was, how it is.
    pub former: Option<(ResolverLink, ResolverLink)>,
}

impl Kept {
    /// What the audit log keeps of it.
    pub fn entries(&self, act: Act, action: &'static str) -> Vec<Entry> {
        let mut entry = Entry::new(act, action, self.link.id).after(&self.link);
        if let Some(before) = &self.before {
            entry = entry.before(before);
        }
        let former = self.former.as_ref();
        let former = former.map(|(was, is)| Entry::new(act, "link.default_moved", is.id).before(was).after(is));
        std::iter::once(entry).chain(former).collect()
    }
}

/// Makes a link.
///
/// # Errors
/// [`Error`] says what of it is refused; [`Error::TooManyLinks`] where its key has as many as one may have.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewResolverLink,
) -> Result<Kept, Error> {
    let new = checked(new)?;
    check_room(tx, tenant, &new.anchor).await?;
    let now = clock.now();
    let link = link_of(ids.next(clock)?, new, now, now);
    let former = give_way(tx, tenant, &link).await?;
    store::insert(tx, tenant, &link).await?;
    Ok(Kept { before: None, link, former })
}

/// Puts a link in the place of one.
///
/// # Errors
/// As [`create`], and [`Error::LinkNotFound`].
pub async fn replace(
    tx: &mut Tx,
    tenant: TenantId,
    clock: &dyn Clock,
    id: LinkId,
    new: NewResolverLink,
) -> Result<Kept, Error> {
    let before = found(tx, tenant, id).await?;
    let new = checked(new)?;
    if new.anchor != before.anchor {
        check_room(tx, tenant, &new.anchor).await?;
    }
    let link = link_of(id, new, before.created_at, clock.now());
    let former = give_way(tx, tenant, &link).await?;
    store::update(tx, tenant, &link).await?;
    Ok(Kept { before: Some(before), link, former })
}

/// Removes a link, and gives it as it was.
///
/// # Errors
/// [`Error::LinkNotFound`].
pub async fn remove(tx: &mut Tx, tenant: TenantId, id: LinkId) -> Result<ResolverLink, Error> {
    let before = found(tx, tenant, id).await?;
    store::delete(tx, tenant, id).await?;
    Ok(before)
}

/// One link.
///
/// # Errors
/// [`Error::LinkNotFound`].
pub async fn found(tx: &mut Tx, tenant: TenantId, id: LinkId) -> Result<ResolverLink, Error> {
    store::find(tx, tenant, id).await?.ok_or(Error::LinkNotFound { link: id })
}

/// Links after `after` (none: from the start), oldest first, at most `limit`; with `about` only those of one key with
/// exactly these qualifiers.
///
/// # Errors
/// [`Error::Anchor`] where `about` is none.
pub async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    about: Option<&str>,
    after: Option<LinkId>,
    limit: i64,
) -> Result<Vec<ResolverLink>, Error> {
    match about {
        Some(about) => Ok(store::list_of(tx, tenant, &anchor_of(about)?, after, limit).await?),
        None => Ok(store::list(tx, tenant, after, limit).await?),
    }
}

/// All links of some anchors, oldest first.
///
/// # Errors
/// The database.
pub async fn of_anchors(tx: &mut Tx, tenant: TenantId, anchors: &[String]) -> Result<Vec<ResolverLink>, Error> {
    Ok(store::of_anchors(tx, tenant, anchors).await?)
}

async fn check_room(tx: &mut Tx, tenant: TenantId, anchor: &str) -> Result<(), Error> {
    if store::count(tx, tenant, anchor).await? >= LINKS_PER_ANCHOR_MAX {
        return Err(Error::TooManyLinks { anchor: anchor.to_owned(), max: LINKS_PER_ANCHOR_MAX });
    }
    Ok(())
}

/// A key has one default link: the former one stays as a link.
async fn give_way(
    tx: &mut Tx,
    tenant: TenantId,
    link: &ResolverLink,
) -> Result<Option<(ResolverLink, ResolverLink)>, Error> {
    if link.default_use != DefaultUse::Default {
        return Ok(None);
    }
    let own = store::of_anchors(tx, tenant, std::slice::from_ref(&link.anchor)).await?;
    let former = own.into_iter().find(|other| other.default_use == DefaultUse::Default && other.id != link.id);
    let Some(former) = former else { return Ok(None) };
    let after = ResolverLink { default_use: DefaultUse::No, changed_at: link.changed_at, ..former.clone() };
    store::update(tx, tenant, &after).await?;
    Ok(Some((former, after)))
}

fn link_of(id: LinkId, new: NewResolverLink, created_at: Timestamp, changed_at: Timestamp) -> ResolverLink {
    let NewResolverLink { anchor, link_type, target, title, languages, media_type, context, default_use } = new;
    ResolverLink {
        id,
        anchor,
        link_type,
        target,
        title,
        languages,
        media_type,
        context,
        default_use,
        created_at,
        changed_at,
    }
}
