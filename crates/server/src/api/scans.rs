//! Sending scans and looking at their decisions.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::geography::{Adcode, Language, nearest_county};
use tallymark_base::id::{CampaignId, ScanId, TenantId};
use tallymark_base::{Timestamp, TypedId};
use tallymark_campaigns::rules::{explain, replay};
use tallymark_ledger::Posted;
use tallymark_people::{GivenIdentifier, Identifier};
use tallymark_scan::answer::{ScanAnswer, answer_of};
use tallymark_scan::types::{Claim, Place, PlaceSource, Request};
use tallymark_store::idempotency;
use tallymark_web::{Caller, IdempotencyKey, Json, JsonBody, Path, Problem, ReadProblems, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Codes and links are far shorter; longer texts are cut off before anybody looks at them.
const CODE_LENGTH_MAX: usize = 512;
/// A person shows at most this many identifiers at once.
const IDENTIFIERS_MAX: usize = tallymark_people::IDENTIFIERS_MAX;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(show))
}

/// A scan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScan {
    /// The code as it was read: its characters, the short link, or a GS1 Digital Link. At most 512 characters.
    #[schema(example = "HTTPS://BRAND.EXAMPLE/C/0123456789ABCDEF", max_length = 512)]
    code: String,
    /// Who scans. Several identifiers make one person of their accounts; the reward goes to the first.
    #[serde(default)]
    #[schema(max_items = 8)]
    identifiers: Vec<GivenIdentifier>,
    /// Where, if the person agreed to say.
    #[serde(default)]
    place: Option<GivenPlace>,
    /// Ask for the reward, and not only whether the code is genuine.
    #[serde(default)]
    claim: bool,
}

/// A place, as its code or as coordinates, of which only the county is kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum GivenPlace {
    /// GB/T 2260 code.
    Adcode {
        /// Six digits.
        adcode: Adcode,
    },
    /// WGS 84, in degrees.
    Coordinates {
        /// North.
        latitude: f64,
        /// East.
        longitude: f64,
    },
}

impl GivenPlace {
    fn place(&self) -> Option<Place> {
        match self {
            Self::Adcode { adcode } => Some(Place { adcode: *adcode, source: PlaceSource::Stated }),
            Self::Coordinates { latitude, longitude } => {
                let adcode = nearest_county(*latitude, *longitude)?;
                Some(Place { adcode, source: PlaceSource::Position })
            }
        }
    }
}

/// Decides a scan: is the code genuine, and what does it win. An invalid code is decided too: its verdict is `unknown`.
#[utoipa::path(
    post,
    path = "/scans",
    tag = "scans",
    params(IdempotencyKey),
    request_body = NewScan,
    responses((status = 200, description = "Decided, durably.", body = ScanAnswer), WriteProblems),
    extensions(("x-permission" = json!(["scan"]))),
    security(("api_key" = []))
)]
async fn send(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewScan>,
) -> Result<Json<ScanAnswer>, Problem> {
    caller.require(Scope::Scan)?;
    let asked = Asked { tenant: caller.tenant, key: key.as_str(), raw: &body.raw, at: app.context.clock.now() };
    let scan = app.scanner.scan(request_of(body.value, asked)?).await?;
    Ok(Json(answer_of(&scan)))
}

/// By whom, under which key and when a scan is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) tenant: TenantId,
    /// The caller's idempotency key.
    pub(crate) key: &'a str,
    /// What was sent, or a hash of it.
    pub(crate) raw: &'a [u8],
    pub(crate) at: Timestamp,
}

