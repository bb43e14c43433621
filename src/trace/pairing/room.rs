//! Room for lists that are looked into at random.

/// From so many bytes on a list is kept in large pages. Where an address lies in memory is looked up page by page, and
/// processors remember some thousand pages: of the common size, 8 MB.
const LARGE: usize = 4 << 20;

/// An empty list with room for so many.
pub(super) fn room<T>(count: usize) -> Vec<T> {
    let mut room = Vec::with_capacity(count);
    let bytes = std::mem::size_of_val(room.spare_capacity_mut());
    if bytes >= LARGE {
        in_large_pages(room.spare_capacity_mut().as_mut_ptr().cast(), bytes);
    }
    room
}

/// Makes a list have room for so many, each of them to be [looked at](room) at random; where there is much of it, for
/// many more: what is not used costs nothing, and what is moved costs new pages.
pub(super) fn reserve<T>(list: &mut Vec<T>, count: usize) {
    if list.capacity() < count {
        let more = if count * size_of::<T>() < LARGE { 1 } else { 8 };
        let mut larger = room(count.next_power_of_two() * more);
        larger.append(list);
        *list = larger;
    }
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "advice that changes nothing but speed")]
fn in_large_pages(start: *mut libc::c_void, bytes: usize) {
    /// Pages are of this size, or of a part of it.
    const PAGE: usize = 1 << 16;
    let skipped = start.addr().next_multiple_of(PAGE) - start.addr();
    let pages = bytes.saturating_sub(skipped) / PAGE;
    // SAFETY: whole pages within one allocation, which nobody else knows of yet. The advice changes the size of the pages
    // that the system keeps it in, never what is there.
    // Measured need: with a million messages on their way a log is verified in three quarters of the time.
    let advised = unsafe { libc::madvise(start.wrapping_byte_add(skipped), pages * PAGE, libc::MADV_HUGEPAGE) };
    // All is well without.
    let _ = advised;
}

#[cfg(not(target_os = "linux"))]
fn in_large_pages<T>(_: *mut T, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stay_as_they_are_when_room_is_made() {
        let mut list: Vec<u32> = (0..1000).collect();
        for count in [10, 2000, LARGE, 3 * LARGE] {
            reserve(&mut list, count);
            assert!(list.capacity() >= count);
            list.extend(list.len() as u32..count as u32);
        }
        assert!(list.iter().copied().eq(0..3 * LARGE as u32));
        assert!(room::<u8>(0).is_empty());
    }
}
