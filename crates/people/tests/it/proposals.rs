//! Who may be one is proposed, decided by people, and never forgotten nor forced.

use std::collections::{BTreeMap, BTreeSet};

use tallymark_base::id::{AccountId, ChangeId, JobId, ProposalId, TenantId};
use tallymark_base::{Fault as _, TypedId as _};
use tallymark_matching::{Field, Record};
use tallymark_people::identity::{self, ChangeKind, Decision};
use tallymark_people::profile::NewValue;
use tallymark_people::proposals::{
    self, BY_MATCHING, Found, Holdings, Joined, Likeness, Proposal, ProposalState, Search, SearchState, SearchTold,
};
use tallymark_people::{Error, MIGRATIONS, privacy};
use tallymark_store::{Tx, job};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::profile::put_all;
use crate::town::Town;
use crate::world::{World, assert_sound, card, world};

fn because(reason: &str) -> Decision<'_> {
    Decision { by: "usr_1", reason, at: start() }
}

/// Gives new people their fields, each person one account.
async fn people(db: &TestDb, world: &World, first: u64, all: &[Vec<(String, String)>]) -> Vec<AccountId> {
    let mut accounts = Vec::with_capacity(all.len());
    for (number, some) in all.chunks(100).enumerate() {
        let start_at = first + 100 * number as u64;
        let shown: Vec<_> = (0..some.len() as u64).map(|n| vec![card(start_at + n)]).collect();
        let seen = world.seen(db, &shown).await.unwrap();
        let values: Vec<NewValue<'_>> = some
            .iter()
            .zip(&seen)
            .flat_map(|(fields, seen)| fields.iter().map(|(field, value)| said(seen.account, field, value)))
            .collect();
        put_all(db, world, &values).await;
        accounts.extend(seen.iter().map(|seen| seen.account));
    }
    accounts
}

fn said<'a>(account: AccountId, field: &'a str, value: &'a str) -> NewValue<'a> {
    NewValue { account, field, value, source: "shop", at: start(), verified: false }
}

fn fields(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
}

/// What a shop would know of a record of a made-up town.
fn of_record(record: &Record) -> Vec<(String, String)> {
    let value = |field| record.get(field).unwrap_or_default().to_owned();
    let (given, surname) = (value(Field::GivenName), value(Field::Surname));
    let is_chinese = surname.chars().chain(given.chars()).any(|c| !c.is_ascii());
    let name = if is_chinese { format!("{surname}{given}") } else { format!("{given} {surname}") };
    let phone = value(Field::Phone);
    let phone = (if phone.len() < 11 { "phone_tail" } else { "phone" }, phone);
    let all = [
        ("name", name),
        ("birthday", value(Field::DateOfBirth)),
        ("address", value(Field::AddressLine1)),
        ("city", if is_chinese { String::new() } else { value(Field::Suburb) }),
        ("postcode", value(Field::Postcode)),
        ("email", value(Field::Email)),
        phone,
    ];
    all.into_iter().filter(|(_, value)| !value.trim().is_empty()).map(|(f, value)| (f.to_owned(), value)).collect()
}

const QUIET: Town = Town { seed: 11, households: 120, copies_max: 1, harm: 0.0, contacts: true, chinese: true };

/// Neighbours, each known once, from whom it is learned how strangers agree.
async fn neighbours(db: &TestDb, world: &World) -> usize {
    let all: Vec<_> = QUIET.records().iter().map(|(record, _)| of_record(record)).collect();
    people(db, world, 500_000, &all).await.len()
}

async fn find(db: &TestDb, world: &World) -> Found {
    proposals::find(&db.context(), world.tenant, &world.keys, &Search::default()).await.unwrap()
}

/// All proposals of a state.
async fn all(db: &TestDb, world: &World, state: Option<ProposalState>) -> Vec<Proposal> {
    let mut tx = db.store.read().await.unwrap();
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = proposals::list(&mut tx, world.tenant, state, before, 7).await.unwrap();
        all.extend(page.items);
        before = page.next;
        if before.is_none() {
            return all;
        }
    }
}

