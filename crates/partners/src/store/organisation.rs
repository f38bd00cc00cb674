//! Statements about the channel tree.

use std::collections::HashMap;

use tallymark_base::event::Word;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::dimension::Page;
use tallymark_store::{Error, Row, Rows, Tx};

use crate::{Organisation, OrganisationKind, dimensions};

/// What must be known of a node to put another below it.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) kind: OrganisationKind,
    pub(crate) path: String,
}

/// Where a node stands.
pub(crate) async fn placed(tx: &mut Tx, tenant: TenantId, id: OrganisationId) -> Result<Option<Placed>, Error> {
    let sql = "SELECT kind, path FROM organisation WHERE tenant_id = $1 AND organisation_id = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    row.map(|row| Ok(Placed { kind: kind_of(row.int(0)?)?, path: row.text(1)? })).transpose()
}

/// Saves an organisation with its territory; `false` when its code is taken.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    organisation: &Organisation,
    path: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO organisation (tenant_id, organisation_id, parent_id, kind, name, code, adcode, path,
                                         created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (tenant_id, code) DO NOTHING";
    let values = [
        tenant.raw().into(),
        organisation.id.raw().into(),
        organisation.parent.map(|parent| parent.raw()).into(),
        organisation.kind.number().into(),
        organisation.name.as_str().into(),
        organisation.code.as_str().into(),
        organisation.adcode.map(|adcode| i64::from(adcode.as_u32())).into(),
        path.into(),
        at.into(),
    ];
    if tx.execute(sql, &values).await? == 0 {
        return Ok(false);
    }
    let rows: Rows<3> = organisation
        .territory
        .iter()
        .map(|adcode| [tenant.raw().into(), organisation.id.raw().into(), i64::from(adcode.as_u32()).into()])
        .collect();
    let sql = "INSERT INTO territory (tenant_id, organisation_id, adcode) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await?;
    Ok(true)
}

/// Every organisation, by path.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Organisation>, Error> {
    let sql = "SELECT organisation_id, parent_id, kind, name, code, adcode
                 FROM organisation
                WHERE tenant_id = $1
             ORDER BY path";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    let sql = "SELECT organisation_id, adcode FROM territory WHERE tenant_id = $1 ORDER BY organisation_id, adcode";
    let territories = tx.query(sql, &[tenant.raw().into()]).await?;
    joined(&rows, &territories)
}

/// The first `limit` organisations, by path, of those from one path to just before another.
pub(crate) async fn range(
    tx: &mut Tx,
    tenant: TenantId,
    from: &str,
    before: &str,
    limit: i64,
) -> Result<Vec<Organisation>, Error> {
    let range = [tenant.raw().into(), from.into(), before.into(), limit.into()];
    let sql = "SELECT organisation_id, parent_id, kind, name, code, adcode
                 FROM organisation
                WHERE tenant_id = $1 AND path >= $2 AND path < $3
             ORDER BY path
                LIMIT $4";
    let rows = tx.query(sql, &range).await?;
    let sql = "SELECT t.organisation_id, t.adcode
                 FROM territory t
                 JOIN (SELECT tenant_id, organisation_id
                         FROM organisation
                        WHERE tenant_id = $1 AND path >= $2 AND path < $3
                     ORDER BY path
                        LIMIT $4) o
                   ON o.tenant_id = t.tenant_id AND o.organisation_id = t.organisation_id
                WHERE t.tenant_id = $1
             ORDER BY t.organisation_id, t.adcode";
    let territories = tx.query(sql, &range).await?;
    joined(&rows, &territories)
}

