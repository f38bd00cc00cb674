//! `tallymark privacy`: what is known of a person, and what a person may demand.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::{AccountId, PersonId};
use tallymark_base::time::SystemClock;
use tallymark_base::{Act, Clock as _, Timestamp};
use tallymark_partners::rotation as secrets;
use tallymark_people::portrait;
use tallymark_people::profile::{self, NewValue};
use tallymark_people::rules::mask::Sight;
use tallymark_people::tags::{self, NewTag};
use tallymark_people::{Error, Identifier, IdentifierKind, PeopleKeys};
use tallymark_server::{export, privacy as erasing, rotation, timeline};
use tallymark_store::audit::{self, Entry};

use super::identity::{keys_of, oldest, tenant_of, told};
use super::portrait::{portrait_text, tags_table};
use crate::arguments::{Of, word};
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

/// Events of a time line.
const EVENTS: usize = 50;

#[derive(Debug, Args)]
pub(super) struct PrivacyGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: PrivacyCommand,
}

#[derive(Debug, Subcommand)]
enum PrivacyCommand {
    /// Show a person: by what they are known, what is known of them, what they allowed; values masked
    Show {
        /// The person
        person: PersonId,
    },
    /// Show a person with whole values; the audit log keeps that somebody looked
    Reveal {
        /// The person
        person: PersonId,
        /// Why somebody looks
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Show what a person did over all channels, the latest first
    Timeline {
        /// The person
        person: PersonId,
    },
    /// Set fields of a person's profile
    Set {
        /// The person
        person: PersonId,
        /// FIELD=VALUE; FIELD= clears it
        #[arg(required = true, value_name = "FIELD=VALUE", value_parser = assignment)]
        values: Vec<(String, String)>,
        /// They were checked, on an identity card for example
        #[arg(long)]
        verified: bool,
    },
    /// Set and take tags of a person
    Tag {
        /// The person
        person: PersonId,
        /// A tag to set
        #[arg(long, value_name = "TAG")]
        set: Vec<String>,
        /// When those that are set are over; never where it is left out
        #[arg(long, value_name = "MOMENT")]
        until: Option<Timestamp>,
        /// A tag to take
        #[arg(long, value_name = "TAG")]
        remove: Vec<String>,
    },
    /// Say which sources are trusted more, the most trusted first; shows them where none is named
    Sources {
        /// Their words: operator, the name of an import, the id of a write key in lower case
        sources: Vec<String>,
    },
    /// Write everything that is kept of a person, as JSON
    Export {
        /// The person
        person: PersonId,
        /// Why it is handed out
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The file; stdout where it is left out
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Note that somebody who was erased is back of their own will: imports leave them out no more
    Lift {
        /// phone, card, email or another kind
        #[arg(long, value_parser = word::<IdentifierKind>)]
        kind: IdentifierKind,
        /// The identifier
        #[arg(long)]
        value: String,
        /// Why; it is kept, so it names nobody
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Make new keys for what is kept of people; a running server puts everything under them
    RotateKeys,
    /// Say which generation of keys is in use, and whether everything is under it
    Keys,
    /// Erase a person for ever: their keys, what these sealed, and all by which they were known
    Erase {
        /// The person
        person: PersonId,
        /// Why; it is kept, so it names nobody
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("write FIELD=VALUE")?;
    Ok((field.to_owned(), if value.is_empty() { "null".to_owned() } else { value.to_owned() }))
}

/// What the audit log keeps.
#[derive(Serialize)]
struct Because<'a> {
    reason: &'a str,
}

/// What was set, without the values.
#[derive(Serialize)]
struct Set<'a> {
    fields: Vec<&'a str>,
    verified: bool,
}

impl PrivacyGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            PrivacyCommand::Show { person } => {
                let read = installation.read(&of, async |tx, tenant, _| {
                    let (keys, rank) = (PeopleKeys::new(tenant), profile::source_rank(tx, tenant.id).await?);
                    let rank: Vec<&str> = rank.iter().map(String::as_str).collect();
                    let now = SystemClock::new().now();
                    Ok(portrait::of(tx, tenant.id, &keys, oldest(person), (Sight::Masked, &rank), now).await?)
                });
                show(json, &read.await?, portrait_text)
            }
            PrivacyCommand::Reveal { person, reason } => reveal(installation, &of, person, &reason, json).await,
            PrivacyCommand::Timeline { person } => line(installation, &of, person, json).await,
            PrivacyCommand::Set { person, values, verified } => {
                set(installation, &of, person, (&values, verified), json).await
            }
            PrivacyCommand::Tag { person, set, until, remove } => {
                tag(installation, &of, person, (&set, until, &remove), json).await
            }
            PrivacyCommand::Sources { sources } => rank(installation, &of, sources, json).await,
            PrivacyCommand::Export { person, reason, out } => {
                write_export(installation, &of, person, &reason, &out).await
            }
            PrivacyCommand::Lift { kind, value, reason } => {
                let identifier = Identifier::parse(kind, &value)?;
                let done = installation.with_context(async |context| {
                    let (reason, act) = (reason_of(&reason)?, Act::of_operator(tenant_of(context, &of).await?));
                    erasing::lift(context, act, &identifier, reason).await.map_err(|problem| told(&problem))
                });
                let text =
                    |lifted: &bool| if *lifted { "imports take it again" } else { "it was not left out" }.to_owned();
                show(json, &done.await?, text)
            }
            PrivacyCommand::RotateKeys => {
                let done = installation.write(&of, async |tx, context, tenant| {
                    let made = rotation::begin(tx, context, tenant).await.map_err(|problem| told(&problem))?;
                    let entry = Entry::new(Act::of_operator(tenant), "people_keys.rotated", tenant).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &done.await?, |made| {
                    format!(
                        "generation {} is in use; a running server puts the rest under it from a minute on",
                        made.generation
                    )
                })
            }
            PrivacyCommand::Keys => {
                let read = installation.read(&of, async |tx, tenant, _| Ok(secrets::state(tx, tenant.id).await?));
                show(json, &read.await?, |state| match (state.made_at, state.done_at) {
                    (None, _) => "generation 1, of the beginning".to_owned(),
                    (Some(made), Some(done)) => {
                        format!("generation {}, made {made}, complete {done}", state.generation)
                    }
                    (Some(made), None) => format!("generation {}, made {made}, not complete yet", state.generation),
                })
            }
            PrivacyCommand::Erase { person, reason } => erase(installation, &of, person, &reason, json).await,
        }
    }
}

