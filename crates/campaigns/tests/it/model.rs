//! Random campaigns and claims: every decision replays, and no sequence of them spends more than there is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tallymark_base::id::{AccountId, PrizeId, ScanId, TransferOriginId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_campaigns::rules::{
    Draw, Gain, Left, Need, Outcome, Record, Seen, decide, eligible, explain, funding, replay, transfers,
};
use tallymark_campaigns::{Campaign, Caps, Reward};
use tallymark_ledger::{AccountKey, Book, Transfer};

use crate::fixture::{facts, stored, tenant};

fn reward() -> impl Strategy<Value = Reward> {
    prop_oneof![
        Just(Reward::Nothing),
        (1_i64..50).prop_map(|points| Reward::Points { points }),
        (1_i64..200, 0_i64..300).prop_map(|(min, more)| Reward::RedPacket { min_fen: min, max_fen: min + more }),
        Just(Reward::Gift),
    ]
}

fn campaign() -> impl Strategy<Value = Campaign> {
    let prize = (0_u32..100, prop::option::of(1_u64..20), reward()).prop_map(|(weight, stock, reward)| match reward {
        Reward::Nothing => (weight, None, reward),
        Reward::Gift => (weight, Some(stock.unwrap_or(5)), reward),
        _ => (weight, stock, reward),
    });
    let cap = || prop::option::of(1_u32..6);
    (prop::collection::vec(prize, 1..6), prop::option::of(any::<prop::sample::Index>()), cap(), cap(), cap()).prop_map(
        |(prizes, fallback, per_person, per_person_per_day, per_day)| {
            let mut campaign = stored(&prizes);
            campaign.fallback = fallback.map(|index| PrizeId::from_raw(100 + index.index(prizes.len()) as i64));
            campaign.caps = Caps { per_person, per_person_per_day, per_day };
            campaign
        },
    )
}

fn left() -> impl Strategy<Value = Left> {
    (0_i64..600, any::<bool>()).prop_map(|(local, exhausted)| Left { local, exhausted })
}

/// What accounts have after transfers, by account.
fn sums(transfers: &[Transfer], into: &mut BTreeMap<AccountKey, i64>) {
    for transfer in transfers {
        assert!(transfer.amount > 0);
        *into.entry(transfer.debit).or_default() -= transfer.amount;
        *into.entry(transfer.credit).or_default() += transfer.amount;
    }
}

proptest! {
    /// However often terms are set anew, the money is where the last ones say, and the brand gave exactly that.
    #[test]
    fn money_follows_the_terms_of_a_draft(drafts in prop::collection::vec((campaign(), 0_i64..9_999, 0_i64..9_999), 1..6)) {
        let mut accounts = BTreeMap::new();
        let mut before: Option<Campaign> = None;
        for (at, (mut draft, fen, points)) in drafts.into_iter().enumerate() {
            (draft.budget_fen, draft.budget_points) = (fen, points);
            let origin = TransferOriginId::from_raw(at as i64 + 1);
            sums(&funding(tenant(), origin, before.as_ref(), &draft), &mut accounts);
            before = Some(draft);
        }
        let last = before.unwrap();
        let mut wanted = BTreeMap::from([
            (last.budget(Unit::CNY), last.budget_fen),
            (last.budget(Unit::POINTS), last.budget_points),
        ]);
        wanted.extend(last.prizes.iter().filter_map(|prize| Some((prize.stock_account()?, prize.stock? as i64))));
        for (account, amount) in wanted.clone() {
            wanted.insert(AccountKey::new(tenant().raw(), Book::Funding, account.unit), -amount);
        }
        accounts.retain(|_, amount| *amount != 0);
        wanted.retain(|_, amount| *amount != 0);
        prop_assert_eq!(accounts, wanted);
    }
}

/// What one server has: plain numbers, and a pool from which it fills its slots, as the slices would.
struct Model {
    fen: (i64, i64),
    points: (i64, i64),
    stock: Vec<(i64, i64)>,
    day: (i64, i64),
}

impl Model {
    fn left((local, pool): (i64, i64)) -> Left {
        Left { local, exhausted: pool == 0 }
    }

    /// Moves what is missing from pool to slot, or what there is.
    fn fill(slot: &mut (i64, i64), missing: i64) {
        let moved = missing.min(slot.1);
        *slot = (slot.0 + moved, slot.1 - moved);
    }

