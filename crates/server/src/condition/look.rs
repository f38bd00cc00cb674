//! What a server that runs tells a brand of itself.
//!
//! Of the installation it tells how well it is: ages, times, room. What can be counted is the brand's own: how much others
//! scan, or what of theirs failed, is nobody else's business.

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::TenantId;
use tallymark_store::{Engine, Error, job, node, outbox};
use tallymark_web::Problem;
use utoipa::ToSchema;

use super::{Finding, State, backups, database, lake, machine, work};
use crate::app::App;

/// How the installation is, as the server that answers sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct Condition {
    /// The worst of what was found.
    state: State,
    /// The version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// When this server started.
    started_at: Timestamp,
    /// When this was looked at.
    looked_at: Timestamp,
    /// Memory that this server holds, in bytes, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    resident_bytes: Option<u64>,
    /// What was found, in the order in which it is shown.
    findings: Vec<Finding>,
}

/// Looks at everything. The database has answered when this comes back.
///
/// # Errors
/// Of the database.
pub(crate) async fn look(app: &App, tenant: TenantId) -> Result<Condition, Problem> {
    let context = &app.context;
    let now = context.clock.now();
    let mut findings = database_of(app).await?;
    findings.extend(waiting(app, tenant, now).await?);
    let places = app.places.clone();
    let has_lake = app.lake.is_some();
    let of_machine = tokio::task::spawn_blocking(move || {
        let mut found = vec![machine::memory(), machine::open_files()];
        if let Some(file) = &places.database {
            found
                .extend(machine::free_at(machine::folder_of(file)).map(|free| machine::room("for the database", free)));
            found.extend(machine::log(file));
        }
        found.extend(match (&places.lake, has_lake) {
            (Some(folder), true) => Some(lake::folder(folder, "the folder of the lake")),
            (None, true) => None,
            (_, false) => Some(lake::none()),
        });
        found.extend(backups::look(places.backups.as_deref(), now).into_iter().map(without_its_folder));
        found
    });
    findings.extend(of_machine.await.map_err(|error| Problem::internal("health.machine", error))?);
    let state = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
    Ok(Condition {
        state,
        version: env!("CARGO_PKG_VERSION"),
        started_at: app.started_at,
        looked_at: now,
        resident_bytes: machine::resident_bytes(),
        findings,
    })
}

/// The database: engine, size, speed, clock.
async fn database_of(app: &App) -> Result<Vec<Finding>, Error> {
    let (store, clock) = (&app.context.store, &app.context.clock);
    let version = store.version().await?;
    let asked = clock.elapsed();
    store.ping().await?;
    let took = clock.elapsed().saturating_sub(asked);
    let mut found = vec![
        database::engine(store.engine(), &version),
        database::size(store.size_bytes().await?),
        database::reading(took),
        database::commits(&store.metrics().scan_commit_seconds),
    ];
    if store.engine() == Engine::Postgres {
        found.push(database::clock(node::clock_difference(store, &**clock).await?));
    }
    Ok(found)
}

/// What waits: events, the lake, jobs, those who are to be told.
async fn waiting(app: &App, tenant: TenantId, now: Timestamp) -> Result<Vec<Finding>, Problem> {
    let mut tx = app.context.store.read().await?;
    let backlog = outbox::backlog(&mut tx).await?;
    let pending = tallymark_lake::pending(&mut tx).await?;
    let mut jobs = job::counts_of(&mut tx, tenant).await?;
    // Chores are of the installation: those that were given up leave something undone for everybody.
    jobs.extend(
        job::counts_of(&mut tx, job::installation())
            .await?
            .into_iter()
            .filter(|(_, state, _)| *state == job::State::Dead),
    );
    let webhooks = tallymark_webhooks::list(&mut tx, tenant).await?;
    let subscriptions = tallymark_traces::standing(&mut tx, tenant).await?;
    let servers = node::held(&mut tx, now).await?;
    tx.commit().await?;
    let age_s = |oldest: Option<Timestamp>| oldest.map_or(0, |oldest| (now.since(oldest) / Timestamp::SECOND).max(0));
    let mut found = vec![database::events(None, age_s(backlog.oldest))];
    if app.lake.is_some() {
        found.push(lake::lag(None, age_s(pending.oldest_at), true));
        found.push(lake::put_aside(&pending.put_aside, false));
    }
    found.push(work::jobs(&jobs));
    found.push(work::webhooks(&webhooks, now));
    found.push(work::subscriptions(&subscriptions));
    found.push(database::servers(&servers));
    Ok(found)
}

/// Where backups lie is for whoever sits at the machine.
fn without_its_folder(finding: Finding) -> Finding {
    let text = match finding.code {
        Some("backups.none") => "there is none in the folder of backups: tallymark backup --to FOLDER".to_owned(),
        Some("backups.late") => {
            let hours = finding.values.get("latest_s").and_then(serde_json::Value::as_i64).unwrap_or_default() / 3_600;
            format!("the latest is from {hours} h ago: whatever takes them stopped; tallymark backup --to FOLDER")
        }
        Some("backups.unreadable") => "the folder of backups cannot be read; tallymark doctor says why".to_owned(),
        _ => return finding,
    };
    Finding { text, ..finding }
}
