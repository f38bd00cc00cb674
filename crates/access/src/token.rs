//! Opaque tokens: 256 random bits that a browser or a letter carries, and of which only a SHA-256 is stored. So many
//! bits need no slow hash.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tallymark_base::Entropy;
use tallymark_base::random::hmac_sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

const CSRF_BYTES: usize = 16;

/// A token. Not printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; 32]);

impl Token {
    /// A token nobody had.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// Reads what [`Token::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// 43 letters, digits, `-` and `_`.
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// What is stored.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The text that a page of ours sends with every writing call, and that a page of another site cannot know: it
    /// follows from the session's token, so it is bound to the session and needs no room.
    pub fn csrf(&self) -> String {
        BASE64URL_NOPAD.encode(&hmac_sha256(&self.0, &[b"csrf"])[..CSRF_BYTES])
    }

    /// Whether `given` is this token's [`Token::csrf`].
    pub fn has_csrf(&self, given: &str) -> bool {
        self.csrf().as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::random::SeededEntropy;

    #[test]
    fn a_token_reads_back_and_its_csrf_text_is_its_own() {
        let entropy = SeededEntropy::new([1; 32]);
        let (one, two) = (Token::generate(&entropy), Token::generate(&entropy));
        assert_eq!(Token::parse(&one.text()), Some(one.clone()));
        assert_eq!(one.text().len(), 43);
        assert!(one.has_csrf(&one.csrf()) && !one.has_csrf(&two.csrf()) && !one.has_csrf(""));
        assert_eq!(format!("{one:?}"), "Token(hidden)");
        for bad in ["", "x", &one.text()[1..], &format!("{}A", one.text()), &one.text().replace(|_: char| true, "字")]
        {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
    }
}