async fn reveal(
    installation: &Installation,
    of: &Of,
    person: PersonId,
    reason: &str,
    json: bool,
) -> Result<(), Failure> {
    let done = installation.write(of, async |tx, context, tenant| {
        let reason = reason_of(reason)?;
        let (keys, rank) = (keys_of(tx, context, tenant).await?, profile::source_rank(tx, tenant).await?);
        let rank: Vec<&str> = rank.iter().map(String::as_str).collect();
        let whole = portrait::of(tx, tenant, &keys, oldest(person), (Sight::Whole, &rank), context.clock.now()).await?;
        let entry = Entry::new(Act::of_operator(tenant), "person.revealed", whole.person).after(&Because { reason });
        audit::record(tx, context, entry).await?;
        Ok(whole)
    });
    show(json, &done.await?, portrait_text)
}

/// A reason as it is kept.
fn reason_of(text: &str) -> Result<&str, Error> {
    let max = tallymark_people::identity::REASON_MAX;
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > max { Err(Error::Reason { max }) } else { Ok(reason) }
}

async fn line(installation: &Installation, of: &Of, person: PersonId, json: bool) -> Result<(), Failure> {
    let lake = installation.lake()?;
    let read = installation.with_context(async |context| {
        let tenant = tenant_of(context, of).await?;
        let mut tx = context.store.read().await?;
        let person = tallymark_people::person(&mut tx, tenant, oldest(person)).await?;
        tx.commit().await?;
        let stretch = timeline::Stretch::latest(context.clock.now(), EVENTS);
        let line = timeline::timeline(context, lake.as_ref(), tenant, &person.accounts, stretch).await;
        let (mut items, _) = line.map_err(|problem| told(&problem))?;
        items.iter_mut().for_each(|item| drop(item.data.remove("sealed")));
        Ok(items)
    });
    show(json, &read.await?, |items| {
        let row = |item: &timeline::Happened| {
            let data: Vec<String> = item.data.iter().map(|(name, value)| format!("{name}={value}")).collect();
            [item.at.clone(), item.event_type.clone(), item.account.clone(), data.join(" ").replace('"', "")]
        };
        let rows: Vec<[String; 4]> = items.iter().map(row).collect();
        table(["AT", "WHAT", "ACCOUNT", ""], &rows, "nothing happened within a year")
    })
}

