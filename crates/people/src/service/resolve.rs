//! The hot path: a batch of requests, each with identifiers, becomes persons in a constant number of statements.

use std::collections::{BTreeSet, HashMap, HashSet};

use tallymark_base::id::{AccountId, IdSource, TenantId};
use tallymark_base::{Clock, Entropy, Timestamp};
use tallymark_store::Tx;

use super::lookup;
use super::region::{Changed, Loaded, save};
use crate::rules::{Account, Evidence, Link, Persons, Stop, alone};
use crate::store::{self, NewAccount, evidence};
use crate::{BlindIndex, Error, Identifier, PeopleKeys, Resolved, Seen, standard_policy};

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
    account: Account,
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
    let held = held_accounts(tx, tenant, keys, &batch, ids, clock).await?;
    let mut loaded = load(tx, tenant, &batch, &held).await?;
    let naming = loaded.naming();
    let (resolved, persons) = loop {
        let mut persons = loaded.persons();
        match decide(requests, &batch, &held, &naming, &mut persons) {
            Ok(resolved) => break (resolved, persons),
            Err(stop) => loaded.resume(tx, tenant, stop).await?,
        }
    };
    let changed = Changed::of(&persons, &loaded);
    store::insert_accounts(tx, tenant, &new_accounts(&held, &batch, &persons, keys, entropy)).await?;
    save(tx, tenant, &persons, &changed).await?;
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
    keys: &PeopleKeys,
    batch: &Batch<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Vec<Held>, Error> {
    let asked = batch.asked.iter().map(|asked| (asked.index, asked.identifier));
    let mut stored = lookup::accounts(tx, tenant, keys, asked).await?;
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
        let account = Account {
            id,
            person: alone(id),
            merges: 0,
            tier: 0,
            kind: asked.identifier.kind(),
            created_at: asked.at,
            scope: asked.identifier.scope(),
            stable: stable(&asked.index),
            neighbours: 0,
        };
        Ok(Held { account, is_new: true })
    });
    held.collect()
}

/// What two statements of this transaction saw does not fit together. Doing it again finds out.
const CHANGED_MEANWHILE: tallymark_store::Error = tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 };

/// A number of an identifier that does not depend on when it came in.
fn stable(index: &BlindIndex) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *index;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The pairs of accounts that a request says are one person: the strongest identifier with each of the others, so that what
/// a shared device cannot carry is carried without it. Each as (older, younger).
fn pairs<'a>(places: &'a [usize], held: &'a [Held]) -> impl Iterator<Item = (AccountId, AccountId)> + 'a {
    let strength = |place: &&usize| {
        let kind = held[**place].account.kind.in_policy();
        standard_policy().kind(kind).map_or(u8::MAX, |of_kind| of_kind.priority)
    };
    // The first of equally strong ones.
    let centre = places.iter().min_by_key(strength).map(|place| held[*place].account.id);
    let others = places.iter().map(|place| held[*place].account.id);
    others.filter_map(move |other| {
        centre.filter(|centre| *centre != other).map(|centre| (centre.min(other), centre.max(other)))
    })
}

/// What is stored of the persons and the evidence that a batch touches.
async fn load(tx: &mut Tx, tenant: TenantId, batch: &Batch<'_>, held: &[Held]) -> Result<Loaded, Error> {
    let mut loaded = Loaded::default();
    let linked: BTreeSet<_> =
        held.iter().filter(|held| held.account.merges > 0).map(|held| held.account.person).collect();
    for account in store::members(tx, tenant, linked.into_iter()).await? {
        loaded.add(account);
    }
    for Held { account, is_new } in held {
        // A person that another server changed between the two reads would be seen without its other accounts.
        if account.merges > 0 && loaded.merges(account.id) != Some(account.merges) {
            return Err(CHANGED_MEANWHILE.into());
        }
        if *is_new {
            loaded.add_new(account.clone());
        } else {
            loaded.add(account.clone());
        }
    }
    let new: HashSet<AccountId> = held.iter().filter(|held| held.is_new).map(|held| held.account.id).collect();
    let shown: BTreeSet<_> = batch.requests.iter().flat_map(|places| pairs(places, held)).collect();
    let stored = shown.into_iter().filter(|(a, b)| !new.contains(a) && !new.contains(b));
    loaded.add_evidence(evidence::of_pairs(tx, tenant, stored).await?);
    Ok(loaded)
}

/// Runs the requests in order against the persons. `naming` are the accounts whose identifiers make a member.
fn decide(
    requests: &[Seen<'_>],
    batch: &Batch<'_>,
    held: &[Held],
    naming: &HashSet<AccountId>,
    persons: &mut Persons,
) -> Result<Vec<Resolved>, Stop> {
    let mut known: Vec<bool> = held.iter().map(|held| !held.is_new).collect();
    let mut resolved = Vec::with_capacity(requests.len());
    for (request, places) in requests.iter().zip(&batch.requests) {
        let first = held[places[0]].account.id;
        let mut account = first;
        for (a, b) in pairs(places, held) {
            let (at, rule, cause) = (request.at, request.rule, request.cause);
            let heard = Evidence { a, b, at, rule, cause, is_contested: false, retracted: 0 };
            // The first is not this person's alone: what happens now happens to whom the stronger one names.
            if persons.hear(standard_policy(), heard)? == Link::Apart && (a == first || b == first) {
                account = if a == first { b } else { a };
            }
        }
        let person = persons.person_of(account);
        let is_first_shown =
            |account: &AccountId| places.iter().any(|place| !known[*place] && held[*place].account.id == *account);
        let (shown_now, shown_before): (Vec<AccountId>, Vec<AccountId>) =
            persons.members(person).iter().filter(|own| naming.contains(own)).partition(|own| is_first_shown(own));
        resolved.push(Resolved {
            account,
            person,
            component: persons.members(person).to_vec(),
            known: places.iter().any(|place| known[*place]),
            joined: !shown_now.is_empty() && shown_before.is_empty(),
            tier: persons.tier(person),
        });
        places.iter().for_each(|place| known[*place] = true);
    }
    Ok(resolved)
}

/// The accounts to be stored for the first time, each as it ended up, and its value sealed.
fn new_accounts(
    held: &[Held],
    batch: &Batch<'_>,
    persons: &Persons,
    keys: &PeopleKeys,
    entropy: &dyn Entropy,
) -> Vec<NewAccount> {
    let regrouped: HashSet<AccountId> = persons.regrouped().map(|account| account.id).collect();
    let new = held.iter().zip(&batch.asked).filter(|(held, _)| held.is_new);
    new.map(|(Held { account, .. }, Asked { identifier, .. })| {
        let mut account = persons.account(account.id).clone();
        account.merges = i64::from(regrouped.contains(&account.id));
        let sealed = account.kind.keeps_value().then(|| keys.seal(account.id, identifier.value(), entropy));
        NewAccount { account, sealed }
    })
    .collect()
}
