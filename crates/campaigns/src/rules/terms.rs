//! May a campaign be made as it is described?

use std::collections::HashSet;

use tallymark_base::Unit;
use tallymark_base::geography::{Adcode, division};

use crate::Error;
use crate::types::{NewCampaign, NewPrize, Reward};

const NAME_CHARS_MAX: usize = 120;
/// Prizes of one campaign.
pub const PRIZES_MAX: usize = 50;
/// Regions, products or batches that a campaign may name.
pub const LISTED_MAX: usize = 500;
/// The largest budget, amount or stock: 10¹⁵, so that sums of many thousand campaigns fit the ledger's 64 bits.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// Accepts the terms of a campaign, or says what is wrong with them.
pub fn check(new: &NewCampaign) -> Result<(), Error> {
    check_name(&new.name)?;
    if new.ends <= new.starts {
        return Err(Error::EndsBeforeStart { starts: new.starts, ends: new.ends });
    }
    for (what, given) in
        [("regions", new.regions.len()), ("products", new.products.len()), ("batches", new.batches.len())]
    {
        if given > LISTED_MAX {
            return Err(Error::TooMany { what, given, max: LISTED_MAX });
        }
    }
    for adcode in &new.regions {
        if *adcode != Adcode::CHINA && division(*adcode).is_none() {
            return Err(Error::PlaceUnknown { adcode: *adcode });
        }
    }
    for (cap, limit) in [
        ("per_person", new.caps.per_person),
        ("per_person_per_day", new.caps.per_person_per_day),
        ("per_day", new.caps.per_day),
    ] {
        if limit == Some(0) {
            return Err(Error::CapZero { cap });
        }
    }
    check_prizes(new)?;
    check_budget(&new.prizes, Unit::CNY, new.budget_fen)?;
    check_budget(&new.prizes, Unit::POINTS, new.budget_points)
}

fn check_prizes(new: &NewCampaign) -> Result<(), Error> {
    let prizes = &new.prizes;
    if prizes.is_empty() {
        return Err(Error::NoPrizes);
    }
    if prizes.len() > PRIZES_MAX {
        return Err(Error::TooManyPrizes { given: prizes.len(), max: PRIZES_MAX });
    }
    let mut names = HashSet::new();
    for prize in prizes {
        check_name(&prize.name)?;
        if !names.insert(prize.name.as_str()) {
            return Err(Error::PrizeNameTaken { name: prize.name.clone() });
        }
        check_reward(prize)?;
        check_stock(prize)?;
    }
    if prizes.iter().all(|prize| prize.weight == 0) {
        return Err(Error::WeightsZero);
    }
    match &new.fallback {
        Some(name) if !names.contains(name.as_str()) => {
            Err(Error::FallbackUnknown { name: name.chars().take(NAME_CHARS_MAX).collect() })
        }
        _ => Ok(()),
    }
}

fn check_reward(prize: &NewPrize) -> Result<(), Error> {
    let in_bounds = |amount: i64| match amount {
        1..=AMOUNT_MAX => Ok(()),
        _ => Err(Error::Amount { prize: prize.name.clone(), amount, max: AMOUNT_MAX }),
    };
    match prize.reward {
        Reward::Nothing | Reward::Gift => Ok(()),
        Reward::Points { points } => in_bounds(points),
        Reward::RedPacket { min_fen, max_fen } => {
            in_bounds(min_fen)?;
            if min_fen > max_fen {
                return Err(Error::RedPacketRange { prize: prize.name.clone(), min_fen, max_fen });
            }
            in_bounds(max_fen)
        }
    }
}

fn check_stock(prize: &NewPrize) -> Result<(), Error> {
    let max = AMOUNT_MAX.unsigned_abs();
    match (prize.reward, prize.stock) {
        (Reward::Gift, None) => Err(Error::GiftWithoutStock { prize: prize.name.clone() }),
        (Reward::Nothing, Some(_)) => Err(Error::BlankWithStock { prize: prize.name.clone() }),
        (_, Some(stock)) if stock == 0 || stock > max => Err(Error::Stock { prize: prize.name.clone(), stock, max }),
        _ => Ok(()),
    }
}

/// Accepts the budget of one unit: it pays at least the cheapest of the prizes that are paid from it.
fn check_budget(prizes: &[NewPrize], unit: Unit, amount: i64) -> Result<(), Error> {
    if amount < 0 {
        return Err(Error::BudgetNegative { unit, amount });
    }
    if amount > AMOUNT_MAX {
        return Err(Error::BudgetTooLarge { unit, amount, max: AMOUNT_MAX });
    }
    let cost = |prize: &NewPrize| match prize.reward {
        Reward::RedPacket { min_fen, .. } if unit == Unit::CNY => Some(min_fen),
        Reward::Points { points } if unit == Unit::POINTS => Some(points),
        _ => None,
    };
    let Some(cheapest) = prizes.iter().filter_map(cost).min() else { return Ok(()) };
    if amount == 0 {
        let prize = prizes.iter().find(|prize| cost(prize).is_some()).map(|prize| prize.name.clone());
        return Err(Error::BudgetZero { unit, prize: prize.unwrap_or_default() });
    }
    if amount < cheapest {
        return Err(Error::BudgetTooSmall { unit, amount, cheapest });
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::Name { length });
    }
    Ok(())
}
