//! Ctrl-C and SIGTERM.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::print::Failure;

/// The signals that ask the process to stop. While one of these lives, they no longer end the process by themselves.
#[derive(Debug)]
pub(crate) struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    /// Watches from here on. Must be called inside a tokio runtime.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let of = |kind| signal(kind).map_err(|error| Failure::system("cli.signal", error));
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    /// Comes back when the process is to stop.
    pub(crate) async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
