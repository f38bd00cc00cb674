//! Everybody of a tenant in memory: accounts and evidence, read page by page, each page in a transaction of its own. What
//! changes meanwhile may be seen in part; nothing is written without looking again.

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_identity::{Fact, Graph, Keys, Loader, Persons, Policy};
use tallymark_store::Store;

use super::version;
use crate::Error;
use crate::store::everybody::{self as statements, PAGE, StoredAccount, StoredEvidence};

/// Its person changed before, so that it is on a member list.
pub(super) const CHANGED: u8 = 1;
/// It is on the member list of its person.
pub(super) const LISTED: u8 = 2;
/// Its person is not named by an account that names itself.
pub(super) const MISNAMED: u8 = 4;
/// Many may turn out to share it.
const SHAREABLE: u8 = 8;
/// A shared account still carries evidence to it.
const ON_SHARED: u8 = 16;

/// Everybody as they are stored.
#[derive(Debug)]
pub(super) struct Everyone {
    pub(super) graph: Graph,
    /// The numbers of the accounts, ascending: an index is a place in this list.
    pub(super) keys: Vec<i64>,
    /// Who is who by what is stored.
    pub(super) before: Persons,
    /// What is stored besides, where it was asked for.
    pub(super) marks: Marks,
}

/// What must be right besides who is who.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Of each account, [`CHANGED`] and so on.
    pub(super) flags: Vec<u8>,
    /// Of each account a number that is another one after its person or its evidence changed.
    pub(super) versions: Vec<u32>,
    /// Of each account the neighbours that are stored less those that evidence shows.
    pub(super) neighbours: Vec<u32>,
    /// Evidence that joins nothing, as pairs of indexes.
    pub(super) contested: Vec<(u32, u32)>,
    /// Entries of member lists that name another person than the account does.
    pub(super) strays: Vec<(i64, i64)>,
}

/// Reads everybody.
pub(super) struct Reader<'a> {
    store: &'a Store,
    tenant: TenantId,
    policy: &'a Policy,
    keys: Keys,
    loader: Loader,
    /// The index of the account by which the person of each account is named.
    labels: Vec<u32>,
    marks: Option<Marks>,
    /// Kept to be used again.
    block: Vec<i64>,
    indexes: Vec<Option<u32>>,
}

