//! What is refused about tenants and organisations.

use tallymark_base::geography::Adcode;
use tallymark_base::id::{IdError, OrganisationId};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};

use crate::OrganisationKind;

/// A refused request about a tenant or an organisation. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name is empty, too long, or holds control characters.
    #[error("a name has 1 to 120 characters and no control characters; this one has {length}")]
    Name {
        /// Characters of what was given.
        length: usize,
    },
    /// Not a host name.
    #[error("{host:?} is not a host name such as scan.example.com; give it without scheme and path")]
    HostMalformed {
        /// What was given, cut to 80 characters.
        host: String,
    },
    /// The host leads to a tenant already.
    #[error("the host {host} leads to a tenant already; a host leads to one tenant")]
    HostTaken {
        /// The host.
        host: String,
    },
    /// Too many hosts for one tenant.
    #[error("a tenant has at most {max} hosts, not {given}")]
    TooManyHosts {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// No such zone.
    #[error("{zone:?} is not a time zone; give its IANA name, such as Asia/Shanghai")]
    ZoneUnknown {
        /// What was given, cut to 80 characters.
        zone: String,
    },
    /// Not an organisation's code.
    #[error("{code:?} is not an organisation's code: 1 to 40 letters, digits, '.', '_' or '-'")]
    CodeMalformed {
        /// What was given, cut to 80 characters.
        code: String,
    },
    /// Another organisation has the code.
    #[error("an organisation with the code {code} exists; codes are unique")]
    CodeTaken {
        /// The code.
        code: String,
    },
    /// The organisation does not exist in this tenant.
    #[error("there is no organisation {organisation}")]
    NotFound {
        /// What was asked for.
        organisation: OrganisationId,
    },
    /// The parent does not exist in this tenant.
    #[error("there is no organisation {parent} to put this one below")]
    ParentNotFound {
        /// What was given.
        parent: OrganisationId,
    },
    /// The kind does not belong there.
    #[error(
        "a {} does not belong {}; brands are roots, regions lie below a brand or region, dealers and stores below a \
         brand, region or dealer",
        kind.name(),
        parent.map_or("at the root".to_owned(), |parent| format!("below a {}", parent.name()))
    )]
    KindMisplaced {
        /// What was to be placed.
        kind: OrganisationKind,
        /// Below what; none for the root.
        parent: Option<OrganisationKind>,
    },
    /// The tree would be too deep.
    #[error("a channel tree has at most {max} levels; put this organisation further up")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// The code is of no division.
    #[error("{adcode} is not a place in the table of administrative divisions (GB/T 2260)")]
    PlaceUnknown {
        /// What was given.
        adcode: Adcode,
    },
    /// Too many places for one organisation.
    #[error(
        "a territory has at most {max} places, not {given}; name prefectures or provinces instead of their counties"
    )]
    TooManyPlaces {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// An earlier rotation is under way.
    #[error("generation {generation} is not complete yet; wait until everything is under it")]
    RotationGoesOn {
        /// Which.
        generation: u32,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A stored secret does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "partners.name",
            Self::HostMalformed { .. } => "partners.host_malformed",
            Self::HostTaken { .. } => "partners.host_taken",
            Self::TooManyHosts { .. } => "partners.too_many_hosts",
            Self::ZoneUnknown { .. } => "partners.zone_unknown",
            Self::CodeMalformed { .. } => "partners.code_malformed",
            Self::CodeTaken { .. } => "partners.code_taken",
            Self::NotFound { .. } => "partners.not_found",
            Self::ParentNotFound { .. } => "partners.parent_not_found",
            Self::KindMisplaced { .. } => "partners.kind_misplaced",
            Self::TooDeep { .. } => "partners.too_deep",
            Self::PlaceUnknown { .. } => "partners.place_unknown",
            Self::TooManyPlaces { .. } => "partners.too_many_places",
            Self::RotationGoesOn { .. } => "partners.rotation_goes_on",
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Name { .. }
            | Self::HostMalformed { .. }
            | Self::TooManyHosts { .. }
            | Self::ZoneUnknown { .. }
            | Self::CodeMalformed { .. }
            | Self::KindMisplaced { .. }
            | Self::TooDeep { .. }
            | Self::PlaceUnknown { .. }
            | Self::TooManyPlaces { .. } => Kind::Invalid,
            Self::HostTaken { .. } | Self::CodeTaken { .. } | Self::RotationGoesOn { .. } => Kind::Conflict,
            Self::NotFound { .. } | Self::ParentNotFound { .. } => Kind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}
