//! Packing, unpacking, opening, shipping, receiving and relabelling, against a tree that is kept by hand.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_base::{Fault as _, Timestamp, TypedId as _};
use tallymark_codes::{Face, Level};
use tallymark_goods::{
    Association, Done, Error, ExceptionKind, Gone, NewBatch, NewOperation, State, StepKind, Unit, contents, history,
    whereabouts,
};
use tallymark_store::Engine;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::own_events::{Asker, played};
use crate::world::{MIGRATIONS, World, unit};

/// Each operation is a second after the one before it.
fn at(second: i64) -> Timestamp {
    Timestamp(start().0 - 3_600 * Timestamp::SECOND + second * Timestamp::SECOND)
}

async fn one(world: &World, operation: NewOperation, second: i64) -> Result<Done, Error> {
    world.record(vec![(operation, at(second))]).await.unwrap().pop().unwrap()
}

async fn packs_of(world: &World, unit: Unit, moment: Option<Timestamp>) -> Vec<Unit> {
    let mut tx = world.db.store.read().await.unwrap();
    whereabouts(&mut tx, world.tenant, unit, moment).await.unwrap().1
}

async fn holder_of(world: &World, unit: Unit, moment: Option<Timestamp>) -> Option<OrganisationId> {
    let mut tx = world.db.store.read().await.unwrap();
    whereabouts(&mut tx, world.tenant, unit, moment).await.unwrap().0.map(|held| held.organisation)
}

