//! Codes of a batch, packed and encrypted for a printing house.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, PackageId};
use tallymark_codes::{Face, Level};
use utoipa::ToSchema;

/// The codes of one level and face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// `item`, `box`, `case` or `pallet`.
    #[schema(value_type = String, example = "item")]
    pub level: Level,
    /// `outer` or `inner`.
    #[schema(value_type = String, example = "inner")]
    pub face: Face,
}

/// What the files of a package are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PackageFormat)]
pub enum Format {
    /// One code a line, in `form`.
    #[default]
    Txt,
    /// Columns with a heading (RFC 4180).
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A QR symbol of each code, as a picture of any size, in a file of its own.
    Svg,
    /// A QR symbol of each code, as pixels, in a file of its own.
    Png,
}

impl Format {
    /// Whether its files have columns.
    pub const fn has_columns(self) -> bool {
        matches!(self, Self::Csv | Self::JsonLines)
    }

    /// Whether each code has a file of its own.
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Svg | Self::Png)
    }
}

/// How a code is written in a file without columns, or drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PackageForm)]
pub enum WrittenAs {
    /// The short link.
    #[default]
    Link,
    /// Only its characters.
    Code,
    /// The GS1 Digital Link.
    DigitalLink,
    /// The GS1 Digital Link of the SSCC; only of packs that bear one.
    Sscc,
}

/// A column of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PackageColumn)]
pub enum Column {
    /// The number of the code in its level of the batch, from 0.
    Serial,
    /// Its characters.
    Code,
    /// The short link.
    Link,
    /// The GS1 Digital Link.
    DigitalLink,
    /// The product's number, fourteen digits.
    Gtin,
    /// The lot.
    Lot,
    /// Item, box, case or pallet.
    Level,
    /// Outer or inner.
    Face,
    /// The outer code of the box that it lies in; only of batches packed by range.
    Box,
    /// The same of its case.
    Case,
    /// The same of its pallet.
    Pallet,
    /// The SSCC, 18 digits; only of packs that bear one.
    Sscc,
    /// The GS1 Digital Link of the SSCC.
    SsccLink,
}

impl Column {
    /// The heading.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Code => "code",
            Self::Link => "link",
            Self::DigitalLink => "digital_link",
            Self::Gtin => "gtin",
            Self::Lot => "lot",
            Self::Level => "level",
            Self::Face => "face",
            Self::Box => "box",
            Self::Case => "case",
            Self::Pallet => "pallet",
            Self::Sscc => "sscc",
            Self::SsccLink => "sscc_link",
        }
    }

    /// Whether it is about the SSCC of the pack itself.
    pub const fn is_sscc(self) -> bool {
        matches!(self, Self::Sscc | Self::SsccLink)
    }

    /// The pack that it names.
    pub const fn pack(self) -> Option<Level> {
        match self {
            Self::Box => Some(Level::Box),
            Self::Case => Some(Level::Case),
            Self::Pallet => Some(Level::Pallet),
            _ => None,
        }
    }
}

/// A package to be ordered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPackage {
    /// Who prints: 1 to 120 characters.
    pub recipient: String,
    /// Which codes, each level and face once; all of the batch where it is left out.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What the files are.
    #[serde(default)]
    pub format: Format,
    /// How a code is written in `txt`, and what a symbol says.
    #[serde(default)]
    pub form: WrittenAs,
    /// The columns of `csv` and `json_lines`, each once, in this order; `serial` and `link` where it is left out.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Codes of a file, as on a roll; all of a level and face in one where it is left out.
    #[serde(default)]
    pub codes_per_file: Option<u64>,
    /// Bytes that a file has at most. With `codes_per_file`, whichever is reached first ends a file.
    #[serde(default)]
    pub bytes_per_file: Option<u64>,
    /// Where links lead: one of the brand's hosts, with `http://` and a port where they matter; the first of them where it is
    /// left out.
    #[serde(default)]
    #[schema(example = "https://scan.brand.example")]
    pub origin: Option<String>,
}

/// What is in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PackageContents)]
pub struct Contents {
    /// Which codes.
    pub parts: Vec<Part>,
    /// What the files are.
    pub format: Format,
    /// How a code is written in files without columns.
    pub form: WrittenAs,
    /// The columns; none of files without.
    pub columns: Vec<Column>,
    /// Codes of a file at most; none: all of a level and face are in one.
    pub codes_per_file: Option<u64>,
    /// Where links lead; none where no link is written.
    pub origin: Option<String>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Package {
    /// Its id.
    pub id: PackageId,
    /// The batch whose codes are in it.
    pub batch: BatchId,
    /// Who prints.
    pub recipient: String,
    /// What is in it.
    pub contents: Contents,
    /// Files with codes, the manifest not counted.
    pub files: u64,
    /// Codes in all of them.
    pub codes: u64,
    /// How often it was taken, or begun to be. The first time needs `goods`, every other `reprint` and a reason.
    pub downloads: u64,
    /// SHA-256 of the encrypted file, 64 hexadecimal digits; known once it was taken completely.
    pub sha256: Option<String>,
    /// When it was ordered.
    pub created_at: Timestamp,
}

/// How taking a package ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DownloadOutcome {
    /// It is under way, or the server stopped meanwhile.
    UnderWay,
    /// All of it was handed to the connection.
    Complete,
    /// The connection ended before.
    BrokenOff,
}

impl DownloadOutcome {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::UnderWay => 1,
            Self::Complete => 2,
            Self::BrokenOff => 3,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::UnderWay),
            2 => Some(Self::Complete),
            3 => Some(Self::BrokenOff),
            _ => None,
        }
    }
}

/// One time that a package was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PackageDownload {
    /// Which time, from 1.
    pub number: u64,
    /// Who: the id of a key or user, or `operator`.
    pub actor: String,
    /// From which address; empty at the terminal.
    pub address: String,
    /// Why again; empty the first time.
    pub reason: String,
    /// How it ended.
    pub outcome: DownloadOutcome,
    /// Bytes that were sent.
    pub bytes: u64,
    /// SHA-256 of the encrypted file where it is complete: the same every time.
    pub sha256: Option<String>,
    /// When it began.
    pub at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}
