//! Files of one test.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// An empty folder of its own for a test, which goes away with it; what a failed test leaves stays to be looked at.
pub struct Folder(PathBuf);

impl Folder {
    /// `name` is no other test's of the file.
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the test");
        Self(folder)
    }

    /// The path of a new file in it.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for the test");
        fs::write(&path, bytes).expect("a file of the test");
        path.to_str().expect("UTF-8").into()
    }

    /// Its own path.
    pub fn path(&self) -> &str {
        self.to_str().expect("UTF-8")
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
