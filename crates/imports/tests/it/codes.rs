//! Lists of codes that were made elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use tallymark_base::id::{BatchId, ProductId};
use tallymark_codes::{CodeLength, Face, Level, ReadError};
use tallymark_goods::rules::listing::Label;
use tallymark_goods::{
    Association, BatchStatus, CodeReader, Error as GoodsError, Faces, Found, ListError, NewBatch, NewOperation,
    SsccUse, State as CodeState, Unit, batch, catalog, listing, read_scanned, reader, record, text_of,
};
use tallymark_imports::{Error, FileMapping, Kind, Run, State, carry_out, look_at_codes, preview_codes};
use tallymark_tables::{Options, Source};
use tallymark_testkit::both_engines;

use crate::goods::{Channel, MIGRATIONS};

/// What a printing house sends.
const BOTH: &str = r#"{"item": "瓶码", "case": "箱码"}"#;

fn mapping(json: &str, batch: BatchId) -> FileMapping {
    match FileMapping::parse(Kind::Codes, json.as_bytes()).unwrap() {
        FileMapping::Codes(mut own) => {
            own.batch = Some(batch);
            FileMapping::Codes(own)
        }
        _ => panic!("it is of codes"),
    }
}

/// A code that looks like a word out of a random source: SplitMix64 of a number, in base 36.
fn word(number: u64) -> String {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^= state >> 31;
    let digits = b"abcdefghijklmnopqrstuvwxyz0123456789";
    std::iter::successors(Some(state), |state| Some(state / 36))
        .take(12)
        .map(|state| char::from(digits[(state % 36) as usize]))
        .collect()
}

struct Lists {
    channel: Channel,
    product: ProductId,
}

impl Lists {
    async fn new(db: &tallymark_testkit::db::TestDb) -> Self {
        let channel = Channel::new(db).await;
        let product = channel.catalog.batch(channel.batch).unwrap().product;
        Self { channel, product }
    }

