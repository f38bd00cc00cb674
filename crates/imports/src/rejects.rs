//! Rejects as a file.

use crate::Reject;

/// Rejects as CSV with a header. The name of a column that a spreadsheet would take for a formula gets an apostrophe.
pub fn csv(rejects: &[Reject]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = rejects.iter().map(|reject| {
        let column = reject.column.as_deref().unwrap_or_default();
        let column = if column.starts_with(['=', '+', '-', '@']) { format!("'{column}") } else { column.to_owned() };
        [reject.line.to_string(), column, reject.code.clone(), reject.reason.clone()]
    });
    let header = ["line", "column", "code", "reason"].map(str::to_owned);
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(row).expect("a vector takes any bytes");
    }
    let bytes = writer.into_inner().expect("a vector takes any bytes");
    String::from_utf8(bytes).expect("made of texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_are_a_table_in_which_nothing_is_a_formula() {
        let reject = |column: Option<&str>| Reject {
            line: 3,
            column: column.map(str::to_owned),
            code: "malformed_value".to_owned(),
            reason: "a, \"b\"".to_owned(),
        };
        let text = csv(&[reject(None), reject(Some("=SUM(A1)"))]);
        let expected = "line,column,code,reason\n3,,malformed_value,\"a, \"\"b\"\"\"\n3,'=SUM(A1),malformed_value,\"a, \"\"b\"\"\"\n";
        assert_eq!(text, expected);
    }
}
