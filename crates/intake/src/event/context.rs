//! Where an event happened: what SDKs write into `context`. What they write in another shape than documented counts as
//! absent, since no event is worth less for it.

use serde_json::value::RawValue;

use crate::Object;
use crate::identifier::Given;
use crate::json;
use crate::json::members::{self, members};

/// External ids of an event that are looked at.
const EXTERNAL_IDS_MAX: usize = 16;

/// Where an event happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The network address that the source saw; SDKs of servers write none.
    pub ip: Option<String>,
    /// What the browser says of itself.
    pub user_agent: Option<String>,
    /// Language and region, such as `zh-CN`.
    pub locale: Option<String>,
    /// The name of the time zone, such as `Asia/Shanghai`.
    pub timezone: Option<String>,
    /// The SDK.
    pub library: Library,
    /// The advertisement that led there.
    pub campaign: Campaign,
    /// The page.
    pub page: Page,
    /// The app.
    pub app: App,
    /// The device.
    pub device: Device,
    /// Its operating system.
    pub system: System,
    /// What other systems call the person: RudderStack's `externalId`, Segment's `externalIds`.
    pub external_ids: Vec<ExternalId>,
    /// All of it, as sent.
    pub all: Object,
}

/// What another system calls the person.
pub type ExternalId = Given;

macro_rules! section {
    ($(#[$meta:meta])* $type:ident, $raw:ident { $($(#[$field_meta:meta])* $field:ident: $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $type {$(
            $(#[$field_meta])*
            pub $field: Option<String>,
        )+}

        members! {
            struct $raw { $($field: $name),+ }
        }

        impl $type {
            fn read(raw: Option<&RawValue>) -> Self {
                if raw.is_none() {
                    return Self::default();
                }
                let raw: $raw<'_> = members::read_or_none(raw);
                Self { $($field: json::word(raw.$field)),+ }
            }
        }
    };
}

section! {
    /// An SDK.
    Library, RawLibrary {
        /// Its name.
        name: "name",
        /// Its version.
        version: "version",
    }
}

section! {
    /// The advertisement that led to the event, from the `utm_` parameters of the page.
    Campaign, RawCampaign {
        /// `utm_campaign`.
        name: "name",
        /// `utm_source`.
        source: "source",
        /// `utm_medium`.
        medium: "medium",
        /// `utm_term`.
        term: "term",
        /// `utm_content`.
        content: "content",
    }
}

section! {
    /// The page on which it happened.
    Page, RawPage {
        /// Its address.
        url: "url",
        /// The path of it.
        path: "path",
        /// The page before.
        referrer: "referrer",
        /// What stands after the question mark.
        search: "search",
        /// Its title.
        title: "title",
    }
}

section! {
    /// The app in which it happened.
    App, RawApp {
        /// Its name.
        name: "name",
        /// Its version.
        version: "version",
        /// Its package, such as `com.example.shop`.
        namespace: "namespace",
    }
}

section! {
    /// The device on which it happened.
    Device, RawDevice {
        /// What the app knows it by.
        id: "id",
        /// What advertisers know it by (OAID, IDFA, GAID). Never an identity.
        advertising_id: "advertisingId",
        /// Who made it.
        manufacturer: "manufacturer",
        /// Which model it is.
        model: "model",
        /// `ios`, `android` and so on.
        kind: "type",
    }
}

section! {
    /// An operating system.
    System, RawSystem {
        /// Its name.
        name: "name",
        /// Its version.
        version: "version",
    }
}

members! {
    /// The members of a `context` that mean something here.
    struct RawContext {
        traits: "traits",
        ip: "ip",
        user_agent: "userAgent",
        locale: "locale",
        timezone: "timezone",
        library: "library",
        campaign: "campaign",
        page: "page",
        app: "app",
        device: "device",
        system: "os",
        external_id: "externalId" | "externalIds",
    }
}

members! {
    struct RawExternalId {
        kind: "type",
        id: "id",
        scope: "scope" | "appid" | "appId",
    }
}

/// The context whose members `raw` are; `all` is all of it.
pub(super) fn of(raw: &RawContext<'_>, all: Option<&RawValue>) -> Context {
    Context {
        ip: json::word(raw.ip),
        user_agent: json::word(raw.user_agent),
        locale: json::word(raw.locale),
        timezone: json::word(raw.timezone),
        library: Library::read(raw.library),
        campaign: Campaign::read(raw.campaign),
        page: Page::read(raw.page),
        app: App::read(raw.app),
        device: Device::read(raw.device),
        system: System::read(raw.system),
        external_ids: external_ids(raw.external_id, EXTERNAL_IDS_MAX),
        all: all.map(Object::of).unwrap_or_default(),
    }
}

/// A list of at most `max` ids, each with its type; what is written otherwise is passed over.
pub(crate) fn external_ids(raw: Option<&RawValue>, max: usize) -> Vec<ExternalId> {
    let Some(raw) = raw else { return Vec::new() };
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    list.into_iter().take(max).filter_map(external_id).collect()
}

fn external_id(raw: &RawValue) -> Option<ExternalId> {
    let raw: RawExternalId<'_> = members::read(raw.get()).ok()?;
    let value = match raw.id {
        Some(id) if json::is_integer(id.get()) => id.get().to_owned(),
        id => json::word(id)?,
    };
    Some(Given { name: json::word(raw.kind)?, value, scope: json::word(raw.scope) })
}
