//! A batch of scans: claim the keys, load what they touch, decide in order, save, commit.
//!
//! When a row moved meanwhile or a slice is short, everything is rolled back and done again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::TypedId;
use tallymark_base::id::{CampaignId, EventId, OrganisationId, ScanId, TenantId};
use tallymark_campaigns::rules::Left;
use tallymark_campaigns::{caps, days, slices};
use tallymark_codes::ReadError;
use tallymark_goods::{Found, custodians};
use tallymark_people::{EvidenceRule, Resolved, Seen};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx, idempotency};

use crate::measures::{Measures, Redo};
use crate::rules::{CodeUse, Known, Short, Slice, State, decide, use_key};
use crate::settings::{AllSettings, Settings};
use crate::types::{Award, Claim, Request, Scan};
use crate::{Error, facts, redeemed, store};

/// Tries of a batch that other servers got in the way of.
const TRIES_MAX: usize = 12;
/// Refills of slices for one batch. Each gives what one scan needs at least, and as a rule far more.
const REFILLS_MAX: usize = 2_000;
/// How long this server believes that nothing is left anywhere. A funding raises the revision, which ends it at once.
const EXHAUSTED_FOR: Duration = Duration::from_secs(1);

/// What one batcher keeps between batches.
pub(crate) struct Engine {
    context: Context,
    settings: AllSettings,
    /// Slices of the day that this server holds.
    days: HashMap<(CampaignId, i64), Left>,
    /// Of what nothing more can be had, until when, and at which revision that was found.
    exhausted: HashMap<Slice, (Duration, i64)>,
    measures: Measures,
}

/// The answer to one request of a batch.
type Answer = Result<Arc<Scan>, Error>;

/// Why a batch was not committed.
enum Again {
    /// Somebody else changed a row: do the same again.
    Contended,
    /// A slice of a tenant is short: refill, then do it again.
    Short(TenantId, Short),
    /// It cannot be done.
    Failed(Error),
}

impl<F: Into<Error> + tallymark_base::Fault> From<F> for Again {
    fn from(fault: F) -> Self {
        match fault.code() {
            "store.contended" | "store.rows_written" => Self::Contended,
            _ => Self::Failed(fault.into()),
        }
    }
}

impl Engine {
    pub(crate) fn new(context: Context, settings: AllSettings) -> Self {
        let measures = Measures::of(&context.store);
        Self { context, settings, days: HashMap::new(), exhausted: HashMap::new(), measures }
    }

