//! What a scanned text says: a bare code, the short link, or a GS1 Digital Link.

use tallymark_codes::{Gtin, Link};

/// The code, and the GTIN beside it where the text names one. A text that is neither link nor code is kept as it is:
/// its verdict is "unknown".
pub(crate) fn code_of(text: &str) -> (String, Option<Gtin>) {
    match Link::parse(text) {
        Ok(Link::Code(code)) => (code.as_str().to_owned(), None),
        Ok(Link::Digital(link)) => match link.code() {
            Some(code) => (code.as_str().to_owned(), Some(link.gtin)),
            None => (link.serial.unwrap_or_else(|| text.to_owned()), Some(link.gtin)),
        },
        Err(_) => (text.to_owned(), None),
    }
}
