//! Campaigns and scans to start from; a test changes what it is about.

use tallymark_base::id::{BatchId, CampaignId, PrizeId, ProductId, TenantId};
use tallymark_base::{Timestamp, TypedId};
use tallymark_campaigns::rules::{Facts, Left, Seen};
use tallymark_campaigns::{Audience, Campaign, Caps, NewCampaign, NewPrize, Prize, Reward, Status, create, set_status};
use tallymark_codes::{Face, Level};
use tallymark_testkit::db::TestDb;

pub(crate) const RED_PACKET: Reward = Reward::RedPacket { min_fen: 88, max_fen: 188 };
pub(crate) const POINTS: Reward = Reward::Points { points: 5 };

pub(crate) fn tenant() -> TenantId {
    TenantId::from_raw(1 << 30)
}

pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn new_prize(name: &str, weight: u32, stock: Option<u64>, reward: Reward) -> NewPrize {
    NewPrize { name: name.to_owned(), weight, stock, reward }
}

/// A campaign of March 2026 with 100 yuan, 1,000 points, and one prize of each kind.
pub(crate) fn new_campaign() -> NewCampaign {
    NewCampaign {
        name: "春季扫码".to_owned(),
        starts: moment("2026-03-01T00:00:00Z"),
        ends: moment("2026-04-01T00:00:00Z"),
        regions: Vec::new(),
        products: Vec::new(),
        batches: Vec::new(),
        face: None,
        audience: Audience::Everyone,
        caps: Caps::default(),
        budget_fen: 10_000,
        budget_points: 1_000,
        prizes: vec![
            new_prize("红包", 10, None, RED_PACKET),
            new_prize("积分", 30, None, POINTS),
            new_prize("雨伞", 1, Some(3), Reward::Gift),
            new_prize("谢谢", 59, None, Reward::Nothing),
        ],
        fallback: Some("积分".to_owned()),
    }
}

/// A campaign as if it was stored, with the given prizes; ids count from 100.
pub(crate) fn stored(prizes: &[(u32, Option<u64>, Reward)]) -> Campaign {
    let new = new_campaign();
    Campaign {
        id: CampaignId::from_raw(7),
        name: new.name,
        status: Status::Running,
        version: 1,
        starts: new.starts,
        ends: new.ends,
        regions: Vec::new(),
        products: Vec::new(),
        batches: Vec::new(),
        face: None,
        audience: Audience::Everyone,
        caps: Caps::default(),
        budget_fen: new.budget_fen,
        budget_points: new.budget_points,
        prizes: (100..)
            .zip(prizes)
            .map(|(id, (weight, stock, reward))| Prize {
                id: PrizeId::from_raw(id),
                name: format!("prize {id}"),
                weight: *weight,
                stock: *stock,
                reward: *reward,
            })
            .collect(),
        fallback: None,
        rule_version: 1,
    }
}

/// The scan of a bottle's inner face on 10 March.
pub(crate) fn facts() -> Facts {
    Facts {
        at: moment("2026-03-10T08:00:00Z"),
        adcode: Some("330106".parse().unwrap()),
        product: ProductId::from_raw(284_000_000_000_000_001),
        batch: BatchId::from_raw(284_000_000_000_000_002),
        face: Face::Inner,
        batch_has_inner: true,
        level: Level::Item,
        known: false,
        tier: 0,
    }
}

pub(crate) const PLENTY: Left = Left { local: 1_000_000, exhausted: false };

pub(crate) const fn seen_plenty(stock: &[Left]) -> Seen<'_> {
    Seen { person_total: 0, person_today: 0, campaign_today: PLENTY, budget_fen: PLENTY, budget_points: PLENTY, stock }
}

/// Makes a campaign and starts it.
pub(crate) async fn started(db: &TestDb, new: NewCampaign) -> Campaign {
    let mut tx = db.store.write().await.unwrap();
    let campaign = create(&mut tx, tenant(), &db.ids, &*db.clock, new).await.unwrap();
    let campaign = set_status(&mut tx, tenant(), (campaign.id, None), Status::Running).await.unwrap();
    tx.commit().await.unwrap();
    campaign
}
