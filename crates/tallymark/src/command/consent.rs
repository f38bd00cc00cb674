//! `tallymark consent`: what people allowed, and the texts that they were shown.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::{AccountId, EventId, PersonId};
use tallymark_base::{Act, TypedId as _};
use tallymark_people::consent::{self, ANY_CHANNEL, ConsentText, NewConsent, allows};
use tallymark_people::{Error, PeopleKeys};
use tallymark_store::audit::{self, Entry};
use tallymark_store::outbox::Events;

use super::identity::{keys_of, oldest};
use crate::arguments::Of;
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct ConsentGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: ConsentCommand,
}

#[derive(Debug, Subcommand)]
enum ConsentCommand {
    /// Show what a person allowed, and to which accounts may be sent for a purpose
    Show {
        /// The person
        person: PersonId,
        /// For which purpose
        #[arg(long)]
        purpose: Option<String>,
        /// Through which channel
        #[arg(long, default_value = ANY_CHANNEL)]
        channel: String,
    },
    /// Record that a person allowed something
    Give(Fact),
    /// Record that a person took it back
    Withdraw(Fact),
    /// List the texts that people are shown
    Texts,
    /// Publish a text; what was published is never changed
    Publish {
        /// For which purpose it asks: a word
        #[arg(long)]
        purpose: String,
        /// Its version
        #[arg(long)]
        version: u32,
        /// Its language: a word, zh for example
        #[arg(long)]
        language: String,
        /// A file with the text; - for stdin
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Fact {
    /// The person
    person: PersonId,
    /// For what: a word, marketing for example
    #[arg(long)]
    purpose: String,
    /// Through what: a word, sms for example
    #[arg(long, default_value = ANY_CHANNEL)]
    channel: String,
    /// For which of the person's accounts [default: the oldest]
    #[arg(long)]
    account: Option<AccountId>,
    /// What shows that it was so; kept sealed
    #[arg(long, value_name = "TEXT")]
    evidence: Option<String>,
    /// Which version of the text was shown
    #[arg(long, value_name = "VERSION")]
    text_version: Option<u32>,
}

/// What the audit log keeps of it.
#[derive(Serialize)]
struct Told {
    account: AccountId,
    purpose: String,
    channel: String,
    given: bool,
    text_version: Option<u32>,
}

impl ConsentGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            ConsentCommand::Show { person, purpose, channel } => {
                shown(installation, &of, person, (purpose, &channel), json).await
            }
            ConsentCommand::Give(fact) => record(installation, &of, fact, true, json).await,
            ConsentCommand::Withdraw(fact) => record(installation, &of, fact, false, json).await,
            ConsentCommand::Texts => {
                let read = installation.read(&of, async |tx, tenant, _| Ok(consent::texts(tx, tenant.id).await?));
                show(json, &read.await?, |texts| texts_table(texts))
            }
            ConsentCommand::Publish { purpose, version, language, file } => {
                let text = file::read(&file)?;
                let done = installation.write(&of, async |tx, context, tenant| {
                    let (key, now) = ((purpose.as_str(), version, language.as_str()), context.clock.now());
                    consent::publish_text(tx, tenant, key, &text, now).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "consent_text.published", &purpose).after(&text);
                    audit::record(tx, context, entry).await?;
                    Ok(())
                });
                done.await?;
                show(json, &version, |version| format!("version {version} of {purpose} in {language} is published"))
            }
        }
    }
}

async fn shown(
    installation: &Installation,
    of: &Of,
    person: PersonId,
    (purpose, channel): (Option<String>, &str),
    json: bool,
) -> Result<(), Failure> {
    let read = installation.read(of, async |tx, tenant, _| {
        let keys = PeopleKeys::new(tenant);
        let person = tallymark_people::person(tx, tenant.id, oldest(person)).await?;
        let mut consents = consent::of(tx, tenant.id, &keys, &person.accounts).await?;
        consents.iter_mut().for_each(|one| one.evidence = None);
        let stands = consent::stands(tx, tenant.id, &person.accounts).await?;
        let may = purpose.iter().flat_map(|purpose| {
            let stands = &stands;
            person.accounts.iter().copied().filter(move |account| allows(stands, purpose, channel, *account))
        });
        let may: Vec<AccountId> = may.collect();
        Ok((consents, may))
    });
    show(json, &read.await?, |(consents, may)| {
        let row = |one: &consent::ConsentView| {
            let given = if one.given { "given" } else { "taken back" };
            let text = one.text_version.map_or_else(String::new, |version| format!("text {version}"));
            let (account, at) = (one.account.to_string(), one.at.to_string());
            [one.purpose.clone(), one.channel.clone(), given.to_owned(), account, at, text]
        };
        let rows: Vec<[String; 6]> = consents.iter().map(row).collect();
        let listed = table(["PURPOSE", "CHANNEL", "", "ACCOUNT", "AT", ""], &rows, "nothing was allowed");
        let may: Vec<String> = may.iter().map(ToString::to_string).collect();
        match (&purpose, may.is_empty()) {
            (None, _) => listed,
            (Some(purpose), true) => format!("{listed}\nnothing may be sent for {purpose} through {channel}"),
            (Some(purpose), false) => format!("{listed}\nfor {purpose} through {channel}: {}", may.join(" ")),
        }
    })
}

async fn record(installation: &Installation, of: &Of, fact: Fact, given: bool, json: bool) -> Result<(), Failure> {
    let done = installation.write(of, async |tx, context, tenant| {
        let keys = keys_of(tx, context, tenant).await?;
        let person = tallymark_people::person(tx, tenant, oldest(fact.person)).await?;
        let account = fact.account.unwrap_or(person.accounts[0]);
        if !person.accounts.contains(&account) {
            return Err(Error::NotOnePerson { account }.into());
        }
        let now = context.clock.now();
        let new = NewConsent {
            account,
            purpose: &fact.purpose,
            channel: &fact.channel,
            given,
            at: now,
            evidence: fact.evidence.as_deref(),
            text_version: fact.text_version,
            source: "operator",
        };
        let refused = consent::record(tx, tenant, &keys, &[new], now, &*context.entropy).await?;
        if let Some((_, why)) = refused.first() {
            return Err(Error::Unrecorded { why: *why }.into());
        }
        let mut events = Events::new();
        let id: EventId = context.ids.next(&*context.clock)?;
        events.push(id.raw(), tenant.raw(), now, &new.event());
        events.save(tx, &context.ids, &*context.clock).await?;
        let (purpose, channel, text_version) = (fact.purpose.clone(), fact.channel.clone(), fact.text_version);
        let told = Told { account, purpose, channel, given, text_version };
        let entry = Entry::new(Act::of_operator(tenant), "person.consent_changed", person.id).after(&told);
        audit::record(tx, context, entry).await?;
        Ok(told)
    });
    show(json, &done.await?, |told| {
        let verb = if told.given { "given" } else { "taken back" };
        format!("{verb}: {} through {} by {}", told.purpose, told.channel, told.account)
    })
}

fn texts_table(texts: &[ConsentText]) -> String {
    let row = |text: &ConsentText| {
        let first: String = text.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
        [text.purpose.clone(), text.version.to_string(), text.language.clone(), text.published_at.to_string(), first]
    };
    let rows: Vec<[String; 5]> = texts.iter().map(row).collect();
    table(["PURPOSE", "VERSION", "LANGUAGE", "SINCE", "TEXT"], &rows, "no texts")
}
