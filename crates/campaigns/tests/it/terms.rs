//! Every mistake in the terms of a campaign has its own answer.

use tallymark_base::Fault as _;
use tallymark_base::TypedId as _;
use tallymark_base::id::ProductId;
use tallymark_campaigns::rules::{AMOUNT_MAX, LISTED_MAX, PRIZES_MAX, check};
use tallymark_campaigns::{Caps, NewCampaign, Reward};

use crate::fixture::{POINTS, RED_PACKET, moment, new_campaign, new_prize};

fn code_of(change: impl FnOnce(&mut NewCampaign)) -> &'static str {
    let mut new = new_campaign();
    change(&mut new);
    check(&new).expect_err("refused").code()
}

#[test]
fn each_mistake_has_its_own_code() {
    check(&new_campaign()).unwrap();
    let red_packet = |min_fen, max_fen| {
        move |new: &mut NewCampaign| {
            new.prizes[0].reward = Reward::RedPacket { min_fen, max_fen };
        }
    };
    let mistakes = [
        (code_of(|new| new.name = " ".into()), "campaigns.name"),
        (code_of(|new| new.name = "a".repeat(121)), "campaigns.name"),
        (code_of(|new| new.prizes[0].name = "a\0".into()), "campaigns.name"),
        (code_of(|new| new.ends = new.starts), "campaigns.ends_before_start"),
        (code_of(|new| new.ends = moment("2026-02-01T00:00:00Z")), "campaigns.ends_before_start"),
        (code_of(|new| new.products = vec![ProductId::from_raw(1); LISTED_MAX + 1]), "campaigns.too_many"),
        (code_of(|new| new.regions = vec!["990000".parse().unwrap()]), "campaigns.place_unknown"),
        (code_of(|new| new.caps = Caps { per_day: Some(0), ..Caps::default() }), "campaigns.cap_zero"),
        (code_of(|new| new.prizes.clear()), "campaigns.no_prizes"),
        (
            code_of(|new| {
                new.prizes = (0..=PRIZES_MAX).map(|n| new_prize(&n.to_string(), 1, None, POINTS)).collect();
            }),
            "campaigns.too_many_prizes",
        ),
        (code_of(|new| new.prizes[1].name = new.prizes[0].name.clone()), "campaigns.prize_name_taken"),
        (code_of(|new| new.prizes.iter_mut().for_each(|prize| prize.weight = 0)), "campaigns.weights_zero"),
        (code_of(red_packet(189, 188)), "campaigns.red_packet_range"),
        (code_of(red_packet(0, 188)), "campaigns.amount"),
        (code_of(red_packet(-5, -1)), "campaigns.amount"),
        (code_of(red_packet(1, AMOUNT_MAX + 1)), "campaigns.amount"),
        (code_of(|new| new.prizes[1].reward = Reward::Points { points: -5 }), "campaigns.amount"),
        (code_of(|new| new.prizes[0].stock = Some(0)), "campaigns.stock"),
        (code_of(|new| new.prizes[0].stock = Some(u64::MAX)), "campaigns.stock"),
        (code_of(|new| new.prizes[2].stock = None), "campaigns.gift_without_stock"),
        (code_of(|new| new.prizes[3].stock = Some(1)), "campaigns.blank_with_stock"),
        (code_of(|new| new.fallback = Some("不存在".into())), "campaigns.fallback_unknown"),
        (code_of(|new| new.budget_fen = -1), "campaigns.budget_negative"),
        (code_of(|new| new.budget_points = -1), "campaigns.budget_negative"),
        (code_of(|new| new.budget_fen = 0), "campaigns.budget_zero"),
        (code_of(|new| new.budget_points = 0), "campaigns.budget_zero"),
        (code_of(|new| new.budget_fen = 87), "campaigns.budget_too_small"),
        (code_of(|new| new.budget_fen = AMOUNT_MAX + 1), "campaigns.budget_too_large"),
    ];
    for (number, (found, expected)) in mistakes.into_iter().enumerate() {
        assert_eq!(found, expected, "mistake {number}");
    }
}

#[test]
fn a_campaign_that_costs_nothing_needs_no_budget() {
    let mut new = new_campaign();
    new.prizes = vec![new_prize("雨伞", 1, Some(3), Reward::Gift), new_prize("谢谢", 9, None, Reward::Nothing)];
    (new.budget_fen, new.budget_points, new.fallback) = (0, 0, None);
    check(&new).unwrap();
    new.prizes.push(new_prize("红包", 1, None, RED_PACKET));
    assert_eq!(check(&new).unwrap_err().code(), "campaigns.budget_zero");
}

#[test]
fn a_campaign_reads_from_json_and_refuses_what_it_does_not_know() {
    let text = r#"{"name":"春季","starts":"2026-03-01T00:00:00Z","ends":"2026-04-01T00:00:00Z","budget_fen":10000,
        "face":"inner","audience":{"tier_at_least":2},"caps":{"per_day":5},"fallback":"谢谢",
        "prizes":[{"name":"红包","weight":1,"reward":{"kind":"red_packet","min_fen":88,"max_fen":188}},
                  {"name":"谢谢","weight":9,"reward":{"kind":"nothing"}}]}"#;
    let new: NewCampaign = serde_json::from_str(text).unwrap();
    check(&new).unwrap();
    assert_eq!(new.face, Some(tallymark_codes::Face::Inner));
    let misspelt = text.replace("budget_fen", "budget_yuan");
    assert!(serde_json::from_str::<NewCampaign>(&misspelt).is_err());
    assert!(serde_json::from_str::<NewCampaign>(&text.replace("inner", "cap")).is_err());
}
