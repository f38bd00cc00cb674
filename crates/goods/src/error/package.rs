//! What is refused about packages for printing houses.

use tallymark_base::id::PackageId;
use tallymark_base::{Fault, Kind};
use tallymark_codes::{Level, ZipError};

/// A refused request about a package. On any error the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The package does not exist in this tenant.
    #[error("there is no package {package}")]
    NotFound {
        /// What was given.
        package: PackageId,
    },
    /// A level and face, or a column, that is named twice.
    #[error("{what} is named twice; name it once")]
    Twice {
        /// What is.
        what: String,
    },
    /// Columns of files that have none.
    #[error("only csv and json_lines have columns; leave `columns` out, or choose one of these formats")]
    Columns,
    /// A column of packs that are not known when codes are printed.
    #[error(
        "which {level} an item lies in is not known when codes are printed: the batch has none, or is packed on the line;          leave the column out"
    )]
    NoPack {
        /// The packs.
        level: Level,
    },
    /// A file that holds no code, or pictures that are to share one.
    #[error("files of {given} hold no code; give at least 1 code and 100 bytes, and no bytes for pictures")]
    FileSize {
        /// What was given.
        given: u64,
    },
    /// Too many files.
    #[error(
        "this would be {files} files, and a package holds at most {max}; put more codes into a file, or fewer parts"
    )]
    Files {
        /// How many it would be.
        files: u64,
        /// The limit.
        max: u64,
    },
    /// The request was taken before; the password that it gave is not told again.
    #[error(
        "this request ordered the package {package}, whose password was shown that once; if it was lost, order another \
         package under a new idempotency key"
    )]
    OrderedBefore {
        /// The package.
        package: PackageId,
    },
    /// A package that was taken before, and no permission to take it again.
    #[error(
        "package {package} was downloaded before; to have it again needs the permission reprint, which owners have, and a \
         reason"
    )]
    Taken {
        /// The package.
        package: PackageId,
    },
    /// A package that was taken before, and no reason to take it again.
    #[error("package {package} was downloaded before; say why it is needed again: ?reason=…")]
    ReprintReason {
        /// The package.
        package: PackageId,
    },
    /// The package could not be written.
    #[error(transparent)]
    Zip(#[from] ZipError),
}

impl Fault for PackageError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "goods.package_not_found",
            Self::Twice { .. } => "goods.package_twice",
            Self::Columns => "goods.package_columns",
            Self::NoPack { .. } => "goods.package_no_pack",
            Self::FileSize { .. } => "goods.package_file_size",
            Self::Files { .. } => "goods.package_files",
            Self::OrderedBefore { .. } => "goods.package_ordered_before",
            Self::Taken { .. } => "goods.package_taken",
            Self::ReprintReason { .. } => "goods.reprint_reason",
            Self::Zip(_) => "goods.zip",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Twice { .. }
            | Self::Columns
            | Self::NoPack { .. }
            | Self::FileSize { .. }
            | Self::Files { .. }
            | Self::ReprintReason { .. } => Kind::Invalid,
            Self::NotFound { .. } => Kind::NotFound,
            Self::OrderedBefore { .. } => Kind::Conflict,
            Self::Taken { .. } => Kind::Denied,
            Self::Zip(_) => Kind::Internal,
        }
    }
}

impl From<ZipError> for super::Error {
    fn from(error: ZipError) -> Self {
        Self::Package(error.into())
    }
}
