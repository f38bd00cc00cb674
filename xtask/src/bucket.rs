//! A private server that speaks the protocol of S3, for the tests of a lake in a bucket: moto, from the path or from a
//! virtual environment of ours.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::postgres::free_port;
use crate::process::{self, Failure};
use crate::tools;
use crate::workspace::Workspace;

/// Where the tests find the server; they make their buckets themselves.
const URL: &str = "TALLYMARK_TEST_S3_URL";
const PROGRAM: &str = "moto_server";
/// What is installed, with its version.
const REQUIREMENTS: &str = "crates/lake/tests/s3-requirements.txt";
const POLL: Duration = Duration::from_millis(100);
/// 60 seconds in polls.
const POLLS_MAX: u32 = 600;

/// A running server. Dropping it ends it; what it held was in memory.
pub(crate) struct Bucket {
    server: Child,
    url: String,
}

impl Bucket {
    /// Starts one; `None`, and a line that says so, where it is not installed and `install` is not set.
    pub(crate) fn start(workspace: &Workspace, install: bool) -> Result<Option<Self>, Failure> {
        let Some(program) = program(workspace, install)? else {
            println!("bucket: no {PROGRAM}, so skipped: a lake in a bucket (`--install` installs {REQUIREMENTS})");
            return Ok(None);
        };
        let port = free_port()?;
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = command
            .spawn()
            .map_err(|error| Failure::new(format!("cannot start `{}`: {error}", process::shown(&command))))?;
        let mut bucket = Self { server, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..POLLS_MAX {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Some(bucket));
            }
            if bucket.server.try_wait().ok().flatten().is_some() || process::interrupted() {
                break;
            }
            std::thread::sleep(POLL);
        }
        Err(Failure::new(format!("{PROGRAM} did not answer on port {port}")))
    }

    /// Lets `command` find it, with keys that it takes as any others.
    pub(crate) fn named_to(&self, command: &mut Command) {
        command.env(URL, &self.url).env("AWS_ENDPOINT_URL", &self.url).env("AWS_ALLOW_HTTP", "true");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env("AWS_REGION", "us-east-1");
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // It holds nothing that must be saved.
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

fn program(workspace: &Workspace, install: bool) -> Result<Option<PathBuf>, Failure> {
    if tools::has(PROGRAM) {
        return Ok(Some(PathBuf::from(PROGRAM)));
    }
    let folder = workspace.target.join("s3");
    let ours = folder.join("bin").join(PROGRAM);
    if ours.is_file() || !install {
        return Ok(ours.is_file().then_some(ours));
    }
    process::run_silently(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    process::run_silently(pip.args(["install", "--quiet", "--requirement"]).arg(workspace.root.join(REQUIREMENTS)))?;
    Ok(Some(ours))
}
