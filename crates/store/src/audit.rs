//! Who changed what: an entry is saved in the transaction of the change, so there is never one without the other.
//!
//! A domain records an entry next to each change; `access` shows them. What is kept of an object is what the caller of
//! [`record`] gives: ids, settings and amounts, never a secret or a value of a person.

use serde::Serialize;
use serde_json::Value as Json;
use tallymark_base::actor::{Act, Actor};
use tallymark_base::id::{ApiKeyId, AuditId, IdError, RequestId, TenantId, UserId};
use tallymark_base::{Fault, Kind, Timestamp, TypedId};

use crate::{Context, Error, Row, Tx, Value};

/// The longest text of one side of a change; of a longer one only the length is kept.
pub const SIDE_BYTES_MAX: usize = 16 * 1024;

/// A change, to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    act: Act,
    action: &'static str,
    object: String,
    before: Option<String>,
    after: Option<String>,
}

impl Entry {
    /// That `act` did `action` (such as `product.created`) to the object with an id.
    pub fn new(act: Act, action: &'static str, object: impl std::fmt::Display) -> Self {
        Self { act, action, object: object.to_string(), before: None, after: None }
    }

    /// The same, with how the object was.
    #[must_use]
    pub fn before<T: Serialize>(self, state: &T) -> Self {
        Self { before: Some(text_of(state)), ..self }
    }

    /// The same, with how the object is.
    #[must_use]
    pub fn after<T: Serialize>(self, state: &T) -> Self {
        Self { after: Some(text_of(state)), ..self }
    }
}

fn text_of<T: Serialize>(state: &T) -> String {
    let text = serde_json::to_string(state).expect("what is recorded is a plain struct: it always serializes");
    match text.len() {
        ..=SIDE_BYTES_MAX => text,
        length => format!("{{\"omitted_bytes\":{length}}}"),
    }
}

/// Why an entry could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for RecordError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}

/// Saves an entry with the change that `tx` makes.
pub async fn record(tx: &mut Tx, context: &Context, entry: Entry) -> Result<(), RecordError> {
    let sql = "INSERT INTO audit_entry (tenant_id, entry_id, at, actor_kind, actor_id, action, object, before_json,
                                        after_json, request_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let Entry { act, action, object, before, after } = entry;
    let id: AuditId = context.ids.next(&*context.clock)?;
    let (kind, actor) = numbers_of(act.actor);
    let values = [
        act.tenant.raw().into(),
        id.raw().into(),
        context.clock.now().into(),
        kind.into(),
        actor.into(),
        action.into(),
        object.into(),
        before.into(),
        after.into(),
        act.request.map(TypedId::raw).into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// An entry as it was saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its id; later entries have greater ones.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// By what.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// To which object: its id.
    pub object: String,
    /// How it was.
    pub before: Option<Json>,
    /// How it was after.
    pub after: Option<Json>,
    /// In which request.
    pub request: Option<RequestId>,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this object.
    pub object: Option<String>,
    /// Only those of this actor.
    pub actor: Option<Actor>,
    /// Only this action.
    pub action: Option<String>,
    /// Only those from this moment on.
    pub from: Option<Timestamp>,
    /// Only those before this moment.
    pub until: Option<Timestamp>,
}

/// A page of entries, newest first: those before the entry `after` (none: from the newest), at most `limit`.
///
/// Indexes: audit_entry_by_object, audit_entry_by_actor, primary key. What is not asked for stands as a condition that
/// always holds, so that the texts are constant.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    filter: &Filter,
    after: Option<AuditId>,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let (from, until) = (filter.from.map_or(i64::MIN, |at| at.0), filter.until.map_or(i64::MAX, |at| at.0));
    let action = filter.action.clone().unwrap_or_default();
    let before = after.map_or(i64::MAX, TypedId::raw);
    let mut values: Vec<Value> =
        vec![tenant.raw().into(), before.into(), from.into(), until.into(), action.into(), limit.into()];
    let (kind, actor) = filter.actor.map_or((0, 0), numbers_of);
    let sql = match (&filter.object, filter.actor) {
        (Some(object), _) => {
            values.extend([object.as_str().into(), kind.into(), actor.into()]);
            "SELECT entry_id, at, actor_kind, actor_id, action, object, before_json, after_json, request_id
               FROM audit_entry
              WHERE tenant_id = $1 AND entry_id < $2 AND at >= $3 AND at < $4 AND (action = $5 OR $5 = '')
                AND object = $7 AND ($8 = 0 OR (actor_kind = $8 AND actor_id = $9))
           ORDER BY entry_id DESC
              LIMIT $6"
        }
        (None, Some(_)) => {
            values.extend([kind.into(), actor.into()]);
            "SELECT entry_id, at, actor_kind, actor_id, action, object, before_json, after_json, request_id
               FROM audit_entry
              WHERE tenant_id = $1 AND entry_id < $2 AND at >= $3 AND at < $4 AND (action = $5 OR $5 = '')
                AND actor_kind = $7 AND actor_id = $8
           ORDER BY entry_id DESC
              LIMIT $6"
        }
        (None, None) => {
            "SELECT entry_id, at, actor_kind, actor_id, action, object, before_json, after_json, request_id
               FROM audit_entry
              WHERE tenant_id = $1 AND entry_id < $2 AND at >= $3 AND at < $4 AND (action = $5 OR $5 = '')
           ORDER BY entry_id DESC
              LIMIT $6"
        }
    };
    tx.query(sql, &values).await?.iter().map(recorded_of).collect()
}

fn numbers_of(actor: Actor) -> (i64, i64) {
    match actor {
        Actor::Key(id) => (1, id.raw()),
        Actor::User(id) => (2, id.raw()),
        Actor::Operator => (3, 0),
        Actor::Nobody => (4, 0),
    }
}

fn recorded_of(row: &Row) -> Result<Recorded, Error> {
    let actor = match row.int(2)? {
        1 => Actor::Key(row.id::<ApiKeyId>(3)?),
        2 => Actor::User(row.id::<UserId>(3)?),
        3 => Actor::Operator,
        4 => Actor::Nobody,
        other => return Err(Error::Unreadable(format!("actor kind {other}"))),
    };
    let json = |text: Option<String>| {
        let value = text.map(|text| serde_json::from_str(&text)).transpose();
        value.map_err(|error| Error::Unreadable(format!("a side of an audit entry: {error}")))
    };
    Ok(Recorded {
        id: row.id(0)?,
        at: row.time(1)?,
        actor,
        action: row.text(4)?,
        object: row.text(5)?,
        before: json(row.opt_text(6)?)?,
        after: json(row.opt_text(7)?)?,
        request: row.opt_int(8)?.map(RequestId::from_raw),
    })
}
