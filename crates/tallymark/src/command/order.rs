//! `tallymark order`.

use clap::{Args, Subcommand};
use tallymark_base::decimal;
use tallymark_base::id::OrderId;
use tallymark_orders::{Order, QUANTITY_DIGITS, find, find_by_number};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct OrderGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: OrderCommand,
}

#[derive(Debug, Subcommand)]
enum OrderCommand {
    /// List orders and returns, the latest sale first
    List {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=200))]
        limit: i64,
    },
    /// Show an order, what was bought, and why it moved points
    Show {
        /// The order
        order: OrderId,
    },
    /// Find an order by the number that its source gave it
    Find {
        /// Who told it
        #[arg(long, value_name = "NAME")]
        source: String,
        /// Its number
        number: String,
    },
}

impl OrderGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = self.of;
        match self.command {
            OrderCommand::List { limit } => {
                let found = installation
                    .read(&of, async |tx, tenant, _| Ok(tallymark_orders::list(tx, tenant.id, None, limit).await?));
                show(json, &found.await?, |orders| {
                    let rows: Vec<_> = orders.iter().map(row).collect();
                    table(["ID", "SOURCE", "NUMBER", "TIME (UTC)", "AMOUNT", "POINTS", "LINES"], &rows, "no orders")
                })
            }
            OrderCommand::Show { order } => {
                let found = installation.read(&of, async |tx, tenant, _| Ok(find(tx, tenant.id, order).await?));
                show(json, &found.await?, lines)
            }
            OrderCommand::Find { source, number } => {
                let found = installation
                    .read(&of, async |tx, tenant, _| Ok(find_by_number(tx, tenant.id, &source, &number).await?));
                show(json, &found.await?, lines)
            }
        }
    }
}

fn amount(order: &Order, of: i64) -> String {
    format!("{} {}", decimal::show(of, order.currency.digits()), order.currency)
}

fn row(order: &Order) -> [String; 7] {
    [
        order.id.to_string(),
        order.source.clone(),
        order.number.clone(),
        order.at.to_string(),
        amount(order, order.amount),
        order.points.to_string(),
        order.lines.len().to_string(),
    ]
}

fn lines(order: &Order) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "not known".to_owned());
    let grants = order.decision.granted.iter().map(|grant| format!("{} by {}", grant.points, grant.rule));
    let taken = order.decision.taken.iter().map(|part| format!("{} back from {}", part.points, part.account));
    let owed = (order.decision.owed > 0).then(|| format!("{} owed", order.decision.owed));
    let why: Vec<String> = grants.chain(taken).chain(owed).collect();
    let mut text = list(&[
        ("Order", format!("{} {} {}", order.id, order.source, order.number)),
        ("Time", order.at.to_string()),
        ("Buyer", or_none(order.account.map(|account| account.to_string()))),
        ("Shop", or_none(order.shop.clone())),
        ("Amount", format!("{}, {} taken off", amount(order, order.amount), amount(order, order.discount))),
        ("Points", if why.is_empty() { "none".to_owned() } else { format!("{}: {}", order.points, why.join(", ")) }),
        ("Came back", amount(order, order.returned)),
    ]);
    let rows: Vec<[String; 3]> = order
        .lines
        .iter()
        .map(|line| [line.article.clone(), decimal::show(line.quantity, QUANTITY_DIGITS), amount(order, line.amount)])
        .collect();
    text.push('\n');
    text.push_str(&table(["ARTICLE", "QUANTITY", "AMOUNT"], &rows, "no lines"));
    text
}
