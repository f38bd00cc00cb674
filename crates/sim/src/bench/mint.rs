//! `mint_per_s` and `mint_peak_rss_mib`: a batch of a hundred million codes, minted to a file by the command line.

use std::process::Stdio;

use super::{Bench, codes};
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::process::{Installation, ServeOptions, peak_rss_kib};
use crate::report::Measured;
use crate::setup::{BatchOrder, create_brand};
use crate::stopwatch::Stopwatch;

/// A code and its line end.
const LINE_BYTES: u64 = 17;

/// Measures both figures; the baseline of the first enciphers without writing.
pub(crate) async fn measure(bench: &mut Bench) -> Result<()> {
    // On the disk of the results, not in a /tmp that may be memory.
    let folder = tempfile::tempdir_in(&bench.cache)?;
    let database = format!("sqlite:{}", folder.path().join("mint.sqlite").display());
    let installation = Installation::new(&bench.bin, database, folder.path()).await?;
    let brand = create_brand(&installation, "Mint", &["127.0.0.1"]).await?;
    let server = installation.serve(&ServeOptions::new(&folder.path().join("log"))).await?;
    let client = Client::new(server.address, &brand.api_key);
    let product = client.create_product("6901234567892", "MINT", "Mint").await?;
    let items = bench.sized(100_000_000);
    let batch = client.create_active_batch(BatchOrder { product: &product, lot: "M1", items }).await?;
    server.stop().await?;

    let file = folder.path().join("codes.txt");
    let (mut rates, mut baseline, mut peaks_mib) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        let mut command = installation.prepared();
        command.args(["mint", &batch, "--level", "item", "--face", "outer", "--form", "code", "--out"]).arg(&file);
        let watch = Stopwatch::start();
        let peak = peak_rss_kib(command.stdout(Stdio::null())).await?;
        rates.push(items as f64 / watch.seconds());
        peaks_mib.push(peak as f64 / 1024.0);
        baseline.push(codes::fpe_mint_rate(bench.sized(200_000)));
        let bytes = std::fs::metadata(&file)?.len();
        if bytes != items * LINE_BYTES {
            return Err(Failure::new(format!("the file of {items} codes has {bytes} bytes")));
        }
        std::fs::remove_file(&file)?;
    }
    let measured = Measured::new("mint_per_s", "codes/s", rates).with("codes", items);
    bench.report(measured.against("the fpe crate's FF1, one thread, not written", baseline))?;
    bench.report(Measured::new("mint_peak_rss_mib", "MiB", peaks_mib).with("codes", items))
}
