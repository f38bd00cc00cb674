//! The allocator of the program, and the part of its memory that questions to the lake use.

// jemalloc is asked and told by name and through pointers; there is no safe way to do it.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::mem::size_of;
use std::ptr::null_mut;

use tallymark_lake::Memory;
use tikv_jemalloc_sys::mallctl;

/// A batch makes and drops thousands of small values; this allocator decides them about a seventh faster than glibc's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Freed memory that questions may keep for what they make next; beyond, all of it goes back to the system.
const KEPT_BYTES_MAX: usize = 32 << 20;

/// An arena in which the threads that answer questions allocate, and nobody else: what is in use in it is what questions
/// use.
#[derive(Debug)]
pub(crate) struct Arena {
    number: u32,
    page_bytes: usize,
}

impl Arena {
    /// A new arena; `None` where the allocator does not give one.
    pub(crate) fn new() -> Option<Self> {
        Some(Self { number: get("arenas.create", 0_u32)?, page_bytes: get("arenas.page", 0_usize)? })
    }

    /// A number of pages, as bytes.
    fn bytes(&self, pages: &str) -> Option<usize> {
        get(&format!("stats.arenas.{}.{pages}", self.number), 0_usize)?.checked_mul(self.page_bytes)
    }
}

impl Memory for Arena {
    fn enter(&self) {
        // A thread that stays outside is not counted; it allocates as all others do.
        set("thread.arena", self.number);
    }

    fn used_bytes(&self) -> Option<usize> {
        // The numbers are those of the last turn of the epoch.
        set("epoch", 1_u64);
        if self.bytes("pdirty")? > KEPT_BYTES_MAX {
            run(&format!("arena.{}.purge", self.number));
        }
        self.bytes("pactive")
    }

    /// Answers that are on their way out.
    fn margin_bytes(&self) -> usize {
        32 << 20
    }
}

/// Reads a value of jemalloc; the names and types are in jemalloc(3).
fn get<T: Copy>(name: &str, mut value: T) -> Option<T> {
    let name = CString::new(name).ok()?;
    let mut bytes = size_of::<T>();
    // SAFETY: `name` ends with a NUL; `value` is writable and `bytes` is its size. jemalloc refuses another size than that
    // of its own value, and any bits are valid in the integers that are asked for here.
    let failed = unsafe { mallctl(name.as_ptr(), (&raw mut value).cast(), &raw mut bytes, null_mut(), 0) };
    (failed == 0).then_some(value)
}

/// Sets a value of jemalloc; gives whether it took it.
fn set<T: Copy>(name: &str, mut value: T) -> bool {
    let Ok(name) = CString::new(name) else { return false };
    // SAFETY: `name` ends with a NUL; `value` is readable and of the size that is told; jemalloc refuses another size than
    // that of its own value.
    unsafe { mallctl(name.as_ptr(), null_mut(), null_mut(), (&raw mut value).cast(), size_of::<T>()) == 0 }
}

/// Has jemalloc do something that takes and gives no value.
fn run(name: &str) {
    let Ok(name) = CString::new(name) else { return };
    // SAFETY: `name` ends with a NUL, and nothing is read or written.
    unsafe { mallctl(name.as_ptr(), null_mut(), null_mut(), null_mut(), 0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_thread_in_the_arena_makes_is_counted_until_it_is_freed() {
        let arena = Arena::new().unwrap();
        let at = || arena.used_bytes().unwrap();
        std::thread::scope(|scope| {
            let begun = at();
            let elsewhere = vec![1_u8; 64 << 20];
            assert!(at() < begun + (1 << 20), "another thread's memory is counted");
            let made = scope.spawn(|| {
                arena.enter();
                vec![1_u8; 32 << 20]
            });
            let made = made.join().unwrap();
            let counted = at() - begun;
            assert!((32 << 20..34 << 20).contains(&counted), "{counted}");
            drop((made, elsewhere));
            assert!(at() < begun + (1 << 20));
        });
    }
}
