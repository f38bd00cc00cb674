//! Typed 64-bit ids, ordered by time.
//!
//! Layout, from the high end: one zero bit, 41 bits of milliseconds since 2024-01-01T00:00:00Z (until 2093), 10 bits
//! of node number, 12 bits of sequence. Shown as a prefix and 13 digits of base 32 without I, L, O, U
//! (`per_00TAXGT0000G0`), which sorts like the number.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Fault, Kind};
use crate::time::{Clock, Timestamp};

const EPOCH_MS: i64 = 1_704_067_200_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many servers can hold a node number at the same time.
pub const NODES_MAX: u16 = 1 << NODE_BITS;

/// An id whose kind is a type.
pub trait TypedId: Copy + Sized {
    /// Three letters before the underscore.
    const PREFIX: &'static str;
    /// From the stored number.
    fn from_raw(raw: i64) -> Self;
    /// The stored number.
    fn raw(self) -> i64;
}

/// Why an id was refused or could not be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is not an id of this kind.
    #[error("{text:?} is not an id of the form {prefix}_ and 13 letters or digits")]
    Malformed {
        /// What was given, cut to 40 characters.
        text: String,
        /// The prefix that was expected.
        prefix: &'static str,
    },
    /// The node number's lease ran out; issuing on could repeat an id of another server.
    #[error(
        "this server's node lease ran out before it could be renewed; it stops issuing ids until the database answers"
    )]
    LeaseExpired,
}

impl Fault for IdError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "id.malformed",
            Self::LeaseExpired => "id.lease_expired",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Malformed { .. } => Kind::Invalid,
            Self::LeaseExpired => Kind::Unavailable,
        }
    }
}

/// Issues ids for one leased node number.
#[derive(Debug)]
pub struct IdSource {
    node: u16,
    /// The last (milliseconds since [`EPOCH_MS`], sequence) issued, packed.
    last: AtomicI64,
    /// `Clock::elapsed` in microseconds after which nothing is issued.
    deadline_micros: AtomicU64,
    /// In a simulation: where the ids come from that no decision may depend on.
    aside: Option<Box<Self>>,
}

/// A place in the ids of a simulation, to come back to.
#[derive(Debug, Clone, Copy)]
pub struct Mark(i64);

impl IdSource {
    /// A source for `node` (below [`NODES_MAX`]) that issues only ids later than `high_water`, until `deadline` on
    /// the clock's [`Clock::elapsed`].
    pub fn new(node: u16, high_water: Timestamp, deadline: Duration) -> Self {
        assert!(node < NODES_MAX, "node number {node} is out of range");
        let floor_ms = (high_water.0 / 1000 - EPOCH_MS).max(0) + 1;
        let source = Self {
            node,
            last: AtomicI64::new(floor_ms << SEQUENCE_BITS),
            deadline_micros: AtomicU64::new(0),
            aside: None,
        };
        source.extend(deadline);
        source
    }

    /// A source for a simulation, whose clock stands at moments before `present`: the ids of a request depend on its
    /// moment alone, however often it is tried and whatever else happened.
    pub fn simulated(node: u16, present: Timestamp) -> Self {
        let aside = Box::new(Self::new(node, present, Duration::MAX));
        Self { aside: Some(aside), ..Self::new(node, Timestamp(0), Duration::MAX) }
    }

    /// Whether this is the source of a simulation.
    pub const fn is_simulated(&self) -> bool {
        self.aside.is_some()
    }

    /// Where ids come from for what is committed apart from the request that needs it, so that it may or may not be there
    /// when the request is tried again. In a simulation these ids are later than all others; elsewhere it is this source.
    pub fn aside(&self) -> &Self {
        self.aside.as_deref().unwrap_or(self)
    }

    /// The place before a request is tried.
    pub fn mark(&self) -> Mark {
        Mark(self.last.load(Ordering::SeqCst))
    }

    /// Another try of a request begins, whose former try was rolled back. In a simulation it gets the same ids; elsewhere
    /// ids only grow.
    pub fn again(&self, mark: Mark) {
        if self.is_simulated() {
            self.last.store(mark.0, Ordering::SeqCst);
        }
    }

    /// The node number.
    pub const fn node(&self) -> u16 {
        self.node
    }

    /// Moves the deadline after the lease was renewed.
    pub fn extend(&self, deadline: Duration) {
        let micros = u64::try_from(deadline.as_micros()).unwrap_or(u64::MAX);
        self.deadline_micros.store(micros, Ordering::SeqCst);
    }

    /// The latest moment any id issued so far may claim, to be kept with the lease.
    pub fn high_water(&self) -> Timestamp {
        Timestamp(((self.last.load(Ordering::SeqCst) >> SEQUENCE_BITS) + EPOCH_MS + 1) * 1000)
    }

