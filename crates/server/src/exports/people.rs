//! People as rows of a file, as much of them as whoever asked may see.

use tallymark_base::id::TenantId;
use tallymark_exports::{Cell, Error};
use tallymark_partners::Tenant;
use tallymark_people::list::{self, Filter, PersonLine, Place};
use tallymark_people::rules::mask::Sight;
use tallymark_people::{IdentifierKind, PeopleKeys};
use tallymark_store::Context;

use super::columns::{Column, cells, chosen};
use super::{Locale, PeopleFilter, ROWS, counted, of_source};

type PersonColumn = Column<PersonLine, Locale>;

/// The columns of people.
pub(super) const COLUMNS: &[PersonColumn] = &[
    Column::new("person", "消费者编号", "Person", |line, _| Cell::text(line.person.to_string())),
    Column::new("since", "首次出现", "Since", |line, _| Cell::Time(line.since)),
    Column::new("first_kind", "来源标识", "First known by", |line, locale| {
        Cell::text(kind(line.first_kind, *locale))
    }),
    Column::new("name", "姓名", "Name", |line, _| Cell::shown(line.name.as_ref())),
    Column::new("phone", "手机号", "Phone", |line, _| identifiers(line, IdentifierKind::Phone)),
    Column::new("card", "会员卡", "Card", |line, _| identifiers(line, IdentifierKind::Card)),
    Column::new("email", "邮箱", "E-mail", |line, _| identifiers(line, IdentifierKind::Email)),
    Column::new("tier", "等级", "Tier", |line, _| Cell::Number(i64::from(line.tier))),
    Column::new("accounts", "账户数", "Accounts", |line, _| {
        Cell::Number(i64::try_from(line.accounts).unwrap_or(i64::MAX))
    }),
    Column::new("tags", "标签", "Tags", |line, _| Cell::text(line.tags.join(", "))),
    Column::new("erased", "已注销", "Erased", |line, locale| {
        if line.erased { Cell::text(locale.word("是", "yes")) } else { Cell::Empty }
    }),
];

fn identifiers(line: &PersonLine, kind: IdentifierKind) -> Cell {
    let values: Vec<&str> =
        line.identifiers.iter().filter(|one| one.kind == kind).filter_map(|one| one.value.as_deref()).collect();
    Cell::text(values.join(", "))
}

const fn kind(kind: IdentifierKind, locale: Locale) -> &'static str {
    match kind {
        IdentifierKind::Device => locale.word("设备", "device"),
        IdentifierKind::Phone => locale.word("手机号", "phone"),
        IdentifierKind::WechatOpenid => locale.word("微信 OpenID", "WeChat openid"),
        IdentifierKind::Card => locale.word("会员卡", "card"),
        IdentifierKind::WechatUnionid => locale.word("微信 UnionID", "WeChat unionid"),
        IdentifierKind::Email => locale.word("邮箱", "e-mail"),
        IdentifierKind::UserId => locale.word("用户编号", "user id"),
        IdentifierKind::AnonymousId => locale.word("匿名编号", "anonymous id"),
        IdentifierKind::AppDevice => locale.word("应用设备", "app device"),
        IdentifierKind::TaobaoOuid => locale.word("淘宝 OUID", "Taobao ouid"),
        IdentifierKind::TaobaoOmid => locale.word("淘宝 OMID", "Taobao omid"),
        IdentifierKind::TaobaoOpenUid => locale.word("淘宝 OpenUID", "Taobao open uid"),
        IdentifierKind::AlipayUserId => locale.word("支付宝用户", "Alipay user id"),
        IdentifierKind::AlipayOpenid => locale.word("支付宝 OpenID", "Alipay openid"),
    }
}

/// Reads people.
pub(crate) struct People {
    context: Context,
    tenant: TenantId,
    keys: PeopleKeys,
    filter: Filter,
    sight: Sight,
    locale: Locale,
    columns: Vec<&'static PersonColumn>,
    place: Place,
    is_counted: bool,
    pub(super) total: Option<u64>,
}

impl People {
    pub(super) fn new(
        context: &Context,
        brand: &Tenant,
        (wanted, sight): (PeopleFilter, Sight),
        locale: Locale,
        columns: Option<&[String]>,
    ) -> Result<Self, Error> {
        let filter = wanted.filter().map_err(|problem| Error::Internal(problem.detail().to_owned()))?;
        Ok(Self {
            context: context.clone(),
            tenant: brand.id,
            keys: PeopleKeys::new(brand),
            filter,
            sight,
            locale,
            columns: chosen(COLUMNS, columns),
            place: Place::default(),
            is_counted: false,
            total: None,
        })
    }

    pub(super) async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        let now = self.context.clock.now();
        let mut tx = self.context.store.read().await?;
        if !self.is_counted {
            self.total = counted(list::count(&mut tx, self.tenant, &self.filter, now).await.map_err(of_source)?);
            self.is_counted = true;
        }
        let (wanted, part) = ((&self.filter, self.sight), (self.place, ROWS));
        let lines = list::page(&mut tx, self.tenant, &self.keys, wanted, part, now).await.map_err(of_source)?;
        drop(tx);
        self.place.after = lines.last().map(|line| line.stands_at).or(self.place.after);
        Ok(lines.iter().map(|line| cells(&self.columns, line, &self.locale)).collect())
    }
}
