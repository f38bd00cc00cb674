#![doc = include_str!("../README.md")]

pub mod api;
mod articles;
mod cells;
mod codes;
mod error;
mod keys;
mod kind;
pub mod mapping;
pub mod members;
mod operations;
mod orders;
mod pieces;
mod propose;
mod rejects;
mod service;
mod store;
mod together;
mod types;
mod upload;

pub use error::Error;
pub use kind::{FileMapping, Kind};
pub use mapping::{
    ArticlesMapping, CodesMapping, FileOperation, MembersMapping, OperationColumn, OperationsMapping, OrdersMapping,
    OrganisationColumn,
};
pub use propose::{Proposal, propose};
pub use rejects::csv as rejects_csv;
pub use service::begin::{Begun, File, begin, fingerprint};
pub use service::forget::forget;
pub use service::manage::{
    cancel, fail, find, mapping_named, mapping_of_kind, mappings, put_mapping, rejects, run_uploaded, runs,
    source_is_fit,
};
pub use service::preview::{Outlook, Previewed, preview};
pub use service::preview_codes::{
    CodesOutlook, LookedCodes, PreviewedCode, PreviewedRow, look_at_codes, preview_codes,
};
pub use service::preview_operations::{
    LookedOperations, OperationsOutlook, PreviewedDocument, PreviewedGoods, look_at_operations, preview_operations,
};
pub use service::preview_orders::{ArticlesOutlook, OrdersOutlook, PreviewedOrder, preview_articles, preview_orders};
pub use service::run::{Progress, carry_out, wanted};
pub use service::trial::{Trial, fits, trial};
pub use types::{NamedMapping, Reject, Run, State};
pub use upload::{FILE_BYTES_MAX, Upload, Uploaded};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "imports",
    steps: &[
        ("0001_imports", include_str!("../migrations/0001_imports.sql")),
        ("0002_kinds", include_str!("../migrations/0002_kinds.sql")),
        ("0003_operations", include_str!("../migrations/0003_operations.sql")),
    ],
};

/// The kind of the job that carries out a run; its arguments are `{"run": id}`.
pub const RUN_JOB: &str = "imports.run";
/// Rejects of a run that are kept; all are counted.
pub const REJECTS_MAX: u64 = 10_000;
/// Members that are taken in one transaction.
pub const ROWS_MAX: usize = 500;
