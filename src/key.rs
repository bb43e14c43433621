//! Names and ids as keys of 16 bytes: exact up to 15 bytes, a 120-bit hash above.

use std::hash::BuildHasher;

/// A text as 16 bytes. Two texts of at most 15 bytes have equal keys if and only if they are equal; for longer ones
/// unequal texts share a key with a chance of 2^-120.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The first bytes.
    low: u64,
    /// The bytes behind them, and the length (255 for a hash) in the lowest byte.
    high: u64,
}

impl Key {
    /// The key of `text`.
    #[inline(always)]
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// The key of a text, by its bytes.
    #[inline(always)]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let len = bytes.len();
        // The first and the last bytes, overlapping: with the length they determine the text.
        match len {
            0 => Self { low: 0, high: 0 },
            1..=3 => Self {
                low: u64::from(bytes[0]) | u64::from(bytes[len / 2]) << 8 | u64::from(bytes[len - 1]) << 16,
                high: len as u64,
            },
            4..=8 => {
                Self { low: u64::from(word4(bytes, 0)) | u64::from(word4(bytes, len - 4)) << 32, high: len as u64 }
            }
            9..=15 => {
                let behind = word8(bytes, len - 8) >> (8 * (16 - len));
                Self { low: word8(bytes, 0), high: behind << 8 | len as u64 }
            }
            _ => {
                let high = hash(bytes, 0xC2B2_AE3D_27D4_EB4F);
                Self { low: hash(bytes, 0x9E37_79B9_7F4A_7C15), high: high | 0xFF }
            }
        }
    }

    /// Well-mixed bits of the key and of `salt`, for a table; the upper half is the better one.
    #[inline]
    pub fn mix(self, salt: u32) -> u64 {
        let mixed = (self.low ^ self.high.rotate_left(32) ^ u64::from(salt)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
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
