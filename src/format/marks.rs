//! The bytes of a text that matter to a format, one bit for each byte: found for a whole block before any of its lines is
//! looked at (Langdale and Lemire 2019, "Parsing gigabytes of JSON per second", section 3).
//!
//! A reader that steps from mark to mark looks at no byte twice, and branches on none.

use super::lines::BLOCK;
use super::window::{REACH, Text};

/// More runs a class cannot have: every other ASCII character, and what is beyond.
const RUNS: usize = 65;

/// Which bytes are marked.
#[derive(Debug)]
pub struct Class {
    /// In runs: the first byte of each, and how many follow it.
    runs: [(u8, u8); RUNS],
    count: usize,
    /// By its low half, the high halves with which an ASCII character differs from what is not ASCII.
    #[cfg(target_arch = "x86_64")]
    low: [u8; 16],
    /// Whether the bytes of characters beyond ASCII are marked.
    #[cfg(target_arch = "x86_64")]
    beyond: bool,
}

impl Class {
    /// The class of these bytes, which has either all from 0x80 on or none.
    pub const fn of(marked: [bool; 256]) -> Self {
        let beyond = marked[0x80];
        let (mut low, mut byte) = ([0; 16], 0);
        let (mut runs, mut count) = ([(0, 0); RUNS], 0);
        while byte < 0x100 {
            if marked[byte] && byte > 0 && marked[byte - 1] {
                runs[count - 1].1 += 1;
            } else if marked[byte] {
                runs[count] = (byte as u8, 0);
                count += 1;
            }
            if byte < 0x80 {
                low[byte & 15] |= ((marked[byte] != beyond) as u8) << (byte >> 4);
            } else {
                assert!(marked[byte] == beyond, "all bytes beyond ASCII are alike");
            }
            byte += 1;
        }
        Self {
            runs,
            count,
            #[cfg(target_arch = "x86_64")]
            low,
            #[cfg(target_arch = "x86_64")]
            beyond,
        }
    }
}

/// Bytes that are looked at together.
const TOGETHER: usize = 64;

/// So many marks from one place on are found at once.
pub const NEAR: usize = TOGETHER - 7;

/// Marks are found for so many bytes, and told for more places than a window may reach to.
const PLACES: usize = 1 << 17;

/// The marks of the text of a block, a bit for each byte that is not marked; its line ends, a bit for each; and where its
/// lines start. All in room of sizes that are known, so that places are not to be asked for.
#[derive(Debug)]
pub struct Marks {
    unmarked: Box<[u8; PLACES / 8 + 8]>,
    ends: Box<[u64; BLOCK / TOGETHER]>,
    starts: Box<[u16; BLOCK + MOST_AT_ONCE]>,
    lines: usize,
    /// How many bytes were looked at.
    len: usize,
}

/// At most so many starts of lines are written in each step: what is too much is written over.
const MOST_AT_ONCE: usize = 8;

impl Marks {
    /// Those of no text.
    pub fn new() -> Self {
        Self {
            unmarked: Box::new([0xFF; PLACES / 8 + 8]),
            ends: Box::new([0; BLOCK / TOGETHER]),
            starts: Box::new([0; BLOCK + MOST_AT_ONCE]),
            lines: 0,
            len: 0,
        }
    }

    /// Those of `text`, by one of the functions below; whether all of it is ASCII. Hardly ever do more lines start in 64 bytes
    /// than `at_once`, at most eight. Time: linear.
    #[inline(always)]
    pub fn find(
        &mut self,
        text: &Text,
        at_once: usize,
        by: impl Fn(&[[u8; TOGETHER]], &mut [[u8; 8]], &mut [u64]) -> bool,
    ) -> bool {
        let pieces = text.pieces();
        let (unmarked, _) = self.unmarked.as_chunks_mut();
        let is_ascii = by(pieces, unmarked, &mut self.ends[..]);
        // Behind its end there are none, as far as a window reaches.
        unmarked[pieces.len()..][..REACH / 8].fill([0xFF; 8]);
        self.len = text.bytes().len();
        self.find_lines(pieces.len(), at_once);
        is_ascii
    }

    /// Finds where lines start: behind each line end but the last byte.
    #[inline(always)]
    fn find_lines(&mut self, pieces: usize, at_once: usize) {
        let (ends, starts) = (&self.ends[..pieces], &mut self.starts);
        let mut done = 1;
        for (word, &ends) in ends.iter().enumerate() {
            let (mut left, mut at) = (ends, done);
            let behind = (word * TOGETHER) as u32 + 1;
            done += ends.count_ones() as usize;
            loop {
                // No more lines than bytes were before.
                for start in &mut starts[at % BLOCK..][..at_once] {
                    *start = (behind + left.trailing_zeros()) as u16;
                    left &= left.wrapping_sub(1);
                }
                at += at_once;
                if at >= done {
                    break;
                }
            }
        }
        let last = ends.last().map_or(1, |&ends| ends >> ((self.len + TOGETHER - 1) % TOGETHER) & 1);
        self.lines = done - last as usize;
    }

