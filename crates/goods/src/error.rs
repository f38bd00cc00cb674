//! What is refused about goods.

mod fault;
mod list;
mod pack;
mod package;
mod recall;

pub use list::ListError;
pub use pack::PackError;
pub use package::PackageError;
pub use recall::RecallError;

use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, IdError, LinkId, OrganisationId, ProductId};
use tallymark_base::seal::SealError;
use tallymark_codes::gs1::DigitalLinkError;
use tallymark_codes::{Epoch, Face, KeyringError, LabelError, Level};

use crate::{Gone, Serials, Unit};

/// A refused request about products, codes or shipments. On any error the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text is blank, too long, or holds control characters.
    #[error("a {field} has 1 to {max} characters and no control characters; this one has {length}")]
    Text {
        /// Which field.
        field: &'static str,
        /// Characters of what was given.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// Another product has the SKU.
    #[error("a product with the SKU {sku} exists; SKUs are unique")]
    SkuTaken {
        /// The SKU.
        sku: String,
    },
    /// The product does not exist in this tenant.
    #[error("there is no product {product}")]
    ProductNotFound {
        /// What was given.
        product: ProductId,
    },
    /// The batch does not exist in this tenant.
    #[error("there is no code batch {batch}")]
    BatchNotFound {
        /// What was given.
        batch: BatchId,
    },
    /// A batch without codes.
    #[error("the batch {batch} is a draft and has no codes; order it first")]
    Draft {
        /// Which.
        batch: BatchId,
    },
    /// A batch that has codes.
    #[error("the batch {batch} is ordered, no draft any more")]
    NotDraft {
        /// Which.
        batch: BatchId,
    },
    /// The organisation does not exist in this tenant.
    #[error("there is no organisation {organisation} to ship to")]
    OrganisationNotFound {
        /// What was given.
        organisation: OrganisationId,
    },
    /// A batch of no items, or of more than a tenant can ever have.
    #[error("a batch has 1 to {max} items, not {items}")]
    Items {
        /// What was given.
        items: u64,
        /// The limit.
        max: u64,
    },
    /// A case or pallet that holds too much.
    #[error("a case holds at most {max} items and a pallet at most {max} cases, not {given}")]
    Pack {
        /// What was given.
        given: u32,
        /// The limit.
        max: u32,
    },
    /// Pallets hold cases.
    #[error("pallets hold cases: give items_per_case, or leave cases_per_pallet 0")]
    PalletsWithoutCases,
    /// A case of boxes and a half.
    #[error("a case of {items_per_case} items cannot hold whole boxes of {items_per_box}; give a multiple of it")]
    BoxesInCase {
        /// Items in a box.
        items_per_box: u32,
        /// Items in a case.
        items_per_case: u32,
    },
    /// The tenant's 2^40 indexes do not reach.
    #[error(
        "this batch needs {needed} codes but the tenant has {left} of 2^40 left; order fewer, or open another tenant"
    )]
    CodesExhausted {
        /// Codes on one face, all levels together.
        needed: u64,
        /// Indexes not given out.
        left: u64,
    },
    /// Serials that the batch does not have.
    #[error("serials {} to {} are not among the {count} of level {level} in this batch; they count from 0", serials.first, serials.last)]
    NoSuchSerials {
        /// At which level.
        level: Level,
        /// What was given.
        serials: Serials,
        /// How many the batch has.
        count: u64,
    },
    /// Some items were activated before.
    #[error("items {asked} cannot be activated: items {held} were activated before; activate the others")]
    ActivationOverlaps {
        /// What was to be activated.
        asked: Serials,
        /// An activation in the way.
        held: Serials,
    },
    /// The face has no codes at the level.
    #[error("this batch has no {face} codes at level {level}")]
    NoSuchFace {
        /// What was asked for.
        face: Face,
        /// At which level.
        level: Level,
    },
    /// Some of the items are not held by the caller's part of the channel tree.
    #[error("your organisation does not hold all of this of batch {batch}")]
    NotHeld {
        /// The batch.
        batch: BatchId,
    },
    /// A shipment of nothing or of too much.
    #[error(
        "1 to {max} units are taken at once, not {given}; join neighbouring codes into one unit, or send them in parts"
    )]
    Units {
        /// What was given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// A place for one code.
    #[error("one code is needed here, not {}", told(given))]
    OneCode {
        /// What was given.
        given: Unit,
    },
    /// Something that did not happen yet.
    #[error("{at} is in the future; look at the clock of the machine that recorded it")]
    InFuture {
        /// When it is said to have happened.
        at: Timestamp,
    },
    /// The codes lie in a pack.
    #[error("{} lies in {}: unpack it first, or move it", told(codes), told(pack))]
    AlreadyPacked {
        /// The codes.
        codes: Unit,
        /// What they lie in.
        pack: Unit,
    },
    /// Codes, and a pack that they lie in.
    #[error("{} lies in a pack that is named with it: do one after the other", told(codes))]
    NamedWithPack {
        /// The codes.
        codes: Unit,
    },
    /// The codes lie in no pack, or nothing lies in them.
    #[error("{} is not packed", told(codes))]
    NotPacked {
        /// The codes.
        codes: Unit,
    },
    /// A pack that is not greater than what is put into it, or a label of another level.
    #[error("{} cannot be put into or in the place of {}: the levels do not fit", told(codes), told(pack))]
    PackLevel {
        /// The codes.
        codes: Unit,
        /// The pack.
        pack: Unit,
    },
    /// Goods of two holders in one pack.
    #[error("{} is held by {} and what it is packed with by {}", told(codes), holder_of(holder), holder_of(other))]
    HeldApart {
        /// The codes.
        codes: Unit,
        /// Who holds them; none: the brand.
        holder: Option<OrganisationId>,
        /// Who holds the others or the pack.
        other: Option<OrganisationId>,
    },
    /// Goods that the sender does not have.
    #[error("{} is held by {}, not by who hands it over or destroys it", told(codes), holder_of(holder))]
    NotHeldBySender {
        /// The codes.
        codes: Unit,
        /// Who holds them; none: the brand.
        holder: Option<OrganisationId>,
    },
    /// Goods that left the channel.
    #[error("{} was {} by {by}: receive it where it came back, then go on", told(codes), gone.name())]
    Gone {
        /// The codes.
        codes: Unit,
        /// How.
        gone: Gone,
        /// Who had it last.
        by: OrganisationId,
    },
    /// A question about codes with which too much was done one by one.
    #[error("more than {max} rows of facts belong to these codes; ask about fewer of them")]
    TooScattered {
        /// The limit.
        max: i64,
    },
    /// A question about too many shipments.
    #[error("more than {max} shipments lie in this period; ask for a shorter one, a batch or a receiver")]
    TooManyShipments {
        /// The limit.
        max: usize,
    },
    /// A label that was replaced.
    #[error("the label of {} was replaced by {}; use that", told(codes), told(new))]
    LabelReplaced {
        /// The codes.
        codes: Unit,
        /// The new label.
        new: Unit,
    },
    /// A new label that was used before.
    #[error("{} was used before; take a label that nothing was done with", told(codes))]
    LabelInUse {
        /// The codes.
        codes: Unit,
    },
    /// What is refused about recalls.
    #[error(transparent)]
    Recall(#[from] RecallError),
    /// The link does not exist in this tenant.
    #[error("there is no link {link}")]
    LinkNotFound {
        /// What was given.
        link: LinkId,
    },
    /// What a link is about is no GS1 key.
    #[error("a link is about a GS1 key with its qualifiers, such as /01/09506000134352/10/LOT7: {0}")]
    Anchor(#[from] DigitalLinkError),
    /// What a link is about has attributes or parameters.
    #[error("a link is about a GS1 key with its qualifiers alone; leave out everything from the question mark on")]
    AnchorQuery,
    /// A type of link that is neither of GS1's vocabulary nor a URI.
    #[error("{given:?} is no type of link: give one such as gs1:pip, or a URI of your own vocabulary")]
    LinkType {
        /// What was given.
        given: String,
    },
    /// A target that nobody should be sent to.
    #[error("{given:?} is no target: give an https:// address of at most {max} characters, percent-encoded")]
    Target {
        /// What was given.
        given: String,
        /// The limit.
        max: usize,
    },
    /// A language, media type or context that is not written as such.
    #[error("{given:?} is no {field}")]
    LinkAttribute {
        /// Which.
        field: &'static str,
        /// What was given.
        given: String,
    },
    /// As many links as a key may have.
    #[error("{anchor} has {max} links, as many as a key may have; remove one first")]
    TooManyLinks {
        /// The key with its qualifiers.
        anchor: String,
        /// The limit.
        max: i64,
    },
    /// A pack profile or an SSCC.
    #[error(transparent)]
    Numbered(#[from] PackError),
    /// A package for a printing house.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A list of codes that were made elsewhere.
    #[error(transparent)]
    List(#[from] ListError),
    /// A tenant without a key for its codes.
    #[error("the tenant has no key for its codes; make one with keys::rotate")]
    NoKeys,
    /// No more key generations.
    #[error("the tenant has {max} key generations, as many as are tried for one code; no other can be added")]
    TooManyEpochs {
        /// The limit.
        max: usize,
    },
    /// A batch minted under a key that is gone.
    #[error("the key of epoch {epoch} is missing")]
    EpochMissing {
        /// The epoch.
        epoch: Epoch,
    },
    /// The keys cannot be used together.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Labels could not be printed.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The printed codes could not be written.
    #[error("the codes could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// The channel tree.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A stored key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Codes as a user knows them.
fn told(unit: &Unit) -> String {
    let Unit { batch, level, .. } = unit;
    format!("{level} {} of batch {batch}", unit.serials())
}

fn holder_of(holder: &Option<OrganisationId>) -> String {
    holder.map_or_else(|| "the brand".to_owned(), |holder| holder.to_string())
}

impl From<tallymark_store::outbox::SaveError> for Error {
    fn from(error: tallymark_store::outbox::SaveError) -> Self {
        match error {
            tallymark_store::outbox::SaveError::Store(error) => Self::Store(error),
            tallymark_store::outbox::SaveError::Id(error) => Self::Id(error),
        }
    }
}
