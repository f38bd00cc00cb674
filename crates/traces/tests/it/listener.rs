//! A client of WebSockets that is not ours, against the routes on a real connection.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::world::World;

/// How long a test waits for what must come.
const SOON: Duration = Duration::from_secs(20);

/// Somebody who listens.
pub(crate) struct Listener(WebSocketStream<TcpStream>);

impl World {
    /// Serves the routes on a port of their own.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let socket = TcpSocket::new_v4().unwrap();
        // Little room on the way, so that a listener who does not read is noticed early.
        socket.set_send_buffer_size(16 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener: TcpListener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio::spawn(async { axum::serve(listener, router).await });
        address
    }
}

impl Listener {
    /// Begins to listen, or gives the status and the problem.
    pub(crate) async fn try_at(address: SocketAddr, path: &str) -> Result<Self, (u16, Value)> {
        let request = format!("ws://{address}/epcis/v2{path}").into_client_request().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 << 10).unwrap();
        match client_async(request, socket.connect(address).await.unwrap()).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                Err((response.status().as_u16(), serde_json::from_slice(body).unwrap_or_default()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn at(address: SocketAddr, path: &str) -> Self {
        Self::try_at(address, path).await.unwrap_or_else(|(status, problem)| panic!("{status}: {problem}"))
    }

    /// The next message; pings are answered meanwhile.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            match tokio::time::timeout(SOON, self.0.next()).await.expect("something is told") {
                Some(Ok(Message::Text(text))) => return Heard::of(&text),
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.expect("a reason is told");
                    panic!("{} {}", frame.code, frame.reason)
                }
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The ids of the next `count` events, over as many messages as they come in.
    pub(crate) async fn events(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.extend(self.next().await.ids);
        }
        ids
    }

    /// The code and the reason by which the connection ends, whatever is told before.
    pub(crate) async fn end(&mut self) -> (u16, String) {
        loop {
            match tokio::time::timeout(SOON, self.0.next()).await.expect("it ends") {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Whether nothing is told for so long.
    pub(crate) async fn is_quiet(&mut self, long: Duration) -> bool {
        let message = async {
            while let Some(Ok(message)) = self.0.next().await {
                if message.is_text() || message.is_close() {
                    return;
                }
            }
        };
        tokio::time::timeout(long, message).await.is_err()
    }

    /// How many messages are left until the connection ends, however it does.
    pub(crate) async fn rest(&mut self) -> usize {
        let mut count = 0;
        while let Ok(Some(Ok(message))) = tokio::time::timeout(SOON, self.0.next()).await {
            count += usize::from(message.is_text());
        }
        count
    }

    pub(crate) async fn leave(mut self) {
        self.0.close(None).await.unwrap();
    }
}

/// A message.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) ids: Vec<String>,
    pub(crate) next: String,
    pub(crate) bytes: usize,
    pub(crate) document: Value,
}

impl Heard {
    fn of(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap();
        let results = &document["epcisBody"]["queryResults"];
        let events = results["resultsBody"]["eventList"].as_array().unwrap();
        let ids = events.iter().map(|event| event["eventID"].as_str().unwrap().to_owned()).collect();
        let next = results["tallymark:nextPageToken"].as_str().unwrap().to_owned();
        Self { ids, next, bytes: text.len(), document }
    }
}