/// The scan as the scanner takes it.
pub(crate) fn request_of(new: NewScan, asked: Asked<'_>) -> Result<Request, Problem> {
    if new.code.len() > CODE_LENGTH_MAX {
        return Err(Problem::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "scan.code_too_long",
            format!("a code or link has at most {CODE_LENGTH_MAX} bytes"),
        ));
    }
    if new.identifiers.len() > IDENTIFIERS_MAX {
        return Err(
            tallymark_people::Error::TooManyIdentifiers { given: new.identifiers.len(), max: IDENTIFIERS_MAX }.into()
        );
    }
    let identifiers = new.identifiers.into_iter().map(Identifier::try_from).collect::<Result<_, _>>()?;
    let (code, gtin) = tallymark_codes::code_of(&new.code);
    let Asked { tenant, key, raw, at } = asked;
    Ok(Request {
        tenant,
        key: idempotency::Key::new(tenant.raw(), "scans", key),
        body: idempotency::body_hash(key, raw),
        code,
        gtin,
        identifiers,
        place: new.place.as_ref().and_then(GivenPlace::place),
        claim: new.claim,
        at,
    })
}

/// A decision with its reasons, its transfers, and the result of deciding it again.
#[derive(Debug, Serialize, ToSchema)]
struct Explained {
    /// The answer that the caller got.
    #[serde(flatten)]
    answer: ScanAnswer,
    /// One for each campaign that drew.
    draws: Vec<ExplainedDraw>,
    /// What moved.
    transfers: Vec<Movement>,
}

/// A campaign's decision.
#[derive(Debug, Serialize, ToSchema)]
struct ExplainedDraw {
    /// The campaign.
    campaign: CampaignId,
    /// Why, in sentences.
    zh: Vec<String>,
    /// Why, in sentences.
    en: Vec<String>,
    /// Deciding it again from the stored record gives the same outcome.
    replays: bool,
    /// The record: rule version, facts, draw, caps, budget and stock as they were seen.
    #[schema(value_type = Object)]
    record: serde_json::Value,
}

/// A transfer of the scan.
#[derive(Debug, Serialize, ToSchema)]
struct Movement {
    /// Which of the scan's transfers.
    part: i64,
    /// Why.
    code: String,
    /// In what: `CNY` (fen), `points`, or pieces of a prize.
    unit: String,
    /// How much.
    amount: i64,
    /// From which book.
    from: String,
    /// To which book.
    to: String,
}

impl Movement {
    fn of(posted: &Posted) -> Self {
        let transfer = &posted.transfer;
        Self {
            part: transfer.part,
            code: transfer.code.name().to_owned(),
            unit: transfer.debit.unit.name(),
            amount: transfer.amount,
            from: transfer.debit.book.name().to_owned(),
            to: transfer.credit.book.name().to_owned(),
        }
    }
}

/// Why did this scan win what it won?
#[utoipa::path(
    get,
    path = "/scans/{id}",
    tag = "scans",
    params(("id" = ScanId, Path, description = "The scan.")),
    responses((status = 200, description = "The decision and its reasons.", body = Explained), ReadProblems),
    extensions(("x-permission" = json!(["scan", "read"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<ScanId>) -> Result<Json<Explained>, Problem> {
    caller.require_any(&[Scope::Scan, Scope::Read])?;
    let mut tx = app.context.store.read().await?;
    let scan = tallymark_scan::find(&mut tx, caller.tenant, id).await?;
    let awards = if let Claim::Drawn { awards } = &scan.decision.claim { awards.as_slice() } else { &[] };
    let mut draws = Vec::with_capacity(awards.len());
    for award in awards {
        let campaign = tallymark_campaigns::find(&mut tx, caller.tenant, award.campaign).await?;
        let replays =
            campaign.as_ref().and_then(|campaign| replay(campaign, &award.record)) == Some(award.record.outcome);
        draws.push(ExplainedDraw {
            campaign: award.campaign,
            zh: explain(&award.record, Language::Chinese),
            en: explain(&award.record, Language::English),
            replays,
            record: serde_json::to_value(award.record)
                .map_err(|error| Problem::internal("scan.record_unwritable", error))?,
        });
    }
    let transfers = tallymark_ledger::find(&mut tx, caller.tenant, &[id.raw()]).await?;
    let transfers = transfers.iter().map(Movement::of).collect();
    Ok(Json(Explained { answer: answer_of(&scan), draws, transfers }))
}
