//! The files of the application: in the program, packed once when the server starts.

use std::collections::BTreeMap;
use std::io::Write as _;

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::page::page;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
/// What the service worker replaces by what all files together are: another version, another store on the phone.
const VERSION: &str = "{{version}}";
/// What the service worker replaces by the names of all files.
const NAMES: &str = "\"{{names}}\"";
/// Refusals in Chinese, as the console has them: a phone says of an operation what a desk says of it.
const REFUSALS: &str = include_str!("../../../../console/src/app/locales/refusals.zh-CN.json");
/// Those that somebody can meet here.
const REFUSALS_OF: [&str; 9] = [
    "refusal.access.busy",
    "refusal.access.code_refused",
    "refusal.access.link_refused",
    "refusal.access.sign_in_refused",
    "refusal.access.too_many_attempts",
    "refusal.auth.",
    "refusal.code.",
    "refusal.goods.",
    "refusal.request.",
];

/// Those among them that only who orders, prints or calls back goods can meet: a phone on a weak network need not load them.
const ELSEWHERE: [&str; 6] = [
    "refusal.goods.link_",
    "refusal.goods.list_",
    "refusal.goods.package_",
    "refusal.goods.profile_",
    "refusal.goods.recall_",
    "refusal.goods.too_many_",
];

/// A file as it is sent.
#[derive(Debug)]
pub(super) struct File {
    /// Its path below `/clerk/`; none: the page.
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) plain: Bytes,
    /// By gzip.
    pub(super) packed: Bytes,
    /// The entity tag (RFC 9110, section 8.8.3).
    pub(super) tag: String,
}

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("app/", $name)))),+]
    };
}

/// Every file.
pub(super) fn files() -> Vec<File> {
    let scripts = scripts![
        "api.js",
        "camera.js",
        "code.js",
        "db.js",
        "decoder.js",
        "dom.js",
        "gun.js",
        "job.js",
        "main.js",
        "operations.js",
        "organisations.js",
        "queue.js",
        "router.js",
        "session.js",
        "signals.js",
        "texts.js",
        "undo.js",
        "views/destination.js",
        "views/home.js",
        "views/look.js",
        "views/queue.js",
        "views/receipt.js",
        "views/scan.js",
        "views/sign-in.js",
    ];
    let mut texts: Vec<(&'static str, &'static str, String)> =
        scripts.into_iter().map(|(name, text)| (name, SCRIPT, text.to_owned())).collect();
    texts.push(("", "text/html; charset=utf-8", page()));
    texts.push(("style.css", STYLE, include_str!("app/style.css").to_owned()));
    texts.push(("icon.svg", "image/svg+xml", include_str!("app/icon.svg").to_owned()));
    let manifest = include_str!("app/manifest.webmanifest").to_owned();
    texts.push(("manifest.webmanifest", "application/manifest+json", manifest));
    texts.push(("refusals.js", SCRIPT, refusals()));
    texts.push(("service.js", SCRIPT, service(&texts)));
    texts.into_iter().map(|(name, content_type, text)| file(name, content_type, text)).collect()
}

fn file(name: &'static str, content_type: &'static str, text: String) -> File {
    let tag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&Sha256::digest(&text)[..12]));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default();
    File { name, content_type, plain: text.into(), packed: packed.into(), tag }
}

/// The service worker: it knows which files there are, and by the version whether they are still the same.
fn service(texts: &[(&'static str, &'static str, String)]) -> String {
    let mut digest = Sha256::new();
    for (name, _, text) in texts {
        digest.update(name);
        digest.update([0]);
        digest.update(text);
    }
    let version = data_encoding::HEXLOWER.encode(&digest.finalize()[..8]);
    let names: Vec<String> = texts.iter().map(|(name, ..)| format!("\"/clerk/{name}\"")).collect();
    include_str!("app/service.js").replacen(VERSION, &version, 1).replacen(NAMES, &names.join(", "), 1)
}

/// The refusals as a module.
fn refusals() -> String {
    let all: BTreeMap<String, String> = serde_json::from_str(REFUSALS).unwrap_or_default();
    let own: BTreeMap<&str, &str> = all
        .iter()
        .filter(|(key, _)| REFUSALS_OF.iter().any(|prefix| key.starts_with(prefix)))
        .filter(|(key, _)| !ELSEWHERE.iter().any(|prefix| key.starts_with(prefix)))
        .map(|(key, text)| (key.trim_start_matches("refusal."), text.as_str()))
        .collect();
    let object = serde_json::to_string(&own).unwrap_or_default();
    format!("// Refusals in Chinese, by their codes.\nexport const REFUSALS = {object};\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a phone on a weak network can wait for, once: the scripts with the decoder for its camera.
    const SCRIPT_BYTES_MAX: usize = 60_000;

    #[test]
    fn the_whole_application_is_small_and_complete() {
        let files = files();
        let scripts = files.iter().filter(|file| file.content_type == SCRIPT);
        let packed: usize = scripts.map(|file| file.packed.len()).sum();
        println!("figure clerk_script_bytes {packed} bytes");
        assert!(packed <= SCRIPT_BYTES_MAX, "{packed}");
        let service = files.iter().find(|file| file.name == "service.js").unwrap();
        let text = String::from_utf8(service.plain.to_vec()).unwrap();
        assert!(!text.contains("{{"), "{text}");
        for file in files.iter().filter(|file| file.name != "service.js") {
            assert!(text.contains(&format!("\"/clerk/{}\"", file.name)), "{}", file.name);
        }
    }

    #[test]
    fn every_import_names_a_file_that_there_is() {
        let files = files();
        for file in files.iter().filter(|file| file.name.ends_with(".js")) {
            let text = String::from_utf8(file.plain.to_vec()).unwrap();
            for import in
                text.lines().filter_map(|line| line.split_once(" from \"./").or(line.split_once(" from \"../")))
            {
                let wanted = import.1.trim_end_matches("\";");
                assert!(files.iter().any(|file| file.name.ends_with(wanted)), "{} wants {wanted}", file.name);
            }
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_console() {
        assert!(refusals().contains("\"code.not_found\":"), "{}", refusals());
    }
}
