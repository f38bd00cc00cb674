//! Every number of these tests was added up by hand from the story of `world`.

use serde_json::json;
use tallymark_base::Fault as _;
use tallymark_base::id::ProductId;
use tallymark_insight::{Breakdown, Wanted};
use tallymark_lake::MIGRATIONS;
use tallymark_testkit::both_engines;

use crate::world::{A, B, World, X, Y, march};

/// The rows of each report, as they must be from the database, from the lake, and from both.
async fn assert_story(world: &World) {
    let overview = world.rows("overview", Breakdown::Day).await;
    // scans, genuine, again, new people, rewarded; rewards, fen won, fen earned, both; joined
    let days = json!([
        ["2026-03-01", 2, 2, 1, 1, 1, 1, 88, 10, 98, 0],
        ["2026-03-02", 3, 1, 0, 2, 1, 2, 100, 10, 110, 2],
        ["2026-03-03", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ["2026-03-04", 1, 1, 1, 0, 1, 1, 0, 0, 0, 0],
    ]);
    assert_eq!(overview, days);
    let provinces = json!([["330000", 3, 3, 1, 2], [null, 2, 1, 1, 0], ["440000", 1, 0, 0, 1]]);
    assert_eq!(world.rows("scans", Breakdown::Province).await, provinces);
    let cities = json!([["330100", 2, 2, 1, 1], [null, 2, 1, 1, 0], ["330200", 1, 1, 0, 1], ["440300", 1, 0, 0, 1]]);
    assert_eq!(world.rows("scans", Breakdown::City).await, cities);
    assert_eq!(
        world.rows("scans", Breakdown::Product).await,
        json!([[A, 3, 3, 2, 1], [B, 2, 1, 0, 2], [null, 1, 0, 0, 0]])
    );
    // Rewards, fen, points.
    assert_eq!(world.rows("rewards", Breakdown::Campaign).await, json!([[X, 3, 188, 0], [Y, 1, 0, 10]]));
    assert_eq!(world.rows("costs", Breakdown::Total).await, json!([[188, 20, 208]]));
    assert_eq!(world.rows("funnel", Breakdown::Total).await, json!([[6, 4, 3, 2]]));
    // Rewards, fen, winners, new winners, fen for each of these.
    assert_eq!(world.rows("campaigns", Breakdown::Campaign).await, json!([[X, 3, 188, 2, 2, 94], [Y, 1, 0, 1, 1, 0]]));
    let one_of_a = Wanted { product: Some(A.parse::<ProductId>().unwrap()), ..march() };
    assert_eq!(world.rows_of("campaigns", &one_of_a).await, json!([[X, 2, 88, 1, 1, 88]]));
    let of_y = Wanted { campaign: Some(Y.parse().unwrap()), by: Some(Breakdown::Total), ..march() };
    assert_eq!(world.rows_of("campaigns", &of_y).await, json!([[1, 0, 1, 1, 0]]));
    let second = Wanted { from: Some("2026-03-02".into()), to: Some("2026-03-02".into()), ..march() };
    assert_eq!(world.rows_of("scans", &second).await, json!([["2026-03-02", 3, 1, 0, 2]]));
}

both_engines! { [MIGRATIONS];
    async fn a_report_is_the_same_from_the_database_from_the_lake_and_from_both(db: TestDb) {
        let world = World::new(db);
        world.story().await;
        assert_story(&world).await;
        let mut writer = world.writer(3);
        // Batch by batch from the one to the other; the report stays as it is.
        for _ in 0..3 {
            writer.step(true).await.unwrap();
            assert_eq!(world.rows("funnel", Breakdown::Total).await, json!([[6, 4, 3, 2]]));
        }
        assert_story(&world).await;
        writer.flush().await.unwrap();
        assert_story(&world).await;
        let answer = world.ask("scans", &march()).await.unwrap();
        assert_eq!(answer.tables.iter().map(|table| table.beyond).sum::<usize>(), 0);
        assert!(answer.current && answer.tables[0].batch > 0 && answer.tables[0].version.is_some());
    }

    async fn a_report_of_nothing_is_zeros_and_a_division_by_none_is_null(db: TestDb) {
        let world = World::new(db);
        assert_eq!(world.rows("funnel", Breakdown::Total).await, json!([[0, 0, 0, 0]]));
        assert_eq!(world.rows("campaigns", Breakdown::Campaign).await, json!([]));
        assert_eq!(world.rows("campaigns", Breakdown::Total).await, json!([[0, 0, 0, 0, null]]));
        let answer = world.ask("scans", &march()).await.unwrap();
        assert_eq!(answer.rows.len(), 4, "every day stands there");
        assert_eq!((answer.tables[0].version, answer.tables[0].batch), (None, 0));
    }

    async fn an_answer_carries_definitions_the_statement_and_its_moment(db: TestDb) {
        let world = World::new(db);
        world.story().await;
        let answer = world.ask("scans", &march()).await.unwrap();
        // The clock stands where the last scan was.
        assert_eq!(answer.as_of.to_string(), "2026-03-03T16:00:00Z");
        assert_eq!((answer.from.as_str(), answer.to.as_str(), answer.zone.as_str()), ("2026-03-01", "2026-03-04", "Asia/Shanghai"));
        assert!(answer.sql.contains("WHERE tenant = 7\n") && answer.sql.contains("FROM scan_decided"), "{}", answer.sql);
        let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["day", "scans", "genuine_scans", "repeat_scans", "new_people"]);
        assert_eq!(answer.metrics[1].sql, "COUNT(*) FILTER (WHERE verdict = 'genuine')");
        assert_eq!(answer.tables[0].beyond, 6, "all six wait in the database");
        assert_eq!(world.ask("sales", &march()).await.unwrap_err().code(), "report.unknown");
    }
}
