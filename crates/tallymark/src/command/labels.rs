//! `tallymark labels`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tallymark_base::id::BatchId;
use tallymark_codes::{LabelError, LabelLayout, Qr};
use tallymark_goods::print::{self, Selection};
use tallymark_goods::{Catalog, Error};

use super::mint::taken;
use crate::arguments::{Printed, Written};
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, show};

/// Pixels of a module in a PNG: a symbol of the usual link is then some 300 pixels wide.
const MODULE_PX: u32 = 8;

#[derive(Debug, Args)]
pub(super) struct Labels {
    #[command(flatten)]
    printed: Printed,
    /// FILE.pdf for sheets of labels; FILE.svg or FILE.png for the QR symbol of a single one
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What was drawn.
#[derive(Serialize)]
struct Drawn {
    batch: BatchId,
    labels: u64,
    bytes: u64,
    file: PathBuf,
}

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pdf,
    Svg,
    Png,
}

impl Labels {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let kind = self.kind()?;
        let id = self.printed.batch.id()?;
        let (catalog, selection, written) = taken(installation, &self.printed, id, "batch.labels_taken").await?;
        let labels = selection.serials.map_or(0, |serials| serials.count());
        let bytes = if kind == Kind::Pdf {
            file::write(&self.out, None, |out| match &written {
                Written::Codes(form) => {
                    print::labels_pdf(&catalog, &selection, form, &LabelLayout::A4, out).map(|_| ())
                }
                Written::Sscc(host) => {
                    print::sscc::labels_pdf(&catalog, &selection, host, &LabelLayout::A4, out).map(|_| ())
                }
            })?
        } else {
            let picture = picture(&catalog, &selection, &written, kind)?;
            file::write(&self.out, None, |out| out.write_all(&picture).map_err(Error::Write))?
        };
        let drawn = Drawn { batch: id, labels, bytes, file: self.out };
        show(json, &drawn, |drawn| {
            let labels = if drawn.labels == 1 { "1 label".to_owned() } else { format!("{} labels", drawn.labels) };
            format!("{labels} in {}", drawn.file.display())
        })
    }

    fn kind(&self) -> Result<Kind, Failure> {
        let extension = self.out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("pdf") => Ok(Kind::Pdf),
            Some("svg") => Ok(Kind::Svg),
            Some("png") => Ok(Kind::Png),
            _ => Err(Failure::usage("cli.labels_file", "the file's name ends with .pdf, .svg or .png")),
        }
    }
}

/// The symbol of one code.
fn picture(catalog: &Catalog, selection: &Selection, written: &Written, kind: Kind) -> Result<Vec<u8>, Failure> {
    let serials = selection.serials.filter(|serials| serials.count() == 1).ok_or_else(|| {
        Failure::usage(
            "cli.labels_one_code",
            "an SVG or PNG holds one code: give the same --first and --last, or a .pdf",
        )
    })?;
    // One line is one code, written as it would be for a printing house.
    let mut line = Vec::new();
    let selection = Selection { serials: Some(serials), ..*selection };
    match written {
        Written::Codes(form) => print::lines(catalog, &selection, form, &mut line)?,
        Written::Sscc(host) => print::sscc::lines(catalog, &selection, host, &mut line)?,
    }
    let text = String::from_utf8_lossy(&line);
    let qr = Qr::new(text.trim_end()).map_err(|error| Error::from(LabelError::from(error)))?;
    if kind == Kind::Svg {
        return Ok(qr.svg().into_bytes());
    }
    Ok(qr.png(MODULE_PX).map_err(|error| Error::from(LabelError::from(error)))?)
}
