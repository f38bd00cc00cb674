//! A brand's events, written by hand, and the sums that belong to them, added up by hand.
//!
//! The events are declared here with the fields that reports read: the crates that declare them live on the same floor.
//! That the real ones have these fields is proved where everything comes together, in the server's tests.

use std::time::Duration;

use fail::FailScenario;
use serde_json::{Value, json};
use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::event::{Event, Registry};
use tallymark_base::id::TenantId;
use tallymark_insight::{Breakdown, Error, ReportAnswer, Wanted, report, reports};
use tallymark_lake::{Lake, Location, Settings, Writer};
use tallymark_store::outbox::Events;
use tallymark_testkit::db::TestDb;

pub(crate) const TENANT: i64 = 7;
pub(crate) const ZONE: &str = "Asia/Shanghai";

mod declared {
    tallymark_base::event! {
        /// Somebody scanned a code.
        pub struct ScanDecided = "scan.decided", version 1, owner "scan" {
            /// what was found
            verdict: String,
            /// the product
            product: Option<String>,
            /// the place
            place: Option<String>,
            /// whether the person was known
            known: Option<bool>,
            /// whether the code had been checked
            again: Option<bool>,
            /// prizes won
            prizes: Option<i64>,
        }

        /// A scan won a prize.
        pub struct RewardWon = "scan.reward_won", version 1, owner "scan" {
            /// the campaign
            campaign: String,
            /// what
            kind: String,
            /// how much
            amount: i64,
            /// who
            person: Option<String> [pseudonym],
            /// by this code
            newcomer: Option<bool>,
            /// the product
            product: Option<String>,
            /// the place
            place: Option<String>,
        }

        /// A store earned a rebate.
        pub struct RebateEarned = "scan.rebate_earned", version 1, owner "scan" {
            /// how much
            amount_fen: i64 [fen],
            /// the product
            product: Option<String>,
            /// the place
            place: Option<String>,
        }

        /// A person joined.
        pub struct MemberJoined = "people.member_joined", version 1, owner "people" {
            /// who
            person: String [pseudonym],
            /// the product
            product: Option<String>,
            /// the place
            place: Option<String>,
        }
    }
}

pub(crate) use declared::{EVENTS, MemberJoined, RebateEarned, RewardWon, ScanDecided};

pub(crate) const X: &str = "cam_0000000000001";
pub(crate) const Y: &str = "cam_0000000000002";
pub(crate) const A: &str = "prd_0000000000001";
pub(crate) const B: &str = "prd_0000000000002";
const P1: &str = "per_0000000000001";
const P2: &str = "per_0000000000002";
const HANGZHOU: Option<&str> = Some("330106");
const NINGBO: Option<&str> = Some("330200");
const SHENZHEN: Option<&str> = Some("440305");

