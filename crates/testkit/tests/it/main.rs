//! The promises of the test tools themselves.

mod power;
