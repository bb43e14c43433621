//! The columns that pairing filled, as slices of one shape, and rows of them as bits.

use std::ops::Range;

use super::Refused;
use crate::format::saved::columns::{Batch, Column, Table, Values};
use crate::format::saved::{Name, Row};

/// Rows that are looked at together: a bit of a word for each.
pub(super) const BLOCK: usize = 64;

/// What the numbers in the dictionary of `event` stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codes {
    pub(super) step: u8,
    pub(super) send: u8,
    pub(super) receive: u8,
}

/// No number of a word: words have smaller ones, so that they fit seven bits.
const NONE: u8 = 0x7F;

impl Codes {
    fn of(words: &[&str]) -> Result<Self, Refused> {
        let code = |row: Row| {
            let mut found = words.iter().enumerate().filter(|(_, word)| **word == row.word());
            let code = found.next().map_or(NONE, |(number, _)| number as u8);
            if found.next().is_some() { Err(Refused::new("its dictionary has a word twice")) } else { Ok(code) }
        };
        if words.len() > usize::from(NONE) {
            return Err(Refused::new("its dictionary of events is large"));
        }
        Ok(Self { step: code(Row::Step)?, send: code(Row::Send)?, receive: code(Row::Receive)? })
    }
}

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

/// All batches, and the words of their dictionaries.
#[derive(Debug)]
pub(super) struct Shaped<'t, 'a> {
    pub(super) batches: Vec<Rows<'t, 'a>>,
    pub(super) codes: Codes,
    pub(super) names: Vec<&'a str>,
    /// Bytes of a process's number.
    pub(super) width: usize,
}

/// The numbers of a column of words.
fn words<'t, 'a>(column: &'t Column<'a>) -> Result<(&'a [u8], usize, &'t [&'a str]), Refused> {
    match column.parts().1 {
        Values::Words { bytes, width, words } => Ok((bytes, *width, words)),
        _ => Err(Refused::new("a column is no dictionary of text")),
    }
}

fn numbers<'a>(column: &Column<'a>) -> Result<&'a [[u8; 4]], Refused> {
    match column.parts().1 {
        Values::Number { bytes, width: 4, .. } => Ok(bytes.as_chunks().0),
        _ => Err(Refused::new("it has no positions of four bytes")),
    }
}

impl<'t, 'a> Shaped<'t, 'a> {
    /// The columns of a table, if they are of the shape that is written here.
    pub(super) fn of(table: &'t Table<'a>) -> Result<Self, Refused> {
        let mut shaped: Option<Self> = None;
        for batch in &table.batches {
            let (event, event_width, event_words) = words(batch.column(Name::Event))?;
            let (process, width, names) = words(batch.column(Name::Process))?;
            let (peer, peer_width, peer_names) = words(batch.column(Name::Peer))?;
            if event_width != 1 || width != peer_width || names != peer_names {
                return Err(Refused::new("its dictionaries are not as they are written here"));
            }
            let continues = match batch.column(Name::Continues).parts() {
                (_, Values::Absent) => None,
                (None, Values::Bool(bits)) => Some(*bits),
                _ => return Err(Refused::new("\"continues\" is not true or false in each row")),
            };
            let has = |name| batch.column(name).parts().0;
            let rows = Rows {
                batch,
                event: event.get(..batch.rows).ok_or_else(|| Refused::new("it lacks rows"))?,
                process,
                peer,
                position: numbers(batch.column(Name::Position))?,
                peer_position: numbers(batch.column(Name::PeerPosition))?,
                has_process: has(Name::Process),
                has_peer: has(Name::Peer),
                has_position: has(Name::Position),
                has_peer_position: has(Name::PeerPosition),
                continues,
            };
            match &mut shaped {
                None => {
                    let (codes, names) = (Codes::of(event_words)?, names.to_vec());
                    shaped = Some(Self { batches: vec![rows], codes, names, width });
                }
                // One dictionary for all batches, as the file format has it.
                Some(shaped) => shaped.batches.push(rows),
            }
        }
        shaped.ok_or_else(|| Refused::new("it has no rows"))
    }
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
