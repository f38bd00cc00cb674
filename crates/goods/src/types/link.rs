//! Where GS1 keys lead.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::LinkId;
use utoipa::ToSchema;

/// What a link is for where a request names no type of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultUse {
    /// Only given where its type is asked for.
    #[default]
    No,
    /// The default link of its key: there is one, so another that was it is it no longer.
    Default,
    /// The default for those whose language, medium and context it has.
    ByRequest,
}

/// A link that the resolver gives for a GS1 key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResolverLink {
    /// Its id.
    pub id: LinkId,
    /// What it is about: the path of the key with its qualifiers, as GS1's standard writes it.
    #[schema(example = "/01/06901234567892/10/L1")]
    pub anchor: String,
    /// The type of link, as a URI.
    #[schema(example = "https://ref.gs1.org/voc/pip")]
    pub link_type: String,
    /// Where it leads.
    pub target: String,
    /// What people read of it.
    pub title: String,
    /// The languages of what it leads to (BCP 47); none where that does not matter.
    pub languages: Vec<String>,
    /// The medium of what it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// For which `context` of a request it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What it is for where no type of link is asked for.
    pub default_use: DefaultUse,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed the last time.
    pub changed_at: Timestamp,
}

/// A link to be made, or to be in the place of one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResolverLink {
    /// What it is about: a GS1 Digital Link or its path, with the qualifiers that matter. A link about a product is
    /// given for its lots and items too.
    #[schema(example = "/01/06901234567892")]
    pub anchor: String,
    /// The type of link: `gs1:` and a term of GS1's vocabulary (<https://ref.gs1.org/voc/>), or a URI.
    #[schema(example = "gs1:pip")]
    pub link_type: String,
    /// Where it leads: an https address of at most 2,000 characters.
    #[schema(example = "https://www.example.com/products/water")]
    pub target: String,
    /// What people read of it, 1 to 120 characters.
    pub title: String,
    /// The languages of what it leads to (BCP 47), at most 16.
    #[serde(default)]
    #[schema(example = json!(["zh-CN", "en"]))]
    pub languages: Vec<String>,
    /// The medium of what it leads to.
    #[serde(default)]
    #[schema(example = "text/html")]
    pub media_type: Option<String>,
    /// For which `context` of a request it is, 1 to 40 characters.
    #[serde(default)]
    #[schema(example = "CN")]
    pub context: Option<String>,
    /// What it is for where no type of link is asked for.
    #[serde(default)]
    pub default_use: DefaultUse,
}
