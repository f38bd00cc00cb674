//! `query_limit_rss_mib`: a server is asked questions that need far more memory than a question may use. Each must be
//! refused by a clear error, the server must go on answering, and its memory must stay near the limit.

use serde_json::json;

use super::field::Field;
use crate::bench::Bench;
use crate::client::Client;
use crate::failure::{Context as _, Failure, Result};
use crate::process::Server;
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// Rows of the table.
const ROWS: u64 = 4_000_000;
/// What a question may use, and what the server may have beside it, in MiB.
const LIMIT_MIB: u64 = 256;
const BESIDE_MIB: u64 = 200;

/// How often a modest question may fail after a greedy one.
const ATTEMPTS: u32 = 3;

/// Questions, and what each of them wastes.
const GREEDY: [(&str, &str); 14] = [
    ("sort", "SELECT * FROM scan_decided ORDER BY person, place, scan"),
    ("sort of all values", "SELECT scan, ROW_NUMBER() OVER (ORDER BY person, scan) FROM scan_decided ORDER BY 2 DESC"),
    ("join", "SELECT a.scan, b.scan FROM scan_decided a JOIN scan_decided b ON a.scan = b.scan ORDER BY 1"),
    (
        "join of many",
        "SELECT a.scan, COUNT(*) FROM scan_decided a JOIN scan_decided b ON a.product = b.product GROUP BY 1",
    ),
    ("cross join", "SELECT COUNT(DISTINCT a.scan || b.scan) FROM scan_decided a CROSS JOIN scan_decided b"),
    ("groups", "SELECT scan, account, at, COUNT(*) FROM scan_decided GROUP BY 1, 2, 3"),
    ("distinct", "SELECT COUNT(DISTINCT scan || account || batch || product) FROM scan_decided"),
    ("array_agg", "SELECT product, array_agg(scan || account || batch) FROM scan_decided GROUP BY 1"),
    ("one array", "SELECT array_agg(scan ORDER BY account) FROM scan_decided"),
    ("one text", "SELECT string_agg(scan || account || batch || person, ',') FROM scan_decided"),
    (
        "window",
        "SELECT scan, SUM(checks) OVER (PARTITION BY verdict ORDER BY scan), \
         FIRST_VALUE(scan || account || batch || person) OVER (PARTITION BY verdict ORDER BY scan DESC) FROM scan_decided",
    ),
    ("window of texts", "SELECT LAG(scan || account || person, 1) OVER (ORDER BY account) FROM scan_decided"),
    (
        "texts that double",
        "WITH a AS (SELECT scan || scan || scan || scan || scan || scan || scan || scan AS t FROM scan_decided), \
         b AS (SELECT t || t || t || t || t || t || t || t AS t FROM a), \
         c AS (SELECT t || t || t || t || t || t || t || t AS t FROM b), \
         d AS (SELECT t || t || t || t || t || t || t || t AS t FROM c) SELECT MAX(t) FROM d",
    ),
    (
        "texts that are replaced",
        "WITH a AS (SELECT concat(scan, scan, scan, scan, scan, scan, scan, scan, scan, scan) AS t FROM scan_decided), \
         b AS (SELECT replace(t, '0', t) AS t FROM a), c AS (SELECT replace(t, '0', t) AS t FROM b) \
         SELECT MAX(LENGTH(t)) FROM c",
    ),
];

/// Measures the most memory that the server ever had in RAM.
pub(in crate::bench) async fn query_memory(bench: &mut Bench) -> Result<()> {
    let rows = bench.sized(ROWS);
    let mut field = Field::new(bench).await?;
    field.outbox.fill(rows).await?;
    // By a process of its own: writing needs memory as well.
    field.write_all().await?;
    let server = field.serve(&[]).await?;
    let client = Client::new(server.address, &field.api_key);
    let before = peak_mib(&server)?;
    let (mut refused, mut worst) = (0, String::new());
    for (name, sql) in GREEDY {
        let (at, watch) = (peak_mib(&server)?, Stopwatch::start());
        let said = asked(&client, sql).await?;
        let peak = peak_mib(&server)?;
        eprintln!("({name}: {said} after {:.1} s, peak {peak:.0} MiB)", watch.seconds());
        refused += u64::from(said != "answered");
        if peak > at {
            worst = name.to_owned();
        }
        still_counts(&client, rows).await.while_doing(|| format!("asking on after {name}"))?;
    }
    let peak = peak_mib(&server)?;
    server.stop().await?;
    let measured = Measured::new("query_limit_rss_mib", "MiB", vec![peak])
        .with("rows", rows)
        .with("memory_limit_mib", LIMIT_MIB)
        .with("bar_mib", LIMIT_MIB + BESIDE_MIB)
        .with("questions", GREEDY.len())
        .with("refused", refused)
        .with("idle_mib", format!("{before:.0}"))
        .with("the_peak_came_with", worst)
        .with("asked", "one after another, each with the memory limit that the server gives it");
    bench.report(measured)
}

/// The server answers a modest question. What a greedy one has left to do may be in its way for a while.
async fn still_counts(client: &Client, rows: u64) -> Result<()> {
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let (_, count) = client.post_any("/v1/query", &json!({ "sql": "SELECT COUNT(*) FROM scan_decided" })).await?;
        if count["rows"][0][0].as_u64() == Some(rows) {
            return Ok(());
        }
        last = count.to_string();
    }
    Err(Failure::new(format!("{rows} rows are there, the server says {last}")))
}

/// `answered`, or the code of the refusal; fails where it is not about a limit.
async fn asked(client: &Client, sql: &str) -> Result<String> {
    let (status, answer) = client.post_any("/v1/query", &json!({ "sql": sql })).await?;
    let code = answer["code"].as_str().unwrap_or_default();
    match (status, code) {
        (200, _) => Ok("answered".to_owned()),
        (422, "query.memory" | "query.bytes" | "query.time") => Ok(code.to_owned()),
        _ => Err(Failure::new(format!("{sql}: {status} {answer}"))),
    }
}

fn peak_mib(server: &Server) -> Result<f64> {
    let kib = server.peak_kib().ok_or_else(|| Failure::new("this system does not tell a process's memory"))?;
    Ok(kib as f64 / 1024.0)
}
