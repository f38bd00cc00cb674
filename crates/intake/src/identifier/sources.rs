//! Where in an event identifiers stand.

use std::borrow::Cow;

use serde_json::value::RawValue;

use tallymark_people::Identifier;

use super::{Dropped, Found, Given, Kind, Unusable};
use crate::json::{self, members};
use crate::{Event, event};

/// What the identifiers of an event come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Those that can be used, each once, the source's own ids first.
    pub found: Vec<Found>,
    /// Those that cannot.
    pub dropped: Vec<Dropped>,
}

/// External ids that traits may hold.
const EXTERNAL_IDS_MAX: usize = 16;

/// The names of kinds in external ids and merges, without case and separators.
const NAMES: [(&str, Kind); 25] = [
    ("device", Kind::Device),
    ("phone", Kind::Phone),
    ("phonenumber", Kind::Phone),
    ("mobile", Kind::Phone),
    ("wechatopenid", Kind::WechatOpenid),
    ("openid", Kind::WechatOpenid),
    ("card", Kind::Card),
    ("membercard", Kind::Card),
    ("wechatunionid", Kind::WechatUnionid),
    ("unionid", Kind::WechatUnionid),
    ("email", Kind::Email),
    ("userid", Kind::UserId),
    ("anonymousid", Kind::AnonymousId),
    ("appdevice", Kind::AppDevice),
    ("taobaoouid", Kind::TaobaoOuid),
    ("ouid", Kind::TaobaoOuid),
    ("taobaoomid", Kind::TaobaoOmid),
    ("omid", Kind::TaobaoOmid),
    ("taobaoopenuid", Kind::TaobaoOpenUid),
    ("taobaoopenid", Kind::TaobaoOpenUid),
    ("openuid", Kind::TaobaoOpenUid),
    ("buyeropenuid", Kind::TaobaoOpenUid),
    ("alipayuserid", Kind::AlipayUserId),
    ("alipayopenid", Kind::AlipayOpenid),
    ("deviceid", Kind::AppDevice),
];

/// Names of what advertisers know a device by, without case and separators. `imei` and `mac` stay with the device when it
/// is sold.
const ADVERTISING: [&str; 8] = ["oaid", "idfa", "gaid", "aaid", "advertisingid", "imei", "androidadvertisingid", "mac"];

/// Traits that are looked at: their names without case and separators, what they are, and the trait that names the scope.
const TRAITS: [(&str, Kind, &str, &str); 16] = [
    ("phone", Kind::Phone, "traits.phone", ""),
    ("phonenumber", Kind::Phone, "traits.phone", ""),
    ("mobile", Kind::Phone, "traits.phone", ""),
    ("email", Kind::Email, "traits.email", ""),
    ("membercard", Kind::Card, "traits.member_card", ""),
    ("wechatopenid", Kind::WechatOpenid, "traits.wechat_openid", "wechatappid"),
    ("openid", Kind::WechatOpenid, "traits.openid", "appid"),
    ("wechatunionid", Kind::WechatUnionid, "traits.wechat_unionid", ""),
    ("unionid", Kind::WechatUnionid, "traits.unionid", ""),
    ("taobaoouid", Kind::TaobaoOuid, "traits.taobao_ouid", "taobaosellerid"),
    ("ouid", Kind::TaobaoOuid, "traits.ouid", "sellerid"),
    ("taobaoomid", Kind::TaobaoOmid, "traits.taobao_omid", ""),
    ("omid", Kind::TaobaoOmid, "traits.omid", ""),
    ("taobaoopenuid", Kind::TaobaoOpenUid, "traits.taobao_open_uid", "taobaoappkey"),
    ("alipayuserid", Kind::AlipayUserId, "traits.alipay_user_id", ""),
    ("alipayopenid", Kind::AlipayOpenid, "traits.alipay_openid", "alipayappid"),
];

/// The identifiers of the person behind an event. `namespace` is what the source's own user ids, and devices of apps that
/// do not name themselves, are unique in: a word of letters, digits, `_`, `-` and `.`.
pub fn identifiers(event: &Event, namespace: &str) -> Findings {
    let mut findings = Gathering { findings: Findings::default(), namespace };
    if let Some(id) = &event.user_id {
        findings.add(Kind::UserId, id, None, "userId");
    }
    if let Some(id) = &event.anonymous_id {
        findings.add(Kind::AnonymousId, id, None, "anonymousId");
    }
    match &event.kind {
        event::Kind::Alias { previous_id } => {
            // SDKs draw anonymous ids as UUIDs; the id of a user is seldom one.
            let kind = if is_uuid(previous_id) { Kind::AnonymousId } else { Kind::UserId };
            findings.add(kind, previous_id, None, "previousId");
        }
        event::Kind::Merge { identifiers } => {
            identifiers.iter().for_each(|given| findings.add_given(given, "mergeProperties"));
        }
        _ => {}
    }
    findings.add_traits(event);
    event.context.external_ids.iter().for_each(|given| findings.add_given(given, "context.externalId"));
    findings.add_device(event);
    findings.findings
}

