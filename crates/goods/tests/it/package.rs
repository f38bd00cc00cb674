//! Packages for the printing house: the same file each time, and nobody takes one unseen. That other programs open them, and
//! find what was minted, is tried in `tests/outside`.

use serde_json::{Value, json};
use tallymark_base::id::PackageId;
use tallymark_codes::{Face, Host, Level};
use tallymark_goods::package::{bytes_of, write};
use tallymark_goods::packages::{self, Opened, Taker};
use tallymark_goods::{Column, Format, NewPackage, Package, Part};
use tallymark_testkit::both_engines;

use crate::api::{bytes, call, check, ordered};
use crate::world::{MIGRATIONS, World};

fn wanted(format: Format, columns: &[Column]) -> NewPackage {
    let columns = columns.to_vec();
    NewPackage {
        recipient: "Printer".into(),
        parts: Vec::new(),
        format,
        form: Default::default(),
        columns,
        codes_per_file: Some(40),
        bytes_per_file: None,
        origin: None,
    }
}

impl World {
    async fn package(&self, new: &NewPackage) -> (Package, String) {
        let batch = self.create(self.order(100, 12, 3)).await.unwrap().id;
        let mut tx = self.db.store.write().await.unwrap();
        let host = Host::parse("brand.example").unwrap();
        let made = packages::order(&mut tx, &self.db.context(), self.tenant, batch, new, Some(&host)).await.unwrap();
        tx.commit().await.unwrap();
        made
    }

    /// The file, as an owner at the terminal gets it.
    async fn file(&self, package: PackageId) -> Vec<u8> {
        let mut tx = self.db.store.write().await.unwrap();
        let taker =
            Taker { actor: "operator".into(), address: String::new(), reason: Some("again".into()), may_repeat: true };
        let begun = packages::begin_download(&mut tx, &self.db.context(), self.tenant, package, taker).await.unwrap();
        tx.commit().await.unwrap();
        let Opened { package, secret, .. } = begun;
        let catalog = self.catalog().await;
        let mut file = Vec::new();
        let written = write(&catalog, &package, &secret, &mut file).unwrap();
        assert_eq!(written.bytes, file.len() as u64);
        assert!(bytes_of(&catalog, &package).unwrap().is_none_or(|told| told == written.bytes));
        file
    }
}

