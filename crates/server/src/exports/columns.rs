//! The columns of the lists: their keys, their titles in two languages, and what stands in them.

use tallymark_exports::Cell;

use super::{List, Locale, exceptions, flows, holders, operations, people, rejects, scans, shipments};

/// A column of lines `T`, which are shown beside `N`.
pub(super) struct Column<T, N> {
    pub(super) key: &'static str,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) cell: fn(&T, &N) -> Cell,
}

impl<T, N> Column<T, N> {
    pub(super) const fn new(key: &'static str, zh: &'static str, en: &'static str, cell: fn(&T, &N) -> Cell) -> Self {
        Self { key, zh, en, cell }
    }
}

/// The columns that are wanted, in the order in which they are.
pub(super) fn chosen<T, N>(all: &'static [Column<T, N>], wanted: Option<&[String]>) -> Vec<&'static Column<T, N>> {
    match wanted {
        None => all.iter().collect(),
        Some(keys) => keys.iter().filter_map(|key| all.iter().find(|column| column.key == key)).collect(),
    }
}

/// A line's cells.
pub(super) fn cells<T, N>(columns: &[&'static Column<T, N>], line: &T, beside: &N) -> Vec<Cell> {
    columns.iter().map(|column| (column.cell)(line, beside)).collect()
}

/// The keys of a list's columns.
pub(super) fn keys(list: &List) -> Vec<&'static str> {
    fn of<T, N>(all: &'static [Column<T, N>]) -> Vec<&'static str> {
        all.iter().map(|column| column.key).collect()
    }
    match list {
        List::People(_) => of(people::COLUMNS),
        List::Scans(_) => of(scans::COLUMNS),
        List::Shipments(_) => of(shipments::COLUMNS),
        List::Operations(_) => of(operations::COLUMNS),
        List::Exceptions(_) => of(exceptions::COLUMNS),
        List::FlowShipments(_) => of(flows::COLUMNS),
        List::BatchHolders(_) => of(holders::COLUMNS),
        List::ImportRejects(_) => of(rejects::COLUMNS),
        // Theirs are known with the answer.
        List::Report(_) | List::Query(_) => Vec::new(),
    }
}

/// What a list and its columns are called.
pub(super) fn titles(list: &List, locale: Locale, wanted: Option<&[String]>) -> (String, Vec<String>) {
    fn of<T, N>(all: &'static [Column<T, N>], locale: Locale, wanted: Option<&[String]>) -> Vec<String> {
        chosen(all, wanted).iter().map(|column| locale.word(column.zh, column.en).to_owned()).collect()
    }
    let (name, titles) = match list {
        List::People(_) => (locale.word("消费者", "People"), of(people::COLUMNS, locale, wanted)),
        List::Scans(_) => (locale.word("扫码记录", "Scans"), of(scans::COLUMNS, locale, wanted)),
        List::Shipments(_) => (locale.word("发货记录", "Shipments"), of(shipments::COLUMNS, locale, wanted)),
        List::Operations(_) => (locale.word("流转操作", "Operations"), of(operations::COLUMNS, locale, wanted)),
        List::Exceptions(_) => (locale.word("异常", "Exceptions"), of(exceptions::COLUMNS, locale, wanted)),
        List::FlowShipments(_) => (locale.word("流向明细", "Flow shipments"), of(flows::COLUMNS, locale, wanted)),
        List::BatchHolders(_) => (locale.word("批次在手", "Holders"), of(holders::COLUMNS, locale, wanted)),
        List::ImportRejects(_) => (locale.word("未导入内容", "Left out"), of(rejects::COLUMNS, locale, wanted)),
        List::Report(_) => (locale.word("报表", "Report"), Vec::new()),
        List::Query(_) => (locale.word("查询结果", "Answer"), Vec::new()),
    };
    (name.to_owned(), titles)
}
