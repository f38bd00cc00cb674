//! The page that a phone's camera opens.
//!
//! A GET asks whether the item is genuine and counts as a check once per device in ten minutes; a HEAD, a prefetch and a
//! link preview never count. The claim is a form, so it works without JavaScript.

mod cookie;
mod crawler;
mod device;
mod join;
mod join_view;
mod render;
mod resolver;
mod text;
mod view;
mod wechat;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tallymark_base::TypedId;
use tallymark_base::geography::{Language, nearest_county};
use tallymark_base::id::RecallId;
use tallymark_base::random::uuid_v7;
use tallymark_codes::Gtin;
use tallymark_goods::{RecallNotice, RecallText};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_scan::types::{Claim, Place, PlaceSource, Request, Scan, Verdict};
use tallymark_store::{Context, idempotency};
use tallymark_web::{ClientAddress, Form, Nonce, Path, Problem, Query, Subject};

use crate::app::App;
use crate::hosts::Brand;
use crate::outside::Accounts;
use device::Device;
use render::{Frame, Notice, page};
use text::{preferred, say};
use view::{Prize, Reward, View};

pub(crate) use resolver::elsewhere;

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/C/{code}", get(short).post(claim))
        .route("/c/{code}", get(short).post(claim))
        .merge(resolver::routes())
        .merge(wechat::routes())
        .merge(join::routes())
}

#[derive(Debug, Deserialize)]
struct Options {
    lang: Option<String>,
    /// The browser comes back from WeChat: `ok` or `failed`.
    wechat: Option<String>,
    /// What a Digital Link is asked for.
    #[serde(rename = "linkType")]
    link_type: Option<String>,
    /// Which of several links it is asked for.
    context: Option<String>,
}

/// What the claim form sends.
#[derive(Debug, Deserialize)]
struct ClaimForm {
    nonce: String,
    #[serde(default)]
    latitude: String,
    #[serde(default)]
    longitude: String,
    #[serde(default)]
    region: String,
}

/// Everything about a request that the handlers share.
struct Visit {
    app: App,
    brand: Brand,
    method: Method,
    /// As it was asked for, escapes included: what trying again opens.
    path: String,
    options: Options,
    headers: HeaderMap,
    address: ClientAddress,
    language: Language,
    nonce: Nonce,
}

async fn short(visit: Visit, Path(code): Path<String>) -> Response {
    visit.look(code, None).await
}

async fn claim(visit: Visit, Path(code): Path<String>, form: Result<Form<ClaimForm>, Problem>) -> Response {
    match form {
        Ok(Form(form)) => visit.claim(code, &form).await,
        Err(problem) => visit.problem(&problem),
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let refused = |problem: Problem| problem.into_response();
        let Query(options) = Query::<Options>::from_request_parts(parts, app).await.map_err(refused)?;
        let address = ClientAddress::from_request_parts(parts, app).await.map_err(refused)?;
        let nonce = Nonce::from_request_parts(parts, app).await.map_err(refused)?;
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let language = preferred(options.lang.as_deref(), text(header::ACCEPT_LANGUAGE));
        let brand = app.hosts.brand(&app.context, text(header::HOST).unwrap_or("")).await;
        match brand.map_err(|error| refused(error.into()))? {
            Some(brand) => Ok(Self {
                app: app.clone(),
                brand,
                method: parts.method.clone(),
                path: parts.uri.path().to_owned(),
                options,
                headers: parts.headers.clone(),
                address,
                language,
                nonce,
            }),
            None => {
                let headline = say(language, "找不到页面", "Page not found");
                let sentence = say(language, "这个地址没有对应的品牌。", "No brand answers at this address.");
                Err(bare(language, &nonce, StatusCode::NOT_FOUND, headline, sentence))
            }
        }
    }
}

impl Visit {
    /// Is it genuine?
    async fn look(self, code: String, gtin: Option<Gtin>) -> Response {
        if self.method == Method::HEAD || crawler::nobody_looks(&self.headers) {
            let (headline, sentence) = (
                say(self.language, "扫码验真", "Check an item"),
                say(self.language, "请在手机浏览器中打开此链接。", "Open this link in the browser of a phone."),
            );
            return html(StatusCode::OK, self.notice(headline, sentence, None));
        }
        let device = self.device();
        if let Some(refused) = self.refusal(&device, &code) {
            return refused;
        }
        if let Some(away) = self.to_wechat(&device).await {
            return away;
        }
        let place = self.app.outside.place(self.address.0);
        // Every look is a request of its own.
        let Context { clock, entropy, .. } = &self.app.context;
        let key = uuid_v7(clock.now(), &**entropy);
        let request = self.request(&device, &code, gtin, false, place, &key);
        self.answer(device, code, request).await
    }

    /// What is inside?
    async fn claim(self, code: String, form: &ClaimForm) -> Response {
        let device = self.device();
        if let Some(refused) = self.refusal(&device, &code) {
            return refused;
        }
        if device.is_new || !device.made(&self.brand.page_key, &code, &form.nonce) {
            return self.expired();
        }
        // What the person says counts; what the network address tells fills in.
        let place = place_of(form).or_else(|| self.app.outside.place(self.address.0));
        let request = self.request(&device, &code, None, true, place, &form.nonce);
        self.answer(device, code, request).await
    }

