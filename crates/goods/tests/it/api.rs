//! The routes: what callers get, and what is kept from them.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_codes::{Link, Qr};
use tallymark_goods::api;
use tallymark_testkit::both_engines;
use tallymark_web::{Caller, ClientAddress};
use tower::ServiceExt as _;

use crate::world::{GTIN, MIGRATIONS, World};

/// What a key of `tenant` gets: a POST under an idempotency key where there is a body.
pub(crate) async fn call(
    world: &World,
    (tenant, scopes): (TenantId, &str),
    path: &str,
    body: Option<(&str, &Value)>,
) -> Response {
    let mut request = match body {
        Some((key, body)) => Request::post(path)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string())),
        None => Request::get(path).body(Body::empty()),
    }
    .unwrap();
    let key = ApiKeyId::from_raw(1);
    request.extensions_mut().insert(ClientAddress([192, 0, 2, 7].into()));
    request.extensions_mut().insert(Caller::with_key(tenant, key, scopes.parse().unwrap()));
    let router: Router = api::routes().split_for_parts().0.with_state(world.db.context());
    router.oneshot(request).await.unwrap()
}

/// Calls, and checks the status and the code of a problem ("" where there is none); gives the JSON.
pub(crate) async fn check(
    world: &World,
    caller: (TenantId, &str),
    path: &str,
    body: Option<(&str, &Value)>,
    expected: (u16, &str),
) -> Value {
    let response = call(world, caller, path, body).await;
    let status = response.status().as_u16();
    let answer: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    let code = answer["code"].as_str().filter(|_| status >= 400).unwrap_or("");
    assert_eq!((status, code), expected, "{path}: {answer}");
    answer
}

pub(crate) async fn bytes(response: Response) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

fn bottle(sku: &str) -> Value {
    json!({"gtin": GTIN, "sku": sku, "name": "天然水 500 ml"})
}

/// An order of 100 bottles in cases of 12, three of them on a pallet.
fn order(product: &Value) -> Value {
    json!({"product": product, "lot": "L1", "items": 100, "items_per_case": 12, "cases_per_pallet": 3,
        "faces": "outer_and_inner"})
}

/// A batch of 100 bottles over the API; its path.
pub(crate) async fn ordered(world: &World) -> String {
    let product = json!(world.product);
    let made = check(world, (world.tenant, "goods"), "/batches", Some(("order", &order(&product))), (201, "")).await;
    format!("/batches/{}", made["id"].as_str().unwrap())
}

