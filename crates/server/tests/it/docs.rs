//! The pages for operators say what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tallymark_access::rules::role::Limit;
use tallymark_access::{Role, permissions};
use tallymark_web::{Limited, Need, Permission, Permissions, Scope, Scopes};

const START: &str = "<!-- roles -->\n";
const END: &str = "<!-- end of roles -->\n";

fn page(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

/// What a role gets at a route: all of it, all of it unless it is limited to a branch, or nothing.
fn cell(role: Role, permission: &Permission) -> &'static str {
    if permission.need == Need::Public {
        return "✓";
    }
    let refuses_limited = permission.limited == Limited::Refused;
    match (permission.allows(permissions(role)), role.limit()) {
        (false, _) => "",
        (true, Limit::Never) => "✓",
        (true, Limit::Possible) if refuses_limited => "(✓)",
        (true, Limit::Always) if refuses_limited => "",
        (true, Limit::Possible | Limit::Always) => "✓",
    }
}

/// The table of security.md, from what the gate reads.
fn table() -> String {
    let declared = Permissions::of(&tallymark_server::description()).unwrap();
    let mut routes_of: BTreeMap<(usize, String, [&str; 7]), Vec<String>> = BTreeMap::new();
    for (method, path, permission) in declared.iter() {
        let (order, need) = match &permission.need {
            Need::Public => (0, "nobody needs to be known".to_owned()),
            Need::SignedIn => (1, "whoever is known".to_owned()),
            Need::AnyOf(scopes) => {
                let names: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
                (2, names.join(" "))
            }
        };
        let cells = Role::ALL.map(|role| cell(role, permission));
        let path = path.strip_prefix("/v1").unwrap_or(path);
        routes_of.entry((order, need, cells)).or_default().push(format!("`{method} {path}`"));
    }
    let roles = Role::ALL.map(|role| role.name().replace('_', " "));
    let mut text = format!(
        "\n| Permission, one of | {} | Routes under `/v1` |\n|---|{}---|\n",
        roles.join(" | "),
        "---|".repeat(7)
    );
    for ((_, need, cells), mut routes) in routes_of {
        routes.sort();
        text += &format!("| {need} | {} | {} |\n", cells.join(" | "), routes.join(" "));
    }
    text + "\n"
}

/// Set `TALLYMARK_WRITE_DOCS` to write the table where it differs.
#[test]
fn what_each_role_may_do_is_what_the_gate_enforces() {
    let (path, text) = page("security.md");
    let start = text.find(START).expect("the table begins") + START.len();
    let end = text.find(END).expect("the table ends");
    let expected = table();
    if std::env::var_os("TALLYMARK_WRITE_DOCS").is_some() {
        std::fs::write(path, format!("{}{expected}{}", &text[..start], &text[end..])).unwrap();
        return;
    }
    assert_eq!(&text[start..end], expected, "run this test with TALLYMARK_WRITE_DOCS=1");
}

/// The cells of the table rows of a page.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_role_and_permission_stands_in_the_page_about_access() {
    let (_, text) = page("access.md");
    let rows = rows(&text);
    for role in Role::ALL {
        let name = role.name().replace('_', " ");
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name} has no row"));
        let told: Scopes = row[1].split('`').filter_map(|word| word.parse::<Scope>().ok()).collect();
        assert_eq!(told, permissions(role), "{name}");
        let limit = match role.limit() {
            Limit::Never => "never",
            Limit::Possible => "where an organisation is named",
            Limit::Always => "always",
        };
        assert_eq!(row[2], limit, "{name}");
    }
    for scope in Scope::ALL {
        assert!(rows.iter().any(|row| row[0] == format!("`{scope}`")), "{scope} has no row");
    }
}

/// Every schema that something below `value` refers to.
fn referred(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().filter(|_| name == "$ref") {
                    Some(schema) => found.extend(schema.strip_prefix("#/components/schemas/").map(str::to_owned)),
                    None => referred(value, found),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| referred(value, found)),
        _ => {}
    }
}

#[test]
fn programs_can_be_made_out_of_the_api_description() {
    let description = tallymark_server::description_json();
    let mut schemas = BTreeSet::new();
    referred(&description, &mut schemas);
    let defined = description["components"]["schemas"].as_object().unwrap();
    let missing: Vec<&String> = schemas.iter().filter(|schema| !defined.contains_key(*schema)).collect();
    assert!(missing.is_empty(), "named and not defined: {missing:?}");

    let operations = description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let names: Vec<&str> = operations.map(|(_, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "two operations of one name");
    assert!(names.contains(&"get_people_id_timeline") && names.contains(&"post_api_keys"), "{names:?}");
}
