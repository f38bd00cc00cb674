//! The demo brand: a mineral water with a tea and a juice, sold in two regions through four dealers by twelve stores.
//! Numbers of products begin with 690, the prefix of China, and places are those of GB/T 2260.

/// The brand's name.
pub(crate) const NAME: &str = "清泉饮料 Qingquan";

/// A product: number, article, name.
pub(crate) struct Product {
    pub(crate) gtin: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
}

/// What the brand sells.
pub(crate) const PRODUCTS: [Product; 3] = [
    Product { gtin: "6901234000016", sku: "QQ-WATER-550", name: "清泉矿泉水 550 ml" },
    Product { gtin: "6901234000023", sku: "QQ-TEA-500", name: "清泉龙井茶 500 ml" },
    Product { gtin: "6901234000030", sku: "QQ-JUICE-450", name: "清泉橙汁 450 ml" },
];

/// A region with its dealers.
pub(crate) struct Region {
    pub(crate) name: &'static str,
    pub(crate) adcode: u32,
    pub(crate) dealers: [Dealer; 2],
}

/// A dealer, the prefecture that it may sell in, and its stores.
pub(crate) struct Dealer {
    pub(crate) name: &'static str,
    pub(crate) adcode: u32,
    pub(crate) stores: [Store; 3],
}

/// A store and its county.
pub(crate) struct Store {
    pub(crate) name: &'static str,
    pub(crate) adcode: u32,
}

const fn store(name: &'static str, adcode: u32) -> Store {
    Store { name, adcode }
}

/// The channel tree.
pub(crate) const REGIONS: [Region; 2] = [
    Region {
        name: "华东大区 East",
        adcode: 330_000,
        dealers: [
            Dealer {
                name: "杭州经销商 Hangzhou",
                adcode: 330_100,
                stores: [store("西湖便利店", 330_106), store("滨江小超", 330_108), store("余杭粮油", 330_110)],
            },
            Dealer {
                name: "宁波经销商 Ningbo",
                adcode: 330_200,
                stores: [store("海曙便利店", 330_203), store("江北小超", 330_205), store("鄞州粮油", 330_212)],
            },
        ],
    },
    Region {
        name: "华南大区 South",
        adcode: 440_000,
        dealers: [
            Dealer {
                name: "广州经销商 Guangzhou",
                adcode: 440_100,
                stores: [store("天河便利店", 440_106), store("越秀小超", 440_104), store("番禺士多", 440_113)],
            },
            Dealer {
                name: "深圳经销商 Shenzhen",
                adcode: 440_300,
                stores: [store("南山便利店", 440_305), store("福田小超", 440_304), store("龙岗士多", 440_307)],
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::geography::{Adcode, division};

    #[test]
    fn product_numbers_have_the_right_check_digit() {
        for product in PRODUCTS {
            tallymark_codes::Gtin::parse(product.gtin).unwrap();
        }
    }

    #[test]
    fn every_place_exists() {
        for region in REGIONS {
            let dealers = region.dealers.iter();
            let below =
                dealers.flat_map(|dealer| dealer.stores.iter().map(|store| store.adcode).chain([dealer.adcode]));
            for place in below.chain([region.adcode]) {
                assert!(division(Adcode::try_from(place).unwrap()).is_some(), "{place}");
            }
        }
    }
}
