//! Columns of addresses.

use std::ops::Range;

/// Many addresses in 4 bytes each: the low half, and a list of the places where the high half or the region changes.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    low: Vec<u32>,
    breaks: Vec<(u32, u64)>,
    /// The base of the last break.
    base: u64,
}

impl Addresses {
    /// None yet, and room for so many.
    pub fn with_room(room: usize) -> Self {
        Self { low: Vec::with_capacity(room), ..Self::default() }
    }

    /// Appends all of those.
    pub fn append(&mut self, more: &Self) {
        let first = self.low.len() as u32;
        self.breaks.extend(more.breaks.iter().map(|&(from, base)| (first + from, base)));
        self.low.extend_from_slice(&more.low);
        self.base = if more.breaks.is_empty() { self.base } else { more.base };
    }

    /// Appends an address. Cheap as long as neighbours lie within 4 GiB of each other.
    pub fn push(&mut self, address: u64) {
        let base = address & !0xFFFF_FFFF;
        if base != self.base || self.breaks.is_empty() {
            self.base = base;
            self.breaks.push((self.low.len() as u32, base));
        }
        self.low.push((address & 0xFFFF_FFFF) as u32);
    }

    /// Appends addresses: most are of the same 4 GiB, and cost no more than to be copied.
    #[inline(always)]
    pub fn extend(&mut self, addresses: impl Iterator<Item = u64> + Clone) {
        let is_elsewhere = |address: u64| address & !0xFFFF_FFFF != self.base;
        let any_elsewhere = addresses.clone().fold(self.breaks.is_empty(), |any, at| any | is_elsewhere(at));
        if any_elsewhere {
            return addresses.for_each(|address| self.push(address));
        }
        self.low.extend(addresses.map(|address| (address & 0xFFFF_FFFF) as u32));
    }

    /// The `index`-th address.
    ///
    /// # Panics
    /// Where no such address was pushed.
    pub fn get(&self, index: usize) -> u64 {
        let low = u64::from(self.low[index]);
        let i = self.breaks.partition_point(|&(from, _)| from as usize <= index);
        self.breaks[i - 1].1 | low
    }

    /// The addresses of a range of indexes, in order: a look at the breaks for each break, not for each address.
    ///
    /// # Panics
    /// Where no such addresses were pushed.
    pub fn between(&self, range: Range<usize>) -> impl Iterator<Item = u64> + '_ {
        let mut next = self.breaks.partition_point(|&(from, _)| from as usize <= range.start);
        let mut base = next.checked_sub(1).map_or(0, |last| self.breaks[last].1);
        let mut change = self.breaks.get(next).map_or(usize::MAX, |&(from, _)| from as usize);
        range.clone().zip(&self.low[range]).map(move |(index, &low)| {
            if index == change {
                base = self.breaks[next].1;
                next += 1;
                change = self.breaks.get(next).map_or(usize::MAX, |&(from, _)| from as usize);
            }
            base | u64::from(low)
        })
    }

    /// The last address, or 0.
    pub fn last(&self) -> u64 {
        self.low.len().checked_sub(1).map_or(0, |i| self.get(i))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_cross_4_gib_and_regions() {
        let wanted = [0, 7, 0xFFFF_FFFF, 0x1_0000_0000, 0x1_0000_0001, 3, 1 << 62, (1 << 62) + 5, 0x1_0000_0002];
        let mut column = Addresses::default();
        wanted.iter().for_each(|&a| column.push(a));
        let got: Vec<u64> = (0..column.len()).map(|i| column.get(i)).collect();
        assert_eq!(got, wanted);
        for start in 0..=wanted.len() {
            assert_eq!(column.between(start..wanted.len()).collect::<Vec<_>>(), wanted[start..]);
        }
    }
}
