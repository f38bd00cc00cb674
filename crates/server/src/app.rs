//! The server as a whole: what its handlers share, and how its routes are put together.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tallymark_base::Timestamp;
use tallymark_base::id::{IdSource, RequestId};
use tallymark_scan::Scanner;
use tallymark_store::Context;
use tallymark_web::{ContentPolicy, Edge, Limits, PageHeaders, Problem, Quota, SharedParts, bearer, not_found};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::hosts::Hosts;
use crate::keys::Keys;
use crate::{api, health, page};

/// The longest request body.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How long a handler may take until its answer starts.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// What handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// Database, ids, time, randomness, master key.
    pub context: Context,
    /// Decides scans.
    pub scanner: Scanner,
    /// Looks API keys up.
    pub keys: Arc<Keys>,
    /// Rate limits of the consumer page.
    pub limits: Arc<Limits>,
    /// Whether people reach the server over https.
    pub is_https: bool,
    pub(crate) hosts: Hosts,
}

/// How the server meets the network.
#[derive(Debug, Clone, Copy, Default)]
pub struct Network {
    /// How many proxies of our own stand before the server.
    pub trusted_hops: usize,
    /// Whether people reach it over https.
    pub is_https: bool,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tallymark",
        description = "One code on every item, one ID for every person, one ledger for every cent and point.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&SharedParts),
    security(("api_key" = []))
)]
struct Description;

impl App {
    /// The app over a context and a running scanner.
    pub fn new(context: Context, scanner: Scanner, network: Network) -> Self {
        // A phone in a family of ten, a shop's shared address with a promotion running, one code shown on television.
        let limits = Limits::new(quota(30, 30), quota(600, 300), quota(120, 120));
        Self {
            context,
            scanner,
            keys: Arc::new(Keys::default()),
            limits: Arc::new(limits),
            is_https: network.is_https,
            hosts: Hosts::default(),
        }
    }

    /// The router of everything, with every layer.
    pub fn router(self, network: Network) -> Router {
        let (api, description) = api_router(&self).split_for_parts();
        let description = Arc::<str>::from(description.to_json().unwrap_or_default());
        let pages = PageHeaders { entropy: self.context.entropy.clone(), policy: ContentPolicy::self_contained() };
        let edge = Edge {
            make_request_id: request_ids(&self.context),
            clock: self.context.clock.clone(),
            metrics: self.context.store.metrics().clone(),
            trusted_hops: network.trusted_hops,
            is_https: network.is_https,
            body_bytes_max: BODY_BYTES_MAX,
            answer_time_max: ANSWER_TIME_MAX,
        };
        let router = Router::new()
            .merge(api)
            .merge(pages.around(page::routes()).with_state(self.clone()))
            .merge(health::routes(description).with_state(self))
            .fallback(not_found);
        edge.around(router)
    }
}

/// The description of the API, as `/openapi.json` gives it.
pub fn description() -> utoipa::openapi::OpenApi {
    described(None).split_for_parts().1
}

fn described(app: Option<&App>) -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/v1", api::routes(app))
}

fn api_router(app: &App) -> OpenApiRouter {
    described(Some(app)).layer(from_fn_with_state(app.clone(), authenticate)).with_state(app.clone())
}

/// A limit; zeros count as one.
fn quota(per_minute: u32, burst: u32) -> Quota {
    let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota { per_minute: number(per_minute), burst: number(burst) }
}

/// Finds out who calls, before any route of the API runs.
async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let caller = match bearer(request.headers()) {
        Ok(key) => app.keys.caller(&app.context, key).await.map_err(Problem::from),
        Err(error) => Err(error.into()),
    };
    match caller {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Request ids keep coming when the node lease ran out: they name lines of the log, not rows.
fn request_ids(context: &Context) -> tallymark_web::MakeRequestId {
    let source = IdSource::new(context.ids.node(), Timestamp(0), Duration::MAX);
    let clock = context.clock.clone();
    Arc::new(move || source.next::<RequestId>(&*clock).expect("the deadline is never reached"))
}
