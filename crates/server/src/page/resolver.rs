//! The resolver of the brand's Digital Links (GS1-Conformant Resolver Standard 1.2): `GET`, `HEAD` and `OPTIONS` of
//! every GS1 key on the brand's host, and `/.well-known/gs1resolver`.
//!
//! One printed link does both: where one of our codes stands as its serial number, the page that checks it is the
//! default link, and is given at once to whoever asks for nothing else. `linkType`, or `Accept:
//! application/linkset+json`, asks for something else. Everything else leads to stored links only; a query is passed
//! on and changes nothing but the query.

mod linkset;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tallymark_codes::gs1::{DigitalLinkUri, definitions};
use tallymark_codes::{CodeText, Link};
use tallymark_goods::rules::link::{GS1_VOCABULARY, anchors_of, lenient, link_type_of};
use tallymark_goods::rules::resolve::{Choice, Wish, choice, preferences};
use tallymark_goods::{ResolverLink, links};
use tallymark_web::{Problem, Subject, not_found};

use super::{Visit, html, percent_encoded, say};
use crate::app::App;
use linkset::{LINKSET, ScanPage};

/// Words for `linkType` that ask for all links; the second is of former releases.
const WHOLE: [&str; 2] = ["linkset", "all"];

/// The type of link that the scan page is.
const SCAN_PAGE_TERM: &str = "verificationService";

/// Every GS1 key with what may follow it, compressed links, and the description of the resolver.
pub(super) fn routes() -> Router<App> {
    let keys = definitions().iter().filter(|definition| definition.key.is_some());
    let keys = keys.fold(Router::new(), |router, key| {
        router.route(&format!("/{}/{{*rest}}", key.first()), get(asked).options(methods))
    });
    keys.route("/.well-known/gs1resolver", get(description).options(methods))
        // Any other name at the root may be a compressed link; most are nothing.
        .route("/{compressed}", get(compressed).fallback(not_found))
}

/// A link that somebody else's codes are printed in, where the brand has it answered here: leads to the page that checks the code. No
/// other page is there.
pub(crate) async fn elsewhere(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return not_found().await.into_response();
    }
    let Ok(visit) = Visit::from_request_parts(&mut parts, &app).await else { return not_found().await.into_response() };
    match visit.listed_page(&parts.uri).await {
        Some(page) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, page)]).into_response(),
        None => not_found().await.into_response(),
    }
}

async fn asked(visit: Visit, uri: Uri) -> Response {
    let mut response = visit.resolve(&uri).await;
    open_to_all(response.headers_mut());
    response
}

async fn compressed(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match DigitalLinkUri::parse_target(target_of(&parts.uri), &lenient()) {
        Ok(link) if link.is_compressed() => match Visit::from_request_parts(&mut parts, &app).await {
            Ok(visit) => asked(visit, parts.uri).await,
            Err(refused) => refused,
        },
        _ => elsewhere(State(app), Request::from_parts(parts, Body::empty())).await,
    }
}

/// What a browser asks before a page elsewhere may ask us.
async fn methods() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    open_to_all(response.headers_mut());
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