    /// A draft of items in cases of two.
    async fn draft(&self, items: u64, association: Association, faces: Faces) -> BatchId {
        let world = &self.channel.world;
        let mut tx = world.context.store.write().await.unwrap();
        let new = NewBatch {
            draft: true,
            profile: None,
            sscc: SsccUse::default(),
            product: self.product,
            lot: "外购".into(),
            items,
            items_per_box: 0,
            items_per_case: 2,
            cases_per_pallet: 0,
            association,
            faces,
            length: CodeLength::STANDARD,
        };
        let (ids, clock) = (&world.context.ids, &*world.context.clock);
        let made = batch::create(&mut tx, world.tenant, ids, clock, new).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    async fn ended(&self, text: &str, mapping: &FileMapping) -> Run {
        self.channel.import(text, mapping).await
    }

    /// What a text is to somebody with the goods in hand, and to anybody.
    async fn read(&self, text: &str) -> (Option<Found>, Result<Found, ReadError>) {
        let world = &self.channel.world;
        let mut tx = world.context.store.read().await.unwrap();
        let catalog = catalog(&mut tx, world.tenant, &world.context.master).await.unwrap();
        let reader: CodeReader<'_> = reader(&mut tx, world.tenant, &catalog, std::iter::once(text)).await.unwrap();
        (reader.read_scanned(text), reader.read(text))
    }

    async fn serial(&self, text: &str) -> Option<(BatchId, Level, Face, u64)> {
        let (found, _) = self.read(text).await;
        found.map(|found| (found.batch, found.level, found.face, found.serial))
    }

    async fn status(&self, id: BatchId) -> BatchStatus {
        let world = &self.channel.world;
        let mut tx = world.context.store.read().await.unwrap();
        batch::find(&mut tx, world.tenant, id).await.unwrap().unwrap().status
    }

    async fn rejects(&self, run: &Run) -> Vec<(u64, Option<String>, String)> {
        let world = &self.channel.world;
        let mut tx = world.context.store.read().await.unwrap();
        let rejects = tallymark_imports::rejects(&mut tx, world.tenant, run.id).await.unwrap();
        rejects.into_iter().map(|reject| (reject.line, reject.column, reject.code)).collect()
    }
}

fn rows(first: u64, items: u64) -> String {
    let row = |n: u64| format!("{},{}\n", word(n), word(1_000_000 + n / 2));
    "瓶码,箱码\n".to_owned() + &(first..first + items).map(row).collect::<String>()
}

both_engines! { MIGRATIONS;
    async fn codes_of_a_list_are_read_activated_and_shipped_like_our_own(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(5, Association::ByRange, Faces::Outer).await;
        let run = lists.ended(&rows(0, 5), &mapping(BOTH, batch)).await;
        assert_eq!((run.kind, run.state, run.rows_accepted, run.rejects), (Kind::Codes, State::Done, 5, 0));

        for item in 0..5 {
            let (found, proof) = lists.read(&word(item)).await;
            let found = found.unwrap();
            assert_eq!((found.batch, found.level, found.serial, &found.state), (batch, Level::Item, item, &CodeState::NotActive));
            assert_eq!(proof.unwrap(), found);
        }
        // The last case holds one bottle.
        for case in 0..3 {
            let text = format!("https://id.example/01/06901234567892/21/{}", word(1_000_000 + case));
            assert_eq!(lists.serial(&text).await, Some((batch, Level::Case, Face::Outer, case)));
        }
        assert_eq!(lists.serial(&word(5)).await, None);
        assert_eq!(lists.serial(&format!("https://id.example/01/04006381333931/21/{}", word(1))).await, None);

        let world = &lists.channel.world;
        let (tenant, context) = (world.tenant, &world.context);
        let mut tx = context.store.write().await.unwrap();
        batch::activate(&mut tx, context, tenant, batch, None, context.clock.now()).await.unwrap();
        let unit = Unit::one(batch, Level::Case, 1);
        let ship = NewOperation::Ship { units: vec![unit], to: lists.channel.east, from: None };
        record(&mut tx, context, tenant, &[(ship, context.clock.now())]).await.unwrap().pop().unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lists.read(&word(2)).await.1.unwrap().state, CodeState::Active);
        for (item, holder) in [(1, None), (2, Some(lists.channel.east)), (3, Some(lists.channel.east)), (4, None)] {
            assert_eq!(lists.channel.held(batch, Level::Item, item).await.0, holder, "{item}");
        }

        let mut tx = context.store.read().await.unwrap();
        let shown = batch::find(&mut tx, tenant, batch).await.unwrap().unwrap();
        assert_eq!((shown.status, shown.made_elsewhere), (BatchStatus::Active, vec![Label::Item, Label::Case]));
        assert!(shown.printed_at.is_some());
        let list = listing::find(&mut tx, tenant, batch).await.unwrap().unwrap();
        assert_eq!((list.codes, list.proof.len(), list.link), (8, 2, None));
        // Texts are kept for whoever names a code by its serial, and none is minted in their place.
        let catalog = catalog(&mut tx, tenant, &context.master).await.unwrap();
        let text = text_of(&mut tx, tenant, &catalog, (batch, Level::Case, Face::Outer, 2)).await.unwrap();
        assert_eq!(text, word(1_000_002));
        let error = catalog.code(batch, Level::Item, Face::Outer, 0).unwrap_err();
        assert!(matches!(error, GoodsError::List(ListError::MadeElsewhere { .. })), "{error}");
    }

    async fn one_row_that_cannot_be_taken_keeps_the_whole_list_out(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(4, Association::ByRange, Faces::Outer).await;
        let text = format!("瓶码,箱码\n{0},C-0001\n{1},\n{0},C-0002\nno code,C-0002\n", word(0), word(1));
        let run = lists.ended(&text, &mapping(BOTH, batch)).await;
        assert_eq!((run.state, run.rows_read, run.rejects), (State::Failed, 0, 2));
        assert_eq!(run.error_code.as_deref(), Some("goods.list_rows"));
        let column = || Some("瓶码".to_owned());
        let told = [(4, column(), "code_twice".to_owned()), (5, column(), "code_malformed".to_owned())];
        assert_eq!(lists.rejects(&run).await, told);
        assert_eq!((lists.status(batch).await, lists.serial(&word(1)).await), (BatchStatus::Draft, None));

        // One row is missing.
        let run = lists.ended(&rows(0, 3), &mapping(BOTH, batch)).await;
        assert_eq!((run.state, run.error_code.as_deref()), (State::Failed, Some("goods.list_items")));
        assert_eq!(lists.status(batch).await, BatchStatus::Draft);

        let run = lists.ended(&rows(0, 4), &mapping(BOTH, batch)).await;
        assert_eq!((run.state, lists.status(batch).await), (State::Done, BatchStatus::Printed));
        // It is no draft any more.
        let run = lists.ended(&rows(10, 4), &mapping(BOTH, batch)).await;
        assert_eq!((run.state, run.error_code.as_deref()), (State::Failed, Some("goods.not_draft")));
        assert_eq!(lists.serial(&word(3)).await, Some((batch, Level::Item, Face::Outer, 3)));
    }

