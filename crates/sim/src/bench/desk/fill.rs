//! Long lists, written by SQL as a server would have written them over thirty days.

use tallymark_base::id::{AccountId, BatchId, ScanId, TenantId, first_id};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Options, Rows, Store, Value};

use crate::failure::Result;
use crate::stopwatch;

/// Days over which the rows are spread.
pub(super) const DAYS: i64 = 30;
/// Rows of one transaction.
const ROWS_AT_ONCE: i64 = 25_000;
/// Rows that are as no others: every so many'th.
pub(super) const RARE: i64 = 20;

/// A database to be filled.
pub(super) struct Filler {
    store: Store,
    tenant: TenantId,
    /// When the first row was made.
    pub(super) first: Timestamp,
    rows: i64,
}

/// Whether row `n` of `rows` is one of the few.
const fn is_rare(n: i64, rows: i64) -> bool {
    n % (rows / RARE) == rows / RARE / 2
}

impl Filler {
    pub(super) async fn open(database: &str, tenant: &str, rows: u64) -> Result<Self> {
        let now = Timestamp(stopwatch::now().as_microsecond());
        Ok(Self {
            store: Store::open(database, &Options { sqlite_cache_mib: 1_024, ..Options::default() }).await?,
            tenant: tenant.parse()?,
            first: Timestamp(now.0 - DAYS * Timestamp::DAY),
            rows: i64::try_from(rows)?,
        })
    }

    /// When row `n` was made.
    pub(super) const fn at(&self, n: i64) -> Timestamp {
        Timestamp(self.first.0 + DAYS * Timestamp::DAY / self.rows * n)
    }

    /// The id of row `n`: a tenth of a second apart at a million, so several may share a millisecond at ten.
    pub(super) fn id(&self, n: i64) -> i64 {
        first_id(self.at(n)) + (n & 0xfff)
    }

    /// Scans: of every fiftieth the code is unknown, the rest are spread over the batches; a few are suspicious, and a few of
    /// the last batch.
    pub(super) async fn scans(&self, batches: &[BatchId], product_of: impl Fn(usize) -> String) -> Result<()> {
        let Some((rare, common)) = batches.split_last() else { return Ok(()) };
        let sql = "INSERT INTO scan (scan_id, tenant_id, at, batch_id, account_id, verdict, decision) VALUES …";
        self.fill(sql, |n| {
            let place = usize::try_from(n * 7_919).unwrap_or_default() % common.len().max(1);
            let (batch, product) = match is_rare(n, self.rows) {
                true => (*rare, product_of(common.len())),
                false => (common[place], product_of(place)),
            };
            let account = AccountId::from_raw(self.id(n / 3));
            let is_unknown = n % 50 == 49 && !is_rare(n, self.rows);
            let (verdict, name) = match (is_unknown, is_rare(n + self.rows / RARE / 4, self.rows)) {
                (true, _) => (4_i64, "unknown"),
                (false, true) => (5, "suspicious"),
                _ => (1, "genuine"),
            };
            let code = match is_unknown {
                true => r#""text":"0123456789ABCDEF""#.to_owned(),
                false => format!(
                    r#""code":{{"index":{n},"face":"outer","batch":"{batch}","product":"{product}","level":"item","serial":{n}}}"#
                ),
            };
            let decision = format!(
                r#"{{"verdict":"{name}",{code},"checks":1,"first":true,"account":"{account}","known":true,"place":"330106","claim":{{"state":"not_asked"}}}}"#
            );
            [
                self.id(n).into(),
                self.tenant.raw().into(),
                self.at(n).into(),
                (!is_unknown).then_some(batch.raw()).into(),
                account.raw().into(),
                verdict.into(),
                decision.into(),
            ]
        })
        .await
    }

    /// People: mostly known by a device, every fifth by a phone, a few by a card.
    pub(super) async fn people(&self) -> Result<()> {
        let sql = "INSERT INTO source_account (account_id, tenant_id, kind, person_id, merges, tier, created_at, scope,
                                               stable, neighbours)
                   VALUES …";
        self.fill(sql, |n| {
            let kind = if is_rare(n, self.rows) { 4_i64 } else { 1 + i64::from(n % 5 == 0) };
            let (id, none): (Value, Value) = (self.id(n).into(), 0_i64.into());
            let tenant = self.tenant.raw().into();
            let at = self.at(n).into();
            [id.clone(), tenant, kind.into(), id, none.clone(), none.clone(), at, none.clone(), none.clone(), none]
        })
        .await?;
        let sql = "INSERT INTO person_tag (account_id, tag, tenant_id, source, set_at) VALUES …";
        let tagged = self.rows / 10;
        let mut first = 0;
        while first < tagged {
            let last = (first + ROWS_AT_ONCE).min(tagged);
            let rows: Rows<5> = (first..last)
                .map(|n| {
                    let tag = if is_rare(n, tagged) { "rare" } else { "vip" };
                    let at = self.at(n * 10).into();
                    [self.id(n * 10).into(), tag.into(), self.tenant.raw().into(), "bench".into(), at]
                })
                .collect();
            let mut tx = self.store.write().await?;
            tx.write_all_rows(sql, &[], &rows).await?;
            tx.commit().await?;
            first = last;
        }
        Ok(())
    }

    /// Shipments: to the first organisation, a few to the second.
    pub(super) async fn shipments(&self, to: [i64; 2]) -> Result<()> {
        let sql = "INSERT INTO shipment (shipment_id, tenant_id, organisation_id, at) VALUES …";
        self.fill(sql, |n| {
            let to = to[usize::from(is_rare(n, self.rows))];
            [self.id(n).into(), self.tenant.raw().into(), to.into(), self.at(n).into()]
        })
        .await
    }

    async fn fill<const N: usize>(&self, sql: &'static str, row: impl Fn(i64) -> [Value; N]) -> Result<()> {
        let mut first = 0;
        while first < self.rows {
            let last = (first + ROWS_AT_ONCE).min(self.rows);
            let rows: Rows<N> = (first..last).map(&row).collect();
            let mut tx = self.store.write().await?;
            tx.write_all_rows(sql, &[], &rows).await?;
            tx.commit().await?;
            first = last;
        }
        Ok(())
    }

    /// The id of a scan as the API shows it.
    pub(super) fn scan(&self, n: i64) -> ScanId {
        ScanId::from_raw(self.id(n))
    }

    pub(super) async fn close(self) {
        self.store.close().await;
    }
}
