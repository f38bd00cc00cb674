//! Lists of people and the indexes that serve them.

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::keyset::{List, Span};
use tallymark_store::{Error, Tx, Value, keyset_list};

/// Persons by the kind of the account that they are named by. Index: person_by_kind.
pub(crate) const BY_KIND: List<1> =
    keyset_list!("source_account", "account_id", ["kind"], " AND t.person_id = t.account_id");

/// Accounts that have a tag which is not over, those of the span in its order. Index: person_tag_by_tag.
pub(crate) async fn tagged(
    tx: &mut Tx,
    tenant: TenantId,
    (tag, now): (&str, Timestamp),
    span: Span,
) -> Result<Vec<AccountId>, Error> {
    let sql = if span.is_from_oldest {
        "SELECT account_id
           FROM person_tag
          WHERE tenant_id = $1 AND tag = $2 AND account_id > $3 AND account_id < $4
            AND (expires_at IS NULL OR expires_at > $5)
       ORDER BY account_id
          LIMIT $6"
    } else {
        "SELECT account_id
           FROM person_tag
          WHERE tenant_id = $1 AND tag = $2 AND account_id > $3 AND account_id < $4
            AND (expires_at IS NULL OR expires_at > $5)
       ORDER BY account_id DESC
          LIMIT $6"
    };
    let limit = i64::try_from(span.limit).unwrap_or(i64::MAX);
    let values: [Value; 6] =
        [tenant.raw().into(), tag.into(), span.above.into(), span.below.into(), now.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(|row| row.id(0)).collect()
}

/// How many people have a tag, looking at `limit` accounts at most; and whether there are more accounts.
/// Indexes: person_tag_by_tag, primary key.
pub(crate) async fn count_tagged(
    tx: &mut Tx,
    tenant: TenantId,
    (tag, now): (&str, Timestamp),
    span: Span,
) -> Result<(i64, bool), Error> {
    let sql = "SELECT COUNT(DISTINCT a.person_id), COUNT(*)
                 FROM (SELECT account_id
                         FROM person_tag
                        WHERE tenant_id = $1 AND tag = $2 AND account_id > $3 AND account_id < $4
                          AND (expires_at IS NULL OR expires_at > $5)
                     ORDER BY account_id DESC
                        LIMIT $6) AS tagged
                 JOIN source_account a ON a.account_id = tagged.account_id AND a.tenant_id = $1";
    let limit = i64::try_from(span.limit).unwrap_or(i64::MAX);
    let values: [Value; 6] =
        [tenant.raw().into(), tag.into(), span.above.into(), span.below.into(), now.into(), limit.into()];
    let row = tx.query_one(sql, &values).await?.ok_or(Error::RowsWritten { sent: 1, wrote: 0 })?;
    Ok((row.int(0)?, row.int(1)? >= limit))
}
