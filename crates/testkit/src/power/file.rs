//! The `sqlite3_io_methods` of an open file: they note what changes it, then let the file of the
//! backing VFS do the work.

// SQLite calls a file through a table of C function pointers and gives it raw memory; there is no
// safe way to receive it.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use libsqlite3_sys::{
    SQLITE_FCNTL_CHUNK_SIZE, SQLITE_FCNTL_MMAP_SIZE, SQLITE_FCNTL_SIZE_HINT, SQLITE_IOCAP_POWERSAFE_OVERWRITE,
    SQLITE_IOCAP_SUBPAGE_READ, SQLITE_IOERR, SQLITE_IOERR_SHORT_READ, SQLITE_NOTFOUND, SQLITE_OK, SQLITE_SHM_UNLOCK,
    sqlite3_file, sqlite3_int64, sqlite3_io_methods,
};

use super::file_log::sectors_of;
use super::vfs::Shared;

/// The front part of the memory that SQLite gives for an open file. The file of the backing VFS
/// follows it.
#[repr(C)]
struct PowerFile {
    base: sqlite3_file,
    shared: &'static Shared,
    /// The key in the disk's logs; none for a temporary file.
    path: Option<PathBuf>,
    /// Whether the next sync covers the directory too, as for a journal that was just opened.
    syncs_directory: AtomicBool,
}

/// SQLite aligns the memory of a file to 8 bytes; so must the inner file be.
const INNER_OFFSET: usize = size_of::<PowerFile>().next_multiple_of(8);
const _: () = assert!(align_of::<PowerFile>() <= 8);

/// The memory to ask for, given what a file of the backing VFS needs, both in bytes.
pub(super) fn bytes_with(inner_bytes: c_int) -> c_int {
    INNER_OFFSET as c_int + inner_bytes
}

/// The file of the backing VFS.
///
/// # Safety
///
/// `file` must point to memory of the size [`bytes_with`].
pub(super) unsafe fn inner_of(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the caller's promise.
    unsafe { file.byte_add(INNER_OFFSET) }
}

/// Fills in the front part; from here on SQLite will close the file.
///
/// # Safety
///
/// `file` must point to memory of the size [`bytes_with`] whose inner part is open.
pub(super) unsafe fn init(
    file: *mut sqlite3_file,
    shared: &'static Shared,
    path: Option<PathBuf>,
    syncs_directory: bool,
) {
    let front = PowerFile {
        base: sqlite3_file { pMethods: &METHODS },
        shared,
        path,
        syncs_directory: AtomicBool::new(syncs_directory),
    };
    // SAFETY: the caller's promise; the memory holds no value that would have to be dropped.
    unsafe { file.cast::<PowerFile>().write(front) };
}

/// Closes an inner file if it is open.
///
/// # Safety
///
/// `inner` must come from [`inner_of`], with its methods null or set by the backing VFS.
pub(super) unsafe fn close_inner(inner: *mut sqlite3_file) -> c_int {
    // SAFETY: the caller's promise.
    let methods = unsafe { (*inner).pMethods.as_ref() };
    match methods.and_then(|methods| methods.xClose) {
        // SAFETY: the file is open, and this is its own method.
        Some(close) => unsafe { close(inner) },
        None => SQLITE_OK,
    }
}

/// Version 2: shared memory for the WAL index, but no memory-mapped content,
/// which would change without a call.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Both parts of an open file.
///
/// # Safety
///
/// `file` must have gone through [`init`] and not be closed while the result is in use.
unsafe fn parts<'a>(file: *mut sqlite3_file) -> (&'a PowerFile, *mut sqlite3_file) {
    // SAFETY: the caller's promise.
    unsafe { (&*file.cast::<PowerFile>(), inner_of(file)) }
}

/// Calls a method of the inner file, or yields `SQLITE_IOERR` if it has none.
macro_rules! inner {
    ($inner:expr, $method:ident $(, $argument:expr)*) => {{
        let inner = $inner;
        // SAFETY: the inner file is open, so its methods are set and stay; the arguments are the
        // ones that SQLite gave for the same method, or point to memory that outlives the call.
        match unsafe { (*(*inner).pMethods).$method } {
            // SAFETY: as above.
            Some(method) => unsafe { method(inner $(, $argument)*) },
            None => SQLITE_IOERR,
        }
    }};
}

/// Passes a call on unless the power is off; it cannot go off meanwhile.
macro_rules! while_powered {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls methods on open files only.
        let (front, inner) = unsafe { parts($file) };
        let disk = front.shared.disk();
        if disk.is_off() { SQLITE_IOERR } else { inner!(inner, $method $(, $argument)*) }
    }};
}

