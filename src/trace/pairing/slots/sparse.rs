//! Many slots for each open end.
//!
//! Linear probing in the order of homes (Celis, Larson and Munro 1985, "Robin Hood hashing"). Invariants: the number of slots
//! is a power of two; one of them is empty; none is empty between the home of a hash and any slot of it, and behind each
//! other they stand in the order of their homes, going around at the end. So behind one that is at its home there is none
//! that has passed it, and what is taken out in front of it leaves no hole.

use super::super::fetch::fetch;
use super::{NO_HASH, Slots};

/// Up to so many slots are no burden to a near cache: there are many for each open end, as what finds its home taken is what
/// no processor can foretell.
pub(super) const NEAR: usize = 1 << 14;

/// The slots of those that are more.
pub(super) const FAR: usize = 1 << 16;

/// A slot: the hash of an open end, and its place.
pub(in super::super) type Slot = [u32; 2];

const EMPTY: Slot = [NO_HASH, 0];

/// So many empty ones. What is not used of them costs nothing.
pub(super) fn empty<const N: usize>() -> Box<[Slot; N]> {
    const { assert!(N.is_power_of_two()) };
    // There are as many as were asked for.
    vec![EMPTY; N].into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([EMPTY; N]))
}

/// Where a search for a hash starts.
#[inline(always)]
fn home<const N: usize>(hash: u32) -> usize {
    hash as usize % N
}

/// How far from its home the hash of the slot at a place is.
#[inline(always)]
fn passed<const N: usize>(hash: u32, at: usize) -> usize {
    at.wrapping_sub(home::<N>(hash)) % N
}

impl<const N: usize> Slots for [Slot; N] {
    fn takes(&self) -> usize {
        N / if N <= NEAR { 16 } else { 4 }
    }

    #[inline(always)]
    fn glance(&self, hash: u32) {
        fetch(&self[home::<N>(hash)][1]);
    }

    #[inline(always)]
    fn at_home(&self, hash: u32) -> Option<(usize, u32)> {
        let at = home::<N>(hash);
        let [found, place] = self[at];
        (found == hash).then_some((at, place))
    }

    #[inline(always)]
    fn has_none(&self, hash: u32) -> bool {
        self[home::<N>(hash)][0] == NO_HASH
    }

    #[inline(always)]
    fn put_home(&mut self, hash: u32, place: u32) -> bool {
        let home = &mut self[home::<N>(hash)];
        let is_free = home[0] == NO_HASH;
        if is_free {
            *home = [hash, place];
        }
        is_free
    }

    #[inline(always)]
    fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Result<usize, usize> {
        let (mut at, mut far) = (home::<N>(hash), 0);
        loop {
            let [found, place] = self[at % N];
            if found == NO_HASH || passed::<N>(found, at) < far {
                return Err(at % N);
            }
            if found == hash && is(place) {
                return Ok(at % N);
            }
            (at, far) = (at + 1, far + 1);
        }
    }

    #[inline(always)]
    fn place(&self, at: usize) -> u32 {
        self[at % N][1]
    }

    #[inline(always)]
    fn occupy(&mut self, at: usize, hash: u32, place: u32) {
        let (mut at, mut moved) = (at % N, [hash, place]);
        while moved[0] != NO_HASH {
            std::mem::swap(&mut self[at], &mut moved);
            at = (at + 1) % N;
        }
    }

    #[inline(always)]
    fn vacate(&mut self, at: usize) {
        let (at, behind) = (at % N, (at + 1) % N);
        // Zero where there is none, and where it is at its home: which of these is what no processor can foretell.
        let hash = self[behind][0];
        if (home::<N>(hash) as u32 ^ behind as u32).min(hash) == 0 {
            self[at][0] = NO_HASH;
        } else {
            close(self, at);
        }
    }

    fn all(&self) -> impl Iterator<Item = (u32, u32)> {
        self.iter().filter(|slot| slot[0] != NO_HASH).map(|&[hash, place]| (hash, place))
    }

    fn vacate_all(&mut self) {
        self.fill(EMPTY);
    }
}

/// Makes a slot empty in front of others: those that are not at their homes move up.
#[cold]
#[inline(never)]
fn close<const N: usize>(slots: &mut [Slot; N], mut at: usize) {
    loop {
        let behind = (at + 1) % N;
        let hash = slots[behind][0];
        if hash == NO_HASH || passed::<N>(hash, behind) == 0 {
            slots[at % N][0] = NO_HASH;
            return;
        }
        slots[at % N] = slots[behind];
        at = behind;
    }
}
