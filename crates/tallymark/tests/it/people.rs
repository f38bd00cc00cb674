//! Who is who, what is known of people and what they may demand, at the terminal.

use serde_json::{Value, json};

use crate::world::World;

const PHONE: &str = "13847112935";

/// A brand with one person, known by a phone and a card, who scanned. Gives the person.
fn person(world: &World) -> String {
    let batch = world.batch(&world.product(), 12);
    world.says(&["activate", &batch]);
    let code = world.codes(&batch, "item", "inner").remove(0);
    world.says(&["scan", &code, "--phone", PHONE, "--card", "VIP-0001", "--claim"]);
    world.json(&["person", "--kind", "phone", "--value", PHONE])["id"].as_str().unwrap().to_owned()
}

#[test]
fn people_are_parted_and_the_parting_is_undone() {
    let world = World::new();
    let person = person(&world);
    let shown = world.json(&["identity", "show", &person]);
    let account = |place: usize| shown["accounts"][place]["id"].as_str().unwrap().to_owned();
    assert!(world.says(&["identity", "why", &account(0), &account(1)]).contains("shown together"));
    let preview = world.json(&["identity", "part", &account(1), "--reason", "x", "--dry-run"]);
    assert_eq!(preview["persons"].as_array().unwrap().len(), 2);
    let parted = world.json(&["identity", "part", &account(1), "--reason", "the card was found"]);
    let two = |world: &World| world.json(&["person", "--kind", "card", "--value", "vip 0001"])["id"] != json!(person);
    assert!(two(&world));
    let change = parted[0]["id"].as_str().unwrap();
    world.says(&["identity", "undo", change, "--reason", "it was theirs"]);
    assert!(!two(&world));
    let changes = world.says(&["identity", "changes"]);
    assert!(changes.contains("the card was found") && changes.contains("undone by"), "{changes}");
    world.refuses(&["identity", "undo", change, "--reason", "again"], 2, "people.already_undone", change);
    assert!(world.says(&["identity", "rebuild"]).contains("Persons changed"));
    let policy = world.file("policy.json", r#"{"kinds": {"card": {"per_person": 1}}}"#);
    assert_eq!(world.json(&["identity", "dry-run", "--policy", &policy])["split"], 0);
    let policy = world.file("policy.json", r#"{"kinds": {"card": {"per_person": 0}}}"#);
    world.refuses(&["identity", "dry-run", "--policy", &policy], 2, "people.policy", "kinds.card.per_person");
    assert!(world.says(&["identity", "policy"]).contains("\"phone\""));
    let moved = world.json(&["identity", "reassign", "--kind", "phone", "--value", PHONE, "--reason", "given up"]);
    assert_eq!(moved[0]["kind"], "reassigned");
}

#[test]
fn what_is_known_is_masked_revealed_with_a_reason_exported_and_erased() {
    let world = World::new();
    let person = person(&world);
    world.says(&["privacy", "set", &person, "name=王伟", "birthday=1990-5-12", "--verified"]);
    world.refuses(&["privacy", "set", &person, "birthday=1990-13-12"], 2, "people.profile", "birthday");
    let shown = world.says(&["privacy", "show", &person]);
    assert!(shown.contains("138****2935") && shown.contains("王**") && !shown.contains("1990-05-12"), "{shown}");
    let whole = world.says(&["privacy", "reveal", &person, "--reason", "a call"]);
    assert!(whole.contains("+8613847112935") && whole.contains("1990-05-12"), "{whole}");
    assert!(world.says(&["audit"]).contains("person.revealed"));
    assert!(world.says(&["privacy", "timeline", &person]).contains("scan.decided"));
    assert_eq!(world.json(&["privacy", "sources", "crm", "operator"]), json!(["crm", "operator"]));

    let text = world.file("text.txt", "May we write to you?");
    world.says(&[
        "consent",
        "publish",
        "--purpose",
        "marketing",
        "--version",
        "1",
        "--language",
        "en",
        "--file",
        &text,
    ]);
    world.says(&["consent", "give", &person, "--purpose", "marketing", "--text-version", "1", "--evidence", "form 7"]);
    let may = |world: &World| world.json(&["consent", "show", &person, "--purpose", "marketing"])[1].clone();
    assert_eq!(may(&world).as_array().unwrap().len(), 1);
    world.says(&["consent", "withdraw", &person, "--purpose", "marketing", "--channel", "sms"]);
    assert_eq!(may(&world), json!([]));
    assert!(world.says(&["consent", "texts"]).contains("May we write to you?"));

    let file = world.path("export.json").display().to_string();
    world.says(&["privacy", "export", &person, "--reason", "they asked", "--out", &file]);
    let export: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!((&export["person"], &export["complete"]), (&json!(person), &json!(true)));
    assert!(export.to_string().contains("form 7") && export.to_string().contains("王伟"));

    let erased = world.says(&["privacy", "erase", &person, "--reason", "they asked"]);
    assert!(erased.starts_with("2 accounts erased, 0 unread events removed; nothing is left"), "{erased}");
    world.refuses(&["person", "--kind", "phone", "--value", PHONE], 2, "people.not_found", "phone");
    let lift = ["privacy", "lift", "--kind", "phone", "--value", PHONE, "--reason", "they asked again"];
    assert_eq!((world.json(&lift), world.json(&lift)), (json!(true), json!(false)));
    let after = world.says(&["privacy", "export", &person, "--reason", "a check"]);
    assert!(!after.contains("王伟") && !after.contains("13847112935"), "{after}");
    assert_eq!(world.says(&["verify"]), "0 discrepancies\n");
}

#[test]
fn what_sources_send_is_defined_and_what_could_not_be_read_is_looked_at() {
    let world = World::new();
    assert!(world.says(&["intake", "names"]).contains("no events"));
    let definition = r#"{"name": "Order Completed", "version": 1, "fields": [{"name": "total", "type": "decimal", "personal": false}]}"#;
    let file = world.file("definition.json", definition);
    world.says(&["intake", "define", "--file", &file]);
    world.refuses(&["intake", "define", "--file", &file], 2, "intake.definition", "raise the version");
    assert_eq!(world.json(&["intake", "definitions"])[0]["name"], "Order Completed");
    assert!(world.says(&["intake", "quarantine"]).contains("nothing waits"));
    for what in ["replay", "discard"] {
        world.refuses(&["intake", what, "evt_00TAXGT0000G0"], 2, "intake.not_found", "evt_00TAXGT0000G0");
    }
    assert!(world.says(&["privacy", "keys"]).contains("generation 1"));
    assert!(world.says(&["privacy", "rotate-keys"]).contains("generation 2"));
    world.refuses(&["privacy", "rotate-keys"], 2, "partners.rotation_goes_on", "2");
}
