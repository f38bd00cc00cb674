//! The server as a whole: what its handlers share, and how its routes are put together.

use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tallymark_access::Access;
use tallymark_access::gate::{Gate, guard};
use tallymark_base::Timestamp;
use tallymark_base::id::{IdSource, RequestId};
use tallymark_intake::Intake;
use tallymark_intake::api::in_words_of_sdks;
use tallymark_lake::Lake;
use tallymark_scan::Scanner;
use tallymark_store::Context;
use tallymark_web::{
    ContentPolicy, Edge, Limits, PageHeaders, Permissions, Quota, Quotas, SharedParts, accept_sessions, not_found,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::hosts::Hosts;
use crate::outside::Outside;
use crate::{api, health, page};

/// The longest request body.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How long a handler may take until its answer starts.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// What handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// What it holds.
#[derive(Debug)]
pub struct Parts {
    /// Database, ids, time, randomness, master key.
    pub context: Context,
    /// Decides scans.
    pub scanner: Scanner,
    /// Takes what event SDKs deliver.
    pub intake: Intake,
    /// Users, sessions and API keys.
    pub access: Access,
    /// Rate limits of the consumer page, of API keys and of users.
    pub limits: Arc<Limits>,
    /// Whether people reach the server over https.
    pub is_https: bool,
    /// The companies outside.
    pub outside: Outside,
    /// The lake, where the server has one.
    pub lake: Option<Lake>,
    pub(crate) hosts: Hosts,
}

/// How the server meets the network.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// How many proxies of our own stand before the server.
    pub trusted_hops: usize,
    /// Whether people reach it over https.
    pub is_https: bool,
    /// How often one API key may call one server.
    pub per_key: Quota,
}

/// Calls of one API key, a minute and at once, where the operator says nothing: more than one server decides, so that it
/// stops a program that runs wild and nobody else.
pub const PER_KEY: (u32, u32) = (3_000_000, 50_000);

/// Calls of one user, a minute and at once. A page of a console asks for some dozens when it opens; a script that goes on
/// by somebody's cookie should have a key.
pub const PER_USER: (u32, u32) = (1_200, 600);

impl Default for Network {
    /// No proxy, no https.
    fn default() -> Self {
        Self { trusted_hops: 0, is_https: false, per_key: quota(PER_KEY.0, PER_KEY.1) }
    }
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

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// The app over a context, a running scanner and a running intake. With a `lake` it answers questions from it.
    pub fn new(
        context: Context,
        scanner: Scanner,
        intake: Intake,
        network: Network,
        outside: Outside,
        lake: Option<Lake>,
    ) -> Self {
        // A phone in a family of ten, a shop's shared address with a promotion running, one code shown on television.
        let (device, address, code) = (quota(30, 30), quota(600, 300), quota(120, 120));
        let (key, user) = (network.per_key, quota(PER_USER.0, PER_USER.1));
        let limits = Arc::new(Limits::new(Quotas { device, address, code, key, user }));
        let access = Access::new(context.clone(), network.is_https);
        let hosts = Hosts::default();
        let is_https = network.is_https;
        Self(Arc::new(Parts { context, scanner, intake, access, limits, is_https, outside, lake, hosts }))
    }

    /// The router of everything, with every layer.
    pub fn router(self, network: Network) -> Router {
        let (api, description) = described(Some(&self)).split_for_parts();
        let description = completed(description);
        // A route that does not say who may call it is a defect that no server may start with.
        let permissions = Permissions::of(&description).expect("every route declares its permission");
        let permissions = Arc::new(permissions);
        let gate = Gate { access: self.access.clone(), permissions, limits: self.limits.clone() };
        let api = api
            .layer(from_fn_with_state(Arc::new(gate), guard))
            .layer(from_fn(in_words_of_sdks))
            .with_state(self.clone());
        let description = Arc::<str>::from(sorted(&description).to_string());
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

/// The description of the API as JSON, with its keys in order: the extensions of a route are kept in a hash map, so that
/// each writing would have an order of its own.
pub fn description_json() -> serde_json::Value {
    sorted(&description())
}

fn sorted(description: &utoipa::openapi::OpenApi) -> serde_json::Value {
    serde_json::to_value(description).expect("a description is made of plain structs: it always serializes")
}

/// The description of the API, as `/openapi.json` gives it.
pub fn description() -> utoipa::openapi::OpenApi {
    completed(described(None).split_for_parts().1)
}

fn completed(mut description: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    accept_sessions(&mut description);
    description
}

fn described(app: Option<&App>) -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/v1", api::routes(app))
}

/// A limit; zeros count as one.
fn quota(per_minute: u32, burst: u32) -> Quota {
    let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota { per_minute: number(per_minute), burst: number(burst) }
}

/// Request ids keep coming when the node lease ran out: they name lines of the log, not rows.
fn request_ids(context: &Context) -> tallymark_web::MakeRequestId {
    let source = IdSource::new(context.ids.node(), Timestamp(0), Duration::MAX);
    let clock = context.clock.clone();
    Arc::new(move || source.next::<RequestId>(&*clock).expect("the deadline is never reached"))
}
