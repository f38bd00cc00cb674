//! Providers, against local servers that speak their protocols.

mod mmdb;
mod outside;
mod place;
mod settings;
mod sms;
mod wechat;
