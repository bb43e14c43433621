//! Two threads for what is long.

/// So many messages are worth a second thread.
pub(super) const LARGE: usize = 1 << 18;

/// The results of two tasks that are done side by side.
pub(super) fn both<A: Send, B>(other: impl FnOnce() -> A + Send, own: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let own = own();
        (other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), own)
    })
}