async fn pairs(db: &TestDb, world: &World, state: ProposalState) -> BTreeSet<(AccountId, AccountId)> {
    all(db, world, Some(state)).await.iter().map(|one| (one.a, one.b)).collect()
}

async fn person(db: &TestDb, world: &World, account: AccountId) -> i64 {
    let mut tx = db.store.read().await.unwrap();
    identity::of(&mut tx, world.tenant, account).await.unwrap().person.raw()
}

async fn accept(db: &TestDb, world: &World, id: ProposalId) -> Result<ChangeId, Error> {
    let mut tx = db.store.write().await.unwrap();
    let (change, _) = proposals::accept(&mut tx, world.tenant, id, "usr_1", &db.ids, &*db.clock).await?;
    tx.commit().await.unwrap();
    Ok(change.id)
}

async fn refuse(db: &TestDb, world: &World, id: ProposalId) -> Result<Proposal, Error> {
    let mut tx = db.store.write().await.unwrap();
    let refused = proposals::refuse(&mut tx, world.tenant, id, because("two cousins")).await?;
    tx.commit().await.unwrap();
    Ok(refused)
}

async fn undo(db: &TestDb, world: &World, change: ChangeId) -> ChangeId {
    let mut tx = db.store.write().await.unwrap();
    let done =
        identity::undo(&mut tx, world.tenant, change, because("they called"), &db.ids, &*db.clock).await.unwrap();
    tx.commit().await.unwrap();
    done.0.id
}

/// Somebody who is known twice, by card and by shop.
const TWICE: [&[(&str, &str)]; 2] = [
    &[("name", "欧阳娜娜"), ("birthday", "1992-03-08"), ("address", "广东省深圳市南山区科技路18号")],
    &[("name", "歐陽 娜娜"), ("birthday", "1992/3/8"), ("address", "南山区科技路18号"), ("city", "深圳市")],
];

async fn twice(db: &TestDb, world: &World) -> [AccountId; 2] {
    let both = people(db, world, 1, &TWICE.map(fields)).await;
    [both[0], both[1]]
}

/// Accounts that hold value, as the test says.
struct Owners(BTreeSet<AccountId>);

impl Holdings for Owners {
    async fn holders(
        &self,
        _: &mut Tx,
        _: TenantId,
        accounts: &[AccountId],
    ) -> Result<BTreeSet<AccountId>, tallymark_store::Error> {
        Ok(accounts.iter().copied().filter(|account| self.0.contains(account)).collect())
    }
}

async fn told_of(db: &TestDb, town: Town) -> (f64, f64) {
    let world = world(1);
    let records = town.records();
    let all_fields: Vec<_> = records.iter().map(|(record, _)| of_record(record)).collect();
    let accounts = people(db, &world, 1, &all_fields).await;
    let who: BTreeMap<AccountId, usize> =
        accounts.iter().zip(&records).map(|(account, (_, person))| (*account, *person)).collect();
    let found = find(db, &world).await;
    assert_eq!(found.people + found.thin, records.len() as u64, "{found:?}");
    let proposed = pairs(db, &world, ProposalState::Open).await;
    assert_eq!(proposed.len() as u64, found.new);
    let right = proposed.iter().filter(|(a, b)| who[a] == who[b]).count();
    // Of a person of n records n - 1 pairs are enough.
    let copies = who.values().fold(BTreeMap::<usize, usize>::new(), |mut counts, person| {
        *counts.entry(*person).or_default() += 1;
        counts
    });
    let wanted: usize = copies.values().map(|count| count - 1).sum();
    let (precision, recall) = (right as f64 / proposed.len() as f64, right as f64 / wanted as f64);
    println!(
        "{town:?}: {} people, {} proposed, precision {precision:.3}, recall {recall:.3}",
        records.len(),
        proposed.len()
    );
    let again = find(db, &world).await;
    assert_eq!((again.new, again.again, again.stale), (0, found.new, 0), "each pair is proposed once");
    (precision, recall)
}

