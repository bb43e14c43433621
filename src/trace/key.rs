//! Names and ids as keys of fixed size: exact up to 16 bytes, a 128-bit hash and the length above.

use std::hash::BuildHasher;

/// A text as 20 bytes. Two texts of at most 16 bytes have equal keys if and only if they are equal; for longer ones
/// unequal texts of one length share a key with a chance of 2^-128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    low: u64,
    high: u64,
    len: u32,
}

impl Key {
    /// The key of `text`.
    #[inline]
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let len = bytes.len();
        // The first and the last bytes, overlapping: with the length they determine the text.
        let (low, high) = match len {
            0 => (0, 0),
            1..=3 => (u64::from(bytes[0]) | u64::from(bytes[len / 2]) << 8 | u64::from(bytes[len - 1]) << 16, 0),
            4..=8 => (u64::from(word4(bytes, 0)) | u64::from(word4(bytes, len - 4)) << 32, 0),
            9..=16 => (word8(bytes, 0), word8(bytes, len - 8)),
            _ => (hash(bytes, 0x9E37_79B9_7F4A_7C15), hash(bytes, 0xC2B2_AE3D_27D4_EB4F)),
        };
        Self { low, high, len: len as u32 }
    }

    /// Well-mixed bits of the key and of `salt`, for a table.
    #[inline]
    pub fn mix(self, salt: u32) -> u64 {
        let a = self.low ^ (u64::from(salt) << 32 | u64::from(self.len)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let b = self.high ^ 0xD6E8_FEB8_6659_FD93;
        let wide = u128::from(a ^ 0xA076_1D64_78BD_642F) * u128::from(b ^ a.rotate_left(29) | 1);
        (wide as u64) ^ (wide >> 64) as u64
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
