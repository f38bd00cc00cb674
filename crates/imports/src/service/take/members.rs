//! Members are resolved, and what is said of them is kept.

use tallymark_base::id::{AccountId, EventId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_people::consent::{self, NewConsent, RECORD_MAX};
use tallymark_people::events::MemberJoined;
use tallymark_people::profile::{self, NewValue, PUT_MAX};
use tallymark_people::{BATCH_MAX, EvidenceRule, Identifier, PeopleKeys, Resolved, Seen, privacy, resolve};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx};

use super::super::batch::{Surroundings, Take, Taken};
use crate::mapping::ConsentColumn;
use crate::members::Member;
use crate::{Error, MembersMapping, Reject};

/// Takes members.
pub(in crate::service) struct Members {
    mapping: MembersMapping,
}

impl Members {
    pub(in crate::service) fn new(mapping: MembersMapping) -> Self {
        Self { mapping }
    }
}

impl Take for Members {
    type Unit = Member;

    async fn take(
        &mut self,
        tx: &mut Tx,
        at: Surroundings<'_>,
        units: &[Member],
        taken: &mut Taken,
    ) -> Result<(), Error> {
        let desk = Desk { at, keys: PeopleKeys::new(at.owner), taker: self };
        let members = desk.without_suppressed(tx, units, &mut taken.rejects).await?;
        taken.suppressed = (units.len() - members.len()) as u64;
        let resolved = desk.resolve(tx, &members).await?;
        desk.put(tx, &members, &resolved, &mut taken.rejects).await?;
        desk.record(tx, &members, &resolved, &mut taken.rejects, &mut taken.events).await?;
        desk.tell(&members, &resolved, &mut taken.events)
    }
}

/// Where the members of a batch are taken.
struct Desk<'a> {
    at: Surroundings<'a>,
    keys: PeopleKeys,
    taker: &'a Members,
}

impl Desk<'_> {
    /// The rows none of whose identifiers is of somebody who was erased.
    async fn without_suppressed<'m>(
        &self,
        tx: &mut Tx,
        members: &'m [Member],
        rejects: &mut Vec<Reject>,
    ) -> Result<Vec<&'m Member>, Error> {
        let all: Vec<Identifier> = members.iter().flat_map(|member| member.identifiers.iter().cloned()).collect();
        let mut suppressed = privacy::is_suppressed(tx, self.at.owner.id, &self.keys, &all).await?.into_iter();
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
        Seen { identifiers, at, rule: EvidenceRule::Imported, cause: self.at.run.id.raw() }
    }

    async fn resolve_all(&self, tx: &mut Tx, seen: &[Seen<'_>]) -> Result<Vec<Resolved>, Error> {
        let Context { ids, clock, entropy, .. } = self.at.context;
        let mut resolved = Vec::with_capacity(seen.len());
        for some in seen.chunks(BATCH_MAX) {
            resolved.extend(resolve(tx, self.at.owner.id, &self.keys, some, ids, &**clock, &**entropy).await?);
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
                    field: &self.taker.mapping.profile[*field].field,
                    value,
                    source: &self.at.run.source,
                    at: member.at,
                    verified: false,
                };
                values.push((member.line, *field, new));
            }
        }
        for some in values.chunks(PUT_MAX) {
            let new: Vec<NewValue<'_>> = some.iter().map(|(.., new)| *new).collect();
            let (now, entropy) = (self.at.context.clock.now(), &*self.at.context.entropy);
            let put = profile::put(tx, self.at.owner.id, &self.keys, &new, now, entropy).await?;
            for (place, why) in put.refused {
                let (line, field, _) = &some[place];
                let column = Some(self.taker.mapping.profile[*field].column.clone());
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
                let column = &self.taker.mapping.consents[allowed.column];
                let new = NewConsent {
                    account,
                    purpose: &column.purpose,
                    channel: &column.channel,
                    given: allowed.given,
                    at: member.at,
                    evidence: Some(&self.at.run.file),
                    text_version: column.text_version,
                    source: &self.at.run.source,
                };
                facts.push((member.line, column, new));
            }
        }
        for some in facts.chunks(RECORD_MAX) {
            let new: Vec<NewConsent<'_>> = some.iter().map(|(.., new)| *new).collect();
            let (now, entropy) = (self.at.context.clock.now(), &*self.at.context.entropy);
            let refused = consent::record(tx, self.at.owner.id, &self.keys, &new, now, entropy).await?;
            for (place, fact) in new.iter().enumerate() {
                if refused.iter().all(|(refused, _)| *refused != place) {
                    let id: EventId = self.at.context.ids.next(&*self.at.context.clock)?;
                    events.push(id.raw(), self.at.owner.id.raw(), fact.at.min(now), &fact.event());
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
        let Context { ids, clock, .. } = self.at.context;
        for (member, resolved) in members.iter().zip(resolved).filter(|(_, resolved)| resolved.joined) {
            let id: EventId = ids.next(&**clock)?;
            let Resolved { person, account, .. } = *resolved;
            let joined = MemberJoined { person, account, scan: None, product: None, place: None };
            events.push(id.raw(), self.at.owner.id.raw(), member.at, &joined);
        }
        Ok(())
    }
}
