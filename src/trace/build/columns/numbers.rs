//! The numbers of 64 rows, where they lie, and eight of them in a register.

use super::Refused;
use super::rows::{BLOCK, Block, Rows, equal};

/// Numbers of 64 rows.
pub(super) type Whole<const W: usize> = [[u8; W]; BLOCK];

#[inline(always)]
fn whole<'n, const W: usize>(
    column: &'n [[u8; W]],
    block: &Block,
    end: &'n mut Whole<W>,
) -> Result<&'n Whole<W>, Refused> {
    let rest = column.get(block.first..).unwrap_or_default();
    if let (BLOCK, Some(whole)) = (block.rows, rest.first_chunk()) {
        return Ok(whole);
    }
    let (Some(to), Some(from)) = (end.get_mut(..block.rows), rest.get(..block.rows)) else {
        return Err(Refused::new("it lacks rows"));
    };
    to.copy_from_slice(from);
    Ok(end)
}

/// Room for the numbers of the last rows of a batch.
#[derive(Debug)]
pub(super) struct End<const W: usize> {
    process: Whole<W>,
    peer: Whole<W>,
    position: Whole<4>,
    peer_position: Whole<4>,
}

impl<const W: usize> Default for End<W> {
    fn default() -> Self {
        let (process, peer) = ([[0; W]; BLOCK], [[0; W]; BLOCK]);
        Self { process, peer, position: [[0; 4]; BLOCK], peer_position: [[0; 4]; BLOCK] }
    }
}

impl<'a> Rows<'_, 'a> {
    /// The numbers of 64 rows; where there are fewer, in the room of `end`.
    #[inline(always)]
    pub(super) fn numbers<'n, const W: usize>(
        &self,
        block: &Block,
        end: &'n mut End<W>,
    ) -> Result<Numbers<'n, W>, Refused>
    where
        'a: 'n,
    {
        let End { process, peer, position, peer_position } = end;
        Ok(Numbers {
            process: whole(self.process.as_chunks().0, block, process)?,
            peer: whole(self.peer.as_chunks().0, block, peer)?,
            position: whole(self.position, block, position)?,
            peer_position: whole(self.peer_position, block, peer_position)?,
        })
    }
}

/// The numbers of some rows. Those that a row does not have may be any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers<'n, const W: usize> {
    pub(super) process: &'n Whole<W>,
    pub(super) peer: &'n Whole<W>,
    pub(super) position: &'n Whole<4>,
    pub(super) peer_position: &'n Whole<4>,
}

#[inline(always)]
fn widen<const W: usize>(number: [u8; W]) -> usize {
    let mut wide = [0; 4];
    wide[..W].copy_from_slice(&number);
    u32::from_le_bytes(wide) as usize
}

impl<const W: usize> Numbers<'_, W> {
    #[inline(always)]
    pub(super) fn process(&self, row: usize) -> usize {
        widen(self.process[row])
    }

    #[inline(always)]
    pub(super) fn peer(&self, row: usize) -> usize {
        widen(self.peer[row])
    }

    #[inline(always)]
    pub(super) fn position(&self, row: usize) -> u32 {
        u32::from_le_bytes(self.position[row])
    }

    #[inline(always)]
    pub(super) fn peer_position(&self, row: usize) -> u32 {
        u32::from_le_bytes(self.peer_position[row])
    }

    /// The rows of a process.
    #[inline(always)]
    pub(super) fn rows_of(&self, process: usize) -> u64 {
        match self.process.as_flattened().as_chunks::<BLOCK>().0 {
            [bytes] if process < 256 => equal(bytes, process as u8),
            _ => (0..BLOCK).rev().fold(0, |rows, row| rows << 1 | u64::from(self.process(row) == process)),
        }
    }
}

/// Eight numbers in a register.
#[cfg(target_arch = "x86_64")]
mod eight {
    use std::arch::x86_64::{__m256i, _mm256_set_epi32, _mm256_set_epi64x};

    use super::{Numbers, Whole, widen};

    /// Numbers of four bytes each, from where they lie.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn four_bytes(numbers: &Whole<4>, eight: usize) -> __m256i {
        let pairs = numbers.as_flattened().as_chunks::<8>().0;
        let pair = |i: usize| i64::from_le_bytes(pairs[(4 * eight + i) % 32]);
        _mm256_set_epi64x(pair(3), pair(2), pair(1), pair(0))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn widened<const W: usize>(numbers: &Whole<W>, eight: usize) -> __m256i {
        let number = |i: usize| widen(numbers[(8 * eight + i) % 64]) as i32;
        let [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(number);
        _mm256_set_epi32(h, g, f, e, d, c, b, a)
    }

    impl<const W: usize> Numbers<'_, W> {
        #[target_feature(enable = "avx2")]
        #[inline]
        pub(in super::super) fn processes(&self, eight: usize) -> __m256i {
            widened(self.process, eight)
        }

        #[target_feature(enable = "avx2")]
        #[inline]
        pub(in super::super) fn peers(&self, eight: usize) -> __m256i {
            widened(self.peer, eight)
        }

        #[target_feature(enable = "avx2")]
        #[inline]
        pub(in super::super) fn positions(&self, eight: usize) -> __m256i {
            four_bytes(self.position, eight)
        }

        #[target_feature(enable = "avx2")]
        #[inline]
        pub(in super::super) fn peer_positions(&self, eight: usize) -> __m256i {
            four_bytes(self.peer_position, eight)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sums::{self, Keys};
    use super::*;

    proptest! {
        /// What is summed eight rows at a time is what is summed one by one; and a message told by both ends adds nothing.
        #[test]
        #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the processor is asked first"))]
        fn sums_are_the_same_and_vanish(
            numbers in prop::collection::vec(any::<(u8, u8, u32, u32)>(), BLOCK / 2),
            rows: u64,
            changed in prop::option::of(0..BLOCK),
        ) {
            let mut end = End::<1>::default();
            for (i, &(process, peer, position, peer_position)) in numbers.iter().enumerate() {
                let (a, b) = (([process], position), ([peer], peer_position));
                for (row, (own, other)) in [(2 * i, (a, b)), (2 * i + 1, (b, a))] {
                    (end.process[row], end.position[row]) = (own.0, own.1.to_le_bytes());
                    (end.peer[row], end.peer_position[row]) = (other.0, other.1.to_le_bytes());
                }
            }
            if let Some(row) = changed {
                end.peer_position[row][1] ^= 4;
            }
            let End { process, peer, position, peer_position } = &end;
            let numbers = Numbers { process, peer, position, peer_position };
            let keys = Keys::random();
            let whole = sums::portable(keys, &numbers, !0);
            prop_assert_eq!(whole == 0, changed.is_none());
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt")
            {
                for rows in [!0, rows, 0] {
                    // SAFETY: the processor has what the function is compiled for.
                    let by_eight = unsafe { sums::by_eight(keys, &numbers, rows) };
                    prop_assert_eq!(by_eight, sums::portable(keys, &numbers, rows));
                }
            }
        }
    }
}
