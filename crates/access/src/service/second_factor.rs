//! Setting up, checking and turning off the second factor.

use data_encoding::BASE32_NOPAD;
use tallymark_base::id::UserId;
use tallymark_base::random::hmac_sha256;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_partners::Tenant;
use tallymark_store::{Context, Tx};
use zeroize::Zeroizing;

use crate::Error;
use crate::rules::totp;
use crate::service::user as users;
use crate::store::user::{self as store, StoredUser};
use crate::types::User;

const RECOVERY_CODES: usize = 10;
/// 50 random bits: they are tried online only, a few times a day.
const RECOVERY_CHARS: usize = 10;

/// What proves the second factor.
#[derive(Debug, Clone)]
pub enum Proof {
    /// What the authenticator app shows.
    Code(String),
    /// One of the codes that stand in for a lost app, once each.
    Recovery(String),
}

/// A second factor to be set up, shown once.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The secret in base 32, to type in.
    pub secret: String,
    /// The same for a QR symbol.
    pub uri: String,
}

/// Makes a secret. It takes effect with [`confirm`].
pub async fn offer(tx: &mut Tx, context: &Context, brand: &Tenant, id: UserId) -> Result<Offered, Error> {
    let user = users::find(tx, brand.id, id).await?;
    if user.has_second_factor {
        return Err(Error::SecondFactorOn);
    }
    let secret = Zeroizing::new(context.entropy.bytes::<{ totp::SECRET_BYTES }>());
    let sealed = brand.secret_for("access.totp.v1").seal(&seal_context(id), &*secret, &*context.entropy);
    store::set_totp(tx, brand.id, id, Some(sealed), false).await?;
    Ok(Offered { secret: BASE32_NOPAD.encode(&*secret), uri: totp::uri(&*secret, &brand.name, &user.email) })
}

/// Turns the second factor on by a first code; gives the recovery codes, shown once.
pub async fn confirm(
    tx: &mut Tx,
    context: &Context,
    brand: &Tenant,
    id: UserId,
    code: &str,
) -> Result<Vec<String>, Error> {
    let found = users::stored(tx, brand.id, id).await?;
    if found.user.has_second_factor {
        return Err(Error::SecondFactorOn);
    }
    take_code(tx, brand, &found, code, context.clock.now()).await?;
    store::set_totp(tx, brand.id, id, found.totp_secret, true).await?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code(context)).collect();
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| recovery_hash(brand, id, code)).collect();
    store::set_recovery(tx, brand.id, id, &hashes).await?;
    Ok(codes)
}

/// Turns the second factor off, with all that stands in for it.
pub async fn turn_off(tx: &mut Tx, brand: &Tenant, id: UserId) -> Result<User, Error> {
    let user = users::find(tx, brand.id, id).await?;
    if !user.has_second_factor {
        return Err(Error::SecondFactorOff);
    }
    store::set_totp(tx, brand.id, id, None, false).await?;
    store::set_recovery(tx, brand.id, id, &[]).await?;
    Ok(user)
}

/// Takes a proof, once.
pub(crate) async fn take(
    tx: &mut Tx,
    context: &Context,
    brand: &Tenant,
    found: &StoredUser,
    proof: &Proof,
) -> Result<(), Error> {
    match proof {
        Proof::Code(code) => take_code(tx, brand, found, code, context.clock.now()).await,
        Proof::Recovery(code) => {
            let hash = recovery_hash(brand, found.user.id, code);
            let is_used = store::use_recovery(tx, brand.id, found.user.id, hash).await?;
            if is_used { Ok(()) } else { Err(Error::CodeRefused) }
        }
    }
}

async fn take_code(tx: &mut Tx, brand: &Tenant, found: &StoredUser, code: &str, at: Timestamp) -> Result<(), Error> {
    let id = found.user.id;
    let sealed = found.totp_secret.as_deref().ok_or(Error::SecondFactorOff)?;
    let secret = Zeroizing::new(brand.secret_for("access.totp.v1").open(&seal_context(id), sealed)?);
    let step = totp::step_of(&secret, code, at, found.totp_step).ok_or(Error::CodeRefused)?;
    // Two at once with the same code: one of them finds that it was taken.
    if store::take_step(tx, brand.id, id, step).await? { Ok(()) } else { Err(Error::CodeRefused) }
}

fn recovery_code(context: &Context) -> String {
    let bytes: [u8; 7] = context.entropy.bytes();
    BASE32_NOPAD.encode(&bytes)[..RECOVERY_CHARS].to_owned()
}

/// Short codes are kept under a key that is not in the database.
fn recovery_hash(brand: &Tenant, id: UserId, code: &str) -> [u8; 32] {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let key = brand.secret_for("access.recovery.v1");
    hmac_sha256(key.bytes(), &[&id.raw().to_be_bytes(), code.to_ascii_uppercase().as_bytes()])
}

fn seal_context(id: UserId) -> Vec<u8> {
    [b"tenant_user.totp_secret".as_slice(), &id.raw().to_be_bytes()].concat()
}
