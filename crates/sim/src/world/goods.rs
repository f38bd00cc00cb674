//! What the brand sells: thirty drinks, in lots of whole pallets.

/// Bottles in a case.
pub(super) const ITEMS_PER_CASE: u64 = 24;
/// Cases on a pallet.
pub(super) const CASES_PER_PALLET: u64 = 40;
/// Bottles on a pallet.
pub(super) const ITEMS_PER_PALLET: u64 = ITEMS_PER_CASE * CASES_PER_PALLET;

/// What a drink is, for campaigns and for the weather.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Water,
    Tea,
    Juice,
    Soda,
    Milk,
    Energy,
    Coffee,
}

/// A product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    pub(super) kind: Kind,
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    /// How well it sells, in comparison with others.
    pub(super) weight: f64,
    /// How much better it sells around the Spring Festival.
    pub(super) festive: f64,
}

const fn drink(kind: Kind, sku: &'static str, name: &'static str, weight: f64, festive: f64) -> Product {
    Product { kind, sku, name, weight, festive }
}

/// Everything the brand sells, the most important first.
pub(super) const PRODUCTS: [Product; 30] = [
    drink(Kind::Water, "QQ-W550", "清泉天然水 550 ml", 16.0, 0.8),
    drink(Kind::Tea, "QQ-T500-LJ", "清泉龙井绿茶 500 ml", 9.0, 0.9),
    drink(Kind::Juice, "QQ-J1000-CZ", "清泉鲜橙汁 1 L", 6.0, 2.4),
    drink(Kind::Soda, "QQ-S500-NM", "清泉柠檬汽水 500 ml", 7.0, 1.3),
    drink(Kind::Milk, "QQ-M250-YR", "清泉生榨椰汁 250 ml", 5.0, 2.6),
    drink(Kind::Energy, "QQ-E250", "清泉能量 维生素饮料 250 ml", 6.0, 0.8),
    drink(Kind::Tea, "QQ-T500-ML", "清泉茉莉花茶 500 ml", 6.0, 0.9),
    drink(Kind::Coffee, "QQ-C268-NT", "清泉拿铁咖啡 268 ml", 3.5, 0.7),
    drink(Kind::Water, "QQ-W1500", "清泉天然水 1.5 L", 5.0, 1.1),
    drink(Kind::Juice, "QQ-J450-PT", "清泉葡萄汁 450 ml", 4.0, 1.2),
    drink(Kind::Soda, "QQ-S330-KL", "清泉可乐 330 ml", 7.0, 1.6),
    drink(Kind::Milk, "QQ-M1000-YR", "清泉生榨椰汁 1 L 家庭装", 2.0, 4.0),
    drink(Kind::Tea, "QQ-T500-HC", "清泉正山红茶 500 ml", 4.0, 0.9),
    drink(Kind::Tea, "QQ-T500-WL", "清泉乌龙茶 无糖 500 ml", 5.0, 0.8),
    drink(Kind::Water, "QQ-W380", "清泉天然水 380 ml", 4.0, 0.8),
    drink(Kind::Juice, "QQ-J450-TZ", "清泉水蜜桃汁 450 ml", 3.5, 1.2),
    drink(Kind::Juice, "QQ-J1000-SZ", "清泉山楂汁 1 L", 2.0, 3.2),
    drink(Kind::Soda, "QQ-S500-BT", "清泉白桃汽水 500 ml", 4.0, 1.2),
    drink(Kind::Energy, "QQ-E500", "清泉电解质水 500 ml", 4.0, 0.7),
    drink(Kind::Coffee, "QQ-C268-MS", "清泉美式咖啡 268 ml", 2.5, 0.6),
    drink(Kind::Milk, "QQ-M240-HT", "清泉核桃乳 240 ml", 3.0, 3.5),
    drink(Kind::Milk, "QQ-M300-DN", "清泉黑豆奶 300 ml", 2.0, 1.0),
    drink(Kind::Tea, "QQ-T450-NC", "清泉港式奶茶 450 ml", 3.0, 1.0),
    drink(Kind::Water, "QQ-W330-QP", "清泉气泡水 330 ml", 3.0, 1.1),
    drink(Kind::Juice, "QQ-J300-NFC", "清泉 NFC 橙汁 300 ml", 1.5, 1.1),
    drink(Kind::Soda, "QQ-S1250-XB", "清泉柠檬汽水 1.25 L", 2.0, 3.0),
    drink(Kind::Tea, "QQ-T500-JH", "清泉菊花茶 500 ml", 2.5, 1.0),
    drink(Kind::Energy, "QQ-E250-PS", "清泉能量 牛磺酸 250 ml", 2.5, 0.9),
    drink(Kind::Juice, "QQ-J450-LZ", "清泉荔枝汁 450 ml", 2.0, 1.2),
    drink(Kind::Water, "QQ-W4500", "清泉天然水 4.5 L", 1.5, 1.0),
];

/// The number of a product: prefix 690 of China, a company number of our own making, and the check digit (GS1 General
/// Specifications, 7.9).
pub(super) fn gtin(product: usize) -> String {
    let body = format!("690123400{:03}", product + 1);
    let sum: u32 = body.bytes().enumerate().map(|(at, digit)| u32::from(digit - b'0') * [1, 3][at % 2]).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A lot that was produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lot {
    pub(super) product: usize,
    /// Its number on the bottle.
    pub(super) name: String,
    pub(super) items: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn products_have_numbers_of_their_own_with_right_check_digits() {
        let numbers: BTreeSet<String> = (0..PRODUCTS.len()).map(gtin).collect();
        assert_eq!(numbers.len(), PRODUCTS.len());
        for number in &numbers {
            tallymark_codes::Gtin::parse(number).unwrap();
        }
        assert_eq!(PRODUCTS.iter().map(|product| product.sku).collect::<BTreeSet<_>>().len(), PRODUCTS.len());
        // 6×1+9×3+0+1×3+2×1+3×3+4×1+0+0+0+0+1×3 = 54, and 6 more are 60.
        assert_eq!(gtin(0), "6901234000016");
    }
}
