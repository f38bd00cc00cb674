//! What orders earn, and what returns take.

use tallymark_base::Currency;
use tallymark_orders::{NewOrder, Outcome, Status, set_rule_status};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, back, line, of_phone, order};

const BUYER: &str = "13912345670";

both_engines! { MIGRATIONS;
    async fn what_was_spent_before_goods_came_back_is_owed_and_made_good_by_the_next_order(db: TestDb) {
        // The walk-through of the README, by hand.
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        assert_eq!(world.one(order("A-1", BUYER, 3_580)).await.points, 35);
        world.spend(BUYER, 30).await;
        let returned = world.one(back("R-1", "A-1", BUYER, 2_000)).await;
        assert_eq!(returned.points, -20);
        assert_eq!(world.points(BUYER).await, (0, 15));
        let decision = world.found(returned.id).await.decision;
        assert_eq!((decision.taken.len(), decision.taken[0].points, decision.owed), (1, 5, 15));
        assert_eq!(world.one(order("A-2", BUYER, 4_000)).await.points, 40);
        assert_eq!(world.points(BUYER).await, (25, 0));
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }

    async fn parts_that_come_back_one_by_one_take_what_the_whole_would_take(db: TestDb) {
        let world = World::new(&db).await;
        // 3 points for every full 7 yuan: 50.00 is 7 times 7 and a rest.
        world.rule(700, 3).await;
        let sale = world.one(order("A-1", BUYER, 5_000)).await;
        assert_eq!(sale.points, 21);
        // The rest of the sale after each return, and the points it would have earned: 49.00, 42.00, 14.01, 0.
        for (number, amount, has) in [("R-1", 100, 21), ("R-2", 700, 18), ("R-3", 2_799, 6), ("R-4", 1_401, 0)] {
            world.one(back(number, "A-1", BUYER, amount)).await;
            assert_eq!(world.points(BUYER).await, (has, 0), "{number}");
        }
        // More comes back than was bought: there is nothing more to take.
        assert_eq!(world.one(back("R-5", "A-1", BUYER, 700)).await.points, 0);
        let sale = world.found(sale.id).await;
        assert_eq!((sale.returned, sale.points_returned), (-5_700, 21));
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }

    async fn a_return_takes_by_the_rules_of_its_sale_whatever_holds_now(db: TestDb) {
        let world = World::new(&db).await;
        let rule = world.rule(100, 2).await;
        world.one(order("A-1", BUYER, 1_000)).await;
        let mut tx = world.context.store.write().await.unwrap();
        set_rule_status(&mut tx, world.tenant, rule.id, Status::Ended).await.unwrap();
        tx.commit().await.unwrap();
        world.rule(100, 10).await;
        assert_eq!(world.one(back("R-1", "A-1", BUYER, 500)).await.points, -10, "2 for each of 5 yuan");
        // A sale that nobody told would have earned by what holds now.
        assert_eq!(world.one(back("R-2", "unknown", BUYER, 100)).await.points, -10);
        assert_eq!(world.points(BUYER).await, (0, 0));
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }

    async fn rules_that_apply_add_up_and_others_give_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let (one, two) = (world.rule(100, 1).await, world.rule(1_000, 5).await);
        let recorded = world.one(order("A-1", BUYER, 2_550)).await;
        assert_eq!(recorded.points, 25 + 10);
        let granted = world.found(recorded.id).await.decision.granted;
        assert_eq!(granted.iter().map(|grant| (grant.rule, grant.points)).collect::<Vec<_>>(), [(one.id, 25), (two.id, 10)]);
        let dollars = NewOrder { currency: "USD".parse().unwrap(), ..order("A-2", BUYER, 9_900) };
        assert_eq!(world.one(dollars).await.points, 0, "the rules are about yuan");
        assert_eq!(Currency::CNY.code(), "CNY");
        assert_eq!(world.one(order("A-3", "", 9_900)).await.points, 0, "nobody is known");
        assert_eq!(world.one(order("A-4", BUYER, 99)).await.points, 0, "nothing for a part of an amount");
    }

    async fn a_return_draws_on_all_accounts_of_the_buyer_its_own_first(db: TestDb) {
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        let card = Identifier::parse(IdentifierKind::Card, "VIP001").unwrap();
        let by_card = |number: &str, amount| NewOrder { buyer: vec![card.clone()], ..order(number, "", amount) };
        world.one(by_card("C-1", 3_000)).await;
        world.one(order("A-1", BUYER, 1_000)).await;
        // One order shows both: they are one person from then on.
        let both = NewOrder { buyer: vec![of_phone(BUYER), card.clone()], ..order("B-1", "", 500) };
        world.one(both).await;
        assert_eq!(world.points(BUYER).await, (30 + 10 + 5, 0));
        let returned = world.one(back("R-1", "unknown", BUYER, 2_000)).await;
        let taken: Vec<i64> = world.found(returned.id).await.decision.taken.iter().map(|part| part.points).collect();
        assert_eq!(taken, [15, 5], "15 of the phone's account, the rest of the card's");
        assert_eq!(world.points(BUYER).await, (25, 0));
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }

    async fn goods_that_come_back_without_a_name_take_from_whoever_bought_them(db: TestDb) {
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        world.one(order("A-1", BUYER, 1_000)).await;
        assert_eq!(world.one(back("R-1", "A-1", "", 400)).await.points, -4);
        assert_eq!(world.points(BUYER).await, (6, 0));
        // In one batch with its sale, as well.
        let outcomes = world.record(&[order("A-2", BUYER, 1_000), back("R-2", "A-2", "", 1_000)]).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Recorded(_))));
        assert_eq!(world.points(BUYER).await, (6, 0));
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
    }

    async fn a_basket_from_which_something_came_back_earns_by_what_was_paid(db: TestDb) {
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        let mixed = NewOrder { lines: vec![line("1", 3_000), line("2", -1_250)], ..order("A-1", BUYER, 0) };
        assert_eq!(world.one(mixed).await.points, 17);
    }

    async fn what_is_changed_in_the_books_is_found(db: TestDb) {
        let world = World::new(&db).await;
        world.rule(100, 1).await;
        world.one(order("A-1", BUYER, 1_000)).await;
        world.one(back("R-1", "A-1", BUYER, 300)).await;
        assert_eq!(world.discrepancies().await, Vec::<String>::new());
        for (sql, undo, told) in [
            ("UPDATE customer_order SET amount = 1001 WHERE number = 'A-1'", "UPDATE customer_order SET amount = 1000 WHERE number = 'A-1'", "its lines"),
            ("UPDATE customer_order SET points = 11 WHERE number = 'A-1'", "UPDATE customer_order SET points = 10 WHERE number = 'A-1'", "its decision"),
            ("UPDATE customer_order SET points_returned = 2 WHERE number = 'A-1'", "UPDATE customer_order SET points_returned = 3 WHERE number = 'A-1'", "came back"),
            ("UPDATE points_rule SET points = 2", "UPDATE points_rule SET points = 1", "of rule"),
        ] {
            world.execute(sql).await;
            let found = world.discrepancies().await;
            assert!(found.len() == 1 && found[0].contains(told), "{sql}: {found:?}");
            world.execute(undo).await;
        }
        world.execute("DELETE FROM transfer WHERE amount = 3").await;
        assert!(world.discrepancies().await.iter().any(|line| line.contains("moved []")));
    }
}
