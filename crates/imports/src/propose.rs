//! A mapping from the names of columns, for a person to look over.

mod codes;
mod operations;

use serde::Serialize;
use tallymark_people::IdentifierKind::{
    self, AlipayUserId, Card, Email, Phone, TaobaoOuid, UserId, WechatOpenid, WechatUnionid,
};
use tallymark_tables::Header;
use utoipa::ToSchema;

use crate::mapping::{
    ArticlesMapping, CurrencyColumn, IdentifierColumn, OrdersMapping, ProfileColumn, ReturnColumn, TimeColumn,
};
use crate::{FileMapping, Kind, MembersMapping};
pub(crate) use codes::codes;
pub(crate) use operations::operations;

/// Where a person has to write which app, shop or system it is. It is no scope, so that nothing is imported until they do.
const SCOPE_UNKNOWN: &str = "?";

/// A mapping, and what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportProposal)]
pub struct Proposal {
    /// What the columns seem to mean. A scope of `?` is to be written by a person.
    pub mapping: FileMapping,
    /// Columns whose names say nothing; they are left out.
    pub left_out: Vec<String>,
}

/// Names of identifiers, without blanks and signs and in lower case; the most certain kinds first.
const IDENTIFIERS: [(IdentifierKind, &[&str]); 8] = [
    (
        Phone,
        &[
            "手机号",
            "手机",
            "手机号码",
            "电话",
            "联系电话",
            "电话号码",
            "移动电话",
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cellphone",
            "tel",
            "telephone",
        ],
    ),
    (WechatUnionid, &["unionid", "微信unionid", "wechatunionid", "wxunionid"]),
    (WechatOpenid, &["openid", "微信openid", "wechatopenid", "wxopenid"]),
    (
        Card,
        &[
            "会员卡号",
            "卡号",
            "会员卡",
            "会员号",
            "会员编号",
            "card",
            "cardno",
            "cardnumber",
            "membercard",
            "membercardno",
        ],
    ),
    (Email, &["邮箱", "电子邮箱", "电子邮件", "邮件", "email", "emailaddress", "mail"]),
    (AlipayUserId, &["支付宝userid", "支付宝id", "alipayuserid"]),
    (TaobaoOuid, &["ouid", "淘宝ouid", "taobaoouid"]),
    (UserId, &["用户id", "会员id", "客户id", "客户编号", "用户编号", "userid", "memberid", "customerid", "uid"]),
];

const FIELDS: [(&str, &[&str]); 7] = [
    (
        "name",
        &[
            "姓名",
            "名字",
            "客户姓名",
            "会员姓名",
            "真实姓名",
            "name",
            "fullname",
            "realname",
            "customername",
            "membername",
        ],
    ),
    ("birthday", &["生日", "出生日期", "出生年月日", "birthday", "birthdate", "dateofbirth", "dob"]),
    ("gender", &["性别", "gender", "sex"]),
    ("city", &["城市", "所在城市", "city"]),
    ("address", &["地址", "详细地址", "联系地址", "收货地址", "address"]),
    ("nickname", &["昵称", "微信昵称", "nickname"]),
    ("level", &["等级", "会员等级", "level", "tier", "memberlevel"]),
];

const TIMES: [&str; 16] = [
    "注册时间",
    "注册日期",
    "创建时间",
    "创建日期",
    "入会时间",
    "入会日期",
    "开卡时间",
    "开卡日期",
    "createdat",
    "createtime",
    "createdtime",
    "registeredat",
    "registertime",
    "registrationdate",
    "joinedat",
    "jointime",
];

/// What the columns of a file seem to mean.
pub fn propose(kind: Kind, header: &Header) -> Proposal {
    match kind {
        Kind::Members => {
            let (mapping, left_out) = members(header);
            Proposal { mapping: FileMapping::Members(mapping), left_out }
        }
        Kind::Orders => {
            let (mapping, left_out) = orders(header);
            Proposal { mapping: FileMapping::Orders(Box::new(mapping)), left_out }
        }
        Kind::Articles => {
            let (mapping, left_out) = articles(header);
            Proposal { mapping: FileMapping::Articles(mapping), left_out }
        }
        Kind::Operations => {
            let (mapping, left_out) = operations(header);
            Proposal { mapping: FileMapping::Operations(Box::new(mapping)), left_out }
        }
        Kind::Codes => {
            let (mapping, left_out) = codes(header);
            Proposal { mapping: FileMapping::Codes(mapping), left_out }
        }
    }
}