/// The list of downloads once none is under way.
async fn downloads(world: &World, package: &str) -> Vec<Value> {
    loop {
        let path = format!("/packages/{package}/downloads");
        let page = check(world, (world.tenant, "audit"), &path, None, (200, "")).await;
        let items = page["items"].as_array().unwrap().clone();
        if items.iter().all(|item| item["outcome"] != "under_way") {
            return items;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

both_engines! { MIGRATIONS;
    async fn a_package_is_the_same_file_each_time_and_as_long_as_was_told(db: TestDb) {
        let world = World::new(db).await;
        let columns = [Column::Serial, Column::Code, Column::DigitalLink, Column::Lot, Column::Case, Column::Pallet];
        for (format, columns, files, codes) in [
            (Format::Txt, &columns[..0], 3 + 3 + 1 + 1, 212),
            (Format::Csv, &columns[..], 8, 212),
            (Format::JsonLines, &columns[..], 8, 212),
            (Format::Svg, &columns[..0], 3, 3),
        ] {
            let mut new = wanted(format, columns);
            if format == Format::Svg {
                new.parts.push(Part { level: Level::Pallet, face: Face::Outer });
            }
            let (package, password) = world.package(&new).await;
            assert_eq!((package.files, package.codes), (files, codes), "{format:?}");
            assert_eq!(password.len(), 29);
            let first = world.file(package.id).await;
            assert_eq!(first, world.file(package.id).await, "{format:?}");
            let (other, other_password) = world.package(&new).await;
            assert_ne!(password, other_password);
            assert_ne!(first, world.file(other.id).await);
        }
    }

    async fn the_first_to_take_a_package_needs_less_than_whoever_comes_after(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let (path, body) = (format!("{one}/packages"), json!({"recipient": "Printer", "codes_per_file": 50}));
        let goods = (world.tenant, "goods");
        let made = check(&world, goods, &path, Some(("p", &body)), (201, "")).await;
        assert_eq!(made["password"].as_str().unwrap().len(), 29);
        check(&world, goods, &path, Some(("p", &body)), (409, "goods.package_ordered_before")).await;
        let id = made["id"].as_str().unwrap();
        let listed = check(&world, (world.tenant, "read"), &path, None, (200, "")).await;
        assert_eq!((listed["items"][0]["id"].as_str(), &listed["items"][0]["password"]), (Some(id), &Value::Null));

        let file = format!("/packages/{id}/file");
        check(&world, (world.tenant, "read"), &file, None, (403, "auth.scope_missing")).await;
        check(&world, (world.tenant, "reprint"), &file, None, (403, "auth.scope_missing")).await;
        let response = call(&world, goods, &file, None).await;
        assert_eq!(response.headers()["content-type"], "application/zip");
        let length = response.headers()["content-length"].to_str().unwrap().to_owned();
        let first = bytes(response).await;
        assert_eq!(first.len().to_string(), length);
        check(&world, goods, &file, None, (403, "goods.package_taken")).await;
        let owner = (world.tenant, "owner");
        check(&world, owner, &file, None, (422, "goods.reprint_reason")).await;
        let again = bytes(call(&world, owner, &format!("{file}?reason=spilt%20ink"), None).await).await;
        assert_eq!(again, first);
        // Given up before it was read.
        drop(call(&world, (world.tenant, "reprint"), &format!("{file}?reason=curious"), None).await);

        let told = downloads(&world, id).await;
        let brief: Vec<_> = told.iter().map(|one| (one["number"].as_u64(), one["reason"].as_str(), one["outcome"].as_str())).collect();
        let expected = [("", "complete"), ("spilt ink", "complete"), ("curious", "broken_off")];
        let expected: Vec<_> = (1..).zip(expected).map(|(number, (why, how))| (Some(number), Some(why), Some(how))).collect();
        assert_eq!(brief, expected);
        assert!(told.iter().all(|one| one["address"] == "192.0.2.7" && one["actor"].as_str().unwrap().starts_with("key_")));
        assert_eq!(told[0]["bytes"].to_string(), length);
        assert_eq!((&told[0]["sha256"], &told[2]["sha256"]), (&told[1]["sha256"], &Value::Null));
        let shown = check(&world, (world.tenant, "read"), &format!("/packages/{id}"), None, (200, "")).await;
        assert_eq!((&shown["sha256"], &shown["downloads"]), (&told[0]["sha256"], &json!(3)));
    }

    async fn what_cannot_be_packed_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let (path, other) = (format!("{one}/packages"), world.new_tenant("other.example").await);
        let inner_case = json!({"level": "case", "face": "inner"});
        let item = json!({"level": "item", "face": "outer"});
        for (extra, expected) in [
            (json!({"parts": [inner_case]}), (422, "goods.no_such_face")),
            (json!({"parts": [{"level": "box", "face": "outer"}]}), (422, "goods.no_such_serials")),
            (json!({"parts": [item, item]}), (422, "goods.package_twice")),
            (json!({"columns": ["code"]}), (422, "goods.package_columns")),
            (json!({"format": "csv", "columns": ["code", "code"]}), (422, "goods.package_twice")),
            (json!({"format": "csv", "columns": ["code", "box"]}), (422, "goods.package_no_pack")),
            (json!({"codes_per_file": 0}), (422, "goods.package_file_size")),
            (json!({"bytes_per_file": 10}), (422, "goods.package_file_size")),
            (json!({"recipient": " "}), (422, "goods.text")),
            (json!({"origin": "evil.example"}), (422, "goods.origin_foreign")),
            (json!({"colour": "red"}), (422, "request.body_invalid")),
        ] {
            let mut body = json!({"recipient": "Printer"});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            check(&world, (world.tenant, "goods"), &path, Some(("k", &body)), expected).await;
        }
        let body = json!({"recipient": "Printer", "form": "code"});
        check(&world, (other, "goods"), &path, Some(("k", &body)), (404, "goods.batch_not_found")).await;
        check(&world, (world.tenant, "logistics read"), &path, Some(("k", &body)), (403, "auth.scope_missing")).await;
        let made = check(&world, (world.tenant, "goods"), &path, Some(("k", &body)), (201, "")).await;
        for rest in ["", "/file", "/downloads"] {
            let hidden = format!("/packages/{}{rest}", made["id"].as_str().unwrap());
            check(&world, (other, "owner"), &hidden, None, (404, "goods.package_not_found")).await;
        }
    }
}