impl<'a> Reader<'a> {
    /// Room for everybody of a tenant.
    pub(super) async fn of(store: &'a Store, tenant: TenantId, policy: &'a Policy) -> Result<Self, Error> {
        let mut tx = store.read().await?;
        let (accounts, evidence) = statements::sizes(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(Self {
            store,
            tenant,
            policy,
            keys: Keys::with_capacity(accounts),
            loader: Loader::with_capacity(accounts, evidence),
            labels: Vec::with_capacity(accounts),
            marks: None,
            block: Vec::with_capacity(2 * PAGE),
            indexes: Vec::with_capacity(2 * PAGE),
        })
    }

    /// With [`Marks`], which take 9 bytes an account while loading.
    pub(super) fn with_marks(self) -> Self {
        let accounts = self.labels.capacity();
        let marks = Marks {
            flags: Vec::with_capacity(accounts),
            versions: Vec::with_capacity(accounts),
            neighbours: Vec::with_capacity(accounts),
            ..Marks::default()
        };
        Self { marks: Some(marks), ..self }
    }

    /// Reads everybody.
    pub(super) async fn everyone(mut self) -> Result<Everyone, Error> {
        let mut last = Some(i64::MIN);
        while let Some(after) = last {
            let mut tx = self.store.read().await?;
            let page = statements::accounts_after(&mut tx, self.tenant, after).await?;
            tx.commit().await?;
            self.add_accounts(&page)?;
            last = page.last().filter(|_| page.len() == PAGE).map(|account| account.id.raw());
        }
        let mut last = Some((i64::MIN, i64::MIN));
        while let Some(after) = last {
            let mut tx = self.store.read().await?;
            let page = statements::evidence_after(&mut tx, self.tenant, after).await?;
            tx.commit().await?;
            self.add_evidence(&page)?;
            last = page.last().filter(|_| page.len() == PAGE).map(|evidence| (evidence.a.raw(), evidence.b.raw()));
        }
        let mut last = self.marks.is_some().then_some((i64::MIN, i64::MIN));
        while let Some(after) = last {
            let mut tx = self.store.read().await?;
            let page = statements::listed_after(&mut tx, self.tenant, after).await?;
            tx.commit().await?;
            self.add_listed(&page);
            last = page.last().copied().filter(|_| page.len() == PAGE);
        }
        let before = Persons::of_labels(&self.labels, self.policy);
        let (graph, keys) = (self.loader.finish(), self.keys.into_keys());
        Ok(Everyone { graph, keys, before, marks: self.marks.unwrap_or_default() })
    }

    fn add_accounts(&mut self, page: &[StoredAccount]) -> Result<(), Error> {
        for account in page {
            self.keys.insert(account.id.raw())?;
            self.loader.node(account.kind.in_policy(), account.scope, account.stable)?;
        }
        self.block.clear();
        self.block.extend(page.iter().map(|account| account.person.raw()));
        self.keys.indexes_of(&self.block, &mut self.indexes);
        for (account, named) in page.iter().zip(&self.indexes) {
            let own = self.labels.len() as u32;
            // Accounts come in the order of their numbers, so the one that a person is named by comes first.
            let name = named.filter(|name| *name == own || (*name < own && self.labels[*name as usize] == *name));
            self.labels.push(name.unwrap_or(own));
            if let Some(marks) = &mut self.marks {
                marks.add_account(self.policy, account, name.is_some());
            }
        }
        Ok(())
    }

    fn add_evidence(&mut self, page: &[StoredEvidence]) -> Result<(), Error> {
        self.block.clear();
        self.block.extend(page.iter().flat_map(|evidence| [evidence.a.raw(), evidence.b.raw()]));
        self.keys.indexes_of(&self.block, &mut self.indexes);
        for (evidence, ends) in page.iter().zip(self.indexes.as_chunks::<2>().0) {
            // An account that is not there came in after the accounts were read.
            let [Some(a), Some(b)] = *ends else { continue };
            self.loader.edge(a, b, Fact { rule: evidence.rule.rank(), first_seen: evidence.at.0 })?;
            if let Some(marks) = &mut self.marks {
                marks.add_evidence(evidence, a, b);
            }
        }
        Ok(())
    }

    fn add_listed(&mut self, page: &[(i64, i64)]) {
        self.block.clear();
        self.block.extend(page.iter().flat_map(|(person, account)| [*person, *account]));
        self.keys.indexes_of(&self.block, &mut self.indexes);
        let Some(marks) = &mut self.marks else { return };
        for (entry, ends) in page.iter().zip(self.indexes.as_chunks::<2>().0) {
            match *ends {
                [Some(person), Some(account)] if marks.is_entry(&self.labels, person, account) => {
                    marks.flags[account as usize] |= LISTED;
                }
                _ => marks.strays.push(*entry),
            }
        }
    }
}

impl Marks {
    fn add_account(&mut self, policy: &Policy, account: &StoredAccount, is_named: bool) {
        let kind = policy.kind(account.kind.in_policy());
        let flags = [
            (account.merges > 0, CHANGED),
            (!is_named, MISNAMED),
            (kind.is_some_and(|kind| kind.shareable), SHAREABLE),
            (kind.is_some_and(|kind| kind.on_shared), ON_SHARED),
        ];
        self.flags.push(flags.iter().filter(|(is, _)| *is).map(|(_, flag)| flag).sum());
        self.versions.push(version::of_account(account.merges));
        self.neighbours.push(account.neighbours);
    }

    fn add_evidence(&mut self, evidence: &StoredEvidence, a: u32, b: u32) {
        if evidence.is_contested {
            self.contested.push((a.min(b), a.max(b)));
        }
        let version = version::of_evidence(evidence.a, evidence.b, evidence.at, evidence.rule);
        for (own, other) in [(a as usize, b as usize), (b as usize, a as usize)] {
            self.versions[own] = self.versions[own].wrapping_add(version);
            let counts = self.flags[own] & SHAREABLE != 0 && self.flags[other] & ON_SHARED == 0;
            self.neighbours[own] = self.neighbours[own].wrapping_sub(u32::from(counts));
        }
    }

    /// Whether a member list has an account rightly.
    fn is_entry(&self, labels: &[u32], person: u32, account: u32) -> bool {
        let flags = self.flags[account as usize];
        labels[account as usize] == person && flags & CHANGED != 0 && flags & MISNAMED == 0
    }
}