    async fn no_code_is_in_two_lists_or_of_our_own_making(db: TestDb) {
        let lists = Lists::new(&db).await;
        let first = lists.draft(40, Association::ByRange, Faces::Outer).await;
        assert_eq!(lists.ended(&rows(0, 40), &mapping(BOTH, first)).await.state, State::Done);
        let second = lists.draft(40, Association::ByRange, Faces::Outer).await;
        // Their 17th row is the first's 39th.
        let mut text = rows(100, 40);
        text = text.replace(&word(116), &word(38));
        let run = lists.ended(&text, &mapping(BOTH, second)).await;
        assert_eq!((run.state, run.error_code.as_deref()), (State::Failed, Some("goods.list_known")));
        let error = run.error.unwrap();
        assert!(error.contains("row 17") && error.contains(&first.to_string()), "{error}");
        assert_eq!(lists.serial(&word(100)).await, None);

        let own = lists.channel.case(7);
        let run = lists.ended(&rows(100, 40).replace(&word(102), &own), &mapping(BOTH, second)).await;
        assert_eq!((run.state, run.error_code.as_deref()), (State::Failed, Some("goods.list_known")));
        assert!(run.error.unwrap().contains("row 3"));

        assert_eq!(lists.ended(&rows(100, 40), &mapping(BOTH, second)).await.state, State::Done);
        assert_eq!(lists.serial(&word(38)).await, Some((first, Level::Item, Face::Outer, 38)));
        assert_eq!(lists.serial(&word(102)).await, Some((second, Level::Item, Face::Outer, 2)));
    }

    async fn codes_that_can_be_guessed_are_labels_and_prove_nothing(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(30, Association::ByRange, Faces::OuterAndInner).await;
        let row = |n: u64| format!("2026-{n:06},{}\n", word(n));
        let text = "序列号,盖内码\n".to_owned() + &(0..30).map(row).collect::<String>();
        let columns = r#"{"item": "序列号", "inner": "盖内码", "source": "caps"}"#;
        assert_eq!(lists.ended(&text, &mapping(columns, batch)).await.state, State::Done);
        let (label, proof) = lists.read("2026-000007").await;
        assert_eq!(label.map(|found| (found.face, found.serial)), Some((Face::Outer, 7)));
        assert!(matches!(proof, Err(ReadError::Malformed(_) | ReadError::Unknown)));
        let (label, proof) = lists.read(&word(7)).await;
        assert_eq!(proof.unwrap().face, Face::Inner);
        assert_eq!(label.unwrap().serial, 7);
        // Cases are printed by us.
        let world = &lists.channel.world;
        let mut tx = world.context.store.read().await.unwrap();
        let catalog = catalog(&mut tx, world.tenant, &world.context.master).await.unwrap();
        let case = catalog.code(batch, Level::Case, Face::Outer, 3).unwrap();
        let found = read_scanned(&mut tx, world.tenant, &catalog, case.as_str()).await.unwrap().unwrap();
        assert_eq!((found.batch, found.level, found.serial), (batch, Level::Case, 3));
        let shown = batch::find(&mut tx, world.tenant, batch).await.unwrap().unwrap();
        assert_eq!((shown.status, shown.printed_at), (BatchStatus::Ready, None));
    }

    async fn a_code_is_read_out_of_the_link_of_whoever_made_it(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(20, Association::OnLine, Faces::Outer).await;
        let link = |n: u64| format!("https://q.maker.example/v?c={}", word(n));
        let text = "url\n".to_owned() + &(0..20).map(|n| link(n) + "\n").collect::<String>();
        let columns = r#"{"item": "url", "link": "https://Q.maker.example/v?c={code}"}"#;
        assert_eq!(lists.ended(&text, &mapping(columns, batch)).await.state, State::Done);
        let expected = Some((batch, Level::Item, Face::Outer, 9));
        assert_eq!(lists.serial(&link(9)).await, expected);
        assert_eq!(lists.serial(&word(9)).await, expected);
        assert_eq!(lists.serial(&format!("https://other.example/v?c={}", word(9))).await, None);
        let world = &lists.channel.world;
        let mut tx = world.context.store.read().await.unwrap();
        let catalog = catalog(&mut tx, world.tenant, &world.context.master).await.unwrap();
        assert_eq!(catalog.code_in_link(&link(3)), Some(word(3)));
        assert_eq!(catalog.code_in_link("https://q.maker.example/about"), None);
    }

