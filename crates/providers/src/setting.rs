//! What a tenant sets up: its official account at WeChat, and who sends its messages.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use tallymark_base::{Clock, Entropy, Fault, Kind, Timestamp};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::sms::{self, Aliyun, Gateway, SmsProvider};
use crate::{Endpoint, Error, Http, WechatAccount, wechat};

/// The most that a message may cost, in fen: a higher figure is yuan taken for fen.
const PRICE_FEN_MAX: u32 = 10_000;

/// The sorts of provider that a tenant has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// Its official account at WeChat: who opens a page inside WeChat is known by their openid.
    Wechat,
    /// Who sends its short messages.
    Sms,
}

impl ProviderKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Wechat, Self::Sms];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::Sms => "sms",
        }
    }

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Wechat => 1,
            Self::Sms => 2,
        }
    }
}

/// What a provider knows us by. Not printed, not sent back, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// A secret from its text: 1 to 512 visible ASCII characters.
    pub fn new(text: impl Into<String>) -> Result<Self, SettingError> {
        let secret = Self(text.into());
        if is_visible(&secret.0, 512) { Ok(secret) } else { Err(SettingError::Secret) }
    }

    /// The text, for signing and sealing.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Password))).max_length(Some(512)).into()
    }
}

impl ToSchema for Secret {}

/// The official account as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WechatSetting {
    /// Its appid: `wx` and 16 letters and digits.
    #[schema(example = "wx520c15f417810387")]
    pub app_id: String,
    /// Where browsers are sent.
    #[schema(example = "https://open.weixin.qq.com")]
    pub authorize_url: String,
    /// Where codes are exchanged.
    #[schema(example = "https://api.weixin.qq.com")]
    pub api_url: String,
}

/// How messages are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmsProtocol {
    /// Tallymark's gateway protocol, to an adapter of the operator's.
    Gateway,
    /// Aliyun's `SendSms`.
    Aliyun,
}

/// Who sends messages, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SmsSetting {
    /// How messages are handed over.
    pub protocol: SmsProtocol,
    /// Where.
    #[schema(example = "https://dysmsapi.aliyuncs.com")]
    pub url: String,
    /// The public half of the credentials.
    pub key_id: String,
    /// The template of one-time codes; it has one place, `code`.
    #[schema(example = "SMS_153055065")]
    pub template: String,
    /// The approved name before the text (短信签名).
    pub sign_name: Option<String>,
    /// What a message costs at most, in fen: set aside of the day's budget before it is sent.
    #[schema(maximum = 10_000)]
    pub price_fen: u32,
    /// What all messages of a day may cost, in fen; beyond, no more are sent that day.
    pub budget_fen_per_day: u32,
    /// How many messages of a day may be sent.
    pub messages_per_day: u32,
}

/// A setting without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProviderSetting {
    /// The official account at WeChat.
    Wechat(WechatSetting),
    /// Who sends messages.
    Sms(SmsSetting),
}

/// A setting as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedSetting {
    /// The setting.
    #[serde(flatten)]
    pub setting: ProviderSetting,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// The official account to be set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWechat {
    /// Its appid.
    pub app_id: String,
    /// Its appsecret; the one that is stored, where it is left out.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Where browsers are sent; WeChat itself, where it is left out.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Where codes are exchanged; WeChat itself, where it is left out.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// Who is to send messages.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSms {
    /// How messages are handed over.
    pub protocol: SmsProtocol,
    /// Where; Aliyun itself, where it is left out. A gateway has no usual place.
    #[serde(default)]
    pub url: Option<String>,
    /// The public half of the credentials.
    pub key_id: String,
    /// The secret half of the credentials; the one that is stored, where it is left out.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// The template of one-time codes; it has one place, `code`.
    pub template: String,
    /// The approved name before the text (短信签名). Aliyun needs it.
    #[serde(default)]
    pub sign_name: Option<String>,
    /// What a message costs at most, in fen.
    pub price_fen: u32,
    /// What all messages of a day may cost, in fen.
    pub budget_fen_per_day: u32,
    /// How many messages of a day may be sent.
    pub messages_per_day: u32,
}

/// A provider to be set.
#[derive(Debug, Clone)]
pub enum NewSetting {
    /// The official account at WeChat.
    Wechat(NewWechat),
    /// Who sends messages.
    Sms(NewSms),
}

/// What is wrong with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The appid cannot be one.
    #[error("an appid has 4 to 32 letters, digits, _ or -, as in wx520c15f417810387")]
    AppId,
    /// The secret cannot be one.
    #[error("a secret has 1 to 512 visible ASCII characters")]
    Secret,
    /// None is given and none is stored.
    #[error("give the secret: none is stored yet")]
    SecretMissing,
    /// The public half of the credentials cannot be one.
    #[error("a key id has 1 to 128 visible ASCII characters")]
    KeyId,
    /// The template cannot be one.
    #[error("a template has 1 to 64 letters, digits, _, - or .")]
    Template,
    /// The name before the text cannot be one, or is missing where it is needed.
    #[error("a sign name has 1 to 40 characters and no control characters; Aliyun needs one")]
    SignName,
    /// A gateway without an address.
    #[error("give the address of the gateway")]
    UrlMissing,
    /// The price is 0 or taken in another unit.
    #[error("price_fen is from 1 to {PRICE_FEN_MAX}: what one message costs at most, in fen")]
    Price,
    /// Nothing could ever be sent.
    #[error("budget_fen_per_day must cover one message, and messages_per_day be at least 1")]
    Budget,
}

