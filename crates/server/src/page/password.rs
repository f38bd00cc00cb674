//! Setting a password by the link of an invitation or a reset.
//!
//! The link carries its token behind the `#`, which browsers do not send: no server or proxy writes it down. A script puts
//! it into the form.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use tallymark_access::session::brand_at;
use tallymark_access::{Error, set_password_by_link};
use tallymark_base::geography::Language;
use tallymark_web::{Form, Problem};

use super::render::document;
use super::text::say;
use super::{App, Visit, html as whole};

const PATH: &str = "/password";
const SCRIPT: &str = "var t=document.forms[0].token;if(location.hash.length>1)t.value=location.hash.slice(1)";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(ask).post(set))
}

/// What the form sends.
#[derive(Deserialize)]
struct NewPassword {
    token: String,
    password: String,
    again: String,
}

async fn ask(visit: Visit) -> Response {
    visit.password_form(StatusCode::OK, "", None)
}

async fn set(visit: Visit, form: Result<Form<NewPassword>, Problem>) -> Response {
    match form {
        Ok(Form(form)) => visit.set_password(&form).await,
        Err(problem) => visit.problem(&problem),
    }
}

impl Visit {
    async fn set_password(&self, form: &NewPassword) -> Response {
        let refused = |text| self.password_form(StatusCode::UNPROCESSABLE_ENTITY, &form.token, Some(text));
        let language = self.language;
        if form.password != form.again {
            return refused(say(language, "两次输入的密码不一样。", "The two passwords differ."));
        }
        let access = &self.app.access;
        let brand = match brand_at(&access.context, &self.host()).await {
            Ok(brand) => brand,
            Err(error) => return self.problem(&error.into()),
        };
        match set_password_by_link(access, &brand, &form.token, &form.password).await {
            Ok(_) => {
                let headline = say(language, "密码已设置", "The password is set");
                let sentence = say(language, "现在可以用它登录了。", "You can sign in with it now.");
                whole(StatusCode::OK, self.notice(headline, sentence, None))
            }
            Err(Error::LinkRefused) => {
                let headline = say(language, "链接无效", "This link does not work");
                let sentence = say(
                    language,
                    "它可能已被使用或已过期，请让管理员重新生成一个。",
                    "It was used or has run out. Ask an owner of the brand for another.",
                );
                whole(StatusCode::NOT_FOUND, self.notice(headline, sentence, None))
            }
            Err(Error::Password { .. }) => refused(say(
                language,
                "密码太容易猜：请用至少 12 个字符，例如几个不相关的词。",
                "This password is guessed too easily: take at least 12 characters, such as four words.",
            )),
            Err(error) => self.problem(&error.into()),
        }
    }

    fn host(&self) -> String {
        let host = self.headers.get(axum::http::header::HOST).and_then(|value| value.to_str().ok());
        host.unwrap_or_default().to_owned()
    }

    fn password_form(&self, status: StatusCode, token: &str, refusal: Option<&str>) -> Response {
        let title = say(self.language, "设置密码", "Set a password");
        let body = form(self.language, self.nonce.as_str(), token, title, refusal);
        whole(status, document(&self.frame(), &self.brand.name, PATH, title, &body).into_string())
    }
}

fn form(language: Language, nonce: &str, token: &str, title: &str, refusal: Option<&str>) -> Markup {
    let field = |name: &str, label: &str| {
        html! {
            input type="password" name=(name) required minlength="12" maxlength="256" autocomplete="new-password"
                placeholder=(label) aria-label=(label);
        }
    };
    html! {
        section id="password" {
            h1 { (title) }
            @if let Some(text) = refusal { p role="alert" { (text) } }
            form method="post" action={ (PATH) "?lang=" (say(language, "zh", "en")) } autocomplete="off" {
                input type="hidden" name="token" value=(token);
                (field("password", say(language, "新密码，至少 12 个字符", "New password, 12 characters at least")))
                (field("again", say(language, "再输入一次", "The same again")))
                button type="submit" { (say(language, "设置", "Set it")) }
            }
        }
        script nonce=(nonce) { (PreEscaped(SCRIPT)) }
    }
}