    /// SSCCs of a supplier's labels, and codes that look like ours: they are read in every spelling that phones and scanners send.
    async fn a_code_is_found_in_each_of_its_spellings(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(4, Association::ByRange, Faces::Outer).await;
        let items = ["q7Zr81kLm2Xe5T93", "b2Yc67hVd8Rx0K45", "sJf6Wn4pTq9Zx3Mk", "D8vRy5Gc2Ha7Ne1B"];
        let cases = ["106141412345678908", "106141411234567897"];
        let rows: String = (0..4).map(|n| format!("{},{}\n", items[n], cases[n / 2])).collect();
        assert_eq!(lists.ended(&format!("瓶码,箱码\n{rows}"), &mapping(BOTH, batch)).await.state, State::Done);
        for (level, serial, text) in [
            (Level::Item, 0, "Q7ZR-81KL-M2XE-5T93"),
            (Level::Item, 0, "https://brand.example/01/06901234567892/21/q7Zr81kLm2Xe5T93"),
            (Level::Item, 1, "HTTPS://BRAND.EXAMPLE/C/B2YC67HVD8RXOK45"),
            (Level::Case, 0, "(00)106141412345678908"),
            (Level::Case, 1, "00106141411234567897"),
            (Level::Case, 1, "https://brand.example/00/106141411234567897"),
        ] {
            assert_eq!(lists.serial(text).await, Some((batch, level, Face::Outer, serial)), "{text}");
        }
    }

    /// 50,000 rows are three transactions; whoever is stopped before the second goes on with it.
    async fn a_list_that_was_stopped_goes_on_and_is_read_when_it_is_whole(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(50_000, Association::ByRange, Faces::Outer).await;
        let (text, mapping) = (rows(0, 50_000), mapping(BOTH, batch));
        let world = &lists.channel.world;
        let run = lists.channel.begin(text.as_bytes(), &mapping, None, false).await.run().clone();
        let (source, asked) = (Source::Bytes(text.clone().into_bytes().into()), AtomicUsize::new(0));
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 1;
        let stopped = carry_out(&world.context, world.tenant, run.id, &source, &mut |_| (), &stop).await;
        assert!(matches!(stopped, Err(Error::Stopped { .. })));
        assert_eq!((lists.status(batch).await, lists.serial(&word(0)).await), (BatchStatus::Draft, None));

        let run = lists.channel.carried(&run, text.as_bytes()).await;
        assert_eq!((run.state, run.rows_accepted), (State::Done, 50_000));
        for item in [0, 1, 19_999, 20_000, 33_333, 49_999] {
            assert_eq!(lists.serial(&word(item)).await, Some((batch, Level::Item, Face::Outer, item)));
            let case = lists.serial(&word(1_000_000 + item / 2)).await;
            assert_eq!(case, Some((batch, Level::Case, Face::Outer, item / 2)));
        }
        let mut tx = world.context.store.read().await.unwrap();
        let catalog = catalog(&mut tx, world.tenant, &world.context.master).await.unwrap();
        for serial in [0, 9_999, 10_000, 24_999] {
            let text = text_of(&mut tx, world.tenant, &catalog, (batch, Level::Case, Face::Outer, serial)).await;
            assert_eq!(text.unwrap(), word(1_000_000 + serial));
        }
        let list = listing::find(&mut tx, world.tenant, batch).await.unwrap().unwrap();
        assert_eq!(list.codes, 75_000);
    }

    async fn a_preview_shows_the_first_rows_and_what_stands_against_the_list(db: TestDb) {
        let lists = Lists::new(&db).await;
        let batch = lists.draft(4, Association::ByRange, Faces::Outer).await;
        let world = &lists.channel.world;
        let mut tx = world.context.store.read().await.unwrap();
        let source = Source::Bytes(format!("{}extra,C9\n", rows(0, 2)).into_bytes().into());
        let look = look_at_codes(&source, &Options::default(), None).unwrap().of(batch);
        let outlook = preview_codes(&mut tx, &world.context, world.tenant, look).await.unwrap();
        // The names of the columns say what they are.
        assert_eq!((outlook.mapping.item.as_deref(), outlook.mapping.case.as_deref()), (Some("瓶码"), Some("箱码")));
        let shown: Vec<_> = outlook.rows.iter().map(|row| (row.line, row.codes.len())).collect();
        assert_eq!((outlook.mistake, shown), (None, vec![(2, 2), (3, 1)]));
        assert_eq!(outlook.rejects.iter().map(|reject| (reject.line, reject.code.as_str())).collect::<Vec<_>>(), [(4, "code_malformed")]);

        // A batch without a code inside.
        let columns = r#"{"item": "瓶码", "inner": "箱码"}"#;
        let FileMapping::Codes(mapping) = mapping(columns, batch) else { panic!("it is of codes") };
        let look = look_at_codes(&source, &Options::default(), Some(&mapping)).unwrap().of(batch);
        let outlook = preview_codes(&mut tx, &world.context, world.tenant, look).await.unwrap();
        assert!(outlook.mistake.unwrap().contains("has no inner codes"));
    }
}
