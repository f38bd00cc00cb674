//! Requests that no person made: prefetching browsers, link previews, crawlers. They never count as a check.

use axum::http::HeaderMap;

/// Parts of User-Agent headers that only programs send, in lower case. Messengers fetch a link to draw its preview.
const PROGRAMS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "facebookexternalhit",
    "whatsapp/",
    "telegram",
    "slack",
    "discord",
    "skypeuri",
    "linkedin",
    "embedly",
    "pinterest",
    "mattermost",
    "bingpreview",
    "google-read-aloud",
    "curl/",
    "wget/",
    "python-requests",
    "go-http-client",
    "okhttp",
    "headlesschrome-lighthouse",
    "dingtalkbot",
    "feishu-link",
];

/// Whether the request announces that nobody looks at its answer.
pub(crate) fn nobody_looks(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_ascii_lowercase();
    let is_ahead =
        |value: String| value.contains("prefetch") || value.contains("preview") || value.contains("prerender");
    if ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| is_ahead(text(name))) {
        return true;
    }
    let agent = text("user-agent");
    agent.is_empty() || PROGRAMS.iter().any(|program| agent.contains(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(name: &'static str, value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(
            "user-agent",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0.50".parse().unwrap(),
        );
        headers.insert(name, value.parse().unwrap());
        !nobody_looks(&headers)
    }

    #[test]
    fn phones_look_and_programs_do_not() {
        assert!(looks("accept", "text/html"));
        for agent in [
            "facebookexternalhit/1.1",
            "WhatsApp/2.23",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "TelegramBot (like TwitterBot)",
            "",
        ] {
            assert!(!looks("user-agent", agent), "{agent}");
        }
        assert!(!looks("sec-purpose", "prefetch;prerender"));
        assert!(!looks("purpose", "prefetch"));
        assert!(!looks("x-moz", "prefetch"));
    }
}
