//! The events of people.

use tallymark_base::event;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{AccountId, PersonId, ProductId, ScanId};

event! {
    /// A person became a member: a phone number or a member card of theirs was shown for the first time.
    pub struct MemberJoined = "people.member_joined", version 1, owner "people" {
        /// person who joined, as it was at that time
        person: PersonId [pseudonym],
        /// source account by which the person came: that of the first identifier they showed
        account: AccountId [pseudonym],
        /// id of the scan that showed it; null where it was not shown with a scan
        scan: Option<ScanId>,
        /// id of the product that was scanned, or on whose page it was typed; null where there was none
        product: Option<ProductId>,
        /// GB/T 2260 code of the place where that was; null when it is not known
        place: Option<Adcode>,
    }

    /// A person allowed something or took it back.
    pub struct ConsentChanged = "people.consent_changed", version 1, owner "people" {
        /// source account that said it
        account: AccountId [pseudonym],
        /// for what
        purpose: String,
        /// through what; any for all
        channel: String,
        /// whether it was given; otherwise it was taken back
        given: bool,
        /// version of the text that was shown; null where none is known
        text_version: Option<u32>,
        /// who says so
        source: String,
    }

    /// A person was erased: this account of theirs has no name any more.
    pub struct AccountErased = "people.account_erased", version 1, owner "people" {
        /// source account
        account: AccountId [pseudonym],
    }
}
