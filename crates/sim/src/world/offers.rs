//! The brand's campaigns and rebates of these weeks.

use serde_json::{Value, json};

use super::goods::Kind;
use crate::world::goods::PRODUCTS;

/// A campaign. Days are of 2026, in the brand's zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) name: &'static str,
    /// The first moment and the one after the last.
    pub(super) window: (&'static str, &'static str),
    /// Provinces by number; empty: everywhere.
    pub(super) provinces: &'static [u32],
    /// Of which kind of drink; all where there is none.
    pub(super) kind: Option<Kind>,
    /// Budget in fen for each person of the world; points are as many.
    pub(super) fen_per_person: i64,
    /// Wins a day for each thousand people.
    pub(super) per_day_of_thousand: Option<u32>,
    /// Red packets: from, to, in fen; weight of 100.
    pub(super) packet: (i64, i64, u32),
    /// Points and their weight.
    pub(super) points: (i64, u32),
    /// Gifts: name, weight, and stock for each thousand people.
    pub(super) gift: Option<(&'static str, u32, i64)>,
    /// The day on which it is stopped by hand, before its window closes.
    pub(super) stopped: Option<&'static str>,
}

/// Every campaign, in the order in which they begin. The second is meant to run out of money on New Year's Eve.
pub(super) const OFFERS: [Offer; 5] = [
    Offer {
        name: "新春开盖有礼",
        window: ("2026-02-01T00:00:00+08:00", "2026-03-03T00:00:00+08:00"),
        provinces: &[],
        kind: None,
        fen_per_person: 90,
        per_day_of_thousand: None,
        packet: (30, 188, 14),
        points: (10, 46),
        gift: None,
        stopped: None,
    },
    Offer {
        name: "除夕红包雨",
        window: ("2026-02-16T18:00:00+08:00", "2026-02-18T00:00:00+08:00"),
        provinces: &[],
        kind: None,
        fen_per_person: 12,
        per_day_of_thousand: None,
        packet: (88, 888, 60),
        points: (88, 10),
        gift: None,
        stopped: None,
    },
    Offer {
        name: "江浙沪 品茶季",
        window: ("2026-02-05T00:00:00+08:00", "2026-02-19T00:00:00+08:00"),
        provinces: &[31, 32, 33],
        kind: Some(Kind::Tea),
        fen_per_person: 8,
        per_day_of_thousand: Some(2),
        packet: (50, 200, 40),
        points: (20, 40),
        gift: Some(("龙井茶礼盒", 2, 1)),
        stopped: None,
    },
    Offer {
        name: "果汁团圆装 集好礼",
        window: ("2026-02-14T00:00:00+08:00", "2026-02-27T00:00:00+08:00"),
        provinces: &[],
        kind: Some(Kind::Juice),
        fen_per_person: 10,
        per_day_of_thousand: Some(6),
        packet: (66, 166, 30),
        points: (15, 40),
        gift: Some(("团圆餐具一套", 3, 2)),
        stopped: Some("2026-02-22"),
    },
    Offer {
        name: "返工加油站",
        window: ("2026-02-24T00:00:00+08:00", "2026-03-03T00:00:00+08:00"),
        provinces: &[11, 12, 31, 32, 33, 44],
        kind: Some(Kind::Energy),
        fen_per_person: 10,
        per_day_of_thousand: None,
        packet: (50, 120, 35),
        points: (20, 45),
        gift: None,
        stopped: None,
    },
];

/// The rebate of stores: so many fen a bottle. The money is enough for the whole world.
pub(super) const REBATE_FEN: i64 = 5;

/// A campaign as the API takes it; `product_ids` are all products of the world, in their order.
pub(super) fn body(offer: &Offer, people: u32, product_ids: &[String]) -> Value {
    let people = i64::from(people);
    let (from, to, packet) = offer.packet;
    let (points, points_weight) = offer.points;
    let mut prizes = vec![
        json!({"name": "现金红包", "weight": packet, "reward": {"kind": "red_packet", "min_fen": from, "max_fen": to}}),
        json!({"name": "积分", "weight": points_weight, "reward": {"kind": "points", "points": points}}),
    ];
    let mut blank = 100 - packet - points_weight;
    if let Some((name, weight, per_thousand)) = offer.gift {
        let stock = (people * per_thousand / 1_000).max(1);
        prizes.push(json!({"name": name, "weight": weight, "stock": stock, "reward": {"kind": "gift"}}));
        blank -= weight;
    }
    prizes.push(json!({"name": "谢谢参与", "weight": blank, "reward": {"kind": "nothing"}}));
    let regions: Vec<String> = offer.provinces.iter().map(|number| (number * 10_000).to_string()).collect();
    let is_meant = |place: &usize| offer.kind.is_some_and(|kind| PRODUCTS[*place].kind == kind);
    let products: Vec<&String> = (0..product_ids.len()).filter(is_meant).map(|place| &product_ids[place]).collect();
    let per_day = offer.per_day_of_thousand.map(|wins| (people * i64::from(wins) / 1_000).max(2));
    json!({
        "name": offer.name,
        "starts": offer.window.0,
        "ends": offer.window.1,
        "regions": regions,
        "products": products,
        "batches": [],
        "audience": "everyone",
        "caps": {"per_person_per_day": 5, "per_day": per_day},
        "budget_fen": offer.fen_per_person * people,
        "budget_points": offer.fen_per_person * people,
        "prizes": prizes,
        "fallback": "谢谢参与",
    })
}

/// Whether the world has what a campaign is about.
pub(super) fn applies(offer: &Offer, products: usize) -> bool {
    offer.kind.is_none_or(|kind| PRODUCTS[..products].iter().any(|product| product.kind == kind))
}
