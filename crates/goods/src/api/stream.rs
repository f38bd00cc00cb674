//! Answers that are written while they are sent, in bounded memory.
//!
//! The writer runs on a thread for blocking work and hands its pieces over through a short channel; when the caller reads
//! slowly it waits, when the caller is gone it stops. The body ends properly only where the writer said that it is done:
//! whatever else happens to it (an error, a panic) cuts the connection, so that half a file never looks like a whole one.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::Frame;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::Error;

/// Files that are written at the same time; others wait for their turn.
const WRITERS_MAX: usize = 8;
/// Pieces between writer and caller. A piece of codes holds 2,048 lines, one of labels a page.
const PIECES_MAX: usize = 4;
/// How long a writer waits for a caller who does not read.
const STALL_MAX: Duration = Duration::from_secs(60);

static WRITERS: Semaphore = Semaphore::const_new(WRITERS_MAX);

/// A body of what `write` writes.
pub(super) async fn streamed(write: impl FnOnce(&mut Pipe) -> Result<(), Error> + Send + 'static) -> Body {
    watched(write).await.0
}

/// A body of what `write` writes, and how taking it ends.
pub(super) async fn watched<T: Send + 'static>(
    write: impl FnOnce(&mut Pipe) -> Result<T, Error> + Send + 'static,
) -> (Body, Taking<T>) {
    let turn = WRITERS.acquire().await;
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    let (tell_written, written) = oneshot::channel();
    let (tell_taken, taken) = oneshot::channel();
    let mut pipe = Pipe { sender, runtime: Handle::current(), held: Bytes::new() };
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        // A caller who is gone needs no answer, and one who is there sees the connection end before the file does.
        if let Ok(what) = write(&mut pipe) {
            let last = std::mem::take(&mut pipe.held);
            // Told before the last piece is sent, so that whoever sees the end finds it.
            tell_written.send(what).ok();
            pipe.hand_over(Piece::Last(last)).ok();
        }
    });
    let body = Body::new(Pieces { pieces, bytes: 0, is_complete: false, tell: Some(tell_taken) });
    (body, Taking { written, taken })
}

/// How taking a body ends.
pub(super) struct Taking<T> {
    written: oneshot::Receiver<T>,
    taken: oneshot::Receiver<(u64, bool)>,
}

impl<T> Taking<T> {
    /// Waits until the body is gone. Gives the bytes that were handed to the connection, and what the writer gave where those
    /// were all.
    pub(super) async fn ended(self) -> (u64, Option<T>) {
        let (bytes, is_complete) = self.taken.await.unwrap_or_default();
        let written = if is_complete { self.written.await.ok() } else { None };
        (bytes, written)
    }
}

enum Piece {
    Bytes(Bytes),
    Last(Bytes),
}

/// The writer's end. It holds the last piece back, so that it can be told from the others: whoever counts bytes may not ask
/// for anything after them.
pub(super) struct Pipe {
    sender: mpsc::Sender<Piece>,
    runtime: Handle,
    held: Bytes,
}

impl Pipe {
    fn hand_over(&self, piece: Piece) -> io::Result<()> {
        let sent = self.runtime.block_on(async { tokio::time::timeout(STALL_MAX, self.sender.send(piece)).await });
        sent.map_err(|_| io::ErrorKind::TimedOut)?.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() {
            let before = std::mem::replace(&mut self.held, Bytes::copy_from_slice(bytes));
            if !before.is_empty() {
                self.hand_over(Piece::Bytes(before))?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The caller's end.
struct Pieces {
    pieces: mpsc::Receiver<Piece>,
    bytes: u64,
    is_complete: bool,
    tell: Option<oneshot::Sender<(u64, bool)>>,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.is_complete {
            return Poll::Ready(None);
        }
        let bytes = match ready!(self.pieces.poll_recv(context)) {
            Some(Piece::Bytes(bytes)) => bytes,
            Some(Piece::Last(bytes)) => {
                self.is_complete = true;
                bytes
            }
            None => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
        };
        self.bytes += bytes.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell.send((self.bytes, self.is_complete)).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: Body) -> Result<usize, axum::Error> {
        axum::body::to_bytes(body, usize::MAX).await.map(|bytes| bytes.len())
    }

    #[tokio::test]
    async fn half_a_file_never_looks_like_a_whole_one() {
        fn write(pipe: &mut Pipe) -> Result<(), Error> {
            Ok(pipe.write_all(&[7; 1_000])?)
        }
        assert_eq!(read(streamed(write).await).await.unwrap(), 1_000);
        let failed = |pipe: &mut Pipe| write(pipe).and(Err(Error::NoKeys));
        assert!(read(streamed(failed).await).await.is_err());
        let panicked = |pipe: &mut Pipe| {
            write(pipe)?;
            panic!("out of paper")
        };
        assert!(read(streamed(panicked).await).await.is_err());
    }

    #[tokio::test]
    async fn a_writer_waits_for_a_slow_caller_and_stops_when_it_is_gone() {
        let (count, mut counted) = tokio::sync::watch::channel(0);
        let endless = move |pipe: &mut Pipe| loop {
            pipe.write_all(&[7; 100])?;
            count.send_modify(|count| *count += 1);
        };
        let body = streamed(endless).await;
        // One more than the channel holds is with the writer.
        let written_max = PIECES_MAX + 1;
        counted.wait_for(|count| *count == written_max).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(*counted.borrow(), written_max);
        drop(body);
        // The writer's end of the watch is dropped with it.
        assert!(counted.wait_for(|count| *count > written_max).await.is_err());
    }

    #[tokio::test]
    async fn how_a_body_was_taken_is_known_to_whoever_gave_it() {
        let write = |pipe: &mut Pipe| {
            for _ in 0..10 {
                pipe.write_all(&[7; 100])?;
            }
            Ok("whole")
        };
        let (body, taking) = watched(write).await;
        assert_eq!(read(body).await.unwrap(), 1_000);
        assert_eq!(taking.ended().await, (1_000, Some("whole")));
        let (body, taking) = watched(write).await;
        drop(body);
        assert_eq!(taking.ended().await, (0, None));
    }
}
