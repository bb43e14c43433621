//! A batch block by block, as fast as it goes.

use super::Refused;
use super::numbers::{End, Numbers, Whole};
use super::rows::{BLOCK, Block, Rows, equal};
use super::shaped::Codes;

impl Rows<'_, '_> {
    /// All rows by 64 with their numbers; where there are fewer at the end, these are in the room of `end`.
    pub(super) fn side_by_side<'n, const W: usize>(
        &'n self,
        codes: Codes,
        end: &'n mut End<W>,
    ) -> Result<SideBySide<'n, W>, Refused> {
        fn full<T>(column: &[T], full: usize) -> Result<&[[T; BLOCK]], Refused> {
            column.as_chunks().0.get(..full).ok_or_else(|| Refused::new("it lacks rows"))
        }
        let words = |column: Option<&'n [u8]>| column.map(|bits| bits.as_chunks().0);
        let blocks = self.len() / BLOCK;
        let last = match self.len() % BLOCK {
            0 => None,
            _ => {
                let block = self.block(codes, blocks * BLOCK)?;
                Some((block, self.numbers(&block, end)?))
            }
        };
        Ok(SideBySide {
            codes,
            event: full(self.event, blocks)?,
            process: full(self.process.as_chunks().0, blocks)?,
            peer: full(self.peer.as_chunks().0, blocks)?,
            position: full(self.position, blocks)?,
            peer_position: full(self.peer_position, blocks)?,
            has_process: words(self.has_process),
            has_peer: words(self.has_peer),
            has_position: words(self.has_position),
            has_peer_position: words(self.has_peer_position),
            continues: words(self.continues),
            last,
        })
    }
}

/// The columns of a batch by 64 rows: each block is found by one look at how many there are.
#[derive(Debug)]
pub(super) struct SideBySide<'n, const W: usize> {
    codes: Codes,
    event: &'n [[u8; BLOCK]],
    process: &'n [Whole<W>],
    peer: &'n [Whole<W>],
    position: &'n [Whole<4>],
    peer_position: &'n [Whole<4>],
    has_process: Option<&'n [[u8; 8]]>,
    has_peer: Option<&'n [[u8; 8]]>,
    has_position: Option<&'n [[u8; 8]]>,
    has_peer_position: Option<&'n [[u8; 8]]>,
    continues: Option<&'n [[u8; 8]]>,
    /// Rows at the end that are fewer than 64.
    last: Option<(Block, Numbers<'n, W>)>,
}

/// A word of bits; all of them where there is no column.
#[inline(always)]
fn word(column: Option<&[[u8; 8]]>, block: usize) -> u64 {
    column.map_or(!0, |words| words.get(block).map_or(0, |word| u64::from_le_bytes(*word)))
}

impl<'n, const W: usize> SideBySide<'n, W> {
    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.event.len() + usize::from(self.last.is_some())
    }

    /// A block and its numbers.
    #[inline(always)]
    pub(super) fn block(&self, index: usize) -> Option<(Block, Numbers<'n, W>)> {
        let blocks = self.event.len();
        let (process, peer) = (self.process.get(..blocks)?, self.peer.get(..blocks)?);
        let (position, peer_position) = (self.position.get(..blocks)?, self.peer_position.get(..blocks)?);
        let Some(event) = self.event.get(index) else { return self.last };
        let block = Block {
            first: index * BLOCK,
            rows: BLOCK,
            all: !0,
            step: equal(event, self.codes.step),
            send: equal(event, self.codes.send),
            receive: equal(event, self.codes.receive),
            placed: word(self.has_process, index) & word(self.has_position, index),
            peered: word(self.has_peer, index),
            ended: word(self.has_peer_position, index),
            continues: self.continues.map_or(0, |_| word(self.continues, index)),
        };
        let numbers = Numbers {
            process: &process[index],
            peer: &peer[index],
            position: &position[index],
            peer_position: &peer_position[index],
        };
        Some((block, numbers))
    }
}
