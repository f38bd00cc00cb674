//! The API description.

use tallymark_web::SharedParts;
use utoipa::Modify;

#[test]
fn the_description_names_the_problems_the_key_and_the_page() {
    let mut api = crate::app::api().split_for_parts().1;
    SharedParts.modify(&mut api);
    let api = serde_json::to_value(&api).unwrap();
    assert_eq!(api["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
    assert_eq!(api["components"]["schemas"]["Problem"]["properties"]["type"]["type"], "string");

    let order = &api["paths"]["/orders"]["post"];
    let statuses: Vec<&String> = order["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["200", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"]);
    let conflict = &order["responses"]["409"]["content"]["application/problem+json"]["schema"];
    assert_eq!(conflict["$ref"], "#/components/schemas/Problem");
    let key = &order["parameters"][0];
    assert_eq!(
        (&key["name"], &key["in"], &key["required"]),
        (&"Idempotency-Key".into(), &"header".into(), &true.into())
    );

    let limit = &api["paths"]["/numbers"]["get"]["parameters"][0];
    assert_eq!((&limit["name"], &limit["in"], &limit["required"]), (&"limit".into(), &"query".into(), &false.into()));
    assert_eq!((&limit["schema"]["maximum"], &limit["schema"]["default"]), (&200.into(), &50.into()));
}
