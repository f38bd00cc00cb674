//! What one file may look like after a cut: every version of each sector, and every length, since
//! the last sync.

use std::collections::BTreeMap;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::{CutReport, Unsynced};

/// The unit a disk writes whole or not at all, in bytes.
pub(super) const SECTOR_BYTES: u64 = 512;
const SECTOR_LEN: usize = SECTOR_BYTES as usize;

/// The sectors that a range of bytes touches, as (offset of the first one, length), in bytes.
pub(super) fn sectors_of(offset: u64, length: u64) -> (u64, u64) {
    let start = offset / SECTOR_BYTES * SECTOR_BYTES;
    let end = (offset + length).next_multiple_of(SECTOR_BYTES);
    (start, end - start)
}

/// Decides what survives.
pub(super) enum Fate {
    /// Only what was synced.
    Synced,
    /// An unsynced change survives with probability `keep`.
    Random { rng: Xoshiro256PlusPlus, keep: f64 },
}

impl Fate {
    pub(super) fn new(unsynced: Unsynced, seed: u64) -> Self {
        match unsynced {
            Unsynced::DropAll => Self::Synced,
            Unsynced::KeepRandomSectors => {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                // A fair coin alone would almost never lose (or keep) just a few of many sectors,
                // and those are the cuts that look whole at first sight.
                let keep = [0.1, 0.5, 0.9, 1.0][rng.random_range(0..4)];
                Self::Random { rng, keep }
            }
        }
    }

    /// The index of the version that survives: 0 is the synced one.
    pub(super) fn pick(&mut self, versions: usize) -> usize {
        let Self::Random { rng, keep } = self else { return 0 };
        if versions > 1 && rng.random_bool(*keep) { rng.random_range(1..versions) } else { 0 }
    }
}

/// The history of one file since its last sync. Index 0 of each history is what was synced, the
/// last entry is what the cache holds.
pub(super) struct FileLog {
    lengths: Vec<u64>,
    sectors: BTreeMap<u64, Vec<Box<[u8]>>>,
}

impl FileLog {
    /// A file whose present content of `length` bytes is durable.
    pub(super) fn synced(length: u64) -> Self {
        Self { lengths: vec![length], sectors: BTreeMap::new() }
    }

    /// The length that readers see, in bytes.
    pub(super) fn length(&self) -> u64 {
        *self.lengths.last().expect("the synced length is always there")
    }

    /// Notes a write of `data` at `offset`. `before` is what the cache held in the sectors of that
    /// range, zeros past the end of the file.
    pub(super) fn write(&mut self, offset: u64, data: &[u8], before: &[u8]) {
        let (start, _) = sectors_of(offset, data.len() as u64);
        let at = (offset - start) as usize;
        let mut after = before.to_vec();
        after[at..at + data.len()].copy_from_slice(data);
        self.change(start, before, &after, self.length().max(offset + data.len() as u64));
    }

    /// Notes that the file now ends at `length`. `before` is what the cache held from the start of
    /// the sector with the new end to the old end, zeros past it.
    pub(super) fn truncate(&mut self, length: u64, before: &[u8]) {
        let (start, _) = sectors_of(length, 0);
        let mut after = before.to_vec();
        if let Some(cut_off) = after.get_mut((length - start) as usize..) {
            cut_off.fill(0);
        }
        self.change(start, before, &after, length);
    }

    fn change(&mut self, start: u64, before: &[u8], after: &[u8], length: u64) {
        let first = start / SECTOR_BYTES;
        let pairs = before.chunks_exact(SECTOR_LEN).zip(after.chunks_exact(SECTOR_LEN));
        for (sector, (old, new)) in (first..).zip(pairs) {
            if old != new {
                let versions = self.sectors.entry(sector).or_insert_with(|| vec![old.into()]);
                versions.push(new.into());
            }
        }
        if length != self.length() {
            self.lengths.push(length);
        }
    }

    /// Makes what the cache holds durable.
    pub(super) fn sync(&mut self) {
        *self = Self::synced(self.length());
    }

    /// The content after a cut. `cached` is the content that readers saw.
    pub(super) fn image(&self, cached: &[u8], fate: &mut Fate, report: &mut CutReport) -> Vec<u8> {
        let length = self.lengths[fate.pick(self.lengths.len())] as usize;
        let mut image = cached.to_vec();
        for (sector, versions) in &self.sectors {
            let survivor = fate.pick(versions.len());
            report.unsynced_sectors += 1;
            report.lost_sectors += u64::from(survivor + 1 < versions.len());
            let at = (sector * SECTOR_BYTES) as usize;
            if image.len() < at + SECTOR_LEN {
                image.resize(at + SECTOR_LEN, 0);
            }
            image[at..at + SECTOR_LEN].copy_from_slice(&versions[survivor]);
        }
        image.resize(length, 0);
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(log: &FileLog, cached: &[u8], unsynced: Unsynced, seed: u64) -> Vec<u8> {
        log.image(cached, &mut Fate::new(unsynced, seed), &mut CutReport::default())
    }

    /// A synced file of three sectors of `a`, then `b` written over the last 100 bytes of the
    /// first sector and the first 100 of the second, then cut down to 600 bytes.
    fn edited() -> (FileLog, Vec<u8>) {
        let mut log = FileLog::synced(1536);
        log.write(412, &[b'b'; 200], &[b'a'; 1024]);
        let mut second_and_third = vec![b'b'; 100];
        second_and_third.resize(1024, b'a');
        log.truncate(600, &second_and_third);
        let mut cached = vec![b'a'; 412];
        cached.resize(600, b'b');
        (log, cached)
    }

    #[test]
    fn what_was_not_synced_is_gone_after_drop_all() {
        let (log, cached) = edited();
        assert_eq!(image(&log, &cached, Unsynced::DropAll, 0), vec![b'a'; 1536]);
    }

    #[test]
    fn what_was_synced_stays() {
        let (mut log, cached) = edited();
        log.sync();
        for seed in 0..50 {
            assert_eq!(image(&log, &cached, Unsynced::KeepRandomSectors, seed), cached);
        }
    }

    #[test]
    fn a_write_over_two_sectors_survives_whole_half_or_not_at_all() {
        let mut log = FileLog::synced(1024);
        log.write(412, &[b'b'; 200], &[b'a'; 1024]);
        let mut cached = vec![b'a'; 1024];
        cached[412..612].fill(b'b');
        let seen: std::collections::BTreeSet<_> = (0..200)
            .map(|seed| image(&log, &cached, Unsynced::KeepRandomSectors, seed))
            .map(|image| (image[412], image[511], image[512], image[611]))
            .collect();
        let whole_sectors =
            [(b'a', b'a', b'a', b'a'), (b'a', b'a', b'b', b'b'), (b'b', b'b', b'a', b'a'), (b'b', b'b', b'b', b'b')];
        assert_eq!(seen, whole_sectors.into());
    }

    #[test]
    fn growth_that_was_not_synced_reads_as_zeros_or_is_cut_off() {
        let mut log = FileLog::synced(0);
        log.write(0, &[b'x'; 512], &[0; 512]);
        let seen: std::collections::BTreeSet<_> =
            (0..200).map(|seed| image(&log, &[b'x'; 512], Unsynced::KeepRandomSectors, seed)).collect();
        assert_eq!(seen, [vec![], vec![0; 512], vec![b'x'; 512]].into());
    }
}
