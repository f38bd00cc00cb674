//! `package_per_s` and `package_peak_rss_mib`: the links of twenty million codes as an encrypted package, written to a file by
//! the command line; the baseline is the same links as plain text.

use std::path::Path;
use std::process::Stdio;

use super::Bench;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::process::{Installation, ServeOptions, peak_rss_kib};
use crate::report::Measured;
use crate::setup::{BatchOrder, create_brand};
use crate::stopwatch::Stopwatch;

/// Codes of a file, as on a roll.
const ROLL: &str = "1000000";

/// Measures both figures.
pub(crate) async fn measure(bench: &mut Bench) -> Result<()> {
    // On the disk of the results, not in a /tmp that may be memory.
    let folder = tempfile::tempdir_in(&bench.cache)?;
    let database = format!("sqlite:{}", folder.path().join("package.sqlite").display());
    let installation = Installation::new(&bench.bin, database, folder.path()).await?;
    let brand = create_brand(&installation, "Package", &["127.0.0.1"]).await?;
    let server = installation.serve(&ServeOptions::new(&folder.path().join("log"))).await?;
    let client = Client::new(server.address, &brand.api_key);
    let product = client.create_product("6901234567892", "PACKAGE", "Package").await?;
    let items = bench.sized(20_000_000);
    let batch = client.create_active_batch(BatchOrder { product: &product, lot: "P1", items }).await?;
    server.stop().await?;

    let order = ["package", "add", "--batch", &batch, "--recipient", "Bench", "--part", "item-outer"];
    let order = installation.command([&order[..], &["--codes-per-file", ROLL, "--json"]].concat()).await?;
    let order: serde_json::Value = serde_json::from_str(&order)?;
    let package = order["id"].as_str().ok_or_else(|| Failure::new("a package without an id"))?.to_owned();
    let (sealed, plain) = (folder.path().join("codes.zip"), folder.path().join("codes.txt"));
    let (mut rates, mut baseline, mut peaks_mib) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        let arguments = ["package", "write", &package, "--reason", "measured", "--out"];
        let (seconds, peak_kib) = timed(&installation, &arguments, &sealed).await?;
        rates.push(items as f64 / seconds);
        peaks_mib.push(peak_kib as f64 / 1024.0);
        let arguments = ["mint", &batch, "--level", "item", "--face", "outer", "--form", "link", "--out"];
        let (seconds, _) = timed(&installation, &arguments, &plain).await?;
        baseline.push(items as f64 / seconds);
        let bytes = [&plain, &sealed].map(|file| std::fs::metadata(file).map(|file| file.len()));
        let [plain_bytes, sealed_bytes] = bytes;
        if sealed_bytes? <= plain_bytes? {
            return Err(Failure::new("the package holds less than the links"));
        }
        std::fs::remove_file(&plain)?;
        std::fs::remove_file(&sealed)?;
    }
    let measured = Measured::new("package_per_s", "codes/s", rates).with("codes", items);
    bench.report(measured.against("the same links as plain text", baseline))?;
    bench.report(Measured::new("package_peak_rss_mib", "MiB", peaks_mib).with("codes", items))
}

/// Runs a command that writes a file; gives its seconds and its peak of memory.
async fn timed(installation: &Installation, arguments: &[&str], file: &Path) -> Result<(f64, u64)> {
    let mut command = installation.prepared();
    command.args(arguments).arg(file);
    let watch = Stopwatch::start();
    let peak_kib = peak_rss_kib(command.stdout(Stdio::null())).await?;
    Ok((watch.seconds(), peak_kib))
}