    /// Where the lines start.
    #[inline(always)]
    pub fn starts(&self) -> &[u16] {
        &self.starts[..self.lines]
    }

    /// The marks of the next [`NEAR`] bytes, the lowest bit for the byte at `at`. The bits from there on may be set for no
    /// mark.
    #[inline(always)]
    pub fn from(&self, at: usize) -> u64 {
        let (byte, bit) = (at % PLACES / 8, at % 8);
        match self.unmarked[byte..].first_chunk() {
            Some(&word) => !(u64::from_le_bytes(word) >> bit),
            None => u64::MAX << NEAR,
        }
    }

    /// The first mark from `at` on; the text's end, or somewhat behind it, where there is none.
    pub fn next(&self, at: usize) -> usize {
        let mut at = at;
        while at < self.len {
            let next = self.from(at).trailing_zeros() as usize;
            at += next.min(NEAR);
            if next < NEAR {
                break;
            }
        }
        at
    }
}

/// The marks of whole chunks, and their line ends; whether all is ASCII. Run by run of the class over all bytes of a chunk,
/// which compilers turn into the vectors that every processor of a kind has.
#[inline(always)]
pub fn run_by_run(class: &Class, chunks: &[[u8; TOGETHER]], unmarked: &mut [[u8; 8]], ends: &mut [u64]) -> bool {
    let mut all = 0;
    for ((chunk, word), end) in chunks.iter().zip(unmarked).zip(ends) {
        let mut is_marked = [0; TOGETHER];
        for &(first, more) in &class.runs[..class.count] {
            for (is_marked, &byte) in is_marked.iter_mut().zip(chunk) {
                *is_marked |= u8::from(byte.wrapping_sub(first) <= more);
            }
        }
        *word = (!bits(&is_marked)).to_le_bytes();
        *end = bits(&chunk.map(|byte| u8::from(byte == b'\n')));
        all |= chunk.iter().fold(0, |all, byte| all | byte);
    }
    all.is_ascii()
}

/// The lowest bits of the bytes, side by side.
#[inline(always)]
fn bits(bytes: &[u8; TOGETHER]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    let side_by_side = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().enumerate().fold(0, |bits, (i, eight)| bits | side_by_side(eight) << (8 * i))
}

/// The same, 64 bytes at a time.
#[cfg(target_arch = "x86_64")]
pub mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_movepi8_mask, _mm512_or_si512, _mm512_set_epi64,
        _mm512_set1_epi8, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_testn_epi8_mask,
    };

    use super::{Class, HIGH, TOGETHER};

    /// As [`super::avx2::find`].
    #[target_feature(enable = "avx512f,avx512bw")]
    pub fn find(class: &Class, chunks: &[[u8; TOGETHER]], unmarked: &mut [[u8; 8]], ends: &mut [u64]) -> bool {
        let turn = if class.beyond { u64::MAX } else { 0 };
        let (low, high) = (four_times(&class.low), four_times(&HIGH));
        let (half, line_end) = (_mm512_set1_epi8(15), _mm512_set1_epi8(b'\n' as i8));
        let mut all = _mm512_setzero_si512();
        for ((chunk, word), end) in chunks.iter().zip(unmarked).zip(ends) {
            let (eights, _) = chunk.as_chunks::<8>();
            let [a, b, c, d, e, f, g, h] = std::array::from_fn(|i| i64::from_le_bytes(eights[i]));
            let bytes = _mm512_set_epi64(h, g, f, e, d, c, b, a);
            let by_low = _mm512_shuffle_epi8(low, bytes);
            let by_high = _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), half));
            *word = (_mm512_testn_epi8_mask(by_low, by_high) ^ turn).to_le_bytes();
            *end = _mm512_cmpeq_epi8_mask(bytes, line_end);
            all = _mm512_or_si512(all, bytes);
        }
        _mm512_movepi8_mask(all) == 0
    }

    #[target_feature(enable = "avx512f")]
    fn four_times(bytes: &[u8; 16]) -> __m512i {
        let (eights, _) = bytes.as_chunks::<8>();
        let [a, b] = std::array::from_fn(|i| i64::from_le_bytes(eights[i]));
        _mm512_set_epi64(b, a, b, a, b, a, b, a)
    }
}

