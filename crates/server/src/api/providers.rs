//! A tenant's providers: its official account at WeChat, who sends its messages, and what was sent.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tallymark_base::id::{MessageId, TenantId};
use tallymark_partners::tenant;
use tallymark_people::otp::{self, Message};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_providers::sms::SmsMessage;
use tallymark_providers::{KEY_PURPOSE, ListedSetting, NewSetting, NewSms, NewWechat, ProviderKind};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, IdempotencyKey, Json, Page, Paged, Problem, ReadProblems, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set_wechat, remove_wechat))
        .routes(routes!(set_sms, remove_sms))
        .routes(routes!(test_wechat))
        .routes(routes!(test_sms))
        .routes(routes!(messages))
}

/// A tenant's providers.
#[derive(Debug, Serialize, ToSchema)]
struct Providers {
    /// One for each kind that is set.
    items: Vec<ListedSetting>,
}

/// Lists providers, without secrets.
#[utoipa::path(
    get,
    path = "/providers",
    tag = "providers",
    responses((status = 200, description = "The providers that are set.", body = Providers), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Providers>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(Providers { items: tallymark_providers::list(&mut tx, caller.tenant).await? }))
}

/// Sets the official account at WeChat. Setting it again to the same changes nothing, so no idempotency key is needed.
/// Servers use it within five seconds.
#[utoipa::path(
    put,
    path = "/providers/wechat",
    tag = "providers",
    request_body = NewWechat,
    responses((status = 200, description = "Set.", body = ListedSetting), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn set_wechat(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewWechat>,
) -> Result<Json<ListedSetting>, Problem> {
    set(&app, &caller, NewSetting::Wechat(new)).await
}

/// Sets who sends messages. Setting it again to the same changes nothing, so no idempotency key is needed. Servers use
/// it within five seconds.
#[utoipa::path(
    put,
    path = "/providers/sms",
    tag = "providers",
    request_body = NewSms,
    responses((status = 200, description = "Set.", body = ListedSetting), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn set_sms(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewSms>,
) -> Result<Json<ListedSetting>, Problem> {
    set(&app, &caller, NewSetting::Sms(new)).await
}

async fn set(app: &App, caller: &Caller, new: NewSetting) -> Result<Json<ListedSetting>, Problem> {
    caller.require(Scope::Owner)?;
    let context = &app.context;
    let mut tx = context.store.write().await?;
    let key = tenant_of(&mut tx, app, caller).await?.secret_for(KEY_PURPOSE);
    let (entropy, now) = (&*context.entropy, context.clock.now());
    let kind = new.kind();
    let before = listed(&mut tx, caller.tenant, kind).await?;
    let set = tallymark_providers::set(&mut tx, caller.tenant, &key, entropy, new, now).await?;
    let entry = Entry::new(caller.act(), "provider.set", kind.name()).before(&before).after(&set);
    audit::record(&mut tx, context, entry).await?;
    tx.commit().await?;
    app.outside.forget(caller.tenant);
    Ok(Json(set))
}

/// What is set of a kind, as it is listed: without secrets.
async fn listed(tx: &mut Tx, tenant: TenantId, kind: ProviderKind) -> Result<Option<ListedSetting>, Problem> {
    Ok(tallymark_providers::list(tx, tenant).await?.into_iter().find(|listed| listed.setting.kind() == kind))
}

async fn tenant_of(tx: &mut Tx, app: &App, caller: &Caller) -> Result<tallymark_partners::Tenant, Problem> {
    let found = tenant::find(tx, &app.context.master, caller.tenant).await?;
    found.ok_or_else(|| Problem::internal("server.tenant_missing", caller.tenant))
}

/// Removes the official account. Removing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/providers/wechat",
    tag = "providers",
    responses((status = 204, description = "Removed, or it was not set."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn remove_wechat(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    remove(&app, &caller, ProviderKind::Wechat).await
}

/// Removes who sends messages; those that wait are given up. Removing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/providers/sms",
    tag = "providers",
    responses((status = 204, description = "Removed, or it was not set."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn remove_sms(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    remove(&app, &caller, ProviderKind::Sms).await
}

async fn remove(app: &App, caller: &Caller, kind: ProviderKind) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.write().await?;
    if let Some(before) = listed(&mut tx, caller.tenant, kind).await? {
        tallymark_providers::remove(&mut tx, caller.tenant, kind).await?;
        let entry = Entry::new(caller.act(), "provider.removed", kind.name()).before(&before);
        audit::record(&mut tx, &app.context, entry).await?;
    }
    tx.commit().await?;
    app.outside.forget(caller.tenant);
    Ok(StatusCode::NO_CONTENT)
}

fn not_set() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "provider.not_set", "this provider is not set yet")
}

/// Asks WeChat whether it knows the account, by a made-up code that it has to refuse. Changes nothing.
#[utoipa::path(
    post,
    path = "/providers/wechat/test",
    tag = "providers",
    responses((status = 204, description = "WeChat knows the account."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn test_wechat(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let accounts = app.outside.accounts(&app.context, caller.tenant).await?;
    accounts.wechat.as_ref().ok_or_else(not_set)?.check(&app.outside.http).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// To whom a test goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestMessage {
    /// A number of your own, as `13800138000` or `+85291234567`.
    phone: String,
}

/// A test that a provider took.
#[derive(Debug, Serialize, ToSchema)]
struct TestReceipt {
    /// The provider's own id for it.
    provider_id: String,
    /// What it costs, in fen, where the provider tells.
    cost_fen: Option<i64>,
    /// The provider had it before under the same idempotency key, and sent nothing this time.
    repeat: bool,
}

/// Sends a message with the code 000000, which joins nobody. It costs what a message costs, outside the day's budget.
/// A gateway is told the idempotency key and sends a retry once; Aliyun keeps none and sends it again.
#[utoipa::path(
    post,
    path = "/providers/sms/test",
    tag = "providers",
    params(IdempotencyKey),
    request_body = TestMessage,
    responses((status = 200, description = "The provider took it.", body = TestReceipt), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn test_sms(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(test): Json<TestMessage>,
) -> Result<Json<TestReceipt>, Problem> {
    caller.require(Scope::Owner)?;
    let phone = Identifier::parse(IdentifierKind::Phone, &test.phone)?;
    let accounts = app.outside.accounts(&app.context, caller.tenant).await?;
    let sms = accounts.sms.as_ref().ok_or_else(not_set)?;
    let digest = Sha256::digest(format!("{}\0{}", caller.tenant, key.as_str()).as_bytes());
    let message = SmsMessage {
        id: format!("test_{}", data_encoding::HEXLOWER.encode(&digest[..16])),
        phone: phone.value().to_owned(),
        template: sms.setting.template.clone(),
        params: [("code".to_owned(), "000000".to_owned())].into(),
    };
    let receipt = sms.provider.send(&message).await?;
    let mut tx = app.context.store.write().await?;
    let entry = Entry::new(caller.act(), "provider.tested", ProviderKind::Sms.name());
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(Json(TestReceipt { provider_id: receipt.provider_id, cost_fen: receipt.cost_fen, repeat: receipt.is_repeat }))
}

/// Lists messages, the youngest first: how far each is and what it cost, neither number nor content.
#[utoipa::path(
    get,
    path = "/messages",
    tag = "providers",
    params(Page),
    responses((status = 200, description = "A page of messages.", body = Paged<Message>), ReadProblems),
    extensions(("x-permission" = json!(["read"]))),
    security(("api_key" = []))
)]
async fn messages(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Message>>, Problem> {
    caller.require(Scope::Read)?;
    let mut tx = app.context.store.read().await?;
    let before: Option<MessageId> = page.after()?;
    let found = otp::messages(&mut tx, caller.tenant, before, page.rows()).await?;
    Ok(Json(page.cut(found, |message| message.id.to_string())))
}
