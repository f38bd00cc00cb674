//! `tallymark link`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::LinkId;
use tallymark_codes::gs1::{DigitalLinkUri, Epc, Options, parse_bracketed, parse_element_string};
use tallymark_goods::{NewResolverLink, ResolverLink, links};
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::file::read_json;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct LinkGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: LinkCommand,
}

#[derive(Debug, Subcommand)]
enum LinkCommand {
    /// Make a link that the resolver gives for a GS1 key
    Create {
        /// The link as JSON, as the API takes it; - for stdin
        #[arg(long)]
        file: PathBuf,
    },
    /// List links, oldest first
    List {
        /// Only those about exactly this GS1 key with these qualifiers: a Digital Link or its path
        #[arg(long)]
        about: Option<String>,
    },
    /// Put a link in the place of one
    Replace {
        /// The link
        link: LinkId,
        /// The link as JSON, as the API takes it; - for stdin
        #[arg(long)]
        file: PathBuf,
    },
    /// Remove a link
    Remove {
        /// The link
        link: LinkId,
    },
    /// Say what a GS1 Digital Link, an element string or an EPC URN names, or what is wrong with it; asks no database
    Read {
        /// The text: https://…/01/…, (01)…, ^01… or urn:epc:…
        text: String,
        /// Take a GTIN-8, GTIN-12 or GTIN-13 where fourteen digits must stand
        #[arg(long)]
        short_gtins: bool,
        /// Take words such as `gtin` and `ser` in the path
        #[arg(long)]
        words: bool,
        /// Take attributes whose identifier GS1 has not given out
        #[arg(long)]
        unknown: bool,
    },
}

impl LinkGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = self.of;
        match self.command {
            LinkCommand::Create { file } => {
                let new: NewResolverLink = read_json(&file)?;
                let create = installation.write(&of, async |tx, context, tenant| {
                    let kept = links::create(tx, tenant, &context.ids, &*context.clock, new).await?;
                    for entry in kept.entries(Act::of_operator(tenant), "link.created") {
                        audit::record(tx, context, entry).await?;
                    }
                    Ok(kept.link)
                });
                show(json, &create.await?, told)
            }
            LinkCommand::List { about } => {
                let list = installation.read(&of, async |tx, tenant, _| {
                    Ok(links::list(tx, tenant.id, about.as_deref(), None, i64::MAX).await?)
                });
                show(json, &list.await?, |links| {
                    let rows: Vec<_> = links.iter().map(row).collect();
                    table(["ID", "ABOUT", "TYPE", "TARGET"], &rows, "no links")
                })
            }
            LinkCommand::Replace { link, file } => {
                let new: NewResolverLink = read_json(&file)?;
                let replace = installation.write(&of, async |tx, context, tenant| {
                    let kept = links::replace(tx, tenant, &*context.clock, link, new).await?;
                    for entry in kept.entries(Act::of_operator(tenant), "link.replaced") {
                        audit::record(tx, context, entry).await?;
                    }
                    Ok(kept.link)
                });
                show(json, &replace.await?, told)
            }
            LinkCommand::Remove { link } => {
                let remove = installation.write(&of, async |tx, context, tenant| {
                    let before = links::remove(tx, tenant, link).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "link.removed", link).before(&before);
                    audit::record(tx, context, entry).await?;
                    Ok(before)
                });
                show(json, &remove.await?, |link| format!("{} leads nowhere any more", link.id))
            }
            LinkCommand::Read { text, short_gtins, words, unknown } => {
                let options = Options {
                    has_zero_suppressed_gtins: short_gtins,
                    has_convenience_alphas: words,
                    has_unknown_attributes: unknown,
                    ..Options::default()
                };
                let link = read(&text, &options).map_err(|error| Failure::usage("link.malformed", error))?;
                show(json, &Read::of(&link), Read::lines)
            }
        }
    }
}

fn read(text: &str, options: &Options) -> Result<DigitalLinkUri, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let arranged = |elements| DigitalLinkUri::from_elements(elements).map_err(|error| said(&error));
    match text {
        _ if text.starts_with("urn:") => Epc::parse(text).map(|epc| epc.link().clone()).map_err(|error| said(&error)),
        _ if text.starts_with('(') => arranged(parse_bracketed(text).map_err(|error| said(&error))?),
        _ if text.starts_with(['^', '\u{1d}']) => arranged(parse_element_string(text).map_err(|error| said(&error))?),
        _ => DigitalLinkUri::parse_with(text, options).map_err(|error| said(&error)),
    }
}

fn told(link: &ResolverLink) -> String {
    format!("{} leads from {} to {}", link.id, link.anchor, link.target)
}

fn row(link: &ResolverLink) -> [String; 4] {
    [link.id.to_string(), link.anchor.clone(), link.link_type.clone(), link.target.clone()]
}

/// What a text names, in all forms.
#[derive(Debug, Serialize)]
struct Read {
    elements: String,
    element_string: String,
    canonical: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<String>,
}

impl Read {
    fn of(link: &DigitalLinkUri) -> Self {
        Self {
            elements: link.bracketed(),
            element_string: link.element_string(),
            canonical: link.canonical(),
            others: link.others().to_vec(),
        }
    }

    fn lines(&self) -> String {
        let mut pairs = vec![
            ("elements", self.elements.clone()),
            ("element string", self.element_string.clone()),
            ("canonical", self.canonical.clone()),
        ];
        if !self.others.is_empty() {
            pairs.push(("others", self.others.join("&")));
        }
        list(&pairs)
    }
}
