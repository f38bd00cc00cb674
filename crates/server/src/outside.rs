//! The companies outside, as this server uses them: one client for all, the file of places, and each tenant's accounts,
//! remembered for a few seconds since every page asks.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tallymark_base::id::TenantId;
use tallymark_partners::tenant;
use tallymark_people::otp::CodeKeys;
use tallymark_providers::sms::SmsProvider;
use tallymark_providers::{
    Error, Http, KEY_PURPOSE, PlacesByAddress, ProviderKind, ProviderSetting, SmsSetting, WechatAccount,
};
use tallymark_scan::types::{Place, PlaceSource};
use tallymark_store::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long accounts are remembered: a changed setting holds on every server after this time.
const REMEMBER_FOR: Duration = Duration::from_secs(5);
/// Tenants remembered at once; beyond, the memory starts again.
const REMEMBERED_MAX: usize = 10_000;
/// How often the file of places is looked at.
const LOOK_AT_PLACES_EVERY: Duration = Duration::from_secs(60);

/// What an operator decides about the companies outside.
#[derive(Debug, Clone, Default)]
pub struct OutsideOptions {
    /// A file in the MaxMind DB format that knows positions; without it no place is taken from a network address.
    pub places_file: Option<PathBuf>,
    /// Whether providers on this machine may be called: for tests, demos, and adapters of the operator's own.
    pub calls_loopback: bool,
}

/// The companies outside. Cheap to clone; every clone knows the same.
#[derive(Debug, Clone)]
pub struct Outside {
    pub(crate) http: Http,
    places: Option<PlacesByAddress>,
    known: Arc<Mutex<HashMap<TenantId, Remembered>>>,
}

/// Accounts, and until when they are trusted.
type Remembered = (Arc<Accounts>, Duration);

/// The accounts of a tenant, ready to be used.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) wechat: Option<WechatAccount>,
    pub(crate) sms: Option<Sms>,
}

/// Who sends a tenant's messages.
#[derive(Debug)]
pub(crate) struct Sms {
    pub(crate) setting: SmsSetting,
    pub(crate) provider: Arc<dyn SmsProvider>,
    pub(crate) keys: CodeKeys,
}

impl Outside {
    /// Opens what the options name. A file of places that cannot be used is an error that says why.
    pub fn open(options: OutsideOptions) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(options.calls_loopback)?,
            places: options.places_file.map(PlacesByAddress::open).transpose()?,
            known: Arc::default(),
        })
    }

    /// Where network addresses like this one are used.
    pub(crate) fn place(&self, address: IpAddr) -> Option<Place> {
        let adcode = self.places.as_ref()?.place(address)?;
        Some(Place { adcode, source: PlaceSource::Address })
    }

    /// The accounts of a tenant.
    pub(crate) async fn accounts(&self, context: &Context, id: TenantId) -> Result<Arc<Accounts>, Error> {
        let elapsed = context.clock.elapsed();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some((accounts, until)) = known
            && elapsed < until
        {
            return Ok(accounts);
        }
        let accounts = Arc::new(self.read(context, id).await?);
        self.remember(id, accounts.clone(), elapsed);
        Ok(accounts)
    }

    /// The accounts of a tenant for a page, which is not lost because they cannot be read.
    pub(crate) async fn accounts_or_none(&self, context: &Context, id: TenantId) -> Arc<Accounts> {
        let error = match self.accounts(context, id).await {
            Ok(accounts) => return accounts,
            Err(error) => error,
        };
        let none = Arc::<Accounts>::default();
        if !matches!(error, Error::Store(_)) {
            // Settings that cannot be used stay so until somebody changes them: say it now and then, not for every page.
            tracing::error!(%error, tenant = %id, "the tenant's providers cannot be used");
            self.remember(id, none.clone(), context.clock.elapsed());
        }
        none
    }

    fn remember(&self, id: TenantId, accounts: Arc<Accounts>, elapsed: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(id, (accounts, elapsed + REMEMBER_FOR));
    }

    /// Forgets what is remembered of a tenant whose settings were changed here.
    pub(crate) fn forget(&self, id: TenantId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    async fn read(&self, context: &Context, id: TenantId) -> Result<Accounts, Error> {
        let mut tx = context.store.read().await?;
        let mut accounts = Accounts::default();
        let settings = tallymark_providers::list(&mut tx, id).await?;
        if settings.is_empty() {
            return Ok(accounts);
        }
        let tenant = tenant::find(&mut tx, &context.master, id).await;
        let unreadable = || tallymark_store::Error::Unreadable(format!("the record of tenant {id}"));
        let tenant = tenant.ok().flatten().ok_or_else(unreadable)?;
        let key = tenant.secret_for(KEY_PURPOSE);
        for kind in ProviderKind::ALL {
            match tallymark_providers::find(&mut tx, id, &key, kind).await? {
                None => {}
                Some((ProviderSetting::Wechat(setting), secret)) => accounts.wechat = Some(setting.account(secret)?),
                Some((ProviderSetting::Sms(setting), secret)) => {
                    let (clock, entropy) = (context.clock.clone(), context.entropy.clone());
                    let provider = setting.provider(secret, self.http.clone(), clock, entropy)?;
                    accounts.sms = Some(Sms { setting, provider, keys: CodeKeys::new(&tenant) });
                }
            }
        }
        Ok(accounts)
    }

    /// Loads the file of places again when it was replaced, looking now and then and at SIGHUP, until told to stop.
    pub(crate) async fn watch_places(self, mut stopped: watch::Receiver<bool>) {
        let Some(places) = self.places else { return };
        let mut look = tokio::time::interval(LOOK_AT_PLACES_EVERY);
        look.tick().await;
        let mut hangup = signal(SignalKind::hangup()).ok();
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                _ = look.tick() => {}
                () = told(hangup.as_mut()) => {}
            }
            let places = places.clone();
            // Reading 100 MB takes a while.
            match tokio::task::spawn_blocking(move || places.reload()).await {
                Ok(Ok(false)) | Err(_) => {}
                Ok(Ok(true)) => tracing::info!("the file of places was loaded again"),
                Ok(Err(error)) => tracing::error!(%error, "the former file of places stays in use"),
            }
        }
    }
}

/// Waits for the signal, for ever where it cannot be heard.
async fn told(hangup: Option<&mut tokio::signal::unix::Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => std::future::pending().await,
    }
}
