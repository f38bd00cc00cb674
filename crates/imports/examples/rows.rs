//! How fast members come in, and in how much memory: `cargo run --release -p tallymark-imports --example rows [ROWS]`.
//!
//! Makes a CSV file of members with a card, a phone number, a name, a birthday and a time, and imports it into a new SQLite
//! database. Prints rows a second and the most memory that the process had (Linux).

use std::io::Write as _;

use tallymark_base::Clock as _;
use tallymark_base::actor::Act;
use tallymark_base::time::SystemClock;
use tallymark_imports::{File, FileMapping, Kind, begin, carry_out, fingerprint};
use tallymark_partners::{NewTenant, tenant};
use tallymark_store::{Context, Engine};
use tallymark_tables::Source;
use tallymark_testkit::db::TestDb;

const MAPPING: &str = r#"{
    "identifiers": [{"column": "phone", "kind": "phone"}, {"column": "card", "kind": "card"}],
    "profile": [{"column": "name", "field": "name"}, {"column": "birthday", "field": "birthday"}],
    "time": {"column": "joined"}
}"#;

#[tokio::main]
async fn main() {
    let rows: u64 = std::env::args().nth(1).map_or(200_000, |text| text.parse().expect("a number of rows"));
    let (orders, ledger) = (tallymark_orders::MIGRATIONS, tallymark_ledger::MIGRATIONS);
    let (people, imports) = (tallymark_people::MIGRATIONS, tallymark_imports::MIGRATIONS);
    let all = [tallymark_partners::MIGRATIONS, ledger, people, orders, imports];
    let db = TestDb::on(Engine::Sqlite, &all).await.expect("SQLite is always there");
    let path = db.folder().expect("a folder").join("members.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    writeln!(file, "phone,card,name,birthday,joined").expect("room");
    for row in 0..rows {
        let (month, day) = (row % 12 + 1, row % 28 + 1);
        writeln!(file, "137{row:08},VIP{row:08},张{row},1990-{month:02}-{day:02},2024/{month}/{day}").expect("room");
    }
    file.flush().expect("room");
    drop(file);

    let context: Context = db.context();
    let mut tx = context.store.write().await.expect("a transaction");
    let new = NewTenant { name: "b".to_owned(), hosts: Vec::new(), zone: "Asia/Shanghai".to_owned() };
    let Context { master, entropy, ids, clock, .. } = &context;
    let owner = tenant::create(&mut tx, master, &**entropy, ids, &**clock, new).await.expect("a tenant");
    let mapping = FileMapping::parse(Kind::Members, MAPPING.as_bytes()).expect("a mapping");
    let sha256 = fingerprint(&path).expect("a file");
    let given = File {
        name: "members.csv",
        sha256,
        sheet: None,
        mapping: &mapping,
        source: "crm",
        within: None,
        uploaded: None,
    };
    let begun = begin(&mut tx, &context, Act::of_operator(owner.id), given, false).await.expect("a run");
    tx.commit().await.expect("durable");

    let clock = SystemClock::new();
    let start = clock.elapsed();
    let source = Source::File(path);
    let run = carry_out(&context, owner.id, begun.run().id, &source, &mut |_| (), &|| false).await.expect("done");
    let seconds = (clock.elapsed() - start).as_secs_f64();
    println!(
        "{} rows in {seconds:.1} s: {:.0} a second, {} accepted",
        run.rows_read,
        rows as f64 / seconds,
        run.rows_accepted
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("most memory: {}", line.trim_start_matches("VmHWM:").trim());
    }
}
