//! Where printed links lead: always to one of the brand's own hosts, since what is printed cannot be called back.

use axum::http::StatusCode;
use tallymark_base::id::TenantId;
use tallymark_codes::Host;
use tallymark_store::{Context, Tx};
use tallymark_web::Problem;

/// The host of `origin` (none: the brand's first), which must be one of the brand's.
pub(super) async fn link_host(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    origin: Option<&str>,
) -> Result<Host, Problem> {
    let brand = tallymark_partners::tenant::find(tx, &context.master, tenant).await?;
    let hosts = brand.map(|brand| brand.hosts).unwrap_or_default();
    let refused = |code, text: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, text);
    let Some(origin) = origin else {
        // An IPv6 address is a host of the brand, but no link is printed for one.
        return hosts.iter().find_map(|host| Host::parse(host).ok()).ok_or_else(|| {
            refused("goods.no_host", "links need a host of the brand, and it has none; take form=code".to_owned())
        });
    };
    let host = Host::parse(origin).map_err(|error| refused("goods.origin_malformed", error.to_string()))?;
    if hosts.iter().any(|own| own == host.name()) {
        return Ok(host);
    }
    let text = format!("{} is not a host of the brand, so links to it would lead elsewhere", host.name());
    Err(refused("goods.origin_foreign", text))
}
