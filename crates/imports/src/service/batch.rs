//! A batch of rows: one transaction that resolves their people, keeps what is said of them, and moves the run on.

use tallymark_base::id::{AccountId, EventId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_partners::{Tenant, tenant};
use tallymark_people::consent::{self, NewConsent, RECORD_MAX};
use tallymark_people::events::MemberJoined;
use tallymark_people::profile::{self, NewValue, PUT_MAX};
use tallymark_people::{BATCH_MAX, EvidenceRule, Identifier, PeopleKeys, Resolved, Seen, privacy, resolve};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx};
use tallymark_tables::Row;

use crate::mapping::{ConsentColumn, Mapping};
use crate::members::{Member, Plan, mapped};
use crate::store::{self, Advance};
use crate::{Error, REJECTS_MAX, Reject, Run};

/// Tries of a batch that others got in the way of.
const TRIES_MAX: usize = 12;

/// Takes the batches of a run, one after the other.
pub(super) struct Worker<'a> {
    context: &'a Context,
    tenant: TenantId,
    keys: PeopleKeys,
    mapping: Mapping,
    plan: Plan,
    /// As of the last batch.
    pub(super) run: Run,
}

/// The rows of a batch, mapped.
struct Batch {
    members: Vec<Member>,
    refused: u64,
    rejects: Vec<Reject>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(context: &'a Context, owner: &Tenant, mapping: Mapping, plan: Plan, run: Run) -> Self {
        Self { context, tenant: owner.id, keys: PeopleKeys::new(owner), mapping, plan, run }
    }

    /// Takes a batch, again as long as others are in the way.
    pub(super) async fn take(&mut self, rows: &[Row]) -> Result<(), Error> {
        let mut rejects = Vec::new();
        let members: Vec<Member> = rows.iter().filter_map(|row| mapped(&self.plan, row, &mut rejects)).collect();
        let refused = (rows.len() - members.len()) as u64;
        let batch = Batch { members, refused, rejects };
        for _ in 0..TRIES_MAX {
            match self.attempt(&batch).await {
                Ok(by) => {
                    self.run.rows_read += by.rows();
                    self.run.rows_accepted += by.accepted;
                    self.run.rows_refused += by.refused;
                    self.run.rows_suppressed += by.suppressed;
                    self.run.rejects += by.rejects;
                    return Ok(());
                }
                Err(error) if error.is_worth_repeating() => tokio::task::yield_now().await,
                Err(error) => return Err(error),
            }
        }
        Err(Error::Busy { id: self.run.id })
    }

    /// One try, in one transaction.
    async fn attempt(&mut self, batch: &Batch) -> Result<Advance, Error> {
        let mut tx = self.context.store.write().await?;
        // The keys may be changed while a long file is read: what came under former ones afterwards would never be found.
        let owner = tenant::find(&mut tx, &self.context.master, self.tenant).await?;
        self.keys =
            PeopleKeys::new(&owner.ok_or_else(|| Error::Internal(format!("there is no tenant {}", self.tenant)))?);
        let mut rejects = batch.rejects.clone();
        let members = self.without_suppressed(&mut tx, &batch.members, &mut rejects).await?;
        let resolved = self.resolve(&mut tx, &members).await?;
        self.put(&mut tx, &members, &resolved, &mut rejects).await?;
        let mut events = Events::new();
        self.record(&mut tx, &members, &resolved, &mut rejects, &mut events).await?;
        self.tell(&members, &resolved, &mut events)?;
        events.save(&mut tx, &self.context.ids, &*self.context.clock).await?;
        let by = Advance {
            accepted: members.len() as u64,
            refused: batch.refused,
            suppressed: (batch.members.len() - members.len()) as u64,
            rejects: rejects.len() as u64,
        };
        rejects.sort_by_key(|reject| reject.line);
        rejects.truncate(usize::try_from(REJECTS_MAX.saturating_sub(self.run.rejects)).unwrap_or(usize::MAX));
        store::add_rejects(&mut tx, self.tenant, self.run.id, self.run.rejects, &rejects).await?;
        if !store::advance(&mut tx, self.tenant, &self.run, by, self.context.clock.now()).await? {
            return Err(Error::Elsewhere { id: self.run.id });
        }
        fail::fail_point!("imports::before_commit", |_| std::process::abort());
        tx.commit().await?;
        fail::fail_point!("imports::after_commit", |_| std::process::abort());
        Ok(by)
    }