both_engines! { MIGRATIONS;
    async fn what_a_line_packs_goes_where_its_pallet_goes_and_is_told_as_of_any_moment(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let store = world.new_organisation("store").await;
        let order = NewBatch { association: Association::OnLine, ..world.order(100, 10, 2) };
        let batch = world.create(order).await.unwrap().id;
        let bottle = Unit::one(batch, Level::Item, 57);
        let case = Unit::one(batch, Level::Case, 3);
        let pallet = Unit::one(batch, Level::Pallet, 1);
        // Nothing lies anywhere before it was scanned.
        assert_eq!(packs_of(&world, bottle, None).await, []);
        let units = vec![bottle, unit(batch, Level::Item, 2..=4)];
        let pack = NewOperation::Pack { pack: case, units, moves: false };
        assert_eq!(one(&world, pack.clone(), 1).await.unwrap().items, 4);
        assert_eq!(one(&world, pack, 2).await.unwrap_err().code(), "goods.already_packed");
        let units = vec![case];
        assert_eq!(one(&world, NewOperation::Pack { pack: pallet, units, moves: false }, 3).await.unwrap().items, 4);
        assert_eq!(packs_of(&world, bottle, None).await, [case, pallet]);
        let ship = NewOperation::Ship { units: vec![pallet], to: dealer, from: None };
        assert_eq!(one(&world, ship, 4).await.unwrap().items, 4);
        assert_eq!(holder_of(&world, bottle, None).await, Some(dealer));
        // The dealer sends the case on; a bottle is taken out of it in the store.
        let ship = NewOperation::Ship { units: vec![case], to: store, from: Some(dealer) };
        assert_eq!(one(&world, ship, 5).await.unwrap().items, 4);
        one(&world, NewOperation::Unpack { units: vec![bottle] }, 6).await.unwrap();
        assert_eq!((packs_of(&world, bottle, None).await, holder_of(&world, bottle, None).await), (vec![], Some(store)));
        assert_eq!(packs_of(&world, bottle, Some(at(5))).await, [case]);
        assert_eq!(holder_of(&world, bottle, Some(at(4))).await, Some(dealer));
        assert_eq!(packs_of(&world, bottle, Some(at(4))).await, [case, pallet]);
        assert_eq!(holder_of(&world, bottle, Some(at(3))).await, None);
        let mut tx = world.db.store.read().await.unwrap();
        let steps = history(&mut tx, world.tenant, bottle, None).await.unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.unit, step.kind)).collect();
        assert_eq!(told, [
            (bottle, StepKind::Packed), (case, StepKind::Packed), (pallet, StepKind::Shipped), (case, StepKind::Unpacked),
            (case, StepKind::Shipped), (bottle, StepKind::Unpacked),
        ]);
    }

    async fn what_arrives_elsewhere_is_received_and_reported(db: TestDb) {
        let world = World::new(db).await;
        let (north, south) = (world.new_organisation("north").await, world.new_organisation("south").await);
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        let pallet = Unit::one(batch, Level::Pallet, 0);
        one(&world, NewOperation::Ship { units: vec![pallet], to: north, from: None }, 1).await.unwrap();
        // Cases 0 to 4 lie on pallet 0. North counts two of them; one turns up in the south, with one of the other pallet.
        let counted = NewOperation::Receive { units: vec![unit(batch, Level::Case, 0..=1)], by: north };
        assert_eq!(one(&world, counted, 2).await.unwrap().exceptions, []);
        let strange = NewOperation::Receive { units: vec![unit(batch, Level::Case, 4..=5)], by: south };
        let done = one(&world, strange, 3).await.unwrap();
        let told: Vec<_> = done.exceptions.iter().map(|one| (one.kind, one.unit, one.expected)).collect();
        assert_eq!(told, [
            (ExceptionKind::ShippedToOther, Unit::one(batch, Level::Case, 4), Some(north)),
            (ExceptionKind::NotShipped, Unit::one(batch, Level::Case, 5), None),
        ]);
        assert_eq!(world.count("SELECT COUNT(*) FROM goods_exception").await, 2);
        let holders = [(39, north), (40, south), (59, south)];
        for (item, holder) in holders {
            assert_eq!(holder_of(&world, Unit::one(batch, Level::Item, item), None).await, Some(holder), "{item}");
        }
        let foreign = NewOperation::Ship { units: vec![Unit::one(batch, Level::Case, 4)], to: north, from: Some(north) };
        assert_eq!(one(&world, foreign, 4).await.unwrap_err().code(), "goods.not_held_by_sender");
        let early = vec![(NewOperation::Unpack { units: vec![Unit::one(batch, Level::Case, 0)] }, at(1 << 32))];
        assert_eq!(world.record(early).await.unwrap()[0].as_ref().unwrap_err().code(), "goods.in_future");
    }

    async fn a_pack_from_the_line_is_as_live_as_its_batch(db: TestDb) {
        let world = World::new(db).await;
        let order = NewBatch { association: Association::OnLine, ..world.order(100, 10, 0) };
        let batch = world.create(order).await.unwrap().id;
        // By range, case 9 would hold items 90 to 99 and be dormant; on the line it holds whatever was put into it.
        world.activate(batch, Some(0..=9)).await.unwrap();
        let catalog = world.catalog().await;
        let code = catalog.code(batch, Level::Case, Face::Outer, 9).unwrap();
        assert_eq!(catalog.read(code.as_str()).unwrap().state, State::Active);
    }

    async fn a_refused_operation_leaves_those_beside_it_as_they_are(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        let other = BatchId::from_raw(1);
        let unpack = |serial| NewOperation::Unpack { units: vec![Unit::one(batch, Level::Item, serial)] };
        let strange = NewOperation::Unpack { units: vec![Unit::one(other, Level::Item, 0)] };
        let answers = world
            .record(vec![(unpack(0), at(1)), (unpack(0), at(2)), (strange, at(3)), (unpack(1), at(4))])
            .await
            .unwrap();
        let codes: Vec<_> = answers.iter().map(|answer| answer.as_ref().map(|done| done.items).map_err(Error::code)).collect();
        assert_eq!(codes, [Ok(1), Err("goods.not_packed"), Err("goods.batch_not_found"), Ok(1)]);
        assert_eq!(packs_of(&world, Unit::one(batch, Level::Item, 1), None).await, []);
        assert_eq!(world.count("SELECT COUNT(*) FROM goods_operation").await, 2);
    }
}

/// A code of the model: which batch, level and serial.
type Code = (usize, Level, u64);

#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    pack: Option<Code>,
    /// Who has it, and whether it is said to have arrived.
    held: Option<(OrganisationId, bool)>,
    gone: Option<Gone>,
    new_label: bool,
    used: bool,
}

/// A tree of codes in plain maps.
#[derive(Debug, Clone, Default)]
struct Model {
    nodes: BTreeMap<Code, Node>,
}

