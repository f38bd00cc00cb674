//! From scans over HTTP to reports over HTTP, with the events as they really are.

use serde_json::json;
use tallymark_insight::reports;
use tallymark_testkit::both_engines;

use crate::lake::with_lake;
use crate::world::{Got, World};

async fn report(world: &World, query: &str) -> Got {
    world.get(&format!("/v1/reports/{query}")).await
}

both_engines! { tallymark_server::migrations();
    async fn every_report_answers_up_to_the_last_scan_and_alike_from_the_lake(db: TestDb) {
        let mut world = World::new(db).await;
        let (_lake, mut writer, _folder) = with_lake(&mut world).await;
        let codes = world.codes().await;
        // Two people claim a bottle each, the first looks at the second's, and a code is made up.
        for (code, phone, claim) in
            [(&codes[0], "13800138000", true), (&codes[1], "13800138001", true), (&codes[1], "13800138000", false)]
        {
            let scan = json!({
                "code": code, "claim": claim, "identifiers": [{"kind": "phone", "value": phone}], "place": {"adcode": "330106"}
            });
            let got = world.post("/v1/scans", scan).await;
            assert!(got.status.is_success(), "{}", got.text());
        }
        world.post("/v1/scans", json!({"code": "0000000000000000"})).await;
        // The clock of the tests stands at 08:00 of the first of March in Shanghai.
        for (query, expected) in [
            ("funnel", json!([[4, 3, 2, 2]])),
            ("scans?by=province", json!([["330000", 3, 3, 1, 2], [null, 1, 0, 0, 0]])),
            ("costs?by=day&from=2026-03-01&to=2026-03-01", json!([["2026-03-01", 176, 0, 176]])),
            ("overview?by=total", json!([[4, 3, 1, 2, 2, 2, 176, 0, 176, 2]])),
        ] {
            let got = report(&world, query).await;
            assert_eq!(got.json()["rows"], expected, "{query}: {}", got.text());
        }
        let campaigns = report(&world, "campaigns").await.json();
        assert_eq!(campaigns["rows"][0].as_array().unwrap()[1..], [json!(2), json!(176), json!(2), json!(2), json!(88)]);
        let mut before = Vec::new();
        for entry in reports::ALL {
            for by in entry.breakdowns {
                let query = format!("{}?by={}", entry.name, by.name());
                before.push((report(&world, &query).await.json()["rows"].clone(), query));
            }
        }
        writer.flush().await.unwrap();
        for (rows, query) in before {
            assert_eq!(report(&world, &query).await.json()["rows"], rows, "{query}");
        }
        let listed = world.get("/v1/reports").await.json();
        assert_eq!(listed.as_array().unwrap().len(), reports::ALL.len());
        assert_eq!(listed[0]["metrics"][0]["sql"], "COUNT(*)");
    }

    async fn a_report_that_cannot_be_asked_like_that_is_refused_by_a_code(db: TestDb) {
        let mut world = World::new(db).await;
        assert_eq!(report(&world, "scans").await.problem(), (404, "lake.off".into()));
        let (_lake, _writer, _folder) = with_lake(&mut world).await;
        assert_eq!(report(&world, "sales").await.problem(), (404, "report.unknown".into()));
        assert_eq!(report(&world, "scans?by=campaign").await.problem(), (422, "report.by".into()));
        assert_eq!(report(&world, "scans?from=2026-03-02&to=2026-03-01").await.problem(), (422, "report.days_reversed".into()));
        assert_eq!(report(&world, "scans?from=2024-03-02&to=2026-03-01").await.problem(), (422, "report.days_too_many".into()));
        assert_eq!(report(&world, "scans?from=yesterday").await.problem(), (422, "report.day".into()));
        assert_eq!(report(&world, "scans?campaign=cam_0000000000001").await.problem(), (422, "report.campaign_filter".into()));
        assert_eq!(report(&world, "scans?until=2026-03-01").await.status, 400);
    }
}
