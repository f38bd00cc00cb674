//! The group `lake`: how fast events reach the lake and how exactly, what that costs the scans, how old the lake's newest
//! event is, and what a question may cost the server.

mod field;
mod files;
mod lag;
mod memory;
mod outbox;
mod rate;
mod report;
mod scans;

pub(super) use files::live_files;
pub(super) use lag::lag;
pub(super) use memory::query_memory;
pub(super) use rate::{kills, write_rate};
pub(super) use report::reports;
pub(super) use scans::beside_scans;

use super::Bench;
use crate::failure::Result;
use crate::report::Measured;

/// `routes_without_proof`: the figure of the server's test of its permissions, which `cargo xtask bench lake` runs before.
pub(super) fn proof(bench: &mut Bench) -> Result<()> {
    let Some(routes) = bench.routes_without_proof else {
        println!("skipped routes_without_proof: it comes by --routes-without-proof");
        return Ok(());
    };
    let measured = Measured::new("routes_without_proof", "routes", vec![routes as f64]);
    bench
        .report(measured.with("measured_by", "every_route_declares_its_permission_and_has_a_proof of tallymark-server"))
}
