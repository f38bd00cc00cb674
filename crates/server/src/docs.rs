//! The handbook at `/docs/`: the pages of the repository's `docs` as they were when the program was built, so that whoever
//! runs a version reads what belongs to it. Open to everyone: they tell nothing of a tenant.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use tallymark_web::{Nonce, PageHeaders, Path, not_found};

/// Where files of the repository are that are no page here.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
const STYLE: &str = include_str!("docs.css");

/// The name in the address, what it is about, and the text.
const PAGES: [(&str, &str, &str); 7] = [
    ("operate", "Operate", include_str!("../../../docs/operate.md")),
    ("connect", "Connect", include_str!("../../../docs/connect.md")),
    ("access", "Access", include_str!("../../../docs/access.md")),
    ("providers", "Providers", include_str!("../../../docs/providers.md")),
    ("security", "Security", include_str!("../../../docs/security.md")),
    ("events", "Events", include_str!("../../../docs/events.md")),
    ("develop", "Develop", include_str!("../../../docs/develop.md")),
];

/// The routes. `pages` makes the nonces.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(pages: PageHeaders) -> Router<S> {
    let routes = Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async |nonce: Nonce| page(PAGES[0].0, &nonce).await))
        .route("/docs/{name}", get(async |Path(name): Path<String>, nonce: Nonce| page(&name, &nonce).await));
    pages.around(routes)
}

async fn page(name: &str, nonce: &Nonce) -> Response {
    let Some((_, title, text)) = PAGES.iter().find(|(known, ..)| *known == name) else {
        return not_found().await.into_response();
    };
    let body = document(name, title, &rendered(text), nonce).into_string();
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

fn document(name: &str, title: &str, body: &str, nonce: &Nonce) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Tallymark" }
                style nonce=(nonce.as_str()) { (PreEscaped(STYLE)) }
            }
            body {
                nav aria-label="Handbook" {
                    strong { "Tallymark" }
                    @for (known, text, _) in PAGES {
                        a href={ "/docs/" (known) } aria-current=[(known == name).then_some("page")] { (text) }
                    }
                    a href="/openapi.json" { "OpenAPI" }
                }
                main { (PreEscaped(body)) }
            }
        }
    }
}

/// A page's text as HTML: headings can be linked to, links lead to pages here or into the repository.
fn rendered(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut heading: Option<usize> = None;
    for at in 0..events.len() {
        match &mut events[at] {
            Event::Start(Tag::Link { dest_url, .. }) => *dest_url = CowStr::from(target(dest_url)),
            Event::Start(Tag::Heading { level, .. }) if *level > HeadingLevel::H1 => heading = Some(at),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(start) = heading.take() {
                    let anchor = anchor(&events[start..at]);
                    if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                        *id = Some(CowStr::from(anchor));
                    }
                }
            }
            // Notes to those who write the page.
            Event::Html(text) | Event::InlineHtml(text) => *text = CowStr::from(""),
            _ => {}
        }
    }
    let mut out = String::with_capacity(text.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut out, events.into_iter());
    out
}

/// Where a link of a page in `docs/` leads from its address here.
fn target(link: &str) -> String {
    let (path, fragment) = link.split_once('#').map_or((link, String::new()), |(path, to)| (path, format!("#{to}")));
    if path.is_empty() || path.contains("://") {
        return link.to_owned();
    }
    match path.strip_suffix(".md") {
        Some(name) if PAGES.iter().any(|(known, ..)| *known == name) => format!("/docs/{name}{fragment}"),
        _ if path == "openapi.json" => "/openapi.json".to_owned(),
        _ => match path.strip_prefix("../") {
            Some(path) => format!("{REPOSITORY}{path}{fragment}"),
            None => format!("{REPOSITORY}docs/{path}{fragment}"),
        },
    }
}

/// A heading's anchor, as GitHub makes it: letters, digits and hyphens, in lower case.
fn anchor(heading: &[Event<'_>]) -> String {
    let text = heading.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.to_lowercase()),
        _ => None,
    });
    let text: String = text.collect();
    let kept = text.chars().filter(|character| character.is_alphanumeric() || "- _".contains(*character));
    kept.map(|character| if character == ' ' { '-' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_here_or_into_the_repository() {
        assert_eq!(target("connect.md"), "/docs/connect");
        assert_eq!(target("operate.md#backup-and-restore"), "/docs/operate#backup-and-restore");
        assert_eq!(target("#the-lake"), "#the-lake");
        assert_eq!(target("openapi.json"), "/openapi.json");
        assert_eq!(target("https://delta.io"), "https://delta.io");
        assert_eq!(target("../SECURITY.md"), format!("{REPOSITORY}SECURITY.md"));
        assert_eq!(target("decisions/0001-a.md"), format!("{REPOSITORY}docs/decisions/0001-a.md"));
    }

    #[test]
    fn every_anchor_that_a_page_names_is_there() {
        for (name, _, text) in PAGES {
            let html = rendered(text);
            for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let Some((path, fragment)) = link.split_once('#').filter(|(path, _)| !path.contains("://")) else {
                    continue;
                };
                let to = if path.is_empty() { name } else { path.trim_start_matches("/docs/") };
                let there = PAGES.iter().find(|(known, ..)| *known == to).map(|(.., text)| rendered(text));
                let is_there = there.is_some_and(|page| page.contains(&format!("id=\"{fragment}\"")));
                assert!(is_there, "{name} names {link}");
            }
        }
    }

    #[test]
    fn a_page_has_its_tables_and_none_of_its_notes() {
        let html =
            rendered("# T\n\n<!-- roles -->\n\n## What `it` is\n\n| a | b |\n|---|---|\n| 1 | <script>x</script> |\n");
        assert!(html.contains("<h2 id=\"what-it-is\">") && html.contains("<td>1</td>"), "{html}");
        assert!(!html.contains("<!--") && !html.contains("<script"), "{html}");
    }
}
