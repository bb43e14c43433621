//! How far a reader has come: written by it once a block, read by whoever watches.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Bytes;
use super::store::Store;

/// How much is done. A plain store for each block of text is all that it costs.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    events: AtomicU64,
}

impl Progress {
    /// So much is done by now.
    pub fn reached(&self, bytes: u64, events: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.events.store(events, Ordering::Relaxed);
    }

    /// Bytes and events that are done.
    pub fn done(&self) -> (u64, u64) {
        (self.bytes.load(Ordering::Relaxed), self.events.load(Ordering::Relaxed))
    }
}

/// Tells how much was read.
pub(super) struct Told<'p, R> {
    inner: R,
    read: u64,
    progress: &'p Progress,
}

impl<'p, R: Read> Told<'p, R> {
    /// A reader, and how much was read before it.
    pub fn new(inner: R, before: usize, progress: &'p Progress) -> Self {
        Self { inner, read: before as u64, progress }
    }

    /// All that is left in a reader.
    pub fn all(inner: R, progress: &'p Progress) -> io::Result<Bytes> {
        let mut store = Store::default();
        store.add_all(Self::new(inner, 0, progress))?;
        store.into_bytes()
    }
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.read += read as u64;
        self.progress.reached(self.read, 0);
        Ok(read)
    }
}