impl Model {
    fn inside(&self, code: Code) -> Vec<Code> {
        let children: Vec<Code> =
            self.nodes.iter().filter(|(_, node)| node.pack == Some(code)).map(|(code, _)| *code).collect();
        children.iter().flat_map(|child| self.inside(*child)).chain([code]).collect()
    }

    fn items(&self, code: Code) -> i64 {
        self.inside(code).iter().filter(|(_, level, _)| *level == Level::Item).count() as i64
    }

    fn packs(&self, code: Code) -> Vec<Code> {
        let (mut found, mut code) = (Vec::new(), code);
        while let Some(pack) = self.nodes[&code].pack {
            found.push(pack);
            code = pack;
        }
        found
    }

    fn give(&mut self, code: Code, held: Option<(OrganisationId, bool)>) {
        self.give_up(code, held, None);
    }

    fn give_up(&mut self, code: Code, held: Option<(OrganisationId, bool)>, gone: Option<Gone>) {
        for inside in self.inside(code) {
            let node = self.nodes.get_mut(&inside).unwrap();
            (node.held, node.gone) = (held, gone);
        }
    }

    fn organisation(&self, code: Code) -> Option<OrganisationId> {
        self.nodes[&code].held.map(|(organisation, _)| organisation)
    }

    /// The items it is about and how many exceptions, or none where it is refused.
    fn apply(&mut self, operation: &Wanted, organisations: &[OrganisationId]) -> Option<(i64, usize)> {
        let before = self.clone();
        let done = self.tried(operation, organisations);
        match &done {
            None => *self = before,
            Some(_) => operation.named().iter().for_each(|code| self.nodes.get_mut(code).unwrap().used = true),
        }
        done
    }

    fn tried(&mut self, operation: &Wanted, organisations: &[OrganisationId]) -> Option<(i64, usize)> {
        if operation.named().iter().any(|code| self.nodes[code].new_label) {
            return None;
        }
        if let Wanted::Pack(_, codes, _) | Wanted::Unpack(codes) = operation
            && codes.iter().any(|code| self.packs(*code).iter().any(|pack| codes.contains(pack)))
        {
            return None;
        }
        let is_in_hand = matches!(operation, Wanted::Receive(..) | Wanted::Sell(..));
        if !is_in_hand && operation.named().iter().any(|code| self.nodes[code].gone.is_some()) {
            return None;
        }
        match operation {
            Wanted::Pack(pack, codes, moves) => self.packed(*pack, codes, *moves),
            Wanted::Unpack(codes) => {
                for code in codes {
                    self.nodes.get_mut(code).unwrap().pack.take()?;
                }
                Some((codes.iter().map(|code| self.items(*code)).sum(), 0))
            }
            Wanted::Open(pack) => {
                let items = self.items(*pack);
                if items == 0 || pack.1 == Level::Item {
                    return None;
                }
                for node in self.nodes.values_mut().filter(|node| node.pack == Some(*pack)) {
                    node.pack = None;
                }
                Some((items, 0))
            }
            Wanted::Ship(codes, to) => {
                let moved = self.outermost(codes);
                let items = moved.iter().map(|code| self.items(*code)).sum();
                for code in moved {
                    self.nodes.get_mut(&code).unwrap().pack = None;
                    self.give(code, Some((organisations[*to], false)));
                }
                Some((items, 0))
            }
            Wanted::Receive(codes, by) => Some(self.received(codes, organisations[*by])),
            Wanted::Sell(codes, by) => {
                let (moved, by) = (self.outermost(codes), organisations[*by]);
                let items = moved.iter().map(|code| self.items(*code)).sum();
                let is_odd = |code: &&Code| self.nodes[*code].gone.is_some() || self.organisation(**code) != Some(by);
                let exceptions = moved.iter().filter(is_odd).count();
                moved.iter().for_each(|code| self.leave(*code, by, Gone::Sold));
                Some((items, exceptions))
            }
            Wanted::Destroy(codes, by) => {
                let (moved, by) = (self.outermost(codes), organisations[*by]);
                if moved.iter().any(|code| self.organisation(*code) != Some(by)) {
                    return None;
                }
                let items = moved.iter().map(|code| self.items(*code)).sum();
                moved.iter().for_each(|code| self.leave(*code, by, Gone::Destroyed));
                Some((items, 0))
            }
            Wanted::Replace(old, new) => self.replaced(*old, *new),
        }
    }

