//! Cookies beside the device's: read by name, set for this site alone and out of reach of scripts.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// The value of a cookie; of several with one name, the first.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Adds a cookie to an answer. `value` has no characters that a cookie cannot hold.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str, seconds: u32, is_https: bool) {
    let secure = if is_https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(text) = HeaderValue::try_from(text) {
        response.headers_mut().append(header::SET_COOKIE, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; tm_wechat2=x".parse().unwrap());
        headers.append(header::COOKIE, "b; tm_wechat=y=z; tm_wechat=later".parse().unwrap());
        assert_eq!(cookie(&headers, "tm_wechat"), Some("y=z"));
        assert_eq!(cookie(&headers, "tm"), None);
    }
}
