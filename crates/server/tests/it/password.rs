//! The page of a link that sets a password.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;
use tallymark_testkit::both_engines;

use crate::browser::{Browser, HOST, PASSWORD, invited, link};
use crate::world::{Got, World};

async fn send(world: &World, form: Option<String>) -> Got {
    let request = Request::builder().uri("/password?lang=en").header(header::HOST, HOST);
    let request = match form {
        Some(form) => request
            .method("POST")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form)),
        None => request.body(Body::empty()),
    };
    world.send(request.unwrap()).await
}

both_engines! { tallymark_server::migrations();
    async fn an_invited_person_sets_a_password_on_the_page_of_the_link(db: TestDb) {
        let world = World::new(db).await;
        let id = invited(&world, "li@spring.example", json!({"role": "owner"})).await;
        let token = link(&world, &id).await;
        let page = send(&world, None).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("name=\"token\"") && page.text().contains("location.hash"));
        assert!(!page.header("content-security-policy").contains("unsafe"));
        let words = PASSWORD.replace(' ', "+");
        let differ = send(&world, Some(format!("token={token}&password={words}&again=other"))).await;
        assert_eq!(differ.status, 422);
        // The token stays in the form, so that the next try needs no link.
        assert!(differ.text().contains(&token) && differ.text().contains("differ"));
        let weak = send(&world, Some(format!("token={token}&password=aaaaaaaaaaaa&again=aaaaaaaaaaaa"))).await;
        assert!(weak.status == 422 && weak.text().contains("guessed"));
        let form = format!("token={token}&password={words}&again={words}");
        assert_eq!(send(&world, Some(form.clone())).await.status, 200);
        Browser::signed_in(&world, "li@spring.example").await;
        let used = send(&world, Some(form)).await;
        assert!(used.status == 404 && used.text().contains("does not work"));
    }
}