    fn leave(&mut self, code: Code, by: OrganisationId, gone: Gone) {
        self.nodes.get_mut(&code).unwrap().pack = None;
        self.give_up(code, Some((by, true)), Some(gone));
    }

    fn packed(&mut self, pack: Code, codes: &[Code], moves: bool) -> Option<(i64, usize)> {
        let holder = self.organisation(codes[0]);
        let (empty, alone) = (self.items(pack) == 0, self.nodes[&pack].pack.is_none());
        let mut items = 0;
        for code in codes {
            let inside = self.nodes[code].pack;
            if code.1 >= pack.1 || self.organisation(*code) != holder {
                return None;
            }
            if inside.is_some() && (!moves || inside == Some(pack)) {
                return None;
            }
            items += self.items(*code);
        }
        if self.organisation(pack) != holder {
            if holder.is_none() || !empty || !alone {
                return None;
            }
            self.give(pack, holder.map(|holder| (holder, true)));
        }
        for code in codes {
            self.nodes.get_mut(code).unwrap().pack = Some(pack);
            self.give(*code, self.nodes[&pack].held);
        }
        Some((items, 0))
    }

    fn received(&mut self, codes: &[Code], by: OrganisationId) -> (i64, usize) {
        let moved = self.outermost(codes);
        let items = moved.iter().map(|code| self.items(*code)).sum();
        let mut exceptions = 0;
        for code in moved {
            let held = self.nodes[&code].held;
            let gone = self.nodes[&code].gone;
            let is_back = gone == Some(Gone::Sold) && held.is_some_and(|(organisation, _)| organisation == by);
            exceptions += usize::from(!is_back && (gone.is_some() || held != Some((by, false))));
            let is_expected = gone.is_none() && held.is_some_and(|(organisation, _)| organisation == by);
            if !is_expected {
                self.nodes.get_mut(&code).unwrap().pack = None;
            }
            if self.nodes[&code].pack.is_none() {
                self.give(code, Some((by, true)));
            }
        }
        (items, exceptions)
    }

    fn replaced(&mut self, old: Code, new: Code) -> Option<(i64, usize)> {
        let fresh = &self.nodes[&new];
        if old.1 != new.1 || old == new || fresh.used || fresh.pack.is_some() {
            return None;
        }
        if new.1 != Level::Item && self.items(new) != 0 {
            return None;
        }
        let items = self.items(old);
        let Node { pack, held, .. } = self.nodes[&old].clone();
        for node in self.nodes.values_mut().filter(|node| node.pack == Some(old)) {
            node.pack = Some(new);
        }
        let fresh = self.nodes.get_mut(&new).unwrap();
        (fresh.pack, fresh.held) = (pack, held);
        let gone = self.nodes.get_mut(&old).unwrap();
        (gone.pack, gone.new_label) = (None, true);
        Some((items, 0))
    }

    fn outermost(&self, codes: &[Code]) -> Vec<Code> {
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        codes.dedup();
        let kept = codes.iter().filter(|code| !self.packs(**code).iter().any(|pack| codes.contains(pack)));
        kept.copied().collect()
    }
}

#[derive(Debug, Clone)]
enum Wanted {
    Pack(Code, Vec<Code>, bool),
    Unpack(Vec<Code>),
    Open(Code),
    Ship(Vec<Code>, usize),
    Receive(Vec<Code>, usize),
    Sell(Vec<Code>, usize),
    Destroy(Vec<Code>, usize),
    Replace(Code, Code),
}

impl Wanted {
    fn named(&self) -> Vec<Code> {
        match self {
            Self::Pack(pack, codes, _) => [&[*pack], codes.as_slice()].concat(),
            Self::Unpack(codes)
            | Self::Ship(codes, _)
            | Self::Receive(codes, _)
            | Self::Sell(codes, _)
            | Self::Destroy(codes, _) => codes.clone(),
            Self::Open(pack) => vec![*pack],
            Self::Replace(old, new) => vec![*old, *new],
        }
    }

