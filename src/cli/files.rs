//! From what the command line names to files: folders, and patterns that no shell expanded.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use super::output::Failure;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is; `-` is standard input.
    pub path: PathBuf,
    /// The folder or pattern that was named instead of it. What is no log there is left out; a file that is named is not.
    pub of: Option<PathBuf>,
}

/// What the command line names.
#[derive(Debug, Default)]
pub struct Files {
    /// The files, in the order given; those of a folder or pattern by name, numbers in names by their value.
    pub found: Vec<Found>,
    /// What is left out: the folder or pattern, what it is, and why.
    pub left_out: Vec<LeftOut>,
    /// What cannot be read: all of it.
    pub failures: Vec<Failure>,
    /// Files by the one name that each has: how often each was named itself.
    seen: HashMap<PathBuf, usize>,
}

/// Something in a folder or pattern that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The folder or pattern that has it.
    pub of: PathBuf,
    /// Its name.
    pub name: String,
    /// Why.
    pub why: &'static str,
}

/// Why it is left out.
const LINK_TO_NOTHING: &str = "a link to nothing";

/// Finds the files that are named. A folder stands for the files in it, not for those in folders of it. A file is named
/// once; what a folder or pattern has of those before is left out.
pub fn find(given: &[PathBuf]) -> Files {
    let mut files = Files::default();
    for path in given {
        let standard_input = path == Path::new("-");
        let found = if !standard_input && path.is_dir() {
            files.folder(path)
        } else if !standard_input && is_pattern(path) && !path.exists() {
            files.pattern(path)
        } else {
            files.named(path)
        };
        files.failures.extend(found.err());
    }
    files
}

