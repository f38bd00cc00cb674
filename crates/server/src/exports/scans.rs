//! Scans as rows of a file.

use tallymark_base::geography::name_path;
use tallymark_base::id::TenantId;
use tallymark_exports::{Cell, Error};
use tallymark_scan::answer::{Goods, RewardAnswer, Won};
use tallymark_scan::list::{self, Filter, Place};
use tallymark_scan::types::{PlaceSource, Verdict};
use tallymark_store::{Context, Tx};

use super::columns::{Column, cells, chosen};
use super::names::Names;
use super::{Locale, ROWS, ScanFilter, counted, of_source};
use crate::api::scan_list::ScanLine;

type ScanColumn = Column<ScanLine, Names>;

/// The columns of scans.
pub(super) const COLUMNS: &[ScanColumn] = &[
    Column::new("scan", "扫码编号", "Scan", |line, _| Cell::text(line.answer.scan.to_string())),
    Column::new("at", "时间", "Time", |line, _| Cell::Time(line.answer.at)),
    Column::new("verdict", "鉴真结果", "Verdict", |line, names| {
        Cell::text(verdict(line.answer.verdict, names.locale))
    }),
    Column::new("checks", "第几次查询", "Checks", |line, _| Cell::Number(line.answer.checks)),
    Column::new("first", "首次查询", "First check", |line, names| Cell::text(yes(line.answer.first, names.locale))),
    Column::new("product", "产品编号", "Product", |line, _| Cell::shown(goods(line).map(|goods| goods.product))),
    Column::new("sku", "SKU", "SKU", |line, names| {
        Cell::shown(goods(line).and_then(|goods| names.products.get(&goods.product)).map(|(sku, _)| sku))
    }),
    Column::new("product_name", "产品", "Product name", |line, names| {
        Cell::shown(goods(line).and_then(|goods| names.products.get(&goods.product)).map(|(_, name)| name))
    }),
    Column::new("batch", "批次编号", "Batch", |line, _| Cell::shown(goods(line).map(|goods| goods.batch))),
    Column::new("lot", "批号", "Lot", |line, names| {
        Cell::shown(goods(line).and_then(|goods| names.batches.get(&goods.batch)))
    }),
    Column::new("serial", "序号", "Serial", |line, _| {
        goods(line).map_or(Cell::Empty, |goods| Cell::Number(i64::try_from(goods.serial).unwrap_or(i64::MAX)))
    }),
    Column::new("person", "消费者编号", "Person", |line, _| Cell::shown(line.answer.person)),
    Column::new("account", "账户编号", "Account", |line, _| Cell::shown(line.account)),
    Column::new("adcode", "行政区划代码", "Place code", |line, _| Cell::shown(line.place)),
    Column::new("place", "地点", "Place", |line, names| {
        Cell::shown(line.place.and_then(|place| name_path(place, names.locale.language())))
    }),
    Column::new("first_place_source", "首次地点来源", "First place by", |line, names| {
        Cell::shown(line.answer.first_place_source.map(|source| source_of(source, names.locale)))
    }),
    Column::new("reward", "奖励", "Reward", |line, names| Cell::text(reward(&line.answer.reward, names.locale))),
    Column::new("red_packet", "红包（元）", "Red packet (yuan)", |line, _| match won_of(line, "red_packet") {
        0 => Cell::Empty,
        fen => Cell::Hundredths(fen),
    }),
    Column::new("points", "积分", "Points", |line, _| match won_of(line, "points") {
        0 => Cell::Empty,
        points => Cell::Number(points),
    }),
];

const fn goods(line: &ScanLine) -> Option<&Goods> {
    line.answer.goods.as_ref()
}

const fn yes(is: bool, locale: Locale) -> &'static str {
    if is { locale.word("是", "yes") } else { locale.word("否", "no") }
}

const fn verdict(verdict: Verdict, locale: Locale) -> &'static str {
    match verdict {
        Verdict::Genuine => locale.word("正品", "genuine"),
        Verdict::NotActive => locale.word("未激活", "not active"),
        Verdict::Void => locale.word("已作废", "withdrawn"),
        Verdict::Recalled => locale.word("召回中", "recalled"),
        Verdict::Unknown => locale.word("未知码", "unknown"),
        Verdict::Suspicious => locale.word("可疑", "suspicious"),
    }
}

const fn source_of(source: PlaceSource, locale: Locale) -> &'static str {
    match source {
        PlaceSource::Position => locale.word("定位", "position"),
        PlaceSource::Stated => locale.word("自述", "stated"),
        PlaceSource::Address => locale.word("网络地址", "network address"),
    }
}

const fn reward(reward: &RewardAnswer, locale: Locale) -> &'static str {
    match reward {
        RewardAnswer::None => locale.word("无", "none"),
        RewardAnswer::Offered => locale.word("可领取", "offered"),
        RewardAnswer::NoRight => locale.word("无资格", "no right"),
        RewardAnswer::NotNow { .. } => locale.word("暂无活动", "no campaign"),
        RewardAnswer::Taken { .. } => locale.word("已被领取", "taken"),
        RewardAnswer::Opened { won } if won.is_empty() => locale.word("未中奖", "blank"),
        RewardAnswer::Opened { .. } => locale.word("中奖", "won"),
    }
}

/// What this scan itself won of a kind.
fn won_of(line: &ScanLine, kind: &str) -> i64 {
    let won: &[Won] = if let RewardAnswer::Opened { won } = &line.answer.reward { won } else { &[] };
    won.iter().filter(|one| one.kind == kind).map(|one| one.amount).sum()
}

/// Reads scans.
pub(crate) struct Scans {
    context: Context,
    tenant: TenantId,
    filter: Filter,
    names: Names,
    columns: Vec<&'static ScanColumn>,
    place: Place,
    pub(super) total: Option<u64>,
}

impl Scans {
    pub(super) async fn new(
        context: &Context,
        tx: &mut Tx,
        tenant: TenantId,
        wanted: ScanFilter,
        locale: Locale,
        columns: Option<&[String]>,
    ) -> Result<Self, Error> {
        let filter = wanted.filter(tx, tenant).await.map_err(of_source)?;
        let names = Names::of_goods(tx, tenant, locale).await?;
        let total = counted(list::count(tx, tenant, &filter).await.map_err(of_source)?);
        let columns = chosen(COLUMNS, columns);
        Ok(Self { context: context.clone(), tenant, filter, names, columns, place: Place::default(), total })
    }

    pub(super) async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        let mut tx = self.context.store.read().await?;
        let scans = list::page(&mut tx, self.tenant, &self.filter, self.place, ROWS).await.map_err(of_source)?;
        drop(tx);
        self.place.after = scans.last().map(|scan| scan.id).or(self.place.after);
        Ok(scans.iter().map(|scan| cells(&self.columns, &ScanLine::from(scan), &self.names)).collect())
    }
}
