//! Products.

use serde_json::json;
use tallymark_base::id::ProductId;
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_goods::{Error, NewProduct, product};
use tallymark_testkit::both_engines;

use crate::world::{GTIN, MIGRATIONS, World};

both_engines! { MIGRATIONS;
    async fn a_product_is_found_and_listed_in_pages_oldest_first(db: TestDb) {
        let world = World::new(db).await;
        let before = world.revision().await;
        let second = world.new_product("QL-500").await.unwrap();
        assert_eq!(world.revision().await, before + 1);
        let mut tx = world.db.store.read().await.unwrap();
        let found = product::find(&mut tx, world.tenant, second.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&second));
        assert_eq!(second.gtin.to_string(), "06901234567892");
        let first = product::list(&mut tx, world.tenant, None, 1).await.unwrap();
        assert_eq!(first.iter().map(|product| product.id).collect::<Vec<_>>(), [world.product]);
        assert_eq!(product::list(&mut tx, world.tenant, Some(world.product), 9).await.unwrap(), [second]);
        assert_eq!(product::find(&mut tx, world.tenant, ProductId::from_raw(1)).await.unwrap(), None);
    }

    async fn a_sku_is_unique_in_its_tenant_and_a_tenant_sees_only_its_own(db: TestDb) {
        let mut world = World::new(db).await;
        let refused = world.new_product("QL-330").await.unwrap_err();
        assert!(matches!(&refused, Error::SkuTaken { sku } if sku == "QL-330"), "{refused}");
        assert_eq!((refused.code(), refused.kind()), ("goods.sku_taken", Kind::Conflict));
        assert!(matches!(world.new_product(" ").await, Err(Error::Text { field: "sku", .. })));
        let hidden = world.product;
        world.tenant = world.new_tenant("other.example").await;
        world.new_product("QL-330").await.unwrap();
        let mut tx = world.db.store.read().await.unwrap();
        assert_eq!(product::find(&mut tx, world.tenant, hidden).await.unwrap(), None);
        assert_eq!(product::list(&mut tx, world.tenant, None, 9).await.unwrap().len(), 1);
        assert_eq!(product::first_unknown(&mut tx, world.tenant, &[hidden]).await.unwrap(), Some(hidden));
    }
}

#[test]
fn a_request_names_a_product_by_any_form_of_its_gtin() {
    let body = json!({"gtin": GTIN, "sku": "QL-330", "name": "青岚气泡水"});
    let new: NewProduct = serde_json::from_value(body).unwrap();
    assert_eq!(new.gtin.to_string(), "06901234567892");
    for refused in [
        json!({"gtin": "6901234567893", "sku": "A", "name": "A"}),
        json!({"gtin": GTIN, "sku": "A", "name": "A", "price": 1}),
    ] {
        assert!(serde_json::from_value::<NewProduct>(refused).is_err());
    }
}
