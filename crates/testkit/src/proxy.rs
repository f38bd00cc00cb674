//! A TCP proxy whose network can be cut: for tests of a database that goes away for a while.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy on a free loopback port. It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where to connect.
    pub address: SocketAddr,
    cut: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy to `target`, such as `127.0.0.1:5432`.
    pub async fn to(target: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (cut, is_cut) = watch::channel(false);
        let task = tokio::spawn(serve(listener, target.to_owned(), is_cut));
        Ok(Self { address, cut, task })
    }

    /// Cuts the network (every connection breaks, new ones are refused at once) or mends it.
    pub fn cut(&self, cut: bool) {
        self.cut.send_replace(cut);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, target: String, is_cut: watch::Receiver<bool>) {
    while let Ok((mut caller, _)) = listener.accept().await {
        if *is_cut.borrow() {
            continue;
        }
        let (target, mut is_cut) = (target.clone(), is_cut.clone());
        tokio::spawn(async move {
            let Ok(mut database) = TcpStream::connect(&target).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut caller, &mut database) => {}
                _ = async { is_cut.wait_for(|cut| *cut).await.map(|_| ()) } => {}
            }
        });
    }
}
