//! Slots in buckets of what a cache reads at once.
//!
//! Linear probing by buckets (Knuth, The Art of Computer Programming, volume 3, section 6.4, on external searching): a hash
//! is looked for in its bucket, and in the next one only where that is full. Invariants: the number of buckets is a power of
//! two; one of them is not full; all are full from the bucket of a hash to that before any slot of it, going around at the
//! end, and have the mark that one [passed](PASSED) them. So what is behind a bucket without the mark is nobody's concern
//! where one of its slots becomes empty: to look there would be to wait for memory (as the count of overflows in F14, Bronson
//! and Shi 2019).

use super::super::fetch::fetch;
use super::super::room::room;
use super::{NO_HASH, Slots};

/// How many slots a bucket has.
const WIDTH: usize = 8;

/// So many buckets are there at least.
pub(super) const FEWEST: usize = 1 << 14;

/// So many open ends are there for each bucket at most: few find theirs full.
const FULL: usize = 5;

/// Slots that are looked at together: the hashes of open ends, and their places.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(in super::super) struct Bucket {
    hashes: [u32; WIDTH],
    places: [u32; WIDTH],
}

impl Bucket {
    const EMPTY: Self = Self { hashes: [NO_HASH; WIDTH], places: [0; WIDTH] };

    /// The slots of this hash.
    #[inline(always)]
    fn of(&self, hash: u32) -> Some8 {
        Some8(equal(&self.hashes, hash))
    }

    #[inline(always)]
    fn empty(&self) -> Some8 {
        self.of(NO_HASH)
    }

    #[inline(always)]
    fn fill(&mut self, i: usize, hash: u32, place: u32) {
        (self.hashes[i], self.places[i]) = (hash, self.places[i] & PASSED | place);
    }

    #[inline(always)]
    fn place(&self, i: usize) -> u32 {
        self.places[i] & !PASSED
    }

    #[inline(always)]
    fn is_passed(&self) -> bool {
        self.places[0] & PASSED != 0
    }
}

/// Some slots of a bucket, a bit each.
#[derive(Clone, Copy, Debug)]
struct Some8(u32);

impl Some8 {
    #[inline(always)]
    fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The first of them; where there is none, any.
    #[inline(always)]
    fn first(self) -> usize {
        self.0.trailing_zeros() as usize % WIDTH
    }
}

impl Iterator for Some8 {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let first = (!self.is_none()).then(|| self.first());
        self.0 &= self.0.wrapping_sub(1);
        first
    }
}

/// Which of eight hashes are this one, a bit each.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
#[expect(unsafe_code, reason = "instructions that each processor has which runs this")]
fn equal(hashes: &[u32; WIDTH], hash: u32) -> u32 {
    use std::arch::x86_64::{_mm_castsi128_ps, _mm_cmpeq_epi32, _mm_movemask_ps, _mm_set_epi32, _mm_set1_epi32};
    let [a, b, c, d, e, f, g, h] = hashes.map(u32::cast_signed);
    // SAFETY: these take and give values, and need nothing but SSE2, which all code here is compiled for (see `cfg`).
    // Measured need: with a million messages on their way a log is verified in four fifths of the time.
    let (low, high) = unsafe {
        let all = _mm_set1_epi32(hash.cast_signed());
        let four = |hashes| _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(hashes, all)));
        (four(_mm_set_epi32(d, c, b, a)), four(_mm_set_epi32(h, g, f, e)))
    };
    (high << 4 | low).cast_unsigned()
}

/// Which of eight hashes are this one, a bit each.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
#[inline(always)]
fn equal(hashes: &[u32; WIDTH], hash: u32) -> u32 {
    hashes.iter().rev().fold(0, |set, &other| set << 1 | u32::from(other == hash))
}

/// A bit of the first place of a bucket: perhaps a hash has passed it, that is, stands behind it as it was full. There are
/// never so many places.
const PASSED: u32 = 1 << 31;

/// So many empty ones, a power of two.
pub(super) fn empty(count: usize) -> Vec<Bucket> {
    let mut buckets = room(count);
    buckets.resize(count, Bucket::EMPTY);
    buckets
}

