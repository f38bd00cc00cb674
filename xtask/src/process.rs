//! Child processes: run, captured, and stopped when the developer stops us.
//!
//! After Ctrl-C or a `kill`, nothing is started any more and what is running is ended, so that the caller unwinds and
//! private databases are stopped and removed on the way out.

use std::fmt;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A terminal sends Ctrl-C to our children as well: they get this long to end by themselves before they are told again.
const GRACE_AFTER_INTERRUPT: Duration = Duration::from_secs(5);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Why a command ended without success.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What happened and what to do next.
    pub(crate) message: String,
    /// What the shell sees: the exit code of the program that failed, otherwise 1.
    pub(crate) exit_code: u8,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Lets Ctrl-C, SIGTERM and SIGHUP end the children first and then unwind, instead of ending us at once.
pub(crate) fn watch_for_interrupts() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            return;
        }
        std::thread::spawn(|| {
            std::thread::sleep(GRACE_AFTER_INTERRUPT);
            for pid in running().iter() {
                signal(*pid, "TERM");
            }
        });
    })
    .map_err(|error| Failure::new(format!("cannot watch for Ctrl-C: {error}")))
}

/// Whether the developer asked us to stop.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Runs `command` with our own input and output, and succeeds when it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = wait(spawn(command)?, command)?;
    success(status, command, "")
}

/// Runs `command` and returns what it wrote to standard output; its errors go through to ours.
pub(crate) fn stdout_of(command: &mut Command) -> Result<String, Failure> {
    let output = output_of(command.stderr(Stdio::inherit()))?;
    success(output.status, command, "")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command` silently; the failure carries what it said.
pub(crate) fn run_silently(command: &mut Command) -> Result<(), Failure> {
    let output = output_of(command.stderr(Stdio::piped()))?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    success(output.status, command, said.trim_end())
}

/// Whether `program arguments…` can be started and succeeds; prints nothing.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Sends a signal by name; a process that is gone already is none of our worry.
pub(crate) fn signal(pid: u32, name: &str) {
    succeeds("kill", &[&format!("-{name}"), &pid.to_string()]);
}

/// The cargo that runs us, so that every child uses the same toolchain. It does not see which package we are: build scripts
/// that look at these variables would run again, and with them everything above them would be built again, whenever
/// somebody calls cargo by hand in between.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let of_ours = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if of_ours.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
    command
}

/// The command as a developer would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn output_of(command: &mut Command) -> Result<Output, Failure> {
    let child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let pid = child.id();
    let output = child.wait_with_output();
    running().retain(|other| *other != pid);
    output.map_err(|error| Failure::new(format!("cannot wait for `{}`: {error}", shown(command))))
}

fn spawn(command: &mut Command) -> Result<Child, Failure> {
    if interrupted() {
        return Err(Failure { message: "interrupted".into(), exit_code: 130 });
    }
    let child = command.spawn().map_err(|error| Failure::new(format!("cannot start `{}`: {error}", shown(command))))?;
    running().push(child.id());
    Ok(child)
}

fn wait(mut child: Child, command: &Command) -> Result<ExitStatus, Failure> {
    let status = child.wait();
    running().retain(|pid| *pid != child.id());
    status.map_err(|error| Failure::new(format!("cannot wait for `{}`: {error}", shown(command))))
}

fn success(status: ExitStatus, command: &Command, said: &str) -> Result<(), Failure> {
    if interrupted() {
        return Err(Failure { message: "interrupted".into(), exit_code: 130 });
    }
    if status.success() {
        return Ok(());
    }
    let separator = if said.is_empty() { "" } else { ":\n" };
    let message = format!("`{}` failed ({status}){separator}{said}", shown(command));
    let exit_code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Failure { message, exit_code })
}

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
