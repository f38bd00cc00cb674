//! Statements about claims that are no events yet.

use tallymark_base::id::{ScanId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::redeemed::{Note, Redeemed};

/// The one walk there is.
const WALK: i64 = 1;

/// Keeps what a batch of scans claimed.
pub(crate) async fn note(tx: &mut Tx, tenant: TenantId, redeemed: &[Redeemed]) -> Result<(), Error> {
    let Some(first) = redeemed.iter().map(|one| one.scan).min() else { return Ok(()) };
    let sql = "INSERT INTO scan_redeemed (scan_id, tenant_id, claims) VALUES ($1, $2, $3)";
    let claims = crate::redeemed::to_bytes(redeemed);
    tx.execute(sql, &[first.raw().into(), tenant.raw().into(), claims.into()]).await.map(drop)
}

/// What waits, of every brand, at most `limit` rows: a row is there until it is told, however old its id. Index: primary key.
pub(crate) async fn waiting(tx: &mut Tx, limit: i64) -> Result<Vec<Note>, Error> {
    let sql = "SELECT scan_id, tenant_id, claims
                 FROM scan_redeemed
             ORDER BY scan_id
                LIMIT $1";
    let note = |row: &Row| Ok(Note { scan: row.id(0)?, tenant: row.id(1)?, claims: row.bytes(2)? });
    tx.query(sql, &[limit.into()]).await?.iter().map(note).collect()
}

/// Takes away what is told with the same transaction; fails where somebody else took some of it.
pub(crate) async fn take(tx: &mut Tx, tenant: TenantId, notes: &[ScanId]) -> Result<(), Error> {
    let keys: Rows<2> = notes.iter().map(|note| [tenant.raw().into(), note.raw().into()]).collect();
    let sql = "WITH v(tenant_id, scan_id) AS (VALUES …)
               DELETE FROM scan_redeemed
                WHERE EXISTS (SELECT 1
                                FROM v
                               WHERE v.scan_id = scan_redeemed.scan_id AND v.tenant_id = scan_redeemed.tenant_id)";
    tx.write_all_rows(sql, &[], &keys).await
}

/// A place in the order of all codes of all brands: index, face and brand.
pub(crate) type Place = [i64; 3];

/// How far older claims were gone through; none where all were.
pub(crate) async fn walked(tx: &mut Tx) -> Result<Option<Place>, Error> {
    let sql = "SELECT code_index, face, tenant_id, is_over FROM scan_redeemed_walk WHERE walk = $1";
    let Some(row) = tx.query_one(sql, &[WALK.into()]).await? else { return Ok(Some([-1, -1, i64::MIN])) };
    Ok(if row.int(3)? == 1 { None } else { Some([row.int(0)?, row.int(1)?, row.int(2)?]) })
}

/// Goes on from a place to the next; false where somebody else went on from there.
pub(crate) async fn walk_on(tx: &mut Tx, from: Place, to: Place, is_over: bool) -> Result<bool, Error> {
    let sql = "INSERT INTO scan_redeemed_walk (walk, code_index, face, tenant_id, is_over)
               VALUES ($1, $2, $3, $4, 0)
               ON CONFLICT (walk) DO NOTHING";
    tx.execute(sql, &[WALK.into(), from[0].into(), from[1].into(), from[2].into()]).await?;
    let sql = "UPDATE scan_redeemed_walk
                  SET code_index = $2, face = $3, tenant_id = $4, is_over = $5
                WHERE walk = $1 AND code_index = $6 AND face = $7 AND tenant_id = $8 AND is_over = 0";
    let [index, face, tenant] = to;
    let values = [
        WALK.into(),
        index.into(),
        face.into(),
        tenant.into(),
        i64::from(is_over).into(),
        from[0].into(),
        from[1].into(),
        from[2].into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// A code that was used, and when it was claimed where nobody noted that.
pub(crate) struct Used {
    pub(crate) place: Place,
    pub(crate) unnoted: Option<Timestamp>,
}

/// Codes that were used after a place, in order, at most `limit`. Index: primary key.
pub(crate) async fn used_after(tx: &mut Tx, [index, face, tenant]: Place, limit: i64) -> Result<Vec<Used>, Error> {
    let sql = "SELECT code_index, face, tenant_id, claim_at, claim_noted
                 FROM code_use
                WHERE (code_index, face, tenant_id) > ($1, $2, $3)
             ORDER BY code_index, face, tenant_id
                LIMIT $4";
    let used = |row: &Row| {
        let claimed = row.opt_int(3)?.filter(|_| matches!(row.opt_int(4), Ok(None)));
        Ok(Used { place: [row.int(0)?, row.int(1)?, row.int(2)?], unnoted: claimed.map(Timestamp) })
    };
    tx.query(sql, &[index.into(), face.into(), tenant.into(), limit.into()]).await?.iter().map(used).collect()
}

/// When the faces of a code were claimed. Index: primary key.
pub(crate) async fn claimed_at(tx: &mut Tx, tenant: TenantId, index: u64) -> Result<Vec<Timestamp>, Error> {
    let sql = "SELECT claim_at
                 FROM code_use
                WHERE code_index = $1 AND tenant_id = $2 AND claim_at IS NOT NULL";
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    tx.query(sql, &[index.into(), tenant.raw().into()]).await?.iter().map(|row| row.time(0)).collect()
}
