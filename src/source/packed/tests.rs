//! Streams that are whole, cut anywhere, glued together and damaged.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

fn gzip_of(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("into memory");
    encoder.finish().expect("into memory")
}

fn zstd_of(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKINGS: [(Packing, Pack); 2] = [(Packing::Gzip, gzip_of), (Packing::Zstd, zstd_of)];

fn bytes_of(store: Store) -> Vec<u8> {
    store.into_bytes().expect("it can be looked at").all().to_vec()
}

/// Unpacks what is packed; nothing where it is not, or is damaged.
fn unpacked(packed: &[u8]) -> Option<(Vec<u8>, Option<Flaw>)> {
    let found = unpack(packing(packed)?, packed, &Progress::default()).ok()?;
    Some((bytes_of(found.store), found.flaw))
}

/// Longer than a block of zstd, and not so regular that it packs to nothing.
fn log() -> Vec<u8> {
    (0..20_000u32)
        .flat_map(|i| format!("P{}: send m{} -> P{}\n", i % 7, i.wrapping_mul(0x9E37_79B9), i % 5).into_bytes())
        .collect()
}

#[test]
fn streams_cut_anywhere_give_what_was_there() {
    let text = log();
    for (kind, pack) in PACKINGS {
        let packed = [pack(&text[..1000]), pack(&text[1000..])].concat();
        assert_eq!(unpacked(&packed), Some((text.clone(), None)), "{kind:?}");
        let mut most = 0;
        for at in (4..packed.len()).step_by(997).chain(packed.len() - 9..packed.len()) {
            let found = unpack(kind, &packed[..at], &Progress::default()).expect("a cut is no damage");
            let bytes = bytes_of(found.store);
            assert!(text.starts_with(&bytes), "{kind:?} to {at}");
            assert!(found.flaw == Some(Flaw::EndsEarly) || bytes.len() == 1000, "{kind:?} to {at}");
            most = most.max(bytes.len());
        }
        assert_eq!(most, text.len(), "{kind:?}: the checksum alone is missing");
    }
}

#[test]
fn what_is_behind_a_stream() {
    for (kind, pack) in PACKINGS {
        let packed = pack(b"A: step\n");
        let with = |rest: &[u8]| unpacked(&[&packed, rest].concat()).map(|(text, flaw)| (text.len(), flaw));
        assert_eq!(with(&[0; 512]), Some((8, None)), "{kind:?}");
        assert_eq!(with(b"rubbish"), Some((8, Some(Flaw::Trailing(7)))), "{kind:?}");
    }
    let skipped = [&[0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3], &zstd_of(b"A: step\n")[..]].concat();
    assert_eq!(unpacked(&skipped), Some((b"A: step\n".to_vec(), None)));
    assert_eq!(unpacked(&skipped[..9]), Some((vec![], Some(Flaw::EndsEarly))));
}

#[test]
fn a_wrong_checksum_is_damage() {
    for (kind, pack) in PACKINGS {
        let mut packed = pack(b"A: step\n");
        // gzip ends in checksum and length, zstd in the checksum.
        let at = packed.len() - if kind == Packing::Gzip { 8 } else { 1 };
        packed[at] ^= 1;
        let error = unpack(kind, &packed, &Progress::default()).expect_err("it is damaged");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{kind:?}");
    }
}

#[test]
fn others_are_told_by_their_first_bytes() {
    assert_eq!(other(b"BZh91AY&SY\xA0\xB1"), Some(Other::Packed("bzip2 -dc")));
    assert_eq!(other(b"BZhou: step\n"), None);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    assert_eq!(other(&utf16("\u{FEFF}A: step\r\n")), Some(Other::Text("UTF-16")));
    assert_eq!(other(&utf16("A: step\r\n")), Some(Other::Text("UTF-16LE")));
    assert_eq!(other(b"\0A\0:\0 "), Some(Other::Text("UTF-16BE")));
    assert_eq!(other(b"\xFF\xFE\0\0A\0\0\0"), Some(Other::Text("UTF-32")));
    let archive = |name: &str| [name.as_bytes(), &vec![0; 257 - name.len()], b"ustar\0"].concat();
    assert_eq!(other(&archive("node.log")), Some(Other::Archive));
    for text in ["", "A", "\0\0\0\0", "\u{FEFF}A: step\n", &format!("{}ustar", "A: step  ".repeat(40))] {
        assert_eq!(other(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(packing(b"A: step\n"), None);
}

proptest! {
    /// Damage is found, or does no harm; it never ends the process.
    #[test]
    fn damaged_streams(at in 4usize..400, bit in 0u8..8, more in proptest::collection::vec(any::<u8>(), 0..40)) {
        let text = &log()[..3000];
        for (kind, pack) in PACKINGS {
            let mut packed = pack(text);
            let at = at % packed.len();
            packed[at] ^= 1 << bit;
            packed.splice(at..at, more.iter().copied());
            // gzip's header holds a time and a name that no checksum covers.
            let found = unpack(kind, &packed, &Progress::default());
            prop_assert!(at < 10 || !more.is_empty() || found.is_err() || found.is_ok_and(|f| f.flaw.is_some()), "{kind:?}");
        }
    }

    #[test]
    fn any_text_comes_back(text in proptest::collection::vec(any::<u8>(), 0..5000)) {
        for (kind, pack) in PACKINGS {
            let packed = pack(&text);
            prop_assert_eq!(packing(&packed), Some(kind));
            prop_assert_eq!(unpacked(&packed), Some((text.clone(), None)));
        }
    }
}
