//! `tallymark user`.

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_access::mail::{address_of, clerk_address_of};
use tallymark_access::{NewSignInLink, NewUser, PasswordLink, Place, Role, SignInLink, User, sign_in_link, user};
use tallymark_base::Act;
use tallymark_base::id::{OrganisationId, TenantId, UserId};
use tallymark_partners::tenant;
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};

use crate::arguments::{Of, word};
use crate::installation::Installation;
use crate::print::{Failure, show, table};

/// Users of a page of the list.
const PAGE: i64 = 200;

#[derive(Debug, Args)]
pub(super) struct UserGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Invite a person; prints the link by which they set a password, once
    Invite {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// Their name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// List users
    List,
    /// Change what a user may do, and where
    Role {
        /// The user: their id or email address
        user: String,
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// Do not let a user sign in any more; their sessions end within five seconds
    Disable {
        /// The user: their id or email address
        user: String,
    },
    /// Let a user sign in again
    Enable {
        /// The user: their id or email address
        user: String,
    },
    /// Print a link by which a user signs in at the clerk page, once, to handle goods; links made before are void
    Link {
        /// The user: their id or email address
        user: String,
        /// For how many minutes the link can be used: at most a day
        #[arg(long, default_value_t = 30)]
        minutes: u32,
        /// For how many hours they stay signed in: at most thirty days
        #[arg(long, default_value_t = 12)]
        hours: u32,
    },
    /// Print a link by which a user sets a new password, once; links made before are void
    Reset {
        /// The user: their id or email address
        user: String,
    },
}

#[derive(Debug, Clone, Copy, Args)]
struct PlaceArguments {
    /// owner, marketer, channel-manager, analyst, clerk, store or guide
    #[arg(long, value_parser = word::<Role>)]
    role: Role,
    /// The part of the channel tree to limit them to: an organisation and all below it
    #[arg(long)]
    organisation: Option<OrganisationId>,
}

/// A user, and the link to hand over.
#[derive(Debug, Serialize)]
struct Linked {
    user: User,
    purpose: tallymark_access::LinkPurpose,
    link: String,
    expires_at: tallymark_base::Timestamp,
}

/// A user, and the link by which they sign in.
#[derive(Debug, Serialize)]
struct SignInLinked {
    user: User,
    link: String,
    expires_at: tallymark_base::Timestamp,
    session_hours: u32,
}

impl UserGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = &self.of;
        match self.command {
            UserCommand::Invite { email, name, place: PlaceArguments { role, organisation } } => {
                let new = NewUser { email, name, role, organisation };
                let made = installation.write(of, async |tx, context, tenant| {
                    let made = user::invite(tx, context, tenant, &new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "user.invited", made.id).after(&made.standing());
                    audit::record(tx, context, entry).await?;
                    linked(tx, context, tenant, made).await
                });
                show(json, &made.await?, handed_over)
            }
            UserCommand::Reset { user: text } => {
                let made = installation.write(of, async |tx, context, tenant| {
                    let found = named(tx, tenant, &text).await?;
                    linked(tx, context, tenant, found).await
                });
                show(json, &made.await?, handed_over)
            }
            UserCommand::Link { user: text, minutes, hours } => {
                let wanted = NewSignInLink { valid_minutes: minutes, session_hours: hours };
                let made = installation.write(of, async |tx, context, tenant| {
                    let found = named(tx, tenant, &text).await?;
                    sign_in_linked(tx, context, tenant, found, wanted).await
                });
                show(json, &made.await?, let_in)
            }
            UserCommand::List => {
                let all = installation.read(of, async |tx, tenant, _| everybody(tx, tenant.id).await).await?;
                show(json, &all, |users| listed(users))
            }
            UserCommand::Role { user: text, place: PlaceArguments { role, organisation } } => {
                let changed = installation.write(of, async |tx, context, tenant| {
                    let id = named(tx, tenant, &text).await?.id;
                    let changed = user::set_place(tx, tenant, id, Place { role, organisation }).await?;
                    audit::record(tx, context, changed.entry(Act::of_operator(tenant), "user.role_set")).await?;
                    Ok(changed.after)
                });
                show(json, &changed.await?, told)
            }
            UserCommand::Disable { user } => set_enabled(installation, of, json, &user, false).await,
            UserCommand::Enable { user } => set_enabled(installation, of, json, &user, true).await,
        }
    }
}

