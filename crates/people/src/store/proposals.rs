//! Statements about proposals: pairs of people that may be one.

use tallymark_base::id::{AccountId, ChangeId, JobId, ProposalId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::rules::proposal::{Agreement, Candidate, PairKey, ProposalState};

/// A proposal as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredProposal {
    pub(crate) id: ProposalId,
    pub(crate) a: AccountId,
    pub(crate) b: AccountId,
    pub(crate) probability: f64,
    pub(crate) agreement: Vec<Agreement>,
    pub(crate) model: i64,
    pub(crate) state: ProposalState,
    pub(crate) found_at: Timestamp,
    pub(crate) seen_at: Timestamp,
    pub(crate) by: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) change: Option<ChangeId>,
}

/// A decision about proposals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict<'a> {
    pub(crate) to: ProposalState,
    pub(crate) by: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) change: Option<ChangeId>,
}

/// A search as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredSearch {
    pub(crate) job: JobId,
    pub(crate) by: String,
    pub(crate) asked_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) told: Option<String>,
}

/// Accounts after a number of which something is known in one of the fields, ascending. Index: primary key.
pub(crate) async fn described_after(
    tx: &mut Tx,
    tenant: TenantId,
    after: AccountId,
    fields: &[&'static str],
    limit: usize,
) -> Result<Vec<AccountId>, Error> {
    let fields: Rows<1> = fields.iter().map(|field| [(*field).into()]).collect();
    let sql = "SELECT DISTINCT account_id
                 FROM profile_value
                WHERE tenant_id = $1 AND account_id > $2 AND field IN (…)
             ORDER BY account_id
                LIMIT $3";
    let fixed = [tenant.raw().into(), after.raw().into(), (limit as i64).into()];
    tx.read_rows(sql, &fixed, &fields).await?.iter().map(|row| row.id(0)).collect()
}

/// Pairs of accounts that somebody said are two people: evidence that was taken back. Indexes: primary key,
/// identity_link_by_b.
pub(crate) async fn parted(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<PairKey>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_a, account_b
                 FROM identity_link
                WHERE tenant_id = $1 AND retracted <> 0 AND account_a IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect()
}

/// Proposals whose first account is one of these; the other end of a pair among them is one as well. Index: primary key.
pub(crate) async fn among(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<StoredProposal>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql =
        "SELECT proposal_id, account_a, account_b, probability, agreement, model, state, found_at, seen_at, by_whom,
                      reason, decided_at, change_id
                 FROM proposal
                WHERE tenant_id = $1 AND account_a IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(proposal_of).collect()
}

/// Proposes pairs for the first time; one that is known stays as it is. Gives how many were written.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    new: &[(ProposalId, Candidate)],
    model: u32,
    at: Timestamp,
) -> Result<u64, Error> {
    let rows: Rows<10> = new
        .iter()
        .map(|(id, pair)| {
            [
                pair.a.raw().into(),
                pair.b.raw().into(),
                tenant.raw().into(),
                id.raw().into(),
                pair.probability.into(),
                text_of(&pair.agreement).into(),
                i64::from(model).into(),
                ProposalState::Open.number().into(),
                at.into(),
                at.into(),
            ]
        })
        .collect();
    let sql =
        "INSERT INTO proposal (account_a, account_b, tenant_id, proposal_id, probability, agreement, model, state,
                                     found_at, seen_at)
               VALUES …
               ON CONFLICT (account_a, account_b, tenant_id) DO NOTHING";
    tx.write_rows(sql, &[], &rows).await
}

