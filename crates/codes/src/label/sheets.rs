//! Drawing labels: a symbol as one filled path of rectangles, its text in Helvetica.

use std::io::{self, Write};

use pdf_writer::{Content, Settings, Str};
use thiserror::Error;

use super::helvetica;
use super::layout::{Grid, LabelLayout, LayoutError};
use super::pdf_file::{FONT_NAME, PdfFile};
use crate::gtin::Gtin;
use crate::qr::{QUIET_MODULES, Qr, QrError, Run};
use crate::text::CodeText;
use crate::types::Level;

/// Largest font sizes of the two lines, in points; a narrow label shrinks them.
const CODE_SIZE_MAX: f32 = 8.0;
const NOTE_SIZE_MAX: f32 = 6.0;

/// Distance from the symbol down to the base lines, in points. Both fit the height that the layout
/// keeps for text.
const CODE_DROP: f32 = 6.5;
const NOTE_DROP: f32 = 13.5;

/// Why labels could not be written.
#[derive(Debug, Error)]
pub enum LabelError {
    /// The layout does not work.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The link does not fit a symbol.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The file has as many labels as one file takes.
    #[error("a file holds at most {max} labels; start another file", max = LabelSheets::<Vec<u8>>::LABELS_MAX)]
    FileFull,
    /// The file was finished before the first label.
    #[error("there is no label to print")]
    NoLabels,
    /// The bytes could not be written.
    #[error("the label file could not be written: {0}")]
    Io(#[from] io::Error),
}

/// One label. Its text is ASCII, because the fonts every reader has know no Chinese.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// What the QR symbol says: a short link or a GS1 Digital Link.
    pub link: &'a str,
    /// The code, shown in groups of four for those who type it.
    pub code: &'a CodeText,
    /// What the label goes on.
    pub level: Level,
    /// The product, when it should be shown.
    pub gtin: Option<Gtin>,
}

/// A PDF file of labels that is written page by page. Memory holds one page, and for each page
/// before it only where its two objects begin, however many labels follow.
///
/// ```
/// use tallymark_codes::{CodeText, Host, Label, LabelLayout, LabelSheets, Level};
///
/// let host = Host::parse("q.example.com")?;
/// let code = CodeText::parse("0123456789ABCDEF")?;
/// let mut sheets = LabelSheets::new(Vec::new(), &LabelLayout::A4)?;
/// let link = host.short_link(&code);
/// sheets.push(&Label { link: &link, code: &code, level: Level::Case, gtin: None })?;
/// let pdf = sheets.finish()?;
/// assert!(pdf.starts_with(b"%PDF-1.7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LabelSheets<W> {
    file: PdfFile<W>,
    grid: Grid,
    content: Content,
    on_page: u32,
    labels: u64,
}

impl<W: Write> LabelSheets<W> {
    /// Most labels of one file.
    pub const LABELS_MAX: u64 = 2_000_000;

    /// Starts a file. Every page leaves in two or three large writes, so `out` needs no buffer.
    ///
    /// # Errors
    /// [`LabelError::Layout`] or [`LabelError::Io`].
    pub fn new(out: W, layout: &LabelLayout) -> Result<Self, LabelError> {
        let grid = Grid::new(layout)?;
        Ok(Self { file: PdfFile::new(out)?, grid, content: content(), on_page: 0, labels: 0 })
    }

    /// Draws the next label: along the rows, from the top of the page.
    ///
    /// # Errors
    /// [`LabelError::Qr`], [`LabelError::FileFull`] or [`LabelError::Io`]. After an I/O error the
    /// file is of no use.
    pub fn push(&mut self, label: &Label<'_>) -> Result<(), LabelError> {
        if self.labels == Self::LABELS_MAX {
            return Err(LabelError::FileFull);
        }
        let qr = Qr::new(label.link)?;
        let (left, top) = self.grid.corner(self.on_page);
        self.draw_symbol(&qr, left, top);
        let bottom = top - self.grid.qr_side;
        self.draw_line(&label.code.grouped(), left, bottom - CODE_DROP, CODE_SIZE_MAX);
        self.draw_line(&note_of(label), left, bottom - NOTE_DROP, NOTE_SIZE_MAX);
        self.labels += 1;
        self.on_page += 1;
        if self.on_page == self.grid.labels_per_page {
            self.write_page()?;
        }
        Ok(())
    }

    /// Completes the file and gives the writer back.
    ///
    /// # Errors
    /// [`LabelError::NoLabels`] or [`LabelError::Io`].
    pub fn finish(mut self) -> Result<W, LabelError> {
        if self.labels == 0 {
            return Err(LabelError::NoLabels);
        }
        if self.on_page > 0 {
            self.write_page()?;
        }
        Ok(self.file.finish(self.grid.page_width, self.grid.page_height)?)
    }

    fn write_page(&mut self) -> io::Result<()> {
        let page = std::mem::replace(&mut self.content, content()).finish();
        self.on_page = 0;
        self.file.add_page(&page)
    }

    /// One unit is one module while the symbol is drawn, so that all numbers are small and whole.
    /// One path, because separate ones would leave hairlines between rows where they touch.
    fn draw_symbol(&mut self, qr: &Qr, left: f32, top: f32) {
        let side = self.grid.qr_side;
        let module = side / qr.framed_size() as f32;
        let corner = left + (self.grid.cell_width - side) / 2.0;
        let quiet = QUIET_MODULES as f32 * module;
        self.content.save_state();
        // PDF counts upwards; the symbol's rows count downwards.
        self.content.transform([module, 0.0, 0.0, -module, corner + quiet, top - quiet]);
        for Run { x, y, width } in qr.runs() {
            self.content.rect(x as f32, y as f32, width as f32, 1.0);
        }
        self.content.fill_nonzero();
        self.content.restore_state();
    }

    fn draw_line(&mut self, text: &str, left: f32, base_line: f32, size_max: f32) {
        let size = size_max.min(self.grid.cell_width / helvetica::width(text));
        let indent = (self.grid.cell_width - helvetica::width(text) * size) / 2.0;
        self.content.begin_text();
        self.content.set_font(FONT_NAME, size);
        self.content.next_line(left + indent, base_line);
        self.content.show(Str(text.as_bytes()));
        self.content.end_text();
    }
}

fn content() -> Content {
    Content::with_settings(Settings { pretty: false })
}

/// The second line: `CASE 06901234567892`.
fn note_of(label: &Label<'_>) -> String {
    let level = label.level.as_str().to_ascii_uppercase();
    match label.gtin {
        Some(gtin) => format!("{level} {gtin}"),
        None => level,
    }
}
