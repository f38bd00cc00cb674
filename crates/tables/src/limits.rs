//! How much of a table is read.

/// What a table may have at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes_max: u64,
    /// Bytes of everything in a compressed file together, once it is expanded.
    pub expanded_bytes_max: u64,
    /// Columns.
    pub columns_max: usize,
    /// Bytes of a record of CSV, quotes included.
    pub record_bytes_max: usize,
    /// Bytes of a cell, as UTF-8. A longer one is [`crate::Flaw::TooLong`].
    pub cell_bytes_max: usize,
    /// Rows below the header.
    pub rows_max: u64,
}

impl Default for Limits {
    /// 2 GiB, expanded too; 500 columns; 1 MiB a record; 16 KiB a cell; ten million rows.
    fn default() -> Self {
        Self {
            bytes_max: 2 << 30,
            expanded_bytes_max: 2 << 30,
            columns_max: 500,
            record_bytes_max: 1 << 20,
            cell_bytes_max: 16 << 10,
            rows_max: 10_000_000,
        }
    }
}
