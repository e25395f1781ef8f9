//! The calls between SQLite and the real VFS.

#![allow(unsafe_code, reason = "a SQLite VFS is a table of C functions; this one exists in tests alone")]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    path::{Path, PathBuf},
    ptr,
    sync::{Mutex, OnceLock},
};

use rusqlite::ffi;

use super::{Change, State, Verdict, held};

/// A file of ours, with the real VFS's file right behind it in memory.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    state: *const Mutex<State>,
    /// Null for a temporary file without a name, and for one that lies elsewhere.
    path: *mut PathBuf,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
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

/// What a file that is opened without naming a disk lies on.
#[derive(PartialEq, Eq)]
pub enum Used {
    ByName,
    ByDefault,
}

/// Registers a VFS under this name, for ever.
pub fn register(name: &str, state: &'static Mutex<State>, used: Used) {
    // Safety: the default VFS lives as long as the program; ours and its name are leaked and so do too. What is copied from it and
    // not replaced does not look at the table it was called through.
    unsafe {
        let real = real_vfs();
        let mut ours = *real;
        ours.szOsFile = c_int::try_from(size_of::<File>()).unwrap() + (*real).szOsFile;
        ours.zName = CString::new(name).unwrap().into_raw();
        ours.pAppData = ptr::from_ref(state).cast_mut().cast();
        ours.pNext = ptr::null_mut();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), c_int::from(used == Used::ByDefault)), ffi::SQLITE_OK);
    }
}

/// What was SQLite's own choice before any of ours could be.
unsafe fn real_vfs() -> *mut ffi::sqlite3_vfs {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = REAL.get_or_init(|| unsafe { ffi::sqlite3_vfs_find(ptr::null()) }.expose_provenance());
    assert!(*real != 0, "SQLite has no disk");
    ptr::with_exposed_provenance_mut(*real)
}

unsafe fn real(file: *mut ffi::sqlite3_file) -> (*mut ffi::sqlite3_file, &'static ffi::sqlite3_io_methods) {
    unsafe {
        let real: *mut ffi::sqlite3_file = file.byte_add(size_of::<File>());
        (real, &*(*real).pMethods)
    }
}

/// The disk's state and the file's name.
unsafe fn ours<'a>(file: *mut ffi::sqlite3_file) -> (&'a Mutex<State>, Option<&'a Path>) {
    unsafe {
        let file = file.cast::<File>();
        (&*(*file).state, (*file).path.as_ref().map(PathBuf::as_path))
    }
}

unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() { None } else { Some(PathBuf::from(unsafe { CStr::from_ptr(name) }.to_str().ok()?)) }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    unsafe {
        (*file).pMethods = ptr::null();
        let state = (*vfs).pAppData.cast::<Mutex<State>>().cast_const();
        let path = {
            let mut state = held(&*state);
            if state.dead {
                return ffi::SQLITE_CANTOPEN;
            }
            let path = path_of(name).filter(|path| state.holds(path));
            if let Some(path) = &path {
                state.track(path);
            }
            path
        };
        let behind: *mut ffi::sqlite3_file = file.byte_add(size_of::<File>());
        let done = ((*real_vfs()).xOpen.unwrap())(real_vfs(), name, behind, flags, out_flags);
        if done == ffi::SQLITE_OK {
            let ours = file.cast::<File>();
            (*ours).state = state;
            (*ours).path = path.map_or(ptr::null_mut(), |path| Box::into_raw(Box::new(path)));
            (*file).pMethods = &METHODS;
        }
        done
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    unsafe {
        let mut state = held(&*(*vfs).pAppData.cast::<Mutex<State>>());
        if state.dead {
            return ffi::SQLITE_IOERR_DELETE;
        }
        if let Some(path) = path_of(name) {
            state.files.remove(&path);
        }
        ((*real_vfs()).xDelete.unwrap())(real_vfs(), name, sync_folder)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        let ours = file.cast::<File>();
        if !(*ours).path.is_null() {
            drop(Box::from_raw((*ours).path));
        }
        methods.xClose.unwrap()(behind)
    }
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, len: c_int, at: i64) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        if held(ours(file).0).dead { ffi::SQLITE_IOERR_READ } else { methods.xRead.unwrap()(behind, to, len, at) }
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, len: c_int, at: i64) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        let (state, path) = ours(file);
        let Some(path) = path else { return methods.xWrite.unwrap()(behind, from, len, at) };
        let mut state = held(state);
        let was_alive = !state.dead;
        let verdict = state.count();
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(len).unwrap()).to_vec();
        // The write during which the power goes may reach the disk in part.
        if verdict == Verdict::Go || (verdict == Verdict::Dead && was_alive) {
            state.note(path, Change::Write { at: usize::try_from(at).unwrap(), bytes });
        }
        match verdict {
            Verdict::Go => methods.xWrite.unwrap()(behind, from, len, at),
            Verdict::Dead => ffi::SQLITE_IOERR_WRITE,
            Verdict::Full => ffi::SQLITE_FULL,
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        let (state, path) = ours(file);
        let Some(path) = path else { return methods.xTruncate.unwrap()(behind, len) };
        let mut state = held(state);
        if state.count() == Verdict::Dead {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        state.note(path, Change::Truncate(usize::try_from(len).unwrap()));
        methods.xTruncate.unwrap()(behind, len)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        let (state, path) = ours(file);
        let Some(path) = path else { return methods.xSync.unwrap()(behind, flags) };
        let mut state = held(state);
        if state.count() == Verdict::Dead {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        state.sync(path);
        // The real file needs none: this disk is what decides what is kept.
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, len: *mut i64) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xFileSize.unwrap()(behind, len)
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xLock.unwrap()(behind, level)
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xUnlock.unwrap()(behind, level)
    }
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xCheckReservedLock.unwrap()(behind, out)
    }
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, op: c_int, with: *mut c_void) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xFileControl.unwrap()(behind, op, with)
    }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xSectorSize.unwrap()(behind)
    }
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xDeviceCharacteristics.unwrap()(behind)
    }
}

unsafe extern "C" fn shm_map(file: *mut ffi::sqlite3_file, page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xShmMap.unwrap()(behind, page, size, extend, out)
    }
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xShmLock.unwrap()(behind, offset, count, flags)
    }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    unsafe {
        let (behind, methods) = real(file);
        methods.xShmBarrier.unwrap()(behind);
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    unsafe {
        let (behind, methods) = real(file);
        methods.xShmUnmap.unwrap()(behind, delete)
    }
}
