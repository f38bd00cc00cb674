//! What other programs of the project may use of the simulator: the companies that Tallymark calls, as local servers.

pub mod providers;
