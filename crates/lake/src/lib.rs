//! lake
pub use {datafusion as _, deltalake as _, object_store as _, parquet as _};
