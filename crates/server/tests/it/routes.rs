//! Every route of the API, from its description.

/// A route with made-up ids in its path.
#[derive(Debug)]
pub(crate) struct Route {
    /// As the description has it: `POST /v1/campaigns/{id}/status`.
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
}

/// All of them.
pub(crate) fn routes() -> Vec<Route> {
    let description = serde_json::to_value(tallymark_server::description()).unwrap();
    let mut routes = Vec::new();
    for (template, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            let id = match template.split('/').nth(2).unwrap_or_default() {
                "products" => "prd_00TAXGT0000G0",
                "batches" => "bat_00TAXGT0000G0",
                "campaigns" => "cam_00TAXGT0000G0",
                "rebates" => "reb_00TAXGT0000G0",
                "scans" => "scn_00TAXGT0000G0",
                "organisations" => "org_00TAXGT0000G0",
                "shipments" => "shp_00TAXGT0000G0",
                "api-keys" => "key_00TAXGT0000G0",
                _ => "0123456789ABCDEF",
            };
            let path = template.split('/').map(|part| if part.starts_with('{') { id } else { part });
            let method = method.to_ascii_uppercase();
            let path = path.collect::<Vec<_>>().join("/");
            routes.push(Route { name: format!("{method} {template}"), method, path });
        }
    }
    assert!(routes.len() > 20, "{routes:?}");
    routes
}