    fn operation(&self, batches: &[BatchId], organisations: &[OrganisationId]) -> NewOperation {
        let unit = |code: &Code| Unit::one(batches[code.0], code.1, code.2);
        let units = |codes: &[Code]| codes.iter().map(unit).collect();
        match self {
            Self::Pack(pack, codes, moves) => {
                NewOperation::Pack { pack: unit(pack), units: units(codes), moves: *moves }
            }
            Self::Unpack(codes) => NewOperation::Unpack { units: units(codes) },
            Self::Open(pack) => NewOperation::Open { packs: vec![unit(pack)] },
            Self::Ship(codes, to) => NewOperation::Ship { units: units(codes), to: organisations[*to], from: None },
            Self::Receive(codes, by) => NewOperation::Receive { units: units(codes), by: organisations[*by] },
            Self::Sell(codes, by) => NewOperation::Sell { units: units(codes), by: organisations[*by] },
            Self::Destroy(codes, by) => NewOperation::Destroy { units: units(codes), by: organisations[*by] },
            Self::Replace(old, new) => NewOperation::Replace { old: unit(old), new: unit(new) },
        }
    }
}

/// How many of each level: of a batch packed by range (2 to a box, 6 to a case, 12 to a pallet; the last ones not full), and of
/// one packed on the line.
const CODES: [[(Level, u64); 4]; 2] = [
    [(Level::Item, 21), (Level::Box, 11), (Level::Case, 4), (Level::Pallet, 2)],
    [(Level::Item, 12), (Level::Box, 6), (Level::Case, 2), (Level::Pallet, 1)],
];

fn code() -> impl Strategy<Value = Code> {
    let places: Vec<(usize, Level, u64)> = CODES
        .iter()
        .enumerate()
        .flat_map(|(batch, levels)| {
            levels.iter().flat_map(move |(level, count)| (0..*count).map(move |serial| (batch, *level, serial)))
        })
        .collect();
    prop::sample::select(places)
}

