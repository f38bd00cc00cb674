//! A mapping of operations from the names of columns that ERP and WMS write.

use std::collections::BTreeMap;

use tallymark_tables::Header;

use super::bare;
use crate::mapping::{FileOperation, OperationColumn, OperationsMapping, OrganisationColumn, TimeColumn};

/// What the columns of a file of operations seem to mean.
pub(crate) fn operations(header: &Header) -> (OperationsMapping, Vec<String>) {
    let mut mapping = OperationsMapping::default();
    let mut left_out = Vec::new();
    // Of several codes in a row the smallest is what something is done with, and the greatest the pack.
    let mut codes: Vec<(usize, String)> = Vec::new();
    for column in header.names().iter().filter(|name| !name.is_empty()).cloned() {
        let bare = bare(&column);
        let knows = |names: &[&str]| names.contains(&bare.as_str());
        let said = DOCUMENTS.iter().find(|(_, names)| knows(names)).map(|(said, _)| *said);
        if let Some(level) = CODES.iter().position(|names| knows(names)) {
            codes.push((level, column));
        } else if (said.is_some() || knows(&NUMBERS)) && mapping.document.is_empty() {
            mapping.document.push(column);
            mapping.operation.constant = mapping.operation.constant.or(said);
        } else if knows(&LASTS) && mapping.last.is_none() {
            mapping.last = Some(column);
        } else if knows(&KINDS) && mapping.operation.column.is_none() {
            mapping.operation = OperationColumn { column: Some(column), words: words(), constant: None };
        } else if knows(&RECEIVERS) && mapping.organisation.is_none() {
            mapping.organisation = Some(OrganisationColumn { column: Some(column), constant: None });
        } else if knows(&SENDERS) && mapping.from.is_none() {
            mapping.from = Some(OrganisationColumn { column: Some(column), constant: None });
        } else if knows(&TIMES) && mapping.time.is_none() {
            mapping.time = Some(TimeColumn { column: Some(column), ..TimeColumn::default() });
        } else {
            left_out.push(column);
        }
    }
    meant(&mut mapping, codes, &mut left_out);
    (mapping, left_out)
}

/// What codes are for, and what is done where no column says it.
fn meant(mapping: &mut OperationsMapping, mut codes: Vec<(usize, String)>, left_out: &mut Vec<String>) {
    codes.sort();
    let mut codes = codes.into_iter().map(|(_, column)| column);
    mapping.code = codes.next().unwrap_or_default();
    let pack = codes.next();
    left_out.extend(codes);
    let says = &mut mapping.operation;
    if says.column.is_some() {
        says.constant = None;
    } else if says.constant.is_none() {
        says.constant = if mapping.organisation.is_some() {
            Some(FileOperation::Ship)
        } else {
            pack.is_some().then_some(FileOperation::Pack)
        };
    }
    let packs = says.column.is_some() || says.constant == Some(FileOperation::Pack);
    match pack {
        // A list of packs without numbers: each pack is a document. With numbers, each pack of a number is one.
        Some(pack) if packs => {
            if says.column.is_none() {
                mapping.document.push(pack.clone());
            }
            mapping.pack = Some(pack);
        }
        pack => left_out.extend(pack),
    }
    // Words for what the file cannot say are not asked for.
    let (has_pack, has_organisation) = (mapping.pack.is_some(), mapping.organisation.is_some());
    mapping.operation.words.retain(|_, operation| match operation {
        FileOperation::Pack => has_pack,
        operation => has_organisation || !operation.names_organisation(),
    });
}

/// Words that such files have for what is done.
fn words() -> BTreeMap<String, FileOperation> {
    let of =
        |operation: FileOperation, words: &[&str]| words.iter().map(|word| ((*word).to_owned(), operation)).collect();
    let all: [Vec<(String, FileOperation)>; 8] = [
        of(FileOperation::Ship, &["出库", "发货", "销售出库", "调拨出库", "ship", "shipment", "out", "outbound"]),
        of(FileOperation::Receive, &["入库", "收货", "采购入库", "调拨入库", "receive", "receipt", "in", "inbound"]),
        of(FileOperation::Return, &["退货", "return"]),
        of(FileOperation::Pack, &["装箱", "组垛", "包装", "pack"]),
        of(FileOperation::Unpack, &["拆箱", "拆垛", "unpack"]),
        of(FileOperation::Open, &["开箱", "open"]),
        of(FileOperation::Sell, &["零售", "售出", "门店销售", "零售出库", "sell", "sale", "sold", "retail"]),
        of(FileOperation::Destroy, &["销毁", "报废", "报损", "destroy", "destroyed", "scrap"]),
    ];
    all.into_iter().flatten().collect()
}

