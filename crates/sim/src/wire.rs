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
pub struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
}

/// An answer, borrowed from the connection until the next exchange.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers, as they were sent.
    pub head: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(4096) })
    }

    /// Sends one request and reads its answer. After an error the connection is of no use.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
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
        Ok(Answer { status: head.status, head: &self.input[..head.bytes], body: &self.input[head.bytes..end] })
    }

    async fn read_some(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.input).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        Ok(())
    }
}

/// Sends a request on a connection of its own, which asks for the connection to be closed, and reads the whole answer, however
/// it is sent: its body.
pub async fn get_whole(address: SocketAddr, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut input = Vec::new();
    stream.read_to_end(&mut input).await?;
    let end = input.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| invalid("the head of the answer does not end"))? + 4;
    let (head, body) = input.split_at(end);
    if !head.starts_with(b"HTTP/1.1 200 ") {
        return Err(invalid(&String::from_utf8_lossy(&input)));
    }
    let is_chunked = head.to_ascii_lowercase().windows(7).any(|window| window == b"chunked");
    if is_chunked { unchunked(body) } else { Ok(body.to_vec()) }
}

/// The body of chunks (RFC 9112, 7.1).
fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let torn = || invalid("the chunks of the answer do not end");
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").ok_or_else(torn)?;
        let size = std::str::from_utf8(&rest[..line])
            .ok()
            .and_then(|text| usize::from_str_radix(text.split(';').next().unwrap_or_default().trim(), 16).ok());
        let size = size.ok_or_else(torn)?;
        if size == 0 {
            return Ok(body);
        }
        let from = line + 2;
        body.extend_from_slice(rest.get(from..from + size).ok_or_else(torn)?);
        rest = rest.get(from + size + 2..).ok_or_else(torn)?;
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
    fn chunks_are_put_together() {
        // The example of RFC 7230 in most texts: "Wikipedia in\r\n\r\nchunks." in three chunks.
        let sent = b"4\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n";
        assert_eq!(unchunked(sent).unwrap(), b"Wikipedia in\r\n\r\nchunks.");
        assert!(unchunked(&sent[..20]).is_err());
    }

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
