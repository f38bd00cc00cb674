//! Whether anything about an account changed since it was read, told by one number: its person, by how often it changed,
//! and its evidence. Two states have the same number once in four thousand million times.

use tallymark_base::id::AccountId;
use tallymark_base::{Timestamp, TypedId as _};

use crate::EvidenceRule;

/// The part of an account by itself.
pub(super) fn of_account(merges: i64) -> u32 {
    mixed(&[merges])
}

/// What a piece of evidence that counts adds to both of its accounts.
pub(super) fn of_evidence(a: AccountId, b: AccountId, at: Timestamp, rule: EvidenceRule) -> u32 {
    mixed(&[a.raw(), b.raw(), at.0, i64::from(rule.number())])
}

/// Multiplies and shifts until every bit of the input reaches all of the output.
fn mixed(parts: &[i64]) -> u32 {
    let hash = parts.iter().fold(0_u64, |hash, part| {
        let hash = (hash ^ part.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash ^ hash >> 32
    });
    (hash.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as u32
}
