//! Scans while the server dies: first those that got no answer last time, then some that got one, then new ones.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use super::witness::Witness;
use crate::failure::Result;
use crate::load::{Connection, RequestWriter, Workload};

/// Callers at once.
const CALLERS: usize = 48;

/// What all callers of one server share.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) api_key: String,
    pub(crate) workload: Workload,
    pub(crate) witness: RefCell<Witness>,
    /// The first scan that was never sent.
    pub(crate) next: Cell<u64>,
    /// Sent again before anything new.
    pub(crate) again: RefCell<VecDeque<u64>>,
}

impl Traffic {
    /// Sends until the server is gone, or until everything in `again` was answered where nothing new is wanted.
    pub(crate) async fn run(self: &Rc<Self>, address: SocketAddr, new_scans: bool) -> Result<()> {
        let callers = tokio::task::LocalSet::new();
        let running: Vec<_> =
            (0..CALLERS).map(|_| callers.spawn_local(self.clone().call(address, new_scans))).collect();
        callers.await;
        for caller in running {
            caller.await??;
        }
        Ok(())
    }

    /// One caller. A broken connection ends it: the server is gone.
    async fn call(self: Rc<Self>, address: SocketAddr, new_scans: bool) -> Result<()> {
        let Ok(mut connection) = Connection::open(address).await else { return Ok(()) };
        let mut writer = RequestWriter::new(address, &self.api_key);
        let mut request = Vec::with_capacity(512);
        while let Some(n) = self.take(new_scans) {
            writer.write(&self.workload, n, &mut request);
            self.witness.borrow_mut().sends(n);
            let Ok(answer) = connection.exchange(&request).await else { return Ok(()) };
            self.witness.borrow_mut().hears(n, answer.status, answer.body)?;
        }
        Ok(())
    }

    fn take(&self, new_scans: bool) -> Option<u64> {
        if let Some(n) = self.again.borrow_mut().pop_front() {
            return Some(n);
        }
        let n = self.next.get();
        if !new_scans || n >= self.workload.scans_max() {
            return None;
        }
        self.next.set(n + 1);
        Some(n)
    }
}