/// Lets proposals be open with what they say by now, each on the condition that its state is the one that was read.
pub(crate) async fn renew(
    tx: &mut Tx,
    tenant: TenantId,
    pairs: &[(ProposalState, Candidate)],
    model: u32,
    at: Timestamp,
) -> Result<u64, Error> {
    let rows: Rows<5> = pairs
        .iter()
        .map(|(seen, pair)| {
            [
                pair.a.raw().into(),
                pair.b.raw().into(),
                seen.number().into(),
                pair.probability.into(),
                text_of(&pair.agreement).into(),
            ]
        })
        .collect();
    let sql = "WITH v(a, b, seen, probability, agreement) AS (VALUES …)
             UPDATE proposal
                SET state = 0, probability = v.probability, agreement = v.agreement, model = $2, seen_at = $3
               FROM v
              WHERE proposal.account_a = v.a
                AND proposal.account_b = v.b
                AND proposal.tenant_id = $1
                AND proposal.state = v.seen";
    tx.write_rows(sql, &[tenant.raw().into(), i64::from(model).into(), at.into()], &rows).await
}

/// The next proposals of a state, or of any, before an id, the latest first. Indexes: proposal_by_state,
/// proposal_by_tenant.
pub(crate) async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    state: Option<ProposalState>,
    before: i64,
    limit: usize,
) -> Result<Vec<StoredProposal>, Error> {
    let of_state = "SELECT proposal_id, account_a, account_b, probability, agreement, model, state, found_at, seen_at,
                           by_whom, reason, decided_at, change_id
                      FROM proposal
                     WHERE tenant_id = $1 AND proposal_id < $2 AND state = $4
                  ORDER BY proposal_id DESC
                     LIMIT $3";
    let of_any = "SELECT proposal_id, account_a, account_b, probability, agreement, model, state, found_at, seen_at,
                         by_whom, reason, decided_at, change_id
                    FROM proposal
                   WHERE tenant_id = $1 AND proposal_id < $2
                ORDER BY proposal_id DESC
                   LIMIT $3";
    let mut values = vec![tenant.raw().into(), before.into(), (limit as i64).into()];
    let sql = if let Some(state) = state {
        values.push(state.number().into());
        of_state
    } else {
        of_any
    };
    tx.query(sql, &values).await?.iter().map(proposal_of).collect()
}

/// One proposal. Index: proposal_by_tenant.
pub(crate) async fn one(tx: &mut Tx, tenant: TenantId, id: ProposalId) -> Result<Option<StoredProposal>, Error> {
    let sql =
        "SELECT proposal_id, account_a, account_b, probability, agreement, model, state, found_at, seen_at, by_whom,
                      reason, decided_at, change_id
                 FROM proposal
                WHERE tenant_id = $1 AND proposal_id = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    row.as_ref().map(proposal_of).transpose()
}

/// Decides an open proposal; `false` where it is not open any more.
pub(crate) async fn decide(tx: &mut Tx, tenant: TenantId, id: ProposalId, verdict: Verdict<'_>) -> Result<bool, Error> {
    let sql = "UPDATE proposal
                  SET state = $3, by_whom = $4, reason = $5, decided_at = $6, change_id = $7
                WHERE tenant_id = $1 AND proposal_id = $2 AND state = 0";
    let values = [
        tenant.raw().into(),
        id.raw().into(),
        verdict.to.number().into(),
        verdict.by.into(),
        verdict.reason.into(),
        verdict.at.into(),
        verdict.change.map(|change| change.raw()).into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Lets proposals follow what was decided about their pairs, those that are in `verdict.to` already left out. A joining is
/// followed by all; a parting by those that were accepted.
pub(crate) async fn follow(
    tx: &mut Tx,
    tenant: TenantId,
    pairs: &[PairKey],
    verdict: Verdict<'_>,
) -> Result<u64, Error> {
    let rows: Rows<2> = pairs.iter().map(|(a, b)| [a.raw().into(), b.raw().into()]).collect();
    let sql = "WITH v(a, b) AS (VALUES …)
             UPDATE proposal
                SET state = $2, by_whom = $3, reason = $4, decided_at = $5, change_id = $6
               FROM v
              WHERE proposal.account_a = v.a
                AND proposal.account_b = v.b
                AND proposal.tenant_id = $1
                AND ($2 = 1 OR proposal.state = 1)";
    let fixed = [
        tenant.raw().into(),
        verdict.to.number().into(),
        verdict.by.into(),
        verdict.reason.into(),
        verdict.at.into(),
        verdict.change.map(|change| change.raw()).into(),
    ];
    tx.write_rows(sql, &fixed, &rows).await
}

/// Says of open proposals that there is nothing to decide; gives of how many.
pub(crate) async fn set_stale(tx: &mut Tx, tenant: TenantId, ids: &[ProposalId]) -> Result<u64, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [id.raw().into()]).collect();
    let sql = "UPDATE proposal SET state = 3 WHERE tenant_id = $1 AND state = 0 AND proposal_id IN (…)";
    tx.write_rows(sql, &[tenant.raw().into()], &keys).await
}

