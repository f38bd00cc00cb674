//! By what the person behind an event can be known.
//!
//! Looked at are the two ids of the event, the traits of the person, external ids and the device. The properties of an
//! event are not: the phone number of an order may be its receiver's.

mod normal;
mod sources;
mod usable;

pub use sources::{Findings, identifiers};
pub use usable::Unusable;

/// The kinds of identifier that events bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
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
    /// What the source's own system calls its user.
    UserId,
    /// What an SDK calls a browser or an installed app.
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

impl Kind {
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

    /// The number that may be stored. Never changed; the first four are those of `people`.
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
}

/// An identifier as an event gives it, its kind in the source's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// What the source calls the kind.
    pub name: String,
    /// The value.
    pub value: String,
    /// Within what it is unique, where the source says that: an appid.
    pub scope: Option<String>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Given({}, hidden)", self.name)
    }
}

/// An identifier that can be used, in its normal form: two that mean the same are equal. Its value is not printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its normal form.
    pub value: String,
    /// Within what it is unique: the appid of an openid, the package of an app. None where it is unique by itself, or the
    /// source did not say.
    pub scope: Option<String>,
    /// Which member of the event it stood in.
    pub member: &'static str,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Found({}, {}, hidden)", self.kind.name(), self.member)
    }
}

/// An identifier that cannot be used, and why. The value is left out, so that it can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dropped {
    /// What it would have been; none where the source's word for it is not known.
    pub kind: Option<Kind>,
    /// Why it cannot be used.
    pub reason: Unusable,
    /// Which member of the event it stood in.
    pub member: &'static str,
}
