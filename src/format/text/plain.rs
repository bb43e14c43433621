//! The plain event lines (`P3: send m812 -> P7`), read straight from the bytes.
//!
//! Nearly every line of a large log has one of three shapes. This accepts just those, to the letter, and leaves every
//! other line to the grammar of [`super::line`]; on the lines that it accepts the two agree (a property test and a fuzz
//! target say so). It goes from mark to mark: what lies between two of them is a bare word.

use crate::format::marks::{Class, Marks, NEAR};
use std::hint::select_unpredictable;

use crate::format::known::Known;
use crate::format::plain_lines::{Found, RECEIVES, Room, SENDS, Scan, add_message};
use crate::format::window::{REACH, Window, load};

/// Bytes that a bare word may not hold; those beyond ASCII leave the line to the grammar.
pub const MARKED: Class = Class::of({
    let mut marked = [true; 256];
    let mut i = b'!';
    while i <= b'~' {
        marked[i as usize] = matches!(
            i,
            b':' | b',' | b'(' | b')' | b'=' | b'"' | b'#' | b'@' | b'<' | b'>' | b'{' | b'}' | b'[' | b']'
        );
        i += 1;
    }
    marked
});

/// What follows the name of the process and a colon, by kind: eight bytes with a mask of those that count. Tables instead
/// of branches: which kind comes next is what no processor can foretell.
#[repr(align(32))]
struct Verb {
    text: u64,
    mask: u64,
    /// What stands between the id and the other process.
    arrow: u32,
    /// No bits where the other process must be named: else the line may end behind the id.
    may_end: u64,
}

const fn verb(text: &[u8], arrow: &[u8; 4], must_name: bool) -> Verb {
    let (mut word, mut mask, mut i) = (0, 0, 0);
    while i < text.len() {
        word |= (text[i] as u64) << (8 * i);
        mask |= 0xFF << (8 * i);
        i += 1;
    }
    let may_end = if must_name { 0 } else { u64::MAX };
    Verb { text: word, mask, arrow: u32::from_le_bytes(*arrow), may_end }
}

const STEP: Verb = verb(b"step\n", b"    ", false);

/// Those with messages, by the list that these go to.
const VERBS: [Verb; 2] = {
    let mut verbs = [STEP, STEP];
    verbs[RECEIVES] = verb(b"receive ", b" <- ", false);
    verbs[SENDS] = verb(b"send ", b" -> ", true);
    verbs
};

/// The marks of a line in order, as places in it; any place where there are no more.
trait Ends {
    fn next(&mut self) -> usize;
}

/// Those among the first bytes, as many as a register holds.
struct Near(u64);

impl Ends for Near {
    #[inline(always)]
    fn next(&mut self) -> usize {
        let next = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        next
    }
}

/// All within reach.
struct Far<'m> {
    marks: &'m Marks,
    start: usize,
    at: usize,
}

impl Ends for Far<'_> {
    fn next(&mut self) -> usize {
        let next = self.marks.next(self.at);
        self.at = next + 1;
        REACH.min(next - self.start)
    }
}

/// Finds the plain events of a block.
#[inline(always)]
pub fn find(scan: &mut Scan, found: &mut Found) {
    let Scan { names, text, marks, .. } = scan;
    let Found { steps, transfers, odd, .. } = found;
    for (line, &start) in (0..).zip(marks.starts()) {
        let window = text.window(start as u16);
        let near = Near(marks.from(start as usize));
        if event(window, near, names, (line, start), (&mut *steps, transfers)).is_none() {
            *odd += far(window, marks, names, (line, start), (&mut *steps, transfers));
        }
    }
}

/// Where the line may be longer than what is near: 1 if it is no plain event.
#[cold]
#[inline(never)]
fn far(window: &Window, marks: &Marks, names: &mut Known, (line, start): (u32, u32), to: Room<'_>) -> usize {
    let ends = Far { marks, start: start as usize, at: start as usize };
    let is_near = window[..NEAR].contains(&b'\n');
    usize::from(is_near || event(window, ends, names, (line, start), to).is_none())
}

/// Takes a plain event; nothing where the line is none.
#[inline(always)]
fn event(
    window: &Window,
    mut ends: impl Ends,
    names: &mut Known,
    (line, start): (u32, u32),
    (steps, transfers): Room<'_>,
) -> Option<()> {
    let name = ends.next();
    let head = load(window, name);
    let word = load(window, name + 2);
    if head as u16 != u16::from_le_bytes(*b": ") {
        return None;
    }
    let process = match names.find(window, 0, name) {
        Some(number) => number,
        None => names.otherwise(window, 0, name)?,
    };
    if word & STEP.mask == STEP.text {
        steps.push((line, process));
        names.count(process);
        return Some(());
    }
    // By the lowest bit of the first letter.
    let list = (word & 1) as usize;
    let verb = &VERBS[list];
    if word & verb.mask != verb.text {
        return None;
    }
    // The blanks around the verb.
    ends.next();
    let behind = ends.next() + 1;
    let end = ends.next();
    let has_peer = load(window, end) as u32 == verb.arrow;
    // The arrow's head, and the blank behind it.
    ends.next();
    ends.next();
    // A receive that names no sender looks its own name up again: either kind takes the same steps, and there is
    // nothing to foretell.
    let stop = ends.next();
    let peer_at = select_unpredictable(has_peer, end + 4, 0);
    let peer_end = select_unpredictable(has_peer, stop, name);
    // With its first byte no line ends.
    let stop = select_unpredictable(has_peer, stop, end & verb.may_end as usize);
    if window.get(stop) != Some(&b'\n') {
        return None;
    }
    let peer = match names.find(window, peer_at, peer_end) {
        Some(number) => number,
        None => names.otherwise(window, peer_at, peer_end)?,
    };
    add_message(&mut transfers[list], (window, names), (line, start), (behind, end), (process, peer, has_peer))
}
