//! A brand, its routes without the gate, and people on it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tallymark_access::mail::Mailer;
use tallymark_access::{Access, MIGRATIONS, NewUser, Role, User, api, user};
use tallymark_partners::{NewTenant, Tenant, tenant};
use tallymark_store::Migrations;
use tallymark_testkit::db::TestDb;
use tallymark_web::ClientAddress;
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// The tables that are needed.
pub(crate) fn migrations() -> Vec<Migrations> {
    [&[tallymark_partners::MIGRATIONS][..], &MIGRATIONS].concat()
}

pub(crate) struct World {
    /// Held: dropping it removes the database.
    _db: TestDb,
    pub(crate) access: Access,
    pub(crate) brand: Tenant,
}

impl World {
    pub(crate) async fn new(db: TestDb, mailer: Option<Arc<dyn Mailer>>) -> Self {
        let context = db.context();
        let hosts = vec!["a.spring.example".into(), "b.spring.example".into()];
        let new = NewTenant { name: "Spring".into(), hosts, zone: "Asia/Shanghai".into() };
        let mut tx = context.store.write().await.unwrap();
        let (ids, clock) = (&context.ids, &*context.clock);
        let brand = tenant::create(&mut tx, &context.master, &*context.entropy, ids, clock, new).await.unwrap();
        tx.commit().await.unwrap();
        let mut access = Access::new(context, true);
        access.mailer = mailer;
        Self { _db: db, access, brand }
    }

    /// Somebody with a password.
    pub(crate) async fn user(&self, email: &str, role: Role) -> User {
        let context = &self.access.context;
        let mut tx = context.store.write().await.unwrap();
        let new = NewUser { email: email.into(), name: "N".into(), role, organisation: None };
        let made = user::invite(&mut tx, context, self.brand.id, &new).await.unwrap();
        let link = user::make_link(&mut tx, context, self.brand.id, made.id).await.unwrap();
        tx.commit().await.unwrap();
        let set = serde_json::json!({"token": link.token, "password": PASSWORD});
        assert_eq!(self.post("a.spring.example", "/password/by-link", set).await.0, 204);
        made
    }

    /// Sends to a host; gives the status and the body.
    pub(crate) async fn post(&self, host: &str, path: &str, body: Value) -> (u16, Value) {
        let mut request = Request::post(path)
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(ClientAddress(IpAddr::from([192, 0, 2, 1])));
        let router: Router = api::routes().split_for_parts().0.with_state(self.access.clone());
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}
