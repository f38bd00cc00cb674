//! Where labels lie on a page.

use thiserror::Error;

/// PDF units (points) in a millimetre.
const POINTS_PER_MM: f32 = 72.0 / 25.4;

/// Height kept for the two lines of text beneath a symbol.
const TEXT_MM: f32 = 6.0;

/// Smallest side of a symbol, quiet zone included: modules of 0.27 mm for the usual short link,
/// which a 300 dpi printer draws three dots wide and a phone reads.
const QR_SIDE_MM_MIN: f32 = 10.0;

/// Largest side of a page.
const PAGE_SIDE_MM_MAX: f32 = 5_000.0;

/// Most labels on a page: a page is held in memory.
const LABELS_PER_PAGE_MAX: u32 = 1_000;

/// Why labels cannot be laid out so.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LayoutError {
    /// A measure is negative, not a number, or larger than any page.
    #[error("{name} is {mm} mm; it must lie between 0 and {max} mm", max = PAGE_SIDE_MM_MAX)]
    Measure {
        /// Which measure.
        name: &'static str,
        /// The value given.
        mm: f32,
    },
    /// No label or too many on a page.
    #[error("{columns} columns of {rows} rows; a page holds 1 to {max} labels", max = LABELS_PER_PAGE_MAX)]
    Grid {
        /// Columns asked for.
        columns: u32,
        /// Rows asked for.
        rows: u32,
    },
    /// What is left for a symbol is too small to be scanned.
    #[error("a QR symbol would be {side_mm:.1} mm wide; at least {min} mm are needed. Use fewer columns or rows", min = QR_SIDE_MM_MIN)]
    TooSmall {
        /// Side of the symbol, quiet zone included.
        side_mm: f32,
    },
}

/// A page and the grid of labels on it, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelLayout {
    /// Width of the page.
    pub page_width_mm: f32,
    /// Height of the page.
    pub page_height_mm: f32,
    /// Empty border on all four sides.
    pub margin_mm: f32,
    /// Space between neighbouring labels.
    pub gap_mm: f32,
    /// Labels side by side.
    pub columns: u32,
    /// Labels one above the other.
    pub rows: u32,
}

impl LabelLayout {
    /// A4 with 40 labels of about 37 by 33 mm.
    pub const A4: LabelLayout =
        LabelLayout { page_width_mm: 210.0, page_height_mm: 297.0, margin_mm: 8.0, gap_mm: 2.0, columns: 5, rows: 8 };
}

impl Default for LabelLayout {
    fn default() -> Self {
        Self::A4
    }
}

/// A layout that was checked, measured in points from the lower left corner of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) page_width: f32,
    pub(super) page_height: f32,
    pub(super) columns: u32,
    pub(super) labels_per_page: u32,
    pub(super) cell_width: f32,
    pub(super) qr_side: f32,
    margin: f32,
    cell_height: f32,
    gap: f32,
}

impl Grid {
    pub(super) fn new(layout: &LabelLayout) -> Result<Self, LayoutError> {
        check_measures(layout)?;
        let (columns, rows) = (layout.columns, layout.rows);
        let labels_per_page = columns
            .checked_mul(rows)
            .filter(|labels| (1..=LABELS_PER_PAGE_MAX).contains(labels))
            .ok_or(LayoutError::Grid { columns, rows })?;
        let cell = |page_mm: f32, count: u32| {
            let gaps_mm = layout.gap_mm * (count - 1) as f32;
            (page_mm - 2.0 * layout.margin_mm - gaps_mm) / count as f32
        };
        let cell_width_mm = cell(layout.page_width_mm, columns);
        let cell_height_mm = cell(layout.page_height_mm, rows);
        let side_mm = cell_width_mm.min(cell_height_mm - TEXT_MM);
        if side_mm < QR_SIDE_MM_MIN {
            return Err(LayoutError::TooSmall { side_mm });
        }
        Ok(Self {
            page_width: layout.page_width_mm * POINTS_PER_MM,
            page_height: layout.page_height_mm * POINTS_PER_MM,
            columns,
            labels_per_page,
            cell_width: cell_width_mm * POINTS_PER_MM,
            qr_side: side_mm * POINTS_PER_MM,
            margin: layout.margin_mm * POINTS_PER_MM,
            cell_height: cell_height_mm * POINTS_PER_MM,
            gap: layout.gap_mm * POINTS_PER_MM,
        })
    }

    /// Upper left corner of a label, counted row by row from the top of the page.
    pub(super) fn corner(&self, place: u32) -> (f32, f32) {
        let (column, row) = (place % self.columns, place / self.columns);
        let left = self.margin + column as f32 * (self.cell_width + self.gap);
        let top = self.page_height - self.margin - row as f32 * (self.cell_height + self.gap);
        (left, top)
    }
}

fn check_measures(layout: &LabelLayout) -> Result<(), LayoutError> {
    let measures = [
        ("page width", layout.page_width_mm),
        ("page height", layout.page_height_mm),
        ("margin", layout.margin_mm),
        ("gap", layout.gap_mm),
    ];
    match measures.into_iter().find(|(_, mm)| !(0.0..=PAGE_SIDE_MM_MAX).contains(mm)) {
        Some((name, mm)) => Err(LayoutError::Measure { name, mm }),
        None => Ok(()),
    }
}
