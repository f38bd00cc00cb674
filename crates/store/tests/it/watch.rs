//! What the store tells of itself: slow statements without their values, failures by their code.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tallymark_store::{Migrations, Options, Rows, Store};
use tallymark_telemetry::Metrics;
use tallymark_testkit::both_engines;
use tracing_subscriber::fmt::MakeWriter;

const PROBE: Migrations = Migrations {
    owner: "probe",
    steps: &[("0001_probe", "CREATE TABLE probe (a BIGINT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a));")],
};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

async fn watched(url: &str, slow_after: Duration) -> (Store, Arc<Metrics>) {
    let metrics = Arc::<Metrics>::default();
    let options = Options { slow_after, metrics: metrics.clone(), ..Options::default() };
    (Store::open(url, &options).await.unwrap(), metrics)
}

const INSERT: &str = "INSERT INTO probe (a, b)
                      VALUES …";

both_engines! { [PROBE];
    async fn a_slow_statement_is_logged_with_its_text_rows_and_time_and_no_value(db: TestDb) {
        let (store, metrics) = watched(&db.url, Duration::ZERO).await;
        let log = Log::default();
        let collected = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
        let guard = tracing::subscriber::set_default(collected);
        let mut tx = store.write().await.unwrap();
        let rows: Rows<2> = (0..4).map(|a| [(7_700_000 + a).into(), "13800138000".into()]).collect();
        tx.write_all_rows(INSERT, &[], &rows).await.unwrap();
        tx.query("SELECT b FROM probe WHERE a >= $1", &[7_700_001.into()]).await.unwrap();
        tx.commit().await.unwrap();
        drop(guard);

        let text = log.text();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("slow statement")).collect();
        assert!(lines[0].contains(r#""statement":"INSERT INTO probe (a, b) VALUES …""#), "{}", lines[0]);
        assert!(lines[0].contains(r#""rows_sent":4,"rows":4,"duration_ms":"#), "{}", lines[0]);
        assert!(lines[1].contains(r#""statement":"SELECT b FROM probe WHERE a >= $1","rows_sent":0,"rows":3"#), "{text}");
        assert!(lines[2].contains(r#""statement":"COMMIT""#), "{text}");
        assert!(!text.contains("13800138000") && !text.contains("77000"), "{text}");
        assert_eq!(metrics.slow_statements.get(), 3);
        store.close().await;
    }

    async fn a_fast_statement_is_not_logged(db: TestDb) {
        let (store, metrics) = watched(&db.url, Duration::from_secs(60)).await;
        store.ping().await.unwrap();
        assert_eq!(metrics.slow_statements.get(), 0);
        store.close().await;
    }

    async fn failures_are_counted_by_their_code(db: TestDb) {
        let (store, metrics) = watched(&db.url, Duration::from_secs(60)).await;
        for _ in 0..2 {
            let mut tx = store.write().await.unwrap();
            let rows: Rows<2> = [[1.into(), "a".into()], [1.into(), "b".into()]].into_iter().collect();
            tx.write_all_rows(INSERT, &[], &rows).await.unwrap_err();
        }
        store.close().await;
        assert!(store.write().await.is_err());
        let text = metrics.text();
        assert!(text.contains(r#"tallymark_database_errors_total{code="store.constraint"} 2"#), "{text}");
        assert!(text.contains(r#"tallymark_database_errors_total{code="store.unavailable"} 1"#), "{text}");
        assert!(text.contains(r#"tallymark_database_wait_seconds_count{access="write"} 3"#), "{text}");
    }
}
