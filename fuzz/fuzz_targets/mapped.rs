#![no_main]

use clearcut::format::mapping::describe;

#[path = "../../tests/support/entry.rs"]
mod entry;
#[path = "../../tests/support/ways.rs"]
mod ways;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    entry::mapped(bytes);
    // A description, a zero byte and a log, as there.
    let mut parts = bytes.splitn(2, |&b| b == 0);
    let (text, log) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let described = std::str::from_utf8(text).ok().and_then(|text| describe(text).ok());
    if let Some(mapping) = described.and_then(|described| described.mapping) {
        ways::agree_as(&mapping, &[log.to_vec()]);
    }
});
