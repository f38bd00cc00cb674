//! Arguments that several commands take.

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as WordError;
use tallymark_base::geography::Language;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::seal::Key;
use tallymark_codes::{Face, Host, Level};
use tallymark_goods::print::{Form, Selection};
use tallymark_goods::{Batch, Serials};
use tallymark_lake::Settings;
use tallymark_partners::{Tenant, tenant};
use tallymark_store::Tx;

use crate::print::Failure;

/// Options that many commands share stand after a command's own.
pub(crate) const COMMON: usize = 900;

/// Whose data.
#[derive(Debug, Clone, Args)]
pub(crate) struct Of {
    /// The brand: its id or one of its hosts; may be left out where there is only one
    #[arg(long, global = true, env = "TALLYMARK_TENANT", hide_env_values = true, display_order = COMMON)]
    tenant: Option<String>,
}

impl Of {
    /// The brand that is meant.
    pub(crate) async fn find(&self, tx: &mut Tx, master: &Key) -> Result<Tenant, Failure> {
        let Some(text) = &self.tenant else { return only(tenant::all(tx, master).await?) };
        let found = match text.parse::<TenantId>() {
            Ok(id) => tenant::find(tx, master, id).await?,
            Err(_) => tenant::by_host(tx, master, text).await?,
        };
        found.ok_or_else(|| {
            Failure::usage("cli.tenant_unknown", format!("there is no tenant {text}; see `tallymark tenant list`"))
        })
    }
}

fn only(mut tenants: Vec<Tenant>) -> Result<Tenant, Failure> {
    match (tenants.pop(), tenants.len()) {
        (Some(tenant), 0) => Ok(tenant),
        (None, _) => Err(Failure::usage(
            "cli.tenant_missing",
            "there is no tenant; make one: tallymark tenant create --name NAME --host HOST",
        )),
        (Some(_), others) => Err(Failure::usage(
            "cli.tenant_needed",
            format!("there are {} tenants; say which by --tenant, see `tallymark tenant list`", others + 1),
        )),
    }
}

/// How the lake is written.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LakeWriting {
    /// Seconds that events wait for others before they go to the lake together
    #[arg(long, env = "TALLYMARK_LAKE_LINGER_S", value_name = "S", default_value_t = 50, hide_env_values = true)]
    lake_linger_s: u64,
    /// Seconds after which another server takes over from one that died
    #[arg(long, env = "TALLYMARK_LAKE_LEASE_S", value_name = "S", default_value_t = 60, hide_env_values = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    lake_lease_s: u64,
}

impl LakeWriting {
    pub(crate) fn settings(self) -> Settings {
        let Self { lake_linger_s, lake_lease_s } = self;
        let (linger, lease) = (Duration::from_secs(lake_linger_s), Duration::from_secs(lake_lease_s));
        Settings { linger, lease, ..Settings::default() }
    }
}

/// A batch, named in either of two ways.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhichBatch {
    /// The batch
    #[arg(value_name = "BATCH")]
    batch: Option<BatchId>,
    /// The same, as an option
    #[arg(long = "batch", value_name = "BATCH")]
    batch_option: Option<BatchId>,
}

impl WhichBatch {
    pub(crate) fn id(&self) -> Result<BatchId, Failure> {
        let id = self.batch.or(self.batch_option);
        id.ok_or_else(|| Failure::usage("cli.usage", "name a batch"))
    }
}

/// Neighbouring serials of a batch and level; all where neither end is given.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Range {
    /// The first serial, from 0
    #[arg(long)]
    first: Option<u64>,
    /// The last serial, itself included
    #[arg(long)]
    last: Option<u64>,
}

impl Range {
    /// The serials that are meant.
    pub(crate) fn of(self, batch: &Batch, level: Level) -> Serials {
        let count = batch.packing().count(level);
        Serials::new(self.first.unwrap_or(0), self.last.unwrap_or(count.saturating_sub(1)))
    }
}

/// Which codes are printed, and how each is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Printed {
    #[command(flatten)]
    pub(crate) of: Of,
    #[command(flatten)]
    pub(crate) batch: WhichBatch,
    /// item, case or pallet
    #[arg(long, default_value_t = Level::Item)]
    pub(crate) level: Level,
    /// outer or inner
    #[arg(long, default_value_t = Face::Outer)]
    pub(crate) face: Face,
    #[command(flatten)]
    pub(crate) range: Range,
    /// How a code is written: HTTPS://HOST/C/CODE, its characters alone, or https://host/01/GTIN/21/CODE (GS1)
    #[arg(long, value_enum, default_value_t = FormName::Link)]
    pub(crate) form: FormName,
    /// The host in links, http:// before it for plain http; the brand's first host where it is left out
    #[arg(long, value_parser = host)]
    pub(crate) host: Option<Host>,
    /// The SSCCs of cases or pallets that bear one, as https://host/00/SSCC, in the place of codes
    #[arg(long, conflicts_with_all = ["form", "face"])]
    pub(crate) sscc: bool,
}

/// How codes are written, or that the SSCCs of packs are.
#[derive(Debug, Clone)]
pub(crate) enum Written {
    Codes(Form),
    Sscc(Host),
}

/// How a code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormName {
    Link,
    Code,
    DigitalLink,
}

impl Printed {
    /// The codes that are meant, of a batch that was looked up.
    pub(crate) fn selection(&self, batch: &Batch) -> Selection {
        Selection {
            batch: batch.id,
            level: self.level,
            face: self.face,
            serials: Some(self.range.of(batch, self.level)),
        }
    }

    /// How they are written.
    pub(crate) fn written(&self, tenant: &Tenant) -> Result<Written, Failure> {
        if self.form == FormName::Code {
            return Ok(Written::Codes(Form::Code));
        }
        let first = || tenant.hosts.first().and_then(|name| Host::parse(name).ok());
        let host = self.host.clone().or_else(first).ok_or_else(|| {
            Failure::usage("cli.host_missing", "the tenant has no host to print in links; give one by --host")
        })?;
        Ok(match self.form {
            _ if self.sscc => Written::Sscc(host),
            FormName::Link => Written::Codes(Form::Link(host)),
            FormName::DigitalLink | FormName::Code => Written::Codes(Form::DigitalLink(host)),
        })
    }
}

fn host(text: &str) -> Result<Host, String> {
    Host::parse(text).map_err(|error| error.to_string())
}

/// The language of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    En,
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

/// One of the words that the API knows for a type, hyphens allowed for underscores. As a value parser.
pub(crate) fn word<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    T::deserialize(text.replace('-', "_").into_deserializer()).map_err(|error: WordError| error.to_string())
}
