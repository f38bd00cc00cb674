//! `tallymark verify`.

use std::process::ExitCode;

use crate::installation::Installation;
use crate::print::{Failure, show};

pub(super) async fn run(installation: &Installation, json: bool) -> Result<ExitCode, Failure> {
    let store = installation.store().await?;
    let mut found = tallymark_scan::verify::discrepancies(&store).await?;
    found.append(&mut tallymark_orders::verify::discrepancies(&store).await?);
    store.close().await;
    show(json, &found, |found| {
        let count = match found.len() {
            1 => "1 discrepancy".to_owned(),
            count => format!("{count} discrepancies"),
        };
        found.iter().map(|line| format!("{line}\n")).collect::<String>() + &count
    })?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
