//! `tallymark audit`.

use clap::Args;
use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::{AuditId, RequestId};
use tallymark_store::audit::{Filter, Recorded, page};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(flatten)]
    of: Of,
    /// Only changes of the object with this id
    #[arg(long)]
    object: Option<String>,
    /// Only this action, such as campaign.status_set
    #[arg(long)]
    action: Option<String>,
    /// Only from this moment on, such as 2026-03-01T08:30:00Z
    #[arg(long, value_name = "MOMENT")]
    from: Option<Timestamp>,
    /// Only before this moment
    #[arg(long, value_name = "MOMENT")]
    until: Option<Timestamp>,
    /// Most entries that are shown, the newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
}

/// A change, as the API shows it.
#[derive(Debug, Serialize)]
struct Shown {
    id: AuditId,
    at: Timestamp,
    actor: String,
    action: String,
    object: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
    request: Option<RequestId>,
}

impl Audit {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, object, action, from, until, limit } = self;
        let filter = Filter { object, actor: None, action, from, until };
        let found = installation
            .read(&of, async |tx, tenant, _| Ok(page(tx, tenant.id, &filter, None, i64::from(limit)).await?))
            .await?;
        let shown: Vec<Shown> = found.into_iter().map(Shown::of).collect();
        show(json, &shown, |shown| {
            let rows: Vec<_> = shown.iter().map(Shown::row).collect();
            table(["AT", "ACTOR", "ACTION", "OBJECT", "BEFORE", "AFTER"], &rows, "no changes")
        })
    }
}

impl Shown {
    fn of(recorded: Recorded) -> Self {
        let Recorded { id, at, actor, action, object, before, after, request } = recorded;
        Self { id, at, actor: actor.to_string(), action, object, before, after, request }
    }

    fn row(&self) -> [String; 6] {
        let side = |side: &Option<serde_json::Value>| side.as_ref().map(ToString::to_string).unwrap_or_default();
        let Self { at, actor, action, object, before, after, .. } = self;
        [at.to_string(), actor.clone(), action.clone(), object.clone(), side(before), side(after)]
    }
}
