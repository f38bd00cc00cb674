//! What must hold however many do it at once.

use std::sync::Arc;

use serde_json::json;
use tallymark_access::{Place, Role, user};
use tallymark_base::Fault as _;
use tallymark_testkit::both_engines;

use crate::world::{PASSWORD, World, migrations};

both_engines! { migrations();
    async fn many_guesses_at_once_are_counted_before_they_are_made(db: TestDb) {
        let world = Arc::new(World::new(db, None).await);
        world.user("li@spring.example", Role::Analyst).await;
        let guesses = (0..40).map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let guess = json!({"email": "li@spring.example", "password": "a wrong password"});
                world.post("a.spring.example", "/session", guess).await.0
            })
        });
        let mut made = 0;
        for guess in guesses.collect::<Vec<_>>() {
            let status = guess.await.unwrap();
            assert!([401, 429, 503].contains(&status), "{status}");
            made += usize::from(status == 401);
        }
        // Four are free, and the fifth starts the wait.
        assert!((1..=5).contains(&made), "{made} guesses were made");
    }

    async fn of_two_owners_who_take_each_others_role_one_stays(db: TestDb) {
        let world = Arc::new(World::new(db, None).await);
        let one = world.user("one@spring.example", Role::Owner).await;
        let two = world.user("two@spring.example", Role::Owner).await;
        let take = |id| {
            let world = world.clone();
            tokio::spawn(async move {
                let mut tx = world.access.context.store.write().await.unwrap();
                let place = Place { role: Role::Analyst, organisation: None };
                user::set_place(&mut tx, world.brand.id, id, place).await.map_err(|error| error.code())?;
                tx.commit().await.map_err(|error| error.code())
            })
        };
        let (first, second) = (take(one.id), take(two.id));
        let done = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        assert!(done.contains(&Err("access.last_owner")), "{done:?}");
    }

    async fn one_link_sets_one_password_however_many_use_it(db: TestDb) {
        let world = Arc::new(World::new(db, None).await);
        let made = world.user("li@spring.example", Role::Analyst).await;
        let link = {
            let mut tx = world.access.context.store.write().await.unwrap();
            let link = user::make_link(&mut tx, &world.access.context, world.brand.id, made.id).await.unwrap();
            tx.commit().await.unwrap();
            link
        };
        let uses = (0..6).map(|n| {
            let (world, token) = (world.clone(), link.token.clone());
            tokio::spawn(async move {
                let set = json!({"token": token, "password": format!("{PASSWORD} {n}")});
                world.post("a.spring.example", "/password/by-link", set).await.0
            })
        });
        let mut answers = Vec::new();
        for one in uses.collect::<Vec<_>>() {
            answers.push(one.await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers, [204, 404, 404, 404, 404, 404]);
    }
}
