//! `start_ms` and `idle_rss_mib`: an empty database, from the start of the process until it is ready, and the memory
//! that it has in RAM when nothing happens.

use std::time::Duration;

use super::Bench;
use crate::failure::{Failure, Result};
use crate::process::{Installation, ServeOptions};
use crate::report::Measured;

/// Whatever starts up lazily is there by then.
const IDLE: Duration = Duration::from_secs(2);

/// Measures both figures; the baseline of the first is a start on the database that exists by then.
pub(crate) async fn measure(bench: &mut Bench) -> Result<()> {
    let (mut first_ms, mut again_ms, mut idle_mib) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs().max(5) {
        let folder = tempfile::tempdir()?;
        let database = format!("sqlite:{}", folder.path().join("empty.sqlite").display());
        let installation = Installation::new(&bench.bin, database, folder.path()).await?;
        let log = folder.path().join("log");
        let server = installation.serve(&ServeOptions::new(&log)).await?;
        first_ms.push(server.ready_after.as_secs_f64() * 1000.0);
        server.stop().await?;
        let server = installation.serve(&ServeOptions::new(&log)).await?;
        again_ms.push(server.ready_after.as_secs_f64() * 1000.0);
        tokio::time::sleep(IDLE).await;
        let kib = server.rss_kib().ok_or_else(|| Failure::new("this system does not tell a process's memory"))?;
        idle_mib.push(kib as f64 / 1024.0);
        server.stop().await?;
    }
    bench.report(Measured::new("start_ms", "ms", first_ms).against("a start on an existing database", again_ms))?;
    bench.report(Measured::new("idle_rss_mib", "MiB", idle_mib))
}
