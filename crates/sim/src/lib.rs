//! What other programs of the project may use of the simulator: the demo world, the companies that Tallymark calls as local
//! servers, and files such as an operator loads.

pub mod failure;
pub mod place_file;
pub mod providers;
pub mod random;
pub mod stopwatch;
pub mod wire;
pub mod world;
