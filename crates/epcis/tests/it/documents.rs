//! The documents that GS1 publishes as examples (its EPCIS repository), in the folder that `TALLYMARK_SHARED_DATA` names.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tallymark_base::Timestamp;
use tallymark_epcis::{Limits, equal, read};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|extension| extension == "jsonld") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn every_published_example_is_accepted_and_keeps_what_it_says() {
    let Ok(folder) = std::env::var("TALLYMARK_SHARED_DATA") else {
        println!("skipped: TALLYMARK_SHARED_DATA is not set");
        return;
    };
    let mut paths = Vec::new();
    files(&Path::new(&folder).join("gs1-epcis/JSON"), &mut paths);
    assert_eq!(paths.len(), 47);
    for path in paths {
        let text = std::fs::read(&path).unwrap();
        let read = read(&text, &Limits::default(), Timestamp(i64::MAX)).unwrap();
        let given: Value = serde_json::from_slice(&text).unwrap();
        let body = &given["epcisBody"];
        let list = body.get("eventList").unwrap_or_else(|| &body["queryResults"]["resultsBody"]["eventList"]);
        let given = list.as_array().unwrap();
        assert_eq!(read.events.len(), given.len(), "{}", path.display());
        for (event, given) in read.events.into_iter().zip(given) {
            let mut event = event.unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
            let id = event.id();
            event.record(&id, Timestamp(0));
            let context = event.context().clone();
            let own = Value::Object(event.into_body());
            assert!(equal::events((given, &context), (&own, &context)), "{}", path.display());
        }
    }
}
