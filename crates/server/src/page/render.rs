//! The consumer page: one request, no outside assets, readable without JavaScript.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tallymark_base::geography::{Adcode, Language, divisions, name_path};
use tallymark_base::{Money, Timestamp};
use tallymark_goods::RecallText;
use tallymark_scan::types::{PlaceSource, Verdict};

use super::join_view::invitation;
use super::text::{say, verdict};
use super::view::{Prize, Reward, View};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// What the frame around a page needs.
pub(crate) struct Frame<'a> {
    pub(crate) language: Language,
    /// Lets this page's own style and script run under the content security policy.
    pub(crate) csp_nonce: &'a str,
    pub(crate) zone: &'a jiff::tz::TimeZone,
}

/// The page of a scan.
pub(crate) fn page(frame: &Frame<'_>, view: &View) -> Markup {
    let language = frame.language;
    let (headline, sentence) = verdict(language, view.verdict, view.first);
    let (tone, icon) = match view.verdict {
        Verdict::Genuine if view.first => ("ok", CHECK),
        Verdict::Genuine | Verdict::NotActive => ("warn", INFO),
        Verdict::Void | Verdict::Unknown | Verdict::Suspicious | Verdict::Recalled => ("bad", ALERT),
    };
    let body = html! {
        section class={ "verdict " (tone) } {
            (hero(icon, headline, sentence))
            @if let Some((name, _)) = &view.product {
                h2 { (name) }
                (facts(frame, view))
            }
        }
        (beside(frame, view))
        footer {
            @if let Some((_, gtin)) = &view.product {
                p { (say(language, "商品条码", "GTIN")) " " code { (gtin) } }
            }
            p { (say(language, "防伪码", "Code")) " " code { (view.code) } }
        }
    };
    document(frame, &view.brand, &view.path, headline, &body)
}

/// A page that says one thing: too many requests, an expired form, no such brand.
pub(crate) struct Notice<'a> {
    /// Whose page.
    pub(crate) brand: &'a str,
    pub(crate) headline: &'a str,
    pub(crate) sentence: &'a str,
    /// The page to try again, by its path, and what the button says.
    pub(crate) again: Option<(&'a str, &'a str)>,
}

impl Notice<'_> {
    pub(crate) fn page(&self, frame: &Frame<'_>) -> Markup {
        let path = self.again.map_or("", |(path, _)| path);
        let body = html! {
            section class="verdict warn" {
                (hero(INFO, self.headline, self.sentence))
                @if let Some((path, label)) = self.again {
                    a class="again" href=(in_language(path, frame.language)) { (label) }
                }
            }
        };
        document(frame, self.brand, path, self.headline, &body)
    }
}

fn hero(icon: &str, headline: &str, sentence: &str) -> Markup {
    html! {
        div class="hero" { (PreEscaped(icon)) h1 { (headline) } p { (sentence) } }
    }
}

/// What stands under the verdict on a phone, and beside it on a wide screen.
fn beside(frame: &Frame<'_>, view: &View) -> Markup {
    let is_reported = matches!(view.verdict, Verdict::Unknown | Verdict::Suspicious);
    html! {
        @if view.reward != Reward::None
            || is_reported
            || view.recall.is_some()
            || view.invitation.is_some()
            || view.sign_in_failed
        {
            div {
                @if let Some(text) = &view.recall { (recalled(frame.language, text)) }
                (reward(frame, view))
                @if is_reported { (how_to_report(frame.language)) }
                @if view.sign_in_failed { (not_signed_in(frame.language)) }
                @if let Some(nonce) = &view.invitation {
                    (invitation(frame.language, view.path.trim_start_matches("/C/"), nonce))
                }
            }
        }
    }
}

fn not_signed_in(language: Language) -> Markup {
    html! {
        section id="signed-out" {
            p { (say(
                language,
                "微信登录没有完成，不影响验真和领奖。",
                "Signing in by WeChat did not complete. You can check the item and open its reward all the same.",
            )) }
        }
    }
}

/// What the brand says to those who have goods that it recalls, line by line as it was written.
fn recalled(language: Language, text: &RecallText) -> Markup {
    html! {
        section id="recall" lang=(text.language) {
            h2 { (text.message) }
            @for line in text.instructions.lines().filter(|line| !line.trim().is_empty()) {
                p { (line) }
            }
            p { a href="tel:12315" { (say(language, "消费者热线 12315", "Consumers' line in China: 12315")) } }
        }
    }
}

