//! Which links may be kept: about which keys, of which types, leading where.

use tallymark_codes::gs1::{DigitalLinkUri, Options};

use crate::rules::text;
use crate::{Error, NewResolverLink};

/// Links that a key with its qualifiers may have.
pub const LINKS_PER_ANCHOR_MAX: i64 = 100;
/// Characters of a target.
pub const TARGET_MAX: usize = 2_000;
/// Languages of one link.
pub const LANGUAGES_MAX: usize = 16;
/// Characters of a type of link.
const LINK_TYPE_MAX: usize = 200;
/// Characters of a context.
const CONTEXT_MAX: usize = 40;
/// Characters of a media type (RFC 6838 allows 127 on each side; registered ones are shorter).
const MEDIA_TYPE_MAX: usize = 127;

/// GS1's vocabulary of link types.
pub const GS1_VOCABULARY: &str = "https://ref.gs1.org/voc/";
/// How the same vocabulary was written before.
const FORMER_VOCABULARIES: [&str; 4] =
    ["https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "http://ref.gs1.org/voc/"];
/// Terms that say what a link is for beside its type.
const RESERVED_TERMS: [&str; 3] = ["defaultLink", "defaultLinkMulti", "handledBy"];

/// What a resolver forgives in a link that it is asked for.
pub fn lenient() -> Options {
    Options { has_zero_suppressed_gtins: true, has_trailing_slash: true, ..Options::default() }
}

/// The path of a key with its qualifiers, as the standard writes it, from any Digital Link of it.
pub fn anchor_of(text: &str) -> Result<String, Error> {
    let link = match text.starts_with('/') {
        true => DigitalLinkUri::parse_target(text, &lenient())?,
        false => DigitalLinkUri::parse_with(text, &lenient())?,
    };
    if !link.attributes().is_empty() || !link.others().is_empty() {
        return Err(Error::AnchorQuery);
    }
    Ok(link.at(""))
}

/// The anchors whose links are about what a link names, the closest first: the key with all of its qualifiers, then
/// with fewer, then alone. Of two with as many, the one with the later qualifier is closer: a serial number before a
/// lot.
pub fn anchors_of(link: &DigitalLinkUri) -> Vec<String> {
    let qualifiers = link.qualifiers();
    let mut choices: Vec<u32> = (0..1 << qualifiers.len()).collect();
    choices.sort_by_key(|choice| std::cmp::Reverse((choice.count_ones(), *choice)));
    let anchor = |choice: u32| {
        let kept = qualifiers.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1);
        let elements = std::iter::once(link.key()).chain(kept.map(|(_, element)| element)).cloned().collect();
        DigitalLinkUri::from_elements(elements).ok().map(|link| link.at(""))
    };
    choices.into_iter().filter_map(anchor).collect()
}

/// A type of link as the URI that stands for it; `None` for what is none.
pub fn link_type_of(text: &str) -> Option<String> {
    let former = FORMER_VOCABULARIES.iter().find_map(|vocabulary| text.strip_prefix(vocabulary));
    let term = text.strip_prefix("gs1:").or(former).or_else(|| text.strip_prefix(GS1_VOCABULARY));
    match term {
        Some(term) => {
            let is_term = !term.is_empty() && term.bytes().all(|byte| byte.is_ascii_alphanumeric());
            (is_term && text.len() <= LINK_TYPE_MAX).then(|| format!("{GS1_VOCABULARY}{term}"))
        }
        None => is_address(text, LINK_TYPE_MAX, &["https://", "http://"]).then(|| text.to_owned()),
    }
}

/// Checks a link; its anchor and type come back as they are kept.
pub fn checked(new: NewResolverLink) -> Result<NewResolverLink, Error> {
    let anchor = anchor_of(&new.anchor)?;
    let reserved = |uri: &String| RESERVED_TERMS.iter().any(|term| *uri == format!("{GS1_VOCABULARY}{term}"));
    let link_type = link_type_of(&new.link_type).filter(|uri| !reserved(uri));
    let link_type = link_type.ok_or_else(|| Error::LinkType { given: new.link_type.clone() })?;
    if !is_target(&new.target) {
        return Err(Error::Target { given: new.target, max: TARGET_MAX });
    }
    text::check("title", &new.title, text::NAME_MAX)?;
    let refused = |field, given: &str| Err(Error::LinkAttribute { field, given: given.to_owned() });
    if let Some(wrong) = new.languages.iter().find(|language| !is_language(language)) {
        return refused("language (BCP 47)", wrong);
    }
    if new.languages.len() > LANGUAGES_MAX {
        return refused("list of at most 16 languages", &new.languages.len().to_string());
    }
    if let Some(wrong) = new.media_type.as_ref().filter(|media_type| !is_media_type(media_type)) {
        return refused("media type", wrong);
    }
    if let Some(wrong) = new.context.as_ref().filter(|context| !is_context(context)) {
        return refused("context", wrong);
    }
    Ok(NewResolverLink { anchor, link_type, ..new })
}

