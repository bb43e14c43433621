//! Rows of the columns that pairing filled, 64 together: which of them are what, as bits of a word.

use std::ops::Range;

use super::Refused;
use super::shaped::{Codes, NONE};
use crate::format::saved::Name;
use crate::format::saved::columns::Batch;

/// Rows that are looked at together: a bit of a word for each.
pub(super) const BLOCK: usize = 64;

/// The columns of a batch that pairing filled.
#[derive(Clone, Debug)]
pub(super) struct Rows<'t, 'a> {
    pub(super) batch: &'t Batch<'a>,
    pub(super) event: &'a [u8],
    pub(super) process: &'a [u8],
    pub(super) peer: &'a [u8],
    pub(super) position: &'a [[u8; 4]],
    pub(super) peer_position: &'a [[u8; 4]],
    pub(super) has_process: Option<&'a [u8]>,
    pub(super) has_peer: Option<&'a [u8]>,
    pub(super) has_position: Option<&'a [u8]>,
    pub(super) has_peer_position: Option<&'a [u8]>,
    pub(super) continues: Option<&'a [u8]>,
}

/// 64 rows or, at the end of a batch, fewer: which of them are what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// The first row, in its batch.
    pub(super) first: usize,
    pub(super) rows: usize,
    /// The rows that there are.
    pub(super) all: u64,
    pub(super) step: u64,
    pub(super) send: u64,
    pub(super) receive: u64,
    /// Rows of a process, at a position.
    pub(super) placed: u64,
    /// Rows that name another process.
    pub(super) peered: u64,
    /// Rows that know the other end of their message.
    pub(super) ended: u64,
    /// Rows of the record in the row before.
    pub(super) continues: u64,
}

/// The rows of a set, from the first to the last.
pub(super) fn each(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if set == 0 {
            return None;
        }
        let row = set.trailing_zeros() as usize;
        set &= set - 1;
        // It is less anyway: the compiler need not look again where it is used.
        Some(row % BLOCK)
    })
}

/// Which of 64 bytes are `code`: 16 are told at once.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
#[expect(unsafe_code, reason = "instructions that each processor has which runs this")]
pub(super) fn equal(bytes: &[u8; BLOCK], code: u8) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let sixteens = bytes.as_chunks::<8>().0.as_chunks::<2>().0;
    sixteens.iter().rev().fold(0, |set, [low, high]| {
        // SAFETY: these take and give values, and need nothing but SSE2, which all code here is compiled for (see `cfg`).
        // Measured need: they are a twentieth of what a row takes, and three times that without.
        let equal = unsafe {
            let sixteen = _mm_set_epi64x(i64::from_le_bytes(*high), i64::from_le_bytes(*low));
            _mm_movemask_epi8(_mm_cmpeq_epi8(sixteen, _mm_set1_epi8(code as i8)))
        };
        set << 16 | u64::from(equal as u16)
    })
}

/// Which of 64 bytes are `code`.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
#[inline(always)]
pub(super) fn equal(bytes: &[u8; BLOCK], code: u8) -> u64 {
    bytes.iter().rev().fold(0, |set, &byte| set << 1 | u64::from(byte == code))
}

/// 64 bits from row `first` on, which is a multiple of 64; all of them where there is no column.
#[inline(always)]
fn bits(column: Option<&[u8]>, first: usize) -> u64 {
    let Some(column) = column else { return !0 };
    let rest = column.get(first / 8..).unwrap_or_default();
    match rest.first_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

impl<'a> Rows<'_, 'a> {
    pub(super) fn len(&self) -> usize {
        self.batch.rows
    }

    /// The addresses of what is looked at, up to the first one behind.
    pub(super) fn place(&self) -> Range<usize> {
        self.event.as_ptr().addr()..self.peer_position.as_ptr_range().end.addr()
    }

    /// Whether its first row is one more of the record before.
    pub(super) fn starts_inside(&self) -> bool {
        self.continues.is_some_and(|column| bits(Some(column), 0) & 1 == 1)
    }

    /// The rows of a block that have a process.
    pub(super) fn named(&self, block: &Block) -> u64 {
        bits(self.has_process, block.first) & block.all
    }

    /// The rows from `first` on that have a value in any of these columns.
    pub(super) fn has_any(&self, names: &[Name], first: usize) -> u64 {
        let columns = names.iter().map(|&name| self.batch.column(name)).filter(|column| !column.is_absent());
        columns.fold(0, |any, column| any | bits(column.parts().0, first))
    }

    /// The rows by 64.
    pub(super) fn blocks(&self, codes: Codes) -> impl Iterator<Item = Result<Block, Refused>> {
        (0..self.len()).step_by(BLOCK).map(move |first| self.block(codes, first))
    }

    #[inline(always)]
    pub(super) fn block(&self, codes: Codes, first: usize) -> Result<Block, Refused> {
        let rest = self.event.get(first..).unwrap_or_default();
        let rows = rest.len().min(BLOCK);
        let mut padded = [NONE; BLOCK];
        let whole = rest.first_chunk::<BLOCK>().unwrap_or_else(|| {
            padded[..rows].copy_from_slice(rest);
            &padded
        });
        let all = if rows == BLOCK { !0 } else { (1 << rows) - 1 };
        Ok(Block {
            first,
            rows,
            all,
            step: equal(whole, codes.step) & all,
            send: equal(whole, codes.send) & all,
            receive: equal(whole, codes.receive) & all,
            placed: bits(self.has_process, first) & bits(self.has_position, first) & all,
            peered: bits(self.has_peer, first) & all,
            ended: bits(self.has_peer_position, first) & all,
            continues: self.continues.map_or(0, |column| bits(Some(column), first)) & all,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_code_are_found() {
        let codes: Vec<u8> = (0..64u8).map(|i| i.wrapping_mul(37) % 5 * 51).collect();
        let numbers: &[u8; BLOCK] = codes.first_chunk().unwrap();
        for code in [0, 51, 102, 153, 204, 1] {
            let found: Vec<usize> = each(equal(numbers, code)).collect();
            let wanted: Vec<usize> = (0..64).filter(|&i| codes[i] == code).collect();
            assert_eq!(found, wanted);
        }
        assert_eq!(each(!0).count(), 64);
        assert_eq!((bits(None, 64), bits(Some(&[1, 2, 255]), 0), bits(Some(&[1; 9]), 64)), (!0, 0xFF0201, 1));
    }
}
