//! The `sqlite3_vfs` of a [`Power`](super::Power): opens, deletes and looks up files through the
//! VFS that was the default at registration.

// SQLite calls a VFS through a table of C function pointers; there is no safe way to give it one.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use libsqlite3_sys::{
    SQLITE_IOERR, SQLITE_OK, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_SUPER_JOURNAL, SQLITE_OPEN_WAL,
    sqlite3_file, sqlite3_int64, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use super::disk::Disk;
use super::file;

/// What all connections and handles of one disk share. It lives until the process ends.
pub(super) struct Shared {
    name: CString,
    /// The VFS that does the real work. SQLite never frees the built-in one.
    backing: *mut sqlite3_vfs,
    disk: RwLock<Disk>,
}

// SAFETY: `backing` is set once and only read; SQLite allows any thread to call a registered VFS.
// Everything that changes is behind the lock.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub(super) fn name(&'static self) -> &'static str {
        self.name.to_str().expect("the name is made of ASCII letters and digits")
    }

    /// The disk for as long as nothing may change, in particular no cut may happen.
    pub(super) fn disk(&self) -> RwLockReadGuard<'_, Disk> {
        self.disk.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk for an operation that changes it.
    pub(super) fn disk_mut(&self) -> RwLockWriteGuard<'_, Disk> {
        self.disk.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registers a new VFS over the default one.
pub(super) fn register() -> &'static Shared {
    static REGISTERED: AtomicU64 = AtomicU64::new(0);
    let number = REGISTERED.fetch_add(1, Ordering::Relaxed);
    let name = CString::new(format!("power{number}")).expect("the name holds no zero byte");
    // SAFETY: a null name asks for the default VFS; the call initialises SQLite where needed.
    let backing = unsafe { sqlite3_vfs_find(ptr::null()) };
    assert!(!backing.is_null(), "SQLite has no default VFS to stand on");
    let shared: &'static Shared = Box::leak(Box::new(Shared { name, backing, disk: RwLock::default() }));
    // SAFETY: `backing` is a registered VFS, valid for the life of the process.
    let (file_bytes, path_bytes_max) = unsafe { ((*backing).szOsFile, (*backing).mxPathname) };
    let vfs = Box::leak(Box::new(sqlite3_vfs {
        // Version 2 has the clock in milliseconds; version 3 would let tests replace system calls
        // under the shim.
        iVersion: 2,
        szOsFile: file::bytes_with(file_bytes),
        mxPathname: path_bytes_max,
        pNext: ptr::null_mut(),
        zName: shared.name.as_ptr(),
        pAppData: ptr::from_ref(shared).cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: Some(refuse_extension),
        xDlError: Some(keep_error_text),
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_ms),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }));
    // SAFETY: the structure and all it points to live until the process ends.
    let code = unsafe { sqlite3_vfs_register(vfs, 0) };
    assert_eq!(code, SQLITE_OK, "SQLite refuses to register {:?}", shared.name);
    shared
}

/// Calls a method of the backing VFS, or yields `SQLITE_IOERR` if it has none.
macro_rules! backing {
    ($shared:expr, $method:ident $(, $argument:expr)*) => {{
        let backing = $shared.backing;
        // SAFETY: `backing` is valid for the life of the process, and the arguments are the ones
        // SQLite gave for the same method.
        match unsafe { (*backing).$method } {
            // SAFETY: as above.
            Some(method) => unsafe { method(backing $(, $argument)*) },
            None => SQLITE_IOERR,
        }
    }};
}

/// The state behind a VFS that [`register`] made.
///
/// # Safety
///
/// `vfs` must be one that [`register`] made.
unsafe fn shared_of(vfs: *mut sqlite3_vfs) -> &'static Shared {
    // SAFETY: `register` set this field to a reference that is never freed.
    unsafe { &*(*vfs).pAppData.cast::<Shared>() }
}

/// # Safety
///
/// `name` must point to a string that ends with zero and outlives the result.
unsafe fn path_of<'a>(name: *const c_char) -> &'a Path {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    Path::new(OsStr::from_bytes(name.to_bytes()))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    // SAFETY: SQLite gives `szOsFile` bytes. Without methods it will not close a file that failed.
    unsafe { (*file).pMethods = ptr::null() };
    let journal = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
    let followed = !name.is_null() && flags & (SQLITE_OPEN_MAIN_DB | journal) != 0;
    // SAFETY: SQLite keeps the name for as long as the file is open.
    let path: Option<PathBuf> = followed.then(|| unsafe { path_of(name) }.to_owned());

    let mut disk = shared.disk_mut();
    if disk.is_off() {
        return SQLITE_IOERR;
    }
    let length_before = path.as_ref().and_then(|path| std::fs::metadata(path).ok()).map(|found| found.len());
    // SAFETY: `file` has room for both parts, as `szOsFile` asked for.
    let inner = unsafe { file::inner_of(file) };
    // SAFETY: as above.
    unsafe { (*inner).pMethods = ptr::null() };
    let code = backing!(shared, xOpen, name, inner, flags, flags_out);
    if code != SQLITE_OK {
        // SAFETY: after a failed open the backing VFS may want its part closed.
        unsafe { file::close_inner(inner) };
        return code;
    }
    if let Some(path) = &path {
        disk.opened(path, length_before);
    }
    // SAFETY: `file` has room for our part and the inner part is open.
    unsafe { file::init(file, shared, path, flags & journal != 0) };
    SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in and a name that ends with zero.
    let (shared, path) = unsafe { (shared_of(vfs), path_of(name)) };
    let mut disk = shared.disk_mut();
    if let Err(code) = disk.begin_operation() {
        return code;
    }
    let durable = sync_directory != 0;
    let image = disk.synced_image(path);
    // The directory is synced in the model only, like files.
    let code = backing!(shared, xDelete, name, 0);
    if code == SQLITE_OK {
        disk.deleted(path, image, durable);
    }
    code
}

unsafe extern "C" fn access(vfs: *mut sqlite3_vfs, name: *const c_char, flags: c_int, answer: *mut c_int) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    let disk = shared.disk();
    if disk.is_off() {
        return SQLITE_IOERR;
    }
    backing!(shared, xAccess, name, flags, answer)
}

unsafe extern "C" fn full_pathname(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    bytes_max: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    backing!(shared, xFullPathname, name, bytes_max, out)
}

/// A loadable extension has nothing to do with the disk under test.
unsafe extern "C" fn refuse_extension(_: *mut sqlite3_vfs, _: *const c_char) -> *mut c_void {
    ptr::null_mut()
}

/// SQLite puts a text of its own into the buffer first; it will do.
unsafe extern "C" fn keep_error_text(_: *mut sqlite3_vfs, _: c_int, _: *mut c_char) {}

unsafe extern "C" fn randomness(vfs: *mut sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    backing!(shared, xRandomness, bytes, out)
}

unsafe extern "C" fn sleep(vfs: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    backing!(shared, xSleep, microseconds)
}

unsafe extern "C" fn current_time(vfs: *mut sqlite3_vfs, julian_day: *mut f64) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    backing!(shared, xCurrentTime, julian_day)
}

unsafe extern "C" fn current_time_ms(vfs: *mut sqlite3_vfs, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    backing!(shared, xCurrentTimeInt64, out)
}

unsafe extern "C" fn last_error(vfs: *mut sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite calls this with the VFS it is registered in.
    let shared = unsafe { shared_of(vfs) };
    backing!(shared, xGetLastError, bytes, out)
}
