#![doc = include_str!("../README.md")]

mod endpoint;
mod error;
mod http;
mod place;
mod service;
mod setting;
pub mod sms;
mod store;
mod wechat;

pub use endpoint::Endpoint;
pub use error::Error;
pub use http::Http;
pub use place::PlacesByAddress;
pub use service::{KEY_PURPOSE, find, list, remove, set};
pub use setting::{
    ListedSetting, NewSetting, NewSms, NewWechat, ProviderKind, ProviderSetting, Secret, SettingError, SmsProtocol,
    SmsSetting, WechatSetting,
};
pub use wechat::{STATE_LENGTH_MAX, WechatAccount, WechatUser};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "providers",
    steps: &[("0001_provider_setting", include_str!("../migrations/0001_provider_setting.sql"))],
};
