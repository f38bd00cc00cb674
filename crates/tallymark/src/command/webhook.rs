//! `tallymark webhook`: addresses that are told what happens.

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::{EventId, TenantId, WebhookId};
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};
use tallymark_webhooks::{NewWebhook, Secret, Webhook, WebhookState};

use crate::arguments::{Of, word};
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct WebhookGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// Add an address; what its messages are signed with is printed this once
    Add {
        /// Where events are posted: https://…
        #[arg(long)]
        url: String,
        /// Which events: a name such as goods.shipped, goods.* for all of a domain, * for every event; may be repeated
        #[arg(long = "event", value_name = "NAME", required = true)]
        events: Vec<String>,
    },
    /// List them with what waits for them
    List,
    /// Show one, and why it was not told
    Show {
        /// The webhook
        webhook: WebhookId,
    },
    /// Give one another address or other events, turn it off, or on again; what is left out stays
    Change {
        /// The webhook
        webhook: WebhookId,
        /// Where events are posted
        #[arg(long)]
        url: Option<String>,
        /// Which events, in the place of those before; may be repeated
        #[arg(long = "event", value_name = "NAME")]
        events: Vec<String>,
        /// on: it is tried at once; off: what waits for it is forgotten
        #[arg(long, value_parser = word::<WebhookState>)]
        state: Option<WebhookState>,
    },
    /// Give one a new secret; the old one signs beside it for a day
    Secret {
        /// The webhook
        webhook: WebhookId,
    },
    /// Send one a message that only tries whether it works; a running server sends it
    Test {
        /// The webhook
        webhook: WebhookId,
    },
    /// Remove one with what waits for it
    Remove {
        /// The webhook
        webhook: WebhookId,
    },
}

/// A webhook with what its messages are signed with.
#[derive(Serialize)]
struct Made {
    webhook: Webhook,
    secret: Secret,
}

/// A new secret.
#[derive(Serialize)]
struct Renewed {
    secret: Secret,
}

/// A message on its way.
#[derive(Serialize)]
struct Sent {
    message: EventId,
}

impl WebhookGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            WebhookCommand::Add { url, events } => {
                let new = NewWebhook { url, events, state: WebhookState::On };
                let made = installation.write(&of, async |tx, context, tenant| add(tx, context, tenant, new).await);
                show(json, &made.await?, |made| {
                    list(&[("Webhook", made.webhook.id.to_string()), ("Secret", once(&made.secret))])
                })
            }
            WebhookCommand::List => {
                let read =
                    installation.read(&of, async |tx, tenant, _| Ok(tallymark_webhooks::list(tx, tenant.id).await?));
                show(json, &read.await?, |webhooks| {
                    let rows: Vec<_> = webhooks.iter().map(row).collect();
                    table(["ID", "STATE", "TOLD", "WAITING", "EVENTS", "URL"], &rows, "no webhooks")
                })
            }
            WebhookCommand::Show { webhook } => {
                let read = installation
                    .read(&of, async |tx, tenant, _| Ok(tallymark_webhooks::find(tx, tenant.id, webhook).await?));
                show(json, &read.await?, shown)
            }
            WebhookCommand::Change { webhook, url, events, state } => {
                let change = installation.write(&of, async |tx, context, tenant| {
                    change(tx, context, (tenant, webhook), (url, events, state)).await
                });
                show(json, &change.await?, shown)
            }
            WebhookCommand::Secret { webhook } => {
                let renew = installation.write(&of, async |tx, context, tenant| {
                    let secret = tallymark_webhooks::new_secret(tx, context, tenant, webhook).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "webhook.secret_changed", webhook);
                    audit::record(tx, context, entry).await?;
                    Ok(Renewed { secret })
                });
                show(json, &renew.await?, |renewed| list(&[("Secret", once(&renewed.secret))]))
            }
            WebhookCommand::Test { webhook } => {
                let test = installation.write(&of, async |tx, context, tenant| {
                    let message = tallymark_webhooks::test(tx, context, tenant, webhook).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "webhook.tested", webhook);
                    audit::record(tx, context, entry).await?;
                    Ok(Sent { message })
                });
                show(json, &test.await?, |sent| {
                    format!(
                        "{} is on its way; `tallymark webhook show {webhook}` tells whether it was taken",
                        sent.message
                    )
                })
            }
            WebhookCommand::Remove { webhook } => {
                let remove = installation.write(&of, async |tx, context, tenant| {
                    let before = tallymark_webhooks::remove(tx, tenant, webhook).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "webhook.removed", webhook).before(&before);
                    audit::record(tx, context, entry).await?;
                    Ok(before)
                });
                show(json, &remove.await?, |before| format!("{} to {} is removed", before.id, before.url))
            }
        }
    }
}

async fn add(tx: &mut Tx, context: &Context, tenant: TenantId, new: NewWebhook) -> Result<Made, Failure> {
    let names = tallymark_server::event_names();
    let (webhook, secret) = tallymark_webhooks::create(tx, context, tenant, new, &names).await?;
    let entry = Entry::new(Act::of_operator(tenant), "webhook.created", webhook.id).after(&webhook);
    audit::record(tx, context, entry).await?;
    Ok(Made { webhook, secret })
}

async fn change(
    tx: &mut Tx,
    context: &Context,
    (tenant, id): (TenantId, WebhookId),
    (url, events, state): (Option<String>, Vec<String>, Option<WebhookState>),
) -> Result<Webhook, Failure> {
    let before = tallymark_webhooks::find(tx, tenant, id).await?;
    let new = NewWebhook {
        url: url.unwrap_or_else(|| before.url.clone()),
        events: if events.is_empty() { before.events.clone() } else { events },
        state: state.unwrap_or(before.state),
    };
    let names = tallymark_server::event_names();
    let after = tallymark_webhooks::replace(tx, context, tenant, (id, new), &names).await?;
    let entry = Entry::new(Act::of_operator(tenant), "webhook.changed", id).before(&before).after(&after);
    audit::record(tx, context, entry).await?;
    Ok(after)
}

/// A secret as it is shown to the one who made it.
fn once(secret: &Secret) -> String {
    let text = serde_json::to_value(secret).ok().and_then(|text| text.as_str().map(str::to_owned));
    format!("{} (shown this once)", text.unwrap_or_default())
}

const fn state(webhook: &Webhook) -> &'static str {
    match webhook.state {
        WebhookState::On => "on",
        WebhookState::Off => "off",
    }
}

fn row(webhook: &Webhook) -> [String; 6] {
    [
        webhook.id.to_string(),
        state(webhook).to_owned(),
        webhook.told.to_string(),
        webhook.waiting.to_string(),
        webhook.events.join(" "),
        webhook.url.clone(),
    ]
}

fn shown(webhook: &Webhook) -> String {
    let mut pairs = vec![
        ("Webhook", webhook.id.to_string()),
        ("Address", webhook.url.clone()),
        ("Events", webhook.events.join(" ")),
        ("State", state(webhook).to_owned()),
        ("Told", webhook.told.to_string()),
        ("Waiting", webhook.waiting.to_string()),
    ];
    pairs.extend(webhook.told_at.map(|at| ("Last told", at.to_string())));
    if let Some(error) = &webhook.last_error {
        pairs.push(("Failed", format!("{} times: {error}", webhook.failures)));
    }
    pairs.extend(webhook.next_at.map(|at| ("Next try", at.to_string())));
    list(&pairs)
}
