//! Use cases: capturing, keeping, asking.

pub(crate) mod ask;
pub(crate) mod capture;
pub(crate) mod decide;
pub(crate) mod forget;
pub(crate) mod listen;
pub(crate) mod lists;
pub(crate) mod named;
pub(crate) mod prepare;
pub(crate) mod record;
pub(crate) mod short;
pub(crate) mod sockets;
pub(crate) mod standing;
pub(crate) mod subscribe;
pub(crate) mod traces;
