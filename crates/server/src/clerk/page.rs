//! The page itself: a frame, which the application fills. It is the same for everybody and in every language.

use maud::{DOCTYPE, html};

/// The page as text.
pub(super) fn page() -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" media="(prefers-color-scheme: light)" content="#f5f7f6";
                meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0f1413";
                meta name="referrer" content="no-referrer";
                title { "Tallymark" }
                link rel="manifest" href="/clerk/manifest.webmanifest";
                link rel="icon" href="/clerk/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/clerk/style.css";
                script type="module" src="/clerk/main.js" {}
            }
            body {
                div id="app" {
                    noscript {
                        main {
                            h1 { "Tallymark" }
                            p { "This page scans codes with JavaScript; please turn it on." }
                            p lang="zh-CN" { "本页面用 JavaScript 扫码，请在浏览器中开启。" }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}