both_engines! { [MIGRATIONS];
    async fn of_a_made_up_town_most_who_are_one_are_proposed_and_few_who_are_not(db: TestDb) {
        let town = Town { seed: 3, households: 250, copies_max: 3, harm: 0.7, contacts: true, chinese: true };
        let (precision, recall) = told_of(&db, town).await;
        assert!(precision > 0.9 && recall > 0.8, "{precision} {recall}");
    }

    async fn a_town_of_latin_names_is_read_as_well(db: TestDb) {
        let town = Town { seed: 5, households: 200, copies_max: 2, harm: 0.7, contacts: true, chinese: false };
        let (precision, recall) = told_of(&db, town).await;
        assert!(precision > 0.9 && recall > 0.8, "{precision} {recall}");
    }

    async fn a_family_at_one_address_is_not_one_person(db: TestDb) {
        let world = world(1);
        neighbours(&db, &world).await;
        let address = ("address", "浙江省杭州市西湖区文三路90号2栋501室");
        let family = [
            vec![("name", "王伟"), ("birthday", "1968-01-20"), address],
            vec![("name", "李娟"), ("birthday", "1970-07-02"), address],
            vec![("name", "王伟明"), ("birthday", "1994-11-30"), address],
            vec![("name", "王小燕"), ("birthday", "1997-05-16"), address],
        ];
        let family = family.map(|one| fields(&one));
        let members: BTreeSet<_> = people(&db, &world, 1_000, &family).await.into_iter().collect();
        let [one, two] = twice(&db, &world).await;
        let father = [("name", "王 伟"), ("birthday", "1968-01-20"), ("address", "杭州市西湖区文三路90号2栋501室")];
        let again = people(&db, &world, 2_000, &[fields(&father)]).await[0];
        let father = *members.first().unwrap();
        find(&db, &world).await;
        let proposed = pairs(&db, &world, ProposalState::Open).await;
        assert!(proposed.contains(&(one, two)), "traditional and simplified characters: {proposed:?}");
        assert!(proposed.contains(&(father, again)), "the father himself, known twice: {proposed:?}");
        let within: Vec<_> = proposed.iter().filter(|(a, b)| members.contains(a) && members.contains(b)).collect();
        assert_eq!(within, Vec::<&(AccountId, AccountId)>::new(), "nobody of the family is another");
        let told = all(&db, &world, Some(ProposalState::Open)).await;
        let of_both = told.iter().find(|one_of| (one_of.a, one_of.b) == (one, two)).unwrap();
        let likeness = |field: &str| of_both.agreement.iter().find(|one| one.field == field).map(|one| one.likeness);
        assert_eq!([likeness("given_name"), likeness("surname"), likeness("suburb")], [Some(Likeness::Exact); 3]);
        let text = serde_json::to_string(&told).unwrap();
        assert!(!text.contains("娜") && !text.contains("1992"), "no value is told: {text}");
    }

    async fn one_bad_record_between_two_people_does_not_make_them_one(db: TestDb) {
        let world = world(1);
        neighbours(&db, &world).await;
        let (address, phone) = (("address", "江苏省南京市鼓楼区中山路7号"), ("phone", "13905170011"));
        let father = |born| vec![("name", "赵志强"), ("birthday", born), address, phone];
        let son = |born| vec![("name", "赵晨曦"), ("birthday", born), address, phone];
        let all_seven = [
            father("1961-02-03"),
            father("1961-02-03"),
            father("1961-03-02"),
            son("1990-09-21"),
            son("1990-09-21"),
            son("1990-09-12"),
            // Somebody wrote down the name of the one with the birthday of the other.
            vec![("name", "赵志强"), ("birthday", "1990-09-21"), address, phone],
        ];
        let seven = people(&db, &world, 1_000, &all_seven.map(|one| fields(&one))).await;
        find(&db, &world).await;
        let proposed = pairs(&db, &world, ProposalState::Open).await;
        assert!(proposed.iter().filter(|(a, b)| seven[..3].contains(a) && seven[..3].contains(b)).count() == 2, "the father");
        assert!(proposed.iter().filter(|(a, b)| seven[3..6].contains(a) && seven[3..6].contains(b)).count() == 2, "the son");
        let done = proposals::join_automatically(&db.context(), world.tenant, 0.9, &Owners(BTreeSet::new())).await.unwrap();
        for proposal in all(&db, &world, Some(ProposalState::Open)).await {
            accept(&db, &world, proposal.id).await.unwrap();
        }
        let (father, son) = (person(&db, &world, seven[0]).await, person(&db, &world, seven[5]).await);
        assert_ne!(father, son, "{done:?}, {proposed:?}");
        assert_eq!([person(&db, &world, seven[2]).await, person(&db, &world, seven[4]).await], [father, son]);
    }

    async fn accepting_joins_and_taking_that_back_refuses(db: TestDb) {
        let world = world(1);
        neighbours(&db, &world).await;
        let [one, two] = twice(&db, &world).await;
        find(&db, &world).await;
        let proposal = all(&db, &world, Some(ProposalState::Open)).await.into_iter().find(|p| (p.a, p.b) == (one, two)).unwrap();
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(proposals::of(&mut tx, world.tenant, proposal.id).await.unwrap().persons.len(), 2);
        drop(tx);

        let change = accept(&db, &world, proposal.id).await.unwrap();
        assert_eq!(person(&db, &world, one).await, person(&db, &world, two).await);
        let state = async || {
            let mut tx = db.store.read().await.unwrap();
            let detail = proposals::of(&mut tx, world.tenant, proposal.id).await.unwrap();
            let decided = detail.proposal.decided.unwrap();
            (detail.proposal.state, detail.persons.len(), decided.change, decided.reason)
        };
        let reason = format!("proposal {}", proposal.id);
        assert_eq!(state().await, (ProposalState::Accepted, 1, Some(change), reason.clone()));
        let mut tx = db.store.read().await.unwrap();
        let journal = identity::changes(&mut tx, world.tenant, None, 10).await.unwrap();
        drop(tx);
        assert_eq!((journal[0].kind, journal[0].by.as_str(), journal[0].reason.as_str()), (ChangeKind::Joined, "usr_1", reason.as_str()));
        assert_eq!(accept(&db, &world, proposal.id).await.unwrap_err().code(), "people.proposal_decided");
        assert_eq!(refuse(&db, &world, proposal.id).await.unwrap_err().code(), "people.proposal_decided");
        let found = find(&db, &world).await;
        assert_eq!(found.new, 0, "both are one: {found:?}");

        let undone = undo(&db, &world, change).await;
        assert_ne!(person(&db, &world, one).await, person(&db, &world, two).await);
        assert_eq!(state().await, (ProposalState::Refused, 2, Some(undone), "they called".to_owned()));
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.reopened), (0, 0), "what was parted is never proposed: {found:?}");
        assert_eq!(state().await.0, ProposalState::Refused);
        let restored = undo(&db, &world, undone).await;
        let (now, persons, by, _) = state().await;
        assert_eq!((now, persons, by), (ProposalState::Accepted, 1, Some(restored)));
        assert_sound(&db).await;
    }

    async fn what_was_refused_comes_back_only_when_it_says_more(db: TestDb) {
        let world = world(1);
        neighbours(&db, &world).await;
        let (address, city) = (("address", "广东省深圳市南山区科技路18号"), ("city", "深圳市"));
        let both = [
            vec![("name", "欧阳娜娜"), ("birthday", "1992-03-08"), address, ("email", "nana.ouyang@mail3.com")],
            vec![("name", "欧阳娜娜"), ("birthday", "1992-08-03"), ("address", "科技路18号"), city],
        ];
        let both = people(&db, &world, 1, &both.map(|one| fields(&one))).await;
        let pair = (both[0], both[1]);
        find(&db, &world).await;
        let open = all(&db, &world, Some(ProposalState::Open)).await;
        let proposal = open.iter().find(|one| (one.a, one.b) == pair).unwrap();
        assert_eq!(refuse(&db, &world, ProposalId::from_raw(5)).await.unwrap_err().code(), "people.proposal_not_found");
        let refused = refuse(&db, &world, proposal.id).await.unwrap();
        let decided = refused.decided.unwrap();
        assert_eq!((refused.state, decided.by.as_str(), decided.reason.as_str()), (ProposalState::Refused, "usr_1", "two cousins"));
        assert_eq!(refuse(&db, &world, proposal.id).await.unwrap_err().code(), "people.proposal_decided");

        // Others come and go: that says nothing about these two.
        people(&db, &world, 3_000, &[fields(&[("name", "马超"), ("birthday", "1980-01-01"), address])]).await;
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.reopened), (0, 0), "{found:?}");
        assert!(pairs(&db, &world, ProposalState::Refused).await.contains(&pair));

        // Her address of mail comes in: one field more agrees.
        put_all(&db, &world, &[said(both[1], "email", "Nana.Ouyang@mail3.com")]).await;
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.reopened), (0, 1), "{found:?}");
        let open = all(&db, &world, Some(ProposalState::Open)).await;
        let again = open.iter().find(|one| (one.a, one.b) == pair).unwrap();
        assert_eq!((again.id, again.decided.as_ref().unwrap().reason.as_str()), (proposal.id, "two cousins"), "what was said before is told");
        assert!(again.probability > refused.probability);
    }

    async fn without_anybodys_word_nobody_is_joined_where_both_hold_value(db: TestDb) {
        let world = world(1);
        neighbours(&db, &world).await;
        let [one, two] = twice(&db, &world).await;
        find(&db, &world).await;
        assert!(pairs(&db, &world, ProposalState::Open).await.contains(&(one, two)));
        let join = async |owners: &[AccountId]| {
            let owners = Owners(owners.iter().copied().collect());
            proposals::join_automatically(&db.context(), world.tenant, 0.95, &owners).await
        };
        let refused = proposals::join_automatically(&db.context(), world.tenant, 0.5, &Owners(BTreeSet::new())).await;
        assert_eq!(refused.unwrap_err().code(), "people.auto_from");
        assert_eq!(join(&[one, two]).await.unwrap(), Joined { both_hold_value: 1, ..Joined::default() });
        assert_ne!(person(&db, &world, one).await, person(&db, &world, two).await);
        assert!(pairs(&db, &world, ProposalState::Open).await.contains(&(one, two)), "it stays for review");

        assert_eq!(join(&[two]).await.unwrap(), Joined { joined: 1, ..Joined::default() });
        assert_eq!(person(&db, &world, one).await, person(&db, &world, two).await);
        let mut tx = db.store.read().await.unwrap();
        let journal = identity::changes(&mut tx, world.tenant, None, 10).await.unwrap();
        drop(tx);
        assert_eq!((journal.len(), journal[0].by.as_str()), (1, BY_MATCHING));
        undo(&db, &world, journal[0].id).await;
        assert_ne!(person(&db, &world, one).await, person(&db, &world, two).await);
        find(&db, &world).await;
        assert_eq!(join(&[]).await.unwrap(), Joined::default(), "what somebody took back is not done again");
        assert_sound(&db).await;
    }

    async fn proposals_end_with_what_they_are_about(db: TestDb) {
        let world = world(1);
        let others = neighbours(&db, &world).await;
        let [one, two] = twice(&db, &world).await;
        let search = Search { people_max: others, ..Search::default() };
        let refused = proposals::find(&db.context(), world.tenant, &world.keys, &search).await;
        assert_eq!(refused.unwrap_err().code(), "people.too_many_people");
        find(&db, &world).await;
        let proposal = all(&db, &world, Some(ProposalState::Open)).await.into_iter().find(|p| (p.a, p.b) == (one, two)).unwrap();

        // A name and a birthday that have nothing to do with the other's.
        let other = [said(two, "name", "郭富贵"), said(two, "birthday", "1955-10-10"), said(two, "address", "贵州省贵阳市云岩区延安路1号"), said(two, "city", "贵阳")];
        put_all(&db, &world, &other.map(|value| NewValue { source: "crm", verified: true, ..value })).await;
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.stale), (0, 1), "{found:?}");
        assert_eq!(accept(&db, &world, proposal.id).await.unwrap_err().code(), "people.proposal_decided");
        let mine = [said(two, "name", "欧阳娜娜"), said(two, "birthday", "1992-03-08"), said(two, "address", "南山区科技路18号"), said(two, "city", "深圳市")];
        db.clock.advance(std::time::Duration::from_secs(60));
        let now = tallymark_base::Clock::now(&*db.clock);
        let mut tx = db.store.write().await.unwrap();
        let mine = mine.map(|value| NewValue { source: "crm", verified: true, at: now, ..value });
        tallymark_people::profile::put(&mut tx, world.tenant, &world.keys, &mine, now, &*db.entropy).await.unwrap();
        tx.commit().await.unwrap();
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.reopened), (0, 1), "{found:?}");

        // Seen together: they are one without anybody's decision.
        world.one(&db, &[card(1), card(2)]).await;
        assert_eq!(all(&db, &world, Some(ProposalState::Open)).await, [], "nothing is left to decide");
        assert_eq!(accept(&db, &world, proposal.id).await.unwrap_err().code(), "people.already_one");
        assert_eq!(find(&db, &world).await.stale, 1);
        assert_eq!(all(&db, &world, None).await[0].state, ProposalState::Stale);
        assert_eq!(all(&db, &crate::world::world(2), None).await, [], "another brand sees nothing of it");
    }

    async fn whoever_was_parted_or_erased_is_not_proposed(db: TestDb) {
        let world = world(1);
        let others = neighbours(&db, &world).await;
        let [one, two] = twice(&db, &world).await;
        world.one(&db, &[card(1), card(2)]).await;
        let mut tx = db.store.write().await.unwrap();
        identity::part(&mut tx, world.tenant, &[two], because("twins"), &db.ids, &*db.clock).await.unwrap();
        tx.commit().await.unwrap();
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.decided, found.people), (0, 1, others as u64 + 2), "{found:?}");
        let mut tx = db.store.write().await.unwrap();
        privacy::erase(&mut tx, world.tenant, &world.keys, &[one], because("asked"), &db.ids, &*db.clock).await.unwrap();
        tx.commit().await.unwrap();
        let found = find(&db, &world).await;
        assert_eq!((found.new, found.decided, found.people), (0, 0, others as u64 + 1), "{found:?}");
    }

    async fn one_search_at_a_time_and_the_latest_is_told(db: TestDb) {
        let world = world(1);
        let enqueue = async |id: JobId| {
            let mut tx = db.store.write().await.unwrap();
            let begun = proposals::begin_search(&mut tx, world.tenant, id, "usr_1", start()).await;
            if begun.is_ok() {
                let new = job::NewJob { id, tenant: world.tenant, kind: "x", args: serde_json::Value::Null, run_at: start(), attempts_max: 1 };
                job::enqueue(&mut tx, &new, start()).await.unwrap();
                tx.commit().await.unwrap();
            }
            begun
        };
        let latest = async || {
            let mut tx = db.store.read().await.unwrap();
            proposals::latest_search(&mut tx, world.tenant).await.unwrap()
        };
        assert_eq!(latest().await, None);
        let (first, second) = (JobId::from_raw(11), JobId::from_raw(12));
        enqueue(first).await.unwrap();
        assert_eq!(latest().await.unwrap().state, SearchState::Waiting);
        assert_eq!(enqueue(second).await.unwrap_err().code(), "people.search_under_way");
        let told = SearchTold { found: Found { people: 7, ..Found::default() }, automatic: Some(Joined::default()) };
        let mut tx = db.store.write().await.unwrap();
        assert!(proposals::end_search(&mut tx, world.tenant, first, &told, start()).await.unwrap());
        tx.commit().await.unwrap();
        let ended = latest().await.unwrap();
        assert_eq!((ended.state, ended.told, ended.by.as_str()), (SearchState::Done, Some(told), "usr_1"));
        enqueue(second).await.unwrap();
        // Its server died for good.
        let mut tx = db.store.write().await.unwrap();
        let claimed = job::claim(&mut tx, 1, start(), &["x"], 5).await.unwrap();
        for job in claimed {
            job::fail(&mut tx, &job, "no memory", start()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let failed = latest().await.unwrap();
        assert_eq!((failed.state, failed.error.as_deref()), (SearchState::Failed, Some("no memory")));
        enqueue(JobId::from_raw(13)).await.unwrap();
    }
}
