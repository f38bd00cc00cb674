//! Saved views: the filters and the sorting of a list under a name, one's own or shared with everybody of the brand.

use serde::{Deserialize, Serialize};
use tallymark_base::actor::Actor;
use tallymark_base::id::{IdError, TenantId, ViewId};
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_store::{Context, Tx};
use utoipa::ToSchema;

use crate::store::view::{self as store, StoredView};

const NAME_LENGTH_MAX: usize = 60;
const LIST_LENGTH_MAX: usize = 40;
const SEARCH_BYTES_MAX: usize = 4_000;
/// Views of a list that one may have.
const OWN_MAX: i64 = 50;
/// Views of a list that are shown.
const SHOWN_MAX: i64 = 500;

/// A view to be saved, in the place of one's own of that list and name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// Of which list: 1 to 40 small letters, digits and the signs `_ . -`.
    #[schema(example = "people")]
    pub list: String,
    /// What it is called, 1 to 60 characters.
    pub name: String,
    /// Filters and sorting, as they stand behind `?` in the address of the list's page; at most 4,000 bytes.
    #[schema(example = "tag=vip&first_kind=phone")]
    pub search: String,
    /// Whether everybody of the brand is shown it.
    #[serde(default)]
    pub shared: bool,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SavedView)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// Of which list.
    pub list: String,
    /// What it is called.
    pub name: String,
    /// Filters and sorting.
    pub search: String,
    /// Whether everybody of the brand is shown it.
    pub shared: bool,
    /// Whose it is.
    pub by: String,
    /// Whether it is the caller's own.
    pub own: bool,
    /// When it was last saved.
    pub changed_at: Timestamp,
}

/// What is wrong with a view to be saved or removed.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The name is empty, too long, or holds control characters.
    #[error("the name of a view has 1 to {NAME_LENGTH_MAX} characters and no control characters")]
    Name,
    /// The list is no word.
    #[error("a list is named by 1 to {LIST_LENGTH_MAX} small letters, digits and the signs _ . -")]
    List,
    /// The filters are too long.
    #[error("the filters of a view have at most {SEARCH_BYTES_MAX} bytes; narrow the list by fewer values")]
    Search,
    /// Somebody has as many as are kept.
    #[error("of one list {OWN_MAX} views are kept for each; remove one that is not needed")]
    TooMany,
    /// No such view, or another's that is not shared.
    #[error("there is no view {0}")]
    NotFound(ViewId),
    /// A view that another shares.
    #[error("view {0} is shared by another; whoever saved it or an owner removes it")]
    NotYours(ViewId),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for ViewError {
    fn code(&self) -> &'static str {
        match self {
            Self::Name => "view.name",
            Self::List => "view.list",
            Self::Search => "view.search",
            Self::TooMany => "view.too_many",
            Self::NotFound(_) => "view.not_found",
            Self::NotYours(_) => "view.not_yours",
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Name | Self::List | Self::Search => Kind::Invalid,
            Self::TooMany => Kind::Conflict,
            Self::NotFound(_) => Kind::NotFound,
            Self::NotYours(_) => Kind::Denied,
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}

/// The views of a list that somebody is shown, by name.
///
/// # Errors
/// [`ViewError::List`]; of the database.
pub async fn list(tx: &mut Tx, tenant: TenantId, actor: Actor, list: &str) -> Result<Vec<View>, ViewError> {
    check_list(list)?;
    let owner = actor.to_string();
    let stored = store::shown(tx, tenant, (list, &owner), SHOWN_MAX).await?;
    Ok(stored.into_iter().map(|view| told(view, &owner)).collect())
}

/// Saves a view, in the place of one's own of that list and name.
///
/// # Errors
/// [`ViewError`].
pub async fn save(
    tx: &mut Tx,
    context: &Context,
    (tenant, actor): (TenantId, Actor),
    new: NewView,
) -> Result<View, ViewError> {
    check_list(&new.list)?;
    let name = new.name.trim();
    if !(1..=NAME_LENGTH_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(ViewError::Name);
    }
    if new.search.len() > SEARCH_BYTES_MAX || new.search.chars().any(char::is_control) {
        return Err(ViewError::Search);
    }
    let owner = actor.to_string();
    if store::count_others(tx, tenant, (&new.list, &owner), name).await? >= OWN_MAX {
        return Err(ViewError::TooMany);
    }
    let mut view = StoredView {
        id: context.ids.next(&*context.clock)?,
        list: new.list.clone(),
        owner: owner.clone(),
        name: name.to_owned(),
        search: new.search,
        is_shared: new.shared,
        changed_at: context.clock.now(),
    };
    view.id = store::save(tx, tenant, &view).await?;
    Ok(told(view, &owner))
}

/// Removes a view: one's own, or one that is shared where the caller may do everything. Gives it as it was.
///
/// # Errors
/// [`ViewError::NotFound`]; [`ViewError::NotYours`].
pub async fn remove(
    tx: &mut Tx,
    (tenant, actor): (TenantId, Actor),
    id: ViewId,
    may_all: bool,
) -> Result<View, ViewError> {
    let owner = actor.to_string();
    let found = store::find(tx, tenant, id).await?.filter(|view| view.is_shared || view.owner == owner);
    let found = found.ok_or(ViewError::NotFound(id))?;
    if found.owner != owner && !may_all {
        return Err(ViewError::NotYours(id));
    }
    store::delete(tx, tenant, id).await?;
    Ok(told(found, &owner))
}

fn check_list(list: &str) -> Result<(), ViewError> {
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    if (1..=LIST_LENGTH_MAX).contains(&list.len()) && list.bytes().all(is_sign) { Ok(()) } else { Err(ViewError::List) }
}

fn told(view: StoredView, owner: &str) -> View {
    let own = view.owner == owner;
    View {
        id: view.id,
        list: view.list,
        name: view.name,
        search: view.search,
        shared: view.is_shared,
        by: view.owner,
        own,
        changed_at: view.changed_at,
    }
}
