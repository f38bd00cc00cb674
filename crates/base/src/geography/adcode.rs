//! The code itself: six digits, two each for province, prefecture and county (GB/T 2260, clause 4).

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A GB/T 2260 administrative code, such as 330106 for West Lake District in Hangzhou, Zhejiang.
///
/// Any six digits from 100000 on are accepted, since codes come and go and old records keep theirs;
/// [`division`](super::division) tells whether the table has it. As JSON it is a string of six digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^[1-9][0-9]{5}$", example = "330106")]
pub struct Adcode(u32);

/// How much a code covers, from its trailing zeros.
///
/// Four cities of prefecture level have no counties (441900 东莞市 is one), and Hong Kong, Macau and Taiwan have one code
/// each: for places there the lowest code there is has this higher level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// [`Adcode::CHINA`].
    Country,
    /// A province, municipality, autonomous region or special administrative region.
    Province,
    /// A prefecture or its equal, or a group such as 429000 of the counties that the province governs itself.
    Prefecture,
    /// A county, district, county-level city or banner.
    County,
}

/// Why a text or a number is no [`Adcode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdcodeError {
    /// The text is not made of exactly six digits.
    #[error("{0:?} is not an administrative code: give six digits, such as 330106")]
    NotSixDigits(String),
    /// The number lies outside 100000 to 999999.
    #[error("{0} is not an administrative code: give a number from 100000 to 999999, such as 330106")]
    OutOfRange(u32),
}

impl Adcode {
    /// The whole country. It contains every code.
    pub const CHINA: Self = Self(100_000);

    /// The code as a number of six digits.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// The province of this code: 330000 for 330106, and itself for a province or the country.
    pub const fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }

    /// The prefecture of this code: 330100 for 330106, and itself for anything above a county.
    pub const fn prefecture(self) -> Self {
        Self(self.0 / 100 * 100)
    }

    /// How much the code covers.
    pub const fn level(self) -> Level {
        if self.0 == Self::CHINA.0 {
            Level::Country
        } else if self.0.is_multiple_of(10_000) {
            Level::Province
        } else if self.0.is_multiple_of(100) {
            Level::Prefecture
        } else {
            Level::County
        }
    }

    /// Whether `other` is this division or lies in it, going by the digits alone.
    pub const fn contains(self, other: Self) -> bool {
        match self.level() {
            Level::Country => true,
            Level::Province => other.province().0 == self.0,
            Level::Prefecture => other.prefecture().0 == self.0,
            Level::County => other.0 == self.0,
        }
    }
}

impl TryFrom<u32> for Adcode {
    type Error = AdcodeError;

    fn try_from(number: u32) -> Result<Self, AdcodeError> {
        if (100_000..=999_999).contains(&number) { Ok(Self(number)) } else { Err(AdcodeError::OutOfRange(number)) }
    }
}

impl FromStr for Adcode {
    type Err = AdcodeError;

    fn from_str(text: &str) -> Result<Self, AdcodeError> {
        let six_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(number) if six_digits => number.try_into(),
            _ => Err(AdcodeError::NotSixDigits(text.to_owned())),
        }
    }
}

impl fmt::Display for Adcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Adcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Adcode({})", self.0)
    }
}

impl Serialize for Adcode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Adcode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
