//! The pages of joining by phone, and the invitation on the scan page.

use std::time::Duration;

use maud::{Markup, html};
use tallymark_base::geography::Language;
use tallymark_people::otp::{CODE_LIFE, Limit};

use super::render::{Frame, document};
use super::text::say;

/// What the page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// A number.
    Phone,
    /// The code that was sent to it.
    Code,
}

/// What the page says before it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// A code is on its way.
    Sent,
    /// That is no number.
    NoPhone,
    /// A limit was reached; when it ends.
    Limited(Limit, Duration),
    /// The code was wrong; how many answers are left.
    Wrong(i64),
    /// It had not six digits.
    NotACode,
    /// The code is over.
    NoCode,
}

/// A step of joining.
#[derive(Debug, Clone, Copy)]
pub(super) struct JoinPage<'a> {
    pub(super) brand: &'a str,
    /// The scanned code, escaped for a path.
    pub(super) code: &'a str,
    pub(super) nonce: &'a str,
    pub(super) phone: &'a str,
    pub(super) field: Field,
    pub(super) note: Option<Note>,
}

/// The page of a step.
pub(super) fn join_page(frame: &Frame<'_>, page: &JoinPage<'_>) -> Markup {
    let language = frame.language;
    let title = match page.field {
        Field::Phone => say(language, "用手机号加入", "Join by phone"),
        Field::Code => say(language, "输入验证码", "Enter the code"),
    };
    let body = html! {
        section id="join" {
            h1 { (title) }
            @if let Some(note) = page.note { p role="status" { (sentence(language, note)) } }
            @match page.field {
                Field::Phone => (phone_form(language, page.code, page.nonce, page.phone)),
                Field::Code => {
                    (code_form(language, page))
                    (resend_form(language, page))
                }
            }
            p { a class="back" href={ "/C/" (page.code) "?lang=" (say(language, "zh", "en")) } {
                (say(language, "返回", "Back"))
            } }
        }
    };
    document(frame, page.brand, &format!("/C/{}", page.code), title, &body)
}

/// The page after the right code.
pub(super) fn joined_page(frame: &Frame<'_>, brand: &str, code: &str) -> Markup {
    let language = frame.language;
    let title = say(language, "已加入", "You have joined");
    let body = html! {
        section id="joined" {
            h1 { (title) }
            p { (say(
                language,
                "以后用这个手机号，在任何渠道都认得出您，奖励都归到一处。",
                "From now on this number is you everywhere, and your rewards come together.",
            )) }
            a class="again" href={ "/C/" (code) "?lang=" (say(language, "zh", "en")) } { (say(language, "返回", "Back")) }
        }
    };
    document(frame, brand, &format!("/C/{code}"), title, &body)
}

/// The invitation on the scan page. `code` is escaped for a path.
pub(super) fn invitation(language: Language, code: &str, nonce: &str) -> Markup {
    html! {
        section id="join" {
            h2 { (say(language, "用手机号加入", "Join by phone")) }
            p { (say(
                language,
                "换了手机，奖励也不会丢。号码加密保存，只用来认出您。",
                "Your rewards stay yours on another phone. The number is kept encrypted, and used to know you by.",
            )) }
            (phone_form(language, code, nonce, ""))
        }
    }
}

fn phone_form(language: Language, code: &str, nonce: &str, phone: &str) -> Markup {
    html! {
        form method="post" action={ "/join/" (code) "?lang=" (say(language, "zh", "en")) } {
            input type="hidden" name="nonce" value=(nonce);
            input type="tel" name="phone" value=(phone) required maxlength="20" autocomplete="tel"
                placeholder=(say(language, "手机号", "Phone number"))
                aria-label=(say(language, "手机号", "Phone number"));
            button type="submit" { (say(language, "获取验证码", "Send me a code")) }
        }
    }
}

fn code_form(language: Language, page: &JoinPage<'_>) -> Markup {
    html! {
        form method="post" action={ "/join/" (page.code) "/answer?lang=" (say(language, "zh", "en")) } {
            input type="hidden" name="nonce" value=(page.nonce);
            input type="hidden" name="phone" value=(page.phone);
            input type="text" name="answer" required maxlength="12" inputmode="numeric" autocomplete="one-time-code"
                placeholder=(say(language, "6 位验证码", "6 digits"))
                aria-label=(say(language, "验证码", "Code"));
            button type="submit" { (say(language, "加入", "Join")) }
        }
    }
}

fn resend_form(language: Language, page: &JoinPage<'_>) -> Markup {
    html! {
        form method="post" action={ "/join/" (page.code) "?lang=" (say(language, "zh", "en")) } {
            input type="hidden" name="nonce" value=(page.nonce);
            input type="hidden" name="phone" value=(page.phone);
            button type="submit" class="plain" { (say(language, "重新发送", "Send it again")) }
        }
    }
}

fn sentence(language: Language, note: Note) -> String {
    let minutes = CODE_LIFE.as_secs() / 60;
    match note {
        Note::Sent => match language {
            Language::Chinese => format!("如果该号码可以接收短信，验证码正在路上，{minutes} 分钟内有效。"),
            Language::English => {
                format!("If the number can get messages, a code is on its way. It is good for {minutes} minutes.")
            }
        },
        Note::NoPhone => say(
            language,
            "这不是一个手机号。请输入 11 位号码，或以 + 和国家代码开头。",
            "That is not a phone number. Give 11 digits, or + and the country code first.",
        )
        .to_owned(),
        Note::Limited(limit, wait) => limited(language, limit, wait),
        Note::Wrong(left) => match language {
            Language::Chinese => format!("验证码不对，还可以试 {left} 次。"),
            Language::English => format!("That is not the code. You can try {left} more times."),
        },
        Note::NotACode => say(language, "验证码是 6 位数字。", "A code has 6 digits.").to_owned(),
        Note::NoCode => {
            say(language, "验证码已失效，请重新获取。", "There is no code to answer any more. Ask for a new one.")
                .to_owned()
        }
    }
}

fn limited(language: Language, limit: Limit, wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match (limit, language) {
        (Limit::Resend, Language::Chinese) => format!("刚刚已请求过验证码，请 {seconds} 秒后再试。"),
        (Limit::Resend, Language::English) => {
            format!("A code was asked for a moment ago. Try again in {seconds} seconds.")
        }
        (Limit::Phone, _) => say(
            language,
            "这个号码今天获取验证码的次数已满，请明天再试。",
            "This number got as many codes as a day has. Try again tomorrow.",
        )
        .to_owned(),
        (Limit::Address, _) => say(
            language,
            "这个网络今天获取验证码的次数已满，请换一个网络或明天再试。",
            "As many codes were asked for from this network as a day has. Try another network, or tomorrow.",
        )
        .to_owned(),
        (Limit::Messages | Limit::Budget, _) => {
            say(language, "今天的验证码已发完，请明天再试。", "No more codes are sent today. Try again tomorrow.")
                .to_owned()
        }
    }
}
