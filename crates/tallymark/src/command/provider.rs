//! `tallymark provider`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::TenantId;
use tallymark_base::random::SystemEntropy;
use tallymark_base::time::SystemClock;
use tallymark_partners::{Tenant, tenant};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_providers::sms::SmsMessage;
use tallymark_providers::{
    Http, KEY_PURPOSE, ListedSetting, NewSetting, ProviderKind, ProviderSetting, Secret, find, list, remove, set,
};
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};

use crate::arguments::{Of, word};
use crate::file::read_json;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct Provider {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: ProviderCommand,
}

#[derive(Debug, Subcommand)]
enum ProviderCommand {
    /// List what is set, without secrets
    List,
    /// Set a provider; a running server uses it within five seconds
    Set {
        /// wechat or sms
        #[arg(value_parser = word::<ProviderKind>)]
        kind: ProviderKind,
        /// The setting as JSON, as the API takes it, its secret included; - for stdin
        #[arg(long)]
        file: PathBuf,
    },
    /// Remove a provider
    Remove {
        /// wechat or sms
        #[arg(value_parser = word::<ProviderKind>)]
        kind: ProviderKind,
    },
    /// Ask WeChat whether it knows the account, or send a message with the code 000000
    Test {
        /// wechat or sms
        #[arg(value_parser = word::<ProviderKind>)]
        kind: ProviderKind,
        /// For sms: a number of your own
        #[arg(long)]
        phone: Option<String>,
    },
}

/// What came of a test.
#[derive(Serialize)]
struct Tested {
    kind: ProviderKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_fen: Option<i64>,
}

#[derive(Serialize)]
struct Removed {
    kind: ProviderKind,
    removed: bool,
}

impl Provider {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = &self.of;
        match self.command {
            ProviderCommand::List => {
                let listed = installation.read(of, async |tx, tenant, _| Ok(list(tx, tenant.id).await?)).await?;
                show(json, &listed, |listed| shown(listed))
            }
            ProviderCommand::Set { kind, file } => {
                let new = match kind {
                    ProviderKind::Wechat => NewSetting::Wechat(read_json(&file)?),
                    ProviderKind::Sms => NewSetting::Sms(read_json(&file)?),
                };
                let set = installation.write(of, async |tx, context, id| save(tx, context, id, new).await).await?;
                show(json, &set, |set| shown(std::slice::from_ref(set)))
            }
            ProviderCommand::Remove { kind } => {
                let removed = installation.write(of, async |tx, context, id| {
                    let Some(before) = listed(tx, id, kind).await? else { return Ok(false) };
                    let entry = Entry::new(Act::of_operator(id), "provider.removed", kind.name()).before(&before);
                    audit::record(tx, context, entry).await?;
                    Ok(remove(tx, id, kind).await?)
                });
                let removed = removed.await?;
                show(json, &Removed { kind, removed }, |done| {
                    format!("{} {}", kind.name(), if done.removed { "removed" } else { "was not set" })
                })
            }
            ProviderCommand::Test { kind, phone } => {
                let found = installation.read(of, async |tx, tenant, _| stored(tx, tenant, kind).await).await?;
                let tested = test(kind, found, phone.as_deref()).await?;
                show(json, &tested, |tested| match &tested.provider_id {
                    Some(id) => format!("the provider took the message as {id}"),
                    None => "WeChat knows the account".to_owned(),
                })
            }
        }
    }
}

async fn save(tx: &mut Tx, context: &Context, id: TenantId, new: NewSetting) -> Result<ListedSetting, Failure> {
    let tenant = tenant::find(tx, &context.master, id).await?;
    let tenant = tenant.ok_or_else(|| Failure::usage("cli.tenant_unknown", format!("there is no tenant {id}")))?;
    let (key, entropy, now) = (tenant.secret_for(KEY_PURPOSE), &*context.entropy, context.clock.now());
    let kind = new.kind();
    let before = listed(tx, id, kind).await?;
    let made = set(tx, id, &key, entropy, new, now).await?;
    let entry = Entry::new(Act::of_operator(id), "provider.set", kind.name()).before(&before).after(&made);
    audit::record(tx, context, entry).await?;
    Ok(made)
}

/// What is set, without its secret.
async fn listed(tx: &mut Tx, id: TenantId, kind: ProviderKind) -> Result<Option<ListedSetting>, Failure> {
    Ok(list(tx, id).await?.into_iter().find(|listed| listed.setting.kind() == kind))
}

async fn stored(tx: &mut Tx, tenant: &Tenant, kind: ProviderKind) -> Result<(ProviderSetting, Secret), Failure> {
    let found = find(tx, tenant.id, &tenant.secret_for(KEY_PURPOSE), kind).await?;
    let text = || format!("{0} is not set; see `tallymark provider set {0} --help`", kind.name());
    found.ok_or_else(|| Failure::usage("provider.not_set", text()))
}

/// Whoever runs commands here may call this machine.
async fn test(
    kind: ProviderKind,
    (setting, secret): (ProviderSetting, Secret),
    phone: Option<&str>,
) -> Result<Tested, Failure> {
    let (http, entropy) = (Http::new(true)?, Arc::new(SystemEntropy));
    match setting {
        ProviderSetting::Wechat(setting) => {
            setting.account(secret)?.check(&http).await?;
            Ok(Tested { kind, provider_id: None, cost_fen: None })
        }
        ProviderSetting::Sms(setting) => {
            let needed = || Failure::usage("cli.phone_needed", "say by --phone to which number of your own it goes");
            let phone = Identifier::parse(IdentifierKind::Phone, phone.ok_or_else(needed)?)?;
            let number = u128::from_be_bytes((&*entropy as &dyn tallymark_base::Entropy).bytes());
            let message = SmsMessage {
                id: format!("test_{number:032x}"),
                phone: phone.value().to_owned(),
                template: setting.template.clone(),
                params: [("code".to_owned(), "000000".to_owned())].into(),
            };
            let provider = setting.provider(secret, http, Arc::new(SystemClock::new()), entropy)?;
            let receipt = provider.send(&message).await?;
            Ok(Tested { kind, provider_id: Some(receipt.provider_id), cost_fen: receipt.cost_fen })
        }
    }
}

fn shown(settings: &[ListedSetting]) -> String {
    let rows: Vec<[String; 4]> = settings
        .iter()
        .map(|listed| {
            let (kind, account, at) = match &listed.setting {
                ProviderSetting::Wechat(setting) => ("wechat", setting.app_id.clone(), setting.api_url.clone()),
                ProviderSetting::Sms(setting) => ("sms", setting.key_id.clone(), setting.url.clone()),
            };
            [kind.to_owned(), account, at, listed.updated_at.to_string()]
        })
        .collect();
    table(["KIND", "ACCOUNT", "AT", "CHANGED"], &rows, "no providers")
}
