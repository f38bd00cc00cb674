//! The draw is fixed by the secret and the scan, and even.

use tallymark_base::TypedId as _;
use tallymark_base::id::{CampaignId, ScanId};
use tallymark_base::seal::Key;
use tallymark_campaigns::rules::{Draw, Gain, Outcome, Record, decide, draw};
use tallymark_campaigns::{Campaign, Reward};

use crate::fixture::{RED_PACKET, facts, seen_plenty, stored};

/// Bytes 0 to 31.
fn secret() -> Key {
    Key::new(std::array::from_fn(|place| place as u8))
}

fn drawn(campaign: i64, scan: i64, attempt: u32) -> Draw {
    draw(&secret(), ScanId::from_raw(scan), CampaignId::from_raw(campaign), attempt)
}

fn decided(campaign: &Campaign, scan: i64) -> Record {
    let draw = drawn(campaign.id.raw(), scan, 0);
    decide(campaign, &facts(), &seen_plenty(&[]), draw).unwrap().record
}

/// Position of the prize and the amount that a scan wins.
fn won(campaign: &Campaign, scan: i64) -> (usize, i64) {
    match decided(campaign, scan).outcome {
        Outcome::Won { prize, reward: Gain::RedPacket(fen) } => (campaign.position(prize).unwrap(), fen),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_draw_is_the_hmac_that_another_implementation_computes() {
    // Python: int.from_bytes(hmac.new(bytes(range(32)), b"tallymark.draw.v1" + campaign.to_bytes(8, "big")
    //         + scan.to_bytes(8, "big") + attempt.to_bytes(4, "big"), "sha256").digest()[:16], "big")
    for (campaign, scan, attempt, number) in [
        (0x0123_4567_89ab_cdef, 0x00fe_dcba_9876_5432, 0, 0x90be7dbc4c0b1eb3b6142a3aeab92cb0),
        (0x0123_4567_89ab_cdef, 0x00fe_dcba_9876_5432, 1, 0x553d3574baccde8fe531986e54907fbf),
        (7, 9, 0, 0x412020f4e60d4de8b1083815fa7164da),
        ((1 << 62) + 5, (1 << 61) + 3, u32::MAX, 0xfd6a9c308c167b4c78128a6e9c6a300e),
    ] {
        assert_eq!(drawn(campaign, scan, attempt), Draw { number, attempt });
    }
}

#[test]
fn twelve_scans_win_what_another_implementation_says() {
    // Python, with x as above: y = x * 100; share = y >> 128; fraction = y & (2**128 - 1);
    // prize 0 below 10, 1 below 40, else 2; amount = 88 + (fraction * 101 >> 128)
    let expected = [
        (2, 122),
        (2, 187),
        (2, 133),
        (0, 163),
        (2, 159),
        (2, 145),
        (0, 173),
        (1, 168),
        (1, 132),
        (2, 177),
        (1, 129),
        (2, 187),
    ];
    let campaign = stored(&[(10, None, RED_PACKET), (30, None, RED_PACKET), (60, None, RED_PACKET)]);
    let found: Vec<_> = (1..=12).map(|scan| won(&campaign, scan)).collect();
    assert_eq!(found, expected);
}

/// Pearson's sum of (observed - expected)² / expected.
fn chi_square(observed: &[u64], expected: &[f64]) -> f64 {
    observed.iter().zip(expected).map(|(o, e)| (*o as f64 - e).powi(2) / e).sum()
}

#[test]
fn prizes_are_drawn_by_their_weights() {
    let weights = [1, 9, 90, 900];
    let campaign = stored(&weights.map(|weight| (weight, None, RED_PACKET)));
    let mut observed = [0; 4];
    for scan in 0..100_000 {
        observed[won(&campaign, scan).0] += 1;
    }
    // Expected 100, 900, 9,000 and 90,000. Chi-square with 3 degrees of freedom is above 16.27 once in 1,000 times.
    let found = chi_square(&observed, &[100.0, 900.0, 9_000.0, 90_000.0]);
    assert!(found < 16.27, "{found}: {observed:?}");
}

#[test]
fn amounts_are_even_over_their_range() {
    let campaign = stored(&[(1, None, Reward::RedPacket { min_fen: 10, max_fen: 19 }), (2, None, RED_PACKET)]);
    let mut observed = [0; 10];
    for (prize, fen) in (0..90_000).map(|scan| won(&campaign, scan)) {
        if prize == 0 {
            observed[usize::try_from(fen - 10).unwrap()] += 1;
        }
    }
    let tenth = observed.iter().sum::<u64>() as f64 / 10.0;
    // 9 degrees of freedom: above 27.88 once in 1,000 times.
    let found = chi_square(&observed, &[tenth; 10]);
    assert!(found < 27.88, "{found}: {observed:?}");
    assert!((2_800.0..3_200.0).contains(&tenth), "a third of 90,000 draws over ten amounts is 3,000 each");
}

#[test]
fn a_prize_without_weight_is_never_drawn() {
    let campaign = stored(&[(0, None, RED_PACKET), (1, None, RED_PACKET), (0, None, RED_PACKET)]);
    assert!((0..1_000).all(|scan| won(&campaign, scan).0 == 1));
}
