//! Keys of codes.

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_codes::{Epoch, Face, Level};
use tallymark_goods::{Error, keys};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World};

async fn rotate(world: &World) -> Result<Epoch, Error> {
    let db = &world.db;
    let mut tx = db.store.write().await?;
    let epoch = keys::rotate(&mut tx, world.tenant, &db.master, &*db.entropy).await?;
    tx.commit().await?;
    Ok(epoch)
}

both_engines! { MIGRATIONS;
    async fn codes_minted_before_a_rotation_stay_readable(db: TestDb) {
        let world = World::new(db).await;
        let old = world.create(world.order(10, 0, 0)).await.unwrap();
        let printed = world.catalog().await.code(old.id, Level::Item, Face::Inner, 3).unwrap();
        assert_eq!(rotate(&world).await.unwrap(), Epoch(2));
        let new = world.create(world.order(10, 0, 0)).await.unwrap();
        assert_eq!((old.epoch, new.epoch), (Epoch(1), Epoch(2)));
        let catalog = world.catalog().await;
        let found = catalog.read(printed.as_str()).unwrap();
        assert_eq!((found.batch, found.serial, found.epoch), (old.id, 3, Epoch(1)));
        let code = catalog.code(new.id, Level::Item, Face::Inner, 3).unwrap();
        assert_eq!(catalog.read(code.as_str()).unwrap().epoch, Epoch(2));
    }

    async fn a_tenant_has_at_most_eight_key_generations(db: TestDb) {
        let world = World::new(db).await;
        for epoch in 2..=8 {
            assert_eq!(rotate(&world).await.unwrap(), Epoch(epoch));
        }
        assert!(matches!(rotate(&world).await, Err(Error::TooManyEpochs { max: 8 })));
        world.catalog().await;
    }

    async fn keys_open_only_under_the_master_key_and_in_their_own_row(db: TestDb) {
        let world = World::new(db).await;
        let (tenant, db) = (world.tenant, &world.db);
        let mut tx = db.store.write().await.unwrap();
        keys::load(&mut tx, tenant, &db.master).await.unwrap();
        assert!(matches!(keys::load(&mut tx, tenant, &Key::new([1; 32])).await, Err(Error::Seal(_))));
        assert!(matches!(keys::load(&mut tx, TenantId::from_raw(1), &db.master).await, Err(Error::NoKeys)));
        tx.execute("UPDATE code_key SET epoch = 2", &[]).await.unwrap();
        assert!(matches!(keys::load(&mut tx, tenant, &db.master).await, Err(Error::Seal(_))));
    }
}
