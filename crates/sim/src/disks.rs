//! Disks that can fail, taken and given back: one that was mounted stays so for as long as the program runs.

use std::sync::{Mutex, PoisonError};

use hefu_failing_disk::Disk;

static FREE: Mutex<Vec<Disk>> = Mutex::new(Vec::new());

/// A disk of one machine, given back when the machine is gone.
pub struct Mounted(Option<Disk>);

impl Mounted {
    pub fn new() -> Self {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let disk = free.unwrap_or_else(Disk::mount);
        disk.forget();
        Self(Some(disk))
    }
}

impl std::ops::Deref for Mounted {
    type Target = Disk;

    fn deref(&self) -> &Disk {
        match &self.0 {
            Some(disk) => disk,
            None => unreachable!("it is taken out when this is dropped"),
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        FREE.lock().unwrap_or_else(PoisonError::into_inner).extend(self.0.take());
    }
}
