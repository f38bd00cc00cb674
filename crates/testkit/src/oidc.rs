//! An OpenID provider on this machine, written against the standards rather than against our client of it: OpenID
//! Connect Core and Discovery 1.0, RFC 6749 (authorization code), RFC 7636 (PKCE, S256), RFC 7515 and 7518 (ES256).
//!
//! It signs one person in at once, without asking, and can be told to make mistakes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD as BASE64URL};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tallymark_base::{Clock, Entropy, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The client that the provider knows.
pub const CLIENT_ID: &str = "tallymark-test";
/// Its secret.
pub const CLIENT_SECRET: &str = "a secret between two programs";
/// Tokens last as long.
const TOKEN_S: i64 = 300;
const KEY_ID: &str = "k1";

/// What is wrong with the tokens that it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mistake {
    /// Nothing.
    #[default]
    None,
    /// They answer another nonce.
    Nonce,
    /// They are for another client.
    Audience,
    /// They name another issuer.
    Issuer,
    /// They are over.
    Expired,
    /// They are signed by a key that it does not publish, under the id of one that it does.
    ForeignKey,
    /// They are not signed at all (`alg: none`).
    Unsigned,
    /// They are signed with the client's secret (`alg: HS256`), which is known to two.
    SharedSecret,
}

/// Who signs in, and what goes wrong.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The provider's name for the person.
    pub subject: String,
    /// Their address.
    pub email: String,
    /// Whether it says that it has verified the address.
    pub is_email_verified: bool,
    /// What is wrong with the tokens.
    pub mistake: Mistake,
    /// It asks the person, who says no.
    pub denies: bool,
}

/// A running provider; it ends when this is dropped.
#[derive(Debug)]
pub struct OidcProvider {
    /// Its issuer: where it listens.
    pub issuer: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    key: SigningKey,
    behaviour: Mutex<Behaviour>,
    /// What each code was given for; a code is taken once.
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
}

impl OidcProvider {
    /// Starts a provider that signs `email` in.
    pub async fn start(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, email: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let key = SigningKey::from_slice(&entropy.bytes::<32>()).expect("32 random bytes are a key");
        let behaviour = Behaviour {
            subject: "person-1".to_owned(),
            email: email.to_owned(),
            is_email_verified: true,
            mistake: Mistake::None,
            denies: false,
        };
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            clock,
            entropy,
            key,
            behaviour: Mutex::new(behaviour),
            codes: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(shared.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Self { issuer, shared, server }
    }

    /// Changes what it does from here on.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour());
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn codes(&self) -> MutexGuard<'_, HashMap<String, HashMap<String, String>>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Discovery, section 3.
async fn describe(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let issuer = &shared.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        "scopes_supported": ["openid", "email"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }))
}

/// RFC 7517 and 7518, 6.2.1.
async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let point = shared.key.verifying_key().to_sec1_point(false);
    // SEC 1, 2.3.3: 04, then both coordinates of 32 bytes.
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let key = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID,
        "x": BASE64URL.encode(x), "y": BASE64URL.encode(y)
    });
    Json(json!({ "keys": [key] }))
}

/// Core, 3.1.2: sends the browser back with a code.
async fn authorize(State(shared): State<Arc<Shared>>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let is = |name: &str, value: &str| asked.get(name).is_some_and(|given| given == value);
    let scopes = asked.get("scope").map_or("", String::as_str);
    let is_right = is("response_type", "code")
        && is("client_id", CLIENT_ID)
        && is("code_challenge_method", "S256")
        && scopes.split(' ').any(|scope| scope == "openid")
        && ["redirect_uri", "state", "nonce", "code_challenge"].iter().all(|name| asked.contains_key(*name));
    if !is_right {
        return (StatusCode::BAD_REQUEST, "invalid_request").into_response();
    }
    let (back, state) = (&asked["redirect_uri"], &asked["state"]);
    let location = if shared.behaviour().denies {
        format!("{back}?error=access_denied&state={state}")
    } else {
        let code = BASE64URL.encode(&shared.entropy.bytes::<16>());
        let location = format!("{back}?code={code}&state={state}");
        shared.codes().insert(code, asked);
        location
    };
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// Core, 3.1.3: a token for a code, once.
async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(given): Form<HashMap<String, String>>,
) -> Response {
    let refuse = |status: StatusCode, error: &str| (status, Json(json!({ "error": error }))).into_response();
    // RFC 6749, 2.3.1: both parts are form-encoded first; of these only the spaces change.
    let expected = BASE64.encode(format!("{CLIENT_ID}:{}", CLIENT_SECRET.replace(' ', "+")).as_bytes());
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if sent != format!("Basic {expected}") {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let text = |name: &str| given.get(name).map_or("", String::as_str);
    let asked = shared.codes().remove(text("code"));
    let challenge = BASE64URL.encode(&Sha256::digest(text("code_verifier")));
    let is_right = |asked: &HashMap<String, String>| {
        text("grant_type") == "authorization_code"
            && asked["redirect_uri"] == text("redirect_uri")
            && asked["code_challenge"] == challenge
    };
    let Some(asked) = asked.filter(is_right) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let token = shared.id_token(&asked["nonce"]);
    Json(json!({ "access_token": "unused", "token_type": "Bearer", "expires_in": TOKEN_S, "id_token": token }))
        .into_response()
}

impl Shared {
    /// Core, section 2, as a JWS in compact form (RFC 7515, 7.1).
    fn id_token(&self, nonce: &str) -> String {
        let behaviour = self.behaviour().clone();
        let made = |mistake, wrong: &str, right: &str| {
            if behaviour.mistake == mistake { wrong.to_owned() } else { right.to_owned() }
        };
        let now = self.clock.now().0.div_euclid(Timestamp::SECOND);
        let ends = if behaviour.mistake == Mistake::Expired { now - TOKEN_S } else { now + TOKEN_S };
        let claims = json!({
            "iss": made(Mistake::Issuer, "https://elsewhere.example", &self.issuer),
            "aud": made(Mistake::Audience, "another-client", CLIENT_ID),
            "nonce": made(Mistake::Nonce, "another nonce", nonce),
            "sub": behaviour.subject, "email": behaviour.email, "email_verified": behaviour.is_email_verified,
            "iat": now, "exp": ends,
        });
        let algorithm = match behaviour.mistake {
            Mistake::Unsigned => "none",
            Mistake::SharedSecret => "HS256",
            _ => "ES256",
        };
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": KEY_ID });
        let part = |value: &Value| BASE64URL.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(&claims));
        format!("{signed}.{}", BASE64URL.encode(&self.signature(behaviour.mistake, signed.as_bytes())))
    }

    fn signature(&self, mistake: Mistake, signed: &[u8]) -> Vec<u8> {
        let by = |key: &SigningKey| -> Vec<u8> {
            let signature: Signature = key.sign(signed);
            // RFC 7518, 3.4: both numbers, 32 bytes each.
            signature.to_bytes().to_vec()
        };
        match mistake {
            Mistake::Unsigned => Vec::new(),
            Mistake::SharedSecret => tallymark_base::random::hmac_sha256(CLIENT_SECRET.as_bytes(), &[signed]).to_vec(),
            Mistake::ForeignKey => by(&SigningKey::from_slice(&[7; 32]).expect("a key")),
            _ => by(&self.key),
        }
    }
}
