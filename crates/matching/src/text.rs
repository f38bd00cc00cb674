//! Distances between short texts, on Unicode scalar values.
//!
//! Both functions take at most [`CHARS_MAX`] characters, so that a set of positions is one machine word; normalising cuts
//! longer values. Sources: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model
//! of Record Linkage" (1990); H. Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances" (2003).

/// The longest text that is compared, in Unicode scalar values.
pub const CHARS_MAX: usize = 64;

/// How much a common beginning raises the Jaro similarity, for each of at most [`PREFIX_MAX`] characters.
const PREFIX_SCALE: f64 = 0.1;
const PREFIX_MAX: usize = 4;

/// Jaro similarity raised by a common beginning of up to four characters: 1 for equal texts, 0 for texts with no character
/// in common. Two empty texts are equal. Characters after the first [`CHARS_MAX`] are not looked at.
pub fn jaro_winkler(left: &[char], right: &[char]) -> f64 {
    let (left, right) = (cut(left), cut(right));
    let jaro = jaro(left, right);
    let prefix = left.iter().zip(right).take(PREFIX_MAX).take_while(|(a, b)| a == b).count();
    jaro + prefix as f64 * PREFIX_SCALE * (1.0 - jaro)
}

fn cut(text: &[char]) -> &[char] {
    &text[..text.len().min(CHARS_MAX)]
}

fn jaro(left: &[char], right: &[char]) -> f64 {
    if left.is_empty() || right.is_empty() {
        return if left.len() == right.len() { 1.0 } else { 0.0 };
    }
    let reach = (left.len().max(right.len()) / 2).saturating_sub(1);
    let (mut found_left, mut found_right) = (0_u64, 0_u64);
    for (i, a) in left.iter().enumerate() {
        let (start, end) = (i.saturating_sub(reach), (i + reach + 1).min(right.len()));
        let free = |(j, b): &(usize, &char)| found_right & (1 << j) == 0 && *b == a;
        if let Some((j, _)) = right.iter().enumerate().take(end).skip(start).find(free) {
            found_left |= 1 << i;
            found_right |= 1 << j;
        }
    }
    let common = found_left.count_ones();
    if common == 0 {
        return 0.0;
    }
    let mut out_of_order = 0_u32;
    let mut rest = found_right;
    for (i, a) in left.iter().enumerate() {
        if found_left & (1 << i) != 0 {
            out_of_order += u32::from(right[rest.trailing_zeros() as usize] != *a);
            rest &= rest - 1;
        }
    }
    let common = f64::from(common);
    let moved = f64::from(out_of_order / 2);
    (common / left.len() as f64 + common / right.len() as f64 + (common - moved) / common) / 3.0
}

/// The number of insertions, deletions, replacements and exchanges of neighbours that lead from one text to the other,
/// no character being edited twice (optimal string alignment). Characters after the first [`CHARS_MAX`] are not looked at.
pub fn edits(left: &[char], right: &[char]) -> usize {
    let (left, right) = (cut(left), cut(right));
    if left.is_empty() {
        return right.len();
    }
    let last = 1_u64 << (left.len() - 1);
    let (mut rising, mut falling, mut diagonal, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
    let mut distance = left.len();
    for character in right {
        let equal = left.iter().enumerate().fold(0_u64, |set, (i, a)| set | (u64::from(a == character) << i));
        let exchanged = ((!diagonal & equal) << 1) & before;
        diagonal = ((equal & rising).wrapping_add(rising) ^ rising) | equal | falling | exchanged;
        let mut up = falling | !(diagonal | rising);
        let mut down = diagonal & rising;
        distance += usize::from(up & last != 0);
        distance -= usize::from(down & last != 0);
        up = (up << 1) | 1;
        down <<= 1;
        rising = down | !(diagonal | up);
        falling = up & diagonal;
        before = equal;
    }
    distance
}
