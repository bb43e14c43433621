//! Many lists that grow and shrink together, in chunks of one store: what one list leaves the next one takes, and nothing
//! is moved when a list grows.

/// So many entries are in a chunk: few, as the last chunk of each list is not full.
const CHUNK: usize = 64;

/// No chunk.
const NONE: u32 = u32::MAX;

/// One of the lists.
#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
    len: usize,
}

impl List {
    const EMPTY: Self = Self { first: NONE, last: NONE, len: 0 };
}

/// Lists by number.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Parts<T> {
    lists: Vec<List>,
    /// The entries of all chunks.
    entries: Vec<T>,
    /// The chunk that follows each, in its list or among those that are free.
    next: Vec<u32>,
    free: u32,
    len: usize,
}

impl<T: Copy> Parts<T> {
    /// So many empty lists.
    pub(in crate::trace) fn new(count: usize) -> Self {
        Self { lists: vec![List::EMPTY; count], entries: Vec::new(), next: Vec::new(), free: NONE, len: 0 }
    }

    /// How many lists there are.
    pub(in crate::trace) fn count(&self) -> usize {
        self.lists.len()
    }

    /// How many entries there are.
    #[inline(always)]
    pub(in crate::trace) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry at the end of a list.
    #[inline(always)]
    pub(in crate::trace) fn push(&mut self, list: usize, entry: T) {
        let at = self.lists[list].len % CHUNK;
        if at == 0 {
            self.add_chunk(list, entry);
        }
        let List { last, len, .. } = &mut self.lists[list];
        self.entries[*last as usize * CHUNK + at] = entry;
        *len += 1;
        self.len += 1;
    }

    #[cold]
    fn add_chunk(&mut self, list: usize, any: T) {
        let chunk = self.free;
        let chunk = if chunk == NONE {
            self.next.push(NONE);
            self.entries.resize(self.next.len() * CHUNK, any);
            self.next.len() as u32 - 1
        } else {
            self.free = self.next[chunk as usize];
            self.next[chunk as usize] = NONE;
            chunk
        };
        let List { first, last, .. } = &mut self.lists[list];
        match *last {
            NONE => *first = chunk,
            last => self.next[last as usize] = chunk,
        }
        *last = chunk;
    }

    /// The entries of a list, in order, in pieces.
    pub(in crate::trace) fn list(&self, list: usize) -> impl Iterator<Item = &[T]> + Clone {
        let List { first: mut chunk, mut len, .. } = self.lists[list];
        std::iter::from_fn(move || {
            let some = len.min(CHUNK);
            let start = chunk as usize * CHUNK;
            len -= some;
            let piece = (some > 0).then(|| &self.entries[start..start + some])?;
            chunk = self.next[chunk as usize];
            Some(piece)
        })
    }

    /// Moves all entries of a list to the end of another, in order. Time: linear in these.
    pub(in crate::trace) fn take(&mut self, list: usize, to: &mut Vec<T>) {
        let List { first, last, mut len } = std::mem::replace(&mut self.lists[list], List::EMPTY);
        self.len -= len;
        let mut chunk = first;
        while len > 0 {
            let start = chunk as usize * CHUNK;
            let some = len.min(CHUNK);
            to.extend_from_slice(&self.entries[start..start + some]);
            len -= some;
            chunk = self.next[chunk as usize];
        }
        if last != NONE {
            self.next[last as usize] = self.free;
            self.free = first;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against lists that are kept one by one; what is left is used again.
        #[test]
        fn lists_are_what_was_added(ops in proptest::collection::vec((0..4usize, 0..150usize, any::<bool>()), 0..60)) {
            let (mut parts, mut model) = (Parts::new(4), vec![Vec::new(); 4]);
            let (mut next, mut most) = (0, 0);
            for (list, count, is_taken) in ops {
                for entry in next..next + count {
                    parts.push(list, entry);
                    model[list].push(entry);
                }
                next += count;
                most = most.max(model.iter().map(Vec::len).sum());
                prop_assert_eq!(parts.len(), model.iter().map(Vec::len).sum::<usize>());
                prop_assert_eq!(parts.list(list).flatten().copied().collect::<Vec<_>>(), &model[list][..]);
                if is_taken {
                    let mut taken = vec![];
                    parts.take(list, &mut taken);
                    prop_assert_eq!(taken, std::mem::take(&mut model[list]));
                }
            }
            prop_assert!(parts.entries.len() <= most + 4 * CHUNK, "{} for {most}", parts.entries.len());
            for (list, wanted) in model.into_iter().enumerate() {
                let mut taken = vec![];
                parts.take(list, &mut taken);
                prop_assert_eq!(taken, wanted);
            }
        }
    }
}
