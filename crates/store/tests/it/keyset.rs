//! Pages of long lists: against a plain sort of the same rows.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use tallymark_base::TypedId as _;
use tallymark_base::id::{TenantId, first_id};
use tallymark_store::keyset::{COUNT_MAX, List, Period, Span, count, ids};
use tallymark_store::{Migrations, Rows, keyset_list};
use tallymark_testkit::both_engines;

const PARCELS: Migrations = Migrations {
    owner: "parcels",
    steps: &[(
        "0001_parcel",
        "CREATE TABLE parcel (parcel_id BIGINT NOT NULL PRIMARY KEY, tenant_id BIGINT NOT NULL, shelf BIGINT NOT NULL,
                              state BIGINT NOT NULL);
         CREATE INDEX parcel_by_place ON parcel (tenant_id, shelf, state, parcel_id);
         CREATE INDEX parcel_by_state ON parcel (tenant_id, state, parcel_id);",
    )],
};
const BY_STATE: List<1> = keyset_list!("parcel", "parcel_id", ["state"], "");
const BY_PLACE: List<2> = keyset_list!("parcel", "parcel_id", ["shelf", "state"], " AND t.shelf <> 7");
const TENANT: i64 = 5;
const SHELVES: i64 = 20;
const STATES: i64 = 3;

/// Where parcel `n` is, and whose it is: mostly ours; shelf 3 has few, shelf 7 does not count.
fn placed(n: i64) -> (i64, i64, i64) {
    let shelf = if n % 97 == 0 { 3 } else { 4 + n * n % 16 };
    (if n % 11 == 0 { 6 } else { TENANT }, shelf, n / 5 % STATES)
}

async fn fill(db: &tallymark_testkit::db::TestDb, parcels: i64) {
    let rows: Rows<4> = (1..=parcels)
        .map(|n| {
            let (tenant, shelf, state) = placed(n);
            [(n * 10).into(), tenant.into(), shelf.into(), state.into()]
        })
        .collect();
    let mut tx = db.store.write().await.unwrap();
    tx.write_all_rows("INSERT INTO parcel (parcel_id, tenant_id, shelf, state) VALUES …", &[], &rows).await.unwrap();
    tx.commit().await.unwrap();
}

/// The ids of our parcels on shelves, newest first: by looking at all of them.
fn listed(parcels: i64, shelves: &[i64], states: &[i64]) -> Vec<i64> {
    let is_wanted = |n: &i64| {
        let (tenant, shelf, state) = placed(*n);
        tenant == TENANT && shelf != 7 && shelves.contains(&shelf) && states.contains(&state)
    };
    (1..=parcels).rev().filter(is_wanted).map(|n| n * 10).collect()
}

both_engines! { [PARCELS];
    async fn a_page_of_many_ranges_is_the_page_of_a_plain_sort(db: TestDb) {
        const PARCELS: i64 = 600;
        fill(&db, PARCELS).await;
        let mut tx = db.store.read().await.unwrap();
        let cursor = || proptest::option::of(0..PARCELS * 10 + 20);
        let asked = (
            proptest::sample::subsequence((3..SHELVES).collect::<Vec<_>>(), 1..17),
            proptest::sample::subsequence((0..STATES).collect::<Vec<_>>(), 1..=3),
            cursor(), cursor(), 1_usize..40,
        );
        let mut runner = TestRunner::deterministic();
        for _ in 0..60 {
            let (shelves, states, after, before, limit) = asked.new_tree(&mut runner).unwrap().current();
            let ranges: Vec<[i64; 2]> =
                shelves.iter().flat_map(|shelf| states.iter().map(|state| [*shelf, *state])).collect();
            let period = Period::default();
            let all = listed(PARCELS, &shelves, &states);
            let between: Vec<i64> = all.iter().copied()
                .filter(|id| after.is_none_or(|after| *id < after) && before.is_none_or(|before| *id > before)).collect();
            let expected = match before {
                Some(_) => between[between.len().saturating_sub(limit)..].to_vec(),
                None => between[..limit.min(between.len())].to_vec(),
            };
            let tenant = TenantId::from_raw(TENANT);
            let span = Span::new(&period, after, before, limit);
            let got = ids(&mut tx, tenant, &BY_PLACE, &ranges, span).await.unwrap();
            assert_eq!(got, expected, "{shelves:?} {states:?} after {after:?} before {before:?} limit {limit}");
            let counted = count(&mut tx, tenant, &BY_PLACE, &ranges, &period).await.unwrap();
            assert_eq!(counted, all.len() as i64, "{shelves:?} {states:?}");
        }
    }

    async fn a_list_is_counted_up_to_ten_thousand(db: TestDb) {
        fill(&db, 12_000).await;
        let mut tx = db.store.read().await.unwrap();
        let tenant = TenantId::from_raw(TENANT);
        let ours = (1..=12_000_i64).filter(|n| n % 11 != 0).count() as i64;
        assert!(ours > COUNT_MAX);
        let states: Vec<[i64; 1]> = (0..STATES).map(|state| [state]).collect();
        let counted = count(&mut tx, tenant, &BY_STATE, &states, &Period::default()).await.unwrap();
        assert_eq!(counted, COUNT_MAX + 1);
        let one = listed(12_000, &(0..SHELVES).collect::<Vec<_>>(), &[1]).len() as i64
            + (1..=12_000_i64).filter(|n| placed(*n) == (TENANT, 7, 1)).count() as i64;
        assert_eq!(count(&mut tx, tenant, &BY_STATE, &states[1..2], &Period::default()).await.unwrap(), one);
    }

    async fn a_period_holds_what_was_issued_in_it(db: TestDb) {
        let (from, until) = ("2026-03-01T00:00:00Z".parse().unwrap(), "2026-03-02T00:00:00Z".parse().unwrap());
        let issued = [first_id(from) - 1, first_id(from), first_id(until) - 1, first_id(until)];
        let rows: Rows<4> = issued.iter().map(|id| [(*id).into(), TENANT.into(), 1.into(), 1.into()]).collect();
        let mut tx = db.store.write().await.unwrap();
        tx.write_all_rows("INSERT INTO parcel (parcel_id, tenant_id, shelf, state) VALUES …", &[], &rows).await.unwrap();
        let period = Period { from: Some(from), until: Some(until) };
        let span = Span::new(&period, None, None, 10);
        let got = ids(&mut tx, TenantId::from_raw(TENANT), &BY_STATE, &[[1]], span).await.unwrap();
        assert_eq!(got, [issued[2], issued[1]]);
    }
}
