//! Pure rules: which texts are accepted, where a kind of organisation belongs, and where an organisation may sell.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use tallymark_base::TypedId as _;
use tallymark_base::geography::{Adcode, division};
use tallymark_base::id::OrganisationId;

use crate::{Error, NewOrganisation, Organisation, OrganisationKind};

const NAME_CHARS_MAX: usize = 120;
const CODE_BYTES_MAX: usize = 40;
/// RFC 1035, section 2.3.4, without the length octets.
const HOST_BYTES_MAX: usize = 253;
/// Characters of a refused text that an error repeats.
const SHOWN_MAX: usize = 80;
pub(crate) const HOSTS_MAX: usize = 50;
pub(crate) const TERRITORY_MAX: usize = 500;
/// Deeper trees exist on no organisation chart; the limit keeps a path short.
pub(crate) const LEVELS_MAX: usize = 12;
/// A text after every path: paths are made of digits, capitals and slashes.
pub(crate) const PATH_END: &str = "a";
/// An id in a path: 13 digits and a slash.
const STEP_BYTES: usize = 14;

/// Accepts a name of 1 to 120 characters without control characters (U+0000 among them).
pub fn check_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::Name { length });
    }
    Ok(())
}

/// The host of a request or of a setting in the form in which it is stored: lower case, without a port and without the
/// dot of the root. Accepts names, IPv4 addresses, and IPv6 addresses in brackets.
pub fn normal_host(text: &str) -> Result<String, Error> {
    let malformed = || Error::HostMalformed { host: shown(text) };
    let lower = text.trim().to_ascii_lowercase();
    let (host, port) = match (lower.starts_with('['), lower.find(']')) {
        (true, Some(end)) => lower.split_at(end + 1),
        _ => lower.find(':').map_or((lower.as_str(), ""), |colon| lower.split_at(colon)),
    };
    let port_is_one = port.strip_prefix(':').is_none_or(|digits| digits.parse::<u16>().is_ok());
    if !port_is_one || (!port.is_empty() && !port.starts_with(':')) {
        return Err(malformed());
    }
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: std::net::Ipv6Addr = address.parse().map_err(|_| malformed())?;
        return Ok(format!("[{address}]"));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > HOST_BYTES_MAX || !host.split('.').all(is_label) {
        return Err(malformed());
    }
    Ok(host.to_owned())
}

/// The rules of a zone by its IANA name.
pub fn time_zone(zone: &str) -> Result<TimeZone, Error> {
    TimeZone::get(zone).map_err(|_| Error::ZoneUnknown { zone: shown(zone) })
}

/// Accepts the fields of an organisation that need nothing else to be judged.
pub fn check_fields(new: &NewOrganisation) -> Result<(), Error> {
    check_name(&new.name)?;
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=CODE_BYTES_MAX).contains(&new.code.len()) || !new.code.bytes().all(is_code) {
        return Err(Error::CodeMalformed { code: shown(&new.code) });
    }
    if new.territory.len() > TERRITORY_MAX {
        return Err(Error::TooManyPlaces { given: new.territory.len(), max: TERRITORY_MAX });
    }
    for adcode in new.adcode.iter().chain(&new.territory) {
        if *adcode != Adcode::CHINA && division(*adcode).is_none() {
            return Err(Error::PlaceUnknown { adcode: *adcode });
        }
    }
    Ok(())
}

/// Accepts a kind below a parent's kind (none for the root).
pub fn check_place(kind: OrganisationKind, parent: Option<OrganisationKind>) -> Result<(), Error> {
    use OrganisationKind::{Brand, Dealer, Region, Store};
    let belongs = match kind {
        Brand => parent.is_none(),
        Region => matches!(parent, Some(Brand | Region)),
        Dealer | Store => matches!(parent, Some(Brand | Region | Dealer)),
    };
    if belongs { Ok(()) } else { Err(Error::KindMisplaced { kind, parent }) }
}

/// The path of a node below its parent's path (empty for the root).
pub(crate) fn path_below(parent_path: &str, id: OrganisationId) -> Result<String, Error> {
    if parent_path.len() / STEP_BYTES >= LEVELS_MAX {
        return Err(Error::TooDeep { max: LEVELS_MAX });
    }
    let text = id.to_string();
    Ok(format!("{parent_path}{}/", &text[OrganisationId::PREFIX.len() + 1..]))
}

/// The first text after all paths that begin with `path`: its last slash replaced by the character behind it.
pub(crate) fn end_of_subtree(path: &str) -> String {
    format!("{}0", path.strip_suffix('/').unwrap_or(path))
}

/// The first text that can be the path of a node after the one with `path`: its first child's, or that of what follows
/// its subtree. An id never begins with anything before the digit 0.
pub(crate) fn after_node(path: &str) -> String {
    format!("{path}0")
}

/// The channel tree in memory, for decisions about many organisations.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    by_id: HashMap<OrganisationId, Organisation>,
}

impl Tree {
    /// The tree of these organisations. A node whose parent is not among them counts as a root.
    pub fn new(organisations: impl IntoIterator<Item = Organisation>) -> Self {
        Self { by_id: organisations.into_iter().map(|organisation| (organisation.id, organisation)).collect() }
    }

    /// An organisation.
    pub fn get(&self, id: OrganisationId) -> Option<&Organisation> {
        self.by_id.get(&id)
    }

    /// The node and those above it, from below.
    pub fn upwards(&self, id: OrganisationId) -> impl Iterator<Item = &Organisation> {
        // The limit ends a circle, which no stored tree has but a given list could.
        std::iter::successors(self.get(id), |node| node.parent.and_then(|parent| self.get(parent))).take(LEVELS_MAX)
    }

    /// Where an organisation may sell: its own places, or else those of the nearest node above that has some. Empty:
    /// everywhere.
    pub fn territory_at(&self, id: OrganisationId) -> &[Adcode] {
        self.upwards(id).map(|node| node.territory.as_slice()).find(|places| !places.is_empty()).unwrap_or_default()
    }

    /// Whether an organisation may sell at a place. An organisation that is not in the tree may sell nowhere.
    pub fn sells_in(&self, id: OrganisationId, place: Adcode) -> bool {
        self.by_id.contains_key(&id) && covers(self.territory_at(id), place)
    }
}

/// Whether a territory, already resolved ([`Tree::territory_at`]), covers a place. Empty covers everything.
pub fn covers(territory: &[Adcode], place: Adcode) -> bool {
    territory.is_empty() || territory.iter().any(|part| part.contains(place))
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}
