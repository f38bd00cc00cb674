//! A batch of deliveries: take what was not taken before, find out whose it is, seal what is personal, save, commit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use data_encoding::BASE64;
use serde::Serialize;
use serde_json::value::RawValue;
use tallymark_base::event::Word;
use tallymark_base::id::{AccountId, ApiKeyId, EventId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Fault, Timestamp, TypedId as _};
use tallymark_people::profile::{self, NewValue, PUT_MAX};
use tallymark_people::{BATCH_MAX, EvidenceRule, Identifier, Resolved, Seen, privacy, resolve, vault};
use tallymark_store::batcher::Decide;
use tallymark_store::outbox::{Events, SaveError};
use tallymark_store::{Context, Tx};

use crate::definition::{Typed, check, custom};
use crate::error::internal;
use crate::events::{EventKind, TouchpointEvent};
use crate::intake::subjects;
use crate::keys::Hash;
use crate::privacy::sealed_context;
use crate::settings::{AllSettings, Settings};
use crate::store::{self, Entry, Name};
use crate::{Endpoint, Error, Event, Kind, Outcome, Quarantined, traits};

/// Events that are saved in one transaction, about.
const EVENTS_MAX: usize = 4_096;
/// Tries of a batch that other servers got in the way of.
const TRIES_MAX: usize = 12;
/// Why an imported event of somebody who was erased is put aside.
const ERASED_CODE: &str = "erased_person";
/// Names of a tenant that are listed for the analyst. A source that makes up a name for every event is one that nobody names.
const NAMES_MAX: usize = 5_000;

/// What one request brings.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) tenant: TenantId,
    pub(crate) source: Option<ApiKeyId>,
    pub(crate) endpoint: Endpoint,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) received_at: Timestamp,
    /// What its user ids are unique in.
    pub(crate) namespace: Box<str>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Events that are new.
    pub(crate) events: usize,
    /// Events that were taken before.
    pub(crate) repeated: usize,
    /// Events that were put aside.
    pub(crate) put_aside: usize,
}

/// What one batcher keeps between batches.
#[derive(Debug)]
pub(crate) struct Engine {
    context: Context,
    settings: AllSettings,
    /// The names that are listed, by tenant.
    names: HashMap<TenantId, HashSet<Hash>>,
}

/// Why a batch was not committed.
enum Again {
    /// Somebody else changed a row: do the same again.
    Contended,
    /// It cannot be done.
    Failed(Error),
}

impl<F: Fault> From<F> for Again {
    fn from(fault: F) -> Self {
        match fault.code() {
            "store.contended" | "store.rows_written" => Self::Contended,
            _ => Self::Failed(internal(&fault)),
        }
    }
}

impl Decide for Engine {
    type Request = Delivery;
    type Answer = Result<Taken, Error>;

    fn subjects(delivery: &Delivery) -> Vec<u64> {
        subjects(delivery)
    }

    async fn decide(&mut self, deliveries: &[Delivery]) -> Vec<Result<Taken, Error>> {
        let mut answers = Vec::with_capacity(deliveries.len());
        let mut rest = deliveries;
        while !rest.is_empty() {
            let mut events = 0;
            let fits = |delivery: &&Delivery| {
                events += delivery.outcomes.len();
                events <= EVENTS_MAX
            };
            let (some, tail) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            rest = tail;
            answers.extend(self.take(some).await);
        }
        answers
    }
}

