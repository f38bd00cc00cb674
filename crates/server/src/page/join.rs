//! Joining by phone: a number, the code that is sent to it, and device and phone are one person. Forms alone, so it works
//! without JavaScript. What is answered does not tell whether the number was known.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use data_encoding::BASE32_NOPAD;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use tallymark_base::id::{ProductId, TenantId};
use tallymark_base::random::hmac_sha256;
use tallymark_people::otp::{Answered, CodeError, CodeRequest, Limit, Page, join_by_code, request_code};
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys};
use tallymark_scan::Settings;
use tallymark_store::Context;
use tallymark_web::{Form, Path, Problem};

use super::cookie::{cookie, set_cookie};
use super::device::Device;
use super::join_view::{Field, JoinPage, Note, join_page, joined_page};
use super::text::say;
use super::{App, Visit, html, percent_encoded};
use crate::outside::{Accounts, Sms};

/// Says that this device joined, so that it is not asked again.
const COOKIE: &str = "tm_joined";
const COOKIE_SECONDS: u32 = 34_560_000;
/// What is shown again of something that is no number.
const PHONE_SHOWN_MAX: usize = 40;
/// Tries of a transaction that another was in the way of.
const TRIES_MAX: u32 = 8;

pub(super) fn routes() -> Router<App> {
    // Who opens the address of a form is led to the page that has it.
    let to_page = async |Path(code): Path<String>| Redirect::to(&format!("/C/{}", percent_encoded(&code)));
    Router::new().route("/join/{code}", post(ask).get(to_page)).route("/join/{code}/answer", post(answer).get(to_page))
}

/// A number that asks for a code.
#[derive(Debug, Deserialize)]
struct AskForm {
    nonce: String,
    phone: String,
}

/// A code that came by message.
#[derive(Debug, Deserialize)]
struct AnswerForm {
    nonce: String,
    phone: String,
    answer: String,
}

async fn ask(visit: Visit, Path(code): Path<String>, form: Result<Form<AskForm>, Problem>) -> Response {
    match form {
        Ok(Form(form)) => visit.ask(code, form).await,
        Err(problem) => visit.problem(&problem),
    }
}

async fn answer(visit: Visit, Path(code): Path<String>, form: Result<Form<AnswerForm>, Problem>) -> Response {
    match form {
        Ok(Form(form)) => visit.answer_code(code, form).await,
        Err(problem) => visit.problem(&problem),
    }
}

/// What the forms of one page share.
struct Joining {
    device: Device,
    code: String,
    nonce: String,
    accounts: Arc<Accounts>,
    settings: Arc<Settings>,
}

impl Joining {
    fn sms(&self) -> Option<&Sms> {
        self.accounts.sms.as_ref()
    }

    fn people(&self) -> &PeopleKeys {
        &self.settings.people
    }

    /// The product on whose page this is; none where the database does not tell.
    async fn product(&self, context: &Context, tenant: TenantId) -> Option<ProductId> {
        let texts = std::iter::once(self.code.as_str());
        let mut tx = context.store.read().await.ok()?;
        let reader = tallymark_goods::reader(&mut tx, tenant, &self.settings.catalog, texts).await.ok()?;
        reader.read(&self.code).ok().map(|found| found.product)
    }
}

impl Visit {
    /// The nonce of an invitation to join on the page of `code`; nothing where messages are not sent or this device has
    /// joined.
    pub(super) async fn invitation(&self, device: &Device, code: &str) -> Option<String> {
        let has_joined = cookie(&self.headers, COOKIE)
            .is_some_and(|value| value.as_bytes().ct_eq(self.joined_mark(device).as_bytes()).into());
        if has_joined || self.accounts().await.sms.is_none() {
            return None;
        }
        Some(self.nonce_for(device, &subject(code)))
    }

    fn joined_mark(&self, device: &Device) -> String {
        let digest = hmac_sha256(self.brand.page_key.bytes(), &[b"joined\0", device.id.as_bytes()]);
        BASE32_NOPAD.encode(&digest[..10])
    }

    /// What is the same for both forms: limits, the nonce, whether messages are sent at all.
    async fn joining(&self, code: String, nonce: &str) -> Result<Joining, Response> {
        let device = self.device();
        if let Some(refused) = self.refusal(&device, &code) {
            return Err(refused);
        }
        if device.is_new || !device.made(&self.brand.page_key, &subject(&code), nonce) {
            return Err(self.expired());
        }
        let accounts = self.accounts().await;
        let settings = self.app.scanner.settings().of(&self.app.context, self.brand.tenant).await;
        let settings = settings.map_err(|error| self.problem(&error.into()))?;
        Ok(Joining { device, code, nonce: nonce.to_owned(), accounts, settings })
    }

    async fn ask(self, code: String, form: AskForm) -> Response {
        let joining = match self.joining(code, &form.nonce).await {
            Ok(joining) => joining,
            Err(refused) => return refused,
        };
        let Some(sms) = joining.sms() else { return self.not_offered() };
        let Ok(phone) = Identifier::parse(IdentifierKind::Phone, &form.phone) else {
            return self.step(
                StatusCode::UNPROCESSABLE_ENTITY,
                &joining,
                &form.phone,
                Field::Phone,
                Some(Note::NoPhone),
            );
        };
        match self.request_code(&joining, sms, &phone).await {
            Ok(()) => {
                // Whose number it is nobody knows yet: it is the device's event.
                self.touch(&joining.device, None, "Code Requested");
                self.step(StatusCode::OK, &joining, phone.value(), Field::Code, Some(Note::Sent))
            }
            Err(CodeError::Limited { limit, wait }) => {
                let field = if limit == Limit::Resend { Field::Code } else { Field::Phone };
                let status = StatusCode::TOO_MANY_REQUESTS;
                let note = Some(Note::Limited(limit, wait));
                self.limited(wait, self.step(status, &joining, phone.value(), field, note))
            }
            Err(error) => self.problem(&error.into()),
        }
    }

