//! A person as text.

use tallymark_people::portrait::{Portrait, ShownValue};
use tallymark_people::tags::Tag;

use crate::print::table;

/// What is known of a person: identifiers, fields, tags and consents, one table below the other.
pub(super) fn portrait_text(portrait: &Portrait) -> String {
    let hidden = || "-".to_owned();
    let known = portrait.identifiers.iter().map(|one| {
        let note = match (one.shared, one.erased_at) {
            (_, Some(at)) => format!("erased {at}"),
            (true, None) => "shared by many".to_owned(),
            (false, None) => String::new(),
        };
        let value = one.value.clone().unwrap_or_else(hidden);
        [one.kind.name().to_owned(), value, one.account.to_string(), one.since.to_string(), note]
    });
    let known = table(["KNOWN BY", "VALUE", "ACCOUNT", "SINCE", ""], &known.collect::<Vec<_>>(), "nothing");
    let row = |field: &str, said: &ShownValue| {
        let checked = if said.verified { "checked" } else { "" };
        let value = said.value.clone().unwrap_or_else(hidden);
        [field.to_owned(), value, said.source.clone(), said.at.to_string(), checked.to_owned()]
    };
    let fields = portrait.profile.iter().flat_map(|field| {
        let others = field.others.iter().map(|other| row("  or", other)).collect::<Vec<_>>();
        std::iter::once(row(&field.field, &field.said)).chain(others)
    });
    let fields = table(["FIELD", "VALUE", "SOURCE", "AT", ""], &fields.collect::<Vec<_>>(), "nothing is known");
    let consents = portrait.consents.iter().map(|one| {
        let given = if one.given { "given" } else { "taken back" };
        [one.purpose.clone(), one.channel.clone(), given.to_owned(), one.account.to_string(), one.at.to_string()]
    });
    let consents =
        table(["PURPOSE", "CHANNEL", "", "ACCOUNT", "AT"], &consents.collect::<Vec<_>>(), "nothing was allowed");
    let head = format!("{}  tier {}, since {}", portrait.person, portrait.tier, portrait.since);
    format!("{head}\n\n{known}\n{fields}\n{}\n{consents}", tags_table(&portrait.tags))
}

/// Tags, one on a line.
pub(super) fn tags_table(tags: &[Tag]) -> String {
    let row = |tag: &Tag| {
        let until = tag.expires_at.map_or_else(|| "for good".to_owned(), |end| format!("until {end}"));
        [tag.tag.clone(), tag.source.clone(), tag.set_at.to_string(), until]
    };
    table(["TAG", "SOURCE", "SET", ""], &tags.iter().map(row).collect::<Vec<_>>(), "no tags")
}
