//! What a person can be known by, in the one form in which it is compared.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Error;

/// Bytes of a text that are looked at; no identifier is longer.
const TEXT_BYTES_MAX: usize = 128;

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
}

impl IdentifierKind {
    /// The stored number. Part of every blind index: never changed.
    pub const fn number(self) -> u8 {
        match self {
            Self::Device => 1,
            Self::Phone => 2,
            Self::WechatOpenid => 3,
            Self::Card => 4,
        }
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Phone => "phone",
            Self::WechatOpenid => "wechat_openid",
            Self::Card => "card",
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Device),
            2 => Some(Self::Phone),
            3 => Some(Self::WechatOpenid),
            4 => Some(Self::Card),
            _ => None,
        }
    }

    /// Whether whoever is known by it is a member. A browser and a WeChat account are met without anybody joining.
    pub const fn makes_member(self) -> bool {
        matches!(self, Self::Phone | Self::Card)
    }

    /// Whether the value is kept, sealed. A device id is random and says nothing that its hash does not.
    pub const fn keeps_value(self) -> bool {
        !matches!(self, Self::Device)
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
    /// digits, or a device id of 32 hexadecimal digits.
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
        let text = text.trim();
        let value = match kind {
            _ if text.len() > TEXT_BYTES_MAX => None,
            IdentifierKind::Device => device(text),
            IdentifierKind::Phone => phone(text),
            IdentifierKind::WechatOpenid => wechat_openid(text),
            IdentifierKind::Card => card(text),
        };
        value.map(|value| Self { kind, value }).ok_or(Error::Malformed { kind })
    }

    /// What it is.
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// Its text in normal form. Personal: never into a log or an event.
    pub fn value(&self) -> &str {
        &self.value
    }
}

fn device(text: &str) -> Option<String> {
    (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// E.164 (at most 15 digits after the plus). A number without an international prefix is a mobile number of mainland
/// China: 11 digits, the first 1, the second 3 to 9.
fn phone(text: &str) -> Option<String> {
    let compact = ungrouped(text);
    let (international, digits) = match compact.strip_prefix('+').or_else(|| compact.strip_prefix("00")) {
        Some(digits) => (true, digits),
        None => (false, compact.as_str()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let of_china = |number: &str| number.len() == 11 && matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..]);
    match digits.strip_prefix("86") {
        Some(number) if of_china(number) => Some(format!("+86{number}")),
        Some(_) if international => None,
        _ if international => {
            ((7..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
        }
        _ => of_china(digits).then(|| format!("+86{digits}")),
    }
}

/// `appid:openid`, both case-sensitive: the same WeChat user has another openid in every app.
fn wechat_openid(text: &str) -> Option<String> {
    let (app, user) = text.split_once(':')?;
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let fits = (4..=32).contains(&app.len()) && (16..=64).contains(&user.len()) && plain(app) && plain(user);
    fits.then(|| text.to_owned())
}

fn card(text: &str) -> Option<String> {
    let number = ungrouped(text);
    let fits = (4..=32).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| number.to_ascii_uppercase())
}

fn ungrouped(text: &str) -> String {
    text.chars().filter(|character| !matches!(character, ' ' | '-')).collect()
}
