//! Finds where the parts of a JSON text lie, without reading them: so that one event that cannot be read, or is nested too
//! deep, does not take the others with it. Nothing here goes down by recursion.

use std::ops::Range;

/// A JSON text that has no end where it needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The byte where it was noticed.
    pub(crate) at: usize,
}

/// Where a member's key (with its quotes) and its value lie.
pub(crate) type Member = (Range<usize>, Range<usize>);

/// The members of the object at `from`, as (key with its quotes, value).
pub(crate) fn members(text: &[u8], from: usize) -> Result<Vec<Member>, Broken> {
    let mut found = Vec::new();
    each(text, from, (b'{', b'}'), |text, at| {
        let key = at..string_end(text, at)?;
        let colon = blank(text, key.end);
        expect(text, colon, b':')?;
        let start = blank(text, colon + 1);
        let end = value_end(text, start)?;
        found.push((key, start..end));
        Ok(end)
    })?;
    Ok(found)
}

/// The elements of the array at `from`, at most `max` of them; the second says whether there are more.
pub(crate) fn elements(text: &[u8], from: usize, max: usize) -> Result<(Vec<Range<usize>>, bool), Broken> {
    let mut found = Vec::new();
    let mut more = false;
    each(text, from, (b'[', b']'), |text, at| {
        let end = value_end(text, at)?;
        if found.len() < max {
            found.push(at..end);
        } else {
            more = true;
        }
        Ok(end)
    })?;
    Ok((found, more))
}

/// The end of the value at `from`.
pub(crate) fn value_end(text: &[u8], from: usize) -> Result<usize, Broken> {
    match text.get(from) {
        Some(b'"') => string_end(text, from),
        Some(b'{' | b'[') => {
            let (mut at, mut depth) = (from, 0_usize);
            loop {
                match text.get(at) {
                    None => return Err(Broken { at }),
                    Some(b'"') => {
                        at = string_end(text, at)?;
                        continue;
                    }
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']') => depth -= 1,
                    Some(_) => {}
                }
                at += 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
        }
        Some(b',' | b':' | b'}' | b']') | None => Err(Broken { at: from }),
        Some(_) => {
            let length = text[from..].iter().take_while(|byte| !b",:{}[]\" \t\r\n".contains(byte)).count();
            Ok(from + length)
        }
    }
}

/// The first byte at or after `from` that is not white space.
pub(crate) fn blank(text: &[u8], from: usize) -> usize {
    from + text[from.min(text.len())..].iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

fn each(
    text: &[u8],
    from: usize,
    (open, close): (u8, u8),
    mut part: impl FnMut(&[u8], usize) -> Result<usize, Broken>,
) -> Result<(), Broken> {
    expect(text, from, open)?;
    let mut at = blank(text, from + 1);
    if text.get(at) == Some(&close) {
        return Ok(());
    }
    loop {
        at = blank(text, part(text, at)?);
        match text.get(at) {
            Some(b',') => at = blank(text, at + 1),
            Some(byte) if *byte == close => return Ok(()),
            _ => return Err(Broken { at }),
        }
    }
}

fn string_end(text: &[u8], from: usize) -> Result<usize, Broken> {
    expect(text, from, b'"')?;
    let mut at = from + 1;
    loop {
        match text.get(at) {
            None => return Err(Broken { at }),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

fn expect(text: &[u8], at: usize, wanted: u8) -> Result<(), Broken> {
    if text.get(at) == Some(&wanted) { Ok(()) } else { Err(Broken { at }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_text_are_found_whatever_lies_inside() {
        let text = br#" {"a": [1, "]}\"", {"b": [[]]}] , "c" : -1.5e3 }"#;
        let found = members(text, 1).unwrap();
        let part = |range: &Range<usize>| std::str::from_utf8(&text[range.clone()]).unwrap();
        let parts: Vec<_> = found.iter().map(|(key, value)| (part(key), part(value))).collect();
        assert_eq!(parts, [("\"a\"", r#"[1, "]}\"", {"b": [[]]}]"#), ("\"c\"", "-1.5e3")]);
        let (inner, more) = elements(text, found[0].1.start, 2).unwrap();
        assert_eq!((inner.iter().map(part).collect::<Vec<_>>(), more), (vec!["1", r#""]}\"""#], true));
    }

    #[test]
    fn a_text_that_ends_too_early_is_broken_and_a_deep_one_is_not() {
        assert!(members(b"{\"a\": [1", 0).is_err());
        assert!(members(b"{\"a\" 1}", 0).is_err());
        assert!(elements(b"[1,]", 0, 9).is_err());
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        assert_eq!(value_end(&deep, 0), Ok(200_000));
    }
}
