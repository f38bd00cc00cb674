//! `tallymark user`: the first owner, and what becomes of people.

use serde_json::json;

use crate::world::{World, id};

#[test]
fn the_first_owner_is_invited_by_a_link_that_is_told_once() {
    let world = World::new();
    let invite = ["user", "invite", "--email", "Li@Q.Example.com", "--name", "李伟", "--role", "owner"];
    let made = world.json(&invite);
    assert_eq!((&made["user"]["email"], &made["user"]["status"]), (&json!("li@q.example.com"), &json!("invited")));
    let token = made["link"].as_str().unwrap().strip_prefix("https://q.example.com/console/password#").unwrap();
    // 256 bits in base 64 (RFC 4648, section 5): 43 characters.
    assert_eq!((token.len(), &made["purpose"]), (43, &json!("invitation")));
    let listed = world.says(&["user", "list"]);
    assert!(listed.contains("li@q.example.com") && !listed.contains(token), "{listed}");
    world.refuses(&invite, 2, "access.email_taken", "exists");
    let again = world.json(&["user", "reset", "li@q.example.com"]);
    assert_ne!(again["link"], made["link"]);
}

#[test]
fn roles_are_given_in_their_places_and_people_can_be_kept_out() {
    let world = World::new();
    let brand = id(&world.json(&["organisation", "add", "--kind", "brand", "--name", "HQ", "--code", "HQ"]));
    let invite = |role: &'static str, place: &[&str]| {
        let start = ["user", "invite", "--email", "wang@q.example.com", "--name", "王芳", "--role", role];
        [&start[..], place].concat().iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let refuses = |role, place: &[&str], code, why| {
        let words = invite(role, place);
        world.refuses(&words.iter().map(String::as_str).collect::<Vec<_>>(), 2, code, why);
    };
    refuses("store", &[], "access.role_place", "name its organisation");
    refuses("owner", &["--organisation", &brand], "access.role_place", "leave organisation out");
    refuses("clerk", &["--organisation", "org_00TAXGT0000G0"], "access.organisation_not_found", "org_00TAXGT0000G0");
    refuses("king", &[], "cli.usage", "king");
    let words = invite("channel-manager", &["--organisation", &brand]);
    let made = world.json(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let user = made["user"]["id"].as_str().unwrap();
    assert_eq!((&made["user"]["role"], &made["user"]["organisation"]), (&json!("channel_manager"), &json!(brand)));
    assert_eq!(world.json(&["user", "role", user, "--role", "analyst"])["organisation"], json!(null));
    assert_eq!(world.json(&["user", "disable", "wang@q.example.com"])["status"], "disabled");
    world.refuses(&["user", "reset", user], 2, "access.user_disabled", "disabled");
    // Who never set a password is invited again.
    assert_eq!(world.json(&["user", "enable", user])["status"], "invited");
    world.refuses(&["user", "disable", "nobody@q.example.com"], 2, "cli.user_unknown", "nobody@q.example.com");
}
