//! A question sees its tenant's rows, changes nothing, and ends within its limits.

use std::time::Duration;

use tallymark_base::Fault as _;
use tallymark_lake::{Limits, MIGRATIONS, Question};
use tallymark_store::Engine;
use tallymark_testkit::db::TestDb;

use crate::world::{Closed, TENANT, World, probe, question};

/// A lake of two tenants on SQLite; questions never reach the database, so one engine is enough.
async fn two_tenants() -> Option<World> {
    let world = World::new(TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await?);
    world.save_probes(0..100).await;
    world.save_of(8, 5_000, &probe(5_000)).await;
    world.save_of(8, 5_001, &Closed { reason: "secret".into() }).await;
    world.writer().flush().await.unwrap();
    Some(world)
}

async fn code_of(world: &World, sql: &str) -> &'static str {
    match world.ask(sql).await {
        Ok(answer) => panic!("{sql} was answered by {} rows", answer.len()),
        Err(error) => error.code(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_question_sees_another_tenants_rows() {
    let Some(world) = two_tenants().await else { return };
    for sql in [
        "SELECT COUNT(*) FROM probe_probed",
        "SELECT COUNT(*) FROM probe_probed WHERE 1 = 1 OR number = 5000",
        "SELECT COUNT(*) FROM (SELECT * FROM probe_probed UNION ALL SELECT * FROM probe_probed) WHERE number < 50",
        "WITH probe_probed2 AS (SELECT * FROM probe_probed) SELECT COUNT(*) FROM probe_probed2",
        "SELECT COUNT(*) FROM probe_probed a LEFT JOIN probe_closed b ON true",
    ] {
        assert_eq!(world.number(sql).await, 100, "{sql}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM probe_closed").await, 0);
    assert_eq!(world.number("SELECT MAX(number) FROM probe_probed").await, 99);
    assert_eq!(world.lake.ask(question("SELECT reason FROM probe_closed", 8)).await.unwrap().len(), 1);
    assert_eq!(code_of(&world, "SELECT tenant FROM probe_probed").await, "query.sql");
    assert_eq!(code_of(&world, "SELECT * FROM public.probe_probed").await, "query.sql");
    assert_eq!(code_of(&world, "SELECT * FROM datafusion.public.probe_probed").await, "query.sql");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_can_be_written_set_or_read_from_files() {
    let Some(world) = two_tenants().await else { return };
    let log = world.folder.path().join("probe_probed/_delta_log/00000000000000000000.json");
    let log = log.display();
    for sql in [
        "INSERT INTO probe_probed SELECT * FROM probe_probed".to_owned(),
        "DELETE FROM probe_probed".to_owned(),
        "UPDATE probe_probed SET number = 1".to_owned(),
        "DROP TABLE probe_probed".to_owned(),
        "DROP VIEW probe_probed".to_owned(),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        format!("CREATE EXTERNAL TABLE t STORED AS JSON LOCATION '{log}'"),
        "COPY (SELECT 1) TO '/tmp/x.csv'".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "RESET datafusion.execution.batch_size".to_owned(),
        "SHOW ALL".to_owned(),
        "BEGIN".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        "EXECUTE p".to_owned(),
        "SELECT 1 INTO t".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
        "SELECT 1; DROP TABLE probe_probed".to_owned(),
        "EXPLAIN DELETE FROM probe_probed".to_owned(),
        "EXPLAIN ANALYZE SELECT * FROM probe_probed".to_owned(),
        format!("SELECT * FROM '{log}'"),
        format!("SELECT * FROM \"{log}\""),
        format!("SELECT * FROM read_json('{log}')"),
        format!("SELECT * FROM parquet_metadata('{log}')"),
        "SELECT * FROM information_schema.tables".to_owned(),
        String::new(),
        "-- nothing".to_owned(),
    ] {
        let code = code_of(&world, &sql).await;
        assert!(["query.not_read", "query.sql"].contains(&code), "{sql}: {code}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM probe_probed").await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_explanation_tells_no_path() {
    let Some(world) = two_tenants().await else { return };
    let plan = world.ask("EXPLAIN SELECT COUNT(*) FROM probe_probed").await.unwrap().text_rows().unwrap();
    let text = format!("{plan:?}");
    assert!(text.contains("probe_probed"), "{text}");
    assert!(!text.contains(&world.folder.path().display().to_string()) && !text.contains("parquet"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_needs_too_much_memory_is_told_so_and_the_next_one_is_answered() {
    let Some(world) = two_tenants().await else { return };
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    for sql in [
        "SELECT COUNT(DISTINCT value * 7919 % 5000011) FROM generate_series(1, 5000000)",
        "SELECT a.value FROM generate_series(1, 3000000) a ORDER BY a.value % 1000 DESC, a.value * 7919 % 5000011",
        "SELECT COUNT(*) FROM generate_series(1, 3000000) a JOIN generate_series(1, 3000000) b ON a.value = -b.value",
    ] {
        let asked = Question { limits, ..question(sql, TENANT) };
        let error = world.lake.ask(asked).await.unwrap_err();
        assert_eq!(error.code(), "query.memory", "{sql}: {error}");
        assert!(error.to_string().contains("16 MiB"), "{error}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM probe_probed").await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_that_the_engine_does_not_count_is_limited_as_well() {
    let Some(world) = two_tenants().await else { return };
    let limits = Limits { memory_bytes: 16 << 20, time: Duration::from_secs(120), ..Limits::default() };
    // A window keeps all rows of its partition: 100 million numbers are 800 MB.
    let sql = "SELECT MAX(s) FROM (SELECT SUM(value) OVER () AS s FROM generate_series(1, 100000000))";
    let error = world.lake.ask(Question { limits, ..question(sql, TENANT) }).await.unwrap_err();
    assert_eq!(error.code(), "query.memory", "{error}");
    assert_eq!(world.number("SELECT COUNT(*) FROM probe_probed").await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_all_values_are_limited_and_short_ones_are_as_ever() {
    let Some(world) = two_tenants().await else { return };
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    for list in [
        "array_agg(value)",
        "array_agg(value ORDER BY value DESC)",
        "array_agg(1)",
        "string_agg(CAST(value AS text), ',')",
    ] {
        let sql = format!("SELECT {list} FROM generate_series(1, 1000000)");
        let error = world.lake.ask(Question { limits, ..question(&sql, TENANT) }).await.unwrap_err();
        assert_eq!(error.code(), "query.memory", "{sql}: {error}");
    }
    let few = "SELECT string_agg(CAST(value AS text), '+' ORDER BY value DESC) AS sum FROM generate_series(1, 3)";
    let answer = world.lake.ask(Question { limits, ..question(few, TENANT) }).await.unwrap();
    assert_eq!(
        (answer.columns()[0].name.as_str(), answer.text_rows().unwrap()),
        ("sum", vec![vec!["3+2+1".to_owned()]])
    );
    let grouped = "SELECT value % 2, array_agg(value ORDER BY value) FROM generate_series(1, 5) GROUP BY 1 ORDER BY 1";
    assert_eq!(world.ask(grouped).await.unwrap().text_rows().unwrap(), [["0", "[2, 4]"], ["1", "[1, 3, 5]"]]);
    assert_eq!(
        world.texts("SELECT array_agg(DISTINCT found) FROM probe_probed WHERE found = 'gold'").await,
        ["[gold]"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_takes_too_long_is_ended() {
    let Some(world) = two_tenants().await else { return };
    let limits = Limits { time: Duration::from_millis(600), ..Limits::default() };
    for sql in [
        "SELECT COUNT(*) FROM generate_series(1, 100000000000)",
        "SELECT COUNT(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        "SELECT COUNT(*) FROM generate_series(1, 1000000) a JOIN generate_series(1, 1000000) b ON a.value < b.value",
        "SELECT COUNT(*) FROM generate_series(1, 1000000) a JOIN generate_series(1, 1000000) b ON a.value % 2 = b.value % 2",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT COUNT(*) FROM t",
    ] {
        let asked = Question { limits, ..question(sql, TENANT) };
        assert_eq!(world.lake.ask(asked).await.unwrap_err().code(), "query.time", "{sql}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM probe_probed").await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_cannot_be_blown_up_out_of_sight_of_the_limits() {
    let Some(world) = two_tenants().await else { return };
    for sql in [
        "SELECT repeat('x', 2000000000)",
        "SELECT rpad('x', 2000000000, 'y')",
        "SELECT lpad('x', 2000000000, 'y')",
        "SELECT array_repeat(1, 2000000000)",
        "SELECT list_repeat(1, 2000000000)",
        "SELECT range(1, 2000000000)",
        "SELECT generate_series(1, 2000000000)",
        "SELECT array_resize([1], 2000000000)",
    ] {
        assert_eq!(code_of(&world, sql).await, "query.sql", "{sql}");
    }
    let long = format!("SELECT '{}'", "x".repeat(40_000));
    assert_eq!(code_of(&world, &long).await, "query.too_long");
    let deep = format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(code_of(&world, &deep).await, "query.sql");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_cannot_grow_in_steps_either() {
    let Some(world) = two_tenants().await else { return };
    let double = |step: &str| {
        let mut sql = "WITH t0 AS (SELECT found AS t FROM probe_probed)".to_owned();
        for level in 1..=30 {
            sql.push_str(&format!(", t{level} AS (SELECT {step} AS t FROM t{})", level - 1));
        }
        sql + " SELECT t FROM t30"
    };
    for step in [
        "t || t",
        "concat(t, t)",
        "concat_ws('-', t, t)",
        "replace(t, 'o', t || t)",
        "regexp_replace(t, 'o', 'ooooooooooooooooooooo', 'g')",
        "array_to_string(make_array(t, t), t)",
        "encode(CAST(t AS BYTEA), 'hex')",
        "overlay(t PLACING t FROM 1 FOR 0)",
    ] {
        assert_eq!(code_of(&world, &double(step)).await, "query.memory", "{step}");
    }
    let arrays = "WITH a AS (SELECT make_array(number, number, number, number) AS l FROM probe_probed), \
                  b AS (SELECT array_concat(l, l, l, l, l, l, l, l) AS l FROM a), \
                  c AS (SELECT array_concat(l, l, l, l, l, l, l, l) AS l FROM b), \
                  d AS (SELECT array_concat(l, l, l, l, l, l, l, l) AS l FROM c) SELECT array_length(l) FROM d";
    assert_eq!(code_of(&world, arrays).await, "query.memory");
    // What people write every day goes on.
    let text = "SELECT DISTINCT concat(found, '-', replace(found, 'o', '00')) || ' ' || account AS t FROM probe_probed \
                 WHERE number = 6";
    assert_eq!(world.texts(text).await, ["gold-g00ld acc_0000000000006"]);
    let answer = world.ask("SELECT found || '!' FROM probe_probed WHERE number = 6").await.unwrap();
    assert_eq!(answer.columns()[0].name, "probe_probed.found || Utf8(\"!\")");
    assert_eq!(
        world
            .texts("SELECT string_agg(t, '' ORDER BY t) FROM (SELECT DISTINCT found || '.' AS t FROM probe_probed)")
            .await,
        ["gold.sand."]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_over_the_limit_are_left_out_and_told() {
    let Some(world) = two_tenants().await else { return };
    let limits = Limits { rows_max: 30, ..Limits::default() };
    let ask = async |sql: &str| world.lake.ask(Question { limits, ..question(sql, TENANT) }).await.unwrap();
    let cut = ask("SELECT id FROM probe_probed").await;
    assert_eq!((cut.len(), cut.is_cut), (30, true));
    let whole = ask("SELECT id FROM probe_probed LIMIT 30").await;
    assert_eq!((whole.len(), whole.is_cut), (30, false));
    let small = Limits { bytes_max: 100, ..Limits::default() };
    let refused = world.lake.ask(Question { limits: small, ..question("SELECT id FROM probe_probed", TENANT) }).await;
    assert_eq!(refused.unwrap_err().code(), "query.bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masked_people_can_be_counted_but_not_recognised() {
    let Some(world) = two_tenants().await else { return };
    let ask = async |sql: &str| {
        let asked = Question { is_masked: true, ..question(sql, TENANT) };
        world.lake.ask(asked).await.unwrap().text_rows().unwrap()
    };
    // Even numbers have an account, named by their last digit: five accounts.
    assert_eq!(ask("SELECT COUNT(DISTINCT account), COUNT(account) FROM probe_probed").await, [["5", "50"]]);
    let first = ask("SELECT DISTINCT account FROM probe_probed WHERE account IS NOT NULL").await;
    assert!(first.iter().all(|row| row[0].starts_with("masked_")), "{first:?}");
    assert!(ask("SELECT id FROM probe_probed WHERE account = 'acc_0000000000008'").await.is_empty());
    let again = ask("SELECT DISTINCT account FROM probe_probed WHERE account IS NOT NULL").await;
    assert!(first.iter().all(|row| !again.contains(row)), "a masked value means nothing in the next answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_are_written_as_json_and_csv() {
    let Some(world) = two_tenants().await else { return };
    let sql = "SELECT number, CAST(number AS DOUBLE) / 4 AS quarter, found, account, at, day, number > 5 AS is_large,
                      9007199254740993 AS huge, CAST(1.50 AS DECIMAL(9, 2)) AS price
                 FROM probe_probed
                WHERE number IN (5, 6)
             ORDER BY number";
    let answer = world.ask(sql).await.unwrap();
    let types: Vec<String> = answer.columns().into_iter().map(|column| column.column_type).collect();
    let expected = ["bigint", "double", "text", "text", "timestamp", "date", "boolean", "bigint", "numeric"];
    assert_eq!(types, expected);
    let json = serde_json::to_string(&answer.json_rows().unwrap()).unwrap();
    let at = "2026-03-01T00:00:00Z";
    assert_eq!(
        json,
        format!(
            r#"[[5,1.25,"sand",null,"{at}","2026-03-01",false,"9007199254740993","1.50"],[6,1.5,"gold","acc_0000000000006","{at}","2026-03-01",true,"9007199254740993","1.50"]]"#
        )
    );
    let csv =
        world.ask("SELECT number, account, at FROM probe_probed WHERE number IN (5, 6) ORDER BY 1").await.unwrap();
    assert_eq!(
        String::from_utf8(csv.csv().unwrap()).unwrap(),
        "number,account,at\n5,,2026-03-01T00:00:00.000000Z\n6,acc_0000000000006,2026-03-01T00:00:00.000000Z\n"
    );
    let none = world.ask("SELECT number FROM probe_probed WHERE false").await.unwrap();
    assert_eq!(String::from_utf8(none.csv().unwrap()).unwrap(), "number\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_is_told_in_words_that_help() {
    let Some(world) = two_tenants().await else { return };
    let text = async |sql: &str| world.ask(sql).await.unwrap_err().to_string();
    assert!(text("SELECT numbr FROM probe_probed").await.contains("numbr"));
    assert!(text("SELECT 1 FROM scan_decide").await.contains("scan_decide"));
    assert!(text("SELEC 1").await.contains("SELEC"));
    assert_eq!(code_of(&world, "SELECT 1 / (number - number) FROM probe_probed").await, "query.failed");
}
