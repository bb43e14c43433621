//! Names and ids as keys of 16 bytes: exact up to 15 bytes, a 120-bit hash above.

use std::hash::BuildHasher;

/// A text as 16 bytes. Two texts of at most 15 bytes have equal keys if and only if they are equal; for longer ones
/// unequal texts share a key with a chance of 2^-120.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The first eight bytes.
    low: u64,
    /// The bytes behind them, and the length (255 for a hash) in the highest byte, all of it with [`MIXED`].
    high: u64,
}

/// Bits of all ranks, so that a product with what is short is mixed too.
const MIXED: u64 = 0xBF58_476D_1CE4_E5B9;

/// What is mixed with keys, so that those of different tables have little to do with each other.
#[derive(Clone, Copy, Debug)]
pub struct Salt(u64);

impl Salt {
    /// The salt of a number.
    #[inline(always)]
    pub const fn of(number: u32) -> Self {
        // What differs in a few bits of the number differs in all bytes, as a text may in some of them.
        Self((number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

impl Key {
    /// The key of the empty text.
    pub const NONE: Self = Self::of_words(0, 0, 0);

    /// The key of `text`.
    #[inline(always)]
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// The key of a text, by its bytes.
    #[inline(always)]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let len = bytes.len();
        // The first and the last bytes, which may overlap.
        match len {
            0 => Self::of_words(0, 0, 0),
            1..=3 => {
                let (middle, last) = (len / 2, len - 1);
                let low = u64::from(bytes[0]) | u64::from(bytes[middle]) << (8 * middle);
                Self::of_words(low | u64::from(bytes[last]) << (8 * last), 0, len)
            }
            4..=7 => {
                let last = u64::from(word4(bytes, len - 4)) << (8 * (len - 4));
                Self::of_words(u64::from(word4(bytes, 0)) | last, 0, len)
            }
            8 => Self::of_words(word8(bytes, 0), 0, len),
            9..=15 => Self::of_words(word8(bytes, 0), word8(bytes, len - 8) >> (8 * (16 - len)), len),
            _ => {
                let high = hash(bytes, 0xC2B2_AE3D_27D4_EB4F);
                Self { low: hash(bytes, 0x9E37_79B9_7F4A_7C15), high: (high | 0xFF << 56) ^ MIXED }
            }
        }
    }

    /// The key of a text of `len` bytes, at most 15: the first eight and those behind, the first one lowest, with zeros
    /// where there are no more.
    #[inline(always)]
    pub const fn of_words(first: u64, behind: u64, len: usize) -> Self {
        Self::of_halves([first, behind ^ Self::tail(len)])
    }

    /// What stands for a length in a key.
    #[inline(always)]
    pub const fn tail(len: usize) -> u64 {
        (len as u64) << 56 ^ MIXED
    }

    /// As [`Self::of_words`], where what is behind has the [tail](Self::tail) of the length.
    #[inline(always)]
    pub const fn of_halves([low, high]: [u64; 2]) -> Self {
        Self { low, high }
    }

    /// The length of the text and its last eight bytes, the last one highest; nothing where it is empty, or too long to be
    /// told.
    #[inline(always)]
    pub fn end(self) -> Option<(usize, u64)> {
        let tail = self.high ^ MIXED;
        let len @ 1..=15 = (tail >> 56) as usize else { return None };
        let all = u128::from(self.low) | u128::from(tail) << 64;
        Some((len, (all << (128 - 8 * len) >> 64) as u64))
    }

    /// Bits of the key for a small table: quicker than [`Self::mix`], and not so well mixed.
    #[inline(always)]
    pub fn spread(self) -> u32 {
        let both = self.low.wrapping_add(self.high.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        (both.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
    }

    /// Well-mixed bits of the key and of `salt`, for a table.
    #[inline(always)]
    pub fn mix(self, salt: Salt) -> u64 {
        let (high, low) = self.halves(salt);
        high ^ low
    }

    /// The same in two halves: bits of one have little to do with those of both together.
    #[inline(always)]
    pub fn halves(self, salt: Salt) -> (u64, u64) {
        let product = u128::from(self.low ^ salt.0) * u128::from(self.high);
        ((product >> 64) as u64, product as u64)
    }
}

fn word4(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn word8(bytes: &[u8], at: usize) -> u64 {
    u64::from(word4(bytes, at)) | u64::from(word4(bytes, at + 4)) << 32
}

#[cold]
fn hash(bytes: &[u8], seed: u64) -> u64 {
    foldhash::quality::FixedState::with_seed(seed).hash_one(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_equal_iff_texts_are(a in "[ab\u{e9}]{0,20}", b in "[ab\u{e9}]{0,20}") {
            prop_assert_eq!(Key::of(&a) == Key::of(&b), a == b);
        }
    }
}
