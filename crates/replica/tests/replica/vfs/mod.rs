//! A disk that loses its power or its room: a SQLite VFS over the real one, for tests alone.
//!
//! Everything passes through to real files. Beside them the disk remembers, for each file, what has been synced and what has only been
//! written since. When the power goes, every call fails from then on; [`Disk::power_on`] then leaves in the real files what was
//! synced, with none, all or some of the rest, the last of them torn at a sector.

mod rng;
mod through;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

pub use rng::Rng;

const SECTOR: usize = 512;

/// What of the unsynced writes is found after a power cut: a disk may keep any of them.
#[derive(Clone, Copy, Debug)]
pub enum Left {
    Nothing,
    Everything,
    /// Some of them, in whole or to a sector's end, by a seed.
    Torn(u64),
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// A file as it would be found, and what was done to it since.
#[derive(Default)]
struct Tracked {
    synced: Option<Vec<u8>>,
    since: Vec<Change>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Cut,
    Full,
}

#[derive(Default)]
struct State {
    /// The folder that lies on this disk; every file without one.
    folder: Option<PathBuf>,
    files: HashMap<PathBuf, Tracked>,
    /// What happens after so many more writes.
    coming: Option<(Fault, u64)>,
    dead: bool,
    full: bool,
}

/// What a call may do.
#[derive(PartialEq, Eq)]
enum Verdict {
    Go,
    Dead,
    Full,
}

impl State {
    /// Counts a call that changes something.
    fn count(&mut self) -> Verdict {
        if let Some((fault, left)) = &mut self.coming {
            if *left == 0 {
                self.dead |= *fault == Fault::Cut;
                self.full |= *fault == Fault::Full;
                self.coming = None;
            } else {
                *left -= 1;
            }
        }
        if self.dead {
            Verdict::Dead
        } else if self.full {
            Verdict::Full
        } else {
            Verdict::Go
        }
    }

    fn holds(&self, path: &Path) -> bool {
        self.folder.as_ref().is_none_or(|folder| path.starts_with(folder))
    }

    /// Takes note of a file; what it holds when met first counts as synced.
    fn track(&mut self, path: &Path) {
        self.files.entry(path.to_owned()).or_insert_with(|| Tracked { synced: std::fs::read(path).ok(), since: Vec::new() });
    }

    fn note(&mut self, path: &Path, change: Change) {
        self.files.entry(path.to_owned()).or_default().since.push(change);
    }

    fn sync(&mut self, path: &Path) {
        let tracked = self.files.entry(path.to_owned()).or_default();
        let image = tracked.synced.get_or_insert_default();
        for change in tracked.since.drain(..) {
            change.apply(image);
        }
    }
}

impl Change {
    fn apply(self, image: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => {
                if image.len() < at + bytes.len() {
                    image.resize(at + bytes.len(), 0);
                }
                image[at..at + bytes.len()].copy_from_slice(&bytes);
            }
            Change::Truncate(len) => image.resize(len, 0),
        }
    }
}

impl Tracked {
    fn found(self, left: Left) -> Option<Vec<u8>> {
        let (mut image, mut since) = (self.synced, self.since);
        let mut rng = match left {
            Left::Nothing => return image,
            Left::Everything => None,
            Left::Torn(seed) => Some(Rng(seed)),
        };
        if let (Some(rng), Some(Change::Write { bytes, .. })) = (&mut rng, since.last_mut()) {
            bytes.truncate(rng.below(bytes.len() / SECTOR + 1) * SECTOR);
        }
        for change in since {
            if rng.as_mut().is_none_or(|rng| rng.below(3) > 0) {
                change.apply(image.get_or_insert_default());
            }
        }
        image
    }
}

/// A disk of its own, mounted as a VFS for as long as the program runs.
pub struct Disk {
    state: &'static Mutex<State>,
    name: String,
}

impl Disk {
    pub fn mount() -> Self {
        static MOUNTED: AtomicUsize = AtomicUsize::new(0);
        let name = format!("failing-{}", MOUNTED.fetch_add(1, Ordering::Relaxed));
        let state: &'static Mutex<State> = Box::leak(Box::default());
        through::register(&name, state, through::Used::ByName);
        Self { state, name }
    }

    /// The disk on which everything in `folder` lies, whoever opens it: for programs that choose their files themselves. Once in a
    /// process, before any of them is opened.
    #[allow(dead_code, reason = "not every test that has disks has such a one")]
    pub fn mount_at(folder: &Path) -> Self {
        let state: &'static Mutex<State> = Box::leak(Box::default());
        held(state).folder = Some(folder.canonicalize().unwrap());
        through::register("failing", state, through::Used::ByDefault);
        Self { state, name: "failing".to_owned() }
    }

    /// Starts over with other files: what they hold counts as synced.
    pub fn forget(&self) {
        *self.state() = State::default();
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> MutexGuard<'_, State> {
        held(self.state)
    }

    /// The power goes at the write, truncation or sync after `calls` more of them.
    pub fn cut_after(&self, calls: u64) {
        self.state().coming = Some((Fault::Cut, calls));
    }

    /// There is no room for anything after `calls` more of them.
    pub fn full_after(&self, calls: u64) {
        self.state().coming = Some((Fault::Full, calls));
    }

    pub fn make_room(&self) {
        let mut state = self.state();
        (state.coming, state.full) = (None, false);
    }

    pub fn is_full(&self) -> bool {
        self.state().full
    }

    /// Whether the power has gone.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    pub fn cut_now(&self) {
        let mut state = self.state();
        (state.coming, state.dead) = (None, true);
    }

    /// Leaves in the files what a power cut would. Nothing may have them open.
    pub fn power_on(&self, left: Left) {
        let mut state = self.state();
        assert!(state.dead, "the power is on");
        for (path, tracked) in state.files.drain() {
            match tracked.found(left) {
                Some(image) => std::fs::write(&path, image).unwrap(),
                None => drop(std::fs::remove_file(&path)),
            }
            let mut shared = path.into_os_string();
            shared.push("-shm");
            drop(std::fs::remove_file(shared));
        }
        (state.coming, state.dead, state.full) = (None, false, false);
    }
}

fn held(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
