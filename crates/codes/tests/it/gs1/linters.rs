//! Content rules. Most values are those that GS1's reference implementations of the rules test with; the others are
//! made by hand to break one rule each.

use tallymark_codes::gs1::Linter::{self, *};

const GOOD: &[(Linter, &[&str])] = &[
    (CheckDigit, &["09506000134352", "006141411234567890", "24"]),
    (CheckPair, &["22", "!22", "1987654Ad4X4bL5ttr2310c2K", "12345_!\"%&'()*+,-./LC", "7907665Bm8v2AB"]),
    (CompanyPrefix, &["1234", "1234A"]),
    (CompanyPrefixSecond, &["I1234", "01234"]),
    (DateOrMonth, &["000606", "200131", "200229", "200200", "991231"]),
    (Date, &["200131", "200229", "000229"]),
    (LongDate, &["20000606", "20200131", "20000229"]),
    (Hour, &["00", "23"]),
    (Minute, &["00", "59"]),
    (HourMinute, &["0000", "2359"]),
    (CountryNumber, &["004", "156", "894"]),
    (CountryNumberOr999, &["999", "004"]),
    (CountryLetters, &["CN", "AD", "ZW"]),
    (Currency, &["008", "156", "999"]),
    (Sex, &["0", "1", "2", "9"]),
    (PercentEncoding, &["", "A", "%00", "%fF", "%20"]),
    (Latitude, &["0279085848", "0000000000", "1800000000"]),
    (Longitude, &["3015297971", "3600000000"]),
    (YesNo, &["0", "1"]),
    (Hyphen, &["-", "--"]),
    (ImporterIndex, &["-", "0", "Z", "_", "a"]),
    (PackageType, &["1A", "200", "8", "ZZ", "APE"]),
    (MediaType, &["01", "10", "80", "99"]),
    (PositionInSequence, &["1/1", "9/10", "98/99"]),
    (NonZero, &["1", "01", "100"]),
    (Zero, &["0", "000"]),
    (Winding, &["0", "1", "9"]),
    (PieceOfTotal, &["11", "0101", "0203", "9899"]),
    (
        Iban,
        &[
            "FR7630006000011234567890189",
            "MU43BOMM0101123456789101000MUR",
            "GB98MIDL07009312345678",
            "BE71096123456769",
        ],
    ),
    (NoLeadingZero, &["1", "10"]),
    (NonDigit, &["/", "1A"]),
    (Coupon, &["012345612345611110123"]),
    (CouponOffer, &["001234561234560123456", "101234561234560123456", "061234567890121234569123456789012345"]),
    (Base64Filling, &["1", "123", "12=", "1=="]),
];

const BAD: &[(Linter, &[&str])] = &[
    (CheckDigit, &["09506000134353", "006141411234567891"]),
    (CheckPair, &["2", "33", "1987654Ad4X4bL5ttr2310cXK", "1987654Ad4X4bL5ttr2310c2X"]),
    (CompanyPrefix, &["123", "12A4"]),
    (CompanyPrefixSecond, &["0123", "I12A4", ""]),
    (DateOrMonth, &["200031", "201331", "200230", "210229", "200431"]),
    (Date, &["200200", "200132"]),
    (LongDate, &["20210229", "19000229", "20200100"]),
    (Hour, &["24", "99"]),
    (Minute, &["60"]),
    (HourMinute, &["2400", "0060", "1"]),
    (CountryNumber, &["000", "999", "89"]),
    (CountryNumberOr999, &["998", "99"]),
    (CountryLetters, &["XX", "cn", "AD AE"]),
    (Currency, &["000", "004"]),
    (Sex, &["3", ""]),
    (PercentEncoding, &["%fg", "%g", "%", "A%2"]),
    (Latitude, &["1800000001"]),
    (Longitude, &["3600000001"]),
    (YesNo, &["2", "01", ""]),
    (Hyphen, &["X", "-X"]),
    (ImporterIndex, &["/", "+"]),
    (PackageType, &["", "0", "0000", "_9", "1A 1B"]),
    (MediaType, &["00", "11", "79"]),
    (PositionInSequence, &["2/1", "0/1", "01/2", "1/", "/1", "11", "1/2/3"]),
    (NonZero, &["0", "000"]),
    (Zero, &["1", "010"]),
    (Winding, &["2", "8", ""]),
    (PieceOfTotal, &["00", "0001", "0100", "0201", "123"]),
    (Iban, &["FR7630006000011234567890188", "XX7630006000011234567890189", "FR76", "fr7630006000011234567890189"]),
    (NoLeadingZero, &["0", "01"]),
    (NonDigit, &["", "0", "123"]),
    (Coupon, &["", "01", "0123456", "71234567890123", "01234561234561111012a", "0123456123456111101237"]),
    (CouponOffer, &["", "201234561234560123456", "0012345612345601", "0012345612345601234567"]),
    (Base64Filling, &["===", "123=", "=23", "1=3"]),
];

#[test]
fn values_hold_to_the_rules_of_their_content() {
    for (linter, values) in GOOD {
        for value in *values {
            assert_eq!(linter.check(value), Ok(()), "{linter:?} {value:?}");
        }
    }
    for (linter, values) in BAD {
        for value in *values {
            assert!(linter.check(value).is_err(), "{linter:?} {value:?}");
        }
    }
}

/// Made by hand: every optional part once.
const WHOLE_COUPON: [&str; 12] = [
    "11234567",
    "123456",
    "15",
    "150123",
    "111501239",
    "21501239",
    "3260131",
    "4260101",
    "50123456",
    "611234567",
    "90000",
    "",
];

#[test]
fn a_coupon_is_read_to_its_end_with_each_of_its_parts() {
    assert_eq!(Coupon.check(&WHOLE_COUPON.concat()), Ok(()));
    // The first four parts are obligatory; each of the others may be missing.
    for missing in 0..WHOLE_COUPON.len() - 1 {
        let text = [&WHOLE_COUPON[..missing], &WHOLE_COUPON[missing + 1..]].concat().concat();
        assert_eq!(Coupon.check(&text).is_ok(), missing >= 4, "{text}");
    }
    for (part, replacement) in [
        (4, "141501239"),
        (4, "111551239"),
        (4, "111501237"),
        (6, "3251231"),
        (7, "4261301"),
        (9, "601234567"),
        (10, "93000"),
    ] {
        let mut parts = WHOLE_COUPON;
        parts[part] = replacement;
        assert!(Coupon.check(&parts.concat()).is_err(), "{replacement}");
    }
    assert!(Coupon.check(&(WHOLE_COUPON.concat() + "1")).is_err());
}