/// By the high half of an ASCII character, its bit.
#[cfg(target_arch = "x86_64")]
const HIGH: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// The same, 32 bytes at a time.
#[cfg(target_arch = "x86_64")]
pub mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x,
        _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    };

    use super::{Class, HIGH, TOGETHER};

    /// Each half of a byte is looked up among sixteen: what both have in common says whether it is marked.
    #[target_feature(enable = "avx2")]
    pub fn find(class: &Class, chunks: &[[u8; TOGETHER]], unmarked: &mut [[u8; 8]], ends: &mut [u64]) -> bool {
        let turn = if class.beyond { u64::MAX } else { 0 };
        let low = twice(&class.low);
        let high = twice(&HIGH);
        let (half, line_end) = (_mm256_set1_epi8(15), _mm256_set1_epi8(b'\n' as i8));
        let alike = |bytes: __m256i| {
            let by_low = _mm256_shuffle_epi8(low, bytes);
            let by_high = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half));
            let common = _mm256_and_si256(by_low, by_high);
            // Nothing in common: it is like the bytes beyond ASCII.
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(common, _mm256_setzero_si256())) as u32
        };
        let is_end = |bytes: __m256i| _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, line_end)) as u32;
        let mut all = _mm256_setzero_si256();
        for ((chunk, word), end) in chunks.iter().zip(unmarked).zip(ends) {
            let (eights, _) = chunk.as_chunks::<8>();
            let [a, b, c, d, e, f, g, h] = std::array::from_fn(|i| i64::from_le_bytes(eights[i]));
            let (first, second) = (_mm256_set_epi64x(d, c, b, a), _mm256_set_epi64x(h, g, f, e));
            let unmarked = u64::from(alike(first)) | u64::from(alike(second)) << 32;
            *word = (unmarked ^ turn).to_le_bytes();
            *end = u64::from(is_end(first)) | u64::from(is_end(second)) << 32;
            all = _mm256_or_si256(all, _mm256_or_si256(first, second));
        }
        _mm256_movemask_epi8(all) == 0
    }

    #[target_feature(enable = "avx2")]
    fn twice(bytes: &[u8; 16]) -> __m256i {
        let (eights, _) = bytes.as_chunks::<8>();
        let [a, b] = std::array::from_fn(|i| i64::from_le_bytes(eights[i]));
        _mm256_set_epi64x(b, a, b, a)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn class(ascii: &[bool], beyond: bool) -> Class {
        Class::of(std::array::from_fn(|byte| ascii.get(byte).copied().unwrap_or(beyond)))
    }

    proptest! {
        #[test]
        fn marks_are_where_the_bytes_of_the_class_are(
            text in proptest::collection::vec(prop_oneof![9 => any::<u8>(), 1 => Just(b'\n')], 0..400),
            ascii in proptest::collection::vec(any::<bool>(), 128),
            beyond in any::<bool>(),
            at_once in 1..=MOST_AT_ONCE,
        ) {
            let class = class(&ascii, beyond);
            let (mut block, mut marks) = (Text::new(), Marks::new());
            // What was there before is gone.
            block.fill(BLOCK, |bytes| bytes.fill(b'\n'));
            marks.find(&block, at_once, |chunks, words, ends| run_by_run(&class, chunks, words, ends));
            prop_assert_eq!((marks.starts().len(), marks.starts().last()), (BLOCK, Some(&u16::MAX)));
            block.fill(text.len(), |bytes| bytes.copy_from_slice(&text));
            let is_ascii = marks.find(&block, at_once, |chunks, words, ends| run_by_run(&class, chunks, words, ends));
            prop_assert_eq!(is_ascii, text.is_ascii());
            let has = |byte: u8| ascii.get(usize::from(byte)).copied().unwrap_or(beyond);
            let is_marked = |at: usize| text.get(at).map(|&byte| has(byte));
            for at in 0..text.len() {
                let wanted = is_marked(at);
                prop_assert_eq!(Some(marks.from(at) & 1 == 1), wanted);
                let far = marks.from(at) >> (NEAR - 1) & 1 == 1;
                prop_assert!(is_marked(at + NEAR - 1).is_none_or(|wanted| far == wanted));
                let next = (at..text.len()).find(|&at| is_marked(at) == Some(true));
                prop_assert!(next.map_or(marks.next(at) >= text.len(), |next| marks.next(at) == next));
            }
            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx2") {
                let mut same = Marks::new();
                // SAFETY: the processor has what the function asks for.
                #[expect(unsafe_code, reason = "the processor is asked first")]
                let found = same.find(&block, at_once, |chunks, words, ends| unsafe { avx2::find(&class, chunks, words, ends) });
                prop_assert_eq!((found, same.starts()), (is_ascii, marks.starts()));
                prop_assert!((0..text.len()).all(|at| same.from(at) == marks.from(at)));
            }
            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512bw") {
                let mut same = Marks::new();
                // SAFETY: the processor has what the function asks for.
                #[expect(unsafe_code, reason = "the processor is asked first")]
                let found = same.find(&block, at_once, |chunks, words, ends| unsafe { avx512::find(&class, chunks, words, ends) });
                prop_assert_eq!((found, same.starts()), (is_ascii, marks.starts()));
                prop_assert!((0..text.len()).all(|at| same.from(at) == marks.from(at)));
            }
            let behind = text.iter().zip(1..).filter(|&(&byte, behind)| byte == b'\n' && usize::from(behind) < text.len());
            let wanted: Vec<u16> = std::iter::once(0).chain(behind.map(|(_, behind)| behind)).collect();
            prop_assert_eq!(marks.starts(), if text.is_empty() { &[] } else { &wanted[..] });
        }
    }
}
