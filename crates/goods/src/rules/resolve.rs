//! Which link answers a request for a GS1 key (GS1-Conformant Resolver Standard 1.2).
//!
//! The closest key that has a link of the wanted type answers: the item before the lot, the lot before the product.
//! Among several of one type, the context of the request chooses first, then the reader's languages, then the media
//! they accept, then the default; where still more than one is left, the reader chooses.

use crate::rules::link::GS1_VOCABULARY;
use crate::{DefaultUse, ResolverLink};

/// Preferences of one header that are looked at.
const PREFERENCES_MAX: usize = 32;

/// How well a link fits that says nothing of a matter, or that nobody asked of it: better than one that only a wild
/// card takes, and worse than one that is asked for by name.
const NEUTRAL: u16 = 1_500;
/// A link that is asked for by name fits this well, and by its weight better.
const NAMED: u16 = 2_000;

/// What a request wants.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The type of link as a URI; none for the default.
    pub link_type: Option<String>,
    /// The `context`.
    pub context: Option<String>,
    /// `Accept-Language`.
    pub languages: Vec<Preference>,
    /// `Accept`.
    pub media: Vec<Preference>,
}

/// One of the things that a header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// In lower case.
    name: String,
    /// Its weight in thousandths.
    weight: u16,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'a> {
    /// This one.
    One(&'a ResolverLink),
    /// Any of these: nothing in the request tells them apart.
    Several(Vec<&'a ResolverLink>),
    /// There is none.
    None,
}

/// Reads a header such as `zh-CN, en;q=0.8`.
pub fn preferences(header: &str) -> Vec<Preference> {
    let read = |part: &str| {
        let mut parameters = part.split(';').map(str::trim);
        let name = parameters.next()?.to_ascii_lowercase();
        let weight = parameters.find_map(|parameter| parameter.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        (!name.is_empty()).then(|| Preference { name, weight: (weight.clamp(0.0, 1.0) * 1000.0) as u16 })
    };
    header.split(',').take(PREFERENCES_MAX).filter_map(read).collect()
}

/// Chooses among the links of `anchors`, the closest of which comes first.
pub fn choice<'a>(links: &'a [ResolverLink], anchors: &[String], wish: &Wish) -> Choice<'a> {
    let of = |anchor: &String| links.iter().filter(|link| link.anchor == *anchor).collect::<Vec<_>>();
    if let Some(wanted) = &wish.link_type {
        let of_type = |anchor| {
            let mut found = of(anchor);
            found.retain(|link| link.link_type == *wanted);
            (!found.is_empty()).then_some(found)
        };
        return anchors.iter().find_map(of_type).map_or(Choice::None, |found| best(found, wish));
    }
    for anchor in anchors {
        let found = of(anchor);
        let own = found.iter().copied().filter(|link| link.default_use == DefaultUse::ByRequest && suits(link, wish));
        let own: Vec<_> = own.collect();
        if !own.is_empty() {
            return best(own, wish);
        }
        if let Some(default) = found.into_iter().find(|link| link.default_use == DefaultUse::Default) {
            return Choice::One(default);
        }
    }
    default_of(links, anchors).map_or(Choice::None, Choice::One)
}

/// The default link: the one that was named as such closest to the thing; else, so that there always is one, the oldest
/// page of product information of the widest key, or its oldest link.
pub fn default_of<'a>(links: &'a [ResolverLink], anchors: &[String]) -> Option<&'a ResolverLink> {
    let of = |anchor: &String| links.iter().filter(|link| link.anchor == *anchor).collect::<Vec<_>>();
    let named = |anchor| of(anchor).into_iter().find(|link| link.default_use == DefaultUse::Default);
    let pip = format!("{GS1_VOCABULARY}pip");
    let oldest = |anchor| of(anchor).into_iter().min_by_key(|link| (link.link_type != pip, link.id));
    anchors.iter().find_map(named).or_else(|| anchors.iter().rev().find_map(oldest))
}

/// Is this default meant for such a request?
fn suits(link: &ResolverLink, wish: &Wish) -> bool {
    let (context, language, media) = (context_fit(link, wish), language_fit(link, wish), media_fit(link, wish));
    let is_of_medium = media > NEUTRAL && link.context.is_none() && link.languages.is_empty();
    let is_asked = context > NEUTRAL || language > NEUTRAL || is_of_medium;
    context > 0 && language > 0 && media > 0 && is_asked
}

fn best<'a>(mut links: Vec<&'a ResolverLink>, wish: &Wish) -> Choice<'a> {
    for fit in [context_fit, language_fit, media_fit] {
        let highest = links.iter().map(|link| fit(link, wish)).max();
        links.retain(|link| Some(fit(link, wish)) == highest);
    }
    let mut defaults = links.iter().filter(|link| link.default_use != DefaultUse::No);
    match (&links[..], defaults.next(), defaults.next()) {
        ([], ..) => Choice::None,
        ([only], ..) => Choice::One(only),
        (_, Some(default), None) => Choice::One(default),
        _ => Choice::Several(links),
    }
}

/// How well a link fits: 0 not at all.
fn context_fit(link: &ResolverLink, wish: &Wish) -> u16 {
    match (&link.context, &wish.context) {
        (None, _) => NEUTRAL,
        (Some(own), Some(wanted)) if own.eq_ignore_ascii_case(wanted) => NAMED,
        _ => 0,
    }
}

/// As RFC 4647 looks up: `en` asks for `en-GB` too, and who reads `en-GB` reads `en`.
fn language_fit(link: &ResolverLink, wish: &Wish) -> u16 {
    let begins =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let reads = |own: &String, wanted: &str| {
        let own = own.to_ascii_lowercase();
        wanted == "*" || begins(&own, wanted) || begins(wanted, &own)
    };
    fit(link.languages.is_empty(), &wish.languages, |wanted| link.languages.iter().any(|own| reads(own, wanted)))
}

fn media_fit(link: &ResolverLink, wish: &Wish) -> u16 {
    let own = link.media_type.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
    let takes = |wanted: &str| {
        wanted == "*/*" || wanted == own || wanted.strip_suffix('*').is_some_and(|kind| own.starts_with(kind))
    };
    fit(link.media_type.is_none(), &wish.media, takes)
}

fn fit(says_nothing: bool, wanted: &[Preference], takes: impl Fn(&str) -> bool) -> u16 {
    if says_nothing || wanted.is_empty() {
        return NEUTRAL;
    }
    let weight = |is_wild: bool| {
        let mut alike = wanted.iter().filter(|preference| preference.name.contains('*') == is_wild);
        alike.find(|preference| takes(&preference.name)).map(|preference| preference.weight)
    };
    match (weight(false), weight(true)) {
        (Some(0), _) => 0,
        (Some(weight), _) => NAMED + weight,
        (None, weight) => weight.unwrap_or(0),
    }
}
