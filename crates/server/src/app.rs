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
use tallymark_base::id::{CampaignId, IdSource, RequestId, TenantId};
use tallymark_intake::Intake;
use tallymark_intake::api::in_words_of_sdks;
use tallymark_lake::Lake;
use tallymark_scan::Scanner;
use tallymark_store::Context;
use tallymark_traces::Traces;
use tallymark_traces::api::in_words_of_epcis;
use tallymark_web::{
    ContentPolicy, Edge, Limits, PageHeaders, Permissions, Quota, Quotas, SharedParts, accept_sessions, name_operations,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::api::campaign_stream::CampaignNow;
use crate::condition::Places;
use crate::hosts::Hosts;
use crate::outside::Outside;
use crate::simulation::{Line, Simulation, in_turn, not_simulated};
use crate::streams::{Streams, Watched};
use crate::tasks::Task;
use crate::{Console, api, clerk, console, docs, health, page, simulation};

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
    /// Captures and answers events of EPCIS.
    pub traces: Traces,
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
    /// Where the installation lies, as far as the server is told.
    pub(crate) places: Places,
    /// When this server started.
    pub(crate) started_at: Timestamp,
    pub(crate) hosts: Hosts,
    pub(crate) streams: Streams,
    pub(crate) watched_tasks: Arc<Watched<TenantId, Vec<Task>>>,
    pub(crate) watched_campaigns: Arc<Watched<(TenantId, CampaignId), CampaignNow>>,
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
    // A parameter of a query names it, which does not list it.
    components(schemas(tallymark_ledger::Book)),
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
    /// The app over a context, a running scanner, a running intake and running captures. With a `lake` it answers questions from it.
    pub fn new(
        context: Context,
        scanner: Scanner,
        (intake, traces): (Intake, Traces),
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
        let streams = Streams::default();
        let (watched_tasks, watched_campaigns) = (Arc::default(), Arc::default());
        let (places, started_at) = (Places::default(), context.clock.now());
        Self(Arc::new(Parts {
            context,
            scanner,
            intake,
            traces,
            access,
            limits,
            is_https,
            outside,
            lake,
            places,
            started_at,
            hosts,
            streams,
            watched_tasks,
            watched_campaigns,
        }))
    }

    /// The same, told where the installation lies. To be called before the app is shared: who has it already is told nothing.
    #[must_use]
    pub fn at(mut self, places: Places) -> Self {
        if let Some(parts) = Arc::get_mut(&mut self.0) {
            parts.places = places;
        }
        self
    }

    /// The router of everything, with every layer, and the console that the program was built with.
    pub fn router(self, network: Network) -> Router {
        self.router_with(network, Console::built_in())
    }

    /// The same, with another console.
    pub fn router_with(self, network: Network, console: Console) -> Router {
        let (routes, edge) = self.parts(network, console);
        edge.around(routes.layer(from_fn(not_simulated))).layer(from_fn(in_words_of_epcis))
    }

    /// The same in a simulation: everything waits for its turn.
    pub fn simulated_router(self, network: Network, simulation: Arc<Simulation>) -> Router {
        let line = Arc::new(Line::new(simulation, self.access.clone(), BODY_BYTES_MAX));
        let deliveries = simulation::routes().with_state(self.clone());
        let (routes, edge) = self.parts(network, Console::built_in());
        // Around everything: a request is over before the next begins, and whoever waits is not timed.
        let routes = edge.around(routes.merge(deliveries)).layer(from_fn(in_words_of_epcis));
        routes.layer(from_fn_with_state(line, in_turn))
    }

    /// The routes, and what goes around them.
    fn parts(self, network: Network, console: Console) -> (Router, Edge) {
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
        let around = |policy| PageHeaders { entropy: self.context.entropy.clone(), policy };
        let (pages, application) = (around(ContentPolicy::SelfContained), around(ContentPolicy::Application));
        let (handbook, handheld) = (pages.clone(), around(ContentPolicy::Handheld));
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
            .merge(pages.clone().around(page::routes()).with_state(self.clone()))
            .merge(console::routes(console, application))
            .merge(clerk::routes(handheld))
            .merge(docs::routes(handbook))
            .merge(health::routes(description).with_state(self.clone()))
            .fallback_service(pages.around(Router::new().fallback(page::elsewhere)).with_state(self));
        (router, edge)
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
    name_operations(&mut description);
    description
}

fn described(app: Option<&App>) -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .nest("/v1", api::routes(app))
        .nest("/epcis/v2", api::epcis_routes(app))
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