/// One file has many names; one that is not there has none.
fn name_of(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[']))
}

impl Files {
    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let fail = |error| Failure::usage(format!("cannot read {}: {error}", folder.display()), "is it the right one?");
        let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>()).map_err(fail)?;
        let mut paths: Vec<PathBuf> = entries.iter().map(|entry| entry.path()).collect();
        paths.sort_by_cached_key(|path| natural(path));
        let mut any = false;
        for path in paths {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            match fs::metadata(&path) {
                _ if hidden => self.leave_out(folder, &path, "hidden"),
                Ok(about) => any |= self.add_or_leave_out(path, folder, &about),
                Err(_) => self.leave_out(folder, &path, LINK_TO_NOTHING),
            }
        }
        if !any {
            let what = format!("{} has no file to read", folder.display());
            return Err(Failure::usage(what, "files in folders of it are read as FOLDER/NAME or 'FOLDER/**/*'"));
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &Path) -> Result<(), Failure> {
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let shown = pattern.display();
        let matches = glob::glob_with(&pattern.to_string_lossy(), options).map_err(|error| {
            let help = "`*` is any text, `?` any character, `[ab]` one of these, `**` any folders";
            Failure::usage(format!("{shown} is no pattern of file names: {error}"), help)
        })?;
        let fail = |error| Failure::usage(format!("cannot read what {shown} matches: {error}"), "is it the right one?");
        let mut paths = matches.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        paths.sort_by_cached_key(|path| natural(path));
        let mut any = false;
        for path in paths {
            match fs::metadata(&path) {
                // What is in it is matched as well.
                Ok(about) if about.is_dir() && pattern.to_string_lossy().contains("**") => {}
                Ok(about) => any |= self.add_or_leave_out(path, pattern, &about),
                Err(_) => self.leave_out(pattern, &path, LINK_TO_NOTHING),
            }
        }
        match any {
            true => Ok(()),
            false => Err(Failure::usage(format!("no file matches {shown}"), "is the folder right?")),
        }
    }

    fn named(&mut self, path: &Path) -> Result<(), Failure> {
        match self.seen.entry(name_of(path)) {
            Entry::Vacant(new) => {
                new.insert(1);
                self.found.push(Found { path: path.to_path_buf(), of: None });
            }
            Entry::Occupied(mut times) => {
                *times.get_mut() += 1;
                // Told once; what a folder or pattern had already needs no word.
                if *times.get() == 2 {
                    let what = format!("{} is given twice", path.display());
                    return Err(Failure::usage(what, "name each file once: several files are one trace"));
                }
            }
        }
        Ok(())
    }

    /// What a folder or pattern has, if it is a file: from a pipe nothing may ever come. Whether it is.
    fn add_or_leave_out(&mut self, path: PathBuf, of: &Path, about: &fs::Metadata) -> bool {
        if about.is_file() {
            self.add(path, of);
        } else {
            let why = if about.is_dir() { "a folder; name it too to read it" } else { "no regular file" };
            self.leave_out(of, &path, why);
        }
        about.is_file()
    }

    /// A file of a folder or pattern.
    fn add(&mut self, path: PathBuf, of: &Path) {
        match self.seen.entry(name_of(&path)) {
            Entry::Occupied(_) => self.leave_out(of, &path, "named before"),
            Entry::Vacant(new) => {
                new.insert(0);
                self.found.push(Found { path, of: Some(of.to_path_buf()) });
            }
        }
    }

    /// Leaves a path of a folder or pattern out.
    pub fn leave_out(&mut self, of: &Path, path: &Path, why: &'static str) {
        let name = path.strip_prefix(of).unwrap_or(path).display().to_string();
        self.left_out.push(LeftOut { of: of.to_path_buf(), name, why });
    }

    /// What was read and left out where folders or patterns were named: lines of text.
    pub fn told(&self, given: &[PathBuf]) -> Vec<String> {
        let mut told = Vec::new();
        for folder in given {
            let of: Vec<_> = self.found.iter().filter(|found| found.of.as_deref() == Some(folder)).collect();
            // A pattern says itself what is read.
            if !of.is_empty() && folder.is_dir() {
                let names = of.iter().map(|found| found.path.strip_prefix(folder).unwrap_or(&found.path).display());
                let names: Vec<String> = names.map(|name| name.to_string()).collect();
                told.push(format!("read from {}: {}", folder.display(), list(&names)));
            }
            let out: Vec<_> = self.left_out.iter().filter(|out| out.of == *folder).collect();
            if !out.is_empty() {
                let names: Vec<String> = out.iter().map(|out| format!("{} ({})", out.name, out.why)).collect();
                told.push(format!("left out of {}: {}", folder.display(), list(&names)));
            }
        }
        told
    }
}

/// Some names, and how many more there are.
pub fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.get(..SHOWN).unwrap_or(names).join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Names without their folder, where it is the same for all.
pub fn without_folder<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Vec<String> {
    let folder = |name: &'n str| name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut folders = names.clone().map(folder);
    let first = folders.next();
    let same = folders.all(|folder| Some(folder) == first);
    names.map(|name| if same { name.rsplit('/').next().unwrap_or(name) } else { name }.to_owned()).collect()
}

/// Orders `c-2.out` before `c-10.out`: text and numbers in turn, then the name itself.
fn natural(path: &Path) -> (Vec<(String, u128)>, PathBuf) {
    let name = path.to_string_lossy();
    let mut parts = Vec::new();
    let mut rest = name.as_ref();
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, digits) = rest.split_at(text);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (digits, behind) = digits.split_at(end);
        parts.push((text.to_owned(), digits.parse().unwrap_or(u128::MAX)));
        rest = behind;
    }
    (parts, path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_numbers_are_in_the_order_of_the_numbers() {
        let mut names = ["c-10.out", "c-2.out", "c-02.out", "b", "c", "c-2-x9", "c-2-x10"].map(PathBuf::from);
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["b", "c", "c-2-x9", "c-2-x10", "c-02.out", "c-2.out", "c-10.out"].map(PathBuf::from));
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..23).map(|i| i.to_string()).collect();
        assert!(list(&names).ends_with("18, 19 and 3 more"));
        assert_eq!(list(&names[..2]), "0, 1");
    }
}
