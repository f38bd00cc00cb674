//! Currencies, and how finely each is counted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Codes whose smallest unit is not a hundredth: ISO 4217, list one, of 2026-01-01.
const OTHER_DIGITS: [(u32, &str); 3] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];
/// All others of that list, and those that it dropped in the last years, since orders of those years are imported.
const HUNDREDTHS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD \
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK \
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
    MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD \
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL";

/// A currency by its code of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that is no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no currency; give a code of ISO 4217, such as CNY")]
pub struct UnknownCurrency;

impl Currency {
    /// Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");

    /// Decimals of an amount: 2 where the smallest unit is a hundredth.
    pub fn digits(self) -> u32 {
        let code = self.code();
        OTHER_DIGITS.iter().find(|(_, codes)| has(codes, code)).map_or(2, |(digits, _)| *digits)
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is made of three ASCII letters")
    }
}

/// Whether a list of codes parted by blanks has one.
fn has(codes: &str, code: &str) -> bool {
    codes.split_ascii_whitespace().any(|own| own == code)
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads a code without regard to case; `RMB` is what people write for CNY.
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let letters: [u8; 3] = text.trim().as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        let upper = letters.map(|letter| letter.to_ascii_uppercase());
        if &upper == b"RMB" {
            return Ok(Self::CNY);
        }
        let code = std::str::from_utf8(&upper).map_err(|_| UnknownCurrency)?;
        let is_known = has(HUNDREDTHS, code) || OTHER_DIGITS.iter().any(|(_, codes)| has(codes, code));
        if is_known { Ok(Self(upper)) } else { Err(UnknownCurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A code of ISO 4217."))
            .pattern(Some("^[A-Z]{3}$"))
            .into()
    }
}

impl utoipa::ToSchema for Currency {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_known_with_its_decimals() {
        // Minor units by ISO 4217, list one.
        for (code, digits) in [("CNY", 2), ("usd", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("RMB", 2)] {
            assert_eq!(code.parse::<Currency>().map(Currency::digits), Ok(digits), "{code}");
        }
        for text in ["", "XXX", "元", "CNYY", "C Y", "ABC"] {
            assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency), "{text}");
        }
    }
}