pub(crate) fn members(header: &Header) -> (MembersMapping, Vec<String>) {
    let mut mapping = MembersMapping::default();
    let mut left_out = Vec::new();
    let mut found: Vec<(usize, IdentifierColumn)> = Vec::new();
    for name in header.names().iter().filter(|name| !name.is_empty()) {
        let bare = bare(name);
        let column = name.clone();
        let knows = |names: &[&str]| names.contains(&bare.as_str());
        if let Some(rank) = IDENTIFIERS.iter().position(|(_, names)| knows(names)) {
            let kind = IDENTIFIERS[rank].0;
            let scope = (kind.is_scoped() && kind != UserId).then(|| SCOPE_UNKNOWN.to_owned());
            found.push((rank, IdentifierColumn { column, kind, scope }));
        } else if let Some((field, _)) = FIELDS.iter().find(|(_, names)| knows(names))
            && !mapping.profile.iter().any(|own| own.field == *field)
        {
            mapping.profile.push(ProfileColumn { column, field: (*field).to_owned() });
        } else if knows(&TIMES) && mapping.time.is_none() {
            mapping.time = Some(TimeColumn { column: Some(column), ..TimeColumn::default() });
        } else {
            left_out.push(column);
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(tallymark_people::IDENTIFIERS_MAX);
    mapping.identifiers = found.into_iter().map(|(_, column)| column).collect();
    (mapping, left_out)
}

pub(crate) fn orders(header: &Header) -> (OrdersMapping, Vec<String>) {
    let mut mapping = OrdersMapping::default();
    let mut left_out = Vec::new();
    let mut found: Vec<(usize, IdentifierColumn)> = Vec::new();
    for name in header.names().iter().filter(|name| !name.is_empty()) {
        let bare = bare(name);
        let field = ORDERS.iter().find(|(_, names)| names.contains(&bare.as_str())).map(|(field, _)| *field);
        let column = name.clone();
        let slot = match field {
            Some("order") if mapping.order.is_empty() => {
                mapping.order.push(column);
                continue;
            }
            Some("article") if mapping.article.is_empty() => {
                mapping.article = column;
                continue;
            }
            Some("discount") => {
                mapping.discounts.push(column);
                continue;
            }
            Some("returns") if mapping.returns.is_none() => {
                let values = RETURNS.iter().map(|word| (*word).to_owned()).collect();
                mapping.returns = Some(ReturnColumn { column, values });
                continue;
            }
            Some("time") => &mut mapping.time.column,
            Some("currency") => &mut mapping.currency.column,
            Some("shop") => &mut mapping.shop,
            Some("quantity") => &mut mapping.quantity,
            Some("amount") => &mut mapping.amount,
            Some("price") => &mut mapping.price,
            Some("original") => &mut mapping.original,
            _ => {
                match IDENTIFIERS.iter().position(|(_, names)| names.contains(&bare.as_str())) {
                    Some(rank) => {
                        let kind = IDENTIFIERS[rank].0;
                        let scope = (kind.is_scoped() && kind != UserId).then(|| SCOPE_UNKNOWN.to_owned());
                        found.push((rank, IdentifierColumn { column, kind, scope }));
                    }
                    None => left_out.push(column),
                }
                continue;
            }
        };
        if slot.is_none() {
            *slot = Some(column);
        } else {
            left_out.push(column);
        }
    }
    if mapping.amount.is_some() {
        left_out.extend(mapping.price.take());
    }
    if mapping.currency == CurrencyColumn::default() {
        mapping.currency.constant = Some(tallymark_base::Currency::CNY);
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(tallymark_people::IDENTIFIERS_MAX);
    mapping.buyer = found.into_iter().map(|(_, column)| column).collect();
    (mapping, left_out)
}

pub(crate) fn articles(header: &Header) -> (ArticlesMapping, Vec<String>) {
    let mut mapping = ArticlesMapping::default();
    let mut left_out = Vec::new();
    for name in header.names().iter().filter(|name| !name.is_empty()) {
        let bare = bare(name);
        let field = ARTICLES.iter().find(|(_, names)| names.contains(&bare.as_str())).map(|(field, _)| *field);
        let slot = match field {
            Some("code") if mapping.code.is_empty() => {
                mapping.code.clone_from(name);
                continue;
            }
            Some("name") => &mut mapping.name,
            Some("department") => &mut mapping.department,
            Some("category") => &mut mapping.category,
            Some("brand") => &mut mapping.brand,
            _ => {
                left_out.push(name.clone());
                continue;
            }
        };
        if slot.is_none() {
            *slot = Some(name.clone());
        } else {
            left_out.push(name.clone());
        }
    }
    (mapping, left_out)
}

/// Columns of orders, as exports of shops, tills and marketplaces call them.
const ORDERS: [(&str, &[&str]); 11] = [
    (
        "order",
        &[
            "订单号",
            "订单编号",
            "主订单编号",
            "子订单号",
            "交易号",
            "小票号",
            "单号",
            "order",
            "orderid",
            "orderno",
            "ordernumber",
            "basketid",
            "receiptno",
            "transactionid",
            "ordersn",
        ],
    ),
    (
        "time",
        &[
            "付款时间",
            "支付时间",
            "订单付款时间",
            "下单时间",
            "订单创建时间",
            "交易时间",
            "成交时间",
            "销售时间",
            "时间",
            "paidat",
            "paytime",
            "paymenttime",
            "ordertime",
            "orderdate",
            "createdat",
            "transactiontimestamp",
            "timestamp",
            "time",
            "date",
        ],
    ),
    ("currency", &["币种", "货币", "currency", "currencycode"]),
    (
        "shop",
        &[
            "门店编号",
            "门店编码",
            "店铺",
            "店铺名称",
            "门店",
            "店铺id",
            "shop",
            "shopid",
            "store",
            "storeid",
            "storecode",
        ],
    ),
    (
        "article",
        &[
            "商品编码",
            "商品编号",
            "商家编码",
            "货号",
            "条码",
            "商品id",
            "sku",
            "skuid",
            "skucode",
            "productid",
            "productcode",
            "itemid",
            "itemcode",
            "barcode",
            "ean",
            "gtin",
            "article",
        ],
    ),
    ("quantity", &["数量", "购买数量", "宝贝总数量", "商品数量", "件数", "quantity", "qty", "count"]),
    (
        "amount",
        &[
            "实付金额",
            "实收金额",
            "买家实付金额",
            "买家实际支付金额",
            "成交金额",
            "销售金额",
            "金额",
            "小计",
            "amount",
            "paid",
            "paidamount",
            "salesvalue",
            "linetotal",
            "total",
            "netamount",
        ],
    ),
    ("price", &["单价", "成交价", "售价", "price", "unitprice"]),
    (
        "discount",
        &[
            "优惠金额",
            "折扣金额",
            "折扣",
            "优惠",
            "discount",
            "discountamount",
            "retaildisc",
            "coupondisc",
            "couponmatchdisc",
        ],
    ),
    ("returns", &["类型", "订单类型", "交易类型", "单据类型", "type", "ordertype", "kind"]),
    ("original", &["原订单号", "原单号", "原小票号", "originalorder", "originalorderid", "originalno", "refundof"]),
];

/// What such exports write for goods that come back.
const RETURNS: [&str; 6] = ["退货", "退款", "退货退款", "return", "refund", "returned"];

/// Columns of articles.
const ARTICLES: [(&str, &[&str]); 5] = [
    (
        "code",
        &[
            "商品编码",
            "商品编号",
            "货号",
            "条码",
            "商品id",
            "sku",
            "skuid",
            "skucode",
            "productid",
            "productcode",
            "itemid",
            "itemcode",
            "barcode",
            "ean",
            "gtin",
            "code",
        ],
    ),
    ("name", &["商品名称", "名称", "品名", "商品名", "name", "productname", "title", "description", "producttype"]),
    ("department", &["部门", "大类", "department", "division"]),
    ("category", &["品类", "类目", "分类", "小类", "商品分类", "category", "productcategory"]),
    ("brand", &["品牌", "brand", "manufacturer"]),
];

/// A name without what people write differently.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
