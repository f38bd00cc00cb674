#![doc = include_str!("../README.md")]

pub mod api;
mod catalog;
pub mod dimensions;
mod error;
pub mod events;
pub mod package;
pub mod print;
pub mod rules;
mod service;
mod store;
mod types;

pub use catalog::{Catalog, Found, State};
pub use error::{Error, ListError, PackError, PackageError, RecallError};
pub use service::catalog::catalog;
pub use service::contents::contents;
pub use service::keys::CodeKeys;
pub use service::operation::{UNITS_MAX, record};
pub use service::operations::operation;
pub use service::own_events::{OwnEvents, moment_of_redeeming, redeemed};
pub use service::reading::{CodeReader, read_scanned, reader, text_of};
pub use service::returns::{NoReceiver, RETURNED_MAX, receiver_of_return, receiver_of_returns};
pub use service::shipping::{
    carry_over, check_held_within, check_operation_within, check_within, has_old_custody, ship, shipment,
};
pub use service::trace::{custodians, custody_chain, history, holders_of_batch, items_in, whereabouts};
pub use service::{
    batch, exceptions, flows, keys, links, listing, operations, pack_profiles, packages, product, recall, shipments,
};
pub use types::{
    Activation, Association, Batch, BatchStatus, CodeList, Column, CompanyPrefix, Contents, Custody, DefaultUse, Done,
    DownloadOutcome, ExceptionKind, ExceptionLine, Faces, Flow, FlowPart, FlowShipment, Format, Gone, Holder, NewBatch,
    NewCompanyPrefix, NewOperation, NewPackProfile, NewPackage, NewProduct, NewRecall, NewResolverLink, NewShipment,
    OperationKind, OperationLine, PackProfile, Package, PackageDownload, Part, Product, Recall, RecallExtent,
    RecallHolder, RecallNotice, RecallScope, RecallText, RecordedOperation, Reported, ResolverLink, Serials, Shipment,
    ShipmentLine, SsccUse, Step, StepKind, Unit, Voiding, WrittenAs,
};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "goods",
    steps: &[
        ("0001_goods", include_str!("../migrations/0001_goods.sql")),
        ("0002_lists", include_str!("../migrations/0002_lists.sql")),
        ("0003_trace", include_str!("../migrations/0003_trace.sql")),
        ("0004_resolver", include_str!("../migrations/0004_resolver.sql")),
        ("0005_recall", include_str!("../migrations/0005_recall.sql")),
        ("0006_packages", include_str!("../migrations/0006_packages.sql")),
        ("0007_pack_profiles", include_str!("../migrations/0007_pack_profiles.sql")),
        ("0008_exceptions", include_str!("../migrations/0008_exceptions.sql")),
        ("0009_batch_life", include_str!("../migrations/0009_batch_life.sql")),
        ("0010_code_lists", include_str!("../migrations/0010_code_lists.sql")),
    ],
};

/// The table of keys that codes are minted under: a backup keeps its rows apart.
pub const KEY_TABLE: &str = "code_key";