impl Engine {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, settings: AllSettings::default(), names: HashMap::new() }
    }

    /// Takes deliveries in one transaction; one by one where that fails.
    async fn take(&mut self, deliveries: &[Delivery]) -> Vec<Result<Taken, Error>> {
        match self.take_together(deliveries).await {
            Ok(taken) => taken.into_iter().map(Ok).collect(),
            Err(Error::Internal(cause)) if deliveries.len() > 1 => {
                tracing::error!(
                    cause,
                    deliveries = deliveries.len(),
                    "a batch failed; its deliveries are taken one by one"
                );
                let mut answers = Vec::with_capacity(deliveries.len());
                for delivery in deliveries {
                    let alone = self.take_together(std::slice::from_ref(delivery)).await;
                    answers.push(alone.and_then(|mut one| one.pop().ok_or(Error::Unavailable)));
                }
                answers
            }
            Err(error) => deliveries.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn take_together(&mut self, deliveries: &[Delivery]) -> Result<Vec<Taken>, Error> {
        for _ in 0..TRIES_MAX {
            match self.attempt(deliveries).await {
                Ok(taken) => return Ok(taken),
                Err(Again::Failed(error)) => return Err(error),
                Err(Again::Contended) => {}
            }
        }
        Err(Error::Unavailable)
    }

    /// One try, in one transaction.
    async fn attempt(&mut self, deliveries: &[Delivery]) -> Result<Vec<Taken>, Again> {
        let mut tx = self.context.store.write().await?;
        let mut taken = vec![Taken::default(); deliveries.len()];
        let mut events = Events::new();
        let mut by_tenant: BTreeMap<TenantId, Vec<usize>> = BTreeMap::new();
        for (place, delivery) in deliveries.iter().enumerate() {
            by_tenant.entry(delivery.tenant).or_default().push(place);
        }
        let mut counted = Vec::with_capacity(by_tenant.len());
        for (tenant, places) in by_tenant {
            let settings = self.settings.of(&mut tx, &self.context, tenant).await?;
            let listed = self.listed(&mut tx, tenant).await?;
            let mut work = Work { context: &self.context, tenant, settings, listed, taken: &mut taken };
            let own: Vec<(usize, &Delivery)> = places.iter().map(|place| (*place, &deliveries[*place])).collect();
            counted.push((tenant, work.run(&mut tx, &own, &mut events).await?));
            self.names.insert(tenant, work.listed);
        }
        events.save(&mut tx, &self.context.ids, &*self.context.clock).await.map_err(|error| match error {
            SaveError::Store(error) => Again::from(error),
            SaveError::Id(error) => Again::from(error),
        })?;
        // Everybody counts the same few names: last, so that whoever waits for them waits for a commit alone.
        for (tenant, names) in counted {
            store::count_names(&mut tx, tenant, names).await?;
        }
        fail::fail_point!("intake::before_commit", |_| std::process::abort());
        tx.commit().await?;
        fail::fail_point!("intake::after_commit", |_| std::process::abort());
        Ok(taken)
    }

    /// The names of a tenant that are listed.
    async fn listed(&mut self, tx: &mut Tx, tenant: TenantId) -> Result<HashSet<Hash>, Again> {
        if let Some(known) = self.names.get(&tenant) {
            return Ok(known.clone());
        }
        let limit = u32::try_from(NAMES_MAX).unwrap_or(u32::MAX);
        Ok(store::names(tx, tenant, limit).await?.into_iter().map(|name| name.hash).collect())
    }
}

/// An event that was not taken before, with whose it is.
struct New<'a> {
    /// Which of the batch's deliveries it came with.
    place: usize,
    source: Option<ApiKeyId>,
    endpoint: Endpoint,
    event: &'a Event,
    id: EventId,
}

/// What one tenant's deliveries need.
struct Work<'a> {
    context: &'a Context,
    tenant: TenantId,
    settings: Arc<Settings>,
    listed: HashSet<Hash>,
    taken: &'a mut [Taken],
}

