//! Statements that read people for the lake.

use tallymark_base::TypedId as _;
use tallymark_base::event::Word;
use tallymark_base::id::{AccountId, PersonId};
use tallymark_store::dimension::Page;
use tallymark_store::{Error, Tx};

use crate::IdentifierKind;
use crate::dimensions::{Account, Person};

/// Accounts of every tenant after an id. Index: primary key.
pub(crate) async fn accounts(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Page, Error> {
    let sql = "SELECT account_id, tenant_id, person_id, kind, tier, created_at
                 FROM source_account
                WHERE account_id > $1
             ORDER BY account_id
                LIMIT $2";
    let mut page = Page::default();
    for row in tx.query(sql, &[after.1.into(), i64::from(limit).into()]).await? {
        let (account, person): (AccountId, PersonId) = (row.id(0)?, row.id(2)?);
        let kind = super::kind_of(row.int(3)?)?;
        let tier = u32::try_from(row.int(4)?).unwrap_or_default();
        let row_of = Account { account, person, kind: Word::<IdentifierKind>(kind), tier };
        page.push(row.int(1)?, account.raw(), row.time(5)?, &row_of);
    }
    Ok(page)
}

/// People of every tenant after an id: the accounts that give a person its id. Index: primary key, person_member's.
pub(crate) async fn people(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Page, Error> {
    let sql = "SELECT account_id, tenant_id, created_at,
                      (SELECT CAST(COUNT(*) AS BIGINT)
                         FROM person_member
                        WHERE person_member.person_id = source_account.account_id
                          AND person_member.tenant_id = source_account.tenant_id)
                 FROM source_account
                WHERE account_id > $1 AND person_id = account_id
             ORDER BY account_id
                LIMIT $2";
    let mut page = Page::default();
    for row in tx.query(sql, &[after.1.into(), i64::from(limit).into()]).await? {
        let person: PersonId = row.id(0)?;
        // A person of one account has no rows of members.
        let accounts = u32::try_from(row.int(3)?.max(1)).unwrap_or(u32::MAX);
        page.push(row.int(1)?, person.raw(), row.time(2)?, &Person { person, accounts });
    }
    Ok(page)
}
