//! Events: `docs/events.json` and `docs/events.md` are what the program declares, and no declaration changes under a
//! version in a way that readers of the lake or of webhooks would stumble over.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Findings, found};
use crate::process::Failure;
use crate::workspace::{Workspace, text};

const JSON: &str = "docs/events.json";
const MARKDOWN: &str = "docs/events.md";
const HOW: &str = "run `cargo xtask events` and commit docs/events.json and docs/events.md";
/// What must not change between two versions of a field, and how it is called.
const FIXED: [(&str, &str); 4] = [("type", "type"), ("prefix", "prefix"), ("unit", "unit"), ("personal", "class")];

/// The committed catalogue is the declared one, and fits the one before.
pub(super) fn check(workspace: &Workspace) -> Findings {
    let declared = declared(workspace)?;
    let mut findings = Vec::new();
    for (file, now) in [(JSON, pretty(&declared)), (MARKDOWN, markdown(&declared))] {
        match std::fs::read_to_string(workspace.root.join(file)) {
            Ok(committed) if committed == now => {}
            Ok(_) => findings.push(format!("{file} differs from what the program declares: {HOW}")),
            Err(error) => findings.push(format!("{file}: {error}: {HOW}")),
        }
    }
    for commit in ["HEAD", "HEAD^"] {
        if let Some(before) = committed_at(workspace, commit) {
            findings.extend(incompatible(&before, &declared));
        }
    }
    findings.sort();
    findings.dedup();
    found(findings)
}

/// Writes the catalogue, unless it would break the one that stands there.
pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let declared = declared(workspace)?;
    let path = workspace.root.join(JSON);
    if let Some(before) = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok()) {
        let findings = incompatible(&before, &declared);
        if !findings.is_empty() {
            return Err(Failure::new(findings.join("\n")));
        }
    }
    save(&path, &pretty(&declared))?;
    save(&workspace.root.join(MARKDOWN), &markdown(&declared))?;
    println!("wrote {JSON} and {MARKDOWN}");
    Ok(())
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}

fn declared(workspace: &Workspace) -> Result<Value, Failure> {
    let answer = workspace.said_by_program("events")?;
    serde_json::from_str(&answer).map_err(|error| Failure::new(format!("`tallymark events` printed no JSON: {error}")))
}

/// The catalogue of a commit; `None` where it has none.
fn committed_at(workspace: &Workspace, commit: &str) -> Option<Value> {
    let mut git = Command::new("git");
    git.args(["show", &format!("{commit}:{JSON}")]).current_dir(&workspace.root);
    let output = git.output().ok().filter(|output| output.status.success())?;
    serde_json::from_slice(&output.stdout).ok()
}

