//! The routes under `/v1`: those of the domains, and those that need the whole server.

mod balances;
pub(crate) mod campaign_stream;
mod catalog;
mod codes;
mod consents;
mod everybody;
mod exports;
mod health;
mod identity;
mod look_ups;
mod operations;
mod people;
mod people_keys;
pub(crate) mod people_list;
mod portrait;
mod privacy;
mod proposals;
mod providers;
mod recalls;
mod returns;
pub(crate) mod scan_list;
pub(crate) mod scans;
mod tasks;
mod timeline;
mod webhooks;

use tallymark_insight::api::Insight;
use tallymark_store::Context;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every route under `/v1`.
pub(crate) fn routes(app: Option<&App>) -> OpenApiRouter<App> {
    let own = OpenApiRouter::new()
        .merge(scans::routes())
        .merge(codes::routes())
        .merge(operations::routes())
        .merge(recalls::routes())
        .merge(webhooks::routes())
        .merge(look_ups::routes())
        .merge(returns::routes())
        .merge(scan_list::routes())
        .merge(people::routes())
        .merge(people_list::routes())
        .merge(portrait::routes())
        .merge(timeline::routes())
        .merge(consents::routes())
        .merge(privacy::routes())
        .merge(people_keys::routes())
        .merge(identity::routes())
        .merge(everybody::routes())
        .merge(proposals::routes())
        .merge(exports::routes())
        .merge(tasks::routes())
        .merge(campaign_stream::routes())
        .merge(balances::routes())
        .merge(providers::routes())
        .merge(health::routes())
        .merge(catalog::routes());
    let domains = OpenApiRouter::<Context>::new()
        .merge(tallymark_partners::api::routes())
        .merge(tallymark_goods::api::routes())
        .merge(tallymark_orders::api::routes())
        .merge(tallymark_imports::api::routes())
        .merge(tallymark_campaigns::api::routes())
        .merge(tallymark_settlement::api::routes());
    let intake = tallymark_intake::api::routes();
    let access = tallymark_access::api::routes();
    let lake = tallymark_lake::api::routes();
    let insight = tallymark_insight::api::routes();
    match app {
        Some(app) => own
            .merge(domains.with_state(app.context.clone()))
            .merge(intake.with_state(app.intake.clone()))
            .merge(access.with_state(app.access.clone()))
            .merge(lake.with_state(app.lake.clone()))
            .merge(insight.with_state(Insight { context: app.context.clone(), lake: app.lake.clone() })),
        None => {
            // For the description alone: the routes are never called.
            let mut own = own;
            own.get_openapi_mut().merge(domains.split_for_parts().1);
            own.get_openapi_mut().merge(intake.split_for_parts().1);
            own.get_openapi_mut().merge(access.split_for_parts().1);
            own.get_openapi_mut().merge(lake.split_for_parts().1);
            own.get_openapi_mut().merge(insight.split_for_parts().1);
            own
        }
    }
}

/// Every route under `/epcis/v2`.
pub(crate) fn epcis_routes(app: Option<&App>) -> OpenApiRouter<App> {
    let routes = tallymark_traces::api::routes();
    match app {
        Some(app) => routes.with_state(app.traces.clone()),
        None => {
            // For the description alone: the routes are never called.
            let mut own = OpenApiRouter::new();
            own.get_openapi_mut().merge(routes.split_for_parts().1);
            own
        }
    }
}