    /// Decides a batch; gives an answer for each request, in order.
    pub(crate) async fn decide_batch(&mut self, requests: &[Request]) -> Vec<Answer> {
        match self.decide_together(requests).await {
            Ok(answers) => answers,
            // One request that cannot be decided must not take the others with it.
            Err(Error::Internal(cause)) if requests.len() > 1 => {
                tracing::error!(cause, requests = requests.len(), "a batch failed; its scans are decided one by one");
                self.measures.redone(Redo::Alone);
                let mut answers = Vec::with_capacity(requests.len());
                for request in requests {
                    let alone = self.decide_together(std::slice::from_ref(request)).await;
                    answers.push(alone.and_then(|mut one| one.pop().unwrap_or(Err(Error::Stopping))));
                }
                answers
            }
            Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn decide_together(&mut self, requests: &[Request]) -> Result<Vec<Answer>, Error> {
        let (mut tries, mut refills) = (0, 0);
        let mark = self.context.ids.mark();
        if self.context.ids.is_simulated() {
            // What is known must not depend on when the server was started.
            self.exhausted.clear();
        }
        loop {
            self.context.ids.again(mark);
            match self.attempt(requests).await {
                Ok(answers) => return Ok(answers),
                Err(Again::Failed(error)) => return Err(error),
                Err(Again::Contended) if tries < TRIES_MAX => {
                    tries += 1;
                    self.measures.redone(Redo::Contended);
                }
                Err(Again::Short(tenant, short)) if refills < REFILLS_MAX => {
                    refills += 1;
                    self.measures.redone(Redo::Slice);
                    self.refill(tenant, short).await?;
                }
                Err(Again::Contended | Again::Short(..)) => return Err(Error::Unavailable),
            }
        }
    }

    /// One try, in one transaction.
    async fn attempt(&mut self, requests: &[Request]) -> Result<Vec<Answer>, Again> {
        let mut tx = self.context.store.write().await?;
        let begun = self.context.clock.elapsed();
        let mut taken = self.take_keys(&mut tx, requests).await?;
        let mut by_tenant: BTreeMap<TenantId, Vec<usize>> = BTreeMap::new();
        for (place, request) in requests.iter().enumerate() {
            if taken.scans[place].is_some() {
                by_tenant.entry(request.tenant).or_default().push(place);
            }
        }
        let tenants: Vec<TenantId> = by_tenant.keys().copied().collect();
        let settings = self.settings.current(&mut tx, &self.context, &tenants).await?;
        let mut events = Events::new();
        let mut used_days = Vec::new();
        for (tenant, places) in &by_tenant {
            let settings = &settings[tenant];
            let asked: Vec<(ScanId, &Request)> =
                places.iter().filter_map(|place| Some((taken.scans[*place]?, &requests[*place]))).collect();
            let mut work = Work { context: &self.context, tenant: *tenant, settings, asked: &asked };
            let (scans, day_wins) = work.run(&mut tx, &self.days, &self.exhausted, &mut events).await?;
            used_days.extend(day_wins);
            for (place, scan) in places.iter().zip(scans) {
                taken.answers[*place] = Some(Ok(Arc::new(scan)));
            }
        }
        events.save(&mut tx, &self.context.ids, &*self.context.clock).await.map_err(saved)?;
        fail::fail_point!("scan::before_commit", |_| std::process::abort());
        let decided = self.context.clock.elapsed();
        tx.commit().await?;
        let committed = self.context.clock.elapsed();
        self.measures.committed(taken.decided(), decided.saturating_sub(begun), committed.saturating_sub(decided));
        for (day, wins) in used_days {
            self.days.entry(day).or_default().local -= wins;
        }
        Ok(taken.answers())
    }

    /// Claims the idempotency keys. A key that was taken before gets the first answer, or a conflict; a key that
    /// stands in the batch twice is decided once.
    async fn take_keys(&self, tx: &mut Tx, requests: &[Request]) -> Result<Taken, Again> {
        let mut taken = Taken {
            scans: vec![None; requests.len()],
            answers: (0..requests.len()).map(|_| None).collect(),
            same_as: vec![None; requests.len()],
        };
        let mut claims = BTreeMap::new();
        for (place, request) in requests.iter().enumerate() {
            match claims.get(&request.key) {
                None => {
                    claims.insert(request.key, (place, self.context.ids.next::<ScanId>(&*self.context.clock)?));
                }
                Some((first, _)) if requests[*first].body == request.body => taken.same_as[place] = Some(*first),
                Some(_) => taken.answers[place] = Some(Err(Error::KeyReused)),
            }
        }
        let rows: Vec<idempotency::Claim> = claims
            .iter()
            .map(|(key, (place, scan))| idempotency::Claim {
                key: *key,
                body: requests[*place].body,
                origin: Some(scan.raw()),
            })
            .collect();
        let known = idempotency::claim(tx, &rows, self.context.clock.now()).await?;
        let mut repeats: BTreeMap<TenantId, Vec<(usize, ScanId)>> = BTreeMap::new();
        for (key, (place, scan)) in claims {
            match known.get(&key) {
                None => taken.scans[place] = Some(scan),
                Some(before) => match before.origin {
                    Some(origin) if before.body == requests[place].body => {
                        repeats.entry(requests[place].tenant).or_default().push((place, ScanId::from_raw(origin)));
                    }
                    _ => taken.answers[place] = Some(Err(Error::KeyReused)),
                },
            }
        }
        for (tenant, repeats) in repeats {
            let mut scans = store::scans(tx, tenant, repeats.iter().map(|(_, scan)| *scan)).await?;
            for (place, scan) in repeats {
                taken.answers[place] = Some(scans.remove(&scan).map(Arc::new).ok_or(Error::NotFound));
            }
        }
        Ok(taken)
    }

    /// Refills a slice, in transactions of its own.
    async fn refill(&mut self, tenant: TenantId, short: Short) -> Result<(), Error> {
        let Context { store, ids, clock, .. } = &self.context;
        let revision = self.settings.known(tenant).map_or(0, |settings| settings.revision);
        let left = match short.slice {
            Slice::Account(account) => slices::take(store, tenant, account, short.missing, ids, &**clock).await?,
            Slice::Day(campaign, day) => {
                let settings = self.settings.known(tenant).ok_or(Error::Unavailable)?;
                let running = settings.campaigns.iter().find(|running| running.campaign.id == campaign);
                let campaign = &running.ok_or(Error::Unavailable)?.campaign;
                if let Some(held) = self.held(tenant, campaign.id, day).await? {
                    self.days.insert((campaign.id, day), held);
                    return Ok(());
                }
                let left = days::take(store, tenant, campaign, day, short.missing, ids, &**clock).await?;
                self.days.retain(|(_, known), _| *known >= day - 1);
                self.days.insert((campaign.id, day), left);
                left
            }
        };
        self.measures.refilled(&short.slice, left.exhausted);
        if left.exhausted {
            self.exhausted.insert(short.slice, (clock.elapsed() + EXHAUSTED_FOR, revision));
        }
        Ok(())
    }

    /// What this server was granted of a day before it was started, where it was and does not know yet.
    async fn held(&self, tenant: TenantId, campaign: CampaignId, day: i64) -> Result<Option<Left>, Error> {
        if self.days.contains_key(&(campaign, day)) {
            return Ok(None);
        }
        let mut tx = self.context.store.read().await?;
        let local = days::held(&mut tx, tenant, campaign, day, self.context.ids.node()).await?;
        Ok((local > 0).then_some(Left { local, exhausted: false }))
    }
}

fn saved(error: tallymark_store::outbox::SaveError) -> Again {
    match error {
        tallymark_store::outbox::SaveError::Store(error) => error.into(),
        tallymark_store::outbox::SaveError::Id(error) => error.into(),
    }
}

/// Requests of a batch, sorted into those to decide and those whose answer is known.
struct Taken {
    /// Those to decide, with their new ids.
    scans: Vec<Option<ScanId>>,
    answers: Vec<Option<Answer>>,
    /// Those that repeat another request of the batch.
    same_as: Vec<Option<usize>>,
}

impl Taken {
    /// The scans that were decided; repeats of earlier requests are not among them.
    fn decided(&self) -> impl Iterator<Item = &Scan> {
        let mine = self.scans.iter().zip(&self.answers).filter(|(scan, _)| scan.is_some());
        mine.filter_map(|(_, answer)| answer.as_ref()?.as_deref().ok())
    }

    fn answers(self) -> Vec<Answer> {
        let Self { answers, same_as, .. } = self;
        let answered = |place: usize| answers[place].clone().unwrap_or(Err(Error::Stopping));
        same_as.iter().enumerate().map(|(place, first)| answered(first.unwrap_or(place))).collect()
    }
}

/// The scans of one tenant in a batch.
struct Work<'a> {
    context: &'a Context,
    tenant: TenantId,
    settings: &'a Settings,
    asked: &'a [(ScanId, &'a Request)],
}

