//! Takes apart JSON that no reader takes as a whole, so that what is wrong with one part costs no other. It follows
//! quotes, brackets and commas only; every part is then read on its own.

/// The members of an object: names without their quotes, and values. None when the brackets do not close.
pub(crate) fn members(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let parts = parts(bytes, b'{', b'}', usize::MAX)?;
    parts.into_iter().map(member).collect()
}

/// The elements of a list, of which at most `max + 1` are looked for. None when the brackets do not close.
pub(crate) fn elements(bytes: &[u8], max: usize) -> Option<Vec<&[u8]>> {
    parts(bytes, b'[', b']', max)
}

fn member(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = part.strip_prefix(b"\"")?;
    let end = string_end(name)?;
    let value = name.get(end + 1..)?.trim_ascii_start().strip_prefix(b":")?;
    Some((name.get(..end)?, value.trim_ascii()))
}

/// What stands between the brackets, parted at the commas that are not inside something.
fn parts(bytes: &[u8], open: u8, close: u8, max: usize) -> Option<Vec<&[u8]>> {
    let inside = bytes.trim_ascii().strip_prefix(&[open])?.strip_suffix(&[close])?;
    let mut parts = Vec::new();
    let (mut start, mut position, mut depth) = (0, 0, 0_usize);
    while let Some(byte) = inside.get(position) {
        match byte {
            b'"' => position += 1 + string_end(inside.get(position + 1..)?)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                parts.push(inside.get(start..position)?.trim_ascii());
                start = position + 1;
                if parts.len() > max {
                    return Some(parts);
                }
            }
            _ => {}
        }
        position += 1;
    }
    let last = inside.get(start..)?.trim_ascii();
    if !(parts.is_empty() && last.is_empty()) {
        parts.push(last);
    }
    (depth == 0).then_some(parts)
}

/// Where the closing quote of the string is whose opening quote stood before `bytes`.
fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut position = 0;
    loop {
        match bytes.get(position)? {
            b'"' => return Some(position),
            b'\\' => position += 2,
            _ => position += 1,
        }
    }
}
