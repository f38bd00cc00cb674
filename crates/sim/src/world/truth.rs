//! The ground truth of a world, apart from what the server is told: who scanned where and why, which codes were copied,
//! which cases strayed, and by what each person is known. Measurements compare the server's answers with it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use jiff::Timestamp;

use super::channel::Channel;
use super::goods::Lot;
use super::people::People;
use super::places::PROVINCES;
use super::shape::Shape;
use super::step::{Code, Look, Scan, Step};
use crate::failure::Result;

/// A case, or neighbouring ones, sold elsewhere than it was shipped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diverted {
    pub(super) lot: String,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) shipped_to: usize,
    pub(super) sold_at: usize,
}

/// A bottle whose code is on others as well, from the day after `day` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cloned {
    pub(super) lot: usize,
    pub(super) serial: u64,
    pub(super) day: u32,
}

/// What is true of some steps.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// By number of the delivery and place in it.
    pub(super) scans: Vec<(u64, usize, Scan)>,
    /// By number of the first of their two requests, with the moment.
    pub(super) looks: Vec<(u64, Timestamp, Look)>,
    pub(super) diverted: Vec<Diverted>,
    pub(super) cloned: Vec<Cloned>,
}

impl Truth {
    pub(super) fn of_step(&mut self, number: u64, at: Timestamp, step: &Step) {
        match step {
            Step::Scans(scans) => {
                self.scans.extend(scans.iter().enumerate().map(|(place, scan)| (number, place, scan.clone())));
            }
            Step::Page { look } => self.looks.push((number, at, *look)),
            _ => {}
        }
    }
}

/// The files of the truth.
#[derive(Debug)]
pub(super) struct Files {
    scans: BufWriter<File>,
    diverted: BufWriter<File>,
    cloned: BufWriter<File>,
}

impl Files {
    /// Makes them in a folder, with what is true from the beginning: people, dealers, stores.
    pub(super) fn create(folder: &Path, shape: &Shape, channel: &Channel, people: &People) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let open = |name: &str, head: &str| -> Result<BufWriter<File>> {
            let mut file = BufWriter::new(File::create(folder.join(name))?);
            writeln!(file, "{head}")?;
            Ok(file)
        };
        let mut file =
            open("people.csv", "person,province,hometown,device,second_device,second_from_day,openid,phone,user")?;
        for number in 0..shape.people {
            let person = people.get(number);
            let code = |place: u8| PROVINCES[usize::from(place)].adcode();
            let shown = people.shown(number, 0, true);
            let first = if person.changes_device == Some(0) { people.device(number, false) } else { shown.device };
            let second = person.changes_device.filter(|_| !person.shares_device);
            writeln!(
                file,
                "{number},{},{},{first},{},{},{},{},{}",
                code(person.province),
                person.hometown.map(|home| code(home).to_string()).unwrap_or_default(),
                second.map(|_| people.device(number, true)).unwrap_or_default(),
                second.map(|day| day.to_string()).unwrap_or_default(),
                shown.openid.unwrap_or_default(),
                shown.phone.unwrap_or_default(),
                if person.has_app { People::user_id(number) } else { String::new() },
            )?;
        }
        file.flush()?;
        let mut file = open("stores.csv", "store,dealer,region,adcode,latitude,longitude,name")?;
        for (number, store) in channel.stores.iter().enumerate() {
            let (lat, lon) = store.position;
            let region = channel.dealers[store.dealer].region;
            writeln!(file, "{number},{},{region},{},{lat},{lon},{}", store.dealer, store.adcode, store.name)?;
        }
        file.flush()?;
        Ok(Self {
            scans: open("scans.csv", "request,place,at,person,why,claim,lot,serial,store")?,
            diverted: open("diverted.csv", "lot,first_case,last_case,shipped_to_store,sold_at_store")?,
            cloned: open("cloned.csv", "lot,serial,day")?,
        })
    }

    /// Writes what became true.
    pub(super) fn write(&mut self, truth: &Truth, lots: &[Lot]) -> Result<()> {
        for (request, place, scan) in &truth.scans {
            let (lot, serial) = match scan.code {
                Code::Of(bottle) => (lots[bottle.lot].name.as_str(), bottle.serial.to_string()),
                Code::Invented(_) => ("", String::new()),
            };
            let Scan { at, person, why, claim, store, .. } = scan;
            writeln!(
                self.scans,
                "{request},{place},{at},{person},{},{},{lot},{serial},{store}",
                why.name(),
                u8::from(*claim)
            )?;
        }
        for (request, at, Look { bottle, store, .. }) in &truth.looks {
            // Nobody knows who that was.
            let (lot, serial) = (&lots[bottle.lot].name, bottle.serial);
            writeln!(self.scans, "{request},0,{at},,page,1,{lot},{serial},{store}")?;
        }
        for Diverted { lot, first, last, shipped_to, sold_at } in &truth.diverted {
            writeln!(self.diverted, "{lot},{first},{last},{shipped_to},{sold_at}")?;
        }
        for Cloned { lot, serial, day } in &truth.cloned {
            writeln!(self.cloned, "{},{serial},{day}", lots[*lot].name)?;
        }
        Ok(())
    }

    /// Writes the rest.
    pub(super) fn finish(mut self) -> Result<()> {
        self.scans.flush()?;
        self.diverted.flush()?;
        Ok(self.cloned.flush()?)
    }
}
