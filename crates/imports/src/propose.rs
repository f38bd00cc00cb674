//! A mapping from the names of columns, for a person to look over.

use serde::Serialize;
use tallymark_people::IdentifierKind::{
    self, AlipayUserId, Card, Email, Phone, TaobaoOuid, UserId, WechatOpenid, WechatUnionid,
};
use tallymark_tables::Header;
use utoipa::ToSchema;

use crate::Mapping;
use crate::mapping::{IdentifierColumn, ProfileColumn, TimeColumn};

/// Where a person has to write which app, shop or system it is. It is no scope, so that nothing is imported until they do.
const SCOPE_UNKNOWN: &str = "?";

/// A mapping, and what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportProposal)]
pub struct Proposal {
    /// What the columns seem to mean. A scope of `?` is to be written by a person.
    pub mapping: Mapping,
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
pub fn propose(header: &Header) -> Proposal {
    let mut mapping = Mapping::default();
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
    Proposal { mapping, left_out }
}

/// A name without what people write differently.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