    fn device(&self) -> Device {
        Device::of(&self.headers, &self.brand.page_key).unwrap_or_else(|| Device::new(&*self.app.context.entropy))
    }

    /// Notes what a device did here besides scanning: for the time line of whoever has it.
    fn touch(&self, device: &Device, other: Option<Identifier>, name: &'static str) {
        let device = Identifier::parse(IdentifierKind::Device, &device.id);
        let identifiers = device.into_iter().chain(other).collect();
        self.app.intake.touch(self.brand.tenant, identifiers, name);
    }

    /// The page of a limit that was reached.
    fn refusal(&self, device: &Device, code: &str) -> Option<Response> {
        let code: String = code.chars().take(64).collect();
        let checks = [Subject::Address(self.address.network()), Subject::Code(&code), Subject::Device(&device.id)];
        let reached = checks.into_iter().find_map(|subject| self.app.limits.check(subject).err())?;
        Some(self.problem(&reached.into()))
    }

    fn request(
        &self,
        device: &Device,
        code: &str,
        gtin: Option<Gtin>,
        claim: bool,
        place: Option<Place>,
        key: &str,
    ) -> Request {
        let identifier = Identifier::parse(IdentifierKind::Device, &device.id);
        Request {
            tenant: self.brand.tenant,
            key: idempotency::Key::new(self.brand.tenant.raw(), "page", key),
            body: idempotency::body_hash(key, format!("{code}\0{}\0{claim}", device.id).as_bytes()),
            code: code.to_owned(),
            gtin,
            identifiers: identifier.into_iter().chain(self.wechat_identifier(device)).collect(),
            place,
            claim,
            at: self.app.context.clock.now(),
        }
    }

    async fn answer(&self, device: Device, code: String, request: Request) -> Response {
        let scan = match self.app.scanner.scan(request).await {
            Ok(scan) => scan,
            Err(error) => return self.problem(&error.into()),
        };
        let view = self.view(&device, code, &scan).await;
        let mut response = html(StatusCode::OK, page(&self.frame(), &view).into_string());
        self.remember(&device, &mut response);
        response
    }

    /// Makes a phone that was never here keep its device.
    fn remember(&self, device: &Device, response: &mut Response) {
        if device.is_new
            && let Ok(cookie) = HeaderValue::try_from(device.cookie(&self.brand.page_key, self.app.is_https))
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    /// The brand's accounts elsewhere.
    async fn accounts(&self) -> Arc<Accounts> {
        self.app.outside.accounts_or_none(&self.app.context, self.brand.tenant).await
    }

    fn nonce_for(&self, device: &Device, subject: &str) -> String {
        let Context { clock, entropy, .. } = &self.app.context;
        device.nonce(&self.brand.page_key, subject, clock.now(), &**entropy)
    }

    fn frame(&self) -> Frame<'_> {
        Frame { language: self.language, csp_nonce: self.nonce.as_str(), zone: &self.brand.zone }
    }

    /// The language that the reader chose, to be carried along.
    fn language_parameter(&self, joint: char) -> String {
        let chosen = self.options.lang.as_ref().map(|_| say(self.language, "zh", "en"));
        chosen.map(|lang| format!("{joint}lang={lang}")).unwrap_or_default()
    }

    async fn view(&self, device: &Device, code: String, scan: &Scan) -> View {
        let decision = &scan.decision;
        let settings = self.app.scanner.settings().known(self.brand.tenant);
        let product = decision.code.as_ref().zip(settings.as_ref()).and_then(|(code, settings)| {
            let product = settings.catalog.product(code.product)?;
            Some((product.name.clone(), product.gtin.to_string()))
        });
        let gift = |prize| settings.as_ref().and_then(|settings| settings.prize_name(prize)).unwrap_or_default();
        let prizes = |awards: &[tallymark_scan::types::Award]| {
            awards
                .iter()
                .map(|award| match tallymark_scan::answer::won(award) {
                    Some(won) => match &*won.kind {
                        "red_packet" => Prize::RedPacket(won.amount),
                        "points" => Prize::Points(won.amount),
                        _ => Prize::Gift(gift(won.prize)),
                    },
                    None => Prize::Nothing,
                })
                .collect()
        };
        let reward = match &decision.claim {
            Claim::NotAsked | Claim::NoRight => Reward::None,
            Claim::Offered => Reward::Offer { nonce: self.nonce_for(device, &code) },
            Claim::Drawn { awards } => Reward::Opened { prizes: prizes(awards) },
            Claim::Taken { own: true, awards, .. } => Reward::Opened { prizes: prizes(awards) },
            Claim::Taken { own: false, at, .. } => Reward::Taken { at: *at },
            Claim::NoCampaign { reasons } => {
                let reason = reasons.last().map(|(_, reason)| reason.clone()).unwrap_or_default();
                // The network address may be wrong about where the person is: they are asked.
                let is_guessed = reason == "place" && decision.place_source == Some(PlaceSource::Address);
                Reward::NotNow { reason: if is_guessed { "place_unknown".to_owned() } else { reason } }
            }
        };
        // The reward comes first, then the invitation.
        let may_join = decision.verdict == Verdict::Genuine && !matches!(reward, Reward::Offer { .. });
        let invitation = if may_join { self.invitation(device, &code).await } else { None };
        View {
            brand: self.brand.name.clone(),
            path: format!("/C/{}", percent_encoded(&code)),
            code: shown(&code, decision.verdict),
            verdict: decision.verdict,
            first: decision.first,
            void_reason: decision.void_reason.clone(),
            recall: self.recall_text(decision.recall).await,
            product,
            checks: decision.checks,
            first_at: decision.first_at,
            first_place: decision.first_place,
            first_place_source: decision.first_place_source,
            reward,
            invitation,
            sign_in_failed: self.options.wechat.as_deref() == Some("failed"),
        }
    }

