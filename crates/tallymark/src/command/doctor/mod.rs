//! `tallymark doctor`: looks at an installation, changes nothing, and says in plain words what is wrong.

mod brands;
mod database;
mod lake;
mod machine;
mod safety;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tallymark_base::Clock as _;
use tallymark_base::time::SystemClock;
use tallymark_server::condition::{self, Finding, State};

use crate::installation::Installation;
use crate::print::{Failure, show};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Where the server listens or is to listen
    #[arg(long, env = "TALLYMARK_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The file of places by network address that the server is given
    #[arg(long, env = "TALLYMARK_PLACES", value_name = "FILE")]
    places: Option<PathBuf>,
    /// People reach the server over https, as it is told
    #[arg(long, env = "TALLYMARK_HTTPS")]
    https: bool,
    /// Where the server answers /metrics, as it is told
    #[arg(long, env = "TALLYMARK_METRICS_LISTENER", value_name = "ADDRESS")]
    metrics_listener: Option<SocketAddr>,
    /// The folder of backups
    #[arg(long, env = "TALLYMARK_BACKUPS", value_name = "FOLDER")]
    backups: Option<PathBuf>,
}

/// What an error says, as something that is wrong.
fn failed(check: &'static str, error: impl Into<Failure>) -> Finding {
    let Failure { code, text, .. } = error.into();
    Finding::wrong(check, format!("{text} [{code}]"))
}

fn line(finding: &Finding) -> String {
    let state = match finding.state {
        State::Ok => "ok   ",
        State::Note => "note ",
        State::Wrong => "WRONG",
    };
    format!("{state}  {:14}{}\n", finding.check, finding.text)
}

impl Doctor {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<ExitCode, Failure> {
        let mut found = vec![
            Finding::ok("version", format!("tallymark {}", env!("CARGO_PKG_VERSION"))),
            machine::time_zones(),
            condition::machine::open_files(),
            condition::machine::memory(),
            machine::port(self.listen).await,
            safety::https(self.listen, self.https),
        ];
        found.extend(safety::measures(self.metrics_listener));
        let master = machine::key(installation, &mut found);
        found.push(safety::key_place(installation));
        found.extend(safety::database_file(installation));
        machine::disk(installation, &mut found);
        found.extend(condition::backups::look(self.backups.as_deref(), SystemClock::new().now()));
        found.extend(self.places.as_deref().map(brands::places));
        database::look(installation, master.as_ref(), &mut found).await;
        let wrong = found.iter().filter(|finding| finding.state == State::Wrong).count();
        show(json, &found, |found| {
            let lines: String = found.iter().map(line).collect();
            let end = match wrong {
                0 => "nothing is wrong".to_owned(),
                1 => "1 thing is wrong".to_owned(),
                count => format!("{count} things are wrong"),
            };
            lines + &end
        })?;
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
