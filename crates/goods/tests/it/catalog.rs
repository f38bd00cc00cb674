//! Reading codes.

use tallymark_codes::{CodeIndex, CodeLength, Face, Level, Minter, ReadError};
use tallymark_goods::{Error, Faces, NewBatch, State, keys};
use tallymark_testkit::both_engines;

use crate::world::{GTIN, MIGRATIONS, World};

both_engines! { MIGRATIONS;
    async fn a_code_says_batch_level_serial_and_face(db: TestDb) {
        let world = World::new(db).await;
        world.create(world.order(100, 12, 3)).await.unwrap();
        let second = world.create(world.order(50, 10, 2)).await.unwrap();
        let catalog = world.catalog().await;
        // The first batch took 100 + 9 + 3 indexes; the second has 50 items, 5 cases and 3 pallets after them.
        for (level, face, serial, index) in [
            (Level::Item, Face::Outer, 0, 112),
            (Level::Item, Face::Inner, 49, 161),
            (Level::Case, Face::Outer, 4, 166),
            (Level::Pallet, Face::Outer, 2, 169),
        ] {
            let code = catalog.code(second.id, level, face, serial).unwrap();
            let found = catalog.read(&code.grouped().to_lowercase()).unwrap();
            assert_eq!((found.batch, found.product, found.level), (second.id, world.product, level));
            assert_eq!((found.serial, found.face, found.index.get()), (serial, face, index));
            assert_eq!((found.gtin, found.state), (GTIN.parse().unwrap(), State::NotActive));
        }
        assert_eq!(catalog.batch(second.id), Some(&second));
        assert_eq!(catalog.batches().map(|batch| batch.items).collect::<Vec<_>>(), [100, 50]);
        assert_eq!(catalog.product(world.product).unwrap().sku, "QL-330");
    }

    async fn a_guess_or_another_brands_code_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 12, 3)).await.unwrap();
        let catalog = world.catalog().await;
        let code = catalog.code(batch.id, Level::Item, Face::Outer, 5).unwrap();
        let other = world.catalog_of(world.new_tenant("other.example").await).await;
        assert_eq!(other.read(code.as_str()), Err(ReadError::Unknown));
        // Any character changed: the check bits do not come out zero.
        for place in 0..code.as_bytes().len() {
            let mut text = code.to_string();
            let wrong = if &text[place..=place] == "7" { "8" } else { "7" };
            text.replace_range(place..=place, wrong);
            assert_eq!(catalog.read(&text), Err(ReadError::Unknown), "{text}");
        }
        for text in ["", "0123", "not a code at all", "UUUUUUUUUUUUUUUU"] {
            assert!(matches!(catalog.read(text), Err(ReadError::Malformed(_))), "{text}");
        }
        assert!(matches!(other.code(batch.id, Level::Item, Face::Outer, 5), Err(Error::BatchNotFound { .. })));
    }

    async fn what_decrypts_but_was_never_minted_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let outer_only = NewBatch { faces: Faces::Outer, ..world.order(100, 10, 0) };
        let batch = world.create(outer_only).await.unwrap();
        let catalog = world.catalog().await;
        let mut tx = world.db.store.read().await.unwrap();
        let keys = keys::load(&mut tx, world.tenant, &world.db.master).await.unwrap();
        let key = keys.key(keys.current()).unwrap();
        let read = |face, length, index| {
            let code = Minter::new(key, face, length).mint(CodeIndex::new(index).unwrap());
            catalog.read(code.as_str())
        };
        assert_eq!(read(Face::Outer, CodeLength::STANDARD, 99).unwrap().batch, batch.id);
        assert_eq!(read(Face::Inner, CodeLength::STANDARD, 99), Err(ReadError::Unknown));
        assert_eq!(read(Face::Outer, CodeLength::MAX, 99), Err(ReadError::Unknown));
        // 100 items and 10 cases: no batch has index 110.
        assert_eq!(read(Face::Outer, CodeLength::STANDARD, 109).unwrap().level, Level::Case);
        assert_eq!(read(Face::Outer, CodeLength::STANDARD, 110), Err(ReadError::Unknown));
        assert!(matches!(
            catalog.code(batch.id, Level::Item, Face::Inner, 0),
            Err(Error::NoSuchFace { face: Face::Inner, level: Level::Item })
        ));
    }

    async fn an_item_is_not_active_then_active_then_void(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        world.activate(batch, Some(15..=99)).await.unwrap();
        world.void(batch, 10..=29, "broken glass").await.unwrap();
        let catalog = world.catalog().await;
        let state = |level, face, serial| {
            let code = catalog.code(batch, level, face, serial).unwrap();
            catalog.read(code.as_str()).unwrap().state
        };
        let void = State::Void { reason: "broken glass".into() };
        for (serial, expected) in [
            (0, &State::NotActive), (9, &State::NotActive), (10, &void), (15, &void), (29, &void), (30, &State::Active),
            (99, &State::Active),
        ] {
            assert_eq!(&state(Level::Item, Face::Outer, serial), expected, "item {serial}");
            assert_eq!(&state(Level::Item, Face::Inner, serial), expected, "item {serial}");
        }
        // Case 0 holds items 0 to 9, none of them live; cases 1 and 2 only void ones; the others live ones.
        assert_eq!(state(Level::Case, Face::Outer, 0), State::NotActive);
        assert_eq!(state(Level::Case, Face::Outer, 1), void);
        assert_eq!(state(Level::Case, Face::Outer, 2), void);
        assert_eq!(state(Level::Case, Face::Outer, 3), State::Active);
        assert_eq!(state(Level::Pallet, Face::Outer, 0), State::Active);
    }
}
