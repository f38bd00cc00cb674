//! Files of operations with goods: delivery notes, receipts, packing lists.

use std::sync::atomic::{AtomicBool, Ordering};

use tallymark_base::Timestamp;
use tallymark_codes::Level;
use tallymark_goods::Unit;
use tallymark_imports::members::Defaults;
use tallymark_imports::{
    Begun, Error, FileMapping, Kind, State, carry_out, look_at_operations, preview_operations, propose, trial,
};
use tallymark_tables::{Options, Source, header};
use tallymark_testkit::both_engines;

use crate::goods::{Channel, MIGRATIONS, mapping};
use crate::world::written;

/// What a warehouse exports: a row for each code, what is done in words, and when.
const WMS: &str = r#"{
    "document": ["单号"], "operation": {"column": "类型", "words": {"出库": "ship", "入库": "receive", "退货": "return",
        "装箱": "pack", "拆箱": "unpack", "开箱": "open"}},
    "code": "起始码", "last": "结束码", "pack": "垛码", "organisation": {"column": "对方"}, "from": {"column": "发货方"},
    "time": {"column": "时间"}
}"#;
const HEADER: &str = "单号,类型,时间,对方,发货方,起始码,结束码,垛码\n";
/// What an ERP exports: delivery notes alone.
const NOTES: &str = r#"{
    "document": ["no"], "operation": {"constant": "ship"}, "code": "code", "organisation": {"column": "to"},
    "from": {"column": "from"}
}"#;

fn wms() -> FileMapping {
    mapping(WMS)
}

fn notes() -> FileMapping {
    mapping(NOTES)
}

fn expected(rejects: &[(u64, &str, &str)]) -> Vec<(u64, String, String)> {
    rejects.iter().map(|(line, column, code)| (*line, (*column).to_owned(), (*code).to_owned())).collect()
}

/// Delivery notes `N0`, `N1`, …, each of one case of its own to one of the dealers. Of every 20, four are wrong: an unknown code, an
/// SSCC with a wrong check digit, an unknown dealer, and a case that the sender does not hold.
fn delivery_notes(channel: &Channel, count: u64) -> String {
    let mut text = "no,to,from,code\n".to_owned();
    for number in 0..count {
        let case = channel.case(number);
        let dealer = if number % 2 == 0 { "D-E" } else { "西城经销" };
        let row = match number % 20 {
            3 => format!("N{number},{dealer},,0000-0000-0000-0000\n"),
            8 => {
                let sscc = channel.sscc(Level::Case, number);
                let wrong = (sscc.as_bytes()[17] - b'0' + 1) % 10;
                format!("N{number},{dealer},,{}{wrong}\n", &sscc[..17])
            }
            13 => format!("N{number},nobody,,{case}\n"),
            18 => format!("N{number},{dealer},D-W,{case}\n"),
            _ => format!("N{number},{dealer},,{case}\n"),
        };
        text.push_str(&row);
    }
    text
}

/// The days of some cases: packed, shipped, received, shipped on, and returned in part, each at a moment of its own.
fn days(channel: &Channel) -> Vec<String> {
    let mut rows = Vec::new();
    let mut add = |day: u64, minute: u64, rest: String| {
        let (number, rest) = rest.split_once(',').unwrap();
        let (kind, rest) = rest.split_once(',').unwrap();
        rows.push(format!("{number},{kind},2026-01-{day:02} 10:{minute:02},{rest}\n"));
    };
    for pallet in 0..4_u64 {
        for case in 0..5 {
            let code = channel.loose(Level::Case, pallet * 5 + case);
            add(1, pallet, format!("P{pallet},装箱,,,{code},,{}", channel.loose(Level::Pallet, pallet)));
        }
        add(2, pallet, format!("S{pallet},出库,D-E,,{},,", channel.loose(Level::Pallet, pallet)));
        add(3, pallet, format!("R{pallet},入库,D-E,,{},,", channel.loose(Level::Pallet, pallet)));
        add(4, pallet, format!("U{pallet},拆箱,,,{},,", channel.loose(Level::Case, pallet * 5)));
        add(5, pallet, format!("T{pallet},出库,S-1,D-E,{},,", channel.loose(Level::Case, pallet * 5)));
        if pallet % 2 == 0 {
            add(6, pallet, format!("B{pallet},退货,,,{},,", channel.loose(Level::Case, pallet * 5)));
        }
    }
    rows
}

