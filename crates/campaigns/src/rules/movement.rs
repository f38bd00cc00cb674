//! What a decision moves in the ledger.

use tallymark_base::id::{AccountId, PrizeId, ScanId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_ledger::{AccountKey, Book, Code, Transfer};

use super::record::{Decision, Gain, Outcome};

/// The most transfers that one decision gives: the value, and the piece of a prize whose stock has an end.
pub const TRANSFERS_MAX: i64 = 2;

/// The transfers of a decision, numbered from `first_part`: money and points from this server's slot of the budget to the
/// wallet; a piece of the prize from this server's slot of its stock to the wallet (gifts) or to what was issued.
/// Empty when nothing was won. Each debit is a slot that [`super::decide`] found sufficient.
pub fn transfers(decision: &Decision, scan: ScanId, first_part: i64, wallet: AccountId, node: u16) -> Vec<Transfer> {
    let Outcome::Won { prize, reward } = decision.outcome() else { return Vec::new() };
    let mut moves = Vec::with_capacity(TRANSFERS_MAX as usize);
    let mut push = |debit: AccountKey, credit: AccountKey, amount: i64, code: Code| {
        let part = first_part + moves.len() as i64;
        moves.push(Transfer { origin: scan.raw(), part, debit, credit, amount, code, pending: false });
    };
    let to_wallet = |unit: Unit| AccountKey::new(wallet.raw(), Book::Wallet, unit);
    let from_budget = |unit: Unit| AccountKey::new(decision.campaign.raw(), Book::Budget, unit).at_node(node);
    let pieces = Unit(prize.raw());
    let from_stock = AccountKey::new(prize.raw(), Book::Stock, pieces).at_node(node);
    match reward {
        Gain::RedPacket(fen) => push(from_budget(Unit::CNY), to_wallet(Unit::CNY), fen, Code::RedPacketWon),
        Gain::Points(points) => push(from_budget(Unit::POINTS), to_wallet(Unit::POINTS), points, Code::PointsWon),
        Gain::Gift => push(from_stock, to_wallet(pieces), 1, Code::PrizeIssued),
    }
    if reward != Gain::Gift && has_stock(decision, prize) {
        // Counted at the node, so that servers do not meet on one row.
        let issued = AccountKey::new(prize.raw(), Book::Issued, pieces).at_node(node);
        push(from_stock, issued, 1, Code::PrizeIssued);
    }
    moves
}

/// Whether the decision looked at a stock of the prize that was won: it does for every stock that has an end.
fn has_stock(decision: &Decision, won: PrizeId) -> bool {
    let record = &decision.record;
    if record.drawn == Some(won) { record.stock.is_some() } else { record.fallback_stock.is_some() }
}
