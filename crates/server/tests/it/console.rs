//! The operator's console as browsers get it.

use std::io::Write as _;
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use tallymark_testkit::both_engines;
use tempfile::TempDir;

use crate::world::{Got, World};

const SCRIPT: &str = "console.log('工作台')";
const PAGE: &str =
    "<meta name=\"csp-nonce\" content=\"{{csp-nonce}}\"><script src=\"/console/assets/app-1a2b.js\"></script>";
/// What a year of keeping is called (RFC 8246).
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A packed console: the page, a script and a picture. The bytes under `.br` are read by nobody here.
fn packed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    std::fs::write(folder.path().join("index.html"), PAGE).unwrap();
    for (name, content) in [("assets/app-1a2b.js", SCRIPT), ("mark.svg", "<svg/>")] {
        std::fs::write(folder.path().join(format!("{name}.br")), format!("brotli of {name}")).unwrap();
        let gzip = std::fs::File::create(folder.path().join(format!("{name}.gz"))).unwrap();
        flate2::write::GzEncoder::new(gzip, flate2::Compression::best()).write_all(content.as_bytes()).unwrap();
    }
    folder
}

async fn ask(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn get(world: &World, path: &str) -> Got {
    ask(world, "GET", path, &[]).await
}

/// The nonce that stands in the page.
fn nonce(page: &Got) -> String {
    let text = page.text();
    text.split("content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

both_engines! { tallymark_server::migrations();
    async fn every_address_of_the_console_is_its_page_with_a_nonce_of_its_own(db: TestDb) {
        let (world, folder) = (World::new(db).await, packed());
        let world = world.with_console(folder.path());
        let mut nonces = Vec::new();
        for path in ["/console/", "/console/members/people/per_1", "/console/sign-in?to=%2Fdata", "/console/password"] {
            let page = get(&world, path).await;
            assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
            assert_eq!(page.header("cache-control"), "no-store");
            assert_eq!(page.header("x-content-type-options"), "nosniff");
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            let nonce = nonce(&page);
            assert_eq!(page.text(), PAGE.replace("{{csp-nonce}}", &nonce));
            let policy = page.header("content-security-policy");
            let rules: Vec<&str> = policy.split("; ").collect();
            assert!(rules.contains(&"default-src 'none'") && rules.contains(&"frame-ancestors 'none'"), "{policy}");
            // A nonce that can be read out of the page runs no script.
            assert!(rules.contains(&"script-src 'self'") && !policy.contains("unsafe"), "{policy}");
            assert!(rules.contains(&&*format!("style-src 'self' 'nonce-{nonce}'")), "{policy}");
            nonces.push(nonce);
        }
        nonces.sort();
        nonces.dedup();
        assert_eq!(nonces.len(), 4);
        let moved = get(&world, "/console").await;
        assert_eq!((moved.status.as_u16(), moved.header("location")), (308, "/console/"));
    }

    async fn a_file_comes_in_the_form_that_the_browser_takes_and_is_kept(db: TestDb) {
        let (world, folder) = (World::new(db).await, packed());
        let world = world.with_console(folder.path());
        let path = "/console/assets/app-1a2b.js";
        let mut tags = Vec::new();
        for (accepted, coding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", "")] {
            let got = ask(&world, "GET", path, &[("accept-encoding", accepted)]).await;
            assert_eq!((got.status.as_u16(), got.header("content-encoding")), (200, coding));
            assert_eq!(got.header("content-type"), "text/javascript; charset=utf-8");
            assert_eq!((got.header("cache-control"), got.header("vary")), (FOR_EVER, "accept-encoding"));
            match coding {
                "br" => assert_eq!(got.text(), "brotli of assets/app-1a2b.js"),
                "gzip" => assert_eq!(got.body, std::fs::read(folder.path().join("assets/app-1a2b.js.gz")).unwrap()),
                _ => assert_eq!(got.text(), SCRIPT),
            }
            let head = ask(&world, "HEAD", path, &[("accept-encoding", accepted)]).await;
            assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
            assert_eq!(head.header("content-length"), got.body.len().to_string());
            let tag = got.header("etag").to_owned();
            let again = [("accept-encoding", accepted), ("if-none-match", &*format!("\"other\", W/{tag}"))];
            let known = ask(&world, "GET", path, &again).await;
            assert_eq!((known.status.as_u16(), known.body.len(), known.header("etag")), (304, 0, &*tag));
            tags.push(tag);
        }
        tags.dedup();
        assert_eq!(tags.len(), 3, "each form has a tag of its own");
        let picture = get(&world, "/console/mark.svg").await;
        assert_eq!((picture.header("content-type"), picture.text()), ("image/svg+xml", "<svg/>".to_owned()));
        assert_eq!(picture.header("cache-control"), "public, no-cache", "its name tells nothing of its content");
    }

    async fn a_file_that_is_not_there_is_not_the_page(db: TestDb) {
        let (world, folder) = (World::new(db).await, packed());
        std::fs::write(folder.path().join("secret.js.gz"), "").unwrap();
        let world = world.with_console(&folder.path().join("assets"));
        for path in [
            "/console/assets/gone-0000.js", "/console/favicon.ico", "/console/app-1a2b.js.gz", "/console/../secret.js",
            "/console/..%2Fsecret.js", "/console/%2E%2E/secret.js", "/console/x/..%2F..%2Fsecret.js",
        ] {
            assert_eq!(get(&world, path).await.problem(), (404, "request.not_found".to_owned()), "{path}");
        }
        let sent = ask(&world, "POST", "/console/", &[]).await;
        assert_eq!(sent.status, 405);
    }

    async fn the_handbook_is_served_with_the_program(db: TestDb) {
        let world = World::new(db).await;
        let page = get(&world, "/docs/connect").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.text().contains("<h1>Connecting to Tallymark</h1>") && page.text().contains("href=\"/docs/operate\""));
        assert!(!page.header("content-security-policy").contains("unsafe"));
        assert!(get(&world, "/docs/").await.text().contains("<h1>Operating Tallymark</h1>"));
        assert_eq!(get(&world, "/docs").await.header("location"), "/docs/");
        assert_eq!(get(&world, "/docs/nothing").await.status, 404);
    }

    async fn a_server_without_the_console_says_how_it_is_built(db: TestDb) {
        let world = World::new(db).await;
        let world = world.with_console(Path::new("nowhere"));
        let page = get(&world, "/console/members").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (503, "text/html; charset=utf-8"));
        assert!(page.text().contains("cargo xtask console") && page.text().contains("/v1"));
        assert_eq!(get(&world, "/console/assets/app-1a2b.js").await.status, 404);
    }
}