/// Rows in a sequence that a seed tells.
fn shuffled(rows: &[String], seed: u64) -> Vec<String> {
    let mut keyed: Vec<(u64, &String)> = Vec::new();
    let mut state = seed;
    for row in rows {
        // Numerical Recipes' linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        keyed.push((state >> 16, row));
    }
    keyed.sort();
    keyed.into_iter().map(|(_, row)| row.clone()).collect()
}

both_engines! { MIGRATIONS;
    async fn a_warehouses_export_in_gbk_becomes_operations_whatever_the_spelling_of_codes(db: TestDb) {
        let channel = Channel::new(&db).await;
        let [short, digital] = channel.links(Level::Case, 21);
        let lower = channel.case(20).to_lowercase();
        let text = format!("{HEADER}\
            CK1,出库,2026/1/5 09:00,D-E,,{},{},\n\
            CK2,出库,2026/1/5 09:30,东城经销,,{lower},,\n\
            CK1,出库,2026/1/5 09:00,D-E,,{digital},,\n\
            CK2,,2026/1/5 09:30,,,{short},,\n\
            CK3,出库,2026/1/5 10:00,{},,(00) {},,\n\
            RK1,入库,2026/1/6 10:00,D-E,,{},,\n\
            ZX1,装箱,2026/1/4 08:00,,,{},{},{}\n",
            channel.case(0), channel.case(9), channel.west, channel.sscc(Level::Pallet, 5), channel.case(2_000),
            channel.loose(Level::Case, 0), channel.loose(Level::Case, 3), channel.loose(Level::Pallet, 0));
        let (gbk, ..) = encoding_rs::GBK.encode(&text);
        let begun = channel.begin(&gbk, &wms(), None, false).await;
        let run = channel.carried(begun.run(), &gbk).await;
        assert_eq!(channel.world.rejects(&run).await, []);
        assert_eq!((run.kind, run.state, run.rows_read, run.rows_accepted), (Kind::Operations, State::Done, 7, 7));
        for case in [0, 9, 20, 21] {
            assert_eq!(channel.holder(case).await, Some(channel.east), "{case}");
        }
        assert_eq!(channel.holder(10).await, None);
        assert_eq!(channel.held(channel.batch, Level::Case, 59).await.0, Some(channel.west), "it lies on the pallet");
        let pallet = Unit::one(channel.loose, Level::Pallet, 0);
        assert_eq!(channel.held(channel.loose, Level::Case, 3).await, (None, Some(pallet)));
        // What arrived and was never sent is there, and told.
        assert_eq!(channel.holder(2_000).await, Some(channel.east));
        assert_eq!(channel.world.count("SELECT COUNT(*) FROM goods_exception").await, 1);
        let recorded = channel.recorded().await;
        let kinds: Vec<&str> = recorded.iter().map(|one| one.1.as_str()).collect();
        assert_eq!(kinds, ["Pack", "Ship", "Ship", "Ship", "Receive"], "in the sequence of time");
        // Ten cases and one more, of two bottles each, at nine in Shanghai.
        assert_eq!((recorded[1].0.to_string().as_str(), recorded[1].4), ("2026-01-05T01:00:00Z", 22));
    }

    async fn a_tills_file_by_the_proposed_mapping_sells_and_tells_what_was_not_there(db: TestDb) {
        let channel = Channel::new(&db).await;
        let sent = format!("no,to,from,code\nN1,S-1,,{}\n", channel.case(0));
        channel.import(&sent, &notes()).await;
        let (first, second) = (channel.code(Level::Item, 0), channel.code(Level::Item, 2));
        let text = format!("小票号,门店编码,瓶码\nX1,S-1,{first}\nX2,S-1,{second}\n");
        let columns = header(&Source::Bytes(text.clone().into_bytes().into()), &Options::default()).unwrap();
        let proposal = propose(Kind::Operations, &columns);
        assert_eq!(proposal.left_out, Vec::<String>::new());
        let run = channel.import(&text, &proposal.mapping).await;
        assert_eq!((run.rows_accepted, channel.world.rejects(&run).await), (2, vec![]));
        let kinds: Vec<String> = channel.recorded().await.into_iter().map(|one| one.1).collect();
        assert_eq!(kinds, ["Ship", "Sell", "Sell"]);
        // The second bottle lies in the case beside.
        assert_eq!(channel.world.count("SELECT COUNT(*) FROM goods_exception").await, 1);
    }

    async fn of_two_thousand_documents_each_is_whole_or_refused_and_once(db: TestDb) {
        let channel = Channel::new(&db).await;
        let text = delivery_notes(&channel, 2_000);
        let run = channel.import(&text, &notes()).await;
        assert_eq!((run.state, run.rows_read, run.rows_accepted, run.rows_refused), (State::Done, 2_000, 1_600, 400));
        let rejects = channel.world.rejects(&run).await;
        for (code, column) in [
            ("code_unknown", "code"), ("code_check_digit", "code"), ("unknown_organisation", "to"),
            ("goods.not_held_by_sender", "code"),
        ] {
            let of = rejects.iter().filter(|one| one.2 == code && one.1 == column).count();
            assert_eq!(of, 100, "{code}: {rejects:?}");
        }
        assert_eq!((rejects.len(), channel.operations().await), (400, 1_600));
        assert_eq!((channel.holder(0).await, channel.holder(1).await), (Some(channel.east), Some(channel.west)));
        assert_eq!((channel.holder(3).await, channel.holder(1_998).await), (None, None));

        assert!(matches!(channel.begin(text.as_bytes(), &notes(), None, false).await, Begun::Already(_)));
        // The same documents in another file, one of them changed and one new.
        let changed = text.replace(&format!("N4,D-E,,{}", channel.case(4)), &format!("N4,D-E,,{}", channel.case(3)))
            + &format!("N2000,D-E,,{}\n", channel.case(2_000));
        let run = channel.import(&changed, &notes()).await;
        assert_eq!((run.rows_accepted, run.rows_refused), (1_600, 401));
        let told: Vec<_> = channel.world.rejects(&run).await.into_iter().filter(|one| one.2 == "document_differs").collect();
        assert_eq!(told, expected(&[(6, "", "document_differs")]));
        assert_eq!((channel.operations().await, channel.holder(3).await), (1_601, None));
        let again = channel.begin(text.as_bytes(), &notes(), None, true).await;
        channel.carried(again.run(), text.as_bytes()).await;
        assert_eq!(channel.operations().await, 1_601);
        assert_eq!(channel.world.count("SELECT COUNT(*) FROM import_document").await, 1_601);
    }

    async fn a_run_that_stops_after_every_batch_comes_to_the_same_as_one_that_does_not(db: TestDb) {
        let (whole, stopping) = (Channel::new(&db).await, Channel::new(&db).await);
        let of = |channel: &Channel| {
            let rows: Vec<String> = delivery_notes(channel, 400).lines().skip(1).map(|row| format!("{row}\n")).collect();
            format!("no,to,from,code\n{}", shuffled(&rows, 7).concat())
        };
        let unbroken = whole.import(&of(&whole), &notes()).await;
        let text = of(&stopping);
        let begun = stopping.begin(text.as_bytes(), &notes(), None, false).await;
        let source = Source::Bytes(text.clone().into_bytes().into());
        let context = &stopping.world.context;
        let mut stops = 0;
        let ended = loop {
            let taken = AtomicBool::new(false);
            let stop = || taken.load(Ordering::SeqCst);
            let mut tell = |_| taken.store(true, Ordering::SeqCst);
            match carry_out(context, stopping.world.tenant, begun.run().id, &source, &mut tell, &stop).await {
                Err(Error::Stopped { .. }) => stops += 1,
                ended => break ended.unwrap(),
            }
        };
        assert!(stops > 3, "{stops}");
        let counts = |run: &tallymark_imports::Run| (run.state, run.rows_read, run.rows_accepted, run.rows_refused, run.rejects);
        assert_eq!(counts(&ended), counts(&unbroken));
        assert_eq!(stopping.world.rejects(&ended).await, whole.world.rejects(&unbroken).await);
        assert_eq!(stopping.operations().await, whole.operations().await);
        for case in 0..400 {
            let dealer = |channel: &Channel, id| if id == channel.east { "east" } else { "west" };
            let held = (stopping.holder(case).await, whole.holder(case).await);
            assert_eq!(held.0.map(|id| dealer(&stopping, id)), held.1.map(|id| dealer(&whole, id)), "{case}");
        }
    }

    async fn whatever_sequence_rows_stand_in_the_same_is_done(db: TestDb) {
        let mut first = None;
        for seed in 0..6 {
            let channel = Channel::new(&db).await;
            let rows = days(&channel);
            let rows = if seed == 0 { rows } else { shuffled(&rows, seed) };
            let run = channel.import(&format!("{HEADER}{}", rows.concat()), &wms()).await;
            assert_eq!(channel.world.rejects(&run).await, [], "{seed}");
            let recorded = channel.recorded().await;
            // A pallet of five cases of two bottles, less the one that went on to the store.
            assert_eq!(channel.held(channel.loose, Level::Case, 1).await.0, Some(channel.east));
            assert_eq!(channel.held(channel.loose, Level::Case, 0).await, (Some(channel.east), None), "it came back");
            let names = |id| [(channel.east, "D-E"), (channel.west, "D-W")].iter().find(|one| one.0 == id).map_or("S-1", |one| one.1);
            let told: Vec<_> = recorded
                .into_iter()
                .map(|(at, kind, organisation, serial, items)| (at, kind, organisation.map(names), serial, items))
                .collect();
            assert_eq!(told.len(), 22);
            assert_eq!(first.get_or_insert_with(|| told.clone()), &told, "{seed}");
        }
    }

    async fn one_bad_row_refuses_its_document_whole_and_no_other(db: TestDb) {
        let channel = Channel::new(&db).await;
        let case = |serial| channel.case(serial);
        let (pallet, other) = (channel.loose(Level::Pallet, 0), channel.loose(Level::Pallet, 1));
        let (loose, more) = (channel.loose(Level::Case, 0), channel.loose(Level::Case, 1));
        let text = format!("{HEADER}\
            A,出库,2026-01-05 09:00,D-E,,{},,\n\
            A,出库,2026-01-05 09:00,D-E,,6.9012E+17,,\n\
            B,出库,2026-01-05 09:01,D-E,,{},{},\n\
            C,出库,2026-01-05 09:02,D-E,,{},,\n\
            C,出库,2026-01-05 09:02,D-W,,{},,\n\
            D,借出,2026-01-05 09:03,D-E,,{},,\n\
            E,出库,2026-01-05 09:04,,,{},,\n\
            F,出库,2026-01-05 09:05,便利店,,{},,\n\
            G,出库,someday,D-E,,{},,\n\
            ,出库,2026-01-05 09:06,D-E,,{},,\n\
            H,装箱,2026-01-05 09:07,,,{loose},,\n\
            I,装箱,2026-01-05 09:08,,,{loose},,{pallet}\n\
            J,装箱,2026-01-05 09:09,,,{more},,{other}\n\
            J,装箱,2026-01-05 09:09,,,{loose},,{other}\n\
            K,退货,2026-01-05 09:10,,,{},,\n\
            L,出库,2099-01-05 09:11,D-E,,{},,\n\
            M,拆箱,2026-01-05 09:12,,,WHAT?,,\n\
            N,出库,2026-01-05 09:13,D-E,,,,\n\
            O,出库,2026-01-05 09:14,D-E,,{},,\n",
            case(0), case(3), case(1), case(4), case(5), case(6), case(7), case(8), case(9), case(10), case(11), case(12), case(13));
        let run = channel.import(&text, &wms()).await;
        let told = expected(&[
            (3, "起始码", "number_imprecise"),
            (4, "结束码", "no_run"),
            (6, "对方", "document_contradicts"),
            (7, "类型", "unknown_operation"),
            (8, "对方", "no_organisation"),
            (9, "对方", "organisation_ambiguous"),
            (10, "时间", "malformed_time"),
            (11, "单号", "no_document"),
            (12, "垛码", "no_pack"),
            (15, "起始码", "goods.already_packed"),
            (16, "", "goods.not_handed_over"),
            (17, "", "goods.in_future"),
            (18, "起始码", "code_malformed"),
            (19, "起始码", "code_missing"),
        ]);
        assert_eq!(channel.world.rejects(&run).await, told);
        assert_eq!((run.rows_read, run.rows_accepted, run.rows_refused), (19, 2, 17));
        assert_eq!((channel.operations().await, channel.holder(0).await), (2, None), "not the good row of A either");
        assert_eq!(channel.held(channel.loose, Level::Case, 1).await.1, None, "nor that of J");
        // Put right, the documents are taken: nothing was noted of those that were refused.
        let right = text.replace("6.9012E+17", &case(14)).replace("someday", "2026-01-05 10:00");
        let run = channel.import(&right, &wms()).await;
        assert_eq!((run.rows_accepted, channel.holder(14).await), (5, Some(channel.east)));
    }

    async fn a_branch_does_by_a_file_what_it_may_do_and_sees_only_its_own_runs(db: TestDb) {
        let channel = Channel::new(&db).await;
        channel.import(&format!("no,to,from,code\nH1,D-E,,{}\nH2,D-W,,{}\n", channel.case(0), channel.case(1)), &notes()).await;
        let text = format!("no,to,from,code\n\
            H1,S-1,,{0}\nH2,S-1,,{1}\nH3,S-2,,{0}\nH4,便利店,,{0}\nH5,D-W,,{0}\nH6,S-1,,{2}\n",
            channel.case(0), channel.case(1), channel.case(2));
        let region = {
            let mut tx = channel.world.context.store.read().await.unwrap();
            let called = ["R-E".to_owned()];
            tallymark_partners::organisation::called(&mut tx, channel.world.tenant, None, &called).await.unwrap()["R-E"][0]
        };
        let run = channel.import_within(&text, &notes(), region).await;
        // H1 is a number of its own: headquarters' H1 is not told of. 便利店 means the one store of that name in the East, which
        // holds the case by then.
        assert_eq!(channel.world.rejects(&run).await, expected(&[
            (3, "", "goods.not_held"),
            (4, "to", "unknown_organisation"),
            (6, "to", "unknown_organisation"),
            (7, "", "goods.not_held"),
        ]));
        assert_eq!((run.rows_accepted, run.organisation), (2, Some(region)));
        let mut tx = channel.world.context.store.read().await.unwrap();
        let seen = async |tx: &mut tallymark_store::Tx, within| {
            tallymark_imports::runs(tx, channel.world.tenant, within, None, 10).await.unwrap().len()
        };
        assert_eq!((seen(&mut tx, None).await, seen(&mut tx, Some(region)).await), (2, 1));
        assert_eq!(seen(&mut tx, Some(channel.west)).await, 0);
        drop(tx);
        // The same bytes are another import for headquarters.
        assert!(matches!(channel.begin(text.as_bytes(), &notes(), None, false).await, Begun::New(_)));
    }

    async fn what_documents_would_be_is_shown_and_nothing_is_done(db: TestDb) {
        let channel = Channel::new(&db).await;
        let text = format!("no,to,from,code\nN1,D-E,,{}\nN1,D-E,,{}\nN2,D-E,,0000-0000-0000-0000\nN3,nobody,,{}\n",
            channel.case(0), channel.case(1), channel.case(2));
        let FileMapping::Operations(mapping) = notes() else { panic!("it is of operations") };
        let source = Source::Bytes(text.into_bytes().into());
        let looked = look_at_operations(&source, &Options::default(), Some(&mapping), &defaults()).unwrap();
        let mut tx = channel.world.context.store.read().await.unwrap();
        let outlook =
            preview_operations(&mut tx, &channel.world.context, channel.world.tenant, None, looked).await.unwrap();
        assert_eq!((outlook.mistake, outlook.documents.len()), (None, 1));
        let one = &outlook.documents[0];
        assert_eq!((one.number.as_str(), one.line, one.rows, one.organisation), ("N1", 2, 2, Some(channel.east)));
        assert_eq!(one.organisation_name.as_deref(), Some("东城经销"));
        let goods: Vec<_> = one.goods.iter().map(|own| (own.name.as_str(), own.level, own.codes)).collect();
        assert_eq!(goods, [("青岚气泡水", Level::Case, 2)]);
        let rejects: Vec<_> = outlook.rejects.iter().map(|one| (one.line, one.code.as_str())).collect();
        assert_eq!(rejects, [(4, "code_unknown"), (5, "unknown_organisation")]);
        drop(tx);
        assert_eq!(channel.operations().await, 0);
    }
}

