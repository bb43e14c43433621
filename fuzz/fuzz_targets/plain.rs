#![no_main]

#[path = "../../tests/support/ways.rs"]
mod ways;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ways::agree(bytes));
