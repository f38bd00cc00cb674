//! What people decide about who is who: joined, parted, undone, explained.

use std::collections::BTreeMap;

use tallymark_base::id::{AccountId, ChangeId, PersonId};
use tallymark_base::{Fault as _, TypedId as _};
use tallymark_people::identity::{self, ChangeKind, Decision, Standing};
use tallymark_people::{Error, EvidenceRule, MIGRATIONS};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::world::{World, assert_sound, device, openid, phone, world};

fn because(reason: &str) -> Decision<'_> {
    Decision { by: "usr_1", reason, at: start() }
}

/// Who everybody is.
async fn persons(db: &TestDb) -> BTreeMap<i64, i64> {
    let mut tx = db.store.read().await.unwrap();
    let rows = tx.query("SELECT account_id, person_id FROM source_account", &[]).await.unwrap();
    rows.iter().map(|row| (row.int(0).unwrap(), row.int(1).unwrap())).collect()
}

async fn part(
    db: &TestDb,
    world: &World,
    accounts: &[AccountId],
) -> Result<(identity::Change, identity::Effect), Error> {
    let mut tx = db.store.write().await.unwrap();
    let done = identity::part(&mut tx, world.tenant, accounts, because("sold the phone"), &db.ids, &*db.clock).await?;
    tx.commit().await.unwrap();
    Ok(done)
}

async fn undo(db: &TestDb, world: &World, change: ChangeId) -> Result<(identity::Change, identity::Effect), Error> {
    let mut tx = db.store.write().await.unwrap();
    let done = identity::undo(&mut tx, world.tenant, change, because("it was right"), &db.ids, &*db.clock).await?;
    tx.commit().await.unwrap();
    Ok(done)
}

