//! Rejects as a file, in the words of whoever reads it.

use std::collections::HashMap;
use std::sync::LazyLock;

use tallymark_base::geography::Language;

use crate::Reject;

/// The Chinese texts of the console, by `reject.CODE`, and by `refusal.CODE` where what was asked for was refused: what it says on its
/// pages stands in the file as well.
const CHINESE: &str = include_str!("../../../console/src/app/locales/refusals.zh-CN.json");

static REASONS: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(CHINESE).expect("the console's texts are an object of texts"));

impl Reject {
    /// The reason in a language; as it was told where there is no text for its code.
    pub fn reason_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.reason,
            Language::Chinese => {
                let said = ["reject", "refusal"].iter().find_map(|kind| REASONS.get(&format!("{kind}.{}", self.code)));
                said.unwrap_or(&self.reason)
            }
        }
    }
}

/// Rejects as CSV with a header, in a language. The name of a column that a spreadsheet would take for a formula gets an
/// apostrophe.
pub fn csv(rejects: &[Reject], language: Language) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = rejects.iter().map(|reject| {
        let column = reject.column.as_deref().unwrap_or_default();
        let column = if column.starts_with(['=', '+', '-', '@']) { format!("'{column}") } else { column.to_owned() };
        [reject.line.to_string(), column, reject.code.clone(), reject.reason_in(language).to_owned()]
    });
    let header = match language {
        Language::English => ["line", "column", "code", "reason"],
        Language::Chinese => ["行", "列", "代码", "原因"],
    };
    for row in std::iter::once(header.map(str::to_owned)).chain(rows) {
        writer.write_record(row).expect("a vector takes any bytes");
    }
    let bytes = writer.into_inner().expect("a vector takes any bytes");
    String::from_utf8(bytes).expect("made of texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(column: Option<&str>, code: &str) -> Reject {
        Reject { line: 3, column: column.map(str::to_owned), code: code.to_owned(), reason: "a, \"b\"".to_owned() }
    }

    #[test]
    fn rejects_are_a_table_in_which_nothing_is_a_formula() {
        let rejects = [reject(None, "malformed_value"), reject(Some("=SUM(A1)"), "malformed_value")];
        let text = csv(&rejects, Language::English);
        let expected = "line,column,code,reason\n3,,malformed_value,\"a, \"\"b\"\"\"\n3,'=SUM(A1),malformed_value,\"a, \"\"b\"\"\"\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_reason_without_a_chinese_text_stays_as_it_was_told() {
        let rejects = [
            reject(Some("时间"), "time_too_old"),
            reject(None, "goods.not_held"),
            reject(None, "told_by_a_later_release"),
        ];
        let text = csv(&rejects, Language::Chinese);
        let expected = "行,列,代码,原因\n\
            3,时间,time_too_old,时间早于 1970 年\n\
            3,,goods.not_held,你的组织并不持有其中的全部货物\n\
            3,,told_by_a_later_release,\"a, \"\"b\"\"\"\n";
        assert_eq!(text, expected);
    }
}