    fn fill_need(&mut self, campaign: &Campaign, need: Need, missing: i64) {
        let slot = match need {
            Need::Day => &mut self.day,
            Need::Account(key) if key.book == Book::Stock => {
                &mut self.stock[campaign.position(PrizeId::from_raw(key.owner)).unwrap()]
            }
            Need::Account(key) if key.unit == tallymark_base::Unit::CNY => &mut self.fen,
            Need::Account(_) => &mut self.points,
        };
        Self::fill(slot, missing);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_decision_replays_to_itself_also_after_it_was_stored(
        campaign in campaign(),
        draw in any::<u128>(),
        (person_total, person_today) in (0_u32..4, 0_u32..4),
        (campaign_today, budget_fen, budget_points) in (left(), left(), left()),
        stock in prop::collection::vec(left(), 6),
    ) {
        let seen = Seen { person_total, person_today, campaign_today, budget_fen, budget_points, stock: &stock };
        prop_assert_eq!(eligible(&campaign, &facts()), Ok(()));
        if let Ok(decision) = decide(&campaign, &facts(), &seen, Draw { number: draw, attempt: 0 }) {
            let text = serde_json::to_string(&decision.record).unwrap();
            let read: Record = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, decision.record);
            prop_assert_eq!(replay(&campaign, &read), Some(decision.outcome()));
            let lines = explain(&read, tallymark_base::geography::Language::English);
            // The version, the end, and between them the draw where there was one: not where every weight is zero.
            prop_assert!(lines[0].contains("version 1"), "{:?}", lines);
            let draws = lines.iter().filter(|line| line.contains(&format!("{draw:032x}"))).count();
            prop_assert_eq!(draws, usize::from(read.drawn.is_some()), "{:?}", lines);
            prop_assert!(lines.len() >= 2 + draws, "{:?}", lines);
        }
    }

    #[test]
    fn no_sequence_of_decisions_spends_more_than_there_is(
        campaign in campaign(),
        draws in prop::collection::vec(any::<u128>(), 1..120),
        (fen, points) in (0_i64..3_000, 0_i64..300),
    ) {
        let stock = campaign.prizes.iter().map(|prize| (0, prize.stock.unwrap_or(0) as i64)).collect();
        let mut model = Model {
            fen: (0, fen),
            points: (0, points),
            stock,
            day: (0, campaign.caps.per_day.map_or(0, i64::from)),
        };
        let (mut spent_fen, mut spent_points, mut wins) = (0, 0, 0_u32);
        let mut pieces = vec![0_i64; campaign.prizes.len()];
        for (scan, number) in (1..).zip(draws) {
            let decision = loop {
                let stock: Vec<Left> = model.stock.iter().map(|slot| Model::left(*slot)).collect();
                let seen = Seen {
                    person_total: wins,
                    person_today: wins,
                    campaign_today: Model::left(model.day),
                    budget_fen: Model::left(model.fen),
                    budget_points: Model::left(model.points),
                    stock: &stock,
                };
                match decide(&campaign, &facts(), &seen, Draw { number, attempt: 0 }) {
                    Ok(decision) => break decision,
                    Err(short) => model.fill_need(&campaign, short.need, short.missing),
                }
            };
            if let Outcome::Won { prize, reward } = decision.outcome() {
                let position = campaign.position(prize).unwrap();
                wins += 1;
                model.day.0 -= i64::from(campaign.caps.per_day.is_some());
                match reward {
                    Gain::RedPacket(amount) => { spent_fen += amount; model.fen.0 -= amount; }
                    Gain::Points(amount) => { spent_points += amount; model.points.0 -= amount; }
                    Gain::Gift => {}
                }
                if campaign.prizes[position].stock.is_some() {
                    pieces[position] += 1;
                    model.stock[position].0 -= 1;
                }
            }
            let moved = transfers(&decision, ScanId::from_raw(scan), 0, AccountId::from_raw(1), 0);
            prop_assert_eq!(moved.is_empty(), !decision.is_win());
            prop_assert!(moved.iter().all(|transfer| transfer.amount > 0 && transfer.debit.book.is_bounded()));
        }
        prop_assert!(spent_fen <= fen && spent_points <= points);
        for (prize, issued) in campaign.prizes.iter().zip(pieces) {
            prop_assert!(prize.stock.is_none_or(|stock| issued <= stock as i64));
        }
        for cap in [campaign.caps.per_person, campaign.caps.per_person_per_day, campaign.caps.per_day] {
            prop_assert!(cap.is_none_or(|cap| wins <= cap));
        }
    }
}
