//! Which orders are recorded, once, and what is told of them.

use serde_json::json;
use tallymark_base::Timestamp;
use tallymark_orders::rules::Refusal;
use tallymark_orders::{Article, LINES_MAX, NewOrder, ORDERS_MAX, Outcome};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, back, line, order};

const BUYER: &str = "13912345670";

both_engines! { MIGRATIONS;
    async fn an_order_that_is_sent_again_moves_nothing(db: TestDb) {
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        let first = world.one(order("A-1", BUYER, 1_000)).await;
        assert_eq!(world.record(&[order("A-1", BUYER, 1_000)]).await, [Outcome::Known(first.id)]);
        // Whoever was erased is left out of what is sent again.
        assert_eq!(world.record(&[order("A-1", "", 1_000)]).await, [Outcome::Known(first.id)]);
        assert_eq!(world.record(&[order("A-1", BUYER, 1_001)]).await, [Outcome::Differs(first.id)]);
        // Twice in one batch.
        let outcomes = world.record(&[order("A-2", BUYER, 500), order("A-2", BUYER, 500), order("A-2", BUYER, 1)]).await;
        let Outcome::Recorded(second) = outcomes[0] else { panic!("{outcomes:?}") };
        assert_eq!(outcomes[1..], [Outcome::Known(second.id), Outcome::Differs(second.id)]);
        assert_eq!(world.points(BUYER).await, (15, 0));
        assert_eq!(world.events("orders.recorded").await.len(), 2);
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }

    async fn the_events_say_what_was_bought_under_which_department(db: TestDb) {
        let world = World::new(&db).await;
        let milk = Article {
            code: "6901".to_owned(),
            name: Some("鲜牛奶".to_owned()),
            department: Some("乳品".to_owned()),
            category: Some("鲜奶".to_owned()),
            brand: None,
        };
        world.articles(&[milk]).await;
        let mut bought = order("A-1", BUYER, 1_290);
        bought.lines.push(line("unknown", 350));
        bought.lines[0].discount = 210;
        let id = world.one(bought).await.id.to_string();
        let account = world.accounts(BUYER).await[0].to_string();
        assert_eq!(world.events("orders.recorded").await, [json!({
            "order": id, "source": "pos", "number": "A-1", "account": account, "shop": "S01", "currency": "CNY",
            "amount": 1_640, "discount": 210, "lines": 2, "is_return": false, "original": null, "points": 0,
        })]);
        let line = |line, article, department: Option<&str>, category: Option<&str>, amount, discount| json!({
            "order": id, "line": line, "source": "pos", "account": account, "shop": "S01", "article": article,
            "department": department, "category": category, "brand": null, "quantity": 1_000, "currency": "CNY",
            "amount": amount, "discount": discount,
        });
        assert_eq!(world.events("orders.line_recorded").await, [
            line(1, "6901", Some("乳品"), Some("鲜奶"), 1_290, 210),
            line(2, "unknown", None, None, 350, 0),
        ]);
        assert_eq!(world.events("people.member_joined").await.len(), 1);
    }

    async fn what_cannot_be_meant_is_refused_alone_and_told_why(db: TestDb) {
        let world = World::new(&db).await;
        let tomorrow = Timestamp(world.context.clock.now().0 + 25 * 3_600 * 1_000_000);
        let long = "x".repeat(65);
        let many = vec![line("1", 1); LINES_MAX + 1];
        let bad = [
            (NewOrder { number: String::new(), ..order("-", BUYER, 1) }, Refusal::Code { what: "the number of an order" }),
            (NewOrder { number: "a\nb".to_owned(), ..order("-", BUYER, 1) }, Refusal::Code { what: "the number of an order" }),
            (NewOrder { shop: Some(long.clone()), ..order("1", BUYER, 1) }, Refusal::Code { what: "the code of a shop" }),
            (NewOrder { lines: vec![line(&long, 1)], ..order("2", BUYER, 1) }, Refusal::Code { what: "the code of an article" }),
            (NewOrder { lines: Vec::new(), ..order("3", BUYER, 1) }, Refusal::NoLines),
            (NewOrder { lines: many, ..order("4", BUYER, 1) }, Refusal::TooManyLines),
            (NewOrder { at: tomorrow, ..order("5", BUYER, 1) }, Refusal::Future),
            (NewOrder { at: Timestamp(-1), ..order("6", BUYER, 1) }, Refusal::Past),
            (order("7", BUYER, i64::MIN), Refusal::TooLarge),
            (back("8", "8", BUYER, 1), Refusal::OwnReturn),
        ];
        let mut sent: Vec<NewOrder> = bad.iter().map(|(order, _)| order.clone()).collect();
        sent.push(order("good", BUYER, 100));
        let outcomes = world.record(&sent).await;
        for ((_, refusal), outcome) in bad.iter().zip(&outcomes) {
            assert_eq!(*outcome, Outcome::Refused(*refusal));
        }
        assert!(matches!(outcomes[bad.len()], Outcome::Recorded(_)));
        assert!(world.try_record(&vec![order("9", "", 1); ORDERS_MAX + 1]).await.is_err());
    }

    async fn race_two_who_record_the_same_orders_at_once_record_each_once(db: TestDb) {
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        let sales: Vec<NewOrder> = (0..60).map(|n| order(&format!("A-{n}"), BUYER, 1_000)).collect();
        let returns = (0..60).step_by(3).map(|n| back(&format!("R-{n}"), &format!("A-{n}"), BUYER, 1_000));
        let all: Vec<NewOrder> = sales.iter().cloned().chain(returns).collect();
        let each = (0..4).map(|_| {
            let (world, all) = (world.clone(), all.clone());
            tokio::spawn(async move {
                for some in all.chunks(16) {
                    while let Err(error) = world.try_record(some).await {
                        assert!(error.is_worth_repeating(), "{error}");
                    }
                }
            })
        });
        for one in each.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        // 60 sales of 10 points each, of which 20 came back.
        assert_eq!(world.points(BUYER).await, (400, 0));
        assert_eq!(world.events("orders.recorded").await.len(), 80);
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }
}
