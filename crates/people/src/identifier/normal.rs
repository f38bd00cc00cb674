//! The one form in which identifiers of a kind are compared.

use super::IdentifierKind;

/// The normal form of a text without blanks around it; `None` where it is no identifier of the kind.
pub(super) fn of(kind: IdentifierKind, text: &str) -> Option<String> {
    match kind {
        IdentifierKind::Device => device(text),
        IdentifierKind::Phone => phone(text),
        IdentifierKind::WechatOpenid | IdentifierKind::AlipayOpenid => openid(text),
        IdentifierKind::Card => card(text),
        IdentifierKind::Email => email(text),
        IdentifierKind::AlipayUserId => alipay_user_id(text),
        IdentifierKind::WechatUnionid | IdentifierKind::TaobaoOmid => is_token(text).then(|| text.to_owned()),
        IdentifierKind::TaobaoOuid | IdentifierKind::TaobaoOpenUid => scoped(text, is_token),
        IdentifierKind::AppDevice => scoped(text, is_plain).map(|value| value.to_ascii_lowercase()),
        IdentifierKind::UserId => scoped(text, is_plain),
        IdentifierKind::AnonymousId => is_plain(text).then(|| text.to_owned()),
    }
}

/// 32 hexadecimal digits; hyphens of a UUID are allowed.
fn device(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    (digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| digits.to_ascii_lowercase())
}

/// E.164 (at most 15 digits after the plus). A number without an international prefix is a mobile number of mainland
/// China: 11 digits, the first 1, the second 3 to 9.
fn phone(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|character| !matches!(character, ' ' | '-' | '(' | ')' | '.')).collect();
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

/// `appid:openid`, both case-sensitive: the same user has another openid in every app.
fn openid(text: &str) -> Option<String> {
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

/// Small letters: mail servers could tell capitals apart (RFC 5321), and none does.
fn email(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let (local, domain) = lower.rsplit_once('@')?;
    let is_plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    (is_plain(local) && is_plain(domain) && has_dot && local.len() <= 64).then_some(lower)
}

/// 16 digits that begin with 2088, as Alipay gives them out.
fn alipay_user_id(text: &str) -> Option<String> {
    let fits = text.len() == 16 && text.starts_with("2088") && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.to_owned())
}

/// `scope:value`, the scope a short name and the value as `fits` says.
fn scoped(text: &str, fits: fn(&str) -> bool) -> Option<String> {
    let (scope, value) = text.split_once(':')?;
    let is_name = (1..=64).contains(&scope.len())
        && scope.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    (is_name && fits(value)).then(|| text.to_owned())
}

/// What the platforms' ids consist of: base 64 in its variants, and hyphens.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=');
    text.len() >= 4 && text.bytes().all(fits)
}

/// Any text that shows: systems call their users as they like.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains(char::is_control)
}

fn ungrouped(text: &str) -> String {
    text.chars().filter(|character| !matches!(character, ' ' | '-')).collect()
}
