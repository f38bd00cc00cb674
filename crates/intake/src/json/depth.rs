//! How deep objects and lists lie inside each other.

/// Whether more than `max` objects and lists lie inside each other. `text` is valid JSON.
pub(crate) fn is_deeper_than(text: &str, max: usize) -> bool {
    // Counting is far cheaper than following the nesting, and nearly every event has few brackets at all.
    let opened = text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count();
    opened > max && depth(text) > max
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    deepest
}

/// Passes over the rest of a string, its closing quote included.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}