fn defaults() -> Defaults {
    let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    Defaults { source: "wms".to_owned(), zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(), at }
}

#[test]
fn a_code_that_a_spreadsheet_keeps_as_a_number_is_refused_as_imprecise() {
    // The first number of this column has 18 digits, the second 16: of the first, the program keeps 15.
    let mapping = r#"{"document": ["手机号"], "operation": {"constant": "unpack"}, "code": "支付宝"}"#;
    let trial = trial(&written("openpyxl.xlsx"), &Options::default(), &mapping_of(mapping), &defaults(), None).unwrap();
    let told: Vec<_> = trial.kept.iter().map(|one| (one.line, one.column.as_deref(), one.code.as_str())).collect();
    assert_eq!(told, [(2, Some("支付宝"), "number_imprecise"), (4, None, "beyond_header")]);
}

fn mapping_of(json: &str) -> FileMapping {
    mapping(json)
}

#[test]
fn a_mapping_of_operations_is_proposed_from_the_names_that_erps_and_warehouses_have() {
    for (names, expected) in [
        (
            "出库单号,收货方,箱码,出库时间,数量",
            r#"{"document":["出库单号"],"operation":{"constant":"ship"},"code":"箱码","organisation":{"column":"收货方"},"time":{"column":"出库时间","format":"auto"}}"#,
        ),
        (
            "单号,经销商编码,起始码,结束码",
            r#"{"document":["单号"],"operation":{"constant":"ship"},"code":"起始码","last":"结束码","organisation":{"column":"经销商编码"}}"#,
        ),
        ("垛码,箱码", r#"{"document":["垛码"],"operation":{"constant":"pack"},"code":"箱码","pack":"垛码"}"#),
        (
            "装箱单号,托盘码,箱码,瓶码",
            r#"{"document":["装箱单号","箱码"],"operation":{"constant":"pack"},"code":"瓶码","pack":"箱码"}"#,
        ),
        (
            "Delivery Note,SSCC,Ship To,Ship From,Date",
            r#"{"document":["Delivery Note"],"operation":{"constant":"ship"},"code":"SSCC","organisation":{"column":"Ship To"},"from":{"column":"Ship From"}}"#,
        ),
        (
            "单据编号,操作类型,物流码",
            r#"{"document":["单据编号"],"operation":{"column":"操作类型","words":{"open":"open","return":"return","unpack":"unpack","开箱":"open","拆垛":"unpack","拆箱":"unpack","退货":"return"}},"code":"物流码"}"#,
        ),
    ] {
        let source = Source::Bytes(format!("{names}\n1\n").into_bytes().into());
        let proposal = propose(Kind::Operations, &header(&source, &Options::default()).unwrap());
        assert_eq!(serde_json::to_string(&proposal.mapping).unwrap(), expected);
        assert!(proposal.mapping.check().is_ok(), "{names}");
    }
}

#[test]
fn a_mistake_in_a_mapping_of_operations_is_told_with_its_place() {
    for (json, told) in [
        (r#"{"document": [], "operation": {"constant": "open"}, "code": "c"}"#, "document: name the 1 to 4"),
        (r#"{"document": ["d"], "operation": {}, "code": "c"}"#, "operation: say what is done"),
        (r#"{"document": ["d"], "operation": {"column": "k"}, "code": "c"}"#, "operation.words: say what"),
        (
            r#"{"document": ["d"], "operation": {"column": "k", "words": {"Out": "ship", "out ": "open"}}, "code": "c"}"#,
            "operation.words: a word cannot",
        ),
        (r#"{"document": ["d"], "operation": {"constant": "ship"}, "code": "c"}"#, "organisation: name the column"),
        (r#"{"document": ["d"], "operation": {"constant": "pack"}, "code": "c"}"#, "pack: name the column"),
        (
            r#"{"document": ["d"], "operation": {"constant": "lend"}, "code": "c"}"#,
            "operation.constant: unknown variant",
        ),
        (
            r#"{"document": ["d"], "operation": {"constant": "ship"}, "code": "c", "organisation": {}}"#,
            "organisation: name a column or a constant",
        ),
        (r#"{"document": ["d"], "operation": {"constant": "open"}, "code": "c", "time": {}}"#, "time: name a column"),
    ] {
        let error = FileMapping::parse(Kind::Operations, json.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("mapping, at {told}")), "{json}: {error}");
    }
}