    /// The next id. When more than 4,096 are asked for within a millisecond the ids run ahead of the clock.
    pub fn next<I: TypedId>(&self, clock: &dyn Clock) -> Result<I, IdError> {
        if clock.elapsed().as_micros() >= u128::from(self.deadline_micros.load(Ordering::SeqCst)) {
            return Err(IdError::LeaseExpired);
        }
        let now = (clock.now().0 / 1000 - EPOCH_MS).max(0) << SEQUENCE_BITS;
        let step = |last: i64| Some((last + 1).max(now));
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).unwrap_or(0);
        let packed = (last + 1).max(now);
        let (ms, sequence) = (packed >> SEQUENCE_BITS, packed & ((1 << SEQUENCE_BITS) - 1));
        Ok(I::from_raw((ms << (NODE_BITS + SEQUENCE_BITS)) | (i64::from(self.node) << SEQUENCE_BITS) | sequence))
    }
}

/// The least number of an id that is issued at a moment or later: what was issued before has smaller ones. Moments before
/// 2024 count as its beginning.
pub const fn first_id(at: Timestamp) -> i64 {
    // A part of a millisecond counts as the whole: ids know no less.
    let ms = at.0.div_euclid(1000) - EPOCH_MS;
    let ms = if ms < 0 { 0 } else { ms };
    if ms >= 1 << 41 { i64::MAX } else { ms << (NODE_BITS + SEQUENCE_BITS) }
}

/// Writes an id as its prefix and 13 digits.
pub fn format_id(prefix: &str, raw: i64, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let bits = raw as u64;
    let mut digits = [b'0'; 13];
    for (place, digit) in digits.iter_mut().rev().enumerate() {
        *digit = DIGITS[((bits >> (5 * place)) & 31) as usize];
    }
    write!(f, "{prefix}_{}", std::str::from_utf8(&digits).unwrap_or_default())
}

/// Reads what [`format_id`] wrote; lower case is accepted.
pub fn parse_id(prefix: &'static str, text: &str) -> Result<i64, IdError> {
    let malformed = || IdError::Malformed { text: text.chars().take(40).collect(), prefix };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or_else(malformed)?;
    if digits.len() != 13 {
        return Err(malformed());
    }
    let mut bits: u128 = 0;
    for byte in digits.bytes() {
        let upper = byte.to_ascii_uppercase();
        let value = DIGITS.iter().position(|digit| *digit == upper).ok_or_else(malformed)?;
        bits = bits << 5 | value as u128;
    }
    i64::try_from(bits).map_err(|_| malformed())
}

/// Declares typed ids: `typed_id! { /// docs… PersonId "per" }`.
#[macro_export]
macro_rules! typed_id {
    ($($(#[$meta:meta])* $name:ident $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $crate::id::TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_raw(raw: i64) -> Self { Self(raw) }
            fn raw(self) -> i64 { self.0 }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::id::format_id($prefix, self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse_id($prefix, text).map(Self)
            }
        }

        impl $crate::id::serde::Serialize for $name {
            fn serialize<S: $crate::id::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> $crate::id::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as $crate::id::serde::Deserialize>::deserialize(d)?;
                text.parse().map_err($crate::id::serde::de::Error::custom)
            }
        }

        impl $crate::id::utoipa::PartialSchema for $name {
            fn schema() -> $crate::id::utoipa::openapi::RefOr<$crate::id::utoipa::openapi::schema::Schema> {
                $crate::id::utoipa::openapi::ObjectBuilder::new()
                    .schema_type($crate::id::utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9A-HJKMNP-TV-Z]{13}$")))
                    .into()
            }
        }

        impl $crate::id::utoipa::ToSchema for $name {}
    )+};
}

#[doc(hidden)]
pub use {serde, utoipa};

