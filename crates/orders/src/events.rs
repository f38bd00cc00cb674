//! The events of orders.

use tallymark_base::event;
use tallymark_base::id::{AccountId, OrderId};

event! {
    /// An order or a return was recorded.
    pub struct OrderRecorded = "orders.recorded", version 1, owner "orders" {
        /// id of the order
        order: OrderId,
        /// who told it
        source: String,
        /// number that the source gave it
        number: String,
        /// buyer's source account; null where nobody is known
        account: Option<AccountId> [pseudonym],
        /// source's code of the shop; null where none was told
        shop: Option<String>,
        /// code of ISO 4217 of the currency
        currency: String,
        /// what was paid, in the smallest unit of the currency; below zero where more came back
        amount: i64,
        /// what was taken off, in the smallest unit of the currency
        discount: i64,
        /// how many lines it has
        lines: i64,
        /// whether goods came back on the whole
        is_return: bool,
        /// id of the order that goods came back from; null where it is none or not known
        original: Option<OrderId>,
        /// points that it earned; below zero what went back
        points: i64 [points],
    }

    /// A line of an order or a return was recorded.
    pub struct LineRecorded = "orders.line_recorded", version 1, owner "orders" {
        /// id of the order
        order: OrderId,
        /// which line of it, from 1
        line: i64,
        /// who told it
        source: String,
        /// buyer's source account; null where nobody is known
        account: Option<AccountId> [pseudonym],
        /// source's code of the shop; null where none was told
        shop: Option<String>,
        /// source's code of what was bought
        article: String,
        /// department that sells it, as it was known then; null where it was not
        department: Option<String>,
        /// what kind of thing it is, as it was known then; null where it was not
        category: Option<String>,
        /// whose it is, as it was known then; null where it was not
        brand: Option<String>,
        /// how much, in thousandths; below zero where it came back
        quantity: i64,
        /// code of ISO 4217 of the currency
        currency: String,
        /// what was paid for all of it, in the smallest unit of the currency; below zero where it was paid back
        amount: i64,
        /// what was taken off, in the smallest unit of the currency
        discount: i64,
    }
}
