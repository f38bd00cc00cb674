//! Signing in by a link that an operator hands over: for people at a dock or in a shop, who have no mail and often no
//! password.
//!
//! The link stands for the password, not for the second factor: who has one is asked for it. The session may do what
//! handling goods takes and nothing else, whatever the user's role allows besides, and never more than the role.

use tallymark_base::Timestamp;
use tallymark_base::id::{TenantId, UserId};
use tallymark_partners::Tenant;
use tallymark_store::{Context, Tx};
use tallymark_web::Scope;

use crate::rules::permissions;
use crate::service::session::{self, SignedIn, Visitor};
use crate::service::user as users;
use crate::store::session::{Reach, Stage};
use crate::store::sign_in_link::{self as store, StoredLink};
use crate::token::Token;
use crate::types::{NewSignInLink, SignInLink, User, UserStatus};
use crate::{Access, Error};

/// The longest time a link waits for its use, in minutes: a day.
pub const VALID_MINUTES_MAX: u32 = 24 * 60;
/// The longest session that a link opens, in hours: thirty days.
pub const SESSION_HOURS_MAX: u32 = 30 * 24;
/// What a session by link is for.
const FOR: Scope = Scope::Logistics;

/// Makes the link by which a user signs in once, to handle goods. Links to sign in that were made before are void.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::UserDisabled`], [`Error::RoleWithoutGoods`], [`Error::LinkTerms`].
pub async fn make(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    id: UserId,
    wanted: NewSignInLink,
) -> Result<SignInLink, Error> {
    let NewSignInLink { valid_minutes, session_hours } = wanted;
    if !(1..=VALID_MINUTES_MAX).contains(&valid_minutes) || !(1..=SESSION_HOURS_MAX).contains(&session_hours) {
        return Err(Error::LinkTerms { valid_minutes, session_hours });
    }
    check_may(&users::find(tx, tenant, id).await?)?;
    let token = Token::generate(&*context.entropy);
    let expires_at = Timestamp(context.clock.now().0 + i64::from(valid_minutes) * 60 * Timestamp::SECOND);
    let link = StoredLink { user: id, session_s: i64::from(session_hours) * 3_600, expires_at };
    store::replace(tx, tenant, token.hash(), &link).await?;
    Ok(SignInLink { user: id, token: token.text(), expires_at, session_hours })
}

/// Signs in by a link, which is used up.
///
/// # Errors
/// [`Error::LinkRefused`]: it was never made, was used, ran out, or its user may not handle goods any more; not told apart.
pub(crate) async fn sign_in(access: &Access, brand: &Tenant, from: &Visitor, token: &str) -> Result<SignedIn, Error> {
    let context = &access.context;
    let token = Token::parse(token).ok_or(Error::LinkRefused)?;
    let mut tx = context.store.write().await?;
    let link = store::take(&mut tx, brand.id, token.hash(), context.clock.now()).await?.ok_or(Error::LinkRefused)?;
    let user = users::find(&mut tx, brand.id, link.user).await?;
    check_may(&user).map_err(|_| Error::LinkRefused)?;
    let stage = if user.has_second_factor { Stage::Half } else { Stage::Open };
    let reach = Reach { scopes: [FOR].into_iter().collect(), lasts_s: link.session_s };
    let token = session::open_within(&mut tx, access, (brand.id, user.id), stage, &from.agent, Some(reach)).await?;
    tx.commit().await?;
    Ok(SignedIn { token, user, is_half: stage == Stage::Half, lasts_s: reach.lasts_s })
}

fn check_may(user: &User) -> Result<(), Error> {
    if user.status == UserStatus::Disabled {
        return Err(Error::UserDisabled { user: user.id });
    }
    if permissions(user.role).allow(FOR) { Ok(()) } else { Err(Error::RoleWithoutGoods { role: user.role }) }
}
