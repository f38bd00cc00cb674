//! Webhooks keep their promises.

mod telling;
