//! Documents are recorded as operations with goods: each whole or not at all, and once under its number.

use tallymark_base::actor::{Act, Actor};
use tallymark_base::id::{ApiKeyId, ImportId, OperationId, UserId};
use tallymark_base::{Fault as _, Kind, Timestamp};
use tallymark_goods::{NewOperation, check_held_within, check_operation_within, receiver_of_returns, record};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};
use tallymark_web::Subtree;

use super::super::batch::{Surroundings, Take, Taken};
use super::super::brand::{Brand, part};
use crate::keys::{self, Hash};
use crate::mapping::OperationsMapping;
use crate::operations::Document;
use crate::operations::resolve::{Asked, Names, What};
use crate::store::{self, Recorded};
use crate::{Error, Reject};

/// Takes documents of one source.
pub(in crate::service) struct Operations {
    mapping: OperationsMapping,
    /// As of the last batch.
    brand: Option<Brand>,
}

/// A document whose texts are understood.
struct Ready<'a> {
    document: &'a Document,
    asked: Asked,
    key: Hash,
    content: Hash,
}

/// What documents are recorded in.
struct Desk<'a> {
    at: Surroundings<'a>,
    names: Names<'a>,
    within: Option<Subtree>,
    now: Timestamp,
    recorded: Vec<Recorded>,
}

/// What the audit log keeps of a batch: its first operation is the object.
#[derive(serde::Serialize)]
struct RecordedTogether {
    operations: usize,
    last: OperationId,
    import: ImportId,
}

impl Operations {
    pub(in crate::service) const fn new(mapping: OperationsMapping) -> Self {
        Self { mapping, brand: None }
    }
}

impl Take for Operations {
    type Unit = Document;

    async fn take(
        &mut self,
        tx: &mut Tx,
        at: Surroundings<'_>,
        units: &[Document],
        taken: &mut Taken,
    ) -> Result<(), Error> {
        let (tenant, run) = (at.owner.id, at.run);
        let within = part(tx, tenant, run.organisation).await?;
        let mut brand = Brand::renewed(self.brand.take(), tx, at.context, tenant).await?;
        brand.learn(tx, tenant, within.as_ref(), units).await?;
        let brand = &*self.brand.insert(brand);
        let reader = brand.reader(tx, tenant, units).await?;
        let names = brand.names(&self.mapping, &reader);
        let mut ready = Vec::with_capacity(units.len());
        for document in units {
            match names.asked(document) {
                Ok(asked) => {
                    let key = keys::of_document(&run.source, run.organisation, &document.number);
                    ready.push(Ready { document, content: asked.hash(), asked, key });
                }
                Err(rejects) => taken.refuse(document, rejects),
            }
        }
        let keys: Vec<Hash> = ready.iter().map(|one| one.key).collect();
        let known = store::documents(tx, tenant, &keys).await?;
        ready.retain(|one| match known.get(&one.key) {
            None => true,
            Some(content) if *content == one.content => false,
            Some(_) => {
                let reason =
                    "something else was recorded under this number before; a correction is a document of its own";
                taken.refuse(one.document, vec![whole(one.document, "document_differs", reason.to_owned())]);
                false
            }
        });
        let mut desk = Desk { at, names, within, now: at.context.clock.now(), recorded: Vec::new() };
        desk.record(tx, &ready, taken).await?;
        let Desk { recorded, .. } = desk;
        store::add_documents(tx, tenant, run.id, &recorded).await?;
        if let (Some(first), Some(last)) = (recorded.first(), recorded.last()) {
            let together = RecordedTogether { operations: recorded.len(), last: last.operation, import: run.id };
            let act = Act { tenant, actor: actor_of(&run.by), request: None };
            let entry = Entry::new(act, "operations.recorded", first.operation).after(&together);
            audit::record(tx, at.context, entry).await?;
        }
        Ok(())
    }
}

