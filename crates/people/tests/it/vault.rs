//! What rests in the database cannot be read.

use tallymark_base::{Fault as _, TypedId as _};
use tallymark_people::{Error, Identifier, IdentifierKind, MIGRATIONS, reveal};
use tallymark_store::Engine;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::world::{phone, world};

const PHONE: &str = "13800138000";
const OPENID: &str = "wxd930ea5d5a258f4f:oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
const CARD: &str = "VIP20260301";
const DEVICE: &str = "5d41402abc4b2a76b9719d911017c592";

fn shown() -> Vec<Identifier> {
    let all = [
        (IdentifierKind::Device, DEVICE),
        (IdentifierKind::Phone, PHONE),
        (IdentifierKind::WechatOpenid, OPENID),
        (IdentifierKind::Card, CARD),
    ];
    all.map(|(kind, text)| Identifier::parse(kind, text).unwrap()).to_vec()
}

both_engines! { [MIGRATIONS];
    async fn a_sealed_value_is_read_back_only_with_the_keys_of_its_tenant(db: TestDb) {
        let ours = world(1);
        let accounts = ours.one(&db, &shown()).await.component;
        let mut tx = db.store.read().await.unwrap();
        let mut values = Vec::new();
        for account in &accounts {
            values.push(reveal(&mut tx, ours.tenant, &ours.keys, *account).await.unwrap());
        }
        assert_eq!(values, [None, Some("+8613800138000".to_owned()), Some(OPENID.to_owned()), Some(CARD.to_owned())]);
        let refused = reveal(&mut tx, ours.tenant, &world(2).keys, accounts[1]).await.unwrap_err();
        assert_eq!(refused.code(), "seal.does_not_open");
    }

    async fn a_sealed_value_copied_to_another_account_does_not_open(db: TestDb) {
        let world = world(1);
        let (a, b) = (world.one(&db, &[phone(1)]).await.account, world.one(&db, &[phone(2)]).await.account);
        let mut tx = db.store.write().await.unwrap();
        let pair = [a.raw().into(), b.raw().into()];
        let value = "UPDATE source_account SET sealed = (SELECT sealed FROM source_account WHERE account_id = $1) WHERE account_id = $2";
        tx.execute(value, &pair).await.unwrap();
        assert!(matches!(reveal(&mut tx, world.tenant, &world.keys, b).await, Err(Error::Seal(_))));
        let key = "UPDATE account_key SET sealed_key = (SELECT sealed_key FROM account_key WHERE account_id = $1) WHERE account_id = $2";
        tx.execute(key, &pair).await.unwrap();
        assert!(matches!(reveal(&mut tx, world.tenant, &world.keys, b).await, Err(Error::Seal(_))));
    }

    async fn a_value_whose_key_is_gone_is_erased(db: TestDb) {
        let world = world(1);
        let account = world.one(&db, &[phone(1)]).await.account;
        let mut tx = db.store.write().await.unwrap();
        tx.execute("DELETE FROM account_key WHERE account_id = $1", &[account.raw().into()]).await.unwrap();
        let refused = reveal(&mut tx, world.tenant, &world.keys, account).await.unwrap_err();
        assert_eq!(refused.code(), "people.erased");
    }
}

/// Every byte of every file of the database, the log included.
pub(crate) fn bytes_on_disk(db: &TestDb) -> Vec<u8> {
    let files = std::fs::read_dir(db.folder().unwrap()).unwrap();
    files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_can_be_found_in_the_bytes_of_the_database() {
    let Some(db) = TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await else { return };
    let world = world(1);
    world.one(&db, &shown()).await;
    let raw_device = u128::from_str_radix(DEVICE, 16).unwrap().to_be_bytes();
    let look = |when: &str| {
        let bytes = bytes_on_disk(&db);
        for identifier in shown() {
            assert!(holds(&bytes, &world.keys.blind_index(&identifier)), "{when}: the search itself works");
        }
        for value in [PHONE, "138001", "oUpF8uMuAJO", "wxd930ea5d5a258f4f", CARD, "20260301", DEVICE] {
            assert!(!holds(&bytes, value.as_bytes()), "{when}: {value} is readable");
        }
        assert!(!holds(&bytes, &raw_device), "{when}: the device id is readable as bytes");
    };
    look("with the log");
    db.store.close().await;
    look("closed");
}
