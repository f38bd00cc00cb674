//! What other programs of the project may use of the simulator: the companies that Tallymark calls, as local servers, and
//! files such as an operator loads.

pub mod place_file;
pub mod providers;