fn pretty(declared: &Value) -> String {
    format!("{declared:#}\n")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What `after` breaks for somebody who reads by `before`.
fn incompatible(before: &Value, after: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for old in list(before, "events") {
        let name = format!("{} version {}", text(&old["name"]), old["version"]);
        let same = |new: &&Value| new["name"] == old["name"] && new["version"] == old["version"];
        match list(after, "events").iter().find(same) {
            Some(new) => findings.extend(field_findings(old, new).into_iter().map(|what| format!("{name}: {what}"))),
            None => findings.push(format!(
                "{name}: the declaration is gone; databases may hold such events: keep it beside the new version"
            )),
        }
    }
    findings
}

fn field_findings(old: &Value, new: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let named =
        |event: &Value, name: &Value| list(event, "fields").iter().find(|field| field["name"] == *name).cloned();
    for before in list(old, "fields") {
        let name = text(&before["name"]);
        let Some(after) = named(new, &before["name"]) else {
            findings.push(format!("the field {name} is gone: raise the version"));
            continue;
        };
        for (key, word) in FIXED.iter().filter(|(key, _)| before[*key] != after[*key]) {
            findings.push(format!(
                "{name}: the {word} changed from {} to {}: raise the version",
                before[*key], after[*key]
            ));
        }
        if before["nullable"] != after["nullable"] {
            findings.push(format!("{name}: whether it may be null changed: raise the version"));
        }
        for word in list(before, "words").iter().filter(|word| !list(&after, "words").contains(word)) {
            findings.push(format!("{name}: the word {word} is gone: raise the version"));
        }
    }
    for after in list(new, "fields") {
        if named(old, &after["name"]).is_none() && after["nullable"] != true {
            findings.push(format!("the new field {} must be nullable: older events lack it", text(&after["name"])));
        }
    }
    findings
}

/// The catalogue for people.
fn markdown(declared: &Value) -> String {
    let mut page = String::from(
        "# Events\n\nEvery business fact is an event. This page is generated from the declarations \
         (`cargo xtask events`); `events.json` beside it has the JSON Schema of each.\n\nA table of the lake has, before \
         the fields below, `id` (unique for ever), `tenant`, `at` (when it happened) and `recorded_at` (when it was \
         saved), and after them `day`, the UTC day of `recorded_at`, by which it is partitioned. Ids, words and places \
         are texts; `int`, `fen` and `points` are whole numbers of 64 bits.\n\nA dimension (`dim.…`) holds what events \
         name by id. Its table has `tenant`, `created_at` and `snapshot_at` (when the snapshot was begun) before its \
         fields; once a day it is written as a whole, in place of the day before.\n",
    );
    for event in list(declared, "events") {
        page.push_str(&format!(
            "\n## {} (version {})\n\n{}\n\nFrom `{}`; in the lake: `{}`.\n\n| Field | Type | Null | Meaning |\n|---|---|---|---|\n",
            text(&event["name"]), event["version"], text(&event["description"]), text(&event["owner"]), text(&event["table"]),
        ));
        for field in list(event, "fields") {
            page.push_str(&field_line(field));
        }
    }
    page
}

fn field_line(field: &Value) -> String {
    let kind = match text(&field["type"]).as_str() {
        "id" => format!("id `{}_…`", text(&field["prefix"])),
        "word" => list(field, "words").iter().map(|word| format!("`{}`", text(word))).collect::<Vec<_>>().join(", "),
        other => other.to_owned(),
    };
    let unit = text(&field["unit"]);
    let unit = if unit.is_empty() || unit == text(&field["type"]) { String::new() } else { format!("; unit: {unit}") };
    let personal = if field["personal"] == "none" { "" } else { "; stands for a person" };
    let null = if field["nullable"] == true { "yes" } else { "" };
    format!("| `{}` | {kind} | {null} | {}{unit}{personal} |\n", text(&field["name"]), text(&field["meaning"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn catalogue(version: u32, fields: Value) -> Value {
        json!({ "events": [{ "name": "a.b", "version": version, "owner": "a", "description": "D.", "table": "a_b", "fields": fields }] })
    }

    fn field(name: &str, kind: &str, nullable: bool) -> Value {
        json!({ "name": name, "type": kind, "nullable": nullable, "personal": "none", "meaning": "m" })
    }

    fn findings(before: Value, after: Value) -> Vec<String> {
        incompatible(&catalogue(1, before), &catalogue(1, after))
    }

    #[test]
    fn a_new_nullable_field_or_another_meaning_is_compatible() {
        let mut other = field("x", "int", false);
        other["meaning"] = "told better".into();
        assert!(findings(json!([field("x", "int", false)]), json!([other, field("y", "text", true)])).is_empty());
    }

    #[test]
    fn removing_or_retyping_a_field_needs_a_new_version() {
        let before = || json!([field("x", "int", false)]);
        assert_eq!(findings(before(), json!([]))[0], "a.b version 1: the field x is gone: raise the version");
        assert!(
            findings(before(), json!([field("x", "text", false)]))[0].contains("type changed from \"int\" to \"text\"")
        );
        assert!(findings(before(), json!([field("x", "int", true)]))[0].contains("may be null"));
        assert!(
            findings(before(), json!([field("x", "int", false), field("y", "int", false)]))[0]
                .contains("must be nullable")
        );
    }

    #[test]
    fn a_word_may_come_but_not_go() {
        let word = |words: Value| json!([{ "name": "x", "type": "word", "nullable": false, "words": words }]);
        assert!(findings(word(json!(["a"])), word(json!(["a", "b"]))).is_empty());
        assert!(findings(word(json!(["a", "b"])), word(json!(["a"])))[0].contains("\"b\" is gone"));
    }

    #[test]
    fn a_raised_version_stands_beside_the_old_one() {
        let old = catalogue(1, json!([field("x", "int", false)]));
        let raised = catalogue(2, json!([]));
        assert!(incompatible(&old, &raised)[0].contains("keep it beside the new version"));
        let both = json!({ "events": [old["events"][0], raised["events"][0]] });
        assert!(incompatible(&old, &both).is_empty());
    }

    #[test]
    fn the_page_shows_words_units_and_people() {
        let field = json!({
            "name": "x", "type": "word", "words": ["a", "b"], "nullable": true, "unit": "pieces",
            "personal": "pseudonym", "meaning": "what it was"
        });
        let page = markdown(&catalogue(1, json!([field])));
        assert!(page.contains("| `x` | `a`, `b` | yes | what it was; unit: pieces; stands for a person |"), "{page}");
    }
}