/// The standard wants everybody's programs to read what a resolver says; nothing here depends on who asks.
fn open_to_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let methods = HeaderValue::from_static("GET, HEAD, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, accept-language"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("link, location"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
}

/// What the resolver can do, by the standard's schema.
async fn description(visit: Visit) -> Response {
    let body = serde_json::json!({
        "name": visit.brand.name,
        "resolverRoot": visit.origin(),
        "supportedPrimaryKeys": ["all"],
        "supportedLinkType": [{"namespace": GS1_VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": false,
        "jsonldContext": linkset::CONTEXT,
    });
    let mut response = axum::Json(body).into_response();
    open_to_all(response.headers_mut());
    response
}

fn target_of(uri: &Uri) -> &str {
    uri.path_and_query().map_or(uri.path(), |target| target.as_str())
}

/// The code that a path names, if it is spelled like one of ours.
fn own_code(path: &str) -> Option<CodeText> {
    match Link::parse(path) {
        Ok(Link::Digital(link)) => link.code(),
        _ => None,
    }
}

impl Visit {
    async fn resolve(self, uri: &Uri) -> Response {
        let path = uri.path().trim_end_matches('/');
        let code = own_code(path);
        let is_whole = match self.options.link_type.as_deref() {
            Some(asked) => WHOLE.contains(&asked),
            None => self.accepts(LINKSET),
        };
        let is_plain = !is_whole && self.options.link_type.is_none();
        if is_plain && code.is_some() {
            return self.scan_page(path).await;
        }
        if let Err(reached) = self.app.limits.check(Subject::Address(self.address.network())) {
            return self.refused(&reached.into());
        }
        let link = match DigitalLinkUri::parse_target(target_of(uri), &lenient()) {
            Ok(link) => link,
            Err(error) => {
                let problem = Problem::new(StatusCode::BAD_REQUEST, "link.malformed", error.to_string());
                return self.refused(&problem);
            }
        };
        let anchors = anchors_of(&link);
        // A compressed link shows its code only once it is read.
        let code = code.or_else(|| own_code(&anchors[0]));
        if is_plain && code.is_some() {
            return self.scan_page(&anchors[0]).await;
        }
        if is_plain && code.is_none() && self.is_listed(&anchors[0]).await {
            return self.scan_page(&anchors[0]).await;
        }
        let known = match self.known(&anchors).await {
            Ok(known) => known,
            Err(error) => return self.refused(&error.into()),
        };
        let page = code.map(|code| ScanPage { anchor: anchors[0].clone(), href: self.scan_address(&code) });
        if is_whole {
            return self.linkset(&link, &anchors, &known, page);
        }
        let wish = match self.wish() {
            Ok(wish) => wish,
            Err(problem) => return self.refused(&problem),
        };
        let is_scan_page = wish.link_type == Some(format!("{GS1_VOCABULARY}{SCAN_PAGE_TERM}"));
        match (choice(&known, &anchors, &wish), page) {
            (Choice::One(found), _) => self.redirected(&link, &found.target, uri),
            (Choice::Several(found), _) => self.choices(&link, &anchors, &found),
            (Choice::None, Some(page)) if is_scan_page => self.redirected(&link, &page.href, uri),
            // A serial number that is no code of ours and of which nothing is known: the page says so.
            (Choice::None, _) if is_plain && link.gtin().is_some() && link.value("21").is_some() => {
                self.scan_page(&anchors[0]).await
            }
            (Choice::None, _) => self.no_such_link(wish.link_type.as_deref()),
        }
    }

    /// The page that checks a code is what the link itself gives.
    async fn scan_page(self, path: &str) -> Response {
        let set = self.set_header(path);
        let (code, gtin) = tallymark_codes::code_of(path);
        let mut response = self.look(code, gtin).await;
        append_link(&mut response, &set);
        response
    }

    /// Where the code is checked that stands in somebody else's link.
    async fn listed_page(&self, uri: &Uri) -> Option<String> {
        let settings = self.app.scanner.settings().of(&self.app.context, self.brand.tenant).await.ok()?;
        let host = self.text_of(header::HOST);
        let code = ["https", "http"]
            .iter()
            .find_map(|scheme| settings.catalog.code_in_link(&format!("{scheme}://{host}{}", target_of(uri))))?;
        Some(format!("/C/{}", percent_encoded(&code)))
    }

    /// Whether a serial number was made elsewhere and stands in a list of the brand's. Without a database nothing does.
    async fn is_listed(&self, path: &str) -> bool {
        let tenant = self.brand.tenant;
        let Ok(settings) = self.app.scanner.settings().of(&self.app.context, tenant).await else { return false };
        let (code, gtin) = tallymark_codes::code_of(path);
        let Ok(mut tx) = self.app.context.store.read().await else { return false };
        let texts = std::iter::once(code.as_str());
        let reader = tallymark_goods::reader(&mut tx, tenant, &settings.catalog, texts).await;
        let found = reader.ok().and_then(|reader| reader.read(&code).ok());
        found.is_some_and(|found| gtin == Some(found.gtin))
    }

    async fn known(&self, anchors: &[String]) -> Result<Vec<ResolverLink>, tallymark_goods::Error> {
        let mut tx = self.app.context.store.read().await?;
        links::of_anchors(&mut tx, self.brand.tenant, anchors).await
    }

    fn wish(&self) -> Result<Wish, Problem> {
        let link_type = match self.options.link_type.as_deref() {
            None => None,
            Some(asked) if asked == "gs1:defaultLink" || asked == "defaultLink" => None,
            Some(asked) => Some(link_type_of(asked).ok_or_else(|| unknown_type(asked))?),
        };
        Ok(Wish {
            link_type,
            context: self.options.context.clone(),
            languages: preferences(self.text_of(header::ACCEPT_LANGUAGE)),
            media: preferences(self.text_of(header::ACCEPT)),
        })
    }

    fn text_of(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn accepts(&self, media_type: &str) -> bool {
        let named =
            |part: &str| part.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(media_type));
        self.text_of(header::ACCEPT).split(',').any(named)
    }

    /// Scheme and host that the brand was asked at.
    fn origin(&self) -> String {
        let scheme = if self.app.is_https { "https" } else { "http" };
        format!("{scheme}://{}", self.text_of(header::HOST).to_ascii_lowercase())
    }

    fn scan_address(&self, code: &CodeText) -> String {
        format!("{}/C/{code}", self.origin())
    }

    /// Where all links of a key are, for the header that every answer has.
    fn set_header(&self, path: &str) -> String {
        format!("<{}{path}?linkType=linkset>; rel=\"linkset\"; type=\"{LINKSET}\"", self.origin())
    }

    /// A redirect keeps the method. The query goes along, before the target's own fragment.
    fn redirected(&self, link: &DigitalLinkUri, target: &str, uri: &Uri) -> Response {
        let (address, fragment) = target.split_once('#').map_or((target, None), |(front, back)| (front, Some(back)));
        let mut location = address.to_owned();
        if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
            location.push(if address.contains('?') { '&' } else { '?' });
            location.push_str(query);
        }
        if let Some(fragment) = fragment {
            location.push('#');
            location.push_str(fragment);
        }
        let Ok(location) = HeaderValue::try_from(location) else {
            return self.refused(&Problem::internal("link.target", "a stored target is no header"));
        };
        let mut response = (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response();
        self.add_links(&mut response, link);
        response
    }

    fn add_links(&self, response: &mut Response, link: &DigitalLinkUri) {
        append_link(response, &self.set_header(&anchors_of(link)[0]));
        if link.is_compressed() {
            append_link(response, &format!("<{}>; rel=\"owl:sameAs\"", link.at(&self.origin())));
        }
    }

    fn linkset(
        &self,
        link: &DigitalLinkUri,
        anchors: &[String],
        known: &[ResolverLink],
        page: Option<ScanPage>,
    ) -> Response {
        if known.is_empty() && page.is_none() {
            return self.no_such_link(None);
        }
        let body = linkset::whole(&self.origin(), anchors, known, page.as_ref());
        self.set_answer(StatusCode::OK, link, &body)
    }

    /// Nothing in the request tells these apart: the reader chooses.
    fn choices(&self, link: &DigitalLinkUri, anchors: &[String], found: &[&ResolverLink]) -> Response {
        self.set_answer(StatusCode::MULTIPLE_CHOICES, link, &linkset::part(&self.origin(), anchors, found))
    }

    fn set_answer(&self, status: StatusCode, link: &DigitalLinkUri, body: &serde_json::Value) -> Response {
        // Whoever reads JSON and knows no linksets asked for it by the query.
        let is_plain = self.accepts("application/json") && !self.accepts(LINKSET);
        let media_type = if is_plain { "application/json" } else { LINKSET };
        let mut response = (status, [(header::CONTENT_TYPE, media_type)], Body::from(body.to_string())).into_response();
        append_link(&mut response, linkset::CONTEXT_HEADER);
        self.add_links(&mut response, link);
        response
    }

    fn no_such_link(&self, link_type: Option<&str>) -> Response {
        self.refused(&match link_type {
            Some(link_type) => unknown_type(link_type),
            None => Problem::new(StatusCode::NOT_FOUND, "link.not_found", "nothing is known of this GS1 key here"),
        })
    }

    /// A problem: as a page for a browser, as problem+json for a program.
    fn refused(&self, problem: &Problem) -> Response {
        if !self.accepts("text/html") {
            return problem.clone().into_response();
        }
        let (headline, sentence) = match problem.status() {
            StatusCode::NOT_FOUND => (
                say(self.language, "没有找到", "Nothing found"),
                say(self.language, "品牌方没有为它提供这类信息。", "The brand gives no such information about it."),
            ),
            StatusCode::BAD_REQUEST => (
                say(self.language, "链接有误", "This link is damaged"),
                say(self.language, "请重新扫描二维码。", "Please scan the code again."),
            ),
            _ => return self.problem(problem),
        };
        html(problem.status(), self.notice(headline, sentence, None))
    }
}

fn unknown_type(asked: &str) -> Problem {
    let asked: String = asked.chars().take(80).collect();
    let told = format!("there is no link of the type {asked:?} for this GS1 key");
    Problem::new(StatusCode::NOT_FOUND, "link.type_unknown", told)
}

fn append_link(response: &mut Response, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().append(header::LINK, value);
    }
}