/// The same of those whose name or code holds a text, which [`pattern`] made.
pub(crate) async fn called(
    tx: &mut Tx,
    tenant: TenantId,
    (from, before): (&str, &str),
    pattern: &str,
    limit: i64,
) -> Result<Vec<Organisation>, Error> {
    let values = [tenant.raw().into(), from.into(), before.into(), limit.into(), pattern.into()];
    let sql = "SELECT organisation_id, parent_id, kind, name, code, adcode
                 FROM organisation
                WHERE tenant_id = $1 AND path >= $2 AND path < $3
                  AND (LOWER(name) LIKE $5 ESCAPE '!' OR LOWER(code) LIKE $5 ESCAPE '!')
             ORDER BY path
                LIMIT $4";
    let rows = tx.query(sql, &values).await?;
    let sql = "SELECT t.organisation_id, t.adcode
                 FROM territory t
                 JOIN (SELECT tenant_id, organisation_id
                         FROM organisation
                        WHERE tenant_id = $1 AND path >= $2 AND path < $3
                          AND (LOWER(name) LIKE $5 ESCAPE '!' OR LOWER(code) LIKE $5 ESCAPE '!')
                     ORDER BY path
                        LIMIT $4) o
                   ON o.tenant_id = t.tenant_id AND o.organisation_id = t.organisation_id
                WHERE t.tenant_id = $1
             ORDER BY t.organisation_id, t.adcode";
    let territories = tx.query(sql, &values).await?;
    joined(&rows, &territories)
}

/// By what an organisation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The brand's own code for it.
    Code,
    /// Its name.
    Name,
}

/// Ids and paths of the organisations whose code or name is one of these. Index: that of (tenant_id, code); names are compared
/// one after the other.
pub(crate) async fn called_exactly(
    tx: &mut Tx,
    tenant: TenantId,
    by: By,
    texts: &[&String],
) -> Result<Vec<(String, OrganisationId, String)>, Error> {
    let keys: Rows<1> = texts.iter().map(|text| [text.as_str().into()]).collect();
    let sql = match by {
        By::Code => {
            "SELECT code, organisation_id, path
               FROM organisation
              WHERE tenant_id = $1 AND code IN (…)
           ORDER BY organisation_id"
        }
        By::Name => {
            "SELECT name, organisation_id, path
               FROM organisation
              WHERE tenant_id = $1 AND name IN (…)
           ORDER BY organisation_id"
        }
    };
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.id(1)?, row.text(2)?))).collect()
}

/// What `LIKE` compares with to find a text anywhere, whatever the case of its Latin letters.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_ascii_lowercase().chars() {
        if "%_!".contains(character) {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern + "%"
}

fn joined(rows: &[Row], territories: &[Row]) -> Result<Vec<Organisation>, Error> {
    let mut places: HashMap<OrganisationId, Vec<Adcode>> = HashMap::new();
    for row in territories {
        places.entry(row.id(0)?).or_default().push(adcode_of(row.int(1)?)?);
    }
    rows.iter()
        .map(|row| {
            let id = row.id(0)?;
            Ok(Organisation {
                id,
                parent: row.opt_int(1)?.map(OrganisationId::from_raw),
                kind: kind_of(row.int(2)?)?,
                name: row.text(3)?,
                code: row.text(4)?,
                adcode: row.opt_int(5)?.map(adcode_of).transpose()?,
                territory: places.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

fn kind_of(number: i64) -> Result<OrganisationKind, Error> {
    OrganisationKind::from_number(number).ok_or_else(|| Error::Unreadable(format!("organisation kind {number}")))
}

fn adcode_of(number: i64) -> Result<Adcode, Error> {
    let code = u32::try_from(number).ok().and_then(|code| Adcode::try_from(code).ok());
    code.ok_or_else(|| Error::Unreadable(format!("administrative code {number}")))
}

/// Organisations of every tenant after a key, for the lake. Index: primary key.
pub(crate) async fn dimension(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Page, Error> {
    let sql = "SELECT tenant_id, organisation_id, parent_id, kind, code, name, adcode, path, created_at
                 FROM organisation
                WHERE tenant_id > $1 OR (tenant_id = $1 AND organisation_id > $2)
             ORDER BY tenant_id, organisation_id
                LIMIT $3";
    let mut page = Page::default();
    for row in tx.query(sql, &[after.0.into(), after.1.into(), i64::from(limit).into()]).await? {
        let organisation: OrganisationId = row.id(1)?;
        let of = dimensions::Organisation {
            organisation,
            parent: row.opt_int(2)?.map(OrganisationId::from_raw),
            kind: Word(kind_of(row.int(3)?)?),
            code: row.text(4)?,
            name: row.text(5)?,
            place: row.opt_int(6)?.map(adcode_of).transpose()?,
            path: row.text(7)?,
        };
        page.push(row.int(0)?, organisation.raw(), row.time(8)?, &of);
    }
    Ok(page)
}
