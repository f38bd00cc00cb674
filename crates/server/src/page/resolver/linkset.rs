//! Links as a linkset in JSON (RFC 9264, by GS1's schema): one object for each key that has links, the closest first.

use serde_json::{Map, Value, json};
use tallymark_goods::rules::link::GS1_VOCABULARY;
use tallymark_goods::rules::resolve::default_of;
use tallymark_goods::{DefaultUse, ResolverLink};

use super::SCAN_PAGE_TERM;

/// The media type of a linkset.
pub(super) const LINKSET: &str = "application/linkset+json";

/// What makes JSON-LD of a linkset.
pub(super) const CONTEXT: &str = "https://ref.gs1.org/standards/resolver/linkset-context";

/// The header that leads there.
pub(super) const CONTEXT_HEADER: &str = "<https://ref.gs1.org/standards/resolver/linkset-context>; \
     rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

/// The page that checks one of our codes: the default link of its item.
pub(super) struct ScanPage {
    pub(super) anchor: String,
    pub(super) href: String,
}

/// Everything that is known of a key and what it is one of.
pub(super) fn whole(origin: &str, anchors: &[String], known: &[ResolverLink], page: Option<&ScanPage>) -> Value {
    let default = default_of(known, anchors);
    let contexts = anchors.iter().filter_map(|anchor| {
        let own = known.iter().filter(|link| link.anchor == *anchor);
        let mut context = Map::new();
        for link in own.clone() {
            push(&mut context, &link.link_type, described(link));
        }
        let page = page.filter(|page| page.anchor == *anchor);
        if let Some(ScanPage { href, .. }) = page {
            // The standard wants what is the default under the name of what it is, too.
            let item = json!({"href": href, "title": "Check this item"});
            push(&mut context, &term(SCAN_PAGE_TERM), item.clone());
            push(&mut context, &term("defaultLink"), item);
        }
        let is_default =
            |link: &&ResolverLink| link.default_use == DefaultUse::Default || default.is_some_and(|own| own == *link);
        if let Some(link) = own.clone().find(is_default).filter(|_| page.is_none()) {
            // A default link has no attributes beside its title.
            push(&mut context, &term("defaultLink"), json!({"href": link.target, "title": link.title}));
        }
        for link in own.filter(|link| link.default_use == DefaultUse::ByRequest) {
            push(&mut context, &term("defaultLinkMulti"), described(link));
        }
        anchored(origin, anchor, context)
    });
    json!({"linkset": contexts.collect::<Vec<_>>()})
}

/// Only some of it, to choose from.
pub(super) fn part(origin: &str, anchors: &[String], found: &[&ResolverLink]) -> Value {
    let contexts = anchors.iter().filter_map(|anchor| {
        let mut context = Map::new();
        for link in found.iter().filter(|link| link.anchor == *anchor) {
            push(&mut context, &link.link_type, described(link));
        }
        anchored(origin, anchor, context)
    });
    json!({"linkset": contexts.collect::<Vec<_>>()})
}

fn term(name: &str) -> String {
    format!("{GS1_VOCABULARY}{name}")
}

fn anchored(origin: &str, anchor: &str, mut context: Map<String, Value>) -> Option<Value> {
    if context.is_empty() {
        return None;
    }
    context.insert("anchor".to_owned(), format!("{origin}{anchor}").into());
    Some(context.into())
}

fn push(context: &mut Map<String, Value>, link_type: &str, item: Value) {
    let items = context.entry(link_type).or_insert_with(|| json!([]));
    if let Value::Array(items) = items {
        items.push(item);
    }
}

fn described(link: &ResolverLink) -> Value {
    let mut item = json!({"href": link.target, "title": link.title});
    if !link.languages.is_empty() {
        item["hreflang"] = json!(link.languages);
    }
    if let Some(media_type) = &link.media_type {
        item["type"] = json!(media_type);
    }
    if let Some(context) = &link.context {
        item["context"] = json!([context]);
    }
    item
}
