//! Inviting users, and changing what they may do.

use tallymark_base::id::{TenantId, UserId};
use tallymark_base::{Act, Timestamp, TypedId as _};
use tallymark_partners::organisation;
use tallymark_store::audit::Entry;
use tallymark_store::{Context, Tx, revision};

use crate::Error;
use crate::rules::role::Limit;
use crate::rules::{Role, text};
use crate::store::{link, session, sign_in_link, user as store};
use crate::token::Token;
use crate::types::{LinkPurpose, NewUser, PasswordLink, Place, User, UserStatus};

/// A user before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Before.
    pub before: User,
    /// After.
    pub after: User,
}

impl Changed {
    /// The entry of the audit log that tells of it.
    pub fn entry(&self, act: Act, action: &'static str) -> Entry {
        Entry::new(act, action, self.after.id).before(&self.before.standing()).after(&self.after.standing())
    }
}

/// Makes a user who has no password yet; [`make_link`] lets them set one.
pub async fn invite(tx: &mut Tx, context: &Context, tenant: TenantId, new: &NewUser) -> Result<User, Error> {
    let email = text::email(&new.email)?;
    text::name(&new.name)?;
    let place = Place { role: new.role, organisation: new.organisation };
    check_place(tx, tenant, place).await?;
    let user = User {
        id: context.ids.next(&*context.clock)?,
        email,
        name: new.name.clone(),
        role: place.role,
        organisation: place.organisation,
        status: UserStatus::Invited,
        has_second_factor: false,
        reset_asked_at: None,
        created_at: context.clock.now(),
    };
    if store::insert(tx, tenant, &user).await? { Ok(user) } else { Err(Error::EmailTaken) }
}

/// A page of users, oldest first.
pub async fn page(tx: &mut Tx, tenant: TenantId, after: Option<UserId>, limit: i64) -> Result<Vec<User>, Error> {
    Ok(store::page(tx, tenant, after.map_or(0, |id| id.raw()), limit).await?)
}

/// One user.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: UserId) -> Result<User, Error> {
    Ok(stored(tx, tenant, id).await?.user)
}

/// The user with an email address.
pub async fn by_email(tx: &mut Tx, tenant: TenantId, email: &str) -> Result<Option<User>, Error> {
    Ok(store::by_email(tx, tenant, &text::email(email)?).await?.map(|found| found.user))
}

/// Changes what a user may do, and where.
pub async fn set_place(tx: &mut Tx, tenant: TenantId, id: UserId, place: Place) -> Result<Changed, Error> {
    check_place(tx, tenant, place).await?;
    let before = find(tx, tenant, id).await?;
    store::set_place(tx, tenant, id, place).await?;
    keep_an_owner(tx, tenant, &before).await?;
    let after = User { role: place.role, organisation: place.organisation, ..before.clone() };
    Ok(Changed { before, after })
}

/// Lets a user in again, or not any more: then sessions and links end.
pub async fn set_enabled(tx: &mut Tx, tenant: TenantId, id: UserId, is_enabled: bool) -> Result<Changed, Error> {
    let found = stored(tx, tenant, id).await?;
    let status = match (is_enabled, &found.password) {
        (false, _) => UserStatus::Disabled,
        (true, Some(_)) => UserStatus::Active,
        (true, None) => UserStatus::Invited,
    };
    store::set_status(tx, tenant, id, status).await?;
    if !is_enabled {
        session::delete_of_user(tx, tenant, id).await?;
        link::delete_of_user(tx, tenant, id).await?;
        sign_in_link::delete_of_user(tx, tenant, id).await?;
    }
    let before = found.user;
    keep_an_owner(tx, tenant, &before).await?;
    Ok(Changed { after: User { status, ..before.clone() }, before })
}

/// Makes the link by which a user sets a password: the first, or a new one. Links made before are void.
pub async fn make_link(tx: &mut Tx, context: &Context, tenant: TenantId, id: UserId) -> Result<PasswordLink, Error> {
    let user = find(tx, tenant, id).await?;
    let purpose = match user.status {
        UserStatus::Invited => LinkPurpose::Invitation,
        UserStatus::Active => LinkPurpose::Reset,
        UserStatus::Disabled => return Err(Error::UserDisabled { user: id }),
    };
    let token = Token::generate(&*context.entropy);
    let expires_at = Timestamp(context.clock.now().0 + purpose.valid_s() * Timestamp::SECOND);
    link::replace(tx, tenant, id, token.hash(), purpose, expires_at).await?;
    Ok(PasswordLink { purpose, user: id, token: token.text(), expires_at })
}

pub(crate) async fn stored(tx: &mut Tx, tenant: TenantId, id: UserId) -> Result<store::StoredUser, Error> {
    store::find(tx, tenant, id).await?.ok_or(Error::UserNotFound { user: id })
}

async fn check_place(tx: &mut Tx, tenant: TenantId, place: Place) -> Result<(), Error> {
    match (place.role.limit(), place.organisation) {
        (Limit::Never, Some(_)) | (Limit::Always, None) => Err(Error::RolePlace { role: place.role }),
        (_, Some(organisation)) => match organisation::is_seen(tx, tenant, None, organisation).await? {
            true => Ok(()),
            false => Err(Error::OrganisationNotFound { organisation }),
        },
        (_, None) => Ok(()),
    }
}

/// Refuses a change (made in this transaction) of somebody who could manage users before, when nobody can after it.
async fn keep_an_owner(tx: &mut Tx, tenant: TenantId, before: &User) -> Result<(), Error> {
    if before.role != Role::Owner || before.status != UserStatus::Active {
        return Ok(());
    }
    // The revision is one row: of two owners who take each other's role away, the second waits here and then sees it.
    revision::raise(tx, tenant.raw()).await?;
    if store::active_with_role(tx, tenant, Role::Owner).await? == 0 { Err(Error::LastOwner) } else { Ok(()) }
}
