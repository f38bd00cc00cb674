//! How products are usually packed, and the SSCCs of their packs.

use serde_json::json;
use tallymark_base::Fault as _;
use tallymark_base::id::PackProfileId;
use tallymark_codes::{Face, Host, Level};
use tallymark_goods::print::{Selection, sscc};
use tallymark_goods::{
    Association, CompanyPrefix, Error, Faces, NewBatch, NewCompanyPrefix, NewPackProfile, PackProfile, SsccUse,
    pack_profiles,
};
use tallymark_testkit::both_engines;

use crate::api::{check, ordered};
use crate::world::{MIGRATIONS, World};

fn crate_of_twelve(name: &str) -> NewPackProfile {
    NewPackProfile {
        name: name.into(),
        items_per_box: 2,
        items_per_case: 12,
        cases_per_pallet: 3,
        association: Association::OnLine,
        faces: Faces::OuterAndInner,
        sscc: SsccUse::None,
    }
}

impl World {
    async fn profile(&self, new: NewPackProfile) -> Result<PackProfile, Error> {
        let mut tx = self.db.store.write().await?;
        let made =
            pack_profiles::create(&mut tx, self.tenant, &self.db.ids, &*self.db.clock, self.product, new).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn prefix(&self, prefix: &str, extension: u8) -> Result<CompanyPrefix, Error> {
        let mut tx = self.db.store.write().await?;
        self.db.clock.advance(std::time::Duration::from_secs(1));
        let new = NewCompanyPrefix { prefix: prefix.into(), extension };
        let set = pack_profiles::set_company_prefix(&mut tx, self.tenant, &*self.db.clock, &new).await?;
        tx.commit().await?;
        Ok(set)
    }

    fn by(&self, profile: PackProfileId) -> NewBatch {
        let numbers = self.order(100, 0, 0);
        NewBatch { profile: Some(profile), faces: Faces::Outer, ..numbers }
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

both_engines! { MIGRATIONS;
    async fn a_batch_stays_as_its_profile_was_when_it_was_ordered(db: TestDb) {
        let world = World::new(db).await;
        let profile = world.profile(crate_of_twelve("Crate")).await.unwrap();
        let batch = world.create(world.by(profile.id)).await.unwrap();
        assert_eq!((batch.items_per_box, batch.items_per_case, batch.cases_per_pallet), (2, 12, 3));
        assert_eq!((batch.association, batch.faces, batch.profile), (Association::OnLine, Faces::OuterAndInner, Some(profile.id)));

        let mut tx = world.db.store.write().await.unwrap();
        let other = NewPackProfile { items_per_case: 6, ..crate_of_twelve("Tray") };
        let (before, after) =
            pack_profiles::change(&mut tx, world.tenant, &*world.db.clock, profile.id, other).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((before, after.items_per_case, after.name.as_str()), (profile.clone(), 6, "Tray"));
        assert_eq!(world.find(batch.id).await.unwrap(), batch);
        assert_eq!(world.create(world.by(profile.id)).await.unwrap().items_per_case, 6);

        let mut tx = world.db.store.write().await.unwrap();
        pack_profiles::remove(&mut tx, world.tenant, profile.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.find(batch.id).await.unwrap(), batch);
        assert_eq!(code(world.create(world.by(profile.id)).await), "goods.profile_not_found");
    }

    async fn a_profile_that_does_not_fit_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let profile = world.profile(crate_of_twelve("Crate")).await.unwrap().id;
        assert_eq!(code(world.profile(crate_of_twelve("Crate")).await), "goods.profile_name_taken");
        assert_eq!(code(world.profile(crate_of_twelve(" ")).await), "goods.text");
        let half = NewPackProfile { items_per_box: 5, ..crate_of_twelve("Half") };
        assert_eq!(code(world.profile(half).await), "goods.boxes_in_case");
        let bare = NewPackProfile { sscc: SsccUse::Pallets, cases_per_pallet: 0, ..crate_of_twelve("Bare") };
        assert_eq!(code(world.profile(bare).await), "goods.nothing_to_number");
        let both = NewBatch { items_per_case: 12, ..world.by(profile) };
        assert_eq!(code(world.create(both).await), "goods.profile_and_numbers");
        let other = world.new_product("OTHER").await.unwrap().id;
        assert_eq!(code(world.create(NewBatch { product: other, ..world.by(profile) }).await), "goods.profile_of_other");
    }

    async fn packs_bear_ssccs_that_follow_each_other_and_prove_nothing(db: TestDb) {
        let world = World::new(db).await;
        let order = || NewBatch { sscc: SsccUse::CasesAndPallets, ..world.order(100, 12, 3) };
        assert_eq!(code(world.create(order()).await), "goods.no_company_prefix");
        assert_eq!(code(world.prefix("061", 1).await), "goods.company_prefix");
        let set = world.prefix("0614141", 1).await.unwrap();
        assert_eq!((set.given, set.left), (0, 1_000_000_000));
        let batch = world.create(order()).await.unwrap();
        let next = world.create(NewBatch { sscc: SsccUse::Pallets, ..world.order(100, 12, 3) }).await.unwrap();

        // Nine cases, three pallets, and the pallets of the next batch.
        let catalog = world.catalog().await;
        for (text, batch, level, serial) in [
            ("106141410000000002", batch.id, Level::Case, 0),
            ("(00) 1 0614141 0000000088", batch.id, Level::Case, 8),
            ("https://brand.example/00/106141410000000095", batch.id, Level::Pallet, 0),
            ("00106141410000000118", batch.id, Level::Pallet, 2),
            ("106141410000000125", next.id, Level::Pallet, 0),
        ] {
            let found = catalog.read_label(text).unwrap();
            assert_eq!((found.batch, found.level, found.serial, found.face), (batch, level, serial, Face::Outer), "{text}");
            let bare = catalog.sscc(batch, level, serial).unwrap().to_string();
            assert!(text.replace(' ', "").ends_with(&bare), "{text} {bare}");
            assert!(catalog.read(text).is_err(), "an SSCC can be guessed, so a consumer's scan does not know it");
        }
        assert_eq!(catalog.sscc(next.id, Level::Case, 0), None);
        let past = catalog.sscc(next.id, Level::Pallet, 2).unwrap().number() + 1;
        let past = tallymark_codes::Sscc::from_number(past).unwrap().to_string();
        assert!(catalog.read_label(&past).is_err());

        let selection = Selection { batch: batch.id, level: Level::Pallet, face: Face::Outer, serials: None };
        let mut out = Vec::new();
        sscc::lines(&catalog, &selection, &Host::parse("brand.example").unwrap(), &mut out).unwrap();
        let lines: Vec<_> = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
        assert_eq!((lines.len(), lines[0].as_str()), (3, "https://brand.example/00/106141410000000095"));
    }

    async fn a_series_goes_on_where_it_stopped_and_ends(db: TestDb) {
        let world = World::new(db).await;
        let pallets = |count: u64| NewBatch { sscc: SsccUse::Pallets, ..world.order(count, 1, 1) };
        world.prefix("0614141", 1).await.unwrap();
        world.create(pallets(5)).await.unwrap();
        // Twelve digits leave four for the reference.
        world.prefix("061414100000", 2).await.unwrap();
        assert_eq!(code(world.create(pallets(10_001)).await), "goods.ssccs_exhausted");
        world.create(pallets(10_000)).await.unwrap();
        assert_eq!(code(world.create(pallets(1)).await), "goods.ssccs_exhausted");
        let back = world.prefix("0614141", 1).await.unwrap();
        assert_eq!((back.given, back.left), (5, 999_999_995));
    }

    async fn profiles_and_the_prefix_are_the_tenants_own_over_the_api(db: TestDb) {
        let world = World::new(db).await;
        let (goods, other) = ((world.tenant, "goods"), (world.new_tenant("other.example").await, "owner"));
        let path = format!("/products/{}/pack-profiles", world.product);
        let body = json!({"name": "Crate", "items_per_case": 12, "cases_per_pallet": 3, "sscc": "pallets"});
        let made = check(&world, goods, &path, Some(("p", &body)), (201, "")).await;
        assert_eq!(check(&world, goods, &path, Some(("p", &body)), (201, "")).await, made);
        assert_eq!(check(&world, (world.tenant, "read"), &path, None, (200, "")).await, json!([made]));
        check(&world, other, &path, None, (404, "goods.product_not_found")).await;
        check(&world, (world.tenant, "logistics"), &path, Some(("q", &body)), (403, "auth.scope_missing")).await;
        let batch = json!({"product": world.product, "lot": "L", "items": 100, "profile": made["id"]});
        check(&world, goods, "/batches", Some(("b", &batch)), (409, "goods.no_company_prefix")).await;
        world.prefix("0614141", 1).await.unwrap();
        let ordered_by = check(&world, goods, "/batches", Some(("b", &batch)), (201, "")).await;
        assert_eq!((&ordered_by["items_per_case"], &ordered_by["sscc"]), (&json!(12), &json!("pallets")));
        assert_eq!(check(&world, other, "/company-prefix", None, (200, "")).await, json!(null));
        let one = format!("/batches/{}", ordered_by["id"].as_str().unwrap());
        check(&world, goods, &format!("{one}/labels?level=case&form=sscc"), None, (422, "goods.no_sscc")).await;
        let packages = format!("{one}/packages");
        let form = |level: &str| json!({"recipient": "P", "form": "sscc", "parts": [{"level": level, "face": "outer"}]});
        check(&world, goods, &packages, Some(("c", &form("case"))), (422, "goods.no_sscc")).await;
        check(&world, goods, &packages, Some(("d", &form("pallet"))), (201, "")).await;
        // A batch without any.
        let plain = format!("{}/packages", ordered(&world).await);
        check(&world, goods, &plain, Some(("e", &form("pallet"))), (422, "goods.no_sscc")).await;
    }
}
