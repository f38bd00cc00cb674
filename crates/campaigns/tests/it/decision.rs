//! Caps, stock, budget, fallback; records that replay, explain and stay small.

use tallymark_base::geography::Language;
use tallymark_base::id::{AccountId, PrizeId, ScanId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_campaigns::rules::{
    Decision, Draw, Gain, Ineligible, Left, Need, NeedsMore, Outcome, Reason, Record, Seen, decide, explain, replay,
    transfers,
};
use tallymark_campaigns::{Campaign, Caps, Reward};
use tallymark_codes::Level;
use tallymark_ledger::{AccountKey, Book, Code, Transfer};

use crate::fixture::{PLENTY, POINTS, RED_PACKET, facts, seen_plenty, stored};

const GONE: Left = Left { local: 0, exhausted: true };
/// The first 2¹²⁸th: falls on the first prize with a weight, and on the least amount.
const LOWEST: Draw = Draw { number: 0, attempt: 0 };

fn outcome(campaign: &Campaign, seen: &Seen<'_>) -> Result<Outcome, NeedsMore> {
    decide(campaign, &facts(), seen, LOWEST).map(|decision| {
        assert_eq!(replay(campaign, &decision.record), Some(decision.outcome()));
        decision.outcome()
    })
}

fn won(prize: i64, reward: Gain) -> Result<Outcome, NeedsMore> {
    Ok(Outcome::Won { prize: PrizeId::from_raw(prize), reward })
}

fn nothing(reason: Reason) -> Result<Outcome, NeedsMore> {
    Ok(Outcome::Nothing { reason })
}

/// A red packet of 88 fen, and points as the fallback.
fn with_fallback() -> Campaign {
    Campaign { fallback: Some(PrizeId::from_raw(101)), ..stored(&[(1, None, RED_PACKET), (0, None, POINTS)]) }
}

#[test]
fn each_kind_of_prize_gives_its_own() {
    let one = |stock, reward| outcome(&stored(&[(1, stock, reward)]), &seen_plenty(&[PLENTY]));
    assert_eq!(one(None, RED_PACKET), won(100, Gain::RedPacket(88)));
    assert_eq!(one(None, POINTS), won(100, Gain::Points(5)));
    assert_eq!(one(Some(1), Reward::Gift), won(100, Gain::Gift));
    assert_eq!(one(None, Reward::Nothing), nothing(Reason::NoLuck));
}

#[test]
fn a_slot_that_is_short_asks_for_more_before_anything_is_decided() {
    let campaign = with_fallback();
    let short = |local| Seen { budget_fen: Left { local, exhausted: false }, ..seen_plenty(&[]) };
    let need = Need::Account(AccountKey::new(7, Book::Budget, Unit::CNY));
    assert_eq!(outcome(&campaign, &short(80)), Err(NeedsMore { need, missing: 8 }));
    assert_eq!(outcome(&campaign, &short(88)), won(100, Gain::RedPacket(88)));

    let gift = stored(&[(1, Some(1), Reward::Gift)]);
    let need = Need::Account(AccountKey::new(100, Book::Stock, Unit(100)));
    assert_eq!(outcome(&gift, &seen_plenty(&[Left::default()])), Err(NeedsMore { need, missing: 1 }));
}

#[test]
fn an_exhausted_budget_gives_the_fallback_and_then_nothing() {
    let seen = Seen { budget_fen: Left { local: 87, exhausted: true }, ..seen_plenty(&[]) };
    assert_eq!(outcome(&with_fallback(), &seen), won(101, Gain::Points(5)));
    let seen = Seen { budget_points: GONE, ..seen };
    assert_eq!(outcome(&with_fallback(), &seen), nothing(Reason::BudgetExhausted));
    assert_eq!(outcome(&stored(&[(1, None, RED_PACKET)]), &seen), nothing(Reason::BudgetExhausted));
}

#[test]
fn a_prize_without_pieces_gives_the_fallback_and_then_nothing() {
    let gift = [(1, Some(3), Reward::Gift), (0, Some(2), POINTS)];
    let campaign = Campaign { fallback: Some(PrizeId::from_raw(101)), ..stored(&gift) };
    assert_eq!(outcome(&campaign, &seen_plenty(&[GONE, PLENTY])), won(101, Gain::Points(5)));
    assert_eq!(outcome(&campaign, &seen_plenty(&[GONE, GONE])), nothing(Reason::OutOfStock));
    // A blank as the fallback gives nothing, for the reason of the drawn prize.
    let blank = [(1, Some(3), Reward::Gift), (0, None, Reward::Nothing)];
    let campaign = Campaign { fallback: Some(PrizeId::from_raw(101)), ..stored(&blank) };
    assert_eq!(outcome(&campaign, &seen_plenty(&[GONE, GONE])), nothing(Reason::OutOfStock));
}

#[test]
fn caps_end_a_claim_before_the_prize() {
    let campaign = |caps| Campaign { caps, ..stored(&[(1, None, RED_PACKET)]) };
    let seen = |person_total, person_today| Seen { person_total, person_today, ..seen_plenty(&[]) };
    let ever = campaign(Caps { per_person: Some(2), ..Caps::default() });
    assert_eq!(outcome(&ever, &seen(1, 1)), won(100, Gain::RedPacket(88)));
    assert_eq!(outcome(&ever, &seen(2, 0)), nothing(Reason::PersonCap));
    let daily = campaign(Caps { per_person_per_day: Some(1), ..Caps::default() });
    assert_eq!(outcome(&daily, &seen(9, 0)), won(100, Gain::RedPacket(88)));
    assert_eq!(outcome(&daily, &seen(9, 1)), nothing(Reason::PersonDayCap));
}

#[test]
fn a_day_without_room_gives_nothing_and_a_blank_needs_no_room() {
    let caps = Caps { per_day: Some(10), ..Caps::default() };
    let campaign = Campaign { caps, ..stored(&[(1, None, RED_PACKET)]) };
    let seen = |campaign_today| Seen { campaign_today, ..seen_plenty(&[]) };
    assert_eq!(outcome(&campaign, &seen(GONE)), nothing(Reason::DayCap));
    assert_eq!(outcome(&campaign, &seen(Left::default())), Err(NeedsMore { need: Need::Day, missing: 1 }));
    let blank = Campaign { caps, ..stored(&[(1, None, Reward::Nothing)]) };
    assert_eq!(outcome(&blank, &seen(GONE)), nothing(Reason::NoLuck));
}

#[test]
fn a_campaign_that_does_not_apply_never_pays() {
    let campaign = stored(&[(1, None, RED_PACKET)]);
    let case = tallymark_campaigns::rules::Facts { level: Level::Case, ..facts() };
    let decision = decide(&campaign, &case, &seen_plenty(&[]), LOWEST).unwrap();
    assert_eq!(decision.outcome(), Outcome::Nothing { reason: Reason::Ineligible(Ineligible::Level) });
    assert_eq!(replay(&campaign, &decision.record), Some(decision.outcome()));
}

#[test]
fn a_replay_notices_a_changed_outcome_and_refuses_another_version() {
    let campaign = with_fallback();
    let record = decide(&campaign, &facts(), &seen_plenty(&[]), LOWEST).unwrap().record;
    let forged =
        Record { outcome: Outcome::Won { prize: PrizeId::from_raw(100), reward: Gain::RedPacket(188) }, ..record };
    assert_ne!(replay(&campaign, &forged), Some(forged.outcome));
    assert_eq!(replay(&campaign, &Record { rule_version: 2, ..record }), None);
    assert_eq!(replay(&campaign, &Record { budget_fen: None, ..record }), None);
}

/// Ids, moment and balances as long as they are in life.
fn typical() -> (Campaign, Decision) {
    let mut campaign = with_fallback();
    campaign.prizes[0].id = PrizeId::from_raw(284_000_000_000_000_003);
    let seen = Seen { budget_fen: Left { local: 123_456, exhausted: false }, ..seen_plenty(&[]) };
    let draw = Draw { number: 0x90be7dbc4c0b1eb3b6142a3aeab92cb0, attempt: 0 };
    let decision = decide(&campaign, &facts(), &seen, draw).unwrap();
    (campaign, decision)
}

#[test]
fn a_typical_record_fits_300_bytes_and_reads_back() {
    let record = typical().1.record;
    let text = serde_json::to_string(&record).unwrap();
    println!("{} bytes: {text}", text.len());
    assert!(text.len() <= 300, "{} bytes: {text}", text.len());
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
}

#[test]
fn an_explanation_says_what_was_seen_and_what_came_of_it() {
    let record = typical().1.record;
    let english = explain(&record, Language::English);
    assert_eq!(
        english,
        [
            "Decided at 2026-03-10T08:00:00Z by version 1 of the rules.",
            &format!("Draw 90be7dbc4c0b1eb3b6142a3aeab92cb0 (number 1) fell on prize {}.", record.drawn.unwrap()),
            "This server saw 1234.56 yuan of the budget left.",
            // 0x90be… is 0.565 of 2¹²⁸, and 88 + ⌊0.565 × 101⌋ = 145.
            &format!("Prize {} was won: a red packet of 1.45 yuan.", record.drawn.unwrap()),
        ]
    );
    let seen = Seen { budget_fen: GONE, ..seen_plenty(&[]) };
    let denied = decide(&with_fallback(), &facts(), &seen, LOWEST).unwrap().record;
    let chinese = explain(&denied, Language::Chinese);
    assert!(chinese.contains(&"本服务器剩余预算（元）：0.00，其他地方已无剩余。".to_owned()), "{chinese:?}");
    assert!(chinese.contains(&"抽中的奖品无法发放：预算不足。".to_owned()), "{chinese:?}");
    assert!(chinese.last().unwrap().ends_with("5 积分。"), "{chinese:?}");
}

#[test]
fn an_explanation_of_nothing_names_what_stood_in_the_way() {
    let gift = stored(&[(1, Some(3), Reward::Gift)]);
    let packet = stored(&[(1, None, RED_PACKET)]);
    let capped = |caps| Campaign { caps, ..packet.clone() };
    let won_before = Seen { person_total: 1, person_today: 1, ..seen_plenty(&[]) };
    let cases = [
        (stored(&[(1, None, Reward::Nothing)]), seen_plenty(&[]), "blank", "空奖"),
        (capped(Caps { per_person: Some(1), ..Caps::default() }), won_before, "in this campaign", "每人中奖上限"),
        (capped(Caps { per_person_per_day: Some(1), ..Caps::default() }), won_before, "in a day", "每人每日"),
        (
            capped(Caps { per_day: Some(1), ..Caps::default() }),
            Seen { campaign_today: GONE, ..seen_plenty(&[]) },
            "all wins of the day",
            "名额已满",
        ),
        (gift, seen_plenty(&[GONE]), "no pieces", "奖品已发完"),
        (packet, Seen { budget_fen: GONE, ..seen_plenty(&[]) }, "budget does not pay", "预算不足"),
        // The fallback could not be given either: the reason is that of the drawn prize.
        (
            with_fallback(),
            Seen { budget_fen: GONE, budget_points: GONE, ..seen_plenty(&[]) },
            "budget does not pay",
            "预算不足",
        ),
    ];
    for (campaign, seen, english, chinese) in cases {
        let record = decide(&campaign, &facts(), &seen, LOWEST).unwrap().record;
        assert!(matches!(record.outcome, Outcome::Nothing { .. }), "{record:?}");
        for (language, start, why) in
            [(Language::English, "Nothing was won: ", english), (Language::Chinese, "未中奖：", chinese)]
        {
            let last = explain(&record, language).pop().unwrap();
            assert!(last.starts_with(start) && last.contains(why), "{last}");
        }
    }
}

fn moves(campaign: &Campaign, stock: &[Left]) -> Vec<Transfer> {
    let decision = decide(campaign, &facts(), &seen_plenty(stock), LOWEST).unwrap();
    transfers(&decision, ScanId::from_raw(500), 4, AccountId::from_raw(600), 2)
}

#[test]
fn a_win_moves_value_to_the_wallet_and_a_piece_out_of_stock() {
    let at_node = |owner, book, unit| AccountKey { owner, book, unit, slot: 3 };
    let wallet = |unit| AccountKey { owner: 600, book: Book::Wallet, unit, slot: 0 };
    let pieces = Unit(100);
    let paid = Transfer {
        origin: 500,
        part: 4,
        debit: at_node(7, Book::Budget, Unit::CNY),
        credit: wallet(Unit::CNY),
        amount: 88,
        code: Code::RedPacketWon,
        pending: false,
    };
    let issued = Transfer {
        part: 5,
        debit: at_node(100, Book::Stock, pieces),
        credit: at_node(100, Book::Issued, pieces),
        amount: 1,
        code: Code::PrizeIssued,
        ..paid
    };
    assert_eq!(moves(&stored(&[(1, None, RED_PACKET)]), &[]), [paid]);
    assert_eq!(moves(&stored(&[(1, Some(9), RED_PACKET)]), &[PLENTY]), [paid, issued]);

    let points = Transfer {
        debit: at_node(7, Book::Budget, Unit::POINTS),
        credit: wallet(Unit::POINTS),
        amount: 5,
        code: Code::PointsWon,
        ..paid
    };
    assert_eq!(moves(&stored(&[(1, Some(9), POINTS)]), &[PLENTY]), [points, issued]);
    let gift = Transfer { part: 4, credit: wallet(pieces), ..issued };
    assert_eq!(moves(&stored(&[(1, Some(9), Reward::Gift)]), &[PLENTY]), [gift]);
    assert_eq!(moves(&stored(&[(1, None, Reward::Nothing)]), &[]), []);
}
