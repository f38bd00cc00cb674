//! What is refused about users, sessions and passwords.

use tallymark_base::id::{IdError, OrganisationId, SessionId, UserId};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_store::audit::RecordError;
use tallymark_web::Problem;

use crate::rules::Role;
use crate::rules::role::Limit;

/// A refused request about users, sessions or passwords. Nothing was changed, except that a failed attempt counts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an email address.
    #[error("an email address looks like name@brand.example and has at most 254 bytes")]
    Email,
    /// A name is empty, too long, or holds control characters.
    #[error("a name has 1 to 120 characters and no control characters")]
    Name,
    /// A password that is guessed too soon.
    #[error("this password is refused: {reason}; take at least 12 characters that nobody guesses, such as four words")]
    Password {
        /// Why.
        reason: &'static str,
    },
    /// Another user has the address.
    #[error("a user with this email address exists")]
    EmailTaken,
    /// The organisation does not exist in this tenant.
    #[error("there is no organisation {organisation} to limit a user to")]
    OrganisationNotFound {
        /// What was given.
        organisation: OrganisationId,
    },
    /// The role and the organisation do not go together.
    #[error(
        "{}",
        match role.limit() {
            Limit::Never => format!("the role {} concerns the whole brand: leave organisation out", role.name()),
            _ => format!("the role {} is limited to a part of the channel tree: name its organisation", role.name()),
        }
    )]
    RolePlace {
        /// The role.
        role: Role,
    },
    /// No such user.
    #[error("there is no user {user}")]
    UserNotFound {
        /// What was asked for.
        user: UserId,
    },
    /// A user who cannot sign in gets no link.
    #[error("user {user} is disabled; set the status to active first")]
    UserDisabled {
        /// Who.
        user: UserId,
    },
    /// Nobody could manage users any more.
    #[error("this is the last owner who can sign in; make another user an owner first")]
    LastOwner,
    /// Wrong email, wrong password, no such user, a disabled user: not told apart.
    #[error("the email address or the password is wrong")]
    SignInRefused,
    /// The password that was to be confirmed is wrong.
    #[error("the password is wrong")]
    PasswordWrong,
    /// The code of the second factor is wrong or was used.
    #[error("this code is wrong, too old, or was used; wait for the next one")]
    CodeRefused,
    /// The second factor is on already.
    #[error("a second factor is on; turn it off before another is set up")]
    SecondFactorOn,
    /// There is no second factor to confirm or to turn off.
    #[error("no second factor was set up")]
    SecondFactorOff,
    /// Too many failures.
    #[error("too many attempts; the next one is taken at {next_at}")]
    TooManyAttempts {
        /// When the next attempt is taken.
        next_at: Timestamp,
        /// How long that is from the refusal, in microseconds.
        wait_us: i64,
    },
    /// Too many sign-ins at once.
    #[error("too many people sign in right now; try again in a moment")]
    Busy,
    /// The link was never made, was used, or is over.
    #[error("this link is not known, was used, or has run out; ask for another")]
    LinkRefused,
    /// A link to sign in is for handling goods.
    #[error("a link to sign in is for handling goods, which the role {} does not; make the user a clerk or a store", role.name())]
    RoleWithoutGoods {
        /// The role.
        role: Role,
    },
    /// A link or its session would last too long, or not at all.
    #[error(
        "a link is valid for 1 to 1440 minutes and signs in for 1 to 720 hours, not {valid_minutes} minutes and {session_hours} hours"
    )]
    LinkTerms {
        /// What was asked for.
        valid_minutes: u32,
        /// What was asked for.
        session_hours: u32,
    },
    /// No such session of this user.
    #[error("there is no session {session}")]
    SessionNotFound {
        /// What was asked for.
        session: SessionId,
    },
    /// No brand answers at this host.
    #[error("no brand answers at this host name")]
    HostUnknown,
    /// A stored value is not one that this program writes.
    #[error("a stored value is not readable: {0}")]
    Unreadable(String),
    /// The channel tree.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A sealed secret does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Error {
    /// The answer over HTTP, with the time to wait where there is one.
    pub(crate) fn problem(self) -> Problem {
        let wait = match &self {
            Self::TooManyAttempts { wait_us, .. } => Some(*wait_us),
            _ => None,
        };
        let problem = Problem::from(self);
        match wait.and_then(|wait| u64::try_from(wait).ok()) {
            Some(wait) => problem.retry_after(std::time::Duration::from_micros(wait)),
            None => problem,
        }
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Id(error) => Self::Id(error),
        }
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Email => "access.email",
            Self::Name => "access.name",
            Self::Password { .. } => "access.password",
            Self::EmailTaken => "access.email_taken",
            Self::OrganisationNotFound { .. } => "access.organisation_not_found",
            Self::RolePlace { .. } => "access.role_place",
            Self::UserNotFound { .. } => "access.user_not_found",
            Self::UserDisabled { .. } => "access.user_disabled",
            Self::LastOwner => "access.last_owner",
            Self::SignInRefused => "access.sign_in_refused",
            Self::PasswordWrong => "access.password_wrong",
            Self::CodeRefused => "access.code_refused",
            Self::SecondFactorOn => "access.second_factor_on",
            Self::SecondFactorOff => "access.second_factor_off",
            Self::TooManyAttempts { .. } => "access.too_many_attempts",
            Self::Busy => "access.busy",
            Self::LinkRefused => "access.link_refused",
            Self::RoleWithoutGoods { .. } => "access.role_without_goods",
            Self::LinkTerms { .. } => "access.link_terms",
            Self::SessionNotFound { .. } => "access.session_not_found",
            Self::HostUnknown => "access.host_unknown",
            Self::Unreadable(_) => "access.unreadable",
            Self::Partners(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Email | Self::Name | Self::Password { .. } | Self::RolePlace { .. } | Self::LinkTerms { .. } => {
                Kind::Invalid
            }
            Self::SignInRefused | Self::CodeRefused => Kind::Unauthenticated,
            Self::PasswordWrong => Kind::Denied,
            Self::UserNotFound { .. }
            | Self::OrganisationNotFound { .. }
            | Self::LinkRefused
            | Self::SessionNotFound { .. }
            | Self::HostUnknown => Kind::NotFound,
            Self::EmailTaken
            | Self::UserDisabled { .. }
            | Self::RoleWithoutGoods { .. }
            | Self::LastOwner
            | Self::SecondFactorOn
            | Self::SecondFactorOff => Kind::Conflict,
            Self::TooManyAttempts { .. } => Kind::TooMany,
            Self::Busy => Kind::Unavailable,
            Self::Unreadable(_) => Kind::Internal,
            Self::Partners(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}
