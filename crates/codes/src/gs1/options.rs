//! What a reader of links forgives.

use super::ai::Ai;

/// The words that former releases of the standard allowed in the path in the place of digits.
const CONVENIENCE_ALPHAS: [(&str, &str); 22] = [
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("cpv", "22"),
    ("gcn", "255"),
    ("gdti", "253"),
    ("giai", "8004"),
    ("ginc", "401"),
    ("gln", "414"),
    ("glnx", "254"),
    ("gmn", "8013"),
    ("grai", "8003"),
    ("gsin", "402"),
    ("gsrn", "8018"),
    ("gsrnp", "8017"),
    ("gtin", "01"),
    ("itip", "8006"),
    ("lot", "10"),
    ("party", "417"),
    ("refno", "8020"),
    ("ser", "21"),
    ("srin", "8019"),
    ("sscc", "00"),
];

/// What a reader forgives. The default forgives nothing and reads compressed links, as the standard asks of a resolver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Takes a GTIN-8, GTIN-12 or GTIN-13 where fourteen digits must stand, as former releases did.
    pub has_zero_suppressed_gtins: bool,
    /// Takes words such as `gtin` and `ser` in the path, as former releases did.
    pub has_convenience_alphas: bool,
    /// Takes attributes whose identifier GS1 has not given out.
    pub has_unknown_attributes: bool,
    /// Takes `;` between parameters of the query besides `&`, as former releases did.
    pub has_semicolons: bool,
    /// Takes a slash at the end of the path, as the standard of resolvers recommends.
    pub has_trailing_slash: bool,
    /// Reads compressed links too.
    pub has_compression: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            has_zero_suppressed_gtins: false,
            has_convenience_alphas: false,
            has_unknown_attributes: false,
            has_semicolons: false,
            has_trailing_slash: false,
            has_compression: true,
        }
    }
}

/// The identifier that a segment of the path is.
pub(super) fn ai_of(segment: &str, options: &Options) -> Option<Ai> {
    let alpha = CONVENIENCE_ALPHAS.iter().find(|(word, _)| options.has_convenience_alphas && word == &segment);
    Ai::parse(alpha.map_or(segment, |(_, digits)| digits)).filter(|ai| ai.definition().is_some())
}
