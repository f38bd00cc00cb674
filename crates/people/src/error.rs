//! What is refused about people. No text of an error repeats a personal value.

use tallymark_base::id::{AccountId, ChangeId, IdError, JobId, ProposalId};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};
use tallymark_identity::{GraphError, LoadError, Reason};

use crate::IdentifierKind;
use crate::consent::Unrecorded;

/// A refused request about a person. Nothing was changed, or the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no identifier of this kind.
    #[error("{}", explain(*kind))]
    Malformed {
        /// The kind it was to be.
        kind: IdentifierKind,
    },
    /// A request shows nothing.
    #[error("nobody can be found by nothing; give at least one identifier")]
    NoIdentifier,
    /// A request shows too much.
    #[error("a request has at most {max} identifiers, not {given}")]
    TooManyIdentifiers {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// Too many requests in a batch.
    #[error("a batch has at most {max} requests, not {given}; send the rest in another")]
    BatchTooLarge {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// No such account in this tenant.
    #[error("there is no account {account}")]
    AccountNotFound {
        /// What was given.
        account: AccountId,
    },
    /// The key of the account is gone.
    #[error("the value of {account} was erased and cannot be read by anybody")]
    Erased {
        /// The account.
        account: AccountId,
    },
    /// More accounts hang together than are looked at for one request.
    #[error("more than {max} accounts hang together here; what is asked is decided only for everybody at once")]
    RegionTooLarge {
        /// The limit.
        max: usize,
    },
    /// What is stored about identities does not fit together.
    #[error("what is stored about these people does not fit together")]
    Graph(#[source] GraphError),
    /// More is stored about identities than can be decided at once, or it does not fit together.
    #[error("everybody cannot be decided at once: {0}")]
    Load(#[from] LoadError),
    /// A policy that is not in its form, or that cannot be meant.
    #[error("policy, at {at}: {reason}")]
    Policy {
        /// Where: `kinds.phone.priority`, for example.
        at: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
    /// Both accounts are one.
    #[error("{account} cannot be joined with itself")]
    Itself {
        /// The account.
        account: AccountId,
    },
    /// There is nothing to join.
    #[error("both are one person already")]
    AlreadyOne,
    /// The person would have more than it may.
    #[error("{}", explain_apart(*reason))]
    Apart {
        /// What stands in the way.
        reason: Reason,
    },
    /// Nobody else shares a person with the accounts that were to be parted.
    #[error("these accounts share no person with another; there is nothing to part")]
    NothingToPart,
    /// The accounts to be parted are not of one person.
    #[error("{account} is not of the same person as the first; part one person at a time")]
    NotOnePerson {
        /// An account of another person.
        account: AccountId,
    },
    /// No such change.
    #[error("there is no change {change}")]
    ChangeNotFound {
        /// What was given.
        change: ChangeId,
    },
    /// The change was undone before.
    #[error("change {change} was undone before, by {by}")]
    AlreadyUndone {
        /// The change.
        change: ChangeId,
        /// What undid it.
        by: ChangeId,
    },
    /// Nobody is known by what was given.
    #[error("nobody is known by this {}", kind.name())]
    NobodyKnown {
        /// What it is.
        kind: IdentifierKind,
    },
    /// The change cannot be taken back.
    #[error("change {change} cannot be undone: {why}")]
    NotUndoable {
        /// The change.
        change: ChangeId,
        /// Why not.
        why: &'static str,
    },
    /// Some accounts of a person were to be erased, and not all.
    #[error("{account} is of the same person; erase all accounts of a person, or part them first")]
    NotWhole {
        /// An account that was not named.
        account: AccountId,
    },
    /// A consent that is not recorded.
    #[error("{why}")]
    Unrecorded {
        /// Why not.
        why: Unrecorded,
    },
    /// A text to be published is none.
    #[error("a text has 1 to {max} characters, and its purpose and language are words of lower-case letters")]
    ConsentText {
        /// The limit.
        max: usize,
    },
    /// A text of this version was published before and reads otherwise.
    #[error("version {version} of this text was published before and is not changed; publish another version")]
    TextPublished {
        /// The version.
        version: u32,
    },
    /// A rank of sources that is none.
    #[error("a rank of sources has at most {max} words of lower-case letters, digits and the signs _ . -, each once")]
    SourceRank {
        /// The limit.
        max: usize,
    },
    /// A tag that is none.
    #[error("a tag has 1 to {max} characters, and an end, where it has one, that is not past")]
    Tag {
        /// The limit.
        max: usize,
    },
    /// The account has as many tags as it may.
    #[error("an account has at most {max} tags; remove others first")]
    TooManyTags {
        /// The limit.
        max: usize,
    },
    /// No such run.
    #[error("there is no run {run}")]
    RunNotFound {
        /// What was given.
        run: JobId,
    },
    /// Another run goes on.
    #[error("run {run} is not done yet; wait for it")]
    RunGoesOn {
        /// The run.
        run: JobId,
    },
    /// A reason is missing or too long.
    #[error("say why, in 1 to {max} characters; it is kept with the change")]
    Reason {
        /// The limit.
        max: usize,
    },
    /// No such proposal.
    #[error("there is no proposal {proposal}")]
    ProposalNotFound {
        /// What was given.
        proposal: ProposalId,
    },
    /// The proposal is not open any more.
    #[error("proposal {proposal} is {state}; only an open one is decided")]
    ProposalDecided {
        /// The proposal.
        proposal: ProposalId,
        /// How far it is.
        state: &'static str,
    },
    /// More people than are compared at once.
    #[error("there are more than {max} people to compare; allow more, where the memory suffices for 3 KB each")]
    TooManyPeople {
        /// The limit that was given.
        max: usize,
    },
    /// Another search is under way.
    #[error("a search is under way as {job}; wait for its end")]
    SearchUnderWay {
        /// Its job.
        job: JobId,
    },
    /// People are not joined by so little.
    #[error("joining without anybody's word needs a probability from {min} to 1", min = crate::proposals::AUTO_FROM_MIN)]
    AutoFrom,
    /// People cannot be compared in this way.
    #[error("people cannot be compared: {0}")]
    Matching(#[from] tallymark_matching::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A sealed value does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

const fn explain(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Device => "that is not a device id; it has 32 hexadecimal digits",
        IdentifierKind::Phone => {
            "that is not a phone number; give 11 digits such as 13800138000, or +, country code and number"
        }
        IdentifierKind::WechatOpenid => "that is not a WeChat openid; give it as appid:openid",
        IdentifierKind::Card => "that is not a card number; it has 4 to 32 letters or digits",
        IdentifierKind::WechatUnionid => {
            "that is not a WeChat unionid; it has letters, digits, hyphens and underscores"
        }
        IdentifierKind::Email => "that is not an e-mail address; give it as name@domain",
        IdentifierKind::UserId => "that is not a user id; give it as system:id",
        IdentifierKind::AnonymousId => "that is not an anonymous id; it is a text without control characters",
        IdentifierKind::AppDevice => "that is not a device id of an app; give it as app:id",
        IdentifierKind::TaobaoOuid => "that is not a Taobao ouid; give it as shop:ouid",
        IdentifierKind::TaobaoOmid => "that is not a Taobao omid; it has letters, digits and the signs of base 64",
        IdentifierKind::TaobaoOpenUid => "that is not a Taobao open_uid; give it as app:open_uid",
        IdentifierKind::AlipayUserId => "that is not an Alipay user id; it has 16 digits, the first 2088",
        IdentifierKind::AlipayOpenid => "that is not an Alipay openid; give it as appid:openid",
    }
}

/// Why evidence joins nothing, for those who read it.
pub(crate) fn explain_apart(reason: Reason) -> String {
    match reason {
        Reason::Shared => "one of them is a device that many share; it says nothing about who holds it".to_owned(),
        Reason::Members { limit } => format!("one person has at most {limit} accounts"),
        Reason::Limit { kind, limit, .. } => {
            let name = IdentifierKind::from_number(i64::from(kind.number()))
                .map_or("accounts of a kind", IdentifierKind::name);
            format!("one person has at most {limit} of {name} in one app or shop; take another back first")
        }
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed { kind } => match kind {
                IdentifierKind::Device => "people.device_malformed",
                IdentifierKind::Phone => "people.phone_malformed",
                IdentifierKind::WechatOpenid => "people.wechat_openid_malformed",
                IdentifierKind::Card => "people.card_malformed",
                IdentifierKind::WechatUnionid => "people.wechat_unionid_malformed",
                IdentifierKind::Email => "people.email_malformed",
                IdentifierKind::UserId => "people.user_id_malformed",
                IdentifierKind::AnonymousId => "people.anonymous_id_malformed",
                IdentifierKind::AppDevice => "people.app_device_malformed",
                IdentifierKind::TaobaoOuid => "people.taobao_ouid_malformed",
                IdentifierKind::TaobaoOmid => "people.taobao_omid_malformed",
                IdentifierKind::TaobaoOpenUid => "people.taobao_open_uid_malformed",
                IdentifierKind::AlipayUserId => "people.alipay_user_id_malformed",
                IdentifierKind::AlipayOpenid => "people.alipay_openid_malformed",
            },
            Self::NoIdentifier => "people.no_identifier",
            Self::TooManyIdentifiers { .. } => "people.too_many_identifiers",
            Self::BatchTooLarge { .. } => "people.batch_too_large",
            Self::AccountNotFound { .. } => "people.account_not_found",
            Self::Erased { .. } => "people.erased",
            Self::RegionTooLarge { .. } => "people.region_too_large",
            Self::Graph(_) => "people.graph",
            Self::Load(_) => "people.load",
            Self::Policy { .. } => "people.policy",
            Self::Itself { .. } => "people.itself",
            Self::AlreadyOne => "people.already_one",
            Self::Apart { .. } => "people.apart",
            Self::NothingToPart => "people.nothing_to_part",
            Self::NotOnePerson { .. } => "people.not_one_person",
            Self::ChangeNotFound { .. } => "people.change_not_found",
            Self::AlreadyUndone { .. } => "people.already_undone",
            Self::NobodyKnown { .. } => "people.nobody_known",
            Self::NotUndoable { .. } => "people.not_undoable",
            Self::NotWhole { .. } => "people.not_whole",
            Self::Unrecorded { .. } => "people.consent",
            Self::ConsentText { .. } => "people.consent_text",
            Self::TextPublished { .. } => "people.text_published",
            Self::SourceRank { .. } => "people.source_rank",
            Self::Tag { .. } => "people.tag",
            Self::TooManyTags { .. } => "people.too_many_tags",
            Self::RunNotFound { .. } => "people.run_not_found",
            Self::RunGoesOn { .. } => "people.run_goes_on",
            Self::Reason { .. } => "people.reason_missing",
            Self::ProposalNotFound { .. } => "people.proposal_not_found",
            Self::ProposalDecided { .. } => "people.proposal_decided",
            Self::TooManyPeople { .. } => "people.too_many_people",
            Self::SearchUnderWay { .. } => "people.search_under_way",
            Self::AutoFrom => "people.auto_from",
            Self::Matching(_) => "people.matching",
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Malformed { .. } | Self::NoIdentifier | Self::TooManyIdentifiers { .. } => Kind::Invalid,
            Self::Itself { .. } | Self::Reason { .. } | Self::ConsentText { .. } | Self::Policy { .. } => Kind::Invalid,
            Self::Tag { .. } | Self::TooManyTags { .. } => Kind::Invalid,
            Self::SourceRank { .. } | Self::Unrecorded { .. } | Self::AutoFrom | Self::Matching(_) => Kind::Invalid,
            Self::BatchTooLarge { .. } | Self::TooManyPeople { .. } => Kind::TooLarge,
            Self::AccountNotFound { .. } | Self::Erased { .. } => Kind::NotFound,
            Self::ChangeNotFound { .. } | Self::NobodyKnown { .. } | Self::RunNotFound { .. } => Kind::NotFound,
            Self::ProposalNotFound { .. } => Kind::NotFound,
            Self::RegionTooLarge { .. }
            | Self::AlreadyOne
            | Self::Apart { .. }
            | Self::NothingToPart
            | Self::NotOnePerson { .. }
            | Self::NotUndoable { .. }
            | Self::NotWhole { .. }
            | Self::TextPublished { .. }
            | Self::RunGoesOn { .. }
            | Self::AlreadyUndone { .. }
            | Self::ProposalDecided { .. }
            | Self::SearchUnderWay { .. } => Kind::Conflict,
            Self::Graph(_) | Self::Load(_) => Kind::Internal,
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}