/// Codes, of the smallest goods first, as bare names.
pub(super) const CODES: [&[&str]; 5] = [
    &["瓶码", "商品码", "单品码", "item", "itemcode", "serial", "serialnumber", "sgtin"],
    &["盒码", "中盒码", "boxcode", "innercode"],
    &["箱码", "箱号", "外箱码", "大箱码", "case", "casecode", "cartoncode", "cartonno", "cartonnumber"],
    &[
        "码",
        "物流码",
        "数码",
        "起始码",
        "起码",
        "开始码",
        "首码",
        "code",
        "codes",
        "epc",
        "firstcode",
        "codefrom",
        "barcode",
    ],
    &["垛码", "托盘码", "托盘号", "栈板码", "pallet", "palletcode", "palletno", "palletnumber", "sscc", "lpn"],
];

/// The last code of a run.
const LASTS: [&str; 6] = ["结束码", "终止码", "末码", "止码", "lastcode", "codeto"];

/// Numbers of documents that say what was done.
const DOCUMENTS: [(FileOperation, &[&str]); 6] = [
    (
        FileOperation::Ship,
        &[
            "出库单号",
            "发货单号",
            "送货单号",
            "销售单号",
            "销售出库单号",
            "deliverynote",
            "deliverynoteno",
            "deliverynumber",
            "deliveryno",
            "shipmentid",
            "shipmentno",
            "despatchadvice",
            "asn",
        ],
    ),
    (
        FileOperation::Receive,
        &["入库单号", "收货单号", "采购入库单号", "receiptno", "receiptnumber", "grn", "goodsreceipt"],
    ),
    (
        FileOperation::Sell,
        &["小票号", "零售单号", "收银单号", "receiptid", "ticketno", "salesreceipt", "salesreceiptno"],
    ),
    (FileOperation::Destroy, &["销毁单号", "报废单号", "报损单号", "scrapno", "destructionno"]),
    (FileOperation::Return, &["退货单号", "returnno", "returnnumber", "rma"]),
    (FileOperation::Pack, &["装箱单号", "包装单号", "packinglist", "packinglistno"]),
];

/// Numbers of documents that do not say it.
const NUMBERS: [&str; 9] =
    ["单号", "单据号", "单据编号", "调拨单号", "订单号", "document", "documentno", "documentnumber", "docno"];

/// What is done.
const KINDS: [&str; 11] = [
    "类型",
    "单据类型",
    "业务类型",
    "操作",
    "操作类型",
    "出入库类型",
    "type",
    "kind",
    "operation",
    "movementtype",
    "action",
];

/// Who gets or has the goods.
const RECEIVERS: [&str; 28] = [
    "收货方",
    "收货方编码",
    "收货单位",
    "收货单位编码",
    "收货客户",
    "经销商",
    "经销商编码",
    "经销商编号",
    "经销商名称",
    "客户",
    "客户编码",
    "客户编号",
    "客户名称",
    "门店编码",
    "门店编号",
    "门店名称",
    "门店",
    "store",
    "storecode",
    "收货仓库",
    "shipto",
    "shiptocode",
    "receiver",
    "consignee",
    "customer",
    "customercode",
    "dealer",
    "dealercode",
];

/// Who sends them.
const SENDERS: [&str; 9] =
    ["发货方", "发货方编码", "发货单位", "发货仓库", "shipfrom", "shipfromcode", "sender", "consignor", "warehouse"];

/// When. A day alone is none: what was done before noon would be done at midnight.
const TIMES: [&str; 13] = [
    "出库时间",
    "发货时间",
    "入库时间",
    "收货时间",
    "退货时间",
    "操作时间",
    "时间",
    "shippedat",
    "shiptime",
    "receivedat",
    "packedat",
    "timestamp",
    "time",
];