both_engines! { MIGRATIONS;
    async fn what_is_made_comes_back_also_on_a_retry_and_is_found_by_its_tenant_only(db: TestDb) {
        let world = World::new(db).await;
        let (goods, other) = ((world.tenant, "goods"), (world.new_tenant("other.example").await, "owner"));
        let product = check(&world, goods, "/products", Some(("p", &bottle("W5"))), (201, "")).await;
        assert_eq!((&product["gtin"], &product["sku"]), (&json!("06901234567892"), &json!("W5")));
        let batch = check(&world, goods, "/batches", Some(("b", &order(&product["id"]))), (201, "")).await;
        assert_eq!((&batch["status"], &batch["length"]), (&json!("ready"), &json!(16)));
        let one = format!("/batches/{}", batch["id"].as_str().unwrap());
        let to = world.new_organisation("D1").await;
        let shipment = json!({"to": to, "units": [{"batch": batch["id"], "level": "case", "first": 0, "last": 8}]});
        let activations = format!("{one}/activations");
        let voids = format!("{one}/voids");
        for (path, body, changed) in [
            ("/products", bottle("W6"), bottle("W7")),
            ("/batches", order(&product["id"]), order(&json!(world.product))),
            ("/shipments", shipment, json!({"to": to, "units": []})),
            (activations.as_str(), json!({"last": 49}), json!({})),
            (voids.as_str(), json!({"first": 0, "last": 1, "reason": "broken"}), json!({"first": 0, "last": 2, "reason": "broken"})),
        ] {
            let key = path.rsplit('/').next().unwrap();
            let first = check(&world, goods, path, Some((key, &body)), (201, "")).await;
            assert_eq!(check(&world, goods, path, Some((key, &body)), (201, "")).await, first, "{path}");
            check(&world, goods, path, Some((key, &changed)), (409, "idempotency.reused")).await;
            check(&world, (world.tenant, "read scan campaigns"), path, Some(("k", &body)), (403, "auth.scope_missing")).await;
            if let Some(id) = first["id"].as_str() {
                let path = format!("{path}/{id}");
                assert_eq!(check(&world, (world.tenant, "read"), &path, None, (200, "")).await, first);
                assert_eq!(call(&world, other, &path, None).await.status(), 404, "{path}");
            }
        }
    }

    async fn what_breaks_a_rule_is_refused_with_its_code(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let (goods, other) = ((world.tenant, "goods"), (world.new_tenant("other.example").await, "goods"));
        let (activations, voids) = (format!("{one}/activations"), format!("{one}/voids"));
        let with = |mut body: Value, field: &str, value: Value| {
            body[field] = value;
            body
        };
        let batch = order(&json!(world.product));
        let to = json!(world.new_organisation("D1").await);
        for (caller, path, body, expected) in [
            (goods, "/products", bottle("QL-330"), (409, "goods.sku_taken")),
            (goods, "/products", with(bottle("A"), "gtin", json!("6901234567890")), (422, "request.body_invalid")),
            (goods, "/products", with(bottle("A"), "colour", json!("red")), (422, "request.body_invalid")),
            (goods, "/products", bottle(" "), (422, "goods.text")),
            (goods, "/batches", with(batch.clone(), "items", json!(0)), (422, "goods.items")),
            (goods, "/batches", with(batch.clone(), "length", json!(13)), (422, "request.body_invalid")),
            (goods, "/batches", with(batch.clone(), "product", json!("prd_00TAXGT0000G0")), (404, "goods.product_not_found")),
            (other, "/batches", batch, (404, "goods.product_not_found")),
            (goods, &activations, json!({"first": 100}), (422, "goods.no_such_serials")),
            (goods, &activations, json!({"first": 9, "last": 8}), (422, "goods.no_such_serials")),
            (goods, &activations, json!({"serials": 9}), (422, "request.body_invalid")),
            (other, &activations, json!({}), (404, "goods.batch_not_found")),
            (goods, &voids, json!({"first": 0, "last": 9, "reason": ""}), (422, "goods.text")),
            (other, &voids, json!({"first": 0, "last": 9, "reason": "x"}), (404, "goods.batch_not_found")),
            (goods, "/shipments", json!({"to": to, "units": []}), (422, "goods.units")),
            (other, "/shipments", json!({"to": to, "units": [{"batch": one[9..], "level": "case", "first": 0, "last": 0}]}),
                (404, "goods.organisation_not_found")),
            (goods, "/code-keys/rotate", json!({}), (403, "auth.scope_missing")),
        ] {
            check(&world, caller, path, Some(("k", &body)), expected).await;
        }
        check(&world, goods, &activations, Some(("all", &json!({}))), (201, "")).await;
        check(&world, goods, &activations, Some(("k", &json!({"first": 3, "last": 3}))), (409, "goods.activation_overlaps")).await;
    }

    async fn lists_come_in_pages_and_hold_nothing_of_another_tenant(db: TestDb) {
        let world = World::new(db).await;
        for number in 0..4 {
            world.new_product(&format!("P{number}")).await.unwrap();
        }
        let mut skus = Vec::new();
        let mut path = "/products?limit=2".to_owned();
        loop {
            let page = check(&world, (world.tenant, "read"), &path, None, (200, "")).await;
            skus.extend(page["items"].as_array().unwrap().iter().map(|one| one["sku"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/products?limit=2&after={next}");
        }
        assert_eq!(skus, ["QL-330", "P0", "P1", "P2", "P3"]);
        ordered(&world).await;
        let other = (world.new_tenant("other.example").await, "owner");
        for path in ["/products", "/batches"] {
            assert_eq!(check(&world, other, path, None, (200, "")).await, json!({"items": [], "next": null}));
            check(&world, (world.tenant, "scan"), path, None, (403, "auth.scope_missing")).await;
        }
    }

    async fn a_rotation_is_the_owners_and_done_once_for_a_key(db: TestDb) {
        let world = World::new(db).await;
        let owner = (world.tenant, "owner");
        for (key, epoch) in [("k1", 2), ("k1", 2), ("k2", 3)] {
            let made = check(&world, owner, "/code-keys/rotate", Some((key, &json!({}))), (201, "")).await;
            assert_eq!(made, json!({"epoch": epoch}));
        }
    }

    async fn codes_are_printed_line_by_line_in_every_form(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let catalog = world.catalog().await;
        let printed = async |query: &str| {
            let response = call(&world, (world.tenant, "goods"), &format!("{one}/codes?{query}"), None).await;
            assert_eq!(response.status(), 200, "{query}");
            assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
            let text = String::from_utf8(bytes(response).await).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let inner = printed("level=item&face=inner&form=code").await;
        assert_eq!(inner.len(), 100);
        assert!((0..).zip(&inner).all(|(serial, code)| catalog.read(code).unwrap().serial == serial));
        assert_eq!(printed("face=inner&form=code&first=98").await, inner[98..]);
        assert_eq!(printed("level=case&form=code&last=3").await.len(), 4);
        assert_eq!(printed("level=pallet&form=code&first=1&last=1").await.len(), 1);

        let code = &printed("form=code&last=0").await[0];
        assert_eq!(printed("last=0").await, [format!("HTTPS://BRAND.EXAMPLE/C/{code}")]);
        let origin = "http%3A%2F%2Fbrand.example%3A8080";
        assert_eq!(printed(&format!("last=0&origin={origin}")).await, [format!("HTTP://BRAND.EXAMPLE:8080/C/{code}")]);
        let digital = format!("https://brand.example/01/06901234567892/21/{code}");
        assert_eq!(printed("last=0&form=digital_link").await, [digital]);
    }

    async fn what_cannot_be_printed_is_refused_before_anything_is_sent(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let many = world.create(world.order(10_001, 0, 0)).await.unwrap().id;
        let other = world.new_tenant("other.example").await;
        let code = world.catalog().await.code(many, tallymark_codes::Level::Item, tallymark_codes::Face::Outer, 7).unwrap();
        let goods = (world.tenant, "goods");
        for (caller, path, expected) in [
            (goods, format!("{one}/codes?last=100"), (422, "goods.no_such_serials")),
            (goods, format!("{one}/codes?first=18446744073709551615"), (422, "goods.no_such_serials")),
            (goods, format!("{one}/codes?first=18446744073709551615&last=5"), (422, "goods.no_such_serials")),
            (goods, format!("{one}/codes?level=box"), (422, "goods.no_such_serials")),
            (goods, format!("{one}/codes?level=case&face=inner"), (422, "goods.no_such_face")),
            (goods, format!("{one}/codes?form=barcode"), (400, "request.query_invalid")),
            (goods, format!("{one}/codes?serial=1"), (400, "request.query_invalid")),
            (goods, format!("{one}/codes?origin=evil.example"), (422, "goods.origin_foreign")),
            (goods, format!("{one}/codes?origin=brand.example%2Fx"), (422, "goods.origin_malformed")),
            ((other, "owner"), format!("{one}/codes?form=code"), (404, "goods.batch_not_found")),
            // Whoever has a code can claim its reward.
            ((world.tenant, "read scan campaigns"), format!("{one}/codes"), (403, "auth.scope_missing")),
            ((world.tenant, "read"), format!("{one}/labels"), (403, "auth.scope_missing")),
            (goods, format!("/batches/{many}/labels"), (422, "goods.too_many_labels")),
            ((other, "owner"), format!("{one}/labels"), (404, "goods.batch_not_found")),
            (goods, format!("/codes/{code}/qr.png?module_px=21"), (422, "goods.module_px")),
            (goods, format!("/codes/{code}/qr.png?module_px=0"), (422, "goods.module_px")),
            (goods, format!("/codes/{code}/qr.svg?origin=evil.example"), (422, "goods.origin_foreign")),
            (goods, "/codes/0123456789ABCDEF/qr.svg".to_owned(), (404, "code.not_found")),
            (goods, "/codes/no-code/qr.png".to_owned(), (404, "code.not_found")),
            ((other, "owner"), format!("/codes/{code}/qr.svg"), (404, "code.not_found")),
            ((world.tenant, "scan"), format!("/codes/{code}/qr.svg"), (403, "auth.scope_missing")),
        ] {
            check(&world, caller, &path, None, expected).await;
        }
    }

    async fn a_brand_without_a_host_prints_codes_but_no_links(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let mut tx = world.db.store.write().await.unwrap();
        tx.execute("DELETE FROM tenant_host", &[]).await.unwrap();
        tx.commit().await.unwrap();
        let goods = (world.tenant, "goods");
        check(&world, goods, &format!("{one}/codes"), None, (422, "goods.no_host")).await;
        check(&world, goods, &format!("{one}/labels"), None, (422, "goods.no_host")).await;
        assert_eq!(call(&world, goods, &format!("{one}/codes?form=code"), None).await.status(), 200);
    }

    async fn labels_are_a_pdf_and_symbols_are_pictures_of_the_short_link(db: TestDb) {
        let world = World::new(db).await;
        let one = ordered(&world).await;
        let goods = (world.tenant, "goods");
        let response = call(&world, goods, &format!("{one}/labels?level=case"), None).await;
        assert_eq!(response.headers()["content-type"], "application/pdf");
        assert_eq!(response.headers()["content-disposition"], format!("inline; filename=\"{}-case-outer.pdf\"", &one[9..]));
        let pdf = bytes(response).await;
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF"));

        let link = String::from_utf8(bytes(call(&world, goods, &format!("{one}/codes?last=0"), None).await).await).unwrap();
        let Ok(Link::Code(code)) = Link::parse(link.trim()) else { panic!("{link}") };
        let qr = Qr::new(link.trim()).unwrap();
        let svg = call(&world, (world.tenant, "read"), &format!("/codes/{code}/qr.svg"), None).await;
        assert_eq!(svg.headers()["content-type"], "image/svg+xml");
        assert_eq!(bytes(svg).await, qr.svg().into_bytes());
        let png = call(&world, (world.tenant, "read"), &format!("/codes/{code}/qr.png?module_px=3"), None).await;
        assert_eq!(png.headers()["content-type"], "image/png");
        assert_eq!(bytes(png).await, qr.png(3).unwrap());
    }
}
