//! The hot path: a batch of requests, each with identifiers, becomes persons in a constant number of statements.

use std::collections::{BTreeMap, HashMap, HashSet};

use tallymark_base::id::{AccountId, IdSource, PersonId, TenantId};
use tallymark_base::{Clock, Entropy, Timestamp, TypedId as _};
use tallymark_store::Tx;

use crate::rules::{Components, Link, alone};
use crate::store::{self, Evidence, NewAccount, StoredAccount};
use crate::{BlindIndex, Error, Identifier, PeopleKeys, Resolved, Seen};

/// Requests in a batch.
pub const BATCH_MAX: usize = 512;
/// Identifiers in a request.
pub const IDENTIFIERS_MAX: usize = 8;

/// An identifier of the batch, once however often it is shown.
struct Asked<'a> {
    index: BlindIndex,
    identifier: &'a Identifier,
    /// When it was first shown.
    at: Timestamp,
}

/// The identifiers of a batch in the order in which they are first shown, and each request as places among them.
struct Batch<'a> {
    asked: Vec<Asked<'a>>,
    requests: Vec<Vec<usize>>,
}

/// An account of the batch.
struct Held {
    account: StoredAccount,
    /// It was claimed by this batch and is not stored yet.
    is_new: bool,
}

/// Finds or makes the persons of a batch of requests, in order; each request sees what those before it did.
///
/// An unknown identifier becomes an account. A request that shows several makes their accounts one person. When
/// another server merged one of the persons meanwhile this fails with an error that is worth repeating; on any error
/// the caller's transaction must be rolled back.
pub async fn resolve(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    requests: &[Seen<'_>],
    ids: &IdSource,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Vec<Resolved>, Error> {
    let batch = Batch::of(requests, keys)?;
    let held = held_accounts(tx, tenant, &batch, ids, clock).await?;
    let Loaded { mut components, merges, naming } = load_components(tx, tenant, &held).await?;
    let (resolved, evidence) = decide(requests, &batch, &held, &naming, &mut components);
    let relabelled = components.relabelled();
    store::insert_accounts(tx, tenant, &new_accounts(held, &batch, &relabelled, keys, entropy)).await?;
    save_merges(tx, tenant, &components, &relabelled, &merges).await?;
    store::insert_evidence(tx, tenant, &evidence).await?;
    Ok(resolved)
}

impl<'a> Batch<'a> {
    fn of(requests: &[Seen<'a>], keys: &PeopleKeys) -> Result<Self, Error> {
        if requests.len() > BATCH_MAX {
            return Err(Error::BatchTooLarge { given: requests.len(), max: BATCH_MAX });
        }
        let mut batch =
            Self { asked: Vec::with_capacity(requests.len()), requests: Vec::with_capacity(requests.len()) };
        let mut place_of = HashMap::with_capacity(requests.len());
        for request in requests {
            match request.identifiers.len() {
                0 => return Err(Error::NoIdentifier),
                1..=IDENTIFIERS_MAX => {}
                given => return Err(Error::TooManyIdentifiers { given, max: IDENTIFIERS_MAX }),
            }
            let places = request.identifiers.iter().map(|identifier| {
                *place_of.entry(identifier).or_insert_with(|| {
                    let index = keys.blind_index(identifier);
                    batch.asked.push(Asked { index, identifier, at: request.at });
                    batch.asked.len() - 1
                })
            });
            batch.requests.push(places.collect());
        }
        Ok(batch)
    }
}

/// The account of every identifier of the batch: stored before, claimed now, or claimed by another server meanwhile.
async fn held_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    batch: &Batch<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Vec<Held>, Error> {
    let mut stored = store::accounts_by_index(tx, tenant, batch.asked.iter().map(|asked| asked.index)).await?;
    let mut claims = Vec::new();
    for asked in batch.asked.iter().filter(|asked| !stored.contains_key(&asked.index)) {
        claims.push((asked.index, asked.identifier.kind(), ids.next::<AccountId>(clock)?));
    }
    claims.sort_unstable_by_key(|claim| claim.0);
    let won: HashSet<AccountId> = store::claim(tx, tenant, &claims).await?.into_iter().collect();
    let lost = claims.iter().filter(|claim| !won.contains(&claim.2)).map(|claim| claim.0);
    // Whoever claimed them has committed, or the claim would still be waiting: they can be read now.
    stored.extend(store::accounts_by_index(tx, tenant, lost).await?);
    let claimed: HashMap<BlindIndex, AccountId> = claims.iter().map(|claim| (claim.0, claim.2)).collect();

    let held = batch.asked.iter().map(|asked| {
        if let Some(account) = stored.remove(&asked.index) {
            return Ok(Held { account, is_new: false });
        }
        let id = *claimed.get(&asked.index).filter(|id| won.contains(id)).ok_or(CHANGED_MEANWHILE)?;
        let account = StoredAccount {
            id,
            person: alone(id),
            merges: 0,
            tier: 0,
            kind: asked.identifier.kind(),
            created_at: asked.at,
        };
        Ok(Held { account, is_new: true })
    });
    held.collect()
}

/// What two statements of this transaction saw does not fit together. Doing it again finds out.
const CHANGED_MEANWHILE: tallymark_store::Error = tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 };

/// The components of all accounts of a batch.
struct Loaded {
    components: Components,
    /// What is needed to write the stored ones: how often each was merged.
    merges: HashMap<AccountId, i64>,
    /// Those whose identifiers make a member.
    naming: HashSet<AccountId>,
}

async fn load_components(tx: &mut Tx, tenant: TenantId, held: &[Held]) -> Result<Loaded, Error> {
    let mut linked: Vec<_> =
        held.iter().filter(|held| held.account.merges > 0).map(|held| held.account.person).collect();
    linked.sort_unstable();
    linked.dedup();
    let members = store::members(tx, tenant, linked.into_iter()).await?;

    let mut components = Components::default();
    let mut merges: HashMap<AccountId, i64> = HashMap::with_capacity(held.len() + members.len());
    for account in &members {
        components.add(account.id, account.person, account.tier);
        merges.insert(account.id, account.merges);
    }
    for Held { account, is_new } in held {
        // A person that another server merged between the two reads would be seen without its other accounts.
        if account.merges > 0 && merges.get(&account.id) != Some(&account.merges) {
            return Err(CHANGED_MEANWHILE.into());
        }
        components.add(account.id, account.person, account.tier);
        if !is_new {
            merges.insert(account.id, account.merges);
        }
    }
    let all = members.iter().chain(held.iter().map(|held| &held.account));
    let naming = all.filter(|account| account.kind.makes_member()).map(|account| account.id).collect();
    Ok(Loaded { components, merges, naming })
}

/// Runs the requests in order against the components. `naming` are the accounts whose identifiers make a member.
fn decide(
    requests: &[Seen<'_>],
    batch: &Batch<'_>,
    held: &[Held],
    naming: &HashSet<AccountId>,
    components: &mut Components,
) -> (Vec<Resolved>, Vec<Evidence>) {
    let mut known: Vec<bool> = held.iter().map(|held| !held.is_new).collect();
    let mut evidence = Vec::new();
    let mut resolved = Vec::with_capacity(requests.len());
    for (request, places) in requests.iter().zip(&batch.requests) {
        let account = held[places[0]].account.id;
        for place in &places[1..] {
            let other = held[*place].account.id;
            let link = components.link(account, other);
            if link != Link::Known {
                let (a, b) = (account.min(other), account.max(other));
                evidence.push(Evidence { a, b, at: request.at, cause: request.cause, merged: link == Link::Merged });
            }
        }
        let person = components.person_of(account);
        let is_first_shown =
            |account: &AccountId| places.iter().any(|place| !known[*place] && held[*place].account.id == *account);
        let (shown_now, shown_before): (Vec<AccountId>, Vec<AccountId>) =
            components.members(person).iter().filter(|own| naming.contains(own)).partition(|own| is_first_shown(own));
        resolved.push(Resolved {
            account,
            person,
            component: components.members(person).to_vec(),
            known: places.iter().any(|place| known[*place]),
            joined: !shown_now.is_empty() && shown_before.is_empty(),
            tier: components.tier(person),
        });
        places.iter().for_each(|place| known[*place] = true);
    }
    // In one order for all servers, as every claim.
    evidence.sort_by_key(|link| (link.a, link.b));
    (resolved, evidence)
}

/// The accounts to be stored for the first time, each with the person it ended up with, and its value sealed.
fn new_accounts(
    held: Vec<Held>,
    batch: &Batch<'_>,
    relabelled: &BTreeMap<AccountId, PersonId>,
    keys: &PeopleKeys,
    entropy: &dyn Entropy,
) -> Vec<NewAccount> {
    let new = held.into_iter().zip(&batch.asked).filter(|(held, _)| held.is_new);
    new.map(|(Held { mut account, .. }, Asked { identifier, .. })| {
        if let Some(person) = relabelled.get(&account.id) {
            account.person = *person;
            account.merges = 1;
        }
        let sealed = account.kind.keeps_value().then(|| keys.seal(account.id, identifier.value(), entropy));
        NewAccount { account, sealed }
    })
    .collect()
}

/// Relabels the stored accounts of every person that grew, and rewrites the lists of members.
async fn save_merges(
    tx: &mut Tx,
    tenant: TenantId,
    components: &Components,
    relabelled: &BTreeMap<AccountId, PersonId>,
    merges: &HashMap<AccountId, i64>,
) -> Result<(), Error> {
    let stored: Vec<_> =
        relabelled.iter().filter_map(|(account, person)| Some((*account, *merges.get(account)?, *person))).collect();
    store::relabel(tx, tenant, &stored).await?;
    // A person that was one account had no list.
    let had_list = |person: &PersonId| merges.get(&AccountId::from_raw(person.raw())).is_some_and(|merges| *merges > 0);
    store::delete_members(tx, tenant, components.absorbed().filter(had_list)).await?;
    store::insert_members(tx, tenant, relabelled).await?;
    Ok(())
}