    /// What a recall says in the reader's language: as it was when the scan was decided, should it be lifted by now. Without a
    /// database the page still says that there is a recall.
    async fn recall_text(&self, id: Option<RecallId>) -> Option<RecallText> {
        let id = id?;
        let mut tx = self.app.context.store.read().await.ok()?;
        let recall = tallymark_goods::recall::find(&mut tx, self.brand.tenant, id).await.ok()?;
        let notice = RecallNotice { id: recall.id, texts: recall.texts };
        notice.text(say(self.language, "zh-CN", "en")).cloned()
    }

    /// A form that this page did not make for this device, or a phone that keeps no cookie.
    fn expired(&self) -> Response {
        let headline = say(self.language, "页面已过期", "This page has expired");
        let sentence = say(
            self.language,
            "请允许 Cookie，重新打开此链接后再试。",
            "Allow cookies, open the link again, then try again.",
        );
        let again = say(self.language, "重新打开", "Open it again");
        html(StatusCode::CONFLICT, self.notice(headline, sentence, Some(again)))
    }

    /// A page of one sentence, with a button that opens what was asked for again, where there is a label for it.
    fn notice(&self, headline: &str, sentence: &str, again: Option<&str>) -> String {
        let again = again.map(|label| (self.path.as_str(), label));
        Notice { brand: &self.brand.name, headline, sentence, again }.page(&self.frame()).into_string()
    }

    /// A problem as a page: its status and headers, but words for people.
    fn problem(&self, problem: &Problem) -> Response {
        let (headline, sentence) = match problem.status() {
            StatusCode::TOO_MANY_REQUESTS => (
                say(self.language, "请稍等一下", "One moment, please"),
                say(self.language, "查询太频繁，请过一会儿再试。", "Too many checks. Try again a little later."),
            ),
            StatusCode::SERVICE_UNAVAILABLE => (
                say(self.language, "系统繁忙", "The service is busy"),
                say(self.language, "刚才的操作没有生效，请稍后重试。", "Nothing was done. Try again in a moment."),
            ),
            _ => (
                say(self.language, "无法处理", "That did not work"),
                say(self.language, "请再试一次，或重新扫描二维码。", "Try again, or scan the code again."),
            ),
        };
        let again = say(self.language, "再试一次", "Try again");
        let body = self.notice(headline, sentence, Some(again));
        let mut response = problem.clone().into_response();
        let mut page = html(response.status(), body);
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        for (name, value) in response.headers() {
            page.headers_mut().insert(name, value.clone());
        }
        page
    }
}

/// What the person says: coordinates as the county they fall in, else the region that was chosen.
fn place_of(form: &ClaimForm) -> Option<Place> {
    let coordinates = form.latitude.parse().ok().zip(form.longitude.parse().ok());
    let position = coordinates.and_then(|(latitude, longitude)| nearest_county(latitude, longitude));
    let place = |source| move |adcode| Place { adcode, source };
    position.map(place(PlaceSource::Position)).or_else(|| form.region.parse().ok().map(place(PlaceSource::Stated)))
}

/// The code in groups of four where it is ours, else what was typed, cut to 40 characters.
fn shown(code: &str, verdict: Verdict) -> String {
    match tallymark_codes::CodeText::parse(code) {
        Ok(text) if verdict != Verdict::Unknown => text.grouped(),
        _ => code.chars().take(40).collect(),
    }
}

fn percent_encoded(code: &str) -> String {
    percent_encoding::utf8_percent_encode(code, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn html(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], body).into_response()
}

/// A page without a brand.
fn bare(language: Language, nonce: &Nonce, status: StatusCode, headline: &str, sentence: &str) -> Response {
    let frame = Frame { language, csp_nonce: nonce.as_str(), zone: &jiff::tz::TimeZone::UTC };
    let notice = Notice { brand: "Tallymark", headline, sentence, again: None };
    html(status, notice.page(&frame).into_string())
}
