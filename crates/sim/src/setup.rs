//! What every world needs before the first scan, made the way an operator makes it: the tenant by command line, the
//! rest through the API.

use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::failure::{Context as _, Result};
use crate::process::Installation;
use crate::stopwatch;

/// A brand that was just made.
#[derive(Debug, Clone)]
pub(crate) struct Brand {
    /// Its id.
    pub(crate) tenant: String,
    /// The owner's API key.
    pub(crate) api_key: String,
}

/// Makes a brand that answers on the given hosts.
pub(crate) async fn create_brand(installation: &Installation, name: &str, hosts: &[&str]) -> Result<Brand> {
    let mut arguments = vec!["--json", "tenant", "create", "--name", name];
    arguments.extend(hosts.iter().flat_map(|host| ["--host", host]));
    let answer = installation.command(&arguments).await?;
    let answer: Value = serde_json::from_str(&answer).while_doing(|| format!("reading {answer:?}"))?;
    Ok(Brand { tenant: text(&answer, "tenant")?.to_owned(), api_key: text(&answer, "key")?.to_owned() })
}

/// An organisation to be made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NewOrganisation<'a> {
    /// brand, region, dealer or store.
    pub(crate) kind: &'a str,
    /// The organisation above it.
    pub(crate) parent: Option<&'a str>,
    /// Its code, unique in the brand.
    pub(crate) code: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Where it is.
    pub(crate) adcode: Option<u32>,
    /// Where it may sell, if not where the one above it may.
    pub(crate) territory: Option<u32>,
}

/// A batch of codes to be ordered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchOrder<'a> {
    /// Of which product.
    pub(crate) product: &'a str,
    /// Its lot number.
    pub(crate) lot: &'a str,
    /// How many items.
    pub(crate) items: u64,
}

/// Items in a case of every world.
pub(crate) const ITEMS_PER_CASE: u64 = 24;
/// Cases on a pallet of every world.
pub(crate) const CASES_PER_PALLET: u64 = 40;

impl Client {
    /// Makes a product; its id.
    pub(crate) async fn create_product(&self, gtin: &str, sku: &str, name: &str) -> Result<String> {
        self.create("/v1/products", &json!({ "gtin": gtin, "sku": sku, "name": name })).await
    }

    /// Makes an organisation; its id.
    pub(crate) async fn create_organisation(&self, new: &NewOrganisation<'_>) -> Result<String> {
        let mut body = json!({ "kind": new.kind, "code": new.code, "name": new.name });
        if let Some(parent) = new.parent {
            body["parent"] = json!(parent);
        }
        if let Some(adcode) = new.adcode {
            body["adcode"] = json!(adcode.to_string());
        }
        if let Some(territory) = new.territory {
            body["territory"] = json!([territory.to_string()]);
        }
        self.create("/v1/organisations", &body).await
    }

    /// Orders codes with outer and inner faces and makes all of them live; the batch's id.
    pub(crate) async fn create_active_batch(&self, order: BatchOrder<'_>) -> Result<String> {
        let batch = self
            .create(
                "/v1/batches",
                &json!({
                    "product": order.product,
                    "lot": order.lot,
                    "items": order.items,
                    "items_per_case": ITEMS_PER_CASE,
                    "cases_per_pallet": CASES_PER_PALLET,
                    "faces": "outer_and_inner",
                }),
            )
            .await?;
        self.post(&format!("/v1/batches/{batch}/activations"), &json!({})).await?;
        Ok(batch)
    }

    /// Ships neighbouring cases or pallets of a batch.
    pub(crate) async fn ship(&self, to: &str, batch: &str, level: &str, first: u64, last: u64) -> Result<()> {
        let unit = json!({ "batch": batch, "level": level, "first": first, "last": last });
        self.post("/v1/shipments", &json!({ "to": to, "units": [unit] })).await.map(drop)
    }

    /// Makes a campaign, changed by `extra` where it names fields, and starts it; its id.
    pub(crate) async fn start_campaign(&self, name: &str, prizes: Value, extra: Value) -> Result<String> {
        let (starts, ends) = window()?;
        let mut body = json!({
            "name": name,
            "starts": starts,
            "ends": ends,
            "regions": [],
            "products": [],
            "batches": [],
            "audience": "everyone",
            "caps": {},
            "budget_fen": 0,
            "budget_points": 0,
            "prizes": prizes,
        });
        for (field, value) in extra.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        let campaign = self.create("/v1/campaigns", &body).await?;
        self.set_campaign(&campaign, "running").await?;
        Ok(campaign)
    }

    /// Changes a campaign's status: running, paused, ended.
    pub(crate) async fn set_campaign(&self, campaign: &str, status: &str) -> Result<()> {
        self.post(&format!("/v1/campaigns/{campaign}/status"), &json!({ "status": status })).await.map(drop)
    }

    /// Makes a rebate for stores and starts it.
    pub(crate) async fn start_rebate(&self, name: &str, amount_fen: i64, budget_fen: i64) -> Result<()> {
        let (starts, ends) = window()?;
        let body = json!({
            "name": name,
            "starts": starts,
            "ends": ends,
            "products": [],
            "amount_fen": amount_fen,
            "budget_fen": budget_fen,
        });
        let rebate = self.create("/v1/rebates", &body).await?;
        self.post(&format!("/v1/rebates/{rebate}/status"), &json!({ "status": "running" })).await.map(drop)
    }

    async fn create(&self, path: &str, body: &Value) -> Result<String> {
        let answer = self.post(path, body).await?;
        Ok(text(&answer, "id").while_doing(|| path.to_owned())?.to_owned())
    }
}

/// A prize of a campaign. `reward` as the API takes it.
pub(crate) fn prize(name: &str, weight: u32, reward: Value) -> Value {
    json!({ "name": name, "weight": weight, "reward": reward })
}

/// A red packet between two amounts.
pub(crate) fn red_packet(min_fen: i64, max_fen: i64) -> Value {
    json!({ "kind": "red_packet", "min_fen": min_fen, "max_fen": max_fen })
}

/// So many points.
pub(crate) fn points(points: i64) -> Value {
    json!({ "kind": "points", "points": points })
}

/// A thank-you.
pub(crate) fn nothing() -> Value {
    json!({ "kind": "nothing" })
}

/// From an hour ago for ninety days.
fn window() -> Result<(String, String)> {
    let now = stopwatch::now();
    let ends = now.checked_add((90 * 24).hours())?;
    Ok((now.checked_sub(1.hour())?.to_string(), ends.to_string()))
}
