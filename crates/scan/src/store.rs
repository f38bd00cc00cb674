//! Every statement of the scan.

use std::collections::{BTreeMap, HashMap};

use tallymark_base::TypedId;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{AccountId, ScanId, TenantId};
use tallymark_codes::Face;
use tallymark_store::{Error, Row, Rows, Tx};

use crate::past::{Past, Sums};
use crate::rules::{CodeUse, UseKey};
use crate::types::{Decision, Place, PlaceSource, Scan};

pub(crate) mod list;
pub(crate) mod redeemed;

/// What is stored of the given faces. Index: primary key.
pub(crate) async fn code_uses(
    tx: &mut Tx,
    tenant: TenantId,
    keys: impl Iterator<Item = UseKey>,
) -> Result<HashMap<UseKey, CodeUse>, Error> {
    let rows: Rows<1> = keys.map(|(index, _)| [(index as i64).into()]).collect();
    let sql = "SELECT code_index, face, checks, first_at, first_adcode, first_account, recent,
                      claim_scan, claim_account, claim_at, rebate_scan, version, first_place_source, first_new,
                      claim_noted
                 FROM code_use
                WHERE tenant_id = $1 AND code_index IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &rows).await?.iter().map(use_of).collect()
}

/// Saves changed faces. Each must still be at the version that was loaded; otherwise another server was first, and
/// the batch is decided again.
pub(crate) async fn save_code_uses(tx: &mut Tx, tenant: TenantId, uses: &[(UseKey, &CodeUse)]) -> Result<(), Error> {
    let rows: Rows<16> = uses
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
                used.claim_noted.then_some(1_i64).into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO code_use (code_index, face, tenant_id, checks, first_at, first_adcode, first_account,
                                     recent, claim_scan, claim_account, claim_at, rebate_scan, version,
                                     first_place_source, first_new, claim_noted)
               VALUES …
               ON CONFLICT (code_index, face, tenant_id) DO UPDATE
                  SET checks = excluded.checks, first_adcode = excluded.first_adcode,
                      first_place_source = excluded.first_place_source,
                      recent = excluded.recent, claim_scan = excluded.claim_scan,
                      claim_account = excluded.claim_account, claim_at = excluded.claim_at,
                      claim_noted = excluded.claim_noted,
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
        claim_noted: row.opt_int(14)? == Some(1),
        version: row.int(11)?,
        changed: false,
    };
    Ok(((row.int(0)? as u64, face), used))
}

/// Adds to what is kept of scans that go. Share the transaction that deletes them.
pub(crate) async fn add_past(tx: &mut Tx, sums: &Sums) -> Result<(), Error> {
    let days: Rows<6> = sums
        .days
        .iter()
        .map(|((tenant, day), past)| {
            let Past { last, scans, claims, rebates } = *past;
            [tenant.raw().into(), (*day).into(), last.into(), scans.into(), claims.into(), rebates.into()]
        })
        .collect();
    let sql = "INSERT INTO scan_past (tenant_id, day, last_scan, scans, claims, rebates)
               VALUES …
               ON CONFLICT (tenant_id, day) DO UPDATE
                  SET last_scan = excluded.last_scan, scans = scan_past.scans + excluded.scans,
                      claims = scan_past.claims + excluded.claims, rebates = scan_past.rebates + excluded.rebates";
    tx.write_all_rows(sql, &[], &days).await?;
    let values: Rows<3> = sums
        .values
        .iter()
        .map(|((tenant, unit), amount)| [tenant.raw().into(), (*unit).into(), (*amount).into()])
        .collect();
    let sql = "INSERT INTO scan_past_value (tenant_id, unit, amount)
               VALUES …
               ON CONFLICT (tenant_id, unit) DO UPDATE SET amount = scan_past_value.amount + excluded.amount";
    tx.write_all_rows(sql, &[], &values).await
}

/// Deletes scans; fails when one of them is gone already.
pub(crate) async fn delete_scans(tx: &mut Tx, scans: &[(TenantId, Scan)]) -> Result<(), Error> {
    let keys: Rows<2> = scans.iter().map(|(tenant, scan)| [tenant.raw().into(), scan.id.raw().into()]).collect();
    let sql = "WITH v(tenant_id, scan_id) AS (VALUES …)
               DELETE FROM scan
                WHERE EXISTS (SELECT 1
                                FROM v
                               WHERE v.scan_id = scan.scan_id AND v.tenant_id = scan.tenant_id)";
    tx.write_all_rows(sql, &[], &keys).await
}

/// Up to which scan the scans of each tenant are gone.
pub(crate) async fn past_ends(tx: &mut Tx) -> Result<BTreeMap<TenantId, i64>, Error> {
    let rows = tx.query("SELECT tenant_id, MAX(last_scan) FROM scan_past GROUP BY tenant_id", &[]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.int(1)?))).collect()
}

/// What the scans that are gone moved, by tenant and unit.
pub(crate) async fn past_values(tx: &mut Tx) -> Result<BTreeMap<(TenantId, i64), i64>, Error> {
    let rows = tx.query("SELECT tenant_id, unit, amount FROM scan_past_value", &[]).await?;
    rows.iter().map(|row| Ok(((row.id(0)?, row.int(1)?), row.int(2)?))).collect()
}

/// Claims and rebates of scans that are gone: as they are kept, and as the codes tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PastCodes {
    pub(crate) tenant: TenantId,
    pub(crate) kept: (i64, i64),
    pub(crate) codes: (i64, i64),
}

/// The claims and rebates of every tenant with scans that are gone. Reads every code that was used.
pub(crate) async fn past_codes(tx: &mut Tx) -> Result<Vec<PastCodes>, Error> {
    let sql = "WITH past AS (
                   SELECT tenant_id, MAX(last_scan) AS last_scan, CAST(SUM(claims) AS BIGINT) AS claims,
                          CAST(SUM(rebates) AS BIGINT) AS rebates
                     FROM scan_past
                 GROUP BY tenant_id
               ),
               used AS (
                   SELECT code_use.tenant_id,
                          CAST(SUM(CASE WHEN claim_scan <= past.last_scan THEN 1 ELSE 0 END) AS BIGINT) AS claims,
                          CAST(SUM(CASE WHEN rebate_scan <= past.last_scan THEN 1 ELSE 0 END) AS BIGINT) AS rebates
                     FROM code_use
                     JOIN past ON past.tenant_id = code_use.tenant_id
                 GROUP BY code_use.tenant_id
               )
               SELECT past.tenant_id, past.claims, past.rebates, COALESCE(used.claims, 0), COALESCE(used.rebates, 0)
                 FROM past
            LEFT JOIN used ON used.tenant_id = past.tenant_id
             ORDER BY past.tenant_id";
    let line = |row: &Row| {
        Ok(PastCodes { tenant: row.id(0)?, kept: (row.int(1)?, row.int(2)?), codes: (row.int(3)?, row.int(4)?) })
    };
    tx.query(sql, &[]).await?.iter().map(line).collect()
}
