//! Who is it? One server at a time.

use std::time::Duration;

use tallymark_base::id::{AccountId, PersonId};
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_people::{BATCH_MAX, IDENTIFIERS_MAX, IdentifierKind, MIGRATIONS, set_tier, standard_policy};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;

use crate::world::{assert_sound, device, openid, phone, world};

both_engines! { [MIGRATIONS];
    async fn an_unknown_identifier_becomes_a_person_and_is_known_from_then_on(db: TestDb) {
        let world = world(1);
        let first = world.one(&db, &[device(1)]).await;
        assert!(!first.known);
        assert_eq!((first.person.raw(), &first.component), (first.account.raw(), &vec![first.account]));
        let again = world.one(&db, &[device(1)]).await;
        assert!(again.known);
        assert_eq!((again.account, again.person, again.tier), (first.account, first.person, 0));
        assert_ne!(world.one(&db, &[device(2)]).await.person, first.person);
        assert_sound(&db).await;
    }

    async fn a_request_with_several_identifiers_makes_them_one_person_named_by_the_oldest(db: TestDb) {
        let world = world(1);
        let old = world.one(&db, &[device(1)]).await;
        let phone_first = world.one(&db, &[phone(1), device(1)]).await;
        assert!(phone_first.known);
        assert_ne!(phone_first.account, old.account, "value goes to the account of the first identifier");
        assert_eq!(phone_first.person, old.person);
        assert_eq!(phone_first.component, [old.account, phone_first.account]);
        let by_device = world.one(&db, &[device(1)]).await;
        assert_eq!((by_device.account, by_device.component), (old.account, phone_first.component));
        assert_sound(&db).await;
    }

    async fn later_requests_of_a_batch_see_what_earlier_ones_joined(db: TestDb) {
        let world = world(1);
        let seen = world.seen(&db, &[
            vec![device(1)],
            vec![device(2)],
            vec![device(1), device(2)],
            vec![device(2)],
            vec![device(3), device(1), device(3)],
            vec![device(1)],
        ]).await.unwrap();
        let known: Vec<bool> = seen.iter().map(|resolved| resolved.known).collect();
        assert_eq!(known, [false, false, true, true, true, true]);
        let sizes: Vec<usize> = seen.iter().map(|resolved| resolved.component.len()).collect();
        assert_eq!(sizes, [1, 1, 2, 2, 3, 3]);
        assert!(seen.iter().skip(2).all(|resolved| resolved.person == seen[0].person));
        assert_eq!(seen[1].person, PersonId::from_raw(seen[1].account.raw()));
        assert_sound(&db).await;
    }

    async fn two_persons_of_several_accounts_become_one_and_the_younger_is_no_more(db: TestDb) {
        let world = world(1);
        let old = world.one(&db, &[device(1), phone(1)]).await;
        let young = world.one(&db, &[device(2), phone(2)]).await;
        let joined = world.one(&db, &[phone(2), phone(1)]).await;
        assert_eq!((joined.person, joined.component.len()), (old.person, 4));
        assert_ne!(young.person, old.person);
        for identifier in [device(1), device(2), phone(1), phone(2)] {
            let person = world.found(&db, &identifier).await.unwrap();
            assert_eq!((person.id, person.accounts), (old.person, joined.component.clone()));
        }
        assert_sound(&db).await;
    }

    async fn the_evidence_of_a_link_is_kept_once_with_its_cause(db: TestDb) {
        let world = world(1);
        world.seen(&db, &[vec![device(9)], vec![device(2), device(1)], vec![device(1), device(2)]]).await.unwrap();
        world.one(&db, &[device(1), device(2)]).await;
        let mut tx = db.store.read().await.unwrap();
        let sql = "SELECT account_a, account_b, tenant_id, at, cause_id, merged FROM identity_link";
        let links = tx.query(sql, &[]).await.unwrap();
        assert_eq!(links.len(), 1);
        let link: Vec<i64> = (0..6).map(|column| links[0].int(column).unwrap()).collect();
        assert!(link[0] < link[1]);
        assert_eq!(link[2..], [world.tenant.raw(), start().0, 1, 1]);
    }

    async fn a_person_is_found_with_all_it_is_known_by(db: TestDb) {
        let world = world(1);
        assert_eq!(world.found(&db, &phone(1)).await, None);
        let resolved = world.one(&db, &[device(1), phone(1), phone(2)]).await;
        let mut tx = db.store.write().await.unwrap();
        set_tier(&mut tx, world.tenant, resolved.component[1], 3).await.unwrap();
        set_tier(&mut tx, world.tenant, resolved.component[2], 2).await.unwrap();
        tx.commit().await.unwrap();
        let person = world.found(&db, &phone(2)).await.unwrap();
        assert_eq!((person.id, person.accounts), (resolved.person, resolved.component));
        assert_eq!((person.tier, person.since), (3, start()));
        assert_eq!(person.kinds, [IdentifierKind::Device, IdentifierKind::Phone]);
        assert_eq!(world.one(&db, &[device(1)]).await.tier, 3);
    }

    async fn a_tablet_of_a_shop_does_not_make_one_person_of_its_customers(db: TestDb) {
        let world = world(1);
        let tablet = device(0);
        let from = standard_policy().shared_from();
        let customers: Vec<_> = (1..=u64::from(from) + 20).map(|n| vec![tablet.clone(), phone(n)]).collect();
        let mut all = Vec::new();
        for some in customers.chunks(7) {
            all.extend(world.seen(&db, some).await.unwrap());
        }
        for (n, customer) in (1..).zip(&all) {
            let found = world.found(&db, &phone(n)).await.unwrap();
            assert_eq!(found.kinds, [IdentifierKind::Phone], "customer {n}");
            if n > u64::from(from) {
                assert_eq!((customer.person, &customer.component), (found.id, &found.accounts), "what is won goes to the phone");
            }
        }
        assert_eq!(world.found(&db, &tablet).await.unwrap().accounts.len(), 1);
        assert_sound(&db).await;
    }

    async fn a_fourth_phone_is_refused_until_an_earlier_fact_takes_the_place_of_another(db: TestDb) {
        let world = world(1);
        let day = |n: i64| start().plus(Duration::from_secs(86_400 * n as u64));
        let user = openid(1);
        for n in 2..=5 {
            world.seen_at(&db, &[(vec![user.clone(), phone(n)], day(n as i64))]).await.unwrap();
        }
        let own = world.found(&db, &user).await.unwrap();
        assert_eq!(own.accounts.len(), 4, "three phones and the openid");
        assert_ne!(world.found(&db, &phone(5)).await.unwrap().id, own.id, "the latest is refused");
        // A till that was offline tells of the first day.
        world.seen_at(&db, &[(vec![user.clone(), phone(1)], day(1))]).await.unwrap();
        let own = world.found(&db, &user).await.unwrap();
        assert_eq!(own.accounts.len(), 4);
        assert_eq!(world.found(&db, &phone(1)).await.unwrap().id, own.id);
        assert_ne!(world.found(&db, &phone(4)).await.unwrap().id, own.id, "now the fourth is the latest");
        assert_sound(&db).await;
    }

    async fn a_full_batch_of_full_requests_is_resolved(db: TestDb) {
        let world = world(1);
        let requests: Vec<Vec<_>> = (0..BATCH_MAX as u64)
            .map(|request| (0..IDENTIFIERS_MAX as u64).map(|n| device(request * 100 + n)).collect())
            .collect();
        let seen = world.seen(&db, &requests).await.unwrap();
        assert!(seen.iter().all(|resolved| resolved.component.len() == IDENTIFIERS_MAX && !resolved.known));
        let again = world.seen(&db, &requests).await.unwrap();
        assert!(again.iter().zip(&seen).all(|(b, a)| b.known && b.component == a.component));
        assert_sound(&db).await;
    }

    async fn people_of_another_tenant_are_not_found(db: TestDb) {
        let (ours, theirs) = (world(1), world(2));
        let mine = ours.one(&db, &[phone(1)]).await;
        assert_eq!(theirs.found(&db, &phone(1)).await, None);
        let other = theirs.one(&db, &[phone(1)]).await;
        assert!(!other.known);
        assert_ne!(other.account, mine.account);

        let mut tx = db.store.write().await.unwrap();
        // Even with the keys of the tenant that knows the number.
        let crossed = tallymark_people::find(&mut tx, theirs.tenant, &ours.keys, &phone(1)).await.unwrap();
        assert_eq!(crossed, None);
        let refused = set_tier(&mut tx, theirs.tenant, mine.account, 9).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("people.account_not_found", Kind::NotFound));
        let refused = tallymark_people::reveal(&mut tx, theirs.tenant, &ours.keys, mine.account).await.unwrap_err();
        assert_eq!(refused.code(), "people.account_not_found");
        tx.commit().await.unwrap();
        assert_eq!(ours.one(&db, &[phone(1)]).await.tier, 0);
    }

    async fn a_batch_that_cannot_be_answered_is_refused_by_a_code(db: TestDb) {
        let world = world(1);
        let cases = [
            (vec![vec![]], "people.no_identifier", Kind::Invalid),
            (vec![(0..=IDENTIFIERS_MAX as u64).map(device).collect()], "people.too_many_identifiers", Kind::Invalid),
            (vec![vec![device(1)]; BATCH_MAX + 1], "people.batch_too_large", Kind::TooLarge),
        ];
        for (requests, code, kind) in cases {
            let refused = world.seen(&db, &requests).await.unwrap_err();
            assert_eq!((refused.code(), refused.kind()), (code, kind));
        }
        assert_eq!(world.seen(&db, &[]).await.unwrap(), []);
        let mut tx = db.store.write().await.unwrap();
        let refused = set_tier(&mut tx, world.tenant, AccountId::from_raw(7), 1).await.unwrap_err();
        assert_eq!(refused.code(), "people.account_not_found");
    }
}
