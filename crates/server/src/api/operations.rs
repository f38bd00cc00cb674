//! What is done with goods, and where a code is and was.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{BatchId, OperationId, OrganisationId};
use tallymark_base::{Fault as _, Timestamp, TypedId as _};
use tallymark_goods::{CodeReader, Custody, Done, Gone, Holder, NewOperation, RecordedOperation, Step, Unit};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Path, Problem, Query, ReadProblems, Scope, Subtree, WriteProblems, stored,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Most operations of a request.
const OPERATIONS_MAX: usize = 1_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(record)).routes(routes!(show)).routes(routes!(trace)).routes(routes!(holders))
}

/// One code as it was read, or neighbouring codes by their serials.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Named {
    /// A code, its short link, a GS1 Digital Link, or the SSCC of a pack.
    Code(String),
    /// Neighbouring codes of a level of a batch.
    Unit(Unit),
}

/// Something that was done with goods.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    /// Codes were put into a pack of a greater level.
    Pack {
        /// The pack.
        pack: Named,
        /// What was put into it.
        codes: Vec<Named>,
        /// Whether what lies in another pack is taken out of it first; otherwise that is refused.
        #[serde(default)]
        moves: bool,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// Codes were taken out of the packs that they lie in.
    Unpack {
        /// What was taken out.
        codes: Vec<Named>,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// Packs were opened: what lay in them stands alone.
    Open {
        /// The packs.
        codes: Vec<Named>,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// Goods were handed to an organisation. What lies in a pack that is not among them leaves it.
    Ship {
        /// What was shipped.
        codes: Vec<Named>,
        /// Who gets it.
        to: OrganisationId,
        /// Who must hold it; none: whoever does.
        from: Option<OrganisationId>,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// An organisation has goods in hand. What it was not sent is received all the same, and reported.
    Receive {
        /// What arrived.
        codes: Vec<Named>,
        /// Where.
        by: OrganisationId,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// Goods were sold over the counter. What is not known to be there is sold all the same, and reported; what lies in a pack
    /// that is not among them leaves it.
    Sell {
        /// What was sold.
        codes: Vec<Named>,
        /// Who sold it.
        by: OrganisationId,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// Goods were destroyed by who holds them.
    Destroy {
        /// What was destroyed.
        codes: Vec<Named>,
        /// Who holds it.
        by: OrganisationId,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
    /// A label that cannot be read was replaced: what was so of the old code is so of the new one.
    Replace {
        /// The old code.
        old: Named,
        /// The new one, which nothing was done with.
        new: Named,
        /// When; now unless said otherwise.
        at: Option<Timestamp>,
    },
}

/// Operations in the order in which they were done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOperations {
    /// 1 to 1,000. Each sees those before it; one that is refused leaves the others as they are.
    operations: Vec<Asked>,
}

/// What came of each operation, in their order.
#[derive(Debug, Serialize, ToSchema)]
struct Outcomes {
    /// One for each.
    outcomes: Vec<Outcome>,
}

/// What came of an operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// It was recorded.
    Done(Done),
    /// It was refused, and changed nothing.
    Refused(Refusal),
}

impl Outcome {
    const fn done(&self) -> Option<OperationId> {
        match self {
            Self::Done(done) => Some(done.id),
            Self::Refused(_) => None,
        }
    }
}

/// What the audit log keeps of a request: its first operation is the object.
#[derive(Serialize)]
struct RecordedTogether {
    operations: usize,
    last: OperationId,
}

/// Why an operation was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationRefusal)]
pub(super) struct Refusal {
    /// The error's stable code.
    pub(super) code: String,
    /// What is wrong and what to do.
    pub(super) detail: String,
}

impl Refusal {
    pub(super) fn of(error: &tallymark_goods::Error) -> Self {
        Self { code: error.code().to_owned(), detail: error.to_string() }
    }
}

/// Records what was done with goods: packed, unpacked, opened, shipped, received, sold, destroyed, relabelled. Each operation is refused or
/// recorded by itself; the answer says which. A caller who is limited to a part of the channel tree names only goods that
/// are held inside it, and receives or sells for it what it has in hand there; one that names an organisation outside is refused whole.
#[utoipa::path(
    post,
    path = "/operations",
    tag = "trace",
    params(IdempotencyKey),
    request_body = NewOperations,
    responses((status = 200, description = "What came of each operation.", body = Outcomes), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn record(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewOperations>,
) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics])?;
    let asked = body.value.operations;
    if asked.is_empty() || asked.len() > OPERATIONS_MAX {
        let text = format!("1 to {OPERATIONS_MAX} operations are taken at once, not {}", asked.len());
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "goods.operations", text));
    }
    let context = &app.context;
    let mut once = match begin(context, caller.tenant.raw(), "operations", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let settings = app.scanner.settings().of(context, caller.tenant).await?;
    let now = context.clock.now();
    let mut outcomes: Vec<Option<Outcome>> = asked.iter().map(|_| None).collect();
    let texts = asked.iter().flat_map(Asked::named).filter_map(Named::text);
    let texts: Vec<String> = texts.map(str::to_owned).collect();
    let texts = texts.iter().map(String::as_str);
    let reader = tallymark_goods::reader(once.tx(), caller.tenant, &settings.catalog, texts).await?;
    let mut ready = Vec::new();
    for (place, one) in asked.into_iter().enumerate() {
        match operation_of(&reader, one) {
            Ok((operation, at)) => ready.push((place, (operation, at.unwrap_or(now)))),
            Err(refusal) => outcomes[place] = Some(Outcome::Refused(refusal)),
        }
    }
    for (_, (operation, _)) in &ready {
        let Some(other) = operation.organisation() else { continue };
        if !organisation::is_seen(once.tx(), caller.tenant, caller.subtree.as_ref(), other).await? {
            return Err(tallymark_goods::Error::OrganisationNotFound { organisation: other }.into());
        }
    }
    // Each of a limited caller's is looked at when those before it are done.
    let together = if caller.subtree.is_some() { 1 } else { OPERATIONS_MAX };
    for part in ready.chunks(together) {
        let operations: Vec<_> = part.iter().map(|(_, operation)| operation.clone()).collect();
        if let (Some(within), Some((operation, _))) = (&caller.subtree, operations.first())
            && let Err(error) =
                tallymark_goods::check_operation_within(once.tx(), caller.tenant, within, operation).await
        {
            outcomes[part[0].0] = Some(Outcome::Refused(refused(error)?));
            continue;
        }
        let done = tallymark_goods::record(once.tx(), context, caller.tenant, &operations).await?;
        for ((place, _), done) in part.iter().zip(done) {
            outcomes[*place] = Some(match done {
                Ok(done) => Outcome::Done(done),
                Err(error) => Outcome::Refused(refused(error)?),
            });
        }
    }
    // One entry for all: what each did is kept with it.
    let done: Vec<OperationId> = outcomes.iter().flatten().filter_map(Outcome::done).collect();
    if let (Some(first), Some(last)) = (done.first(), done.last()) {
        let recorded = RecordedTogether { operations: done.len(), last: *last };
        audit::record(once.tx(), context, Entry::new(caller.act(), "operations.recorded", first).after(&recorded))
            .await?;
    }
    let answer = once.finish(200, &Outcomes { outcomes: outcomes.into_iter().flatten().collect() }).await?;
    Ok(stored(answer.status, answer.body))
}

/// A refusal of one operation; what is wrong with the server ends the request.
pub(super) fn refused(error: tallymark_goods::Error) -> Result<Refusal, Problem> {
    match error.kind() {
        tallymark_base::Kind::Internal | tallymark_base::Kind::Unavailable => Err(error.into()),
        // Whoever guesses learns nothing, not even what was guessed.
        tallymark_base::Kind::NotFound => Ok(Refusal {
            code: error.code().to_owned(),
            detail: "this is not of your brand, or not in your part of it".into(),
        }),
        _ => Ok(Refusal::of(&error)),
    }
}

fn operation_of(reader: &CodeReader<'_>, asked: Asked) -> Result<(NewOperation, Option<Timestamp>), Refusal> {
    let unit = |named: Named| unit_of(reader, named);
    let units = |named: Vec<Named>| named.into_iter().map(unit).collect::<Result<Vec<Unit>, Refusal>>();
    Ok(match asked {
        Asked::Pack { pack, codes, moves, at } => {
            (NewOperation::Pack { pack: unit(pack)?, units: units(codes)?, moves }, at)
        }
        Asked::Unpack { codes, at } => (NewOperation::Unpack { units: units(codes)? }, at),
        Asked::Open { codes, at } => (NewOperation::Open { packs: units(codes)? }, at),
        Asked::Ship { codes, to, from, at } => (NewOperation::Ship { units: units(codes)?, to, from }, at),
        Asked::Receive { codes, by, at } => (NewOperation::Receive { units: units(codes)?, by }, at),
        Asked::Sell { codes, by, at } => (NewOperation::Sell { units: units(codes)?, by }, at),
        Asked::Destroy { codes, by, at } => (NewOperation::Destroy { units: units(codes)?, by }, at),
        Asked::Replace { old, new, at } => (NewOperation::Replace { old: unit(old)?, new: unit(new)? }, at),
    })
}

impl Named {
    /// What was read, where it is not told by serials.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Code(text) = self { Some(text) } else { None }
    }
}

