//! What a person can be known by, in the one form in which it is compared.

mod normal;
mod usable;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

pub use self::usable::Unusable;
use crate::Error;

/// Bytes of a text that are looked at; no identifier is longer.
const TEXT_BYTES_MAX: usize = 320;

/// The kinds of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// A random number that the scan page keeps in the browser.
    Device,
    /// A phone number.
    Phone,
    /// A WeChat user as one app or official account sees it.
    WechatOpenid,
    /// A member card.
    Card,
    /// A WeChat user as all apps of one owner see it.
    WechatUnionid,
    /// An e-mail address.
    Email,
    /// What a source's own system calls its user.
    UserId,
    /// What an event SDK calls a browser or an installed app.
    AnonymousId,
    /// What an installed app knows the device by.
    AppDevice,
    /// A Taobao buyer as one shop sees it, whatever the app.
    TaobaoOuid,
    /// A Taobao buyer as all shops of a brand's membership see it.
    TaobaoOmid,
    /// A Taobao buyer as one app sees it.
    TaobaoOpenUid,
    /// An Alipay user.
    AlipayUserId,
    /// An Alipay user as one app sees it.
    AlipayOpenid,
}

impl IdentifierKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Device,
        Self::Phone,
        Self::WechatOpenid,
        Self::Card,
        Self::WechatUnionid,
        Self::Email,
        Self::UserId,
        Self::AnonymousId,
        Self::AppDevice,
        Self::TaobaoOuid,
        Self::TaobaoOmid,
        Self::TaobaoOpenUid,
        Self::AlipayUserId,
        Self::AlipayOpenid,
    ];

    /// The stored number. Part of every blind index: never changed.
    pub const fn number(self) -> u8 {
        match self {
            Self::Device => 1,
            Self::Phone => 2,
            Self::WechatOpenid => 3,
            Self::Card => 4,
            Self::WechatUnionid => 5,
            Self::Email => 6,
            Self::UserId => 7,
            Self::AnonymousId => 8,
            Self::AppDevice => 9,
            Self::TaobaoOuid => 10,
            Self::TaobaoOmid => 11,
            Self::TaobaoOpenUid => 12,
            Self::AlipayUserId => 13,
            Self::AlipayOpenid => 14,
        }
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Phone => "phone",
            Self::WechatOpenid => "wechat_openid",
            Self::Card => "card",
            Self::WechatUnionid => "wechat_unionid",
            Self::Email => "email",
            Self::UserId => "user_id",
            Self::AnonymousId => "anonymous_id",
            Self::AppDevice => "app_device",
            Self::TaobaoOuid => "taobao_ouid",
            Self::TaobaoOmid => "taobao_omid",
            Self::TaobaoOpenUid => "taobao_open_uid",
            Self::AlipayUserId => "alipay_user_id",
            Self::AlipayOpenid => "alipay_openid",
        }
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i64::from(kind.number()) == number)
    }

    /// Whether whoever is known by it is a member. A browser and an account elsewhere are met without anybody joining.
    pub const fn makes_member(self) -> bool {
        matches!(self, Self::Phone | Self::Card)
    }

    /// Whether the value is kept, sealed. A device id is random and says nothing that its hash does not.
    pub const fn keeps_value(self) -> bool {
        !matches!(self, Self::Device)
    }

    /// Whether the value is valid within an app or shop only, which stands before it and a colon: `appid:openid`.
    pub const fn is_scoped(self) -> bool {
        matches!(
            self,
            Self::WechatOpenid
                | Self::UserId
                | Self::AppDevice
                | Self::TaobaoOuid
                | Self::TaobaoOpenUid
                | Self::AlipayOpenid
        )
    }
}

/// An identifier in its normal form: two that mean the same are equal. Its value is not printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    value: String,
}

/// An identifier as a request gives it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenIdentifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Its text: a phone number (`13800138000`, `+85291234567`), `appid:openid`, a card number of 4 to 32 letters or
    /// digits, a device id of 32 hexadecimal digits, an address. What is valid within an app, shop or system stands after its
    /// name and a colon.
    pub value: String,
}

impl TryFrom<GivenIdentifier> for Identifier {
    type Error = Error;

    fn try_from(given: GivenIdentifier) -> Result<Self, Error> {
        Self::parse(given.kind, &given.value)
    }
}

impl std::fmt::Debug for GivenIdentifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GivenIdentifier({}, hidden)", self.kind.name())
    }
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifier({}, hidden)", self.kind.name())
    }
}

impl Identifier {
    /// Reads a text of the given kind. Spaces around it are allowed; inside it, phone and card numbers may be grouped
    /// by spaces and hyphens. Fails with [`Error::Malformed`], which does not repeat the text.
    pub fn parse(kind: IdentifierKind, text: &str) -> Result<Self, Error> {
        let value = if text.len() > TEXT_BYTES_MAX { None } else { normal::of(kind, text.trim()) };
        value.map(|value| Self { kind, value }).ok_or(Error::Malformed { kind })
    }

    /// What it is.
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// Its text in normal form, the scope included. Personal: never into a log or an event.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// A number for what the identifier is valid in; 0 for everywhere. Two apps of a tenant share one once in four thousand
    /// million pairs, and then share a limit.
    pub fn scope(&self) -> u32 {
        let Some((scope, _)) = self.value.split_once(':').filter(|_| self.kind.is_scoped()) else { return 0 };
        let digest = Sha256::digest(scope.as_bytes());
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]).max(1)
    }

    /// Why it says nothing about who somebody is; `None` where it may. What people type and prove is taken as it is; what
    /// other systems send is asked first.
    pub fn unusable(&self) -> Option<Unusable> {
        usable::check(self.kind, &self.value)
    }
}
