//! Widths of Helvetica, one of the fourteen fonts every PDF reader has (ISO 32000-1, 9.6.2.2), so
//! nothing needs to be embedded. From Adobe's font metrics file `Helvetica.afm`.

/// Widths of U+0020 to U+007E in thousandths of the font size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
];

/// Width of an ASCII text at font size 1. Control characters have none.
pub(super) fn width(text: &str) -> f32 {
    let thousandths: u32 = text
        .bytes()
        .filter_map(|byte| WIDTHS.get(usize::from(byte).wrapping_sub(0x20)))
        .map(|width| u32::from(*width))
        .sum();
    thousandths as f32 / 1000.0
}
