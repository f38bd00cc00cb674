//! How often was this code checked, and by whom first?

use std::time::Duration;

use tallymark_base::id::{AccountId, ScanId};
use tallymark_base::{Timestamp, TypedId};

use crate::types::{Place, PlaceSource};

/// A device that looks at a code again within this time is not counted again.
pub const VIEW_ONCE_IN: Duration = Duration::from_secs(600);
/// How many recent viewers are remembered. A code that more devices than this look at within ten minutes is
/// suspicious anyway; then the oldest of them may be counted twice.
pub const RECENT_MAX: usize = 16;
/// Checks by others after which copies of a code must be expected: far more than a household or a shop shelf gives.
pub const SUSPICIOUS_CHECKS: i64 = 20;

/// What is stored of a code's face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeUse {
    /// Counted checks.
    pub checks: i64,
    /// The first.
    pub first_at: Timestamp,
    /// Where the first was.
    pub first_place: Option<Place>,
    /// Whose the first was.
    pub first_account: Option<AccountId>,
    /// Whether the brand had not known whoever checked it first.
    pub first_new: bool,
    /// Who looked in the last ten minutes, oldest first.
    pub recent: Vec<(AccountId, Timestamp)>,
    /// The scan that claimed it, by whom and when.
    pub claim: Option<(ScanId, AccountId, Timestamp)>,
    /// Whether the claim was noted to be told as an event.
    pub claim_noted: bool,
    /// The scan that earned the rebate.
    pub rebate: Option<ScanId>,
    /// The version of the stored row; 0 when there is none.
    pub version: i64,
    /// Changed since it was loaded.
    pub changed: bool,
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Counted checks, this one included.
    pub checks: i64,
    /// Nobody else checked it before.
    pub first: bool,
    /// Checked so often that copies must be expected.
    pub suspicious: bool,
}

impl CodeUse {
    /// A face that was never used.
    pub const fn unused(at: Timestamp) -> Self {
        Self {
            checks: 0,
            first_at: at,
            first_place: None,
            first_account: None,
            first_new: false,
            recent: Vec::new(),
            claim: None,
            claim_noted: false,
            rebate: None,
            version: 0,
            changed: false,
        }
    }

    /// `recent` as it is stored: account and moment, 8 bytes each, big-endian.
    pub fn recent_bytes(&self) -> Vec<u8> {
        self.recent
            .iter()
            .flat_map(|(account, at)| [account.raw().to_be_bytes(), at.0.to_be_bytes()].concat())
            .collect()
    }

    /// Reads what [`CodeUse::recent_bytes`] wrote; a torn tail is dropped.
    pub fn recent_from(bytes: &[u8]) -> Vec<(AccountId, Timestamp)> {
        let number = |bytes: &[u8]| bytes.iter().fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
        bytes
            .chunks_exact(16)
            .map(|entry| (AccountId::from_raw(number(&entry[..8])), Timestamp(number(&entry[8..]))))
            .collect()
    }
}

/// Counts a check by one of the person's `accounts` (the first is the one that scans; none when nobody is known).
pub fn count_check(used: &mut CodeUse, accounts: &[AccountId], place: Option<Place>, at: Timestamp) -> Counted {
    let since = at.0 - VIEW_ONCE_IN.as_micros() as i64;
    let seen = used.recent.iter().any(|(who, when)| accounts.contains(who) && when.0 > since);
    let account = accounts.first().copied();
    if used.checks == 0 {
        used.first_at = at;
        used.first_place = place;
        used.first_account = account;
    } else if is_unsure(used.first_place)
        && !is_unsure(place)
        && used.first_account.is_some_and(|first| accounts.contains(&first))
    {
        // A page is opened before anybody can agree to say where; the first person may say so with the claim.
        used.first_place = place;
        used.changed = true;
    }
    if !seen {
        used.checks += 1;
        used.changed = true;
        used.recent.retain(|(_, when)| when.0 > since);
        if let Some(account) = account {
            if used.recent.len() == RECENT_MAX {
                used.recent.remove(0);
            }
            used.recent.push((account, at));
        }
    }
    let first = used.checks == 1 || used.first_account.is_some_and(|first| accounts.contains(&first));
    Counted { checks: used.checks, first, suspicious: used.checks > SUSPICIOUS_CHECKS }
}

