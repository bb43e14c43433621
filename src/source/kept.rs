//! Files that stay open beside their mapping, to be read from: only so many, as a process may not have many open.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};

/// No more are kept open at once: a log of a thousand large files is read within the 256 that some systems allow.
const MOST: usize = 64;

static KEPT: AtomicUsize = AtomicUsize::new(0);

/// A file that is kept open.
#[derive(Debug)]
pub(super) struct Kept(File);

impl Kept {
    /// Keeps a file open unless too many are.
    pub(super) fn of(file: File) -> Option<Self> {
        let before = KEPT.fetch_add(1, Ordering::Relaxed);
        let kept = Self(file);
        (before < MOST).then_some(kept)
    }

    #[cfg(unix)]
    pub(super) fn file(&self) -> &File {
        &self.0
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        KEPT.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn many_large_files_are_not_all_kept_open() {
        use super::*;
        use crate::source::{MAP_FROM, Source};

        let path = std::env::temp_dir().join(format!("clearcut-kept-{}", std::process::id()));
        let bytes: Vec<u8> = (0..MAP_FROM).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        // Nobody writes to it any more.
        File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let sources: Vec<Source> = (0..3 * MOST).map(|_| Source::open(&path).unwrap()).collect();
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter(|entry| std::fs::read_link(entry.as_ref().unwrap().path()).is_ok_and(|to| to == path));
        assert!(open.count() <= MOST);
        let mut room = vec![0; 69_000];
        for source in &sources {
            room.fill(0);
            source.read(1000, &mut room);
            assert_eq!(room, bytes[1000..70_000]);
        }
        drop(sources);
        assert!(Kept::of(File::open(&path).unwrap()).is_some());
        std::fs::remove_file(&path).unwrap();
    }
}
