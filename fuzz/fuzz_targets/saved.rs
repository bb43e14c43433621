#![no_main]
//! A saved trace of any bytes: nothing panics, and what its columns are taken for its records say as well.

use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::format::saved;
use clearcut::source::Source;
use clearcut::trace::{Builder, Keep, Trace, Wanted};

fn counts(trace: &Trace) -> Vec<(&str, u32)> {
    trace.processes().map(|process| (trace.name(process), trace.events(process))).collect()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let source = Arc::new(Source::from_text("run.arrow", bytes));
    let mut builder = Builder::new();
    builder.source(source.clone());
    let whole = saved::read(bytes, &mut builder).ok().and_then(|()| builder.finish().ok());
    for threads in 1..=2 {
        let wanted = Wanted { rest_at_end: true, ..Wanted::default() };
        let _ = Builder::crossing(wanted).columns(&source, threads);
        let lean = [Keep::Messages, Keep::Order].map(|keep| Builder::keeping(keep).columns(&source, threads));
        for lean in lean.iter().flatten() {
            let _ = CausalOrder::of(lean);
            // Ids may pair rows otherwise, or not at all.
            if let Some(whole) = &whole {
                assert_eq!(counts(lean), counts(whole));
            }
        }
    }
});
