//! The draw: 128 bits that nobody can choose or foresee, and that anyone with the secret can recompute.
//!
//! The number is the first half of HMAC-SHA256 (RFC 2104) over a fixed label, the campaign's and the scan's id and the
//! attempt, each big-endian. Read as a fraction of 2¹²⁸ it is multiplied by the sum of weights: the whole part falls into
//! the share of one prize, and what is behind the point, still even, picks the amount of a red packet in the same way.
//! With weights below 2³⁸ and amounts below 2⁵⁰ no outcome is favoured by more than 2⁻⁴⁰ of its own chance.

use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::{CampaignId, ScanId};
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::Key;

use super::record::as_hex;
use crate::types::Prize;

/// The purpose for which a tenant's secret is derived to draw with.
pub const DRAW_PURPOSE: &str = "campaigns.draw.v1";

const LABEL: &[u8] = b"tallymark.draw.v1";

/// What chance gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// The number, even over 0 to 2¹²⁸ - 1.
    #[serde(rename = "x", with = "as_hex")]
    pub number: u128,
    /// Which draw of this scan in this campaign, from 0.
    #[serde(rename = "n", default, skip_serializing_if = "is_first")]
    pub attempt: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_first(attempt: &u32) -> bool {
    *attempt == 0
}

/// The draw of a scan in a campaign. `secret` is the tenant's key for [`DRAW_PURPOSE`].
pub fn draw(secret: &Key, scan: ScanId, campaign: CampaignId, attempt: u32) -> Draw {
    let parts = [LABEL, &campaign.raw().to_be_bytes(), &scan.raw().to_be_bytes(), &attempt.to_be_bytes()];
    let digest = hmac_sha256(secret.bytes(), &parts);
    let number = digest[..16].iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    Draw { number, attempt }
}

/// The position of the prize that a number falls on, and the even fraction of 2¹²⁸ that is left of it. None when no
/// prize has a weight.
pub(super) fn pick(prizes: &[Prize], number: u128) -> Option<(usize, u128)> {
    let total: u64 = prizes.iter().map(|prize| u64::from(prize.weight)).sum();
    let (mut share, fraction) = scale(number, total);
    for (position, prize) in prizes.iter().enumerate() {
        let weight = u64::from(prize.weight);
        if share < weight {
            return Some((position, fraction));
        }
        share -= weight;
    }
    None
}

/// A whole number from `min` to `max`, both included, even over the fraction of 2¹²⁸.
pub(super) fn amount_within(min: i64, max: i64, fraction: u128) -> i64 {
    let (offset, _) = scale(fraction, (max - min).unsigned_abs() + 1);
    // The offset is at most max - min.
    min + offset as i64
}

/// `fraction × factor`, as its whole part (below `factor`) and what is behind the point; both in units of 2⁻¹²⁸.
const fn scale(fraction: u128, factor: u64) -> (u64, u128) {
    let low = (fraction as u64 as u128) * factor as u128;
    // Below 2⁶⁴ × 2⁶⁴ - 2⁶⁴ + 2⁶⁴: fits.
    let high = (fraction >> 64) * factor as u128 + (low >> 64);
    ((high >> 64) as u64, (high << 64) | (low as u64 as u128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_is_the_192_bit_product() {
        // By hand: half of 2¹²⁸ times 5 is 2 and a half; the largest fraction of any factor stays below it.
        assert_eq!(scale(1 << 127, 5), (2, 1 << 127));
        assert_eq!(scale(u128::MAX, 5), (4, u128::MAX - 4));
        assert_eq!(scale(u128::MAX, u64::MAX), (u64::MAX - 1, u128::MAX - u128::from(u64::MAX) + 1));
        assert_eq!(scale(3, 7), (0, 21));
        assert_eq!(scale(12_345, 0), (0, 0));
    }

    #[test]
    fn an_amount_reaches_both_ends_and_nothing_beyond() {
        assert_eq!(amount_within(88, 188, 0), 88);
        assert_eq!(amount_within(88, 188, u128::MAX), 188);
        assert_eq!(amount_within(5, 5, u128::MAX), 5);
    }
}
