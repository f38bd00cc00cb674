//! The North American coupon codes of AI 8110 and AI 8112, made of digits whose first say how many follow ("North
//! American Coupon Application Guideline Using GS1 DataBar Expanded Symbols"; for 8112 the "Positive Offer File"
//! guideline).
//!
//! An error is the name of the part that is missing, too short or not allowed.

use super::linters::Linter;

/// A coupon code as AI 8110 carries it.
pub(super) fn check_code(text: &str) -> Result<(), &'static str> {
    let mut digits = Digits::new(text)?;
    company_prefix(&mut digits, '0'..='6', "company prefix")?;
    digits.take(6, "offer code")?;
    digits.counted('1'..='5', 0, "save value")?;
    requirement(&mut digits, "first purchase requirement")?;
    if digits.is_next('1') {
        digits.one_of("0123", "additional purchase rules code")?;
        requirement(&mut digits, "second purchase requirement")?;
        other_company_prefix(&mut digits, "second company prefix")?;
    }
    if digits.is_next('2') {
        requirement(&mut digits, "third purchase requirement")?;
        other_company_prefix(&mut digits, "third company prefix")?;
    }
    let end = if digits.is_next('3') { Some(date(&mut digits, "expiration date")?) } else { None };
    if digits.is_next('4') {
        let start = date(&mut digits, "start date")?;
        if end.is_some_and(|end| start > end) {
            return Err("expiration date (before the start)");
        }
    }
    if digits.is_next('5') {
        digits.counted('0'..='9', 6, "serial number")?;
    }
    if digits.is_next('6') {
        company_prefix(&mut digits, '1'..='7', "retailer")?;
    }
    if digits.is_next('9') {
        digits.one_of("01256", "save value code")?;
        digits.one_of("012", "item that the save value applies to")?;
        digits.take(1, "store coupon flag")?;
        digits.one_of("01", "don't-multiply flag")?;
    }
    digits.end()
}

/// A coupon of the positive offer file as AI 8112 carries it.
pub(super) fn check_offer(text: &str) -> Result<(), &'static str> {
    let mut digits = Digits::new(text)?;
    digits.one_of("01", "format code")?;
    digits.counted('0'..='6', 6, "funder")?;
    digits.take(6, "offer code")?;
    digits.counted('0'..='9', 6, "serial number")?;
    digits.end()
}

fn requirement(digits: &mut Digits, name: &'static str) -> Result<(), &'static str> {
    digits.counted('1'..='5', 0, name)?;
    digits.one_of("012349", name)?;
    digits.take(3, name).map(drop)
}

fn company_prefix(
    digits: &mut Digits,
    counts: std::ops::RangeInclusive<char>,
    name: &'static str,
) -> Result<(), &'static str> {
    let prefix = digits.counted(counts, 6, name)?;
    Linter::CompanyPrefix.check(prefix).map_err(|_| name)
}

/// 9 says that the prefix is the first one again.
fn other_company_prefix(digits: &mut Digits, name: &'static str) -> Result<(), &'static str> {
    if digits.is_next('9') { Ok(()) } else { company_prefix(digits, '0'..='6', name) }
}

fn date<'a>(digits: &mut Digits<'a>, name: &'static str) -> Result<&'a str, &'static str> {
    let date = digits.take(6, name)?;
    Linter::Date.check(date).map(|()| date).map_err(|_| name)
}

/// Digits that are read from the left.
struct Digits<'a>(&'a str);

impl<'a> Digits<'a> {
    fn new(text: &'a str) -> Result<Self, &'static str> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) { Ok(Self(text)) } else { Err("row of digits") }
    }

    fn take(&mut self, count: usize, name: &'static str) -> Result<&'a str, &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(name)?;
        self.0 = rest;
        Ok(taken)
    }

    /// One digit out of some.
    fn one_of(&mut self, allowed: &str, name: &'static str) -> Result<(), &'static str> {
        let digit = self.take(1, name)?;
        if allowed.contains(digit) { Ok(()) } else { Err(name) }
    }

    /// A digit that, with `more` added, says how many follow, and those.
    fn counted(
        &mut self,
        counts: std::ops::RangeInclusive<char>,
        more: usize,
        name: &'static str,
    ) -> Result<&'a str, &'static str> {
        let count = self.0.chars().next().filter(|count| counts.contains(count)).ok_or(name)?;
        self.take(1, name)?;
        self.take(count.to_digit(10).unwrap_or_default() as usize + more, name)
    }

    /// Takes this digit if it is the next.
    fn is_next(&mut self, digit: char) -> bool {
        let rest = self.0.strip_prefix(digit);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn end(&self) -> Result<(), &'static str> {
        if self.0.is_empty() { Ok(()) } else { Err("end (something follows it)") }
    }
}
