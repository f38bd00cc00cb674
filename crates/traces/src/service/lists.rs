//! Lists of what events have named: types, words, places, objects.

use std::collections::HashMap;

use serde_json::Value;
use tallymark_base::id::TenantId;
use tallymark_epcis::facts::Listed;
use tallymark_epcis::identifier;
use tallymark_epcis::vocabulary::{BIZ_STEPS, DISPOSITIONS};
use tallymark_epcis::{Context, TYPES};
use tallymark_store::Tx;

use crate::service::prepare::unpacked;
use crate::store::{event, index};
use crate::{Error, Hook};

/// Rows of the index that one page of objects looks at.
const ROWS_MAX: usize = 20_000;
const ROWS: i64 = 200;

/// The words that the standard has for a list.
pub(crate) fn standard(listed: Listed) -> Vec<String> {
    let words: Vec<&str> = match listed {
        Listed::EventType => TYPES.iter().map(|(_, name)| *name).collect(),
        Listed::BizStep => BIZ_STEPS.to_vec(),
        Listed::Disposition => DISPOSITIONS.to_vec(),
        Listed::ReadPoint | Listed::BizLocation => Vec::new(),
    };
    words.into_iter().map(str::to_owned).collect()
}

/// Words that events have named beyond those of the standard, after a place of the list; with where the next begins.
pub(crate) async fn words(
    tx: &mut Tx,
    tenant: TenantId,
    (listed, after): (Listed, i64),
    limit: usize,
) -> Result<(Vec<String>, Option<i64>), Error> {
    let rows = index::words(tx, tenant, (listed as i64, after), limit as i64 + 1).await?;
    let next = (rows.len() > limit).then(|| rows[limit - 1].0);
    Ok((rows.into_iter().take(limit).map(|(_, word)| word).collect(), next))
}

/// Whether a word is one of the standard, or was named.
pub(crate) async fn is_listed(tx: &mut Tx, tenant: TenantId, listed: Listed, word: &str) -> Result<bool, Error> {
    let compared = listed.compared(word);
    if listed.is_standard(&compared) {
        return Ok(true);
    }
    let Some(salt) = event::salt(tx, tenant).await? else { return Ok(false) };
    Ok(index::has_word(tx, tenant, listed as i64, salt.word(listed, &compared)).await?)
}

/// Whether an event has named an object.
pub(crate) async fn is_object(hook: &dyn Hook, tx: &mut Tx, tenant: TenantId, name: &str) -> Result<bool, Error> {
    let Some(salt) = event::salt(tx, tenant).await? else { return Ok(false) };
    let key = identifier::key(name);
    if !index::of_object(tx, tenant, salt.object(&key), 1).await?.is_empty() {
        return Ok(true);
    }
    Ok(hook.whereabouts(tx, tenant, &key).await?.is_some_and(|found| !found.at.is_empty()))
}

/// Objects and classes that events have named, after a place of the index; with where the next begins. The index holds
/// hashes: the names are read from an event of each.
pub(crate) async fn objects(
    tx: &mut Tx,
    tenant: TenantId,
    mut after: [i64; 5],
    limit: usize,
) -> Result<(Vec<String>, Option<[i64; 5]>), Error> {
    let (mut found, mut looked): (Vec<String>, usize) = (Vec::new(), 0);
    let Some(salt) = event::salt(tx, tenant).await? else { return Ok((found, None)) };
    while looked < ROWS_MAX {
        let rows = index::objects_after(tx, tenant, after, ROWS).await?;
        if rows.is_empty() {
            return Ok((found, None));
        }
        looked += rows.len();
        for row in rows {
            let [class, span, first, last, number] = row;
            // The same objects named again by a later event.
            if [class, span, first, last] != after[..4] {
                let names = names_of(tx, tenant, number).await?;
                for name in names {
                    let key = identifier::key(&name);
                    let (own, serial) = salt.object(&key);
                    if own == class && (first..=last).contains(&serial) && !found.contains(&name) {
                        found.push(name);
                    }
                }
            }
            after = row;
            if found.len() >= limit {
                return Ok((found, Some(after)));
            }
        }
    }
    Ok((found, Some(after)))
}

/// Every identifier that an event names.
async fn names_of(tx: &mut Tx, tenant: TenantId, number: i64) -> Result<Vec<String>, Error> {
    let kept = event::kept(tx, tenant, &[number]).await?.remove(&number);
    let Some(kept) = kept else { return Ok(Vec::new()) };
    let context = std::sync::Arc::new(Context::default());
    let read = tallymark_epcis::Event::kept(&unpacked(&kept.body)?, &context);
    let event = read.map_err(|error| Error::Internal { cause: error.to_string() })?;
    let body: HashMap<&str, &Value> = event.body().iter().map(|(name, value)| (name.as_str(), value)).collect();
    let list = |name: &str| body.get(name).and_then(|list| list.as_array()).cloned().unwrap_or_default();
    let mut names: Vec<String> = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"]
        .into_iter()
        .flat_map(list)
        .filter_map(|epc| epc.as_str().map(str::to_owned))
        .collect();
    let lists = ["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"];
    names.extend(lists.into_iter().flat_map(list).filter_map(|own| own["epcClass"].as_str().map(str::to_owned)));
    names.extend(event.text("parentID").map(str::to_owned));
    Ok(names)
}