/// Wins of the day that a batch used.
type DayWins = Vec<((CampaignId, i64), i64)>;

impl Work<'_> {
    async fn run(
        &mut self,
        tx: &mut Tx,
        days: &HashMap<(CampaignId, i64), Left>,
        exhausted: &HashMap<Slice, (Duration, i64)>,
        events: &mut Events,
    ) -> Result<(Vec<Scan>, DayWins), Again> {
        let found = self.read(tx).await?;
        let who = self.resolve(tx, &found).await?;
        let holders = self.holders(tx, &found).await?;
        let mut state = self.load(tx, &found, &who, days, exhausted).await?;

        let mut scans = Vec::with_capacity(self.asked.len());
        for (((id, request), found), who) in self.asked.iter().zip(&found).zip(&who) {
            let custodian = found.as_ref().and_then(|found| holders.get(&(found.batch, found.serial)).copied());
            let known = Known { settings: self.settings, found: found.as_ref(), who: who.as_ref(), custodian };
            let decision =
                decide(&mut state, request, *id, &known).map_err(|short| Again::Short(self.tenant, short))?;
            scans.push(Scan { id: *id, at: request.at, decision });
        }
        self.fill_own_awards(tx, &mut scans).await?;
        fail::fail_point!("scan::before_save", |_| std::process::abort());
        self.save(tx, &scans, &state).await?;
        for scan in &scans {
            facts::push(events, scan, self.tenant, || self.context.ids.next::<EventId>(&*self.context.clock))?;
        }
        Ok((scans, state.day_wins.into_iter().collect()))
    }

    /// The code of each request, where it is one of the tenant's and the link's GTIN is its product's.
    async fn read(&self, tx: &mut Tx) -> Result<Vec<Option<Found>>, Again> {
        let texts = self.asked.iter().map(|(_, request)| request.code.as_str());
        let reader = tallymark_goods::reader(tx, self.tenant, &self.settings.catalog, texts).await?;
        let read = |request: &Request| {
            let found = match reader.read(&request.code) {
                Ok(found) => found,
                Err(ReadError::Malformed(_) | ReadError::Unknown) => return None,
            };
            request.gtin.is_none_or(|gtin| gtin == found.gtin).then_some(found)
        };
        Ok(self.asked.iter().map(|(_, request)| read(request)).collect())
    }

    /// Who scans, for every request about a code of ours that names somebody.
    async fn resolve(&self, tx: &mut Tx, found: &[Option<Found>]) -> Result<Vec<Option<Resolved>>, Again> {
        let names: Vec<bool> = found
            .iter()
            .zip(self.asked)
            .map(|(found, (_, request))| found.is_some() && !request.identifiers.is_empty())
            .collect();
        let seen: Vec<Seen<'_>> = names
            .iter()
            .zip(self.asked)
            .filter(|(names, _)| **names)
            .map(|(_, (id, request))| Seen {
                identifiers: &request.identifiers,
                at: request.at,
                rule: EvidenceRule::ShownTogether,
                cause: id.raw(),
            })
            .collect();
        let Context { ids, clock, entropy, .. } = self.context;
        let people = &self.settings.people;
        let mut resolved =
            tallymark_people::resolve(tx, self.tenant, people, &seen, ids, &**clock, &**entropy).await?.into_iter();
        Ok(names.into_iter().map(|names| if names { resolved.next() } else { None }).collect())
    }

    /// Who received the case of each item; asked only where a rebate could depend on it.
    async fn holders(
        &self,
        tx: &mut Tx,
        found: &[Option<Found>],
    ) -> Result<HashMap<(tallymark_base::id::BatchId, u64), OrganisationId>, Again> {
        if self.settings.rebates.is_empty() {
            return Ok(HashMap::new());
        }
        let mut items: Vec<_> = found
            .iter()
            .zip(self.asked)
            .filter(|(_, (_, request))| request.claim)
            .filter_map(|(found, _)| found.as_ref())
            .filter(|found| found.level == tallymark_codes::Level::Item)
            .map(|found| (found.batch, found.serial))
            .collect();
        items.sort_unstable();
        items.dedup();
        let held = custodians(tx, self.tenant, &self.settings.catalog, &items).await?;
        Ok(held.into_iter().map(|(item, custody)| (item, custody.organisation)).collect())
    }

    async fn load(
        &self,
        tx: &mut Tx,
        found: &[Option<Found>],
        who: &[Option<Resolved>],
        days: &HashMap<(CampaignId, i64), Left>,
        exhausted: &HashMap<Slice, (Duration, i64)>,
    ) -> Result<State, Again> {
        let keys = found.iter().flatten().map(use_key);
        let uses: HashMap<_, CodeUse> = store::code_uses(tx, self.tenant, keys).await?;
        let claims: Vec<_> = self
            .asked
            .iter()
            .zip(who)
            .filter(|((_, request), _)| request.claim)
            .filter_map(|((_, request), who)| Some((request, who.as_ref()?)))
            .flat_map(|(request, who)| {
                let day = request.at.day_in(&self.settings.zone);
                let campaigns = self.settings.campaigns.iter().map(|running| &running.campaign);
                campaigns
                    .filter(|campaign| campaign.caps_persons())
                    .map(move |campaign| (campaign, who.component.as_slice(), day))
            })
            .collect();
        let wins = caps::load(tx, self.tenant, &claims).await?;

        let node = self.context.ids.node();
        let accounts = self.settings.finite_accounts();
        let slots: Vec<_> = accounts.iter().map(|account| account.at_node(node)).collect();
        let balances = tallymark_ledger::slots(tx, self.tenant, &slots).await?;
        let now = self.context.clock.elapsed();
        let is_exhausted = |slice: &Slice| {
            exhausted.get(slice).is_some_and(|(until, revision)| now < *until && *revision == self.settings.revision)
        };
        let mut left = HashMap::with_capacity(accounts.len());
        for (account, slot) in accounts.iter().zip(&slots) {
            let slice = Slice::Account(*account);
            let local = balances.get(slot).map_or(0, tallymark_ledger::Balance::available);
            left.insert(slice, Left { local, exhausted: is_exhausted(&slice) });
        }
        for ((campaign, day), known) in days {
            let slice = Slice::Day(*campaign, *day);
            left.insert(slice, Left { local: known.local, exhausted: is_exhausted(&slice) });
        }
        Ok(State { uses: uses.into_iter().collect(), wins, left, node, ..State::default() })
    }

    /// What the same person won earlier with a code that is taken.
    async fn fill_own_awards(&self, tx: &mut Tx, scans: &mut [Scan]) -> Result<(), Again> {
        let earlier: Vec<ScanId> = scans
            .iter()
            .filter_map(|scan| match &scan.decision.claim {
                Claim::Taken { own: true, scan, .. } => Some(*scan),
                _ => None,
            })
            .collect();
        if earlier.is_empty() {
            return Ok(());
        }
        let mut won: HashMap<ScanId, Vec<Award>> = scans.iter().filter_map(drawn).collect();
        let stored = store::scans(tx, self.tenant, earlier.into_iter()).await?;
        won.extend(stored.values().filter_map(drawn));
        for scan in scans {
            if let Claim::Taken { own: true, scan: first, awards, .. } = &mut scan.decision.claim {
                *awards = won.get(first).cloned().unwrap_or_default();
            }
        }
        Ok(())
    }

    /// Hot rows come last: what other servers may wait for is locked for the shortest time.
    async fn save(&self, tx: &mut Tx, scans: &[Scan], state: &State) -> Result<(), Again> {
        store::insert_scans(tx, self.tenant, scans).await?;
        let changed: Vec<_> =
            state.uses.iter().filter(|(_, used)| used.changed).map(|(key, used)| (*key, used)).collect();
        store::save_code_uses(tx, self.tenant, &changed).await?;
        let redeemed = redeemed::of(scans, changed.iter().map(|(key, used)| (key.0, *used)));
        store::redeemed::note(tx, self.tenant, &redeemed).await?;
        caps::add(tx, self.tenant, &state.wins).await?;
        let day_wins: Vec<_> = state.day_wins.iter().map(|((campaign, day), wins)| (*campaign, *day, *wins)).collect();
        days::add(tx, self.tenant, state.node, &day_wins).await?;
        if !state.transfers.is_empty() {
            tallymark_ledger::post(tx, self.tenant, &state.transfers, self.context.clock.now()).await?;
        }
        Ok(())
    }
}

fn drawn(scan: &Scan) -> Option<(ScanId, Vec<Award>)> {
    match &scan.decision.claim {
        Claim::Drawn { awards } => Some((scan.id, awards.clone())),
        _ => None,
    }
}

/// A stored scan.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: ScanId) -> Result<Scan, Error> {
    store::scans(tx, tenant, std::iter::once(id)).await?.remove(&id).ok_or(Error::NotFound)
}

/// What became of a code's face; `None` when it was never used.
pub async fn code_use(tx: &mut Tx, tenant: TenantId, found: &Found) -> Result<Option<CodeUse>, Error> {
    let key = use_key(found);
    Ok(store::code_uses(tx, tenant, std::iter::once(key)).await?.remove(&key))
}
