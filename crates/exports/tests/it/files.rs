//! Files from being asked for to being forgotten.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use tallymark_base::actor::{Act, Actor};
use tallymark_base::id::{ExportId, TenantId};
use tallymark_base::{Fault as _, Kind};
use tallymark_exports::{
    Cell, Error, File, Format, Head, KEPT_FOR, MIGRATIONS, New, Pages, Run, State, begin, cancel, carry_out, find,
    forget, retry, withdraw,
};
use tallymark_partners::{NewTenant, tenant};
use tallymark_store::{Context, Migrations};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

const BOTH: [Migrations; 2] = [tallymark_partners::MIGRATIONS, MIGRATIONS];
/// More than a piece of 256 KiB.
const PAGES: u64 = 60;
const ROWS_A_PAGE: u64 = 200;

/// Numbered rows with a text that packs badly.
struct Numbers {
    next: u64,
    pages: u64,
    fails_at: Option<u64>,
}

impl Numbers {
    fn of(pages: u64) -> Self {
        Self { next: 0, pages, fails_at: None }
    }
}

fn text_of(row: u64) -> String {
    (0..8_u64).map(|part| format!("{:016x}", (row * 8 + part + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
}

impl Pages for Numbers {
    fn total(&self) -> Option<u64> {
        Some(self.pages * ROWS_A_PAGE)
    }

    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        if self.fails_at == Some(self.next) {
            return Err(Error::Source { code: "list.broken", kind: Kind::Unavailable, text: "not now".to_owned() });
        }
        if self.next == self.pages {
            return Ok(Vec::new());
        }
        self.next += 1;
        let rows = (self.next - 1) * ROWS_A_PAGE..self.next * ROWS_A_PAGE;
        Ok(rows.map(|row| vec![Cell::Number(row as i64), Cell::text(text_of(row))]).collect())
    }
}

fn head() -> Head {
    Head { name: "numbers".into(), titles: vec!["n".into(), "text".into()], zone: TimeZone::UTC }
}

fn expected(rows: u64) -> Vec<u8> {
    let lines = (0..rows).map(|row| format!("{row},{}\r\n", text_of(row)));
    ("\u{feff}n,text\r\n".to_owned() + &lines.collect::<String>()).into_bytes()
}

struct World {
    context: Context,
    tenant: TenantId,
}

impl World {
    async fn new(db: &TestDb) -> Self {
        let context = db.context();
        let mut tx = context.store.write().await.unwrap();
        let new = NewTenant { name: "Spring".into(), hosts: vec!["spring.example".into()], zone: "UTC".into() };
        let (entropy, ids, clock) = (&*context.entropy, &context.ids, &*context.clock);
        let brand = tenant::create(&mut tx, &context.master, entropy, ids, clock, new).await.unwrap();
        tx.commit().await.unwrap();
        Self { tenant: brand.id, context }
    }

    fn act(&self) -> Act {
        Act { tenant: self.tenant, actor: Actor::Operator, request: None }
    }

    async fn asked(&self, people: bool) -> ExportId {
        let mut tx = self.context.store.write().await.unwrap();
        let new = New { list: "numbers", format: Format::Csv, request: serde_json::json!({"of": 1}), people };
        let run = begin(&mut tx, &self.context, self.act(), new).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(run.state, State::Queued);
        run.id
    }

    async fn written(&self, id: ExportId, pages: u64) -> Result<Run, Error> {
        carry_out(&self.context, self.tenant, id, (head(), Numbers::of(pages)), &|| false).await
    }

    async fn run(&self, id: ExportId) -> Run {
        find(&mut self.context.store.read().await.unwrap(), self.tenant, id).await.unwrap()
    }

    async fn file(&self, id: ExportId) -> Result<Vec<u8>, Error> {
        let mut tx = self.context.store.read().await.unwrap();
        let mut file = File::open(&mut tx, &self.context, self.tenant, id).await?;
        drop(tx);
        let mut whole = Vec::new();
        while let Some(piece) = file.next().await? {
            whole.extend(piece);
        }
        Ok(whole)
    }

    async fn pieces(&self) -> i64 {
        let mut tx = self.context.store.read().await.unwrap();
        tx.query_one("SELECT COUNT(*) FROM export_chunk", &[]).await.unwrap().unwrap().int(0).unwrap()
    }
}

both_engines! { BOTH;
    async fn a_file_is_written_in_pieces_and_read_whole(db: TestDb) {
        let world = World::new(&db).await;
        let id = world.asked(false).await;
        assert_eq!(world.file(id).await.unwrap_err().code(), "export.no_file");
        let run = world.written(id, PAGES).await.unwrap();
        let rows = PAGES * ROWS_A_PAGE;
        assert_eq!((run.state, run.rows, run.rows_total), (State::Done, rows, Some(rows)));
        let file = world.file(id).await.unwrap();
        assert_eq!(run.bytes, file.len() as u64);
        assert!(file == expected(rows), "{} bytes", file.len());
        assert!(world.pieces().await > 3);
        let again = world.written(id, PAGES).await.unwrap_err();
        assert!(matches!(again, Error::Elsewhere { .. }), "it is done: {again:?}");
    }

    async fn a_file_that_ends_in_the_middle_begins_anew(db: TestDb) {
        let world = World::new(&db).await;
        let id = world.asked(false).await;
        let broken = Numbers { fails_at: Some(40), ..Numbers::of(PAGES) };
        let error = carry_out(&world.context, world.tenant, id, (head(), broken), &|| false).await.unwrap_err();
        assert_eq!((error.code(), world.run(id).await.state), ("list.broken", State::Running));
        assert!(world.pieces().await > 0);
        let stops = AtomicBool::new(false);
        let stop = || stops.swap(true, Ordering::SeqCst);
        let stopped = carry_out(&world.context, world.tenant, id, (head(), Numbers::of(PAGES)), &stop).await;
        assert!(matches!(stopped, Err(Error::Stopped { .. })));
        world.written(id, 3).await.unwrap();
        assert!(world.file(id).await.unwrap() == expected(3 * ROWS_A_PAGE));
    }

    async fn two_who_write_the_same_file_do_not_mix(db: TestDb) {
        let world = World::new(&db).await;
        let id = world.asked(false).await;
        let (one, other) = tokio::join!(world.written(id, PAGES), world.written(id, PAGES));
        let done = [&one, &other].into_iter().filter(|ended| ended.is_ok()).count();
        assert_eq!(done, 1, "{one:?} {other:?}");
        assert!(world.file(id).await.unwrap() == expected(PAGES * ROWS_A_PAGE));
    }

    async fn files_that_tell_of_people_go_at_once_and_can_be_asked_for_again(db: TestDb) {
        let world = World::new(&db).await;
        let (people, goods, waits) = (world.asked(true).await, world.asked(false).await, world.asked(true).await);
        world.written(people, PAGES).await.unwrap();
        world.written(goods, 1).await.unwrap();
        let mut tx = world.context.store.write().await.unwrap();
        assert_eq!(withdraw(&mut tx, world.tenant, world.context.clock.now()).await.unwrap(), 2);
        tx.commit().await.unwrap();
        assert_eq!(world.file(people).await.unwrap_err().code(), "export.no_file");
        assert_eq!(world.run(waits).await.state, State::Withdrawn);
        assert!(matches!(world.written(waits, 1).await, Err(Error::Elsewhere { .. })));
        assert!(world.file(goods).await.is_ok());
        let before = world.pieces().await;
        assert_eq!(forget(&world.context, &|| false).await.unwrap() as i64, before - 1, "one piece is of goods");
        let mut tx = world.context.store.write().await.unwrap();
        retry(&mut tx, &world.context, world.act(), people).await.unwrap();
        tx.commit().await.unwrap();
        world.written(people, 2).await.unwrap();
        assert!(world.file(people).await.unwrap() == expected(2 * ROWS_A_PAGE));
    }

    async fn a_file_is_kept_for_a_day_and_told_of_for_thirty(db: TestDb) {
        let world = World::new(&db).await;
        let id = world.asked(false).await;
        world.written(id, 1).await.unwrap();
        db.clock.advance(KEPT_FOR - Duration::from_secs(1));
        forget(&world.context, &|| false).await.unwrap();
        assert!(world.file(id).await.is_ok());
        db.clock.advance(Duration::from_secs(1));
        assert_eq!(world.file(id).await.unwrap_err().code(), "export.no_file", "nobody tidied up yet");
        forget(&world.context, &|| false).await.unwrap();
        assert_eq!((world.run(id).await.state, world.pieces().await), (State::Expired, 0));
        db.clock.advance(Duration::from_secs(30 * 24 * 3600));
        forget(&world.context, &|| false).await.unwrap();
        let gone = find(&mut world.context.store.read().await.unwrap(), world.tenant, id).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })));
    }

    async fn a_cancelled_file_is_not_written_on_and_ten_are_under_way_at_most(db: TestDb) {
        let world = World::new(&db).await;
        let id = world.asked(false).await;
        let mut tx = world.context.store.write().await.unwrap();
        assert_eq!(cancel(&mut tx, &world.context, world.act(), id).await.unwrap().state, State::Cancelled);
        let ended = cancel(&mut tx, &world.context, world.act(), id).await.unwrap_err();
        assert_eq!(ended.code(), "export.ended");
        tx.commit().await.unwrap();
        assert!(matches!(world.written(id, 1).await, Err(Error::Elsewhere { .. })));
        for _ in 0..10 {
            world.asked(false).await;
        }
        let mut tx = world.context.store.write().await.unwrap();
        let new = New { list: "numbers", format: Format::Csv, request: serde_json::Value::Null, people: false };
        let refused = begin(&mut tx, &world.context, world.act(), new).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::TooMany);
    }
}
