//! Reading requests from files and writing results to them; `-` stands for stdin and stdout.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;
use tallymark_base::Clock;
use tallymark_base::time::SystemClock;

use crate::notice::Notice;
use crate::print::Failure;
use crate::stop::StopSignal;

/// The longest request that is read, in bytes: as long as the server takes.
const REQUEST_BYTES_MAX: u64 = 1 << 20;

/// A text, at most as long as a request.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let no_text = |_| Failure::usage("cli.file", format!("{} is no text in UTF-8", path.display()));
    String::from_utf8(read_bytes(path)?).map_err(no_text)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let unreadable = |error: io::Error| Failure::usage("cli.file", format!("{shown} cannot be read: {error}"));
    let mut bytes = Vec::new();
    if is_standard(path) {
        io::stdin().take(REQUEST_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        File::open(path)
            .and_then(|file| file.take(REQUEST_BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
    }
    if bytes.len() as u64 > REQUEST_BYTES_MAX {
        return Err(Failure::usage("cli.file", format!("{shown} has more than {REQUEST_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// A request in JSON, as the API takes it.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let (shown, bytes) = (path.display(), read_bytes(path)?);
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, cause) = (error.path().to_string(), error.into_inner());
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        Failure::usage("cli.file", format!("{shown}: {place}{cause}"))
    })?;
    json.end().map_err(|error| Failure::usage("cli.file", format!("{shown}: {error}")))?;
    Ok(value)
}

/// Whether the path stands for stdin or stdout.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Writes a file whole or not at all, also when Ctrl-C or SIGTERM comes: under another name until every byte is on the
/// disk. To `-`, it writes to stdout, where a reader that went away has seen enough. `lines` says how many lines of one
/// length there will be, where a person at the terminal should see how far it is. Gives the number of bytes. Must be
/// called inside a tokio runtime.
pub(crate) fn write<E: Into<Failure>>(
    path: &Path,
    lines: Option<u64>,
    work: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<u64, Failure> {
    let clock = SystemClock::new();
    let watched = lines.is_some() && io::stderr().is_terminal();
    let lines = lines.unwrap_or(0);
    if is_standard(path) {
        let notice = (watched && !io::stdout().is_terminal()).then(io::stderr);
        let mut out = Progress::new(io::stdout().lock(), notice, &clock, lines);
        let done = work(&mut out);
        out.clear();
        return match (done, out.gone) {
            (Err(error), false) => Err(error.into()),
            _ => Ok(out.bytes),
        };
    }
    let part = part_of(path);
    let stop = stop_flag()?;
    let file = File::create(&part)
        .map_err(|error| Failure::usage("cli.out", format!("{} cannot be written: {error}", part.display())))?;
    let mut out = Progress::new(file, watched.then(io::stderr), &clock, lines);
    let done = work(&mut Stoppable { inner: &mut out, stop: &stop });
    out.clear();
    let done = done.map_err(|error| match stop.load(Ordering::Relaxed) {
        true => Failure::interrupted(format!("stopped before {} was whole; nothing was kept", path.display())),
        false => error.into(),
    });
    let kept = done.and_then(|()| {
        let kept = out.inner.sync_all().and_then(|()| std::fs::rename(&part, path));
        kept.map_err(|error| Failure::system("cli.out", format!("{} cannot be kept: {error}", path.display())))
    });
    if kept.is_err() {
        // Half a file of codes would be taken for a whole one.
        std::fs::remove_file(&part).ok();
    }
    kept.map(|()| out.bytes)
}

/// A flag that Ctrl-C and SIGTERM set from here on, instead of ending the process.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let signal = StopSignal::watch()?;
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    tokio::spawn(async move {
        signal.received().await;
        set.store(true, Ordering::Relaxed);
    });
    Ok(flag)
}

/// A writer that takes nothing more once its flag is set.
struct Stoppable<'a, W> {
    inner: W,
    stop: &'a AtomicBool,
}

impl<W: Write> Write for Stoppable<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// `codes.txt.part` for `codes.txt`.
fn part_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".part");
    PathBuf::from(name)
}

/// A writer that tells on `notice` how many lines of how many were written. Lines are of one length.
struct Progress<'a, W, N> {
    inner: W,
    notice: Notice<'a, N>,
    line_bytes: u64,
    bytes: u64,
    /// Nobody reads any more.
    gone: bool,
}

impl<'a, W: Write, N: Write> Progress<'a, W, N> {
    fn new(inner: W, notice: Option<N>, clock: &'a dyn Clock, lines: u64) -> Self {
        Self { inner, notice: Notice::new(notice, clock, lines, 0), line_bytes: 0, bytes: 0, gone: false }
    }

    /// Takes the notice away.
    fn clear(&mut self) {
        self.notice.clear();
    }
}

impl<W: Write, N: Write> Write for Progress<'_, W, N> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.line_bytes == 0 {
            self.line_bytes = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end as u64 + 1);
        }
        let written =
            self.inner.write(bytes).inspect_err(|error| self.gone |= error.kind() == ErrorKind::BrokenPipe)?;
        self.bytes += written as u64;
        self.notice.tell(self.bytes.checked_div(self.line_bytes).unwrap_or(0));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().inspect_err(|error| self.gone |= error.kind() == ErrorKind::BrokenPipe)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use tallymark_base::time::ManualClock;

    #[test]
    fn progress_is_told_only_after_a_second_and_in_lines() {
        let clock = ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap());
        let (mut out, mut told) = (Vec::new(), Vec::new());
        let mut progress = Progress::new(&mut out, Some(&mut told), &clock, 4);
        progress.write_all(b"0123456789ABCDEF\n").unwrap();
        clock.advance(Duration::from_secs(2));
        progress.write_all(b"0123456789ABCDEF\n").unwrap();
        clock.advance(Duration::from_millis(100));
        progress.write_all(b"0123456789ABCDEF\n").unwrap();
        assert_eq!(String::from_utf8(told).unwrap(), "\r 50 %  2 of 4  1 a second ");
        assert_eq!(out.len(), 51);
    }
}
