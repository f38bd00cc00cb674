//! Lists of scans and the indexes that serve them.

use tallymark_store::keyset::List;
use tallymark_store::keyset_list;

/// By verdict. Index: scan_by_verdict.
pub(crate) const BY_VERDICT: List<1> = keyset_list!("scan", "scan_id", ["verdict"], "");
/// By batch and verdict. Index: scan_by_batch.
pub(crate) const BY_BATCH: List<2> = keyset_list!("scan", "scan_id", ["batch_id", "verdict"], "");