async fn set(
    installation: &Installation,
    of: &Of,
    person: PersonId,
    (values, verified): (&[(String, String)], bool),
    json: bool,
) -> Result<(), Failure> {
    let done = installation.write(of, async |tx, context, tenant| {
        let keys = keys_of(tx, context, tenant).await?;
        let person = tallymark_people::person(tx, tenant, oldest(person)).await?;
        let (account, at): (AccountId, _) = (person.accounts[0], context.clock.now());
        let new: Vec<NewValue<'_>> = values
            .iter()
            .map(|(field, value)| NewValue { account, field, value, source: "operator", at, verified })
            .collect();
        let put = profile::put(tx, tenant, &keys, &new, at, &*context.entropy).await?;
        if let Some((place, why)) = put.refused.first() {
            return Err(Failure::usage("people.profile", format!("{}: {why}", values[*place].0)));
        }
        let fields: Vec<&str> = values.iter().map(|(field, _)| field.as_str()).collect();
        let entry = Entry::new(Act::of_operator(tenant), "person.profile_set", person.id);
        audit::record(tx, context, entry.after(&Set { fields, verified })).await?;
        Ok(put.kept)
    });
    show(json, &done.await?, |kept| format!("{kept} set"))
}

async fn tag(
    installation: &Installation,
    of: &Of,
    person: PersonId,
    (set, until, remove): (&[String], Option<Timestamp>, &[String]),
    json: bool,
) -> Result<(), Failure> {
    let done = installation.write(of, async |tx, context, tenant| {
        let (person, now) = (tallymark_people::person(tx, tenant, oldest(person)).await?, context.clock.now());
        let new: Vec<NewTag> = set.iter().map(|tag| NewTag { tag: tag.clone(), expires_at: until }).collect();
        tags::remove(tx, tenant, &person.accounts, remove).await?;
        tags::set(tx, tenant, person.accounts[0], &new, ("operator", now)).await?;
        let entry = Entry::new(Act::of_operator(tenant), "person.tagged", person.id).after(&(new, remove));
        audit::record(tx, context, entry).await?;
        Ok(tags::of(tx, tenant, &person.accounts, now).await?)
    });
    show(json, &done.await?, |tags| tags_table(tags))
}

async fn rank(installation: &Installation, of: &Of, sources: Vec<String>, json: bool) -> Result<(), Failure> {
    let shown = if sources.is_empty() {
        installation.read(of, async |tx, tenant, _| Ok(profile::source_rank(tx, tenant.id).await?)).await?
    } else {
        let done = installation.write(of, async |tx, context, tenant| {
            profile::rank_sources(tx, tenant, &sources, context.clock.now()).await?;
            let entry = Entry::new(Act::of_operator(tenant), "profile_sources.set", tenant).after(&sources);
            audit::record(tx, context, entry).await?;
            Ok(sources)
        });
        done.await?
    };
    show(
        json,
        &shown,
        |sources| if sources.is_empty() { "no source is trusted more".into() } else { sources.join("\n") },
    )
}

async fn write_export(
    installation: &Installation,
    of: &Of,
    person: PersonId,
    reason: &str,
    out: &std::path::Path,
) -> Result<(), Failure> {
    let lake = installation.lake()?;
    let everything = installation.with_context(async |context| {
        let reason = reason_of(reason)?;
        let tenant = tenant_of(context, of).await?;
        let mut tx = context.store.write().await?;
        let keys = keys_of(&mut tx, context, tenant).await?;
        let person = tallymark_people::person(&mut tx, tenant, oldest(person)).await?;
        let entry = Entry::new(Act::of_operator(tenant), "person.exported", person.id).after(&Because { reason });
        audit::record(&mut tx, context, entry).await?;
        tx.commit().await?;
        let everything = export::everything(context, lake.as_ref(), tenant, &keys, &person).await;
        everything.map_err(|problem| told(&problem))
    });
    let text = format!("{:#}", everything.await?);
    let unwritten = |error| Failure::system("cli.out", error);
    file::write(out, None, |out| writeln!(out, "{text}").map_err(unwritten))?;
    Ok(())
}

async fn erase(
    installation: &Installation,
    of: &Of,
    person: PersonId,
    reason: &str,
    json: bool,
) -> Result<(), Failure> {
    let done = installation.with_context(async |context| {
        let (reason, act) = (reason_of(reason)?, Act::of_operator(tenant_of(context, of).await?));
        erasing::erase(context, act, oldest(person), reason).await.map_err(|problem| told(&problem))
    });
    show(json, &done.await?, |done| {
        let clean =
            if done.files_clean { "nothing is left in its files" } else { "a reader is in the way: erase again" };
        let (accounts, unread) = (done.erased.accounts.len(), done.unread_events);
        format!("{accounts} accounts erased, {unread} unread events removed; {clean}")
    })
}
