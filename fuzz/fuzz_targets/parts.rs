#![no_main]

#[path = "../../tests/support/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entry::parts(bytes));