/// People are only sent over https; a machine's own address, for trying things out, may do without.
fn is_target(text: &str) -> bool {
    let is_own = ["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|own| {
        text.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '?', '#']))
    });
    is_address(text, TARGET_MAX, &["https://"]) || is_own && is_address(text, TARGET_MAX, &["http://"])
}

/// An absolute address with a host and without a user's name.
fn is_address(text: &str, max: usize, schemes: &[&str]) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_host = |host: &str| host.bytes().any(|byte| byte.is_ascii_alphanumeric()) && !host.contains('@');
    text.len() <= max && text.bytes().all(known) && host.is_some_and(is_host)
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let is_first = (2..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_first && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.len() <= MEDIA_TYPE_MAX && text.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name))
}

fn is_context(text: &str) -> bool {
    (1..=CONTEXT_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_in_one_spelling() {
        for (text, anchor) in [
            ("/01/06901234567892", "/01/06901234567892"),
            ("/01/6901234567892/", "/01/06901234567892"),
            ("HTTPS://Q.EXAMPLE/stem/01/06901234567892/10/a%2fb", "/01/06901234567892/10/a%2Fb"),
            ("/414/9506000134352/254/X", "/414/9506000134352/254/X"),
        ] {
            assert_eq!(anchor_of(text).unwrap(), anchor, "{text}");
        }
        assert!(matches!(anchor_of("/01/06901234567893"), Err(Error::Anchor(_))));
        for text in ["/01/06901234567892?17=271231", "/01/06901234567892?from=poster"] {
            assert!(matches!(anchor_of(text), Err(Error::AnchorQuery)), "{text}");
        }
    }

    #[test]
    fn what_is_closest_comes_first() {
        let link = DigitalLinkUri::parse_target("/01/06901234567892/10/L/21/S?17=271231", &lenient()).unwrap();
        let anchors = anchors_of(&link);
        let expected = ["/10/L/21/S", "/21/S", "/10/L", ""].map(|rest| format!("/01/06901234567892{rest}"));
        assert_eq!(anchors, expected);
    }

    #[test]
    fn a_type_of_link_has_one_uri() {
        for text in ["gs1:pip", "https://ref.gs1.org/voc/pip", "https://gs1.org/voc/pip", "http://gs1.org/voc/pip"] {
            assert_eq!(link_type_of(text).as_deref(), Some("https://ref.gs1.org/voc/pip"), "{text}");
        }
        assert_eq!(link_type_of("https://schema.org/video").as_deref(), Some("https://schema.org/video"));
        for text in ["", "pip", "gs1:", "gs1:a b", "gs1:a/../b", "schema:video", "javascript:alert(1)"] {
            assert_eq!(link_type_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_target_is_an_https_address() {
        for text in ["https://a.example/", "https://a.example?x=1", "http://localhost:8080/x", "http://127.0.0.1"] {
            assert!(is_target(text), "{text}");
        }
        let long = format!("https://a.example/{}", "x".repeat(TARGET_MAX));
        for text in [
            "",
            "http://a.example/",
            "http://localhost.example/",
            "http://127.0.0.1@a.example/",
            "//a.example",
            "/path",
            "javascript:alert(1)",
            "https://",
            "https://u@a.example/",
            "https://a.example/\r\nSet-Cookie: x",
            "https://a.example/字",
            &long,
        ] {
            assert!(!is_target(text), "{text}");
        }
    }

    #[test]
    fn languages_and_media_are_written_as_their_standards_say() {
        assert!(["zh", "zh-CN", "en-GB-oxendict", "sr-Latn-RS"].into_iter().all(is_language));
        assert!(!["", "z", "zh_CN", "zh-", "1a", "en GB"].into_iter().any(is_language));
        assert!(["text/html", "application/ld+json", "application/vnd.x.y"].into_iter().all(is_media_type));
        assert!(!["", "html", "text/", "/html", "text/html; charset=utf-8", "*/*"].into_iter().any(is_media_type));
    }
}