/// What the cache holds in a range of whole sectors, with zeros past the end of the file.
fn cached(inner: *mut sqlite3_file, start: u64, bytes: u64) -> Result<Vec<u8>, c_int> {
    let mut content = vec![0; bytes as usize];
    if content.is_empty() {
        return Ok(content);
    }
    let out = content.as_mut_ptr().cast();
    match inner!(inner, xRead, out, bytes as c_int, start as sqlite3_int64) {
        SQLITE_OK | SQLITE_IOERR_SHORT_READ => Ok(content),
        code => Err(code),
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes an open file once, and does not use it afterwards.
    unsafe {
        let code = close_inner(inner_of(file));
        ptr::drop_in_place(file.cast::<PowerFile>());
        code
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, out: *mut c_void, bytes: c_int, offset: sqlite3_int64) -> c_int {
    while_powered!(file, xRead, out, bytes, offset)
}

unsafe extern "C" fn write(file: *mut sqlite3_file, data: *const c_void, bytes: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (front, inner) = unsafe { parts(file) };
    let Some(path) = &front.path else {
        return while_powered!(file, xWrite, data, bytes, offset);
    };
    // SAFETY: SQLite gives `bytes` bytes at `data`.
    let content = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), bytes as usize) };
    let start = offset as u64;
    let mut disk = front.shared.disk_mut();
    let noted =
        disk.begin_operation().and_then(|()| disk.find_room(path, start + content.len() as u64)).and_then(|()| {
            let (first, length) = sectors_of(start, content.len() as u64);
            cached(inner, first, length)
        });
    let before = match noted {
        Ok(before) => before,
        Err(code) => return code,
    };
    let code = inner!(inner, xWrite, data, bytes, offset);
    if code == SQLITE_OK {
        disk.written(path, start, content, &before);
    }
    code
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (front, inner) = unsafe { parts(file) };
    let Some(path) = &front.path else {
        return while_powered!(file, xTruncate, length);
    };
    let end = length as u64;
    let mut disk = front.shared.disk_mut();
    let noted = disk.begin_operation().and_then(|()| disk.find_room(path, end)).and_then(|()| {
        let (first, bytes) = sectors_of(end, disk.length(path).saturating_sub(end));
        cached(inner, first, bytes)
    });
    let before = match noted {
        Ok(before) => before,
        Err(code) => return code,
    };
    let code = inner!(inner, xTruncate, length);
    if code == SQLITE_OK {
        disk.truncated(path, end, &before);
    }
    code
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (front, _) = unsafe { parts(file) };
    let Some(path) = &front.path else {
        return while_powered!(file, xSync, flags);
    };
    let mut disk = front.shared.disk_mut();
    let and_directory = front.syncs_directory.load(Ordering::Relaxed);
    match disk.begin_operation().and_then(|()| disk.sync(path, and_directory)) {
        Ok(()) => {
            front.syncs_directory.store(false, Ordering::Relaxed);
            SQLITE_OK
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    while_powered!(file, xFileSize, out)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    while_powered!(file, xLock, level)
}

/// Works without power too, so that connections can be closed.
unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (_, inner) = unsafe { parts(file) };
    inner!(inner, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    while_powered!(file, xCheckReservedLock, out)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    match op {
        // These would let the backing VFS change the length or map the content by itself.
        SQLITE_FCNTL_CHUNK_SIZE | SQLITE_FCNTL_SIZE_HINT | SQLITE_FCNTL_MMAP_SIZE => SQLITE_NOTFOUND,
        _ => while_powered!(file, xFileControl, op, arg),
    }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (_, inner) = unsafe { parts(file) };
    inner!(inner, xSectorSize)
}

/// Promises no more than the model keeps, whatever the real disk could.
unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (_, inner) = unsafe { parts(file) };
    let kept = SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SUBPAGE_READ;
    inner!(inner, xDeviceCharacteristics) & kept
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    while_powered!(file, xShmMap, region, bytes, extend, out)
}

/// Unlocking works without power too, so that connections can be closed.
unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    if flags & SQLITE_SHM_UNLOCK != 0 {
        // SAFETY: SQLite calls methods on open files only.
        let (_, inner) = unsafe { parts(file) };
        return inner!(inner, xShmLock, first, count, flags);
    }
    while_powered!(file, xShmLock, first, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite calls methods on open files only; the inner file is open too.
    unsafe {
        let (_, inner) = parts(file);
        if let Some(barrier) = (*(*inner).pMethods).xShmBarrier {
            barrier(inner);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: SQLite calls methods on open files only.
    let (front, inner) = unsafe { parts(file) };
    let disk = front.shared.disk();
    // Deletion goes by name, and after a cut that name may belong to a connection to the image.
    let delete = if disk.is_off() { 0 } else { delete };
    inner!(inner, xShmUnmap, delete)
}
