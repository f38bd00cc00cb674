//! A connection that speaks just enough HTTP/1.1 for load: it sends bytes that are ready, reads the status, the length
//! and the body, and keeps the connection. The generator shares its cores with the server that it measures, so every
//! microsecond it takes would be missing there.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer heads are not sent by our server.
const HEAD_MAX: usize = 16 * 1024;

/// A kept connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
}

/// An answer, borrowed from the connection until the next exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(4096) })
    }

    /// Sends one request and reads its answer. After an error the connection is of no use.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.input.clear();
        let head = loop {
            if let Some(head) = head_of(&self.input)? {
                break head;
            }
            if self.input.len() > HEAD_MAX {
                return Err(invalid("the head of the answer does not end"));
            }
            self.read_some().await?;
        };
        let end = head.bytes + head.length;
        while self.input.len() < end {
            self.read_some().await?;
        }
        Ok(Answer { status: head.status, body: &self.input[head.bytes..end] })
    }

    async fn read_some(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.input).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        Ok(())
    }
}

struct Head {
    status: u16,
    /// Bytes of the head, the empty line included.
    bytes: usize,
    /// Bytes of the body.
    length: usize,
}

/// The head, once all of it is there.
fn head_of(input: &[u8]) -> Result<Option<Head>> {
    let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&input[..end]).map_err(|_| invalid("the head of the answer is not ASCII"))?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .ok_or_else(|| invalid("the answer does not begin with HTTP/1.1 and a status"))?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or_else(|| invalid("the answer has no content-length"))?;
    Ok(Some(Head { status, bytes: end + 4, length }))
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_gives_status_and_length_once_it_is_whole() {
        let head = b"HTTP/1.1 409 Conflict\r\ncontent-type: a\r\nContent-Length: 17\r\n\r\n{";
        let found = head_of(head).unwrap().unwrap();
        assert_eq!((found.status, found.bytes, found.length), (409, head.len() - 1, 17));
        assert!(head_of(&head[..head.len() - 2]).unwrap().is_none());
        assert!(head_of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(head_of(b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n").is_err());
    }
}
