//! The resolver of Digital Links, by the checks of GS1's test suite for resolvers, and the scan page beside it.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::phone::{PHONE, Phone};
use crate::world::{Got, World};

const HOST: &str = "spring.example:8080";
const PRODUCT: &str = "/01/06901234567892";
const LINKSET: &str = "application/linkset+json";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn ask(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn get(world: &World, path: &str) -> Got {
    ask(world, "GET", path, &[]).await
}

async fn make(world: &World, link: Value) -> Value {
    let mut whole =
        json!({"anchor": PRODUCT, "link_type": "gs1:pip", "target": "https://www.spring.example/water", "title": "水"});
    for (name, value) in link.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let made = world.post("/v1/links", whole).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

/// Status and target of a redirect.
fn led(got: &Got) -> (u16, &str) {
    (got.status.as_u16(), got.header("location"))
}

both_engines! { tallymark_server::migrations();
    async fn a_key_leads_to_its_default_link_and_to_the_type_that_is_asked_for(db: TestDb) {
        let world = World::new(db).await;
        assert_eq!(get(&world, PRODUCT).await.problem(), (404, "link.not_found".to_owned()));
        make(&world, json!({"default_use": "default"})).await;
        make(&world, json!({"link_type": "gs1:instructions", "target": "https://www.spring.example/how?a=1#top"})).await;
        make(&world, json!({"anchor": "/01/06901234567892/10/L1", "link_type": "gs1:recallStatus", "target": "https://r.example/l1"})).await;
        let water = "https://www.spring.example/water";
        for path in ["", "/", "/10/L1", "/22/V/10/OTHER", "/10/L1/21/not-a-code"] {
            assert_eq!(led(&get(&world, &format!("{PRODUCT}{path}")).await), (307, water), "{path}");
        }
        assert_eq!(led(&get(&world, "/01/6901234567892").await), (307, water), "a GTIN-13 as it stands below a barcode");
        let typed = |path: &str, link_type: &str| format!("{PRODUCT}{path}?linkType={link_type}");
        let got = get(&world, &typed("", "gs1:pip")).await;
        assert_eq!(led(&got), (307, "https://www.spring.example/water?linkType=gs1:pip"));
        let got = get(&world, &typed("", "https://gs1.org/voc/pip")).await;
        assert_eq!(got.status, 307, "the former name of GS1's vocabulary");
        let recall = get(&world, &typed("/10/L1/21/7", "gs1:recallStatus")).await;
        assert_eq!(led(&recall), (307, "https://r.example/l1?linkType=gs1:recallStatus"));
        assert_eq!(get(&world, &typed("/10/L2", "gs1:recallStatus")).await.problem(), (404, "link.type_unknown".to_owned()));
        for unknown in ["gs1:nosuchlt", "nosuchlt", "javascript:alert(1)", "//evil.example"] {
            assert_eq!(get(&world, &typed("", unknown)).await.problem(), (404, "link.type_unknown".to_owned()), "{unknown}");
        }
        // All that was asked goes along, before the fragment; nothing of it changes where the link leads.
        let got = get(&world, &format!("{PRODUCT}?linkType=gs1:instructions&17=271231&u=https://evil.example")).await;
        assert_eq!(got.header("location"), "https://www.spring.example/how?a=1&linkType=gs1:instructions&17=271231&u=https://evil.example#top");
        let head = ask(&world, "HEAD", PRODUCT, &[]).await;
        assert_eq!((led(&head), head.body.len()), ((307, water), 0));
        assert!(get(&world, PRODUCT).await.header("link").contains("<http://spring.example:8080/01/06901234567892?linkType=linkset>; rel=\"linkset\""));
    }

    async fn all_links_are_a_linkset_that_names_one_default(db: TestDb) {
        let world = World::new(db).await;
        make(&world, json!({"default_use": "default"})).await;
        make(&world, json!({"default_use": "by_request", "target": "https://www.spring.example/de", "languages": ["de"], "media_type": "text/html", "context": "DE"})).await;
        make(&world, json!({"anchor": "/01/06901234567892/10/L1", "link_type": "gs1:recallStatus", "target": "https://r.example/l1"})).await;
        let water = json!({"href": "https://www.spring.example/water", "title": "水"});
        let german = json!({"href": "https://www.spring.example/de", "title": "水", "hreflang": ["de"], "type": "text/html", "context": ["DE"]});
        let expected = json!({"linkset": [
            {
                "anchor": "http://spring.example:8080/01/06901234567892/10/L1",
                "https://ref.gs1.org/voc/recallStatus": [{"href": "https://r.example/l1", "title": "水"}],
            },
            {
                "anchor": "http://spring.example:8080/01/06901234567892",
                "https://ref.gs1.org/voc/pip": [water, german],
                "https://ref.gs1.org/voc/defaultLink": [water],
                "https://ref.gs1.org/voc/defaultLinkMulti": [german],
            },
        ]});
        let path = format!("{PRODUCT}/10/L1");
        for (path, accept, media_type) in [
            (path.clone(), LINKSET, LINKSET),
            (format!("{path}?linkType=linkset"), "*/*", LINKSET),
            (format!("{path}?linkType=all"), BROWSER, LINKSET),
            (format!("{path}?linkType=linkset"), "application/json", "application/json"),
        ] {
            let got = ask(&world, "GET", &path, &[("accept", accept)]).await;
            assert_eq!((got.status.as_u16(), got.header("content-type")), (200, media_type), "{path}");
            assert_eq!(got.json(), expected, "{path}");
            let links: Vec<_> = got.headers.get_all("link").iter().map(|value| value.to_str().unwrap()).collect();
            assert!(links.iter().any(|link| link.contains("rel=\"http://www.w3.org/ns/json-ld#context\"")), "{links:?}");
            assert!(got.header("vary").contains("accept"));
        }
        let german = ask(&world, "GET", PRODUCT, &[("accept-language", "de-AT")]).await;
        assert_eq!(led(&german), (307, "https://www.spring.example/water"), "it is for one context only");
        let german = ask(&world, "GET", &format!("{PRODUCT}?context=DE"), &[("accept-language", "de-AT")]).await;
        assert_eq!(led(&german), (307, "https://www.spring.example/de?context=DE"));
    }

    async fn links_that_nothing_tells_apart_are_a_choice(db: TestDb) {
        let world = World::new(db).await;
        for (target, language) in [("https://a.example/1", "en"), ("https://a.example/2", "en"), ("https://a.example/3", "zh")] {
            make(&world, json!({"link_type": "gs1:certificationInfo", "target": target, "languages": [language]})).await;
        }
        let path = format!("{PRODUCT}?linkType=gs1:certificationInfo");
        let several = ask(&world, "GET", &path, &[("accept-language", "en")]).await;
        assert_eq!((several.status.as_u16(), several.header("content-type")), (300, LINKSET));
        let found = several.json()["linkset"][0]["https://ref.gs1.org/voc/certificationInfo"].clone();
        let targets: Vec<_> = found.as_array().unwrap().iter().map(|link| link["href"].as_str().unwrap()).collect();
        assert_eq!(targets, ["https://a.example/1", "https://a.example/2"]);
        let one = ask(&world, "GET", &path, &[("accept-language", "zh-CN,en;q=0.5")]).await;
        assert_eq!(led(&one), (307, "https://a.example/3?linkType=gs1:certificationInfo"));
    }

    async fn one_printed_link_runs_the_scan_and_resolves(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        make(&world, json!({"default_use": "default"})).await;
        let path = format!("{PRODUCT}/21/{code}");
        let page = Phone::new(&world).get(&path).await;
        assert!(page.status == 200 && page.text().contains("正品"), "{}", page.text());
        assert!(page.header("link").contains("rel=\"linkset\""));
        assert_eq!(world.get(&format!("/v1/codes/{code}")).await.json()["checks"], 1);
        for path in [path.clone(), format!("{path}/"), format!("{PRODUCT}/10/L1/21/{code}?from=poster"), format!("{PRODUCT}/22/A/21/{}", code.to_lowercase())] {
            let page = ask(&world, "GET", &path, &[("accept", BROWSER), ("user-agent", PHONE)]).await;
            assert!(page.status == 200 && page.text().contains("正品"), "{path}");
        }
        // The rest of what the standard asks, on the same link, counts as no check.
        let before = world.get(&format!("/v1/codes/{code}")).await.json()["checks"].clone();
        let pip = get(&world, &format!("{path}?linkType=gs1:pip")).await;
        assert_eq!(led(&pip), (307, "https://www.spring.example/water?linkType=gs1:pip"));
        let scan = get(&world, &format!("{path}?linkType=gs1:verificationService")).await;
        assert_eq!(led(&scan), (307, format!("http://spring.example:8080/C/{code}?linkType=gs1:verificationService").as_str()));
        let set = ask(&world, "GET", &path, &[("accept", LINKSET)]).await.json();
        let own = json!([{"href": format!("http://spring.example:8080/C/{code}"), "title": "Check this item"}]);
        assert_eq!(set["linkset"][0]["https://ref.gs1.org/voc/defaultLink"], own);
        assert_eq!(set["linkset"][0]["https://ref.gs1.org/voc/verificationService"], own);
        assert_eq!(set["linkset"][1]["anchor"], "http://spring.example:8080/01/06901234567892");
        assert_eq!(world.get(&format!("/v1/codes/{code}")).await.json()["checks"], before);
    }

    async fn a_compressed_link_leads_where_the_plain_one_does(db: TestDb) {
        let world = World::new(db).await;
        make(&world, json!({"anchor": "/01/09506000134352", "target": "https://www.spring.example/gs1", "default_use": "default"})).await;
        // GS1's toolkit made it of /01/09506000134352/21/12345.
        for path in ["/DBFKk4XBoAowOQ", "/ARFKk4XBoEIKMDk"] {
            let got = get(&world, path).await;
            assert_eq!(led(&got), (307, "https://www.spring.example/gs1"), "{path}");
            let links: Vec<_> = got.headers.get_all("link").iter().map(|value| value.to_str().unwrap()).collect();
            let plain = "<http://spring.example:8080/01/09506000134352/21/12345>; rel=\"owl:sameAs\"";
            assert!(links.contains(&plain), "{links:?}");
        }
        for nothing in ["/nothing", "/favicon.ico", "/AAAA", "/robots.txt"] {
            assert_eq!(get(&world, nothing).await.status, 404, "{nothing}");
        }
    }

    async fn a_wrong_link_is_refused_with_400_and_never_with_200(db: TestDb) {
        let world = World::new(db).await;
        make(&world, json!({})).await;
        for wrong in ["/01/06901234567893", "/01/06901234567892/foo", "/01/06901234567892/10/A/22/B", "/01/06901234567892?17=271331", "/01/x", "/00/123", "/01/06901234567892/10/%00"] {
            assert_eq!(get(&world, wrong).await.status, 400, "{wrong}");
        }
        let told = get(&world, "/01/06901234567893").await;
        assert_eq!(told.problem(), (400, "link.malformed".to_owned()));
        assert!(told.json()["detail"].as_str().unwrap().contains("check digit 3, but 2"), "{}", told.text());
        let page = ask(&world, "GET", "/01/06901234567893", &[("accept", BROWSER), ("accept-language", "en")]).await;
        assert!(page.status == 400 && page.text().contains("This link is damaged"), "{}", page.text());
        let page = ask(&world, "GET", &format!("{PRODUCT}?linkType=gs1:epil"), &[("accept", BROWSER)]).await;
        assert!(page.status == 404 && page.header("content-type").starts_with("text/html"));
    }

    async fn programs_of_others_may_ask_and_the_resolver_describes_itself(db: TestDb) {
        let world = World::new(db).await;
        make(&world, json!({})).await;
        let options = ask(&world, "OPTIONS", PRODUCT, &[("origin", "https://x.example")]).await;
        assert_eq!((options.status.as_u16(), options.header("access-control-allow-origin")), (204, "*"));
        assert_eq!(options.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
        for path in [PRODUCT, "/01/06901234567893", "/.well-known/gs1resolver"] {
            assert_eq!(get(&world, path).await.header("access-control-allow-origin"), "*", "{path}");
        }
        assert_eq!(ask(&world, "POST", PRODUCT, &[]).await.status, 405);
        let description = get(&world, "/.well-known/gs1resolver").await;
        assert_eq!(description.header("content-type"), "application/json");
        let description = description.json();
        assert_eq!(description["resolverRoot"], "http://spring.example:8080");
        assert_eq!(description["supportedPrimaryKeys"], json!(["all"]));
        assert_eq!(description["supportedLinkType"][0]["prefix"], "gs1:");
        let elsewhere = Request::builder().uri(PRODUCT).header(header::HOST, "nobody.example").body(Body::empty()).unwrap();
        assert_eq!(world.send(elsewhere).await.status, 404);
    }

    async fn links_are_made_changed_and_removed_over_the_api(db: TestDb) {
        let world = World::new(db).await;
        let made = make(&world, json!({"default_use": "default"})).await;
        let path = format!("/v1/links/{}", made["id"].as_str().unwrap());
        assert_eq!(world.get(&path).await.json(), made);
        let second = make(&world, json!({"default_use": "default", "target": "https://www.spring.example/new"})).await;
        assert_eq!(world.get(&path).await.json()["default_use"], "no");
        let list = world.get("/v1/links?about=/01/06901234567892&limit=1").await.json();
        assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["id"]), (1, &made["id"]));
        assert_eq!(world.get("/v1/links?about=/01/1").await.problem(), (422, "goods.anchor".to_owned()));
        let new = json!({"anchor": PRODUCT, "link_type": "gs1:epil", "target": "https://www.spring.example/leaflet", "title": "L"});
        let put = world.call("PUT", &path, Some(&world.owner), None, Some(new.to_string())).await;
        assert_eq!((put.status.as_u16(), &put.json()["link_type"]), (200, &json!("https://ref.gs1.org/voc/epil")));
        let audit = world.get("/v1/audit?limit=200").await.json();
        let actions: Vec<_> = audit["items"].as_array().unwrap().iter().filter_map(|entry| entry["action"].as_str()).filter(|action| action.starts_with("link.")).collect();
        assert_eq!(actions, ["link.replaced", "link.default_moved", "link.created", "link.created"]);
        let path = format!("/v1/links/{}", second["id"].as_str().unwrap());
        assert_eq!(world.call("DELETE", &path, Some(&world.owner), None, None).await.status, 204);
        assert_eq!(world.get(&path).await.problem(), (404, "goods.link_not_found".to_owned()));
        let leaflet = get(&world, PRODUCT).await;
        assert_eq!(led(&leaflet), (307, "https://www.spring.example/leaflet"), "the oldest link stands in for a default");
        for (name, value) in [("target", "http://evil.example"), ("target", "javascript:alert(1)"), ("anchor", "/01/123"), ("link_type", "x")] {
            let mut wrong = new.clone();
            wrong[name] = value.into();
            assert_eq!(world.post("/v1/links", wrong).await.status, 422, "{name} {value}");
        }
    }
}
