//! The lake from the command line.

use serde_json::json;

use crate::world::World;

#[test]
fn what_happened_can_be_asked_by_sql_and_as_a_table_or_csv() {
    let world = World::new();
    let batch = world.batch(&world.product(), 12);
    world.says(&["activate", &batch, "--last", "5"]);
    let waiting = world.json(&["lake", "status"]);
    assert_eq!((&waiting["waiting_events"], &waiting["tables"]), (&json!(2), &json!([])));
    assert_eq!(world.says(&["lake", "write"]), "2 events and 2 rows of dimensions were written\n");
    assert_eq!(world.says(&["lake", "write"]), "0 events and 2 rows of dimensions were written\n");
    let state = world.json(&["lake", "status"]);
    assert_eq!(state["waiting_events"], 0);
    let tables: Vec<&str> =
        state["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap()).collect();
    let dimensions =
        ["account", "batch", "campaign", "organisation", "person", "product"].map(|name| format!("dim_{name}"));
    assert_eq!(tables[..6], dimensions);
    assert_eq!(tables[6..], ["goods_activated", "goods_batch_created"]);
    let joined = "SELECT p.sku, b.lot FROM goods_activated a JOIN dim_batch b ON b.batch = a.batch JOIN dim_product p ON p.product = b.product";
    assert_eq!(world.json(&["query", joined])["rows"].as_array().unwrap().len(), 1);

    let sql = "SELECT batch, first, last, items FROM goods_activated";
    assert_eq!(world.json(&["query", sql])["rows"], json!([[batch, 0, 5, 6]]));
    let table = world.says(&["query", sql]);
    assert_eq!(table, format!("batch              first  last  items\n{batch}  0      5     6\n"));
    assert_eq!(world.says(&["query", sql, "--form", "csv"]), format!("batch,first,last,items\n{batch},0,5,6\n"));
    world.says(&["verify"]);
}

#[test]
fn a_question_that_writes_or_errs_is_refused_in_one_line() {
    let world = World::new();
    world.refuses(&["query", "DROP TABLE scan_decided"], 2, "query.not_read", "DROP is not allowed");
    world.refuses(&["query", "SELECT * FROM nowhere"], 2, "query.sql", "nowhere");
    world.refuses(&["query", "SELECT 1", "--lake", "none"], 2, "lake.off", "--lake FOLDER");
    world.refuses(&["query", "SELECT 1", "--lake", "ftp://x"], 2, "lake.location", "ftp://x");
}

#[test]
fn the_catalogue_of_events_is_json() {
    let said = World::empty().says(&["events"]);
    let catalogue: serde_json::Value = serde_json::from_str(&said).unwrap();
    let events = catalogue["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["name"] == "scan.decided" && event["table"] == "scan_decided"));
}
