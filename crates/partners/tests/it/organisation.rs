//! Building and reading the channel tree.

use tallymark_base::geography::Adcode;
use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_partners::OrganisationKind::{Brand, Dealer, Region, Store};
use tallymark_partners::{Error, MIGRATIONS, NewOrganisation, Organisation, OrganisationKind, organisation};
use tallymark_store::revision;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

const FIRST: i64 = 1 << 30;
const SECOND: i64 = FIRST + 1;

fn place(code: &str) -> Adcode {
    code.parse().unwrap()
}

fn node(kind: OrganisationKind, parent: Option<OrganisationId>, code: &str) -> NewOrganisation {
    NewOrganisation {
        parent,
        kind,
        name: format!("organisation {code}"),
        code: code.to_owned(),
        adcode: None,
        territory: Vec::new(),
    }
}

async fn created(db: &TestDb, tenant: i64, new: NewOrganisation) -> Result<Organisation, Error> {
    let mut tx = db.store.write().await?;
    let made = organisation::create(&mut tx, TenantId::from_raw(tenant), &db.ids, &*db.clock, new).await?;
    tx.commit().await?;
    Ok(made)
}

async fn made(db: &TestDb, kind: OrganisationKind, parent: Option<OrganisationId>, code: &str) -> OrganisationId {
    created(db, FIRST, node(kind, parent, code)).await.unwrap().id
}

/// Codes of the subtree, in the order in which they are given.
async fn codes_below(db: &TestDb, tenant: i64, root: OrganisationId) -> Vec<String> {
    let mut tx = db.store.read().await.unwrap();
    let nodes = organisation::subtree(&mut tx, TenantId::from_raw(tenant), root).await.unwrap();
    nodes.into_iter().map(|node| node.code).collect()
}

