//! How well people of made-up towns are told apart, beside what connected components make of the same pairs.
//! `hard [HOUSEHOLDS]`; 1,200 by default.

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/quality.rs"]
mod quality;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/town.rs"]
mod town;

use std::time::Instant;

use quality::Quality;
use tallymark_matching::{Config, Error, Matcher};
use town::Town;

#[allow(clippy::disallowed_methods, reason = "a stopwatch needs the real clock")]
fn main() -> Result<(), Error> {
    let households = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1200);
    let plain = Town { seed: 7, households, copies_max: 6, harm: 1.0, contacts: false, chinese: false };
    let towns = [
        ("mild", Town { harm: 0.5, ..plain }),
        ("hard", plain),
        ("harder", Town { harm: 1.7, ..plain }),
        ("worst", Town { harm: 2.5, ..plain }),
        ("hard, contacts", Town { contacts: true, ..plain }),
        ("worst, contacts", Town { harm: 2.5, contacts: true, ..plain }),
        ("hard, Chinese", Town { chinese: true, ..plain }),
        ("hard, at most two copies", Town { seed: 11, copies_max: 2, households: households * 2, ..plain }),
        ("hard, up to twelve copies", Town { seed: 12, copies_max: 12, households: households / 2, ..plain }),
        ("harder, other seed", Town { seed: 13, harm: 1.7, ..plain }),
        ("worst, Chinese, contacts", Town { chinese: true, contacts: true, harm: 2.5, ..plain }),
    ];
    for (name, town) in towns {
        let (records, people): (Vec<_>, Vec<_>) = town.records().into_iter().unzip();
        let start = Instant::now();
        let found = Matcher::new(Config::default()).dedupe(&records)?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{name}: {} records, {} pairs compared, {seconds:.1} s", records.len(), found.report.pairs_compared);
        println!("    groups      {}", Quality::of_proposals(&found, &people));
        println!("    components  {}", Quality::of_components(&found, &people));
        if std::env::args().nth(2).is_some() {
            println!("{:?}", found.report);
        }
    }
    Ok(())
}