    /// The rows none of whose identifiers is of somebody who was erased.
    async fn without_suppressed<'m>(
        &self,
        tx: &mut Tx,
        members: &'m [Member],
        rejects: &mut Vec<Reject>,
    ) -> Result<Vec<&'m Member>, Error> {
        let all: Vec<Identifier> = members.iter().flat_map(|member| member.identifiers.iter().cloned()).collect();
        let mut suppressed = privacy::is_suppressed(tx, self.tenant, &self.keys, &all).await?.into_iter();
        let mut kept = Vec::with_capacity(members.len());
        for member in members {
            if suppressed.by_ref().take(member.identifiers.len()).fold(false, |any, one| any | one) {
                let reason = "the person was erased and is not brought back by a file".to_owned();
                let code = "suppressed".to_owned();
                rejects.push(Reject { line: member.line, column: None, code, reason });
            } else {
                kept.push(member);
            }
        }
        Ok(kept)
    }

    async fn resolve(&self, tx: &mut Tx, members: &[&Member]) -> Result<Vec<Resolved>, Error> {
        let seen: Vec<Seen<'_>> = members.iter().map(|member| self.seen(&member.identifiers, member.at)).collect();
        self.resolve_all(tx, &seen).await
    }

    fn seen<'s>(&self, identifiers: &'s [Identifier], at: Timestamp) -> Seen<'s> {
        Seen { identifiers, at, rule: EvidenceRule::Imported, cause: self.run.id.raw() }
    }

    async fn resolve_all(&self, tx: &mut Tx, seen: &[Seen<'_>]) -> Result<Vec<Resolved>, Error> {
        let Context { ids, clock, entropy, .. } = self.context;
        let mut resolved = Vec::with_capacity(seen.len());
        for some in seen.chunks(BATCH_MAX) {
            resolved.extend(resolve(tx, self.tenant, &self.keys, some, ids, &**clock, &**entropy).await?);
        }
        Ok(resolved)
    }

    /// Keeps what is known.
    async fn put(
        &self,
        tx: &mut Tx,
        members: &[&Member],
        resolved: &[Resolved],
        rejects: &mut Vec<Reject>,
    ) -> Result<(), Error> {
        let mut values = Vec::new();
        for (member, resolved) in members.iter().zip(resolved) {
            for (field, value) in &member.values {
                let new = NewValue {
                    account: resolved.account,
                    field: &self.plan.fields[*field].name,
                    value,
                    source: &self.run.source,
                    at: member.at,
                    verified: false,
                };
                values.push((member.line, *field, new));
            }
        }
        for some in values.chunks(PUT_MAX) {
            let new: Vec<NewValue<'_>> = some.iter().map(|(.., new)| *new).collect();
            let (now, entropy) = (self.context.clock.now(), &*self.context.entropy);
            let put = profile::put(tx, self.tenant, &self.keys, &new, now, entropy).await?;
            for (place, why) in put.refused {
                let (line, field, _) = &some[place];
                let column = Some(self.plan.fields[*field].column.clone());
                let code = "value_refused".to_owned();
                rejects.push(Reject { line: *line, column, code, reason: why.to_string() });
            }
        }
        Ok(())
    }

    /// Records what was allowed and taken back, and tells it.
    async fn record(
        &self,
        tx: &mut Tx,
        members: &[&Member],
        resolved: &[Resolved],
        rejects: &mut Vec<Reject>,
        events: &mut Events,
    ) -> Result<(), Error> {
        let accounts = self.accounts_of_consents(tx, members, resolved).await?;
        let mut accounts = accounts.into_iter();
        let mut facts: Vec<(u64, &ConsentColumn, NewConsent<'_>)> = Vec::new();
        for member in members {
            for (allowed, account) in member.consents.iter().zip(accounts.by_ref()) {
                let column = &self.mapping.consents[allowed.column];
                let new = NewConsent {
                    account,
                    purpose: &column.purpose,
                    channel: &column.channel,
                    given: allowed.given,
                    at: member.at,
                    evidence: Some(&self.run.file),
                    text_version: column.text_version,
                    source: &self.run.source,
                };
                facts.push((member.line, column, new));
            }
        }
        for some in facts.chunks(RECORD_MAX) {
            let new: Vec<NewConsent<'_>> = some.iter().map(|(.., new)| *new).collect();
            let (now, entropy) = (self.context.clock.now(), &*self.context.entropy);
            let refused = consent::record(tx, self.tenant, &self.keys, &new, now, entropy).await?;
            for (place, fact) in new.iter().enumerate() {
                if refused.iter().all(|(refused, _)| *refused != place) {
                    let id: EventId = self.context.ids.next(&*self.context.clock)?;
                    events.push(id.raw(), self.tenant.raw(), fact.at.min(now), &fact.event());
                }
            }
            for (place, why) in refused {
                let (line, column, _) = &some[place];
                let column = Some(column.column.clone());
                rejects.push(Reject {
                    line: *line,
                    column,
                    code: "consent_refused".to_owned(),
                    reason: why.to_string(),
                });
            }
        }
        Ok(())
    }

    /// The account of each consent, in order. What is given counts for one identifier alone; a row's person was found by all of
    /// them, and those other than the first are looked up once more.
    async fn accounts_of_consents(
        &self,
        tx: &mut Tx,
        members: &[&Member],
        resolved: &[Resolved],
    ) -> Result<Vec<AccountId>, Error> {
        let others: Vec<Seen<'_>> = members
            .iter()
            .flat_map(|member| member.consents.iter().map(move |allowed| (member, allowed.identifier)))
            .filter(|(_, place)| *place > 0)
            .map(|(member, place)| self.seen(&member.identifiers[place..=place], member.at))
            .collect();
        let mut others = self.resolve_all(tx, &others).await?.into_iter();
        let mut accounts = Vec::new();
        for (member, resolved) in members.iter().zip(resolved) {
            for allowed in &member.consents {
                let other = if allowed.identifier > 0 { others.next() } else { None };
                accounts.push(other.map_or(resolved.account, |other| other.account));
            }
        }
        Ok(accounts)
    }

    /// Tells who became a member.
    fn tell(&self, members: &[&Member], resolved: &[Resolved], events: &mut Events) -> Result<(), Error> {
        let Context { ids, clock, .. } = self.context;
        for (member, resolved) in members.iter().zip(resolved).filter(|(_, resolved)| resolved.joined) {
            let id: EventId = ids.next(&**clock)?;
            let Resolved { person, account, .. } = *resolved;
            let joined = MemberJoined { person, account, scan: None, product: None, place: None };
            events.push(id.raw(), self.tenant.raw(), member.at, &joined);
        }
        Ok(())
    }
}
