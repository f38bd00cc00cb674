//! Every statement of the scan.

use std::collections::HashMap;

use tallymark_base::TypedId;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{AccountId, ScanId, TenantId};
use tallymark_codes::Face;
use tallymark_store::{Error, Row, Rows, Tx};

use crate::rules::{CodeUse, UseKey};
use crate::types::{Decision, Place, PlaceSource, Scan};

/// What is stored of the given faces. Index: primary key.
pub(crate) async fn code_uses(
    tx: &mut Tx,
    tenant: TenantId,
    keys: impl Iterator<Item = UseKey>,
) -> Result<HashMap<UseKey, CodeUse>, Error> {
    let rows: Rows<1> = keys.map(|(index, _)| [(index as i64).into()]).collect();
    let sql = "SELECT code_index, face, checks, first_at, first_adcode, first_account, recent,
                      claim_scan, claim_account, claim_at, rebate_scan, version, first_place_source, first_new
                 FROM code_use
                WHERE tenant_id = $1 AND code_index IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &rows).await?.iter().map(use_of).collect()
}

/// Saves changed faces. Each must still be at the version that was loaded; otherwise another server was first, and
/// the batch is decided again.
pub(crate) async fn save_code_uses(tx: &mut Tx, tenant: TenantId, uses: &[(UseKey, &CodeUse)]) -> Result<(), Error> {
    let rows: Rows<15> = uses
        .iter()
        .map(|((index, face), used)| {
            [
                (*index as i64).into(),
                face.as_i64().into(),
                tenant.raw().into(),
                used.checks.into(),
                used.first_at.into(),
                used.first_place.map(|place| i64::from(place.adcode.as_u32())).into(),
                used.first_account.map(TypedId::raw).into(),
                used.recent_bytes().into(),
                used.claim.map(|claim| claim.0.raw()).into(),
                used.claim.map(|claim| claim.1.raw()).into(),
                used.claim.map(|claim| claim.2.0).into(),
                used.rebate.map(TypedId::raw).into(),
                (used.version + 1).into(),
                used.first_place.map(|place| place.source.number()).into(),
                i64::from(used.first_new).into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO code_use (code_index, face, tenant_id, checks, first_at, first_adcode, first_account,
                                     recent, claim_scan, claim_account, claim_at, rebate_scan, version,
                                     first_place_source, first_new)
               VALUES …
               ON CONFLICT (code_index, face, tenant_id) DO UPDATE
                  SET checks = excluded.checks, first_adcode = excluded.first_adcode,
                      first_place_source = excluded.first_place_source,
                      recent = excluded.recent, claim_scan = excluded.claim_scan,
                      claim_account = excluded.claim_account, claim_at = excluded.claim_at,
                      rebate_scan = excluded.rebate_scan, version = excluded.version
                WHERE code_use.version = excluded.version - 1";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Saves decided scans.
pub(crate) async fn insert_scans(tx: &mut Tx, tenant: TenantId, scans: &[Scan]) -> Result<(), Error> {
    let rows: Rows<7> = scans
        .iter()
        .map(|scan| {
            let decision = serde_json::to_string(&scan.decision).expect("a decision is a plain struct");
            [
                scan.id.raw().into(),
                tenant.raw().into(),
                scan.at.into(),
                scan.decision.code.as_ref().map(|code| code.batch.raw()).into(),
                scan.decision.account.map(TypedId::raw).into(),
                scan.decision.verdict.number().into(),
                decision.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO scan (scan_id, tenant_id, at, batch_id, account_id, verdict, decision) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Stored scans by id.
pub(crate) async fn scans(
    tx: &mut Tx,
    tenant: TenantId,
    ids: impl Iterator<Item = ScanId>,
) -> Result<HashMap<ScanId, Scan>, Error> {
    let keys: Rows<1> = ids.map(|id| [id.raw().into()]).collect();
    let sql = "SELECT scan_id, at, decision FROM scan WHERE tenant_id = $1 AND scan_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| scan_of(row).map(|scan| (scan.id, scan))).collect()
}

/// Scans after an id, in order of time, of every tenant: for `verify`.
pub(crate) async fn scans_after(tx: &mut Tx, after: ScanId, limit: u32) -> Result<Vec<(TenantId, Scan)>, Error> {
    let sql = "SELECT scan_id, at, decision, tenant_id FROM scan WHERE scan_id > $1 ORDER BY scan_id LIMIT $2";
    let rows = tx.query(sql, &[after.raw().into(), i64::from(limit).into()]).await?;
    rows.iter().map(|row| Ok((row.id(3)?, scan_of(row)?))).collect()
}

fn scan_of(row: &Row) -> Result<Scan, Error> {
    let decision: Decision =
        serde_json::from_str(&row.text(2)?).map_err(|error| Error::Unreadable(format!("decision: {error}")))?;
    Ok(Scan { id: row.id(0)?, at: row.time(1)?, decision })
}

fn use_of(row: &Row) -> Result<(UseKey, CodeUse), Error> {
    let face = row.int(1)?;
    let face = Face::from_i64(face).ok_or_else(|| Error::Unreadable(format!("face {face}")))?;
    let adcode = row.opt_int(4)?.and_then(|code| u32::try_from(code).ok()).and_then(|code| Adcode::try_from(code).ok());
    let source = row.opt_int(12)?.and_then(PlaceSource::from_number).unwrap_or(PlaceSource::Stated);
    let claim = match (row.opt_int(7)?, row.opt_int(8)?, row.opt_int(9)?) {
        (Some(scan), Some(account), Some(at)) => {
            Some((ScanId::from_raw(scan), AccountId::from_raw(account), tallymark_base::Timestamp(at)))
        }
        _ => None,
    };
    let used = CodeUse {
        checks: row.int(2)?,
        first_at: row.time(3)?,
        first_place: adcode.map(|adcode| Place { adcode, source }),
        first_account: row.opt_int(5)?.map(AccountId::from_raw),
        recent: CodeUse::recent_from(&row.bytes(6)?),
        claim,
        rebate: row.opt_int(10)?.map(ScanId::from_raw),
        first_new: row.opt_int(13)? == Some(1),
        version: row.int(11)?,
        changed: false,
    };
    Ok(((row.int(0)? as u64, face), used))
}