both_engines! { [MIGRATIONS];
    async fn a_subtree_is_the_node_and_all_below_it_and_nothing_else(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let east = made(&db, Region, Some(hq), "east").await;
        let west = made(&db, Region, Some(hq), "west").await;
        let dealer = made(&db, Dealer, Some(east), "d1").await;
        made(&db, Store, Some(dealer), "s1").await;
        made(&db, Dealer, Some(west), "d2").await;
        made(&db, Store, Some(dealer), "s2").await;
        assert_eq!(codes_below(&db, FIRST, hq).await, ["hq", "east", "d1", "s1", "s2", "west", "d2"]);
        assert_eq!(codes_below(&db, FIRST, east).await, ["east", "d1", "s1", "s2"]);
        assert_eq!(codes_below(&db, FIRST, west).await, ["west", "d2"]);
    }

    async fn an_organisation_is_found_as_it_was_made(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let new = NewOrganisation {
            adcode: Some(place("330106")),
            territory: vec![place("330400"), place("330100"), place("330400")],
            ..node(Dealer, Some(hq), "HZ-001")
        };
        let dealer = created(&db, FIRST, new).await.unwrap();
        assert_eq!(dealer.territory, [place("330100"), place("330400")]);
        made(&db, Store, Some(dealer.id), "s1").await;
        let mut tx = db.store.read().await.unwrap();
        let found = organisation::find(&mut tx, TenantId::from_raw(FIRST), dealer.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&dealer));
        let listed = organisation::list(&mut tx, TenantId::from_raw(FIRST)).await.unwrap();
        assert_eq!((listed.len(), &listed[1]), (3, &dealer));
    }

    async fn an_organisation_of_another_tenant_is_not_found(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let mut tx = db.store.read().await.unwrap();
        let other = TenantId::from_raw(SECOND);
        assert_eq!(organisation::find(&mut tx, other, hq).await.unwrap(), None);
        assert_eq!(organisation::list(&mut tx, other).await.unwrap(), []);
        drop(tx);
        assert_eq!(codes_below(&db, SECOND, hq).await, Vec::<String>::new());
        let refused = created(&db, SECOND, node(Dealer, Some(hq), "d1")).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("partners.parent_not_found", Kind::NotFound));
    }

    async fn a_code_is_unique_in_its_tenant_only(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let refused = created(&db, FIRST, node(Dealer, Some(hq), "hq")).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("partners.code_taken", Kind::Conflict));
        created(&db, SECOND, node(Brand, None, "hq")).await.unwrap();
        assert_eq!(codes_below(&db, FIRST, hq).await, ["hq"]);
    }

    async fn ten_who_create_the_same_code_at_once_make_one_organisation(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let db = std::sync::Arc::new(db);
        let racers: Vec<_> = (0..10)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { created(&db, FIRST, node(Dealer, Some(hq), "d1")).await.is_ok() })
            })
            .collect();
        let mut won = 0;
        for racer in racers {
            won += usize::from(racer.await.unwrap());
        }
        assert_eq!(won, 1);
        assert_eq!(codes_below(&db, FIRST, hq).await, ["hq", "d1"]);
    }

    async fn a_page_of_those_that_are_called_so_reads_every_sign_as_itself(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let east = made(&db, Region, Some(hq), "east").await;
        let west = made(&db, Region, Some(hq), "west").await;
        for (parent, code, name) in [(east, "d1", "Hall 100%"), (east, "d2", "Hall_7!"), (west, "d3", "HallX7")] {
            let new = NewOrganisation { name: name.to_owned(), ..node(Dealer, Some(parent), code) };
            created(&db, FIRST, new).await.unwrap();
        }
        let tenant = TenantId::from_raw(FIRST);
        let mut tx = db.store.read().await.unwrap();
        let below_east = organisation::subtree_of(&mut tx, tenant, east).await.unwrap();
        let all = ["d1", "d2", "d3"].as_slice();
        let cases = [
            ("hall", false, all),
            ("HALL", false, all),
            ("%", false, &["d1"]),
            ("_7", false, &["d2"]),
            ("7!", false, &["d2"]),
            ("D3", false, &["d3"]),
            ("x7", true, &[]),
            ("east", true, &["east"]),
        ];
        for (text, is_limited, expected) in cases {
            let within = below_east.as_ref().filter(|_| is_limited);
            let found = organisation::page(&mut tx, tenant, within, Some(text), None, 10).await.unwrap();
            assert_eq!(found.iter().map(|node| node.code.as_str()).collect::<Vec<_>>(), expected, "{text}");
        }
        let first = organisation::page(&mut tx, tenant, None, Some("7"), None, 1).await.unwrap();
        let next = organisation::page(&mut tx, tenant, None, Some("7"), Some(first[0].id), 10).await.unwrap();
        assert_eq!((first[0].code.as_str(), next[0].code.as_str(), next.len()), ("d2", "d3", 1));
    }

    async fn a_tree_ends_at_twelve_levels(db: TestDb) {
        let mut above = made(&db, Brand, None, "level1").await;
        for level in 2..=12 {
            above = made(&db, Region, Some(above), &format!("level{level}")).await;
        }
        let refused = created(&db, FIRST, node(Store, Some(above), "level13")).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("partners.too_deep", Kind::Invalid));
    }

    async fn a_new_organisation_raises_the_revision_and_a_refused_one_does_not(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        created(&db, FIRST, node(Dealer, Some(hq), "hq")).await.unwrap_err();
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(revision::current(&mut tx, &[FIRST]).await.unwrap()[&FIRST], 1);
    }

    async fn an_organisation_with_a_bad_field_is_refused_by_a_code(db: TestDb) {
        let hq = made(&db, Brand, None, "hq").await;
        let good = || node(Dealer, Some(hq), "d1");
        let cases = [
            (NewOrganisation { name: String::new(), ..good() }, "partners.name"),
            (NewOrganisation { name: "a\u{0}b".to_owned(), ..good() }, "partners.name"),
            (NewOrganisation { code: String::new(), ..good() }, "partners.code_malformed"),
            (NewOrganisation { code: "门店1".to_owned(), ..good() }, "partners.code_malformed"),
            (NewOrganisation { code: "x".repeat(41), ..good() }, "partners.code_malformed"),
            (NewOrganisation { adcode: Some(place("999999")), ..good() }, "partners.place_unknown"),
            (NewOrganisation { territory: vec![place("330199")], ..good() }, "partners.place_unknown"),
            (NewOrganisation { territory: vec![place("330100"); 501], ..good() }, "partners.too_many_places"),
            (NewOrganisation { parent: None, ..good() }, "partners.kind_misplaced"),
        ];
        for (new, code) in cases {
            let refused = created(&db, FIRST, new).await.unwrap_err();
            assert_eq!((refused.code(), refused.kind()), (code, Kind::Invalid));
        }
        created(&db, FIRST, good()).await.unwrap();
    }
}
