//! A sum over rows that vanishes if their messages pair, by which pairing is proved without looking anything up.
//!
//! Each event has a vector of two numbers that look random: z, made of its process and position by a multiplier each,
//! and w, which is z with its bits mixed. A row adds the determinant of its own event's vector and that of the event at
//! the other end of its message. A determinant changes its sign where its two vectors change places: a send that tells
//! of a receive, and that receive telling of that send, add nothing together. Rows that do not come in such pairs leave
//! something over, but for a chance of less than one in 2^30, as the multipliers are new each time.
//!
//! The low bits of a product are of its factors' low bits only. Two events whose processes and positions both differ by a
//! multiple of 2^n would have one z with a chance of one in 2^(31 - n): therefore the bytes of the process's product
//! change places, and no two events have one z with a greater chance than the others, up to 65,536 processes.
//!
//! No row need be told from another, and eight of them fit a register of AVX2.

use std::hash::{BuildHasher, RandomState};

use super::numbers::Numbers;
use super::rows::each;

/// The multipliers: of the position, of the process, and of the mixed bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys([u32; 3]);

impl Keys {
    /// New ones.
    pub(super) fn random() -> Self {
        // An odd number loses nothing of what it multiplies.
        Self([1, 2, 3].map(|seed| RandomState::new().hash_one(seed) as u32 | 1))
    }

    #[inline(always)]
    fn event(self, process: usize, position: u32) -> [u64; 2] {
        let [k, l, m] = self.0;
        let z = position.wrapping_mul(k).wrapping_add((process as u32).wrapping_mul(l).swap_bytes());
        let w = (z ^ z >> 15).wrapping_mul(m);
        [z, w ^ w >> 13].map(u64::from)
    }
}

/// The sum over some rows.
#[inline(always)]
pub(super) fn portable<const W: usize>(keys: Keys, numbers: &Numbers<'_, W>, rows: u64) -> u64 {
    each(rows).fold(0, |sum, row| {
        let [z, w] = keys.event(numbers.process(row), numbers.position(row));
        let [y, v] = keys.event(numbers.peer(row), numbers.peer_position(row));
        sum.wrapping_add(z.wrapping_mul(v)).wrapping_sub(w.wrapping_mul(y))
    })
}

/// The same by eight rows at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
pub(super) fn by_eight<const W: usize>(keys: Keys, numbers: &Numbers<'_, W>, rows: u64) -> u64 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_add_epi64, _mm256_and_si256, _mm256_cmpeq_epi32, _mm256_extract_epi64,
        _mm256_mul_epu32, _mm256_mullo_epi32, _mm256_set_epi32, _mm256_set1_epi32, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_srli_epi64, _mm256_sub_epi64,
        _mm256_xor_si256,
    };
    let [k, l, m] = keys.0.map(|key| _mm256_set1_epi32(key as i32));
    let swapped = _mm256_set_epi32(
        0x0C0D_0E0F,
        0x0809_0A0B,
        0x0405_0607,
        0x0001_0203,
        0x0C0D_0E0F,
        0x0809_0A0B,
        0x0405_0607,
        0x0001_0203,
    );
    let event = |process: __m256i, position: __m256i| {
        let process = _mm256_shuffle_epi8(_mm256_mullo_epi32(process, l), swapped);
        let z = _mm256_add_epi32(_mm256_mullo_epi32(position, k), process);
        let w = _mm256_mullo_epi32(_mm256_xor_si256(z, _mm256_srli_epi32::<15>(z)), m);
        (z, _mm256_xor_si256(w, _mm256_srli_epi32::<13>(w)))
    };
    // Products of the numbers in even places and of those in odd ones.
    let products = |a: __m256i, b: __m256i| {
        let odd = |x| _mm256_srli_epi64::<32>(x);
        _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_mul_epu32(odd(a), odd(b)))
    };
    let bits = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1);
    let (mut more, mut less) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    let mut add = |eight: usize, is_asked: __m256i| {
        let (z, w) = event(numbers.processes(eight), numbers.positions(eight));
        let (z, w) = (_mm256_and_si256(z, is_asked), _mm256_and_si256(w, is_asked));
        let (y, v) = event(numbers.peers(eight), numbers.peer_positions(eight));
        more = _mm256_add_epi64(more, products(z, v));
        less = _mm256_add_epi64(less, products(w, y));
    };
    for half in 0..2 {
        let asked = _mm256_set1_epi32((rows >> (32 * half)) as i32);
        let are_asked = |bits: __m256i| _mm256_cmpeq_epi32(_mm256_and_si256(asked, bits), bits);
        add(4 * half, are_asked(bits));
        add(4 * half + 1, are_asked(_mm256_slli_epi32::<8>(bits)));
        add(4 * half + 2, are_asked(_mm256_slli_epi32::<16>(bits)));
        add(4 * half + 3, are_asked(_mm256_slli_epi32::<24>(bits)));
    }
    let sums = _mm256_sub_epi64(more, less);
    let sums = [
        _mm256_extract_epi64::<0>(sums),
        _mm256_extract_epi64::<1>(sums),
        _mm256_extract_epi64::<2>(sums),
        _mm256_extract_epi64::<3>(sums),
    ];
    sums.iter().fold(0, |sum, &one| sum.wrapping_add(one as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events far apart by powers of two are told as well as others are: by multipliers that are always the same here.
    #[test]
    fn events_that_differ_in_high_bits_only_are_told() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 32) as u32 | 1
        };
        for shift in [0, 5, 10, 15] {
            for _ in 0..1 << 18 {
                let keys = Keys([next(), next(), next()]);
                assert_ne!(keys.event(0, 1 + (5 << shift)), keys.event(1 << shift, 1));
            }
        }
    }
}