/// Neighbouring codes of one level, so that runs are cut and joined.
fn codes() -> impl Strategy<Value = Vec<Code>> {
    let run = (code(), 1_u64..8).prop_map(|((batch, level, first), more)| {
        let count = CODES[batch].iter().find(|(held, _)| *held == level).unwrap().1;
        (first..(first + more).min(count)).map(|serial| (batch, level, serial)).collect::<Vec<_>>()
    });
    prop::collection::vec(run, 1..3).prop_map(|runs| {
        let mut codes = runs.concat();
        codes.sort_unstable();
        codes.dedup();
        codes
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        4 => (code(), codes(), any::<bool>()).prop_map(|(pack, codes, moves)| Wanted::Pack(pack, codes, moves)),
        2 => codes().prop_map(Wanted::Unpack),
        1 => code().prop_map(Wanted::Open),
        3 => (codes(), 0_usize..3).prop_map(|(codes, to)| Wanted::Ship(codes, to)),
        2 => (codes(), 0_usize..3).prop_map(|(codes, by)| Wanted::Receive(codes, by)),
        2 => (codes(), 0_usize..3).prop_map(|(codes, by)| Wanted::Sell(codes, by)),
        1 => (codes(), 0_usize..3).prop_map(|(codes, by)| Wanted::Destroy(codes, by)),
        1 => (code(), code()).prop_map(|(old, new)| Wanted::Replace(old, new)),
    ]
}

fn printed() -> Model {
    let mut model = Model::default();
    for (batch, levels) in CODES.iter().enumerate() {
        for (place, (level, count)) in levels.iter().enumerate() {
            for serial in 0..*count {
                let ratio = [2, 3, 2, 1][place];
                let around = levels.get(place + 1).filter(|_| batch == 0);
                let pack = around.map(|(level, _)| (batch, *level, serial / ratio));
                model.nodes.insert((batch, *level, serial), Node { pack, ..Node::default() });
            }
        }
    }
    model
}

/// Which pack each code lies in by what the events of EPCIS say, played back.
async fn told_of_packs(world: &World, batches: &[BatchId]) -> BTreeMap<Code, Code> {
    let catalog = world.catalog().await;
    let code = |epc: &str| {
        let found = catalog.read(epc.rsplit('/').next().unwrap()).unwrap();
        (batches.iter().position(|batch| *batch == found.batch).unwrap(), found.level, found.serial)
    };
    let events = Asker::new(&world.db, world.tenant).events("perPage=1000").await;
    played(&events).into_iter().map(|(child, pack)| (code(&child), code(&pack))).collect()
}

/// Does in the database and in the model what is wanted, and compares every code after each, and as of each moment at the end.
async fn traces_match(db: TestDb, wanted: Vec<Wanted>, in_one: bool) -> Result<(), TestCaseError> {
    let world = World::new(db).await;
    let mut organisations = Vec::new();
    for code in ["a", "b", "c"] {
        organisations.push(world.new_organisation(code).await);
    }
    let by_range = NewBatch { items_per_box: 2, ..world.order(21, 6, 2) };
    let on_line = NewBatch { items_per_box: 2, association: Association::OnLine, ..world.order(12, 6, 2) };
    let batches = [world.create(by_range).await.unwrap().id, world.create(on_line).await.unwrap().id];
    for batch in batches {
        world.activate(batch, None).await.unwrap();
    }
    let mut model = printed();
    let mut moments = vec![(0, model.clone())];
    let operations: Vec<_> = (1_i64..)
        .zip(&wanted)
        .map(|(second, wanted)| (wanted.operation(&batches, &organisations), at(second)))
        .collect();
    let mut answers = Vec::new();
    if in_one {
        answers = world.record(operations).await.unwrap();
    } else {
        for operation in operations {
            answers.extend(world.record(vec![operation]).await.unwrap());
        }
    }
    for ((second, wanted), answer) in (1_i64..).zip(&wanted).zip(&answers) {
        let expected = model.apply(wanted, &organisations);
        let got = answer.as_ref().map(|done| {
            let count = |one: &tallymark_goods::Reported| one.unit.serials().count() as usize;
            (done.items, done.exceptions.iter().map(count).sum::<usize>())
        });
        prop_assert_eq!(got.as_ref().ok().copied(), expected, "{:?} answered {:?}", wanted, answer);
        moments.push((second, model.clone()));
    }
    let told = told_of_packs(&world, &batches).await;
    for (code, node) in &model.nodes {
        prop_assert_eq!(told.get(code), node.pack.as_ref(), "pack of {:?} as events tell it", code);
    }
    let mut tx = world.db.store.read().await.unwrap();
    for (second, model) in moments {
        for (code, node) in &model.nodes {
            let unit = Unit::one(batches[code.0], code.1, code.2);
            let (held, packs) = whereabouts(&mut tx, world.tenant, unit, Some(at(second))).await.unwrap();
            let gone = held.and_then(|held| held.gone);
            let held = held.map(|held| (held.organisation, held.shipment.is_none()));
            prop_assert_eq!((held, gone), (node.held, node.gone), "holder of {:?} at {}", code, second);
            let packs: Vec<Code> = packs
                .iter()
                .map(|pack| {
                    let batch = batches.iter().position(|batch| *batch == pack.batch).unwrap();
                    (batch, pack.level, pack.first_serial)
                })
                .collect();
            prop_assert_eq!(packs, model.packs(*code), "packs of {:?} at {}", code, second);
            let found = contents(&mut tx, world.tenant, &[unit], Some(at(second))).await.unwrap();
            let inside: BTreeSet<Code> = found
                .iter()
                .flat_map(|unit| {
                    let batch = batches.iter().position(|batch| *batch == unit.batch).unwrap();
                    (unit.first_serial..=unit.last_serial).map(move |serial| (batch, unit.level, serial))
                })
                .collect();
            let expected = model.nodes.keys().filter(|inner| model.packs(**inner).contains(code)).copied();
            prop_assert_eq!(inside, expected.collect(), "contents of {:?} at {}", code, second);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_history_matches_a_tree_kept_by_hand(
        wanted in prop::collection::vec(wanted(), 1..14),
        in_one in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            runtime.block_on(async {
                match TestDb::on(engine, &MIGRATIONS).await {
                    Some(db) => traces_match(db, wanted.clone(), in_one).await,
                    None => Ok(()),
                }
            })?;
        }
    }
}