impl Work<'_> {
    /// Takes the deliveries of the tenant; gives how often each name came.
    async fn run(
        &mut self,
        tx: &mut Tx,
        deliveries: &[(usize, &Delivery)],
        events: &mut Events,
    ) -> Result<Vec<Name>, Again> {
        let mut aside = Vec::new();
        let new = self.claim(tx, deliveries, &mut aside).await?;
        let new = self.without_erased(tx, new, &mut aside).await?;
        store::put_aside(tx, self.tenant, aside).await?;
        let resolved = self.resolve(tx, &new).await?;
        let accounts: BTreeSet<AccountId> = resolved.iter().map(|resolved| resolved.account).collect();
        let entropy = &*self.context.entropy;
        let keys = vault::data_keys(tx, self.tenant, &self.settings.people, &accounts, entropy).await?;
        self.keep_traits(tx, &new, &resolved, &keys).await?;
        let mut names: BTreeMap<Hash, Name> = BTreeMap::new();
        for (new, resolved) in new.iter().zip(&resolved) {
            let (event, fits) = self.told(new, resolved, keys.get(&resolved.account));
            events.push(new.id.raw(), self.tenant.raw(), new.event.time.at, &event);
            self.count(&mut names, new.event, fits);
        }
        Ok(names.into_values().collect())
    }

    /// The events that were not taken before. What cannot be read goes `aside`.
    async fn claim<'e>(
        &mut self,
        tx: &mut Tx,
        deliveries: &[(usize, &'e Delivery)],
        aside: &mut Vec<Entry>,
    ) -> Result<Vec<New<'e>>, Again> {
        let mut hashes = BTreeSet::new();
        let mut shown: Vec<(usize, &Delivery, Hash, &Outcome)> = Vec::new();
        for (place, delivery) in deliveries {
            for outcome in &delivery.outcomes {
                let id = match outcome {
                    Outcome::Accepted(event) => event.message_id.as_bytes(),
                    Outcome::Quarantined(entry) => &*entry.body,
                };
                let hash = self.settings.keys.message(delivery.source, id);
                hashes.insert(hash);
                shown.push((*place, delivery, hash, outcome));
            }
        }
        let hashes: Vec<Hash> = hashes.into_iter().collect();
        let mut fresh = store::take_messages(tx, self.tenant, &hashes, self.context.clock.now()).await?;
        let mut new = Vec::with_capacity(fresh.len());
        for (place, delivery, hash, outcome) in shown {
            let taken = &mut self.taken[place];
            if !fresh.remove(&hash) {
                taken.repeated += 1;
                continue;
            }
            let id: EventId = self.context.ids.next(&*self.context.clock)?;
            match outcome {
                Outcome::Accepted(event) => {
                    taken.events += 1;
                    new.push(New { place, source: delivery.source, endpoint: delivery.endpoint, event, id });
                }
                Outcome::Quarantined(entry) => {
                    taken.put_aside += 1;
                    aside.push(self.unread(delivery, id, entry));
                }
            }
        }
        Ok(new)
    }

    /// An event that could not be read, as it is kept.
    fn unread(&self, delivery: &Delivery, id: EventId, entry: &Quarantined) -> Entry {
        Entry {
            id: id.raw(),
            source: delivery.source,
            endpoint: delivery.endpoint.name().to_owned(),
            code: entry.code().to_owned(),
            reason: entry.message(),
            body: self.settings.keys.seal(id.raw(), &entry.body, &*self.context.entropy),
            bytes: i64::try_from(entry.body.len()).unwrap_or(i64::MAX),
            received_at: delivery.received_at,
            namespace: Some(delivery.namespace.to_string()),
        }
    }

    /// Leaves out imported events of people who were erased: an import does not bring them back. What is put `aside` has
    /// nothing of the event in it.
    async fn without_erased<'e>(
        &mut self,
        tx: &mut Tx,
        new: Vec<New<'e>>,
        aside: &mut Vec<Entry>,
    ) -> Result<Vec<New<'e>>, Again> {
        let imported = |new: &&New<'_>| new.endpoint == Endpoint::Import;
        let shown: Vec<Identifier> =
            new.iter().filter(imported).flat_map(|new| new.event.identifiers.iter().cloned()).collect();
        if shown.is_empty() {
            return Ok(new);
        }
        let erased = privacy::is_suppressed(tx, self.tenant, &self.settings.people, &shown).await?;
        let mut erased = erased.into_iter();
        let mut left = Vec::with_capacity(new.len());
        for new in new {
            let own = if imported(&&new) { new.event.identifiers.len() } else { 0 };
            if erased.by_ref().take(own).filter(|is_erased| *is_erased).count() == 0 {
                left.push(new);
                continue;
            }
            let taken = &mut self.taken[new.place];
            (taken.events, taken.put_aside) = (taken.events - 1, taken.put_aside + 1);
            aside.push(Entry {
                id: new.id.raw(),
                source: new.source,
                endpoint: new.endpoint.name().to_owned(),
                code: ERASED_CODE.to_owned(),
                reason: "the person was erased, and an import does not bring them back; nothing of the event is kept"
                    .to_owned(),
                body: self.settings.keys.seal(new.id.raw(), b"", &*self.context.entropy),
                bytes: 0,
                received_at: new.event.time.received,
                namespace: None,
            });
        }
        Ok(left)
    }

    async fn resolve(&self, tx: &mut Tx, new: &[New<'_>]) -> Result<Vec<Resolved>, Again> {
        let (ids, clock, entropy) = (&self.context.ids, &*self.context.clock, &*self.context.entropy);
        let mut resolved = Vec::with_capacity(new.len());
        for some in new.chunks(BATCH_MAX) {
            let seen: Vec<Seen<'_>> = some.iter().map(New::seen).collect();
            resolved.extend(resolve(tx, self.tenant, &self.settings.people, &seen, ids, clock, entropy).await?);
        }
        Ok(resolved)
    }

    /// Keeps what events say of people. What a profile does not take (a date that is none) stays in the event alone.
    async fn keep_traits(
        &self,
        tx: &mut Tx,
        new: &[New<'_>],
        resolved: &[Resolved],
        keys: &HashMap<AccountId, Key>,
    ) -> Result<(), Again> {
        let told: Vec<_> = new.iter().map(|new| (new.source_word(), traits::fields(&new.event.traits))).collect();
        let mut values = Vec::new();
        for ((new, resolved), (source, fields)) in new.iter().zip(resolved).zip(&told) {
            let (account, at) = (resolved.account, new.event.time.at);
            values.extend(fields.iter().map(|(field, value)| NewValue {
                account,
                field,
                value,
                source,
                at,
                verified: false,
            }));
        }
        let (now, entropy) = (self.context.clock.now(), &*self.context.entropy);
        for some in values.chunks(PUT_MAX) {
            profile::put_under(tx, self.tenant, keys, some, now, entropy).await?;
        }
        Ok(())
    }

    /// The event as the lake gets it, and whether its properties are as the tenant defines them; `None` where it does not.
    fn told(&self, new: &New<'_>, resolved: &Resolved, key: Option<&Key>) -> (TouchpointEvent, Option<bool>) {
        let Event { kind, properties, .. } = new.event;
        let definition = match kind {
            Kind::Track { name } => self.settings.definitions.get(name),
            _ => None,
        };
        let checked = definition.map(|definition| check(definition, properties));
        let fits = checked.as_ref().map(Result::is_ok);
        let typed = checked.and_then(Result::ok).unwrap_or_else(|| custom(properties));
        let event = TouchpointEvent {
            kind: Word(word(kind)),
            name: name(kind).map(str::to_owned),
            source: new.source,
            account: resolved.account,
            person: resolved.person,
            definition: definition.filter(|_| fits == Some(true)).map(|definition| u32::from(definition.version)),
            properties: (!typed.public.is_empty()).then(|| typed.public.as_str().to_owned()),
            sealed: key.map(|key| self.sealed(new, &typed, key)),
        };
        (event, fits)
    }

    /// What is personal, under the key of the account.
    fn sealed(&self, new: &New<'_>, typed: &Typed, key: &Key) -> String {
        let personal = Personal {
            properties: raw(typed.personal.as_str()),
            traits: raw(new.event.traits.as_str()),
            context: raw(new.event.context.all.as_str()),
        };
        let plain = serde_json::to_vec(&personal).expect("a struct of JSON texts always serializes");
        BASE64.encode(&key.seal(&sealed_context(new.id), &plain, &*self.context.entropy))
    }

    /// Counts an event under its name, as long as not too many names are listed.
    fn count(&mut self, names: &mut BTreeMap<Hash, Name>, event: &Event, fits: Option<bool>) {
        let (kind, name) = (event.kind.name(), name(&event.kind).unwrap_or_default());
        let hash = self.settings.keys.name(kind, name);
        if !self.listed.contains(&hash) {
            if self.listed.len() >= NAMES_MAX {
                return;
            }
            self.listed.insert(hash);
        }
        let at = event.time.received;
        let counted = names.entry(hash).or_insert_with(|| Name {
            hash,
            kind: kind.to_owned(),
            name: name.to_owned(),
            events: 0,
            misfits: 0,
            first_at: at,
            last_at: at,
        });
        counted.events += 1;
        counted.misfits += i64::from(fits == Some(false));
        counted.last_at = counted.last_at.max(at);
    }
}

impl New<'_> {
    /// What the source is called among those that say something of a person: its write key, as a word.
    fn source_word(&self) -> String {
        self.source.map_or_else(|| "operator".to_owned(), |key| key.to_string().to_ascii_lowercase())
    }

    fn seen(&self) -> Seen<'_> {
        let rule = match self.endpoint {
            Endpoint::Import => EvidenceRule::Imported,
            _ => EvidenceRule::ShownTogether,
        };
        Seen { identifiers: &self.event.identifiers, at: self.event.time.at, rule, cause: self.id.raw() }
    }
}

/// What an event says that nobody declared to be other than personal.
#[derive(Serialize)]
struct Personal<'a> {
    properties: Option<&'a RawValue>,
    traits: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
}

fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

/// What happened, in the source's words.
fn name(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Track { name } => Some(name),
        Kind::Page { name, .. } | Kind::Screen { name, .. } => name.as_deref(),
        // A group's id may be a person's, such as that of a family.
        Kind::Identify | Kind::Group { .. } | Kind::Alias { .. } | Kind::Merge { .. } => None,
    }
}

const fn word(kind: &Kind) -> EventKind {
    match kind {
        Kind::Track { .. } => EventKind::Track,
        Kind::Identify => EventKind::Identify,
        Kind::Page { .. } => EventKind::Page,
        Kind::Screen { .. } => EventKind::Screen,
        Kind::Group { .. } => EventKind::Group,
        Kind::Alias { .. } => EventKind::Alias,
        Kind::Merge { .. } => EventKind::Merge,
    }
}
