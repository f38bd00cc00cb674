//! Mappings: mistakes are told with their place, names with their versions.

use tallymark_imports::{Error, MembersMapping, mapping_named, mappings, put_mapping};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, mapping};

fn refused(json: &str) -> String {
    MembersMapping::parse(json.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let phone = r#"{"column": "a", "kind": "phone"}"#;
    for (json, told) in [
        (r#"{"identifiers": []}"#.to_owned(), "mapping, at identifiers: name a column"),
        (
            r#"{"identifiers": [{"column": "a", "kind": "fone"}]}"#.to_owned(),
            "mapping, at identifiers[0].kind: unknown variant",
        ),
        (format!(r#"{{"identifiers": [{phone}], "profil": []}}"#), "mapping, at profil: unknown field"),
        (
            r#"{"identifiers": [{"column": "a", "kind": "phone", "scope": "x"}]}"#.to_owned(),
            "mapping, at identifiers[0].scope: a phone is valid everywhere",
        ),
        (
            r#"{"identifiers": [{"column": "a", "kind": "wechat_openid", "scope": "?"}]}"#.to_owned(),
            "mapping, at identifiers[0].scope: write the appid",
        ),
        (
            format!(
                r#"{{"identifiers": [{phone}], "profile": [{{"column": "b", "field": "x"}}, {{"column": "c", "field": "x"}}]}}"#
            ),
            "mapping, at profile[1].field: another column",
        ),
        (
            format!(
                r#"{{"identifiers": [{phone}], "consents": [{{"column": "b", "purpose": "m", "channel": "sms", "yes": ["是"], "no": [" 是"]}}]}}"#
            ),
            "mapping, at consents[0].no: a cell cannot mean both",
        ),
        (
            format!(
                r#"{{"identifiers": [{phone}], "consents": [{{"column": "b", "purpose": "m", "channel": "sms", "yes": ["y"], "identifier": "email"}}]}}"#
            ),
            "mapping, at consents[0].identifier: no column is a email",
        ),
        (format!(r#"{{"identifiers": [{phone}], "zone": "Mars/Olympus"}}"#), "mapping, at zone: this is no time zone"),
        (
            format!(r#"{{"identifiers": [{phone}], "time": {{"constant": "someday"}}}}"#),
            "mapping, at time.constant: this is no moment",
        ),
        (format!(r#"{{"identifiers": [{phone}], "time": {{}}}}"#), "mapping, at time: name a column"),
        (format!(r#"{{"identifiers": [{phone}], "source": "The CRM"}}"#), "mapping, at source: this is a word"),
    ] {
        assert!(refused(&json).starts_with(told), "{json}: {}", refused(&json));
    }
}

both_engines! { MIGRATIONS;
    async fn a_mapping_has_a_version_for_each_change(db: TestDb) {
        let world = World::new(&db).await;
        let phones = mapping(r#"{"identifiers": [{"column": "手机号", "kind": "phone"}]}"#);
        let cards = mapping(r#"{"identifiers": [{"column": "卡号", "kind": "card"}]}"#);
        for (name, put, version) in [("shop", &phones, 1), ("shop", &phones, 1), ("shop", &cards, 2), ("app", &phones, 1)] {
            let mut tx = world.context.store.write().await.unwrap();
            let kept = put_mapping(&mut tx, &world.context, world.act(), name, put).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!((kept.version, &kept.mapping), (version, put));
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'import.mapping_changed'").await, 3);
        let mut tx = world.context.store.write().await.unwrap();
        let names: Vec<String> = mappings(&mut tx, world.tenant, "", 10).await.unwrap().into_iter().map(|own| own.name).collect();
        assert_eq!(names, ["app", "shop"]);
        assert_eq!(mappings(&mut tx, world.tenant, "app", 1).await.unwrap()[0].name, "shop");
        let error = mapping_named(&mut tx, world.tenant, "crm").await.unwrap_err();
        assert!(matches!(error, Error::MappingNotFound { .. }));
        let error = put_mapping(&mut tx, &world.context, world.act(), "The Shop", &phones).await.unwrap_err();
        assert!(matches!(error, Error::NotAWord { .. }));
    }
}