impl Asked {
    /// The goods that it names.
    fn named(&self) -> impl Iterator<Item = &Named> {
        let (codes, others): (&[Named], [Option<&Named>; 2]) = match self {
            Self::Pack { pack, codes, .. } => (codes, [Some(pack), None]),
            Self::Unpack { codes, .. }
            | Self::Open { codes, .. }
            | Self::Ship { codes, .. }
            | Self::Receive { codes, .. }
            | Self::Sell { codes, .. }
            | Self::Destroy { codes, .. } => (codes, [None, None]),
            Self::Replace { old, new, .. } => (&[], [Some(old), Some(new)]),
        };
        codes.iter().chain(others.into_iter().flatten())
    }
}

/// The unit that somebody named.
pub(super) fn unit_of(reader: &CodeReader<'_>, named: Named) -> Result<Unit, Refusal> {
    let text = match named {
        Named::Unit(unit) => return Ok(unit),
        Named::Code(text) => text,
    };
    reader.read_scanned(&text).map(|found| Unit::one(found.batch, found.level, found.serial)).ok_or_else(|| Refusal {
        code: "code.not_found".to_owned(),
        detail: format!("{:?} is not a code of this brand", text.chars().take(100).collect::<String>()),
    })
}

/// Shows an operation as it was recorded.
#[utoipa::path(
    get,
    path = "/operations/{id}",
    tag = "trace",
    params(("id" = OperationId, Path, description = "The operation.")),
    responses((status = 200, description = "The operation.", body = RecordedOperation), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OperationId>,
) -> Result<Json<RecordedOperation>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let found = tallymark_goods::operation(&mut tx, caller.tenant, id).await?;
    let missing =
        || Problem::new(StatusCode::NOT_FOUND, "goods.operation_not_found", format!("there is no operation {id}"));
    Ok(Json(found.ok_or_else(missing)?))
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Moment {
    /// Up to the end of this moment; now unless said otherwise.
    at: Option<Timestamp>,
}