    async fn request_code(&self, joining: &Joining, sms: &Sms, phone: &Identifier) -> Result<(), CodeError> {
        let context = &self.app.context;
        let device = Identifier::parse(IdentifierKind::Device, &joining.device.id)?;
        let now = context.clock.now();
        let request = CodeRequest {
            phone,
            device: &device,
            address: self.address.network(),
            template: &sms.setting.template,
            price_fen: i64::from(sms.setting.price_fen),
            budget_fen: i64::from(sms.setting.budget_fen_per_day),
            messages_max: i64::from(sms.setting.messages_per_day),
            day: now.day_in(&self.brand.zone),
            day_ends: now.day_end_in(&self.brand.zone),
        };
        let (ids, clock, entropy) = (&*context.ids, &*context.clock, &*context.entropy);
        for tries in 1.. {
            let mut tx = context.store.write().await?;
            let tenant = self.brand.tenant;
            let asked = request_code(&mut tx, tenant, joining.people(), &sms.keys, &request, ids, clock, entropy).await;
            match asked {
                Ok(_) => match tx.commit().await {
                    Ok(()) => break,
                    Err(error) if error.is_worth_repeating() && tries < TRIES_MAX => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) if error.is_worth_repeating() && tries < TRIES_MAX => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn answer_code(self, code: String, form: AnswerForm) -> Response {
        let joining = match self.joining(code, &form.nonce).await {
            Ok(joining) => joining,
            Err(refused) => return refused,
        };
        let Some(sms) = joining.sms() else { return self.not_offered() };
        let Ok(phone) = Identifier::parse(IdentifierKind::Phone, &form.phone) else {
            return self.step(
                StatusCode::UNPROCESSABLE_ENTITY,
                &joining,
                &form.phone,
                Field::Phone,
                Some(Note::NoPhone),
            );
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        match self.join(&joining, sms, &phone, &form.answer).await {
            Ok(Answered::Joined(_)) => self.joined(&joining),
            Ok(Answered::Wrong { answers_left }) => {
                self.step(status, &joining, phone.value(), Field::Code, Some(Note::Wrong(answers_left)))
            }
            Ok(Answered::NotACode) => self.step(status, &joining, phone.value(), Field::Code, Some(Note::NotACode)),
            Ok(Answered::NoCode) => self.step(status, &joining, phone.value(), Field::Phone, Some(Note::NoCode)),
            Err(error) => self.problem(&error.into()),
        }
    }

    async fn join(&self, joining: &Joining, sms: &Sms, phone: &Identifier, typed: &str) -> Result<Answered, CodeError> {
        let context = &self.app.context;
        let device = Identifier::parse(IdentifierKind::Device, &joining.device.id)?;
        let (ids, clock, entropy) = (&*context.ids, &*context.clock, &*context.entropy);
        let place = self.app.outside.place(self.address.0).map(|place| place.adcode);
        let page = Page { product: joining.product(&self.app.context, self.brand.tenant).await, place };
        let mut tries = 0;
        loop {
            tries += 1;
            let mut tx = context.store.write().await?;
            let (tenant, who) = (self.brand.tenant, (phone, &device));
            let answered =
                join_by_code(&mut tx, tenant, joining.people(), &sms.keys, who, typed, page, ids, clock, entropy).await;
            let committed = match answered {
                Ok(answered) => tx.commit().await.map(|()| answered).map_err(CodeError::from),
                Err(error) => Err(error),
            };
            match committed {
                Err(error) if error.is_worth_repeating() && tries < TRIES_MAX => {}
                result => return result,
            }
        }
    }

    /// The page that asks for a number, or for the code that was sent to it.
    fn step(&self, status: StatusCode, joining: &Joining, phone: &str, field: Field, note: Option<Note>) -> Response {
        let phone: String = phone.chars().take(PHONE_SHOWN_MAX).collect();
        let page = JoinPage {
            brand: &self.brand.name,
            code: &percent_encoded(&joining.code),
            nonce: &joining.nonce,
            phone: &phone,
            field,
            note,
        };
        html(status, join_page(&self.frame(), &page).into_string())
    }

    fn joined(&self, joining: &Joining) -> Response {
        let code = percent_encoded(&joining.code);
        let mut response = html(StatusCode::OK, joined_page(&self.frame(), &self.brand.name, &code).into_string());
        set_cookie(&mut response, COOKIE, &self.joined_mark(&joining.device), COOKIE_SECONDS, self.app.is_https);
        response
    }

    /// Gives a page that says "wait" the header that says it to programs.
    fn limited(&self, wait: std::time::Duration, mut page: Response) -> Response {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "code.limited", "").retry_after(wait);
        if let Some(value) = problem.into_response().headers().get(axum::http::header::RETRY_AFTER) {
            page.headers_mut().insert(axum::http::header::RETRY_AFTER, value.clone());
        }
        page
    }

    fn not_offered(&self) -> Response {
        let headline = say(self.language, "暂不支持手机加入", "Joining by phone is not offered");
        let sentence = say(self.language, "品牌方没有开通短信。", "The brand sends no messages.");
        html(StatusCode::NOT_FOUND, self.notice(headline, sentence, None))
    }
}

/// What the nonce of these forms is about: another than the claim's for the same code.
fn subject(code: &str) -> String {
    format!("join {code}")
}