both_engines! { [MIGRATIONS];
    async fn parting_puts_back_what_would_be_without_the_evidence_and_can_be_undone(db: TestDb) {
        let world = world(1);
        world.one(&db, &[device(1), phone(1)]).await;
        world.one(&db, &[device(2), phone(2)]).await;
        let before = persons(&db).await;
        let joined = world.one(&db, &[phone(1), phone(2)]).await;
        assert_eq!(joined.component.len(), 4);
        let merged = persons(&db).await;
        let second = [world.one(&db, &[device(2)]).await.account, world.one(&db, &[phone(2)]).await.account];

        let mut tx = db.store.read().await.unwrap();
        let preview = identity::preview_parting(&mut tx, world.tenant, &second).await.unwrap();
        drop(tx);
        assert_eq!(persons(&db).await, merged, "a preview changes nothing");
        let (change, effect) = part(&db, &world, &second).await.unwrap();
        assert_eq!(preview, effect);
        assert_eq!((change.kind, change.moved, effect.moved.as_slice()), (ChangeKind::Parted, 2, second.as_slice()));
        assert_eq!(persons(&db).await, before);
        assert_sound(&db).await;

        let again = world.one(&db, &[phone(1), phone(2)]).await;
        assert_eq!(again.component.len(), 2, "what was parted stays apart when it is seen again");
        let (undone, effect) = undo(&db, &world, change.id).await.unwrap();
        assert_eq!((undone.kind, undone.undoes, effect.moved.as_slice()), (ChangeKind::Restored, Some(change.id), second.as_slice()));
        assert_eq!(persons(&db).await, merged);
        assert_sound(&db).await;
        let refused = undo(&db, &world, change.id).await.unwrap_err();
        assert_eq!(refused.code(), "people.already_undone");
        undo(&db, &world, undone.id).await.unwrap();
        assert_eq!(persons(&db).await, before, "undoing is undone as well");
        assert_sound(&db).await;

        let mut tx = db.store.read().await.unwrap();
        let journal = identity::changes(&mut tx, world.tenant, None, 10).await.unwrap();
        let told: Vec<_> = journal.iter().map(|change| (change.kind, change.undoes.is_some(), change.undone_by.is_some())).collect();
        assert_eq!(told, [(ChangeKind::Parted, true, false), (ChangeKind::Restored, true, true), (ChangeKind::Parted, false, true)]);
        assert_eq!((journal[2].by.as_str(), journal[2].reason.as_str()), ("usr_1", "sold the phone"));
    }

    async fn somebody_can_say_that_two_are_one_person_and_take_it_back(db: TestDb) {
        let world = world(1);
        let (a, b) = (world.one(&db, &[phone(1), device(1)]).await, world.one(&db, &[phone(2)]).await);
        let before = persons(&db).await;
        let mut tx = db.store.write().await.unwrap();
        let pair = (a.account, b.account);
        let (change, effect) = identity::join(&mut tx, world.tenant, pair, because("same voice"), &db.ids, &*db.clock).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((change.kind, effect.moved), (ChangeKind::Joined, vec![b.account]));
        assert_eq!(world.one(&db, &[phone(2)]).await.component.len(), 3);
        let mut tx = db.store.read().await.unwrap();
        let chain = identity::why(&mut tx, world.tenant, a.component[1], b.account).await.unwrap().unwrap();
        drop(tx);
        assert_eq!(chain.iter().map(|link| link.rule).collect::<Vec<_>>(), [EvidenceRule::ShownTogether, EvidenceRule::Operator]);
        undo(&db, &world, change.id).await.unwrap();
        assert_eq!(persons(&db).await, before);
        assert_sound(&db).await;
    }

    async fn what_stands_in_the_way_is_told(db: TestDb) {
        let world = world(1);
        let user = openid(1);
        for n in 1..=4 {
            world.one(&db, &[user.clone(), phone(n)]).await;
        }
        let own = world.one(&db, &[user]).await;
        let refused = world.one(&db, &[phone(4)]).await;
        let is_refused = refused.person != own.person;
        let outside = if is_refused { refused.account } else { world.one(&db, &[phone(3)]).await.account };
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(identity::why(&mut tx, world.tenant, own.account, own.component[0]).await.unwrap().map(|chain| chain.len() <= 2), Some(true));
        let identity = identity::of(&mut tx, world.tenant, own.account).await.unwrap();
        assert_eq!((identity.person, identity.accounts.len(), identity.evidence.len()), (own.person, 4, 4));
        let contested: Vec<_> = identity.evidence.iter().filter_map(|evidence| match &evidence.standing {
            Standing::Contested { reason } => Some(reason.clone()),
            _ => None,
        }).collect();
        assert_eq!(contested.len(), 1);
        assert!(contested[0].contains("at most 3 of phone"), "{contested:?}");
        drop(tx);
        if is_refused {
            let mut tx = db.store.write().await.unwrap();
            let pair = (own.account, outside);
            let refused = identity::join(&mut tx, world.tenant, pair, because("both hers"), &db.ids, &*db.clock).await;
            // A person's word is stronger than what a machine saw: it takes the place of the weakest of the three.
            assert!(refused.is_ok() || refused.is_err_and(|error| error.code() == "people.apart"));
        }
    }

    async fn mistakes_are_told_and_change_nothing(db: TestDb) {
        let world = world(1);
        let (one, other) = (world.one(&db, &[device(1), phone(1)]).await, world.one(&db, &[phone(2)]).await);
        let nobody = AccountId::from_raw(12_345);
        let code = |done: Result<(identity::Change, identity::Effect), Error>| done.unwrap_err().code();
        assert_eq!(code(part(&db, &world, &one.component).await), "people.nothing_to_part");
        assert_eq!(code(part(&db, &world, &[]).await), "people.nothing_to_part");
        assert_eq!(code(part(&db, &world, &[one.component[0], other.account]).await), "people.not_one_person");
        assert_eq!(code(part(&db, &world, &[nobody]).await), "people.account_not_found");
        assert_eq!(code(undo(&db, &world, ChangeId::from_raw(1)).await), "people.change_not_found");
        let mut tx = db.store.write().await.unwrap();
        let itself = (one.account, one.account);
        let refused = identity::join(&mut tx, world.tenant, itself, because("x"), &db.ids, &*db.clock).await;
        assert_eq!(code(refused), "people.itself");
        let refused = identity::join(&mut tx, world.tenant, (one.account, other.account), because(" "), &db.ids, &*db.clock).await;
        assert_eq!(code(refused), "people.reason_missing");
        drop(tx);
        // Another tenant sees nothing of it.
        let stranger = crate::world::world(2);
        assert_eq!(code(part(&db, &stranger, &[one.component[0]]).await), "people.account_not_found");
        let (change, _) = part(&db, &world, &[one.component[0]]).await.unwrap();
        assert_eq!(code(undo(&db, &stranger, change.id).await), "people.change_not_found");
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(identity::changes(&mut tx, stranger.tenant, None, 10).await.unwrap(), []);
        assert_eq!(identity::of(&mut tx, stranger.tenant, one.account).await.unwrap_err().code(), "people.account_not_found");
        assert_sound(&db).await;
    }

    async fn a_person_of_a_thousand_accounts_is_parted_in_the_middle(db: TestDb) {
        let world = world(1);
        // Two chains of devices, and one sight of both ends.
        let chain = |from: u64| (from..from + 499).map(|n| vec![device(n), device(n + 1)]).collect::<Vec<_>>();
        for some in chain(0).chunks(128).chain(chain(1_000).chunks(128)) {
            world.seen(&db, some).await.unwrap();
        }
        let before = persons(&db).await;
        let joined = world.one(&db, &[device(499), device(1_000)]).await;
        assert_eq!(joined.component.len(), 1_000);
        let second: Vec<AccountId> =
            before.iter().filter(|(_, person)| PersonId::from_raw(**person) != joined.person).map(|(account, _)| AccountId::from_raw(*account)).collect();
        assert_eq!(second.len(), 500);
        let (_, effect) = part(&db, &world, &second).await.unwrap();
        assert_eq!(effect.moved, second);
        assert_eq!(persons(&db).await, before);
        assert_sound(&db).await;
    }
}
