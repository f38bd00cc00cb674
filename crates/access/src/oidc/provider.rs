//! Talking to an OpenID provider: its description, the address to send a browser to, and the token it gives for a code.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tallymark_base::{Entropy, Timestamp};

use super::OidcError;
use crate::Error;
use crate::store::oidc::StoredProvider;
use crate::token::Token;

/// How long one call to a provider may take.
const CALL_TIME_MAX: Duration = Duration::from_secs(10);
/// The longest answer of a provider.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// How long a provider's description and keys are remembered.
const REMEMBER_FOR: Duration = Duration::from_secs(600);
/// Providers remembered at once; beyond, the memory starts again.
const REMEMBERED_MAX: usize = 1_000;
/// How far the provider's clock may be ahead of ours or behind it, in seconds.
const SKEW_S_MAX: i64 = 60;

/// The providers that were asked lately, and the client that asks them.
#[derive(Debug)]
pub(crate) struct Providers {
    /// Made for the first call: it reads the certificates of the operating system.
    http: OnceLock<Http>,
    entropy: Arc<dyn Entropy>,
    /// By issuer, until when on [`tallymark_base::Clock::elapsed`].
    known: Mutex<HashMap<String, (CoreProviderMetadata, Duration)>>,
}

/// What ties the way to the provider to the way back; in a sealed cookie.
#[derive(Serialize, Deserialize)]
pub(super) struct Way {
    state: String,
    nonce: String,
    verifier: String,
    pub(super) began_at: Timestamp,
}

impl Way {
    pub(super) fn has_state(&self, given: &str) -> bool {
        self.state.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// Who somebody is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) issuer: String,
    /// The provider's own name for them, which never changes.
    pub(super) subject: String,
    /// Only where the provider says that it has verified it.
    pub(super) email: Option<String>,
}

/// Why a provider did not answer.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("{0}")]
    Build(#[from] openidconnect::http::Error),
    #[error("its answer is longer than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
}

/// An issuer is an https address without query and fragment (OpenID Connect Discovery 1.0, section 3); for an
/// installation that is itself without https, also one of the same machine.
pub(super) fn check_issuer(issuer: &str, is_https: bool) -> Result<(), OidcError> {
    let refused = || OidcError::Issuer { issuer: issuer.chars().take(100).collect() };
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| refused())?;
    let url = url.url();
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here && !is_https);
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if is_safe && is_plain && url.has_host() { Ok(()) } else { Err(refused()) }
}

impl Providers {
    /// Nobody was asked yet.
    pub(crate) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { http: OnceLock::new(), entropy, known: Mutex::default() }
    }

    /// What a provider says of itself, with its keys; asked for once in ten minutes.
    pub(super) async fn metadata(&self, issuer: &str, elapsed: Duration) -> Result<CoreProviderMetadata, OidcError> {
        if let Some((metadata, until)) = self.lock().get(issuer)
            && elapsed < *until
        {
            return Ok(metadata.clone());
        }
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| OidcError::Issuer { issuer: issuer.to_owned() })?;
        let http = self.http()?;
        let found = CoreProviderMetadata::discover_async(url, &http).await;
        let found = found.map_err(|error| OidcError::Unavailable { reason: error.to_string() })?;
        let mut known = self.lock();
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(issuer.to_owned(), (found.clone(), elapsed + REMEMBER_FOR));
        Ok(found)
    }

    /// Asks for the description anew next time: the provider may have new keys.
    fn forget(&self, issuer: &str) {
        self.lock().remove(issuer);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (CoreProviderMetadata, Duration)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn http(&self) -> Result<Http, OidcError> {
        if let Some(http) = self.http.get() {
            return Ok(http.clone());
        }
        let http = reqwest::Client::builder()
            // A provider that sends us elsewhere could send us into the house's own network.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(CALL_TIME_MAX)
            .build()
            .map_err(|error| OidcError::Unavailable { reason: error.to_string() })?;
        Ok(self.http.get_or_init(|| Http(http)).clone())
    }
}

/// Calls providers.
#[derive(Debug, Clone)]
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

impl Http {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut response = openidconnect::http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(CallError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(response.body(body)?)
    }
}

/// One provider, as a brand's client of it.
#[derive(Debug)]
pub(super) struct Client {
    providers: Arc<Providers>,
    metadata: CoreProviderMetadata,
    client_id: ClientId,
    secret: ClientSecret,
    back: RedirectUrl,
}

/// The client of a provider that has a place to send browsers to and one to ask for tokens.
macro_rules! core_client {
    ($own:expr) => {
        CoreClient::from_provider_metadata($own.metadata.clone(), $own.client_id.clone(), Some($own.secret.clone()))
            .set_redirect_uri($own.back.clone())
    };
}

