//! What each brand needs: somebody who can sign in, and providers whose settings can be used.

use tallymark_access::{Role, UserStatus};
use tallymark_partners::Tenant;
use tallymark_providers::{KEY_PURPOSE, PlacesByAddress};
use tallymark_store::Tx;

use tallymark_server::condition::Finding;

use super::failed;
use crate::command::user::everybody;
use crate::print::Failure;

/// Brands that are named in one finding; of more only the number is told.
const NAMED_MAX: usize = 5;

/// Whether every brand has an owner who can sign in, and who waits for a link.
pub(super) async fn users(tx: &mut Tx, tenants: &[Tenant]) -> Result<Finding, Failure> {
    let (mut ownerless, mut waiting, mut count) = (Vec::new(), 0, 0);
    for tenant in tenants {
        let users = everybody(tx, tenant.id).await?;
        count += users.len();
        waiting += users.iter().filter(|user| user.reset_asked_at.is_some()).count();
        if !users.iter().any(|user| user.role == Role::Owner && user.status == UserStatus::Active) {
            ownerless.push(tenant.hosts.first().cloned().unwrap_or_else(|| tenant.id.to_string()));
        }
    }
    let mut text = match waiting {
        0 => format!("{count} users"),
        waiting => format!("{count} users, {waiting} of them asked for a new password: tallymark user list"),
    };
    if ownerless.is_empty() {
        return Ok(if waiting == 0 { Finding::ok("users", text) } else { Finding::note("users", text) });
    }
    let names = ownerless.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = if ownerless.len() > NAMED_MAX { " and others" } else { "" };
    text += &format!("; no owner can sign in at {names}{more}: tallymark user invite --role owner");
    Ok(Finding::note("users", text))
}

/// Whether what is stored of the companies outside can be opened. Calls none of them: `tallymark provider test` does.
pub(super) async fn providers(tx: &mut Tx, tenants: &[Tenant]) -> Result<Finding, Failure> {
    let (mut set, mut broken) = (0, Vec::new());
    for tenant in tenants {
        let key = tenant.secret_for(KEY_PURPOSE);
        for listed in tallymark_providers::list(tx, tenant.id).await? {
            let kind = listed.setting.kind();
            set += 1;
            if let Err(error) = tallymark_providers::find(tx, tenant.id, &key, kind).await {
                broken.push(format!("{} of {}: {error}", kind.name(), tenant.id));
            }
        }
    }
    Ok(match (set, broken.is_empty()) {
        (0, _) => Finding::ok("providers", "none is set"),
        (set, true) => Finding::ok("providers", format!("{set} are set, and their secrets open")),
        (_, false) => Finding::wrong("providers", format!("set these again: {}", broken.join("; "))),
    })
}

/// Whether the file of places can be used.
pub(super) fn places(file: &std::path::Path) -> Finding {
    match PlacesByAddress::open(file.to_owned()) {
        Ok(_) => Finding::ok("places", format!("{} knows places by network address", file.display())),
        Err(error) => failed("places", error),
    }
}
