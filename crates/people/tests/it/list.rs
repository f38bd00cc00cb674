//! Lists of people: each once, in order, masked.

use tallymark_base::TypedId as _;
use tallymark_base::id::AccountId;
use tallymark_people::list::{self, Filter, PersonLine, Place};
use tallymark_people::profile::{self, NewValue};
use tallymark_people::rules::mask::Sight;
use tallymark_people::tags::{self, NewTag};
use tallymark_people::{IdentifierKind, MIGRATIONS};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::world::{World, card, device, phone, world};

async fn page(world: &World, db: &TestDb, filter: &Filter, place: Place, limit: usize) -> Vec<PersonLine> {
    let mut tx = db.store.read().await.unwrap();
    list::page(&mut tx, world.tenant, &world.keys, (filter, Sight::Masked), (place, limit), start()).await.unwrap()
}

/// Everybody by pages of `limit`, forwards, and then backwards from the end.
async fn paged(world: &World, db: &TestDb, filter: &Filter, limit: usize) -> (Vec<PersonLine>, Vec<PersonLine>) {
    let (mut forwards, mut place) = (Vec::new(), Place::default());
    loop {
        let got = page(world, db, filter, place, limit).await;
        let Some(last) = got.last() else { break };
        place = Place { after: Some(last.stands_at), before: None };
        forwards.extend(got);
    }
    let mut backwards: Vec<PersonLine> = Vec::new();
    let mut place = Place { after: None, before: Some(AccountId::from_raw(0)) };
    loop {
        let got = page(world, db, filter, place, limit).await;
        let Some(first) = got.first() else { break };
        place = Place { after: None, before: Some(first.stands_at) };
        backwards.splice(0..0, got);
    }
    (forwards, backwards)
}

async fn tag(world: &World, db: &TestDb, account: AccountId, tag: &str) {
    let mut tx = db.store.write().await.unwrap();
    let new = NewTag { tag: tag.to_owned(), expires_at: None };
    tags::set(&mut tx, world.tenant, account, &[new], ("operator", start())).await.unwrap();
    tx.commit().await.unwrap();
}

both_engines! { [MIGRATIONS];
    async fn everybody_is_listed_once_newest_first_and_back_again(db: TestDb) {
        let (ours, theirs) = (world(1), world(2));
        for number in 0..30 {
            let shown = if number % 3 == 0 { vec![device(number), phone(number)] } else { vec![card(number)] };
            ours.seen(&db, &[shown]).await.unwrap();
            theirs.seen(&db, &[vec![device(number)]]).await.unwrap();
        }
        // Two who turn out to be one stand where the older one stood.
        ours.seen(&db, &[vec![card(1), phone(3)]]).await.unwrap();
        let (forwards, backwards) = paged(&ours, &db, &Filter::default(), 7).await;
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.len(), 29);
        let order: Vec<i64> = forwards.iter().map(|line| line.person.raw()).collect();
        assert!(order.windows(2).all(|pair| pair[0] > pair[1]), "{order:?}");
        let accounts: u64 = forwards.iter().map(|line| line.accounts).sum();
        assert_eq!(accounts, 10 * 2 + 20, "an account for each identifier");
        let first = Filter { first_kind: Some(IdentifierKind::Card), ..Filter::default() };
        let (by_card, _) = paged(&ours, &db, &first, 6).await;
        assert_eq!(by_card.len(), 20);
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(list::count(&mut tx, ours.tenant, &first, start()).await.unwrap(), 20);
        assert_eq!(list::count(&mut tx, ours.tenant, &Filter::default(), start()).await.unwrap(), 29);
    }

    async fn a_line_shows_no_more_than_its_reader_may_see(db: TestDb) {
        let world = world(1);
        let seen = world.seen(&db, &[vec![phone(138_000), card(7)]]).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let said = NewValue {
            account: seen[0].account, field: "name", value: "王小明", source: "shop", at: start(), verified: false,
        };
        profile::put(&mut tx, world.tenant, &world.keys, &[said], start(), &*db.entropy).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        for (sight, name, number) in [
            (Sight::Hidden, None, None),
            (Sight::Masked, Some("王**"), Some("138****8000")),
            (Sight::Whole, Some("王小明"), Some("+8613800138000")),
        ] {
            let (filter, place) = (Filter::default(), Place::default());
            let lines = list::page(&mut tx, world.tenant, &world.keys, (&filter, sight), (place, 5), start()).await.unwrap();
            assert_eq!(lines[0].name.as_deref(), name);
            let phone = lines[0].identifiers.iter().find(|one| one.kind == IdentifierKind::Phone).unwrap();
            assert_eq!(phone.value.as_deref(), number);
        }
    }

    async fn those_with_a_tag_are_listed_once_however_many_accounts_have_it(db: TestDb) {
        let world = world(1);
        for number in 0..300 {
            let seen = world.seen(&db, &[vec![device(number), phone(number)]]).await.unwrap();
            for account in seen[0].component.iter().take(1 + number as usize % 2) {
                tag(&world, &db, *account, "vip").await;
            }
        }
        tag(&world, &db, world.seen(&db, &[vec![device(999)]]).await.unwrap()[0].account, "rare").await;
        let vip = Filter { tag: Some("vip".to_owned()), ..Filter::default() };
        let (forwards, backwards) = paged(&world, &db, &vip, 100).await;
        assert_eq!(forwards, backwards);
        let mut people: Vec<i64> = forwards.iter().map(|line| line.person.raw()).collect();
        people.sort_unstable();
        people.dedup();
        assert_eq!((forwards.len(), people.len()), (300, 300));
        let rare = Filter { tag: Some("rare".to_owned()), ..Filter::default() };
        assert_eq!(page(&world, &db, &rare, Place::default(), 10).await.len(), 1);
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(list::count(&mut tx, world.tenant, &vip, start()).await.unwrap(), 300);
        assert_eq!(list::count(&mut tx, world.tenant, &rare, start()).await.unwrap(), 1);
    }
}
