//! QR symbols (ISO/IEC 18004) of links: error correction level M, and the quiet zone of four
//! modules that the standard demands around them.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use thiserror::Error;

/// Light modules around the symbol on every side.
pub(crate) const QUIET_MODULES: usize = 4;

/// Largest module of a PNG; a symbol of version 40 then has 11,840 pixels a side.
const MODULE_PX_MAX: u32 = 64;

/// Why there is no symbol or picture.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QrError {
    /// The text does not fit the largest symbol.
    #[error("a text of {bytes} bytes does not fit a QR symbol")]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// A module of no pixels, or too many.
    #[error("a module is 1 to {max} pixels wide; got {0}", max = MODULE_PX_MAX)]
    ModulePx(u32),
}

/// A QR symbol: a square of dark and light modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    size: usize,
    dark: Vec<bool>,
}

/// Dark modules side by side in one row, counted from the symbol's upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
}

impl Qr {
    /// The smallest symbol that holds the text. Upper-case links take fewer modules.
    ///
    /// # Errors
    /// [`QrError::TooLong`] when no symbol holds it.
    pub fn new(text: &str) -> Result<Self, QrError> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| QrError::TooLong { bytes: text.len() })?;
        let modules = &code.data[..code.size * code.size];
        Ok(Self { size: code.size, dark: modules.iter().map(|module| module.value()).collect() })
    }

    /// Modules along one side, quiet zone not counted.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Modules along one side, quiet zone counted.
    pub(crate) fn framed_size(&self) -> usize {
        self.size + 2 * QUIET_MODULES
    }

    /// The dark runs, row by row.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run> {
        self.dark.chunks_exact(self.size).enumerate().flat_map(|(y, row)| {
            let mut x = 0;
            row.chunk_by(|left, right| left == right).filter_map(move |modules| {
                let run = Run { x, y, width: modules.len() };
                x += run.width;
                modules[0].then_some(run)
            })
        })
    }

    /// A picture of any size: one module is one unit of the view box.
    pub fn svg(&self) -> String {
        let side = self.framed_size();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path d=\""
        );
        for Run { x, y, width } in self.runs() {
            let (x, y) = (x + QUIET_MODULES, y + QUIET_MODULES);
            write!(svg, "M{x} {y}h{width}v1h-{width}z").expect("a string takes any text");
        }
        svg.push_str("\"/></svg>");
        svg
    }

    /// A black and white PNG of one bit a pixel, each module `module_px` pixels wide.
    ///
    /// # Errors
    /// [`QrError::ModulePx`] outside 1..=64.
    pub fn png(&self, module_px: u32) -> Result<Vec<u8>, QrError> {
        if !(1..=MODULE_PX_MAX).contains(&module_px) {
            return Err(QrError::ModulePx(module_px));
        }
        let module = module_px as usize;
        let side = self.framed_size() * module;
        let row_bytes = side.div_ceil(8);
        let mut pixels = vec![0xFF; row_bytes * side];
        for run in self.runs() {
            let columns = span(run.x, run.width, module);
            for row in span(run.y, 1, module) {
                let row = &mut pixels[row * row_bytes..][..row_bytes];
                for column in columns.clone() {
                    row[column / 8] &= !(0x80 >> (column % 8));
                }
            }
        }
        Ok(encode_png(side as u32, &pixels))
    }
}

/// Pixels that modules take along one side.
fn span(first: usize, count: usize, module_px: usize) -> std::ops::Range<usize> {
    let start = (first + QUIET_MODULES) * module_px;
    start..start + count * module_px
}

fn encode_png(side: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels))
        .expect("memory takes every byte, and the rows were measured above");
    file
}