fn how_to_report(language: Language) -> Markup {
    html! {
        section {
            h2 { (say(language, "怎么举报", "How to report it")) }
            ol {
                li { (say(language, "保留商品和购买凭证。", "Keep the item and the receipt.")) }
                li { (say(language, "记下购买的地点和时间。", "Note where and when you bought it.")) }
                li {
                    (say(language, "把本页截图发给品牌客服，或拨打 ", "Send a picture of this page to the brand's service, or in China call "))
                    a href="tel:12315" { "12315" }
                    (say(language, "。", "."))
                }
            }
        }
    }
}

/// A whole page.
pub(super) fn document(frame: &Frame<'_>, brand: &str, path: &str, title: &str, body: &Markup) -> Markup {
    let (tag, other, other_name) = match frame.language {
        Language::Chinese => ("zh-CN", "en", "English"),
        Language::English => ("en", "zh", "中文"),
    };
    html! {
        (DOCTYPE)
        html lang=(tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex,nofollow";
                meta name="format-detection" content="telephone=no";
                meta name="theme-color" content="#f3f4f6" media="(prefers-color-scheme:light)";
                meta name="theme-color" content="#0f1216" media="(prefers-color-scheme:dark)";
                link rel="icon" href="data:,";
                title { (title) " · " (brand) }
                style nonce=(frame.csp_nonce) { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    span { (brand) }
                    a href={ (path) "?lang=" (other) } lang=(other) { (other_name) }
                }
                main { (body) }
                script nonce=(frame.csp_nonce) { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn facts(frame: &Frame<'_>, view: &View) -> Markup {
    let language = frame.language;
    let place = view.first_place.and_then(|place| name_path(place, language));
    html! {
        dl {
            dt { (say(language, "查询次数", "Checks")) }
            dd { (view.checks) }
            @if let Some(at) = view.first_at {
                dt { (say(language, "首次查询", "First check")) }
                dd { (moment(frame, at)) }
            }
            // Who was first knows where that was; to everybody else even "unknown" says something.
            @if place.is_some() || !view.first {
                dt { (say(language, "首次查询地点", "First checked in")) }
                dd {
                    (place.as_deref().unwrap_or(say(language, "未知", "unknown")))
                    @if place.is_some() && view.first_place_source == Some(PlaceSource::Address) {
                        (say(language, "（按网络估计）", " (by network)"))
                    }
                }
            }
            @if let Some(reason) = &view.void_reason {
                dt { (say(language, "作废原因", "Why withdrawn")) }
                dd { (reason) }
            }
        }
    }
}

fn reward(frame: &Frame<'_>, view: &View) -> Markup {
    let language = frame.language;
    match &view.reward {
        Reward::None => html! {},
        Reward::Offer { nonce } => offer(frame, view, nonce),
        Reward::Opened { prizes } => html! {
            div id="reward" {
                @for prize in prizes { (won(language, prize)) }
            }
        },
        Reward::Taken { at } => html! {
            section class="gift" id="reward" {
                h2 { (say(language, "奖励已被领取", "The reward was opened already")) }
                p { (say(language, "领取时间", "Opened at")) " " (moment(frame, *at)) }
                p { (say(language, "如果不是您或家人打开的，请联系您购买的门店。", "If it was not you or your family, ask the store you bought it from.")) }
            }
        },
        Reward::NotNow { reason } => html! {
            section class="gift" id="reward" {
                h2 { (say(language, "现在没有可领的奖励", "There is no reward to open now")) }
                p { (why_not(language, reason)) }
                @if reason == "place_unknown" {
                    a class="again" href=(own_link(frame, view)) { (say(language, "再试一次", "Try again")) }
                }
            }
        },
    }
}

/// The page itself, in the language that it is read in.
fn own_link(frame: &Frame<'_>, view: &View) -> String {
    in_language(&view.path, frame.language)
}

fn in_language(path: &str, language: Language) -> String {
    format!("{path}?lang={}", say(language, "zh", "en"))
}

fn offer(frame: &Frame<'_>, view: &View, nonce: &str) -> Markup {
    let language = frame.language;
    html! {
        section class="gift" id="reward" {
            h2 { (say(language, "这件商品带有一份奖励", "This item comes with a reward")) }
            p { (say(language, "每码一次，打开即揭晓。", "Once per code. Open it to see what is inside.")) }
            form method="post" action=(own_link(frame, view)) {
                input type="hidden" name="nonce" value=(nonce);
                input type="hidden" name="latitude" value="";
                input type="hidden" name="longitude" value="";
                button type="submit" { (say(language, "打开奖励", "Open the reward")) }
                details {
                    summary { (say(language, "所在地区（可选）", "Where you are (optional)")) }
                    label class="share" hidden {
                        input type="checkbox" name="share" value="1";
                        span { (say(language, "用手机定位，只记录到区县", "Use my location; only the county is kept")) }
                    }
                    select name="region" aria-label=(say(language, "省份", "Province")) {
                        option value="" { (say(language, "不说明", "Rather not say")) }
                        @for (code, name) in provinces(language) {
                            option value=(code) { (name) }
                        }
                    }
                }
            }
        }
    }
}

/// One prize on a card of its own.
fn won(language: Language, prize: &Prize) -> Markup {
    let card = |headline: &str, amount: Markup, sentence: &str| {
        html! {
            section class="gift won" { h2 { (headline) } p class="amount" { (amount) } p { (sentence) } }
        }
    };
    match prize {
        Prize::RedPacket(fen) => card(
            say(language, "恭喜，您获得红包", "You won a red packet"),
            html! { small { "¥" } (Money::fen(*fen)) },
            say(language, "已存入您的账户，待提现。", "It is in your account, waiting to be paid out."),
        ),
        Prize::Points(points) => card(
            say(language, "恭喜，您获得积分", "You won points"),
            html! { (points) small { (say(language, "积分", "points")) } },
            say(language, "已存入您的账户。", "They are in your account."),
        ),
        Prize::Gift(name) => card(
            say(language, "恭喜，您获得礼品", "You won a gift"),
            html! { span { (name) } },
            say(language, "请保留本页，凭此领取。", "Keep this page to collect it."),
        ),
        Prize::Nothing => html! {
            section class="gift" {
                h2 { (say(language, "谢谢参与", "Not this time")) }
                p { (say(language, "这一次没有中奖，下次好运。", "No prize in this one. Better luck with the next.")) }
            }
        },
    }
}

/// In words, a reason of [`tallymark_campaigns::rules::Reason::name`].
fn why_not(language: Language, reason: &str) -> &'static str {
    match reason {
        "person_cap" => say(language, "您已达到本活动的领取上限。", "You have reached the limit of this campaign."),
        "person_day_cap" => {
            say(language, "您今天已达到领取上限，请明天再来。", "You have reached today's limit. Come back tomorrow.")
        }
        "day_cap" => say(language, "今天的奖励已领完，请明天再来。", "Today's rewards are gone. Come back tomorrow."),
        "place" => say(language, "本活动不在您所在的地区开展。", "The campaign does not run where you are."),
        "place_unknown" => say(
            language,
            "本活动只在部分地区开展。请选择所在地区后再打开。",
            "The campaign runs in some regions only. Say where you are, then open it again.",
        ),
        "audience" => say(language, "本活动不适用于您的会员身份。", "The campaign is for other members."),
        _ => say(language, "活动未开始或已结束。", "The campaign has not begun or is over."),
    }
}

fn moment(frame: &Frame<'_>, at: Timestamp) -> String {
    let zoned = at.to_jiff().to_zoned(frame.zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

fn provinces(language: Language) -> impl Iterator<Item = (Adcode, String)> {
    divisions()
        .iter()
        .map(|division| division.adcode)
        .filter(|adcode| adcode.as_u32() % 10_000 == 0 && *adcode != Adcode::CHINA)
        .filter_map(move |adcode| Some((adcode, name_path(adcode, language)?)))
}

const CHECK: &str = r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="m4 12.5 5.5 5.5L20 7"/></svg>"#;
const INFO: &str = r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true"><path d="M12 11v8M12 5v.01"/></svg>"#;
const ALERT: &str = r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true"><path d="M12 4v10M12 19.5v.01"/></svg>"#;
