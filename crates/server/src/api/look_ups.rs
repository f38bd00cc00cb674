//! What codes are, many at once and by name: for whoever handles goods with a scanner in the hand.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OrganisationId, ProductId};
use tallymark_goods::{Catalog, Gone, RecallNotice, State as CodeState, Unit};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_web::{Caller, Json, Problem, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::codes::state_name;
use super::operations::Refusal;
use crate::app::App;

/// Most codes of a request: as many as somebody reads in half a minute.
const CODES_MAX: usize = 50;
/// What is told of codes that the caller may know nothing of.
const NOT_FOUND: &str = "code.not_found";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look_up))
}

/// Codes as they were read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LookUp {
    /// 1 to 50: bare, as short links, as GS1 Digital Links, or the SSCCs of packs.
    codes: Vec<String>,
}

/// What is known of codes, in their order.
#[derive(Debug, Serialize, ToSchema)]
struct LookedUp {
    /// One for each.
    codes: Vec<Known>,
}

/// What is known of a code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LookedUpCode)]
enum Known {
    /// It is a code of goods that the caller may know of.
    Goods(Box<Goods>),
    /// It is not.
    Refused(Refusal),
}

/// Goods by their code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LookedUpGoods)]
struct Goods {
    /// The code by batch, level and serial. Both codes of an item are one.
    unit: Unit,
    /// What it is.
    product: LookedUpProduct,
    /// The product's GTIN, fourteen digits.
    gtin: String,
    /// Its lot, as the plant writes it.
    lot: String,
    /// The SSCC of a pack that bears one.
    sscc: Option<String>,
    /// `active`, `not_active`, `void` or `recalled`.
    state: &'static str,
    /// What the brand says of goods that it calls back.
    recall: Option<RecallNotice>,
    /// How many items lie in it; 1 for an item.
    items: i64,
    /// Who has it, or had it last; none: the brand.
    holder: Option<LookedUpHolder>,
    /// How it left the channel, where it did.
    gone: Option<Gone>,
    /// Since when.
    since: Option<Timestamp>,
    /// Whether the holder said that it arrived; otherwise it is under way.
    is_arrived: bool,
    /// The packs that it lies in, the innermost first.
    packs: Vec<Unit>,
}

/// A product by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct LookedUpProduct {
    /// Its id.
    id: ProductId,
    /// Its name.
    name: String,
}

/// A holder by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct LookedUpHolder {
    /// Its id.
    id: OrganisationId,
    /// Its name.
    name: String,
}

/// Tells what codes are: product, lot, how many items, who has them, whether they arrived there, and the packs that they
/// lie in. Nothing is counted or changed by it. A caller who is limited to a part of the channel tree is told of goods
/// that are held inside it; where none of the codes is of such goods, the answer is 404.
#[utoipa::path(
    post,
    path = "/look-ups",
    tag = "trace",
    request_body = LookUp,
    responses((status = 200, description = "What is known of each.", body = LookedUp), WriteProblems),
    extensions(("x-permission" = json!(["goods", "logistics", "read"])), ("x-subtree" = json!("limited"))),
    security(("api_key" = []))
)]
async fn look_up(State(app): State<App>, caller: Caller, Json(asked): Json<LookUp>) -> Result<Json<LookedUp>, Problem> {
    caller.require_any(&[Scope::Goods, Scope::Logistics, Scope::Read])?;
    let given = asked.codes.len();
    if given == 0 || given > CODES_MAX {
        let text = format!("1 to {CODES_MAX} codes are looked up at once, not {given}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "goods.look_ups", text));
    }
    let settings = app.scanner.settings().of(&app.context, caller.tenant).await?;
    let mut tx = app.context.store.read().await?;
    let mut names = HashMap::new();
    let mut codes = Vec::with_capacity(given);
    for text in &asked.codes {
        let known = goods_of(&mut tx, &caller, &settings.catalog, &mut names, text).await?;
        codes.push(known.map_or_else(|| Known::Refused(unknown()), |goods| Known::Goods(Box::new(goods))));
    }
    if caller.subtree.is_some() && codes.iter().all(|known| matches!(known, Known::Refused(_))) {
        return Err(Problem::new(StatusCode::NOT_FOUND, NOT_FOUND, unknown().detail));
    }
    Ok(Json(LookedUp { codes }))
}

/// The same for what is no code, another brand's, and goods that a limited caller does not see.
fn unknown() -> Refusal {
    Refusal { code: NOT_FOUND.to_owned(), detail: "this is not of your brand, or not in your part of it".into() }
}

async fn goods_of(
    tx: &mut Tx,
    caller: &Caller,
    catalog: &Catalog,
    names: &mut HashMap<OrganisationId, Option<String>>,
    text: &str,
) -> Result<Option<Goods>, Problem> {
    let Some(found) = tallymark_goods::read_scanned(tx, caller.tenant, catalog, text).await? else { return Ok(None) };
    let unit = Unit::one(found.batch, found.level, found.serial);
    let (held, packs) = tallymark_goods::whereabouts(tx, caller.tenant, unit, None).await?;
    let holder = match held {
        Some(held) => name_of(tx, caller, names, held.organisation).await?,
        None => None,
    };
    // What lies elsewhere, or was never handed over, is told to whoever sees the whole brand.
    if caller.subtree.is_some() && holder.is_none() {
        return Ok(None);
    }
    let recall = match &found.state {
        CodeState::Recalled { notice } => Some(RecallNotice::clone(notice)),
        _ => None,
    };
    let items = tallymark_goods::items_in(tx, caller.tenant, unit).await?;
    Ok(Some(Goods {
        unit,
        product: LookedUpProduct { id: found.product, name: product_name(catalog, found.product) },
        gtin: found.gtin.to_string(),
        lot: lot_of(catalog, found.batch),
        sscc: catalog.sscc(found.batch, found.level, found.serial).map(|sscc| sscc.to_string()),
        state: state_name(&found.state),
        recall,
        items,
        holder,
        gone: held.and_then(|held| held.gone),
        since: held.map(|held| held.since),
        is_arrived: held.is_some_and(|held| held.shipment.is_none()),
        packs,
    }))
}

fn product_name(catalog: &Catalog, id: ProductId) -> String {
    catalog.product(id).map(|product| product.name.clone()).unwrap_or_default()
}

fn lot_of(catalog: &Catalog, id: BatchId) -> String {
    catalog.batch(id).map(|batch| batch.lot.clone()).unwrap_or_default()
}

/// An organisation by name, if the caller sees it.
async fn name_of(
    tx: &mut Tx,
    caller: &Caller,
    names: &mut HashMap<OrganisationId, Option<String>>,
    id: OrganisationId,
) -> Result<Option<LookedUpHolder>, Problem> {
    let name = match names.entry(id) {
        Entry::Occupied(known) => known.get().clone(),
        Entry::Vacant(unknown) => {
            let is_seen = organisation::is_seen(tx, caller.tenant, caller.subtree.as_ref(), id).await?;
            let found = if is_seen { organisation::find(tx, caller.tenant, id).await? } else { None };
            unknown.insert(found.map(|found| found.name)).clone()
        }
    };
    Ok(name.map(|name| LookedUpHolder { id, name }))
}