impl Fault for SettingError {
    fn code(&self) -> &'static str {
        match self {
            Self::AppId => "provider.app_id",
            Self::Secret => "provider.secret",
            Self::SecretMissing => "provider.secret_missing",
            Self::KeyId => "provider.key_id",
            Self::Template => "provider.template",
            Self::SignName => "provider.sign_name",
            Self::UrlMissing => "provider.url_missing",
            Self::Price => "provider.price",
            Self::Budget => "provider.budget",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

impl ProviderSetting {
    /// Its kind.
    pub const fn kind(&self) -> ProviderKind {
        match self {
            Self::Wechat(_) => ProviderKind::Wechat,
            Self::Sms(_) => ProviderKind::Sms,
        }
    }
}

impl NewSetting {
    /// Its kind.
    pub const fn kind(&self) -> ProviderKind {
        match self {
            Self::Wechat(_) => ProviderKind::Wechat,
            Self::Sms(_) => ProviderKind::Sms,
        }
    }

    /// The setting without its secret, and the secret where one is given; or what is wrong with it.
    pub(crate) fn checked(self) -> Result<(ProviderSetting, Option<Secret>), Error> {
        match self {
            Self::Wechat(new) => new.checked(),
            Self::Sms(new) => new.checked(),
        }
    }
}

impl NewWechat {
    fn checked(self) -> Result<(ProviderSetting, Option<Secret>), Error> {
        if !is_word(&self.app_id, 4..=32, "_-") {
            return Err(SettingError::AppId.into());
        }
        let setting = WechatSetting {
            app_id: self.app_id,
            authorize_url: endpoint(self.authorize_url.as_deref().unwrap_or(wechat::AUTHORIZE_URL))?,
            api_url: endpoint(self.api_url.as_deref().unwrap_or(wechat::API_URL))?,
        };
        Ok((ProviderSetting::Wechat(setting), self.secret))
    }
}

impl NewSms {
    fn checked(self) -> Result<(ProviderSetting, Option<Secret>), Error> {
        let url = match (&self.url, self.protocol) {
            (Some(url), _) => url.as_str(),
            (None, SmsProtocol::Aliyun) => sms::ALIYUN_URL,
            (None, SmsProtocol::Gateway) => return Err(SettingError::UrlMissing.into()),
        };
        let url = endpoint(url)?;
        let is_name = |name: &String| {
            (1..=40).contains(&name.chars().count()) && name.trim() == name && !name.chars().any(char::is_control)
        };
        let wrong = if !is_visible(&self.key_id, 128) {
            Some(SettingError::KeyId)
        } else if !is_word(&self.template, 1..=64, "_-.") {
            Some(SettingError::Template)
        } else if !self.sign_name.as_ref().map_or(self.protocol != SmsProtocol::Aliyun, is_name) {
            Some(SettingError::SignName)
        } else if !(1..=PRICE_FEN_MAX).contains(&self.price_fen) {
            Some(SettingError::Price)
        } else if self.budget_fen_per_day < self.price_fen || self.messages_per_day == 0 {
            Some(SettingError::Budget)
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Err(wrong.into());
        }
        let setting = SmsSetting {
            protocol: self.protocol,
            url,
            key_id: self.key_id,
            template: self.template,
            sign_name: self.sign_name,
            price_fen: self.price_fen,
            budget_fen_per_day: self.budget_fen_per_day,
            messages_per_day: self.messages_per_day,
        };
        Ok((ProviderSetting::Sms(setting), self.secret))
    }
}

impl WechatSetting {
    /// The account, ready to be used.
    pub fn account(&self, secret: Secret) -> Result<WechatAccount, Error> {
        Ok(WechatAccount {
            app_id: self.app_id.clone(),
            secret,
            authorize: Endpoint::parse(&self.authorize_url)?,
            api: Endpoint::parse(&self.api_url)?,
        })
    }
}

impl SmsSetting {
    /// The provider, ready to be used.
    pub fn provider(
        &self,
        secret: Secret,
        http: Http,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<dyn SmsProvider>, Error> {
        let (url, key_id) = (Endpoint::parse(&self.url)?, self.key_id.clone());
        let sign_name = self.sign_name.clone();
        Ok(match self.protocol {
            SmsProtocol::Gateway => Arc::new(Gateway { http, url, key_id, secret, sign_name, clock, entropy }),
            SmsProtocol::Aliyun => {
                let sign_name = sign_name.ok_or(SettingError::SignName)?;
                Arc::new(Aliyun { http, url, key_id, secret, sign_name, clock, entropy })
            }
        })
    }
}

/// An address in its normal form.
fn endpoint(text: &str) -> Result<String, Error> {
    Endpoint::parse(text).map(|endpoint| endpoint.to_string())
}

fn is_visible(text: &str, length_max: usize) -> bool {
    (1..=length_max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_word(text: &str, lengths: RangeInclusive<usize>, also: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || also.as_bytes().contains(&byte);
    lengths.contains(&text.len()) && text.bytes().all(fits)
}