impl Desk<'_> {
    /// Records documents in their sequence: as many together as do not have to see what came of those before.
    async fn record(&mut self, tx: &mut Tx, ready: &[Ready<'_>], taken: &mut Taken) -> Result<(), Error> {
        let mut rest = ready;
        while !rest.is_empty() {
            let count = match &self.within {
                Some(_) => 1,
                None => 1 + rest[1..].iter().take_while(|next| !next.is_return()).count(),
            };
            let (part, after) = rest.split_at(count);
            self.together(tx, part, taken).await?;
            rest = after;
        }
        Ok(())
    }

    async fn together(&mut self, tx: &mut Tx, part: &[Ready<'_>], taken: &mut Taken) -> Result<(), Error> {
        let (tenant, context) = (self.at.owner.id, self.at.context);
        let (mut asking, mut operations) = (Vec::with_capacity(part.len()), Vec::with_capacity(part.len()));
        for one in part {
            let at = one.asked.at.unwrap_or(self.now);
            match self.operation(tx, one, at).await? {
                Ok(operation) => {
                    asking.push(one);
                    operations.push((operation, at));
                }
                Err(reject) => taken.refuse(one.document, vec![reject]),
            }
        }
        let done = record(tx, context, tenant, &operations).await?;
        for (one, done) in asking.into_iter().zip(done) {
            match done {
                Ok(done) => {
                    self.recorded.push(Recorded { key: one.key, content: one.content, operation: done.id });
                }
                Err(error) => {
                    let reject = self.refused(one, error)?;
                    taken.refuse(one.document, vec![reject]);
                }
            }
        }
        Ok(())
    }

    /// The operation that a document asks for, where its caller may do it.
    async fn operation(
        &self,
        tx: &mut Tx,
        one: &Ready<'_>,
        at: Timestamp,
    ) -> Result<Result<NewOperation, Reject>, Error> {
        let tenant = self.at.owner.id;
        match (&one.asked.what, &self.within) {
            (What::Operation(operation), None) => Ok(Ok(operation.clone())),
            (What::Operation(operation), Some(within)) => {
                match check_operation_within(tx, tenant, within, operation).await {
                    Ok(()) => Ok(Ok(operation.clone())),
                    Err(error) => self.refused(one, error).map(Err),
                }
            }
            (What::Return(units), within) => {
                if let Some(within) = within
                    && let Err(error) = check_held_within(tx, tenant, within, units).await
                {
                    return self.refused(one, error).map(Err);
                }
                match receiver_of_returns(tx, tenant, units, at).await {
                    Ok(Ok(to)) => Ok(Ok(NewOperation::Ship { units: units.clone(), to, from: None })),
                    Ok(Err(nobody)) => Ok(Err(whole(one.document, nobody.code(), nobody.to_string()))),
                    Err(error) => self.refused(one, error).map(Err),
                }
            }
        }
    }

    /// Why a document is refused; what is wrong with the server ends the batch.
    fn refused(&self, one: &Ready<'_>, error: tallymark_goods::Error) -> Result<Reject, Error> {
        let reason = match error.kind() {
            Kind::Internal | Kind::Unavailable => return Err(error.into()),
            // Whoever guesses learns nothing, not even what was guessed.
            Kind::NotFound => "this is not of your brand, or not in your part of it".to_owned(),
            _ => error.to_string(),
        };
        let (line, column) = one.asked.place_of(error.unit(), &self.names, one.document.line);
        Ok(Reject { line, column: column.cloned(), code: error.code().to_owned(), reason })
    }
}

impl Ready<'_> {
    /// Whether it is told by what was done before it to whom goods go.
    const fn is_return(&self) -> bool {
        matches!(self.asked.what, What::Return(_))
    }
}

impl Taken {
    fn refuse(&mut self, document: &Document, rejects: Vec<Reject>) {
        self.refused += document.rows;
        self.rejects.extend(rejects);
    }
}

fn whole(document: &Document, code: &str, reason: String) -> Reject {
    Reject { line: document.line, column: None, code: code.to_owned(), reason }
}

/// By whom a run was begun.
pub(super) fn actor_of(by: &str) -> Actor {
    let key = || by.parse::<ApiKeyId>().map(Actor::Key);
    by.parse::<UserId>().map(Actor::User).or_else(|_| key()).unwrap_or(Actor::Operator)
}
