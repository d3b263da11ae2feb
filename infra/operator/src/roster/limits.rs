//! How large an import may be (ASVS 5.0 5.2.1): far beyond the largest roster, and small enough that a file
//! which is none is refused before it fills anything.

/// The most bytes of a file.
pub(crate) const FILE_BYTES: u64 = 2 << 30;
/// The most rows, of whatever kind.
pub(crate) const ROWS: u64 = 10_000_000;
/// The most bytes of a row, as UTF-8 and without quotation marks.
pub(crate) const ROW_BYTES: usize = 64 * 1024;
/// The most columns.
pub(crate) const COLUMNS: usize = 256;
/// The most code points of a name that is shown.
pub(crate) const NAME: usize = 200;
/// The most refused rows that are reported one by one.
pub(crate) const REPORTED: u64 = 10_000;
/// The most bytes of the texts that an `.xlsx` shares between its cells: they are in memory as a whole.
pub(crate) const SHARED_BYTES: u64 = 512 << 20;
/// The most bytes of a workbook that is in memory as a whole (`.xls`, `.ods`).
pub(crate) const WHOLE_BYTES: u64 = 32 << 20;