async fn set_enabled(
    installation: &Installation,
    of: &Of,
    json: bool,
    text: &str,
    is_enabled: bool,
) -> Result<(), Failure> {
    let changed = installation.write(of, async |tx, context, tenant| {
        let id = named(tx, tenant, text).await?.id;
        let changed = user::set_enabled(tx, tenant, id, is_enabled).await?;
        audit::record(tx, context, changed.entry(Act::of_operator(tenant), "user.status_set")).await?;
        Ok(changed.after)
    });
    show(json, &changed.await?, told)
}

/// The user with an id or an email address.
async fn named(tx: &mut Tx, tenant: TenantId, text: &str) -> Result<User, Failure> {
    if let Ok(id) = text.parse::<UserId>() {
        return Ok(user::find(tx, tenant, id).await?);
    }
    let found = user::by_email(tx, tenant, text).await?;
    found.ok_or_else(|| {
        Failure::usage("cli.user_unknown", format!("there is no user {text}; see `tallymark user list`"))
    })
}

async fn linked(tx: &mut Tx, context: &Context, id: TenantId, user: User) -> Result<Linked, Failure> {
    let brand = tenant::find(tx, &context.master, id).await?;
    let PasswordLink { purpose, token, expires_at, .. } = user::make_link(tx, context, id, user.id).await?;
    audit::record(tx, context, Entry::new(Act::of_operator(id), "user.link_made", user.id).after(&purpose)).await?;
    let brand = brand.ok_or_else(|| Failure::usage("cli.tenant_unknown", format!("there is no tenant {id}")))?;
    Ok(Linked { user, purpose, link: address_of(&brand, &token, true), expires_at })
}

async fn sign_in_linked(
    tx: &mut Tx,
    context: &Context,
    id: TenantId,
    user: User,
    wanted: NewSignInLink,
) -> Result<SignInLinked, Failure> {
    let brand = tenant::find(tx, &context.master, id).await?;
    let made = sign_in_link::make(tx, context, id, user.id, wanted).await?;
    let entry = Entry::new(Act::of_operator(id), "user.sign_in_link_made", user.id).after(&made.terms());
    audit::record(tx, context, entry).await?;
    let brand = brand.ok_or_else(|| Failure::usage("cli.tenant_unknown", format!("there is no tenant {id}")))?;
    let SignInLink { token, expires_at, session_hours, .. } = made;
    Ok(SignInLinked { user, link: clerk_address_of(&brand, &token, true), expires_at, session_hours })
}

/// Every user of a brand.
pub(super) async fn everybody(tx: &mut Tx, tenant: TenantId) -> Result<Vec<User>, Failure> {
    let mut all: Vec<User> = Vec::new();
    loop {
        let page = user::page(tx, tenant, all.last().map(|last| last.id), PAGE).await?;
        let is_last = (page.len() as i64) < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

fn handed_over(made: &Linked) -> String {
    format!(
        "{}\nLink to set a password, shown this once, valid until {}: {}",
        told(&made.user),
        made.expires_at,
        made.link
    )
}

fn let_in(made: &SignInLinked) -> String {
    format!(
        "{}\nLink to sign in at the clerk page for {} hours, shown this once, to be used until {}: {}",
        told(&made.user),
        made.session_hours,
        made.expires_at,
        made.link
    )
}

fn told(user: &User) -> String {
    let place = user.organisation.map_or(String::new(), |organisation| format!(" in {organisation}"));
    format!("{} {} is {} ({}{place})", user.email, user.id, user.status.name(), user.role.name())
}

fn listed(users: &[User]) -> String {
    let row = |user: &User| {
        [
            user.id.to_string(),
            user.email.clone(),
            user.name.clone(),
            user.role.name().to_owned(),
            user.organisation.map_or_else(String::new, |organisation| organisation.to_string()),
            user.status.name().to_owned(),
            user.reset_asked_at.map_or_else(String::new, |at| at.to_string()),
        ]
    };
    let headings = ["ID", "EMAIL", "NAME", "ROLE", "ORGANISATION", "STATUS", "ASKED FOR A RESET"];
    table(headings, &users.iter().map(row).collect::<Vec<_>>(), "no users; invite the first: tallymark user invite")
}
