//! Making and finding tenants.

use tallymark_base::id::TenantId;
use tallymark_base::random::SeededEntropy;
use tallymark_base::seal::Key;
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_partners::{Error, MIGRATIONS, NewTenant, Tenant, tenant};
use tallymark_store::revision;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

fn brand(name: &str, hosts: &[&str]) -> NewTenant {
    NewTenant {
        name: name.to_owned(),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        zone: "Asia/Shanghai".to_owned(),
    }
}

async fn created(db: &TestDb, new: NewTenant) -> Result<Tenant, Error> {
    let mut tx = db.store.write().await?;
    let tenant = tenant::create(&mut tx, &db.master, &*db.entropy, &db.ids, &*db.clock, new).await?;
    tx.commit().await?;
    Ok(tenant)
}

async fn led_to(db: &TestDb, host: &str) -> Option<Tenant> {
    tenant::by_host(&mut db.store.read().await.unwrap(), &db.master, host).await.unwrap()
}

both_engines! { [MIGRATIONS];
    async fn a_tenant_is_found_by_its_id_and_by_each_of_its_hosts_in_any_writing(db: TestDb) {
        let made = created(&db, brand("青岚饮品", &["Scan.Qinglan.cn", "q.qinglan.cn:8080"])).await.unwrap();
        assert_eq!(made.hosts, ["q.qinglan.cn", "scan.qinglan.cn"]);
        let found = tenant::find(&mut db.store.read().await.unwrap(), &db.master, made.id).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), &found.hosts, found.zone.as_str()), ("青岚饮品", &made.hosts, "Asia/Shanghai"));
        assert_eq!(found.secret.bytes(), made.secret.bytes());
        for host in ["scan.qinglan.cn", "SCAN.qinglan.cn:443", "q.qinglan.cn."] {
            assert_eq!(led_to(&db, host).await.map(|tenant| tenant.id), Some(made.id), "{host}");
        }
        for host in ["qinglan.cn", "", "a b", "x/y"] {
            assert!(led_to(&db, host).await.is_none(), "{host}");
        }
    }

    async fn a_host_leads_to_one_tenant(db: TestDb) {
        let first = created(&db, brand("first", &["one.example"])).await.unwrap();
        let refused = created(&db, brand("second", &["two.example", "ONE.example"])).await.unwrap_err();
        assert!(matches!(&refused, Error::HostTaken { host } if host == "one.example"), "{refused}");
        assert_eq!((refused.code(), refused.kind()), ("partners.host_taken", Kind::Conflict));
        assert!(led_to(&db, "two.example").await.is_none());
        let all = tenant::all(&mut db.store.read().await.unwrap(), &db.master).await.unwrap();
        assert_eq!(all.iter().map(|tenant| tenant.id).collect::<Vec<_>>(), [first.id]);
    }

    async fn a_host_claimed_by_ten_tenants_at_once_leads_to_one_of_them(db: TestDb) {
        let db = std::sync::Arc::new(db);
        let racers: Vec<_> = (0..10)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move { created(&db, brand(&format!("brand {n}"), &["one.example"])).await })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            match racer.await.unwrap() {
                Ok(tenant) => winners.push(tenant.id),
                Err(error) => assert!(matches!(error, Error::HostTaken { .. }), "{error}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(led_to(&db, "one.example").await.unwrap().id, winners[0]);
    }

    async fn a_secret_opens_only_under_the_master_key_and_in_its_own_row(db: TestDb) {
        let made = created(&db, brand("first", &[])).await.unwrap();
        let other = created(&db, brand("second", &[])).await.unwrap();
        assert_ne!(made.secret.bytes(), other.secret.bytes());
        let mut tx = db.store.write().await.unwrap();
        let wrong = Key::generate(&SeededEntropy::new([8; 32]));
        let refused = tenant::find(&mut tx, &wrong, made.id).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("seal.does_not_open", Kind::Internal));
        let copy = "UPDATE tenant SET secret = (SELECT secret FROM tenant WHERE tenant_id = $1) WHERE tenant_id = $2";
        tx.execute(copy, &[made.id.raw().into(), other.id.raw().into()]).await.unwrap();
        assert!(matches!(tenant::find(&mut tx, &db.master, other.id).await, Err(Error::Seal(_))));
    }

    async fn a_tenant_that_does_not_exist_is_not_found(db: TestDb) {
        created(&db, brand("first", &[])).await.unwrap();
        let found = tenant::find(&mut db.store.read().await.unwrap(), &db.master, TenantId::from_raw(5)).await.unwrap();
        assert!(found.is_none());
    }

    async fn a_new_tenant_raises_its_revision(db: TestDb) {
        let made = created(&db, brand("first", &[])).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        let revisions = revision::current(&mut tx, &[made.id.raw()]).await.unwrap();
        assert_eq!(revisions[&made.id.raw()], 1);
    }

    async fn a_tenant_with_a_bad_field_is_refused_by_a_code(db: TestDb) {
        let cases = [
            (brand("", &[]), "partners.name"),
            (brand("   ", &[]), "partners.name"),
            (brand(&"名".repeat(121), &[]), "partners.name"),
            (brand("nul\0", &[]), "partners.name"),
            (brand("line\nbreak", &[]), "partners.name"),
            (brand("x", &["https://a.example"]), "partners.host_malformed"),
            (brand("x", &["a..b"]), "partners.host_malformed"),
            (brand("x", &["-a.example"]), "partners.host_malformed"),
            (brand("x", &["a.example:99999"]), "partners.host_malformed"),
            (brand("x", &["a\0.example"]), "partners.host_malformed"),
            (NewTenant { zone: "Asia/Atlantis".to_owned(), ..brand("x", &[]) }, "partners.zone_unknown"),
            (NewTenant { hosts: (0..51).map(|n| format!("h{n}.example")).collect(), ..brand("x", &[]) }, "partners.too_many_hosts"),
        ];
        for (new, code) in cases {
            let refused = created(&db, new.clone()).await.unwrap_err();
            assert_eq!((refused.code(), refused.kind()), (code, Kind::Invalid), "{new:?}");
        }
        created(&db, brand(&"名".repeat(120), &[])).await.unwrap();
    }
}

#[test]
fn a_tenant_shows_no_secret() {
    let tenant = Tenant {
        id: TenantId::from_raw(1 << 30),
        name: "青岚".to_owned(),
        hosts: vec!["scan.qinglan.cn".to_owned()],
        zone: "Asia/Shanghai".to_owned(),
        secret: Key::new([0xab; 32]),
        rotated: None,
    };
    let shown = serde_json::to_value(&tenant).unwrap();
    let fields: Vec<_> = shown.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["hosts", "id", "name", "zone"]);
    assert!(format!("{tenant:?}").contains("Key(hidden)"));
}

#[test]
fn keys_for_two_purposes_differ() {
    let secret = Key::new([3; 32]);
    assert_ne!(secret.derive("people.blind.v1").bytes(), secret.derive("people.vault.v1").bytes());
}

#[test]
fn a_request_with_an_unknown_field_is_refused_and_the_zone_has_a_default() {
    let new: NewTenant = serde_json::from_str(r#"{"name": "青岚", "hosts": []}"#).unwrap();
    assert_eq!(new.zone, "Asia/Shanghai");
    assert!(serde_json::from_str::<NewTenant>(r#"{"name": "青岚", "hosts": [], "secret": "x"}"#).is_err());
}