impl Client {
    pub(super) fn new(
        providers: Arc<Providers>,
        metadata: CoreProviderMetadata,
        stored: &StoredProvider,
        secret: String,
        back: String,
    ) -> Result<Self, OidcError> {
        let back = RedirectUrl::new(back).map_err(|error| Error::Unreadable(error.to_string()))?;
        let client_id = ClientId::new(stored.client_id.clone());
        Ok(Self { providers, metadata, client_id, secret: ClientSecret::new(secret), back })
    }

    /// Where to send the browser, and what it must bring back.
    pub(super) fn depart(&self, now: Timestamp) -> (String, Way) {
        let random = || Token::generate(&*self.providers.entropy).text();
        let way = Way { state: random(), nonce: random(), verifier: random(), began_at: now };
        let verifier = PkceCodeVerifier::new(way.verifier.clone());
        let (state, nonce) = (way.state.clone(), way.nonce.clone());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, ..) = core_client!(self)
            .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        (url.into(), way)
    }

    /// Exchanges the code, and reads who it is for.
    pub(super) async fn identity(&self, code: String, way: &Way, now: Timestamp) -> Result<Identity, OidcError> {
        let client = core_client!(self);
        let unavailable = |reason: String| OidcError::Unavailable { reason };
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| unavailable(error.to_string()))?;
        let (http, verifier) = (self.providers.http()?, PkceCodeVerifier::new(way.verifier.clone()));
        let answer = request.set_pkce_verifier(verifier).request_async(&http).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(_) => OidcError::Code,
            RequestTokenError::Request(error) => unavailable(error.to_string()),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => OidcError::Malformed,
        })?;
        let token = answer.id_token().ok_or(OidcError::Malformed)?;
        // The library would read the machine's clock; the moment is compared below, with ours.
        let verifier: CoreIdTokenVerifier<'_> =
            client.id_token_verifier().set_allowed_algs(signed_by_a_pair()).set_time_fn(Default::default);
        let claims = token.claims(&verifier, &Nonce::new(way.nonce.clone())).map_err(|error| self.refusal(&error))?;
        if claims.expiration().timestamp() + SKEW_S_MAX <= now.0.div_euclid(Timestamp::SECOND) {
            return Err(OidcError::Expired);
        }
        let is_verified = claims.email_verified() == Some(true);
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: claims.email().filter(|_| is_verified).map(|email| email.to_string()),
        })
    }

    fn refusal(&self, error: &ClaimsVerificationError) -> OidcError {
        match error {
            ClaimsVerificationError::Expired(_) => OidcError::Expired,
            ClaimsVerificationError::InvalidAudience(_) => OidcError::Audience,
            ClaimsVerificationError::InvalidIssuer(_) => OidcError::ForeignIssuer,
            ClaimsVerificationError::InvalidNonce(_) => OidcError::Nonce,
            ClaimsVerificationError::SignatureVerification(cause) => {
                if matches!(cause, SignatureVerificationError::NoMatchingKey) {
                    self.providers.forget(self.metadata.issuer());
                }
                OidcError::Signature
            }
            _ => OidcError::Malformed,
        }
    }
}

/// Signatures that only the provider can make. Never by the shared secret, and never none.
fn signed_by_a_pair() -> Vec<CoreJwsSigningAlgorithm> {
    use CoreJwsSigningAlgorithm as Alg;
    vec![
        Alg::RsaSsaPkcs1V15Sha256,
        Alg::RsaSsaPkcs1V15Sha384,
        Alg::RsaSsaPkcs1V15Sha512,
        Alg::RsaSsaPssSha256,
        Alg::RsaSsaPssSha384,
        Alg::RsaSsaPssSha512,
        Alg::EcdsaP256Sha256,
        Alg::EcdsaP384Sha384,
        Alg::EdDsa,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_address_or_this_very_machine_where_there_is_no_https_at_all() {
        for (issuer, plain, https) in [
            ("https://login.brand.example", true, true),
            ("https://login.brand.example/tenants/7", true, true),
            ("http://127.0.0.1:9000", true, false),
            ("http://login.brand.example", false, false),
            ("https://login.brand.example?x=1", false, false),
            ("https://user@login.brand.example", false, false),
            ("ftp://login.brand.example", false, false),
            ("login", false, false),
        ] {
            assert_eq!(check_issuer(issuer, false).is_ok(), plain, "{issuer}");
            assert_eq!(check_issuer(issuer, true).is_ok(), https, "{issuer}");
        }
    }
}