/// Nobody said so: there is no place, or only that of a network address.
fn is_unsure(place: Option<Place>) -> bool {
    place.is_none_or(|place| place.source == PlaceSource::Address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::geography::Adcode;

    const MINUTE: i64 = 60 * Timestamp::SECOND;

    fn place(code: u32, source: PlaceSource) -> Option<Place> {
        Some(Place { adcode: Adcode::try_from(code).unwrap(), source })
    }

    fn account(number: i64) -> AccountId {
        AccountId::from_raw(number)
    }

    #[test]
    fn a_device_counts_once_in_ten_minutes() {
        let mut used = CodeUse::unused(Timestamp(0));
        let mut check =
            |who: i64, minute: i64| count_check(&mut used, &[account(who)], None, Timestamp(minute * MINUTE));
        assert_eq!(check(1, 0), Counted { checks: 1, first: true, suspicious: false });
        assert_eq!(check(1, 9), Counted { checks: 1, first: true, suspicious: false });
        assert_eq!(check(2, 9), Counted { checks: 2, first: false, suspicious: false });
        assert_eq!(check(1, 9).checks, 2, "A, B, A within ten minutes are two devices");
        assert_eq!(check(1, 10).checks, 3, "ten minutes after the counted look it counts again");
    }

    #[test]
    fn the_twenty_first_check_is_suspicious() {
        let mut used = CodeUse::unused(Timestamp(0));
        let verdicts: Vec<bool> =
            (0..21).map(|n| count_check(&mut used, &[account(n)], None, Timestamp(n * MINUTE)).suspicious).collect();
        assert_eq!(verdicts.iter().filter(|suspicious| **suspicious).count(), 1);
        assert!(verdicts[20]);
    }

    #[test]
    fn the_first_place_may_be_told_later_but_only_by_the_first() {
        let mut used = CodeUse::unused(Timestamp(0));
        let place = |code| place(code, PlaceSource::Stated);
        count_check(&mut used, &[account(1)], None, Timestamp(0));
        count_check(&mut used, &[account(2)], place(110_101), Timestamp(1));
        assert_eq!(used.first_place, None);
        count_check(&mut used, &[account(1)], place(330_106), Timestamp(2));
        count_check(&mut used, &[account(1)], place(110_101), Timestamp(3));
        assert_eq!(used.first_place, place(330_106));
    }

    #[test]
    fn what_somebody_says_takes_the_place_of_what_the_network_address_tells() {
        let mut used = CodeUse::unused(Timestamp(0));
        count_check(&mut used, &[account(1)], place(110_000, PlaceSource::Address), Timestamp(0));
        assert_eq!(used.first_place, place(110_000, PlaceSource::Address));
        count_check(&mut used, &[account(1)], place(330_000, PlaceSource::Address), Timestamp(1));
        assert_eq!(used.first_place, place(110_000, PlaceSource::Address));
        count_check(&mut used, &[account(2)], place(440_000, PlaceSource::Position), Timestamp(2));
        assert_eq!(used.first_place, place(110_000, PlaceSource::Address), "another person's place");
        count_check(&mut used, &[account(1)], place(330_106, PlaceSource::Position), Timestamp(3));
        assert_eq!(used.first_place, place(330_106, PlaceSource::Position));
    }

    #[test]
    fn the_recent_list_survives_storage() {
        let mut used = CodeUse::unused(Timestamp(0));
        for who in 0..3 {
            count_check(&mut used, &[account(who)], None, Timestamp(who));
        }
        assert_eq!(CodeUse::recent_from(&used.recent_bytes()), used.recent);
    }
}
