//! Statements about what people allowed.

use std::collections::{BTreeSet, HashMap, HashSet};

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::consent::ConsentText;
use crate::rules::consent::Stand;

/// What was said about a purpose and a channel, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredFact {
    pub(crate) stand: Stand,
    pub(crate) source: String,
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) text_version: Option<u32>,
}

/// Keeps facts; those that are kept already stay. `facts` must be in the order of the key.
pub(crate) async fn keep(tx: &mut Tx, tenant: TenantId, facts: &[StoredFact]) -> Result<(), Error> {
    let rows: Rows<9> = facts
        .iter()
        .map(|StoredFact { stand, source, sealed, text_version }| {
            [
                stand.account.raw().into(),
                stand.purpose.as_str().into(),
                stand.channel.as_str().into(),
                stand.at.into(),
                stand.given.into(),
                source.as_str().into(),
                tenant.raw().into(),
                sealed.clone().into(),
                text_version.map(i64::from).into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO consent_fact
                      (account_id, purpose, channel, at, given, source, tenant_id, evidence, text_version)
               VALUES …
               ON CONFLICT (account_id, purpose, channel, at, given, source, tenant_id) DO NOTHING";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// The purposes and channels that accounts said something about. Index: primary key.
pub(crate) async fn subjects(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: impl Iterator<Item = &AccountId>,
) -> Result<HashMap<AccountId, HashSet<(String, String)>>, Error> {
    let keys: Rows<1> = accounts.map(|account| [account.raw().into()]).collect();
    let sql = "SELECT DISTINCT account_id, purpose, channel
                 FROM consent_fact
                WHERE tenant_id = $1 AND account_id IN (…)";
    let mut found: HashMap<AccountId, HashSet<(String, String)>> = HashMap::new();
    for row in tx.read_rows(sql, &[tenant.raw().into()], &keys).await? {
        found.entry(row.id(0)?).or_default().insert((row.text(1)?, row.text(2)?));
    }
    Ok(found)
}

/// The latest fact of each account, purpose and channel; of the same moment the taking back. Erased accounts say nothing any
/// more. Index: primary key.
pub(crate) async fn latest(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<StoredFact>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT f.account_id, f.purpose, f.channel, f.at, f.given, f.source, f.evidence, f.text_version
                 FROM (SELECT account_id, purpose, channel, at, given, source, tenant_id, evidence, text_version,
                              ROW_NUMBER() OVER (PARTITION BY account_id, purpose, channel
                                                     ORDER BY at DESC, given, source) AS place
                         FROM consent_fact
                        WHERE tenant_id = $1 AND account_id IN (…)) f
                 JOIN source_account a ON a.account_id = f.account_id AND a.tenant_id = f.tenant_id
                WHERE f.place = 1 AND a.erased_at IS NULL
             ORDER BY f.account_id, f.purpose, f.channel";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(fact_of).collect()
}

/// All facts of accounts, the oldest first. Index: primary key.
pub(crate) async fn all(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<StoredFact>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, purpose, channel, at, given, source, evidence, text_version
                 FROM consent_fact
                WHERE tenant_id = $1 AND account_id IN (…)
             ORDER BY at, account_id, purpose, channel, given, source";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(fact_of).collect()
}

/// Publishes a text, unless there is one of its purpose, version and language; gives whether there was none.
pub(crate) async fn publish(
    tx: &mut Tx,
    tenant: TenantId,
    (purpose, version, language): (&str, u32, &str),
    text: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO consent_text (purpose, version, language, tenant_id, text, published_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (purpose, version, language, tenant_id) DO NOTHING";
    let values =
        [purpose.into(), i64::from(version).into(), language.into(), tenant.raw().into(), text.into(), at.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// A text and when it was published. Index: primary key.
pub(crate) async fn text(
    tx: &mut Tx,
    tenant: TenantId,
    (purpose, version, language): (&str, u32, &str),
) -> Result<Option<(String, Timestamp)>, Error> {
    let sql = "SELECT text, published_at
                 FROM consent_text
                WHERE purpose = $1 AND version = $2 AND language = $3 AND tenant_id = $4";
    let values = [purpose.into(), i64::from(version).into(), language.into(), tenant.raw().into()];
    tx.query_one(sql, &values).await?.map(|row| Ok((row.text(0)?, row.time(1)?))).transpose()
}

/// The texts that were published, the newest version of a purpose first.
pub(crate) async fn texts(tx: &mut Tx, tenant: TenantId, limit: u32) -> Result<Vec<ConsentText>, Error> {
    let sql = "SELECT purpose, version, language, text, published_at
                 FROM consent_text
                WHERE tenant_id = $1
             ORDER BY purpose, version DESC, language
                LIMIT $2";
    let rows = tx.query(sql, &[tenant.raw().into(), i64::from(limit).into()]).await?;
    let text = |row: &Row| {
        Ok(ConsentText {
            purpose: row.text(0)?,
            version: super::number(row.int(1)?)?,
            language: row.text(2)?,
            text: row.text(3)?,
            published_at: row.time(4)?,
        })
    };
    rows.iter().map(text).collect()
}

/// Those of the texts that were published, in whatever language. Index: primary key.
pub(crate) async fn published(
    tx: &mut Tx,
    tenant: TenantId,
    texts: &BTreeSet<(&str, u32)>,
) -> Result<HashSet<(String, i64)>, Error> {
    let keys: Rows<2> =
        texts.iter().map(|(purpose, version)| [(*purpose).into(), i64::from(*version).into()]).collect();
    let sql = "SELECT DISTINCT purpose, version
                 FROM consent_text
                WHERE tenant_id = $1 AND (purpose, version) IN (VALUES …)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

fn fact_of(row: &Row) -> Result<StoredFact, Error> {
    let stand = Stand {
        account: row.id(0)?,
        purpose: row.text(1)?,
        channel: row.text(2)?,
        at: row.time(3)?,
        given: row.int(4)? != 0,
    };
    let version = row.opt_int(7)?.map(super::number).transpose()?;
    Ok(StoredFact { stand, source: row.text(5)?, sealed: row.opt_bytes(6)?, text_version: version })
}
