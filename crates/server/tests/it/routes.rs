//! Every route of the API, from its description.

use tallymark_web::{Need, Permissions};

/// A route with made-up ids in its path.
#[derive(Debug)]
pub(crate) struct Route {
    /// As the description has it: `POST /v1/campaigns/{id}/status`.
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Who may call.
    pub(crate) need: Need,
}

/// All of them.
pub(crate) fn routes() -> Vec<Route> {
    let permissions = Permissions::of(&tallymark_server::description()).unwrap();
    let route = |(method, template, permission): (&axum::http::Method, &str, &tallymark_web::Permission)| {
        let id = match template.split('/').nth(2).unwrap_or_default() {
            "products" => "prd_00TAXGT0000G0",
            "links" => "lnk_00TAXGT0000G0",
            "recalls" => "rcl_00TAXGT0000G0",
            "webhooks" => "whk_00TAXGT0000G0",
            "views" => "viw_00TAXGT0000G0",
            "batches" => "bat_00TAXGT0000G0",
            "campaigns" => "cam_00TAXGT0000G0",
            "rebates" => "reb_00TAXGT0000G0",
            "scans" => "scn_00TAXGT0000G0",
            "organisations" => "org_00TAXGT0000G0",
            "shipments" => "shp_00TAXGT0000G0",
            "pack-profiles" => "pkp_00TAXGT0000G0",
            "packages" => "pkg_00TAXGT0000G0",
            "operations" => "opr_00TAXGT0000G0",
            "api-keys" => "key_00TAXGT0000G0",
            "users" => "usr_00TAXGT0000G0",
            "accounts" => "acc_00TAXGT0000G0",
            "people" => "per_00TAXGT0000G0",
            "identity" if template.contains("/proposals/") => "prp_00TAXGT0000G0",
            "identity" => "chg_00TAXGT0000G0",
            "tasks" => "job_00TAXGT0000G0",
            "exports" => "exp_00TAXGT0000G0",
            "imports" => "imp_00TAXGT0000G0",
            "orders" => "ord_00TAXGT0000G0",
            "points-rules" => "ptr_00TAXGT0000G0",
            "intake" => "evt_00TAXGT0000G0",
            "me" => "ses_00TAXGT0000G0",
            _ => "0123456789ABCDEF",
        };
        let path = template.split('/').map(|part| if part.starts_with('{') { id } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let need = permission.need.clone();
        Route { name: format!("{method} {template}"), method: method.to_string(), path, need }
    };
    let mut routes: Vec<Route> = permissions.iter().map(route).collect();
    routes.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(routes.len() > 20, "{routes:?}");
    routes
}
