//! Files of orders and of articles.

use sha2::{Digest as _, Sha256};
use tallymark_base::Timestamp;
use tallymark_imports::members::Defaults;
use tallymark_imports::{
    Error, File, FileMapping, Kind, OrdersMapping, Run, State, begin, carry_out, preview_orders, propose, put_mapping,
};
use tallymark_orders::{Order, find_by_number, verify};
use tallymark_tables::{Options, Source, header};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, mapping};

/// What a till exports: number, time, shop, member, article, quantity, amount, discount, sort.
const TILL: &str = r#"{
    "order": ["小票号"], "time": {"column": "时间"}, "shop": "门店", "buyer": [{"column": "手机号", "kind": "phone"}],
    "article": "条码", "quantity": "数量", "amount": "实收金额", "discounts": ["优惠"],
    "returns": {"column": "类型", "values": ["退货"]}, "original": "原小票号"
}"#;
const HEADER: &str = "小票号,时间,门店,手机号,条码,数量,实收金额,优惠,类型,原小票号\n";

fn till() -> FileMapping {
    FileMapping::parse(Kind::Orders, TILL.as_bytes()).unwrap()
}

impl World {
    async fn orders(&self, bytes: &[u8], mapping: &FileMapping) -> Run {
        let mut tx = self.context.store.write().await.unwrap();
        let sha256 = Sha256::digest(bytes).into();
        let file = File { name: "pos.csv", sha256, sheet: None, mapping, source: "pos", within: None, uploaded: None };
        let begun = begin(&mut tx, &self.context, self.act(), file, false).await.unwrap();
        tx.commit().await.unwrap();
        let source = Source::Bytes(bytes.to_vec().into());
        carry_out(&self.context, self.tenant, begun.run().id, &source, &mut |_| (), &|| false).await.unwrap()
    }

    async fn order(&self, number: &str) -> Order {
        let mut tx = self.context.store.read().await.unwrap();
        find_by_number(&mut tx, self.tenant, "pos", number).await.unwrap()
    }
}

/// A file of orders of 1 to 5 lines by 40 buyers: order `n` has `n % 5 + 1` lines of `n + line` fen. Rows stand in the sequence
/// that `place` sorts by.
fn file(orders: u64, place: impl Fn(u64, u64) -> u64) -> String {
    let mut rows: Vec<(u64, String)> = Vec::new();
    for order in 0..orders {
        for line in 0..=order % 5 {
            let phone = 13_712_450_000_u64 + order % 40;
            let (yuan, fen) = ((order + line) / 100, (order + line) % 100);
            let row = format!("N{order},2024-03-01 12:00,S1,{phone},69{line},1,{yuan}.{fen:02},0,,\n");
            rows.push((place(order, line), row));
        }
    }
    rows.sort_by_key(|row| row.0);
    HEADER.to_owned() + &rows.into_iter().map(|row| row.1).collect::<String>()
}

/// What all orders of such a file amount to, in fen, and how many rows they have.
fn totals(orders: i64) -> (i64, u64) {
    let lines = |order: i64| order % 5 + 1;
    let amount = |order: i64| (0..lines(order)).map(|line| order + line).sum::<i64>();
    ((0..orders).map(amount).sum(), (0..orders).map(|order| lines(order).unsigned_abs()).sum())
}

