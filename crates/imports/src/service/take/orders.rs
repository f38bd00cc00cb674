//! Orders are recorded, those that were before moving nothing again.

use tallymark_base::TypedId as _;
use tallymark_orders::{Desk, NewOrder, Outcome, record};
use tallymark_partners::Tenant;
use tallymark_people::EvidenceRule;
use tallymark_store::Tx;

use super::super::batch::{Surroundings, Take, Taken};
use crate::orders::OrderOfRows;
use crate::{Error, Reject, Run};

/// Takes orders of one source.
pub(in crate::service) struct Orders {
    desk: Desk,
}

impl Orders {
    pub(in crate::service) fn new(owner: &Tenant, run: &Run) -> Result<Self, Error> {
        Ok(Self { desk: Desk::new(owner, &run.source)? })
    }
}

impl Take for Orders {
    type Unit = OrderOfRows;

    async fn take(
        &mut self,
        tx: &mut Tx,
        at: Surroundings<'_>,
        units: &[OrderOfRows],
        taken: &mut Taken,
    ) -> Result<(), Error> {
        self.desk.renew(at.owner);
        let orders: Vec<&NewOrder> = units.iter().map(|unit| &unit.order).collect();
        let because = (EvidenceRule::Imported, at.run.id.raw());
        let outcomes = record(tx, at.context, &mut self.desk, &orders, because, &mut taken.events).await?;
        for (unit, outcome) in units.iter().zip(outcomes) {
            let (code, reason) = match outcome {
                Outcome::Known(_) => continue,
                Outcome::Recorded(recorded) if !recorded.suppressed => continue,
                Outcome::Recorded(_) => {
                    ("suppressed", "the buyer was erased; the order is recorded without them".to_owned())
                }
                Outcome::Differs(id) => {
                    taken.refused += unit.rows;
                    ("order_differs", format!("{id} was recorded under this number with other content"))
                }
                Outcome::Refused(refusal) => {
                    taken.refused += unit.rows;
                    (refusal.code(), refusal.to_string())
                }
            };
            taken.rejects.push(Reject { line: unit.line, column: None, code: code.to_owned(), reason });
        }
        Ok(())
    }
}
