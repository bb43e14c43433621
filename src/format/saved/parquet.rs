//! Parquet to Arrow: in memory, as its columns are packed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_ipc::writer::FileWriter;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::columns::Flaw;

/// Rows that are unpacked at a time.
const ROWS: usize = 1 << 16;

/// The same table as an Arrow IPC file. Time and space: linear in what is packed.
///
/// # Errors
/// A [`Flaw`] where it is damaged, or packed in a way that is not known here.
pub fn to_arrow(bytes: &[u8]) -> Result<Vec<u8>, Flaw> {
    let bytes = Bytes::copy_from_slice(bytes);
    // The library promises no more for damaged files than for sound ones; a file must not end the program.
    let unpacked = catch_unwind(AssertUnwindSafe(|| unpack(bytes)));
    unpacked.unwrap_or_else(|_| Err(Flaw::new("it is damaged")))
}

fn unpack(bytes: Bytes) -> Result<Vec<u8>, Flaw> {
    let unreadable = |error: parquet::errors::ParquetError| Flaw(error.to_string());
    // Texts as they are: dictionaries change within a file, which Arrow's has no place for.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).map_err(unreadable)?;
    let reader = reader.with_batch_size(ROWS);
    let schema = reader.schema().clone();
    let unwritable = |error: arrow_schema::ArrowError| Flaw(error.to_string());
    let mut writer = FileWriter::try_new(Vec::new(), &schema).map_err(unwritable)?;
    for batch in reader.build().map_err(unreadable)? {
        writer.write(&batch.map_err(unwritable)?).map_err(unwritable)?;
    }
    writer.into_inner().map_err(unwritable)
}
