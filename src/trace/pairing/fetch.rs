//! Memory that is asked for before it is looked at.

/// Asks for what lies here, for as much as a cache reads at once, and does not wait for it: many that are asked for are
/// waited for together, many that are looked at one after the other.
///
/// It comes to the second cache, which takes many more at a time than the first one does: with a batch of 128 asked for, one
/// costs 6 ns, and 12 where it is read, or asked for to come to the first.
#[cfg(all(target_arch = "x86_64", target_feature = "sse"))]
#[inline(always)]
#[expect(unsafe_code, reason = "an instruction that each processor has which runs this")]
pub(in crate::trace) fn fetch(here: &u32) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: it reads nothing that anybody sees, from where there is something to be read; and it needs nothing but SSE,
    // which all code here is compiled for (see `cfg`).
    // Measured need: with a million messages on their way a log is verified in two thirds of the time, and with 1,024
    // processes in three quarters.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(here).cast()) };
}

/// Asks for what lies here, for as much as a cache reads at once: it is read, and nothing is decided by what is seen, as what
/// comes then would wait for it.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse")))]
#[inline(always)]
pub(in crate::trace) fn fetch(here: &u32) {
    std::hint::black_box(*here);
}