/// The bucket in which a search for a hash starts.
#[inline(always)]
fn home(buckets: &[Bucket], hash: u32) -> usize {
    hash as usize & (buckets.len() - 1)
}

#[inline(always)]
fn next(buckets: &[Bucket], at: usize) -> usize {
    (at + 1) & (buckets.len() - 1)
}

impl Slots for [Bucket] {
    fn takes(&self) -> usize {
        self.len() * FULL
    }

    #[inline(always)]
    fn glance(&self, hash: u32) {
        fetch(&self[home(self, hash)].hashes[0]);
    }

    #[inline(always)]
    fn at_home(&self, hash: u32) -> Option<(usize, u32)> {
        let at = home(self, hash);
        let found = self[at].of(hash);
        (!found.is_none()).then(|| (at * WIDTH + found.first(), self[at].place(found.first())))
    }

    #[inline(always)]
    fn has_none(&self, hash: u32) -> bool {
        let home = &self[home(self, hash)];
        home.of(hash).is_none() && !home.empty().is_none()
    }

    #[inline(always)]
    fn put_home(&mut self, hash: u32, place: u32) -> bool {
        let home = &mut self[home(self, hash)];
        let empty = home.empty();
        let is_easy = !empty.is_none() & home.of(hash).is_none();
        if is_easy {
            home.fill(empty.first(), hash, place);
        }
        is_easy
    }

    #[inline(always)]
    fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Result<usize, usize> {
        let mut at = home(self, hash);
        loop {
            let bucket = &self[at];
            if let Some(i) = bucket.of(hash).find(|&i| is(bucket.place(i))) {
                return Ok(at * WIDTH + i);
            }
            if let Some(i) = bucket.empty().next() {
                return Err(at * WIDTH + i);
            }
            at = next(self, at);
        }
    }

    #[inline(always)]
    fn place(&self, at: usize) -> u32 {
        self[at / WIDTH].place(at % WIDTH)
    }

    #[inline(always)]
    fn occupy(&mut self, at: usize, hash: u32, place: u32) {
        let mut passed = home(self, hash);
        while passed != at / WIDTH {
            self[passed].places[0] |= PASSED;
            passed = next(self, passed);
        }
        self[at / WIDTH].fill(at % WIDTH, hash, place);
    }

    #[inline(always)]
    fn vacate(&mut self, at: usize) {
        let bucket = &mut self[at / WIDTH];
        bucket.hashes[at % WIDTH] = NO_HASH;
        if bucket.is_passed() {
            close(self, at);
        }
    }

    fn all(&self) -> impl Iterator<Item = (u32, u32)> {
        let pairs = self.iter().flat_map(|bucket| (0..WIDTH).map(|i| (bucket.hashes[i], bucket.place(i))));
        pairs.filter(|&(hash, _)| hash != NO_HASH)
    }

    fn vacate_all(&mut self) {
        self.fill(Bucket::EMPTY);
    }
}

/// A slot of a bucket that was passed is empty now: what would not be found behind it moves up.
#[cold]
#[inline(never)]
fn close(buckets: &mut [Bucket], mut hole: usize) {
    let mask = buckets.len() - 1;
    let mut at = hole / WIDTH;
    loop {
        at = next(buckets, at);
        let bucket = buckets[at];
        let from_hole = at.wrapping_sub(hole / WIDTH) & mask;
        let passed_it = |hash: u32| hash != NO_HASH && at.wrapping_sub(home(buckets, hash)) & mask >= from_hole;
        let moved = bucket.hashes.iter().position(|&hash| passed_it(hash));
        if let Some(i) = moved {
            buckets[hole / WIDTH].fill(hole % WIDTH, bucket.hashes[i], bucket.place(i));
            hole = at * WIDTH + i;
            buckets[at].hashes[i] = NO_HASH;
        }
        // Who is behind has passed this one too, which was full then and is so still, but for the hole.
        if !bucket.is_passed() || !bucket.empty().is_none() {
            if moved.is_none() {
                buckets[hole / WIDTH].places[0] &= !PASSED;
            }
            return;
        }
    }
}
