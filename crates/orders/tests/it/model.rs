//! Orders against a model that keeps a wallet and a debt, and nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tallymark_orders::{NewOrder, Outcome};
use tallymark_store::Engine;
use tallymark_testkit::db::TestDb;

use crate::world::{MIGRATIONS, World, back, order};

/// Fen for a step of points, and the points.
const STEP: (i64, i64) = (300, 2);

#[derive(Debug, Clone)]
enum Act {
    Sale {
        buyer: usize,
        amount: i64,
    },
    /// Something of the sale with this number, counted over all sales, comes back.
    Back {
        sale: usize,
        amount: i64,
    },
    /// An order that was sent before is sent again.
    Again(usize),
}

/// What everybody has and owes, step by step.
#[derive(Default)]
struct Model {
    wallet: BTreeMap<usize, i64>,
    /// By sale: its buyer, its amount, what came back, points that it gave and that were taken.
    sales: Vec<(usize, i64, i64, i64, i64)>,
}

impl Model {
    fn points(amount: i64) -> i64 {
        amount.max(0) / STEP.0 * STEP.1
    }

    fn sale(&mut self, buyer: usize, amount: i64) {
        let points = Self::points(amount);
        self.sales.push((buyer, amount, 0, points, 0));
        *self.wallet.entry(buyer).or_default() += points;
    }

    fn back(&mut self, sale: usize, amount: i64) {
        let (buyer, paid, came, gave, took) = &mut self.sales[sale];
        *came += amount;
        let takes = (*gave - Self::points(*paid - *came) - *took).max(0);
        *took += takes;
        *self.wallet.entry(*buyer).or_default() -= takes;
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..4_usize, 1..5_000_i64).prop_map(|(buyer, amount)| Act::Sale { buyer, amount }),
        3 => (0..100_usize, 1..3_000_i64).prop_map(|(sale, amount)| Act::Back { sale, amount }),
        1 => (0..100_usize).prop_map(Act::Again),
    ];
    proptest::collection::vec(act, 1..60)
}

fn phone(buyer: usize) -> String {
    format!("1391234567{buyer}")
}

/// The orders that the acts are, with the model's end.
fn orders(acts: &[Act]) -> (Vec<NewOrder>, Model) {
    let (mut model, mut sent): (Model, Vec<NewOrder>) = (Model::default(), Vec::new());
    for act in acts {
        match act {
            Act::Sale { buyer, amount } => {
                sent.push(order(&format!("A-{}", model.sales.len()), &phone(*buyer), *amount));
                model.sale(*buyer, *amount);
            }
            Act::Back { sale, amount } if !model.sales.is_empty() => {
                let sale = sale % model.sales.len();
                let buyer = phone(model.sales[sale].0);
                sent.push(back(&format!("R-{}", sent.len()), &format!("A-{sale}"), &buyer, *amount));
                model.back(sale, *amount);
            }
            Act::Again(place) if !sent.is_empty() => {
                let again = sent[place % sent.len()].clone();
                sent.push(again);
            }
            Act::Back { .. } | Act::Again(_) => {}
        }
    }
    (sent, model)
}

#[test]
fn however_orders_are_cut_into_batches_everybody_has_what_a_simple_model_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let strategy = (acts(), 1..20_usize);
    runner
        .run(&strategy, |(acts, size)| {
            let (sent, model) = orders(&acts);
            runtime.block_on(async {
                let db = TestDb::on(Engine::Sqlite, &MIGRATIONS).await.unwrap();
                let world = World::new(&db).await;
                world.rule(STEP.0, STEP.1).await;
                for some in sent.chunks(size) {
                    let outcomes = world.record(some).await;
                    assert!(outcomes.iter().all(|one| matches!(one, Outcome::Recorded(_) | Outcome::Known(_))));
                }
                for (buyer, has) in &model.wallet {
                    let (wallet, owed) = world.points(&phone(*buyer)).await;
                    assert_eq!(wallet - owed, *has, "{buyer} of {acts:?}");
                    assert!(wallet >= 0 && owed >= 0 && (wallet == 0 || owed == 0), "{wallet} and {owed}");
                }
                assert_eq!(world.discrepancies().await, Vec::<String>::new());
            });
            Ok(())
        })
        .unwrap();
}