pub(crate) struct World {
    pub(crate) db: TestDb,
    pub(crate) lake: Lake,
    _folder: tempfile::TempDir,
    _scenario: FailScenario<'static>,
    next_id: std::sync::atomic::AtomicI64,
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

pub(crate) fn scan(
    verdict: &str,
    product: Option<&str>,
    place: Option<&str>,
    (known, again): (Option<bool>, Option<bool>),
    prizes: i64,
) -> ScanDecided {
    let prizes = Some(prizes);
    ScanDecided { verdict: verdict.to_owned(), product: text(product), place: text(place), known, again, prizes }
}

fn won(
    campaign: &str,
    (kind, amount): (&str, i64),
    (person, newcomer): (&str, bool),
    product: &str,
    place: Option<&str>,
) -> RewardWon {
    RewardWon {
        campaign: campaign.to_owned(),
        kind: kind.to_owned(),
        amount,
        person: Some(person.to_owned()),
        newcomer: Some(newcomer),
        product: Some(product.to_owned()),
        place: text(place),
    }
}

fn earned(product: &str, place: Option<&str>) -> RebateEarned {
    RebateEarned { amount_fen: 10, product: Some(product.to_owned()), place: text(place) }
}

fn joined(person: &str, product: Option<&str>, place: Option<&str>) -> MemberJoined {
    MemberJoined { person: person.to_owned(), product: text(product), place: text(place) }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl World {
    pub(crate) fn new(db: TestDb) -> Self {
        let scenario = FailScenario::setup();
        let folder = tempfile::tempdir().unwrap();
        let place = Location::Folder(folder.path().to_owned());
        let lake = Lake::open(&place, Registry::of(&[EVENTS]), db.entropy.clone()).unwrap();
        let next_id = std::sync::atomic::AtomicI64::new(1);
        Self { db, lake, _folder: folder, _scenario: scenario, next_id }
    }

    pub(crate) fn writer(&self, events_max: i64) -> Writer {
        let settings = Settings { events_max, ..Settings::default() };
        Writer::new(self.lake.clone(), self.db.context(), settings)
    }

    /// Lets the lease of a writer that went away run out.
    pub(crate) fn outlive_the_lease(&self) {
        self.db.clock.advance(Duration::from_secs(71));
    }

    pub(crate) async fn save<E: Event>(&self, moment: &str, event: &E) {
        self.save_of(TENANT, moment, event).await;
    }

    pub(crate) async fn save_of<E: Event>(&self, tenant: i64, moment: &str, event: &E) {
        let id = self.next_id.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut events = Events::new();
        events.push(id, tenant, at(moment), event);
        let mut tx = self.db.store.write().await.unwrap();
        events.save(&mut tx, &self.db.ids, &*self.db.clock).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Six scans of four days in Shanghai, in the order in which they happened; the clock stands at the first.
    pub(crate) async fn story(&self) {
        self.first_day().await;
        self.second_day().await;
        self.fourth_day().await;
    }

    pub(crate) async fn first_day(&self) {
        let first = "2026-03-01T00:00:00Z";
        self.save(first, &scan("genuine", Some(A), HANGZHOU, (Some(false), Some(false)), 1)).await;
        self.save(first, &won(X, ("red_packet", 88), (P1, true), A, HANGZHOU)).await;
        self.save(first, &earned(A, HANGZHOU)).await;
        // The last microsecond of the first of March in Shanghai.
        let late = "2026-03-01T15:59:59.999999Z";
        self.save(late, &scan("genuine", Some(A), HANGZHOU, (Some(true), Some(true)), 0)).await;
        // Another brand's scan counts nowhere.
        self.save_of(8, first, &scan("genuine", Some(A), HANGZHOU, (Some(false), Some(false)), 1)).await;
    }

    pub(crate) async fn second_day(&self) {
        self.db.clock.advance(Duration::from_secs(16 * 3_600));
        let midnight = "2026-03-01T16:00:00Z";
        self.save(midnight, &scan("genuine", Some(B), NINGBO, (Some(false), Some(false)), 2)).await;
        self.save(midnight, &won(X, ("red_packet", 100), (P2, true), B, NINGBO)).await;
        self.save(midnight, &won(Y, ("points", 10), (P2, true), B, NINGBO)).await;
        self.save(midnight, &earned(B, NINGBO)).await;
        self.save(midnight, &joined(P2, Some(B), NINGBO)).await;
        self.save("2026-03-01T17:00:00Z", &scan("unknown", None, None, (None, None), 0)).await;
        self.save("2026-03-02T01:00:00Z", &scan("void", Some(B), SHENZHEN, (Some(false), Some(false)), 0)).await;
        self.save("2026-03-02T02:00:00Z", &joined(P1, None, None)).await;
    }

    pub(crate) async fn fourth_day(&self) {
        self.db.clock.advance(Duration::from_secs(48 * 3_600));
        let moment = "2026-03-03T16:00:00Z";
        self.save(moment, &scan("genuine", Some(A), None, (Some(true), Some(true)), 1)).await;
        self.save(moment, &won(X, ("gift", 1), (P1, false), A, None)).await;
    }

    pub(crate) async fn ask(&self, name: &str, wanted: &Wanted) -> Result<ReportAnswer, Error> {
        let asked = reports::find(name)?;
        let whose = (TenantId::from_raw(TENANT), ZONE);
        report(&self.lake, &self.db.store, &*self.db.clock, whose, asked, wanted).await
    }

    pub(crate) async fn rows(&self, name: &str, by: Breakdown) -> Value {
        self.rows_of(name, &Wanted { by: Some(by), ..march() }).await
    }

    pub(crate) async fn rows_of(&self, name: &str, wanted: &Wanted) -> Value {
        json!(self.ask(name, wanted).await.unwrap().rows)
    }
}

/// The days of the story.
pub(crate) fn march() -> Wanted {
    Wanted { from: Some("2026-03-01".into()), to: Some("2026-03-04".into()), ..Wanted::default() }
}
