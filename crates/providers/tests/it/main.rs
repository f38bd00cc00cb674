//! Providers, against local servers that speak their protocols.

mod outside;
mod place;
mod settings;
mod sms;
mod wechat;
