//! Changing a password, and setting one by a link.

use std::sync::Arc;

use tallymark_base::id::UserId;
use tallymark_base::{Act, Actor, Timestamp};
use tallymark_partners::Tenant;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};
use tallymark_web::request_id;

use crate::mail::Letter;
use crate::rules::attempt::{ACCOUNT, ADDRESS, RESET};
use crate::rules::text;
use crate::service::attempt::{self, Subject};
use crate::service::session::{self, SignedIn, Visitor, act_of};
use crate::service::user as users;
use crate::store::session::Stage;
use crate::store::{link, session as sessions, sign_in_link, user as store};
use crate::token::Token;
use crate::types::{User, UserStatus};
use crate::{Access, Error};

/// Checks the password of somebody who is signed in, before something that only they may do.
pub(crate) async fn confirm(access: &Access, brand: &Tenant, id: UserId, given: &str) -> Result<(), Error> {
    let context = &access.context;
    let subject = Subject::new(brand, "confirm", &id.to_string());
    attempt::count(context, brand, &[(subject, ACCOUNT)]).await?;
    let found = {
        let mut tx = context.store.read().await?;
        users::stored(&mut tx, brand.id, id).await?
    };
    if !access.passwords.is_right(found.password.as_deref(), given).await? {
        return Err(Error::PasswordWrong);
    }
    let mut tx = context.store.write().await?;
    attempt::forgive(&mut tx, brand, subject).await?;
    Ok(tx.commit().await?)
}

/// Changes the password of somebody who is signed in. Every session ends, and a new one is opened for this browser.
pub(crate) async fn change(
    access: &Access,
    brand: &Tenant,
    (id, act): (UserId, Act),
    from: &Visitor,
    (current, new): (&str, &str),
) -> Result<SignedIn, Error> {
    let context = &access.context;
    confirm(access, brand, id, current).await?;
    let user = {
        let mut tx = context.store.read().await?;
        users::find(&mut tx, brand.id, id).await?
    };
    text::password(new, &user.email)?;
    let hash = access.passwords.hash(&*context.entropy, new).await?;
    let mut tx = context.store.write().await?;
    store::set_password(&mut tx, brand.id, id, &hash).await?;
    sessions::delete_of_user(&mut tx, brand.id, id).await?;
    link::delete_of_user(&mut tx, brand.id, id).await?;
    sign_in_link::delete_of_user(&mut tx, brand.id, id).await?;
    audit::record(&mut tx, context, Entry::new(act, "user.password_set", id)).await?;
    let token = session::open(&mut tx, access, brand.id, id, Stage::Open, &from.agent).await?;
    tx.commit().await?;
    Ok(SignedIn { token, user, is_half: false, lasts_s: session::OPEN_S_MAX })
}

/// Sets a password by a link, which is used up. Every session of the user ends.
pub(crate) async fn set_by_link(access: &Access, brand: &Tenant, token: &str, new: &str) -> Result<User, Error> {
    let context = &access.context;
    let token = Token::parse(token).ok_or(Error::LinkRefused)?;
    let user = {
        let mut tx = context.store.read().await?;
        let id = link::find(&mut tx, brand.id, token.hash(), context.clock.now()).await?.ok_or(Error::LinkRefused)?;
        users::find(&mut tx, brand.id, id).await?
    };
    text::password(new, &user.email)?;
    let hash = access.passwords.hash(&*context.entropy, new).await?;
    let mut tx = context.store.write().await?;
    // Disabling a user deletes the link, so one that is still there leads to somebody who may sign in.
    if !link::take(&mut tx, brand.id, token.hash()).await? {
        return Err(Error::LinkRefused);
    }
    store::set_password(&mut tx, brand.id, user.id, &hash).await?;
    store::set_status(&mut tx, brand.id, user.id, UserStatus::Active).await?;
    sessions::delete_of_user(&mut tx, brand.id, user.id).await?;
    sign_in_link::delete_of_user(&mut tx, brand.id, user.id).await?;
    attempt::forgive(&mut tx, brand, Subject::new(brand, "account", &user.email)).await?;
    audit::record(&mut tx, context, Entry::new(act_of(brand.id, user.id), "user.password_set", user.id)).await?;
    tx.commit().await?;
    access.directory.forget();
    Ok(User { status: UserStatus::Active, reset_asked_at: None, ..user })
}

/// Takes the word of somebody who forgot their password. Whether there is such a user shows neither in the answer nor
/// in its time: what follows is done after it.
pub(crate) async fn ask_reset(access: &Access, brand: &Tenant, from: &Visitor, email: &str) -> Result<(), Error> {
    let email = text::email(email)?;
    let account = Subject::new(brand, "reset", &email);
    let address = Subject::new(brand, "reset address", &from.address.network().to_string());
    attempt::count(&access.context, brand, &[(address, ADDRESS), (account, RESET)]).await?;
    let (access, brand) = (access.clone(), brand.clone());
    let asked = Act { tenant: brand.id, actor: Actor::Nobody, request: request_id() };
    tokio::spawn(async move {
        if let Err(error) = note_reset(&access, &brand, asked, &email).await {
            tracing::warn!(%error, "a request to reset a password could not be noted");
        }
    });
    Ok(())
}

async fn note_reset(access: &Access, brand: &Tenant, asked: Act, email: &str) -> Result<(), Error> {
    let context: &Context = &access.context;
    let mut tx = context.store.write().await?;
    let Some(found) = store::by_email(&mut tx, brand.id, email).await? else { return Ok(()) };
    if found.user.status != UserStatus::Active {
        return Ok(());
    }
    let now: Timestamp = context.clock.now();
    store::ask_reset(&mut tx, brand.id, found.user.id, now).await?;
    audit::record(&mut tx, context, Entry::new(asked, "user.reset_asked", found.user.id)).await?;
    let letter = match &access.mailer {
        Some(mailer) => {
            let link = users::make_link(&mut tx, context, brand.id, found.user.id).await?;
            Some((Arc::clone(mailer), Letter::new(brand, &found.user, &link, access.is_https)))
        }
        None => None,
    };
    tx.commit().await?;
    if let Some((mailer, letter)) = letter {
        mailer.deliver(letter).await;
    }
    Ok(())
}
