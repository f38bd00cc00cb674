//! Products, orders of codes, and goods on their way.

mod batch;
mod link;
mod list;
mod lists;
mod pack_profile;
pub(crate) mod package;
mod product;
mod recall;
mod serials;
mod shipment;
pub(crate) mod text;
pub(crate) mod trace;

pub(crate) use batch::BatchFacts;
pub use batch::{Activation, Association, Batch, BatchStatus, Faces, NewBatch, Voiding};
pub use link::{DefaultUse, NewResolverLink, ResolverLink};
pub use list::CodeList;
pub use lists::{ExceptionLine, Flow, FlowPart, FlowShipment, OperationLine};
pub use pack_profile::{CompanyPrefix, NewCompanyPrefix, NewPackProfile, PackProfile, SsccUse};
pub use package::{Column, Contents, DownloadOutcome, Format, NewPackage, Package, PackageDownload, Part, WrittenAs};
pub use product::{NewProduct, Product};
pub use recall::{NewRecall, Recall, RecallExtent, RecallHolder, RecallNotice, RecallScope, RecallText};
pub use serials::Serials;
pub use shipment::{NewShipment, Shipment, ShipmentLine, Unit};
pub use trace::{
    Custody, Done, ExceptionKind, Gone, Holder, NewOperation, OperationKind, RecordedOperation, Reported, Step,
    StepKind,
};