/// Where a code is, and what happened to it.
#[derive(Debug, Serialize, ToSchema)]
struct Trace {
    /// The code by batch, level and serial.
    unit: Unit,
    /// Who has the goods, or had them last; none: the brand.
    holder: Option<Custody>,
    /// The packs that it lies in, the innermost first.
    packs: Vec<Unit>,
    /// What happened to it, and to the packs that it lay in at the time, first to last.
    steps: Vec<Step>,
}

/// Where a code is, in which packs, and everything that happened to it and to the packs that it lay in at the time.
#[utoipa::path(
    get,
    path = "/codes/{code}/trace",
    tag = "trace",
    params(("code" = String, Path, description = "The code, or the end of its link."), Moment),
    responses((status = 200, description = "Its whole chain.", body = Trace), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn trace(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    Query(moment): Query<Moment>,
) -> Result<Json<Trace>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
    let not_found = || Problem::new(StatusCode::NOT_FOUND, "code.not_found", "this is not a code of this brand");
    let mut tx = app.context.store.read().await?;
    let found = tallymark_goods::read_scanned(&mut tx, caller.tenant, &settings.catalog, &text).await?;
    let unit = found.map(|found| Unit::one(found.batch, found.level, found.serial)).ok_or_else(not_found)?;
    let (holder, packs) = tallymark_goods::whereabouts(&mut tx, caller.tenant, unit, moment.at).await?;
    let mut steps = tallymark_goods::history(&mut tx, caller.tenant, unit, moment.at).await?;
    if let Some(within) = &caller.subtree {
        let holder = holder.ok_or_else(not_found)?.organisation;
        if !organisation::is_seen(&mut tx, caller.tenant, Some(within), holder).await? {
            return Err(not_found());
        }
        steps = seen(&mut tx, &caller, within, steps).await?;
    }
    Ok(Json(Trace { unit, holder, packs, steps }))
}

/// Those of the steps by which the goods came to where a limited caller sees them.
async fn seen(tx: &mut Tx, caller: &Caller, within: &Subtree, steps: Vec<Step>) -> Result<Vec<Step>, Problem> {
    let mut found = Vec::new();
    for step in steps {
        let is_seen = match step.organisation {
            None => true,
            Some(organisation) => organisation::is_seen(tx, caller.tenant, Some(within), organisation).await?,
        };
        if is_seen {
            found.push(step);
        }
    }
    Ok(found)
}

/// How many items of a batch an organisation has, sold or destroyed.
#[derive(Debug, Serialize, ToSchema)]
struct BatchHolder {
    /// Who; none: the brand.
    organisation: Option<OrganisationId>,
    /// How these items left the channel, where they did: then this is who sold or destroyed them.
    gone: Option<Gone>,
    /// How many items.
    items: u64,
}

/// Where the items of a batch are: who has, sold or destroyed how many, the most first.
#[utoipa::path(
    get,
    path = "/batches/{id}/holders",
    tag = "trace",
    params(("id" = BatchId, Path, description = "The code batch."), Moment),
    responses((status = 200, description = "Everybody who has some.", body = Vec<BatchHolder>), ReadProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"]))),
    security(("api_key" = []))
)]
async fn holders(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(moment): Query<Moment>,
) -> Result<Json<Vec<BatchHolder>>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let held = tallymark_goods::holders_of_batch(&mut tx, caller.tenant, id, moment.at).await?;
    let holder = |(Holder { organisation, gone }, items)| BatchHolder { organisation, gone, items };
    let mut holders: Vec<_> = held.into_iter().map(holder).collect();
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.items));
    Ok(Json(holders))
}