/// The latest search. Index: primary key.
pub(crate) async fn search(tx: &mut Tx, tenant: TenantId) -> Result<Option<StoredSearch>, Error> {
    let sql = "SELECT job_id, by_whom, asked_at, finished_at, told FROM proposal_search WHERE tenant_id = $1";
    let row = tx.query_one(sql, &[tenant.raw().into()]).await?;
    let of = |row: Row| {
        Ok(StoredSearch {
            job: row.id(0)?,
            by: row.text(1)?,
            asked_at: row.time(2)?,
            finished_at: row.opt_int(3)?.map(Timestamp),
            told: row.opt_text(4)?,
        })
    };
    row.map(of).transpose()
}

/// Begins a search in the place of the one that was read (0: none); `false` where somebody was faster.
pub(crate) async fn begin_search(tx: &mut Tx, tenant: TenantId, seen: i64, new: &StoredSearch) -> Result<bool, Error> {
    let sql = "INSERT INTO proposal_search (tenant_id, job_id, by_whom, asked_at, finished_at, told)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (tenant_id) DO UPDATE
                  SET job_id = excluded.job_id, by_whom = excluded.by_whom, asked_at = excluded.asked_at,
                      finished_at = excluded.finished_at, told = excluded.told
                WHERE proposal_search.job_id = $7";
    let values = [
        tenant.raw().into(),
        new.job.raw().into(),
        new.by.as_str().into(),
        new.asked_at.into(),
        new.finished_at.map(|at| at.0).into(),
        new.told.clone().into(),
        seen.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Names another job, if the search is the latest.
pub(crate) async fn pass_search(tx: &mut Tx, tenant: TenantId, from: JobId, to: JobId) -> Result<bool, Error> {
    let sql = "UPDATE proposal_search SET job_id = $3 WHERE tenant_id = $1 AND job_id = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), from.raw().into(), to.raw().into()]).await? == 1)
}

/// Keeps what a search told, if it is the latest.
pub(crate) async fn end_search(
    tx: &mut Tx,
    tenant: TenantId,
    job: JobId,
    told: String,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE proposal_search SET finished_at = $3, told = $4 WHERE tenant_id = $1 AND job_id = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), job.raw().into(), at.into(), told.into()]).await? == 1)
}

fn text_of(agreement: &[Agreement]) -> String {
    serde_json::to_string(agreement).expect("plain structs always serialize")
}

fn proposal_of(row: &Row) -> Result<StoredProposal, Error> {
    let (agreement, state) = (row.text(4)?, row.int(6)?);
    Ok(StoredProposal {
        id: row.id(0)?,
        a: row.id(1)?,
        b: row.id(2)?,
        probability: row.real(3)?,
        agreement: serde_json::from_str(&agreement)
            .map_err(|error| Error::Unreadable(format!("agreement of a proposal: {error}")))?,
        model: row.int(5)?,
        state: ProposalState::from_number(state)
            .ok_or_else(|| Error::Unreadable(format!("state {state} of a proposal")))?,
        found_at: row.time(7)?,
        seen_at: row.time(8)?,
        by: row.opt_text(9)?,
        reason: row.opt_text(10)?,
        decided_at: row.opt_int(11)?.map(Timestamp),
        change: row.opt_int(12)?.map(ChangeId::from_raw),
    })
}
