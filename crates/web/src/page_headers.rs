//! Headers for pages that people see: a content security policy that runs and styles nothing but what carries the
//! page's own nonce.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tallymark_base::Entropy;

use crate::problem::Problem;

/// The number used once in a page: `<style nonce=…>`, `<script nonce=…>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(Arc<str>);

impl Nonce {
    /// As it stands in the attribute: 22 letters, digits, `-`, `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Nonce {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let nonce = parts.extensions.get::<Self>().cloned();
        nonce.ok_or_else(|| Problem::internal("server.page_headers_missing", "the route is not inside PageHeaders"))
    }
}

/// What a page may load, run and reach (Content Security Policy Level 3). Framing and foreign forms are never
/// allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentPolicy {
    /// A page that is complete in itself: its styles and scripts carry the nonce, its forms go home.
    #[default]
    SelfContained,
    /// A page whose scripts are files of this server, and may call it. The nonce lets its styles in, and no script: it can
    /// be read out of such a page.
    Application,
    /// An application in the hand: it also works without a network, can be put on the home screen, and reads codes with the
    /// camera.
    Handheld,
}

impl ContentPolicy {
    /// What of the device the page may ask for (Permissions Policy).
    const fn permissions(self) -> &'static str {
        match self {
            // A scan page may ask where the phone is; nothing else of the device is ours to ask for.
            Self::SelfContained | Self::Application => {
                "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"
            }
            Self::Handheld => "geolocation=(), camera=(self), microphone=(), payment=(), usb=()",
        }
    }

    /// The header's value for a page with `nonce`.
    pub fn text(self, nonce: &Nonce) -> String {
        let nonce = nonce.as_str();
        let loads = match self {
            Self::SelfContained => {
                format!("style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:")
            }
            Self::Handheld => "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                               worker-src 'self'; manifest-src 'self'"
                .to_owned(),
            Self::Application => format!(
                "script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
            ),
        };
        format!("default-src 'none'; {loads}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
    }
}

/// The layer for pages. What is the same for data ([`crate::Edge`]) is set there.
#[derive(Debug, Clone)]
pub struct PageHeaders {
    /// Where nonces come from.
    pub entropy: Arc<dyn Entropy>,
    /// What the pages may do.
    pub policy: ContentPolicy,
}

impl PageHeaders {
    /// Puts the layer around `router`: handlers take the [`Nonce`], answers get the headers. Routes added later are
    /// outside.
    pub fn around<S: Clone + Send + Sync + 'static>(self, router: Router<S>) -> Router<S> {
        router.layer(from_fn_with_state(self, protect))
    }
}

async fn protect(State(pages): State<PageHeaders>, mut request: Request, next: Next) -> Response {
    let random: [u8; 16] = pages.entropy.bytes();
    let nonce = Nonce(data_encoding::BASE64URL_NOPAD.encode(&random).into());
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(pages.policy.text(&nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let permissions = HeaderValue::from_static(pages.policy.permissions());
    headers.insert(HeaderName::from_static("permissions-policy"), permissions);
    response
}
