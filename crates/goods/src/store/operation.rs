//! Statements about lists of operations, and of what was not as it should be.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, ExceptionId, OperationId, TenantId};
use tallymark_codes::Level;
use tallymark_store::keyset::List;
use tallymark_store::{Error, Row, Rows, Tx, keyset_list};

use super::{serials_of, unreadable};
use crate::rules::trace::bins::Bins;
use crate::{ExceptionKind, ExceptionLine, OperationKind, Reported, Unit};

/// Every operation of a tenant. Index: goods_operation_by_tenant.
pub(crate) const ALL: List<1> = keyset_list!("goods_operation", "operation_id", ["tenant_id"], "");
/// Operations of a kind. Index: goods_operation_by_kind.
pub(crate) const BY_KIND: List<1> = keyset_list!("goods_operation", "operation_id", ["kind"], "");
/// Operations by who gets or has the goods. Index: goods_operation_by_organisation.
pub(crate) const BY_ORGANISATION: List<2> =
    keyset_list!("goods_operation", "operation_id", ["organisation_id", "kind"], "");
/// Exceptions of a kind. Index: goods_exception_by_kind.
pub(crate) const EXCEPTIONS: List<1> = keyset_list!("goods_exception", "exception_id", ["kind"], "");
/// Exceptions by where the goods arrived. Index: goods_exception_by_organisation.
pub(crate) const EXCEPTIONS_BY_ORGANISATION: List<2> =
    keyset_list!("goods_exception", "exception_id", ["organisation_id", "kind"], "");

/// Every bin of a batch.
pub(crate) const ALL_BINS: Bins = Bins { first: i64::MIN, last: i64::MAX };

/// Kind and organisation (0 for none) of operations. Index: primary key; the sign before the tenant keeps SQLite from the
/// index of a list.
pub(crate) async fn heads(tx: &mut Tx, tenant: TenantId, ids: &[i64]) -> Result<Vec<(i64, OperationKind, i64)>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT operation_id, kind, organisation_id
                 FROM goods_operation
                WHERE +tenant_id = $1 AND operation_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter()
        .map(|row| {
            let kind = row.int(1)?;
            let kind = OperationKind::from_number(kind).ok_or_else(|| unreadable("operation", kind))?;
            Ok((row.int(0)?, kind, row.int(2)?))
        })
        .collect()
}

/// What was not as it should be with one operation, in order. Index: primary key.
pub(crate) async fn exceptions_of(tx: &mut Tx, tenant: TenantId, id: OperationId) -> Result<Vec<Reported>, Error> {
    let sql =
        "SELECT exception_id, operation_id, kind, at, organisation_id, expected_id, batch_id, level, first_serial,
                      last_serial
                 FROM goods_exception
                WHERE tenant_id = $1 AND operation_id = $2
             ORDER BY line";
    let rows = tx.query(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    rows.iter()
        .map(|row| {
            exception_of(row).map(|ExceptionLine { kind, unit, expected, .. }| Reported { kind, unit, expected })
        })
        .collect()
}

/// Exceptions by their ids. Index: goods_exception_by_id.
pub(crate) async fn exceptions(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &[i64],
) -> Result<HashMap<ExceptionId, ExceptionLine>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [(*id).into()]).collect();
    let sql =
        "SELECT exception_id, operation_id, kind, at, organisation_id, expected_id, batch_id, level, first_serial,
                      last_serial
                 FROM goods_exception
                WHERE tenant_id = $1 AND exception_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| exception_of(row).map(|line| (line.id, line))).collect()
}

fn exception_of(row: &Row) -> Result<ExceptionLine, Error> {
    let (kind, expected, level) = (row.int(2)?, row.int(5)?, row.int(7)?);
    let serials = serials_of(row, 8)?;
    let batch: BatchId = row.id(6)?;
    Ok(ExceptionLine {
        id: row.id(0)?,
        operation: row.id(1)?,
        kind: ExceptionKind::from_number(kind).ok_or_else(|| unreadable("exception", kind))?,
        at: row.time(3)?,
        organisation: row.id(4)?,
        expected: (expected != 0).then(|| row.id(5)).transpose()?,
        unit: Unit {
            batch,
            level: Level::from_i64(level).ok_or_else(|| unreadable("level", level))?,
            first_serial: serials.first,
            last_serial: serials.last,
        },
    })
}
