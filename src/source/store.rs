//! Bytes that come but once, from a pipe or out of a packed file, kept for the reports that go back to them.
//!
//! Few stay in memory. Many lie in a file without a name, in the folder for temporary files: so a log that is piped takes no
//! more memory than one that is read from where it lies. The file ends with the process, however that ends. Where there can
//! be none, or no more of it, all stays in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{Bytes, Kept, map};

/// So many bytes stay in memory.
const FEW: usize = 16 << 20;

/// So many are written at once.
const ROOM: usize = 1 << 16;

/// Where bytes are kept as they come.
#[derive(Debug)]
pub(super) struct Store {
    /// All bytes, where they are in memory.
    bytes: Vec<u8>,
    /// Else a file of so many.
    file: Option<(File, u64)>,
    /// How many stay in memory.
    few: usize,
    room: Vec<u8>,
}

impl Default for Store {
    fn default() -> Self {
        Self::keeping(FEW)
    }
}

impl Store {
    /// An empty one, of whose bytes so many stay in memory.
    fn keeping(few: usize) -> Self {
        Self { bytes: Vec::new(), file: None, few, room: Vec::new() }
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.file.as_ref().map_or(self.bytes.len(), |&(_, len)| len as usize)
    }

    /// Adds all that is left in a reader. What came before an error is there. Time: linear.
    ///
    /// # Errors
    /// Those of the reader, and no memory.
    pub(super) fn add_all(&mut self, mut reader: impl Read) -> io::Result<()> {
        if self.file.is_none() {
            let few = self.few.saturating_sub(self.bytes.len());
            if reader.by_ref().take(few as u64).read_to_end(&mut self.bytes)? < few {
                return Ok(());
            }
        }
        let mut room = std::mem::take(&mut self.room);
        room.resize(ROOM, 0);
        let added = loop {
            match reader.read(&mut room) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    if let Err(error) = self.write_all(&room[..count]) {
                        break Err(error);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.room = room;
        added
    }

    /// Moves all to a file.
    fn spill(&mut self) -> io::Result<()> {
        let mut file = tempfile::tempfile()?;
        file.write_all(&self.bytes)?;
        self.file = Some((file, self.bytes.len() as u64));
        self.bytes = Vec::new();
        Ok(())
    }

    /// Moves all back into memory, where there is no room for more in the file.
    fn bring_back(&mut self) -> io::Result<()> {
        let Some((mut file, len)) = self.file.take() else { return Ok(()) };
        self.few = usize::MAX;
        self.reserve(usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?)?;
        file.seek(SeekFrom::Start(0))?;
        file.take(len).read_to_end(&mut self.bytes)?;
        Ok(())
    }

    fn reserve(&mut self, more: usize) -> io::Result<()> {
        self.bytes.try_reserve(more).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))
    }

    /// All of it, to be looked at.
    pub(super) fn into_bytes(self) -> io::Result<Bytes> {
        match self.file {
            Some((file, _)) => Ok(Bytes::Mapped(map(&file)?, Kept::of(file))),
            None => Ok(Bytes::Owned(self.bytes)),
        }
    }
}

impl Write for Store {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.bytes.len() + bytes.len() > self.few && self.spill().is_err() {
            self.few = usize::MAX;
        }
        if let Some((file, len)) = &mut self.file {
            if file.write_all(bytes).is_ok() {
                *len += bytes.len() as u64;
                return Ok(bytes.len());
            }
            self.bring_back()?;
        }
        self.reserve(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Fails behind its bytes.
    struct Failing<'b>(&'b [u8]);

    impl Read for Failing<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(io::ErrorKind::InvalidData.into()) } else { self.0.read(into) }
        }
    }

    proptest! {
        /// Wherever they are, all bytes are there, in order.
        #[test]
        fn what_is_added_is_there(
            parts in proptest::collection::vec((0..200_000usize, 0..3u8), 0..6),
            few in 0..300_000usize,
        ) {
            let mut store = Store::keeping(few);
            let mut wanted = Vec::new();
            for (i, (len, how)) in parts.into_iter().enumerate() {
                let part: Vec<u8> = (0..len).map(|at| ((at + i) % 251) as u8).collect();
                match how {
                    0 => store.write_all(&part).unwrap(),
                    1 => store.add_all(&part[..]).unwrap(),
                    _ => prop_assert!(store.add_all(Failing(&part)).is_err()),
                }
                wanted.extend(part);
                prop_assert_eq!(store.len(), wanted.len());
            }
            prop_assert_eq!(store.file.is_some(), wanted.len() > few);
            let bytes = store.into_bytes().unwrap();
            prop_assert!(bytes.all() == wanted);
        }

        /// A file that takes no more is read back.
        #[test]
        fn a_full_disk_is_no_end(before in 1..100_000usize, more in 1..100_000usize) {
            let bytes: Vec<u8> = (0..before + more).map(|at| (at % 251) as u8).collect();
            let mut store = Store::keeping(0);
            store.write_all(&bytes[..before]).unwrap();
            let (file, len) = store.file.take().unwrap();
            // Open for reading alone: every write fails.
            let path = std::env::temp_dir().join(format!("clearcut-full-{}", std::process::id()));
            std::fs::write(&path, &bytes[..before]).unwrap();
            let mut full = File::open(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            full.seek(SeekFrom::End(0)).unwrap();
            store.file = Some((full, len));
            drop(file);
            store.write_all(&bytes[before..]).unwrap();
            prop_assert!(store.file.is_none());
            prop_assert!(store.into_bytes().unwrap().all() == bytes);
        }
    }
}