/// Whether a trait says by what a person, a device or an app is known, so that it is none of what is known of the person.
pub(crate) fn is_identifying(name: &str) -> bool {
    let bare = bare(name);
    let is_bare = |one: &str| one == bare;
    matches!(bare.as_str(), "id" | "externalid" | "externalids")
        || NAMES.iter().any(|(one, _)| is_bare(one))
        || ADVERTISING.into_iter().any(is_bare)
        || TRAITS.iter().any(|(one, _, _, scope)| is_bare(one) || is_bare(scope))
}

/// Identifiers that are being gathered.
struct Gathering<'a> {
    findings: Findings,
    namespace: &'a str,
}

impl Gathering<'_> {
    fn add(&mut self, kind: Kind, value: &str, scope: Option<&str>, member: &'static str) {
        match self.read(kind, value.trim(), scope) {
            Ok(identifier) => {
                if !self.findings.found.iter().any(|other| other.identifier == identifier) {
                    self.findings.found.push(Found { identifier, member });
                }
            }
            Err(reason) => self.findings.dropped.push(Dropped { kind: Some(kind), reason, member }),
        }
    }

    /// The identifier that a value is. Of those that are valid within something, the source names it before the value,
    /// beside it, or not at all.
    fn read(&self, kind: Kind, value: &str, scope: Option<&str>) -> Result<Identifier, Unusable> {
        let scope = scope.map(str::trim).filter(|scope| !scope.is_empty());
        let text = match (kind, scope) {
            _ if !kind.is_scoped() => Cow::Borrowed(value),
            (Kind::WechatOpenid | Kind::AlipayOpenid, _) if value.contains(':') => Cow::Borrowed(value),
            (_, Some(scope)) => Cow::Owned(format!("{scope}:{value}")),
            (Kind::UserId | Kind::AppDevice, None) => Cow::Owned(format!("{}:{value}", self.namespace)),
            (_, None) => return Err(Unusable::NoScope),
        };
        // "null" is told as what it is, whatever kind it was to be.
        let read = Identifier::parse(kind, &text);
        match Identifier::parse(Kind::AnonymousId, value).ok().and_then(|plain| plain.unusable()) {
            Some(reason) => Err(reason.into()),
            None => {
                let read = read.map_err(|_| Unusable::Malformed)?;
                match read.unusable() {
                    Some(reason) => Err(reason.into()),
                    None => Ok(read),
                }
            }
        }
    }

    fn add_given(&mut self, given: &Given, member: &'static str) {
        let name = bare(&given.name);
        match NAMES.iter().find(|(other, _)| *other == name) {
            Some((_, kind)) => self.add(*kind, &given.value, given.scope.as_deref(), member),
            None if ADVERTISING.contains(&name.as_str()) => {
                self.findings.dropped.push(Dropped { kind: None, reason: Unusable::AdvertisingId, member });
            }
            None => self.findings.dropped.push(Dropped { kind: None, reason: Unusable::UnknownKind, member }),
        }
    }

    fn add_traits(&mut self, event: &Event) {
        let traits = event.traits.members();
        if traits.is_empty() {
            return;
        }
        let bare: Vec<(String, &RawValue)> = traits.iter().map(|(name, value)| (bare(name), *value)).collect();
        let value_of = |name: &str| {
            let found = bare.iter().find(|(other, _)| other == name);
            found.and_then(|(_, value)| scalar(value))
        };
        for (name, kind, member, scope) in TRAITS {
            if let Some(value) = value_of(name) {
                self.add(kind, &value, value_of(scope).as_deref(), member);
            }
        }
        for (_, list) in bare.iter().filter(|(name, _)| matches!(name.as_str(), "externalid" | "externalids")) {
            event::context::external_ids(Some(list), EXTERNAL_IDS_MAX)
                .iter()
                .for_each(|given| self.add_given(given, "traits.externalId"));
        }
    }

    /// The id that an app gives its device, unless it is the one that advertisers use.
    fn add_device(&mut self, event: &Event) {
        let device = &event.context.device;
        let Some(id) = &device.id else { return };
        if device.advertising_id.as_ref().is_some_and(|advertising| advertising.eq_ignore_ascii_case(id)) {
            let (kind, reason) = (Some(Kind::AppDevice), Unusable::AdvertisingId);
            self.findings.dropped.push(Dropped { kind, reason, member: "context.device.id" });
            return;
        }
        self.add(Kind::AppDevice, id, event.context.app.namespace.as_deref(), "context.device.id");
    }
}

/// The text of a text or whole number.
fn scalar(raw: &RawValue) -> Option<String> {
    if json::is_integer(raw.get()) {
        return Some(raw.get().to_owned());
    }
    json::word(members::present(raw))
}

/// A name without case and separators: `externalId`, `external_id` and `External ID` mean the same.
pub(crate) fn bare(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a text is written like a UUID (RFC 9562): 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut groups = text.split('-');
    let fits = |length: usize| {
        groups.next().is_some_and(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    lengths.into_iter().all(fits) && text.len() == 36
}
