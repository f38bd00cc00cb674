//! Backups: whether there is one of late, and whether keys of old ones are gone.

use std::path::Path;

use tallymark_base::{Fault as _, Timestamp};
use tallymark_store::backup::{self, BackupError, Found};

use super::Finding;

/// A backup that is older was forgotten: it is taken every day.
const LATE: i64 = 2 * Timestamp::DAY;
/// Keys that are older should be gone, so that whoever was erased leaves the copies too.
const KEYS_MAX: i64 = 31 * Timestamp::DAY;

/// What lies in the folder of backups, where somebody said which. Reads the manifests alone: `tallymark restore --check` reads
/// the rest.
pub fn look(folder: Option<&Path>, now: Timestamp) -> Vec<Finding> {
    let Some(folder) = folder else {
        let text = "nobody said where they are; name their folder by --backups (TALLYMARK_BACKUPS), and take one every day: \
                    tallymark backup --to FOLDER";
        return vec![Finding::note("backups", text).says("backups.untold")];
    };
    match backup::found_in(folder) {
        Ok(backups) => std::iter::once(age(&backups, folder, now)).chain(keys(&backups, now)).collect(),
        Err(error) => vec![unreadable(&error)],
    }
}

fn unreadable(error: &BackupError) -> Finding {
    Finding::wrong("backups", format!("{error} [{}]", error.code())).says("backups.unreadable")
}

fn age(backups: &[Found], folder: &Path, now: Timestamp) -> Finding {
    let Some(latest) = backups.last() else {
        let text = format!("there is none in {}: tallymark backup --to {}", folder.display(), folder.display());
        return Finding::wrong("backups", text).says("backups.none");
    };
    let age = now.since(latest.manifest.taken_at);
    let text = format!("{}, the latest from {} h ago", backups.len(), age / (3_600 * Timestamp::SECOND));
    let finding = if age > LATE {
        let text = format!("{text}: whatever takes them stopped; tallymark backup --to {}", folder.display());
        Finding::wrong("backups", text).says("backups.late")
    } else {
        Finding::ok("backups", text).says("backups.ok")
    };
    finding.with("backups", backups.len()).with("latest_s", age / Timestamp::SECOND)
}

/// Keys that lie inside backups for longer than they may.
fn keys(backups: &[Found], now: Timestamp) -> Option<Finding> {
    let old = backups.iter().filter(|backup| now.since(backup.manifest.taken_at) > KEYS_MAX);
    let with_keys = old.filter(|backup| backup.folder.join(backup::KEYS).exists()).count();
    (with_keys > 0).then(|| {
        let text = format!(
            "{with_keys} backups of more than 30 days ago still have their keys: whoever was erased since can be read in \
             them; the next `tallymark backup` removes these keys"
        );
        Finding::wrong("backup keys", text).says("backup_keys.old").with("backups", with_keys)
    })
}
