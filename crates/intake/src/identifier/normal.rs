//! The one form in which identifiers of a kind are compared.

use super::usable::{self, Unusable};
use super::{Kind, Unusable as Reason};

/// Bytes of an identifier.
const VALUE_BYTES_MAX: usize = 256;

/// A value and within what it is unique.
pub(super) type Normal = (String, Option<String>);

/// The normal form of `value`, or why it identifies nobody.
pub(super) fn of(kind: Kind, value: &str, scope: Option<&str>) -> Result<Normal, Unusable> {
    let value = value.trim();
    usable::check(value)?;
    if value.len() > VALUE_BYTES_MAX {
        return Err(Reason::Malformed);
    }
    let scope = scope.map(str::trim).filter(|scope| !scope.is_empty());
    let unscoped = |value: Option<String>| Ok((value.ok_or(Reason::Malformed)?, None));
    match kind {
        Kind::Device => unscoped(device(value)),
        Kind::Phone => {
            let number = phone(value).ok_or(Reason::Malformed)?;
            usable::check_phone(&number)?;
            Ok((number, None))
        }
        Kind::WechatOpenid | Kind::AlipayOpenid => openid(value, scope),
        Kind::Card => unscoped(card(value)),
        Kind::Email => email(value).map(|address| (address, None)),
        Kind::AlipayUserId => unscoped(alipay_user_id(value)),
        Kind::AppDevice => Ok((value.to_ascii_lowercase(), scope.map(str::to_owned))),
        Kind::WechatUnionid | Kind::TaobaoOuid | Kind::TaobaoOmid | Kind::TaobaoOpenUid => {
            if is_token(value) {
                Ok((value.to_owned(), scope.map(str::to_owned)))
            } else {
                Err(Reason::Malformed)
            }
        }
        Kind::UserId | Kind::AnonymousId => Ok((value.to_owned(), None)),
    }
}

/// 32 hexadecimal digits, hyphens of a UUID allowed.
fn device(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    (digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| digits.to_ascii_lowercase())
}

/// E.164 (at most 15 digits after the plus). A number without an international prefix is a mobile number of mainland
/// China: 11 digits, the first 1, the second 3 to 9.
fn phone(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|character| !matches!(character, ' ' | '-' | '(' | ')' | '.')).collect();
    let (is_international, digits) = match compact.strip_prefix('+').or_else(|| compact.strip_prefix("00")) {
        Some(digits) => (true, digits),
        None => (false, compact.as_str()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_of_china = |number: &str| number.len() == 11 && matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..]);
    match digits.strip_prefix("86") {
        Some(number) if is_of_china(number) => Some(format!("+86{number}")),
        Some(_) if is_international => None,
        _ if is_international => {
            ((7..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
        }
        _ => is_of_china(digits).then(|| format!("+86{digits}")),
    }
}

/// `appid:openid`, or an openid whose app is named beside it; both case-sensitive.
fn openid(value: &str, scope: Option<&str>) -> Result<Normal, Unusable> {
    let (app, user) = match (value.split_once(':'), scope) {
        (Some((app, user)), _) => (app, user),
        (None, Some(app)) => (app, value),
        (None, None) => return Err(Reason::NoScope),
    };
    let fits = (4..=32).contains(&app.len()) && (16..=64).contains(&user.len()) && is_token(app) && is_token(user);
    if fits { Ok((user.to_owned(), Some(app.to_owned()))) } else { Err(Reason::Malformed) }
}

/// 4 to 32 letters or digits, which may be grouped; capitals and small letters mean the same.
fn card(text: &str) -> Option<String> {
    let number: String = text.chars().filter(|character| !matches!(character, ' ' | '-')).collect();
    let fits = (4..=32).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| number.to_ascii_uppercase())
}

/// Small letters: mail servers could tell capitals apart (RFC 5321), and none does.
fn email(text: &str) -> Result<String, Unusable> {
    let lower = text.to_lowercase();
    let (local, domain) = lower.rsplit_once('@').ok_or(Reason::Malformed)?;
    let is_plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    if !is_plain(local) || !is_plain(domain) || !has_dot || local.len() > 64 {
        return Err(Reason::Malformed);
    }
    usable::check(local).map_err(|_| Reason::Shared)?;
    Ok(lower)
}

/// 16 digits that begin with 2088, as Alipay gives them out.
fn alipay_user_id(text: &str) -> Option<String> {
    let fits = text.len() == 16 && text.starts_with("2088") && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.to_owned())
}

/// What the platforms' ids consist of: base 64 in its variants, and hyphens.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=');
    text.len() >= 4 && text.bytes().all(fits)
}
