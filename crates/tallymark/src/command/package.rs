//! `tallymark package`: codes of a batch as an encrypted file for a printing house.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::{BatchId, PackageId};
use tallymark_codes::{Face, Host, Level};
use tallymark_goods::package::{Written, write};
use tallymark_goods::packages::{self, Opened, Taker};
use tallymark_goods::{Column, Error, Format, NewPackage, Package, Part, WrittenAs};
use tallymark_partners::tenant;
use tallymark_store::audit::{self, Entry};

use crate::arguments::{Of, word};
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct PackageGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: PackageCommand,
}

#[derive(Debug, Subcommand)]
enum PackageCommand {
    /// Order a package; prints its password, once
    Add(Add),
    /// List the packages of a batch, oldest first
    List {
        /// The batch
        #[arg(long)]
        batch: BatchId,
    },
    /// Write a package to a file; the same package is the same file every time
    Write {
        /// The package
        package: PackageId,
        /// The file; - for stdout
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Why it is needed again, where it was taken before
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// The batch
    #[arg(long)]
    batch: BatchId,
    /// Who prints
    #[arg(long, value_name = "NAME")]
    recipient: String,
    /// Level and face, such as item-inner or case-outer; may be repeated; all of the batch where it is left out
    #[arg(long, value_name = "LEVEL-FACE", value_parser = part)]
    part: Vec<Part>,
    /// txt, csv, json-lines, svg or png
    #[arg(long, default_value = "txt", value_parser = word::<Format>)]
    format: Format,
    /// What is written in txt and drawn: link, code or digital-link
    #[arg(long, default_value = "link", value_parser = word::<WrittenAs>)]
    form: WrittenAs,
    /// Columns of csv and json-lines, with commas between: serial, code, link, digital-link, gtin, lot, level, face, box, case,
    /// pallet
    #[arg(long, value_delimiter = ',', value_parser = word::<Column>)]
    columns: Vec<Column>,
    /// Codes of a file at most
    #[arg(long, value_name = "N")]
    codes_per_file: Option<u64>,
    /// Bytes of a file at most
    #[arg(long, value_name = "BYTES")]
    bytes_per_file: Option<u64>,
    /// Where links lead; the brand's first host where it is left out
    #[arg(long, value_parser = host)]
    host: Option<Host>,
}

fn host(text: &str) -> Result<Host, String> {
    Host::parse(text).map_err(|error| error.to_string())
}

fn part(text: &str) -> Result<Part, String> {
    let (level, face) = text.split_once('-').ok_or("write LEVEL-FACE, such as item-inner")?;
    let level: Level = level.parse().map_err(|error| format!("{error}"))?;
    let face: Face = face.parse().map_err(|error| format!("{error}"))?;
    Ok(Part { level, face })
}

/// A package that was ordered.
#[derive(Serialize)]
struct Ordered {
    #[serde(flatten)]
    package: Package,
    password: String,
}

/// What was written.
#[derive(Serialize)]
struct Taken {
    package: PackageId,
    codes: u64,
    bytes: u64,
    sha256: String,
    file: PathBuf,
}

impl PackageGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self.command {
            PackageCommand::Add(add) => {
                let made = order(installation, &self.of, add).await?;
                show(json, &made, |made| {
                    list(&[
                        ("Package", made.package.id.to_string()),
                        ("Files", made.package.files.to_string()),
                        ("Codes", made.package.codes.to_string()),
                        ("Password", format!("{} (shown this once)", made.password)),
                    ])
                })
            }
            PackageCommand::List { batch } => {
                let read = installation.read(&self.of, async |tx, tenant, _| {
                    Ok(packages::list(tx, tenant.id, batch, None, i64::MAX).await?)
                });
                show(json, &read.await?, |packages| {
                    let rows: Vec<_> = packages.iter().map(row).collect();
                    table(["ID", "RECIPIENT", "FILES", "CODES", "DOWNLOADS", "ORDERED"], &rows, "no packages")
                })
            }
            PackageCommand::Write { package, out, reason } => {
                let taken = take(installation, &self.of, package, out, reason).await?;
                if file::is_standard(&taken.file) {
                    return Ok(());
                }
                show(json, &taken, |taken| {
                    format!("{} codes in {}\nSHA-256 {}", taken.codes, taken.file.display(), taken.sha256)
                })
            }
        }
    }
}

fn row(package: &Package) -> [String; 6] {
    [
        package.id.to_string(),
        package.recipient.clone(),
        package.files.to_string(),
        package.codes.to_string(),
        package.downloads.to_string(),
        package.created_at.to_string(),
    ]
}

async fn order(installation: &Installation, of: &Of, add: Add) -> Result<Ordered, Failure> {
    let Add { batch, recipient, part, format, form, columns, codes_per_file, bytes_per_file, host } = add;
    let new =
        NewPackage { recipient, parts: part, format, form, columns, codes_per_file, bytes_per_file, origin: None };
    let order = installation.write(of, async |tx, context, tenant| {
        let brand = tenant::find(tx, &context.master, tenant).await?;
        let first = || brand.iter().flat_map(|brand| &brand.hosts).find_map(|name| Host::parse(name).ok());
        let host = host.or_else(first);
        if packages::needs_host(&new) && host.is_none() {
            return Err(Failure::usage(
                "cli.host_missing",
                "the tenant has no host to print in links; give one by --host",
            ));
        }
        let (package, password) = packages::order(tx, context, tenant, batch, &new, host.as_ref()).await?;
        let entry = Entry::new(Act::of_operator(tenant), "package.ordered", package.id).after(&package);
        audit::record(tx, context, entry).await?;
        Ok(Ordered { package, password })
    });
    order.await
}

/// Writes the file, and keeps that it was taken before a code is written and how that ended after.
async fn take(
    installation: &Installation,
    of: &Of,
    id: PackageId,
    out: PathBuf,
    reason: Option<String>,
) -> Result<Taken, Failure> {
    let taker = Taker { actor: "operator".into(), address: String::new(), reason, may_repeat: true };
    let begin = installation.write(of, async |tx, context, tenant| {
        let opened = packages::begin_download(tx, context, tenant, id, taker).await?;
        let entry = Entry::new(Act::of_operator(tenant), "package.download_begun", id).after(&opened.download);
        audit::record(tx, context, entry).await?;
        let catalog = tallymark_goods::catalog(tx, tenant, &context.master).await?;
        Ok((catalog, opened))
    });
    let (catalog, Opened { package, secret, download }) = begin.await?;
    let mut whole: Option<Written> = None;
    let done = file::write(&out, None, |out| -> Result<(), Error> {
        whole = Some(write(&catalog, &package, &secret, out)?);
        Ok(())
    });
    let whole = whole.filter(|_| done.is_ok());
    let ended = (whole.as_ref().map_or(0, |whole| whole.bytes), whole.clone());
    let end = installation.write(of, async |tx, context, tenant| {
        let download = packages::end_download(tx, context, tenant, id, download, ended).await?;
        let entry = Entry::new(Act::of_operator(tenant), "package.download_ended", id).after(&download);
        Ok(audit::record(tx, context, entry).await?)
    });
    end.await?;
    let bytes = done?;
    let sha256 = whole.map(|whole| whole.sha256).unwrap_or_default();
    Ok(Taken { package: id, codes: package.codes, bytes, sha256, file: out })
}
