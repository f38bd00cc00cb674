//! What tells an order from every other, and its content from other content.

use sha2::{Digest as _, Sha256};

use crate::NewOrder;

/// SHA-256.
pub(crate) type Hash = [u8; 32];
/// The first half of it: enough to tell two contents under one number apart.
pub(crate) type ContentHash = [u8; 16];

/// The key of a source's number.
pub(crate) fn of_number(source: &str, number: &str) -> Hash {
    let mut digest = Sha256::new();
    part(&mut digest, source);
    part(&mut digest, number);
    digest.finalize().into()
}

/// What an order says, without its buyer: who was erased is left out of it when it is told again.
pub(crate) fn of_content(order: &NewOrder) -> ContentHash {
    let mut digest = Sha256::new();
    part(&mut digest, order.shop.as_deref().unwrap_or_default());
    part(&mut digest, order.currency.code());
    part(&mut digest, order.original.as_deref().unwrap_or_default());
    digest.update(order.at.0.to_be_bytes());
    for line in &order.lines {
        part(&mut digest, &line.article);
        for number in [line.quantity, line.amount, line.discount] {
            digest.update(number.to_be_bytes());
        }
    }
    let whole: Hash = digest.finalize().into();
    std::array::from_fn(|place| whole[place])
}

fn part(digest: &mut Sha256, text: &str) {
    digest.update((text.len() as u64).to_be_bytes());
    digest.update(text);
}