both_engines! { MIGRATIONS;
    async fn a_tills_export_in_gbk_becomes_orders_and_returns(db: TestDb) {
        let world = World::new(&db).await;
        let text = format!("{HEADER}\
            A1,2024/3/1 12:30,S01,13912345670,690001,2,￥39.80,\"1,000.20\",销售,\n\
            A1,2024/3/1 12:30,S01,13912345670,690002,0.355,12.07,,销售,\n\
            A2,2024/3/1 12:31,S01,,690001,1,19.9,0,销售,\n\
            R1,2024/3/2 09:00,S01,13912345670,690001,1,19.90,,退货,A1\n\
            A3,2024/3/2 10:00,S02,13912345670,690001,-1,-19.90,,销售,\n");
        let (gbk, ..) = encoding_rs::GBK.encode(&text);
        let run = world.orders(&gbk, &till()).await;
        assert_eq!((run.state, run.rows_read, run.rows_accepted, run.rows_refused), (State::Done, 5, 5, 0));
        assert_eq!(world.rejects(&run).await, []);
        let first = world.order("A1").await;
        let lines: Vec<(i64, i64, i64)> = first.lines.iter().map(|own| (own.quantity, own.amount, own.discount)).collect();
        assert_eq!(lines, [(2_000, 3_980, 100_020), (355, 1_207, 0)]);
        assert_eq!((first.amount, first.shop.as_deref(), first.at.to_string().as_str()), (5_187, Some("S01"), "2024-03-01T04:30:00Z"));
        let buyer = world.person(tallymark_people::IdentifierKind::Phone, "13912345670").await.unwrap();
        assert_eq!((first.account, world.order("A2").await.account), (Some(buyer.accounts[0]), None));
        let back = world.order("R1").await;
        assert_eq!((back.amount, back.original, back.lines[0].quantity), (-1_990, Some(first.id), -1_000));
        assert_eq!(world.order("A1").await.returned, -1_990);
        assert_eq!(world.order("A3").await.amount, -1_990, "signs of the file count as they stand");
    }

    async fn one_bad_line_refuses_its_order_whole_and_no_other(db: TestDb) {
        let world = World::new(&db).await;
        let text = format!("{HEADER}\
            A1,2024/3/1,S01,,1,1,12.345,,,\n\
            A1,2024/3/1,S01,,2,1,1.00,,,\n\
            A2,2024/3/1,S01,12,1,1,1.00,,,\n\
            A3,2024/3/1,S01,13912345670,1,1,1.00,,,\n\
            A3,2024/3/1,S02,13912345670,1,1,1.00,,,\n\
            ,2024/3/1,S01,,1,1,1.00,,,\n\
            A4,someday,S01,,1,1,1.00,,,\n\
            A5,2024/3/1,S01,,1,1,\"12,50\",,,\n\
            A6,2024/3/1,S01,,,1,1.00,,,\n\
            A7,2024/3/1,S01,,1,1,,,,\n\
            A8,2099/3/1,S01,,1,1,1.00,,,\n\
            A9,2024/3/1,S01,,1,1,1.00,,,,more\n\
            A9,2024/3/1,S01,,1,1,2.00,,,\n");
        let run = world.orders(text.as_bytes(), &till()).await;
        let expected = [
            (2, "实收金额", "number_imprecise"),
            (4, "手机号", "malformed_identifier"),
            (6, "", "order_contradicts"),
            (7, "", "no_number"),
            (8, "时间", "malformed_time"),
            (9, "实收金额", "malformed_number"),
            (10, "条码", "no_article"),
            (11, "实收金额", "no_amount"),
            (12, "", "time_in_future"),
            (13, "", "beyond_header"),
        ];
        let expected: Vec<(u64, String, String)> =
            expected.iter().map(|(line, column, code)| (*line, (*column).to_owned(), (*code).to_owned())).collect();
        assert_eq!(world.rejects(&run).await, expected);
        // A2 of one row and A9 of two are in.
        assert_eq!((run.rows_read, run.rows_accepted, run.rows_refused), (13, 3, 10));
        assert_eq!(world.count("SELECT COUNT(*) FROM customer_order").await, 2);
    }

    async fn the_same_orders_in_another_file_move_nothing_and_changed_ones_are_told(db: TestDb) {
        let world = World::new(&db).await;
        let text = file(60, |order, line| order * 10 + line);
        let run = world.orders(text.as_bytes(), &till()).await;
        assert_eq!((run.rows_accepted, run.rows_refused), (totals(60).1, 0));
        let before = world.count("SELECT COUNT(*) FROM outbox").await;
        let longer = text.clone() + "N60,2024-03-01 12:00,S1,,690,1,9.99,0,,\n";
        let longer = longer.replace("N7,2024-03-01 12:00,S1,13712450007,690,1,0.07", "N7,2024-03-01 12:00,S1,13712450007,690,1,0.08");
        let run = world.orders(longer.as_bytes(), &till()).await;
        assert_eq!((run.rows_accepted, run.rows_refused), (totals(60).1 + 1 - 3, 3));
        assert_eq!(world.rejects(&run).await.iter().map(|one| one.2.as_str()).collect::<Vec<_>>(), ["order_differs"]);
        assert_eq!(world.count("SELECT COUNT(*) FROM customer_order").await, 61);
        assert_eq!(world.count("SELECT CAST(SUM(amount) AS BIGINT) FROM customer_order").await, totals(60).0 + 999);
        assert_eq!(world.count("SELECT COUNT(*) FROM outbox").await, before + 2, "a row for the order and one for its line");
        assert_eq!(verify::discrepancies(&world.context.store).await.unwrap(), Vec::<String>::new());
    }

    async fn rows_that_do_not_stand_together_become_the_same_orders(db: TestDb) {
        let world = World::new(&db).await;
        // First lines of all orders first, then the second ones, from the last order to the first.
        let text = file(700, |order, line| line * 10_000 + (9_999 - order));
        let run = world.orders(text.as_bytes(), &till()).await;
        assert_eq!((run.state, run.rows_accepted, run.rows_refused), (State::Done, totals(700).1, 0));
        assert_eq!(world.count("SELECT COUNT(*) FROM customer_order").await, 700);
        assert_eq!(world.count("SELECT CAST(SUM(amount) AS BIGINT) FROM customer_order").await, totals(700).0);
        assert_eq!(world.order("N694").await.lines.iter().map(|own| own.amount).collect::<Vec<_>>(), [694, 695, 696, 697, 698]);
    }

    async fn a_run_of_orders_that_stopped_goes_on_and_nothing_is_lost_or_doubled(db: TestDb) {
        let world = World::new(&db).await;
        for (name, text) in [
            ("together", file(2_600, |order, line| order * 10 + line)),
            ("scattered", file(2_600, |order, line| line * 10_000 + order).replace(",S1,", ",S2,").replace("\nN", "\nM")),
        ] {
            let mapping = till();
            let sha256 = Sha256::digest(text.as_bytes()).into();
            let given = File { name, sha256, sheet: None, mapping: &mapping, source: "pos", within: None, uploaded: None };
            let mut tx = world.context.store.write().await.unwrap();
            let id = begin(&mut tx, &world.context, world.act(), given, false).await.unwrap().run().id;
            tx.commit().await.unwrap();
            let source = Source::Bytes(text.into_bytes().into());
            for _ in 0..2 {
                let taken = std::sync::atomic::AtomicBool::new(false);
                let stop = || taken.load(std::sync::atomic::Ordering::SeqCst);
                let mut tell = |_| taken.store(true, std::sync::atomic::Ordering::SeqCst);
                let stopped = carry_out(&world.context, world.tenant, id, &source, &mut tell, &stop).await.unwrap_err();
                assert!(matches!(stopped, Error::Stopped { .. }));
            }
            let run = carry_out(&world.context, world.tenant, id, &source, &mut |_| (), &|| false).await.unwrap();
            assert_eq!((run.rows_read, run.rows_accepted), (totals(2_600).1, totals(2_600).1), "{name}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM customer_order").await, 5_200);
        assert_eq!(world.count("SELECT CAST(SUM(amount) AS BIGINT) FROM customer_order").await, totals(2_600).0 * 2);
        assert_eq!(world.count("SELECT CAST(SUM(events) AS BIGINT) FROM outbox WHERE event_type = 'orders.line_recorded'").await, totals(2_600).1.cast_signed() * 2);
    }

    async fn lines_are_counted_under_the_articles_of_a_file(db: TestDb) {
        let world = World::new(&db).await;
        let articles = r#"{"code": "编码", "name": "名称", "department": "部门", "brand": "品牌"}"#;
        let articles = FileMapping::parse(Kind::Articles, articles.as_bytes()).unwrap();
        let text = "编码,名称,部门,品牌\n690,牛奶,乳品,青岚\n691,面包,烘焙,\n,nothing,,\n691,面包,面点,\n";
        let run = world.orders(text.as_bytes(), &articles).await;
        assert_eq!((run.kind, run.rows_accepted, run.rows_refused), (Kind::Articles, 3, 1));
        assert_eq!(world.rejects(&run).await, [(4, String::new(), "no_code".to_owned())]);
        world.orders(file(2, |order, line| order * 10 + line).as_bytes(), &till()).await;
        let mut tx = world.context.store.read().await.unwrap();
        let bodies = tallymark_store::outbox::bodies(&mut tx, "orders.line_recorded", 0, 10).await.unwrap();
        let text = String::from_utf8(bodies.into_iter().flat_map(|body| body.1).collect()).unwrap();
        assert_eq!((text.matches("\"乳品\"").count(), text.matches("\"面点\"").count(), text.matches("\"青岚\"").count()), (2, 1, 2));
    }

    async fn a_mapping_keeps_its_kind(db: TestDb) {
        let world = World::new(&db).await;
        let mut tx = world.context.store.write().await.unwrap();
        let kept = put_mapping(&mut tx, &world.context, world.act(), "pos", &till()).await.unwrap();
        assert_eq!((kept.kind, kept.mapping), (Kind::Orders, till()));
        let members = mapping(r#"{"identifiers": [{"column": "手机号", "kind": "phone"}]}"#);
        let error = put_mapping(&mut tx, &world.context, world.act(), "pos", &members).await.unwrap_err();
        assert!(matches!(error, Error::OtherKind { kind: "orders", .. }));
    }
}

fn defaults() -> Defaults {
    let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    Defaults { source: "pos".to_owned(), zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(), at }
}

#[test]
fn a_mapping_of_orders_is_proposed_from_the_names_that_exports_have() {
    for (names, expected) in [
        (
            "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,transaction_timestamp",
            r#"{"order":["basket_id"],"time":{"column":"transaction_timestamp","format":"auto"},"currency":{"constant":"CNY"},"shop":"store_id","article":"product_id","quantity":"quantity","amount":"sales_value","discounts":["retail_disc","coupon_disc","coupon_match_disc"]}"#,
        ),
        (
            "订单编号,买家实际支付金额,商家编码,订单付款时间,联系手机,手机号,宝贝总数量,店铺名称",
            r#"{"order":["订单编号"],"time":{"column":"订单付款时间","format":"auto"},"currency":{"constant":"CNY"},"buyer":[{"column":"手机号","kind":"phone"}],"shop":"店铺名称","article":"商家编码","quantity":"宝贝总数量","amount":"买家实际支付金额"}"#,
        ),
    ] {
        let source = Source::Bytes(format!("{names}\n1\n").into_bytes().into());
        let proposal = propose(Kind::Orders, &header(&source, &Options::default()).unwrap());
        assert_eq!(serde_json::to_string(&proposal.mapping).unwrap(), expected);
    }
}

#[test]
fn what_is_shown_of_a_file_of_orders_is_masked_and_says_what_is_missing() {
    let text = format!(
        "{HEADER}A1,2024/3/1 12:30,S01,13912345670,690001,2,39.80,,,\nA1,2024/3/1 12:30,S01,13912345670,690002,1,x,,,\nA2,2024/3/1 12:31,S01,13912345671,690001,1,19.9,0,,\n"
    );
    let source = Source::Bytes(text.into_bytes().into());
    let FileMapping::Orders(mapping) = till() else { panic!("it is of orders") };
    let outlook = preview_orders(&source, &Options::default(), Some(&mapping), &defaults()).unwrap();
    assert_eq!((outlook.mistake, outlook.orders.len(), outlook.rejects.len()), (None, 1, 1));
    assert_eq!((outlook.orders[0].amount, outlook.orders[0].buyer[0].value.as_deref()), (1_990, Some("139****5671")));
    assert_eq!((outlook.rejects[0].line, outlook.rejects[0].code.as_str()), (3, "malformed_number"));
    let wrong = OrdersMapping { article: "SKU".to_owned(), ..*mapping };
    let outlook = preview_orders(&source, &Options::default(), Some(&wrong), &defaults()).unwrap();
    assert!(outlook.mistake.is_some_and(|mistake| mistake.contains("SKU")) && outlook.orders.is_empty());
}

#[test]
fn a_mistake_in_a_mapping_of_orders_is_told_with_its_place() {
    let base = r#""time": {"column": "t"}, "article": "a""#;
    for (json, told) in [
        (format!(r#"{{"order": [], "amount": "x", {base}}}"#), "mapping, at order: name the 1 to 4"),
        (format!(r#"{{"order": ["o"], {base}}}"#), "mapping, at amount: name the column"),
        (format!(r#"{{"order": ["o"], "amount": "x", "price": "p", {base}}}"#), "mapping, at price: name it where"),
        (format!(r#"{{"order": ["o"], "amount": " ", {base}}}"#), "mapping, at amount: name a column"),
        (
            format!(r#"{{"order": ["o"], "amount": "x", "currency": {{"constant": "XYZ"}}, {base}}}"#),
            "mapping, at currency.constant: that is no currency",
        ),
        (
            format!(r#"{{"order": ["o", "p"], "amount": "x", "original": "r", {base}}}"#),
            "mapping, at original: an original",
        ),
        (
            format!(r#"{{"order": ["o"], "amount": "x", "returns": {{"column": "r", "values": []}}, {base}}}"#),
            "mapping, at returns.values: say which",
        ),
        (
            format!(
                r#"{{"order": ["o"], "amount": "x", "buyer": [{{"column": "b", "kind": "phone", "scope": "x"}}], {base}}}"#
            ),
            "mapping, at buyer[0].scope: a phone",
        ),
    ] {
        let error = FileMapping::parse(Kind::Orders, json.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(told), "{json}: {error}");
    }
}