typed_id! {
    /// A brand's world.
    TenantId "ten",
    /// An API key (not its secret).
    ApiKeyId "key",
    /// A person who works for a tenant and signs in.
    UserId "usr",
    /// A user's session (not its token).
    SessionId "ses",
    /// A node of the channel tree.
    OrganisationId "org",
    /// A product.
    ProductId "prd",
    /// An order of codes.
    BatchId "bat",
    /// How a product is usually packed.
    PackProfileId "pkp",
    /// Codes of a batch, packed and encrypted for a printing house.
    PackageId "pkg",
    /// A link that a resolver gives for a GS1 key.
    LinkId "lnk",
    /// A shipment of cases or pallets to an organisation.
    ShipmentId "shp",
    /// Something that was done with goods: packed, shipped, received …
    OperationId "opr",
    /// Goods that a brand calls back.
    RecallId "rcl",
    /// Something about goods that was recorded although it should not be.
    ExceptionId "exc",
    /// A membership, openid, device, card …: what facts and value belong to.
    AccountId "acc",
    /// A person: a component of source accounts, named by its oldest account.
    PersonId "per",
    /// A campaign.
    CampaignId "cam",
    /// A prize of a pool.
    PrizeId "prz",
    /// A rebate rule.
    RebateId "reb",
    /// One scan and its decision.
    ScanId "scn",
    /// The cause of one or several transfers that is not another object: a top-up, a correction.
    TransferOriginId "trf",
    /// An entry of the audit log.
    AuditId "aud",
    /// An event.
    EventId "evt",
    /// What somebody decided about who is who.
    ChangeId "chg",
    /// A proposal that two people are one.
    ProposalId "prp",
    /// An order that people bought by, or a return.
    OrderId "ord",
    /// A rule by which orders earn points.
    PointsRuleId "ptr",
    /// A list that is had as a file.
    ExportId "exp",
    /// A document of events that was captured.
    CaptureId "cap",
    /// Who is told of events.
    SubscriptionId "sub",
    /// An address that is told of events.
    WebhookId "whk",
    /// A run of an import.
    ImportId "imp",
    /// A short message.
    MessageId "sms",
    /// Filters and sorting of a list under a name.
    ViewId "viw",
    /// A background job.
    JobId "job",
    /// One request on its way through the server.
    RequestId "req",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ManualClock;
    use proptest::prelude::*;

    fn clock() -> ManualClock {
        ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn ids_grow_even_when_the_clock_stands_still_or_more_than_4096_are_taken() {
        let clock = clock();
        let ids = IdSource::new(7, Timestamp(0), Duration::MAX);
        let taken: Vec<i64> = (0..10_000).map(|_| ids.next::<ScanId>(&clock).unwrap().raw()).collect();
        assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(taken.iter().all(|raw| (raw >> 12) & 1023 == 7));
    }

    #[test]
    fn nothing_is_issued_after_the_lease_ran_out() {
        let clock = clock();
        let ids = IdSource::new(0, Timestamp(0), Duration::from_secs(30));
        clock.advance(Duration::from_secs(29));
        ids.next::<ScanId>(&clock).unwrap();
        clock.advance(Duration::from_secs(1));
        assert_eq!(ids.next::<ScanId>(&clock), Err(IdError::LeaseExpired));
        ids.extend(Duration::from_secs(60));
        ids.next::<ScanId>(&clock).unwrap();
    }

    #[test]
    fn a_node_number_taken_over_starts_above_the_high_water_of_its_former_holder() {
        let clock = clock();
        let first = IdSource::new(3, Timestamp(0), Duration::MAX);
        let last: ScanId = (0..5_000).map(|_| first.next(&clock).unwrap()).last().unwrap();
        let second = IdSource::new(3, first.high_water(), Duration::MAX);
        assert!(second.next::<ScanId>(&clock).unwrap() > last);
    }

    #[test]
    fn the_first_id_of_a_moment_parts_what_was_issued_before_from_what_came_then() {
        let clock = clock();
        let ids = IdSource::new(1023, Timestamp(0), Duration::MAX);
        let before: ScanId = ids.next(&clock).unwrap();
        clock.advance(Duration::from_millis(1));
        let then: ScanId = ids.next(&clock).unwrap();
        let first = first_id(clock.now());
        assert!(before.raw() < first && first <= then.raw(), "{} {first} {}", before.raw(), then.raw());
        assert_eq!(first_id(Timestamp(0)), 0);
        assert_eq!(first_id(Timestamp(i64::MAX)), i64::MAX);
    }

    #[test]
    fn a_request_of_a_simulation_gets_the_same_ids_however_often_it_is_tried() {
        let (clock, present) = (clock(), "2026-11-01T00:00:00Z".parse().unwrap());
        let (ids, restarted) = (IdSource::simulated(1023, present), IdSource::simulated(1023, present));
        let mark = ids.mark();
        let first: Vec<ScanId> = (0..3).map(|_| ids.next(&clock).unwrap()).collect();
        let refill: TransferOriginId = ids.aside().next(&clock).unwrap();
        ids.again(mark);
        let second: Vec<ScanId> = (0..3).map(|_| ids.next(&clock).unwrap()).collect();
        let third: Vec<ScanId> = (0..3).map(|_| restarted.next(&clock).unwrap()).collect();
        assert_eq!((&first, &first), (&second, &third));
        assert!(refill.raw() > second[2].raw(), "what is aside never meets what is not");

        let ordinary = IdSource::new(7, Timestamp(0), Duration::MAX);
        let mark = ordinary.mark();
        let taken: ScanId = ordinary.next(&clock).unwrap();
        ordinary.again(mark);
        assert!(ordinary.aside().next::<ScanId>(&clock).unwrap() > taken);
    }

    proptest! {
        #[test]
        fn text_reads_back_and_sorts_like_the_number(a in 0..i64::MAX, b in 0..i64::MAX) {
            let (x, y) = (PersonId::from_raw(a), PersonId::from_raw(b));
            prop_assert_eq!(x.to_string().parse::<PersonId>().unwrap(), x);
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), a.cmp(&b));
            prop_assert!(x.to_string().replace("per", "org").parse::<PersonId>().is_err());
        }
    }
}
