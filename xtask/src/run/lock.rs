//! One run at a time in `.run`: a second one must not clear the books of the first.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::stop::{Stop, While};

const NAME: &str = "lock";

/// Held as long as it lives; the system lets go of it with the process.
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

impl Lock {
    pub fn take(place: &Path) -> Result<Self, Stop> {
        std::fs::create_dir_all(place).doing(place.display())?;
        let path = place.join(NAME);
        let file = File::options().create(true).truncate(false).write(true).open(&path).doing(path.display())?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Stop::new("`cargo xtask run` is at work here already: end it first (Ctrl-C there).")),
            Err(TryLockError::Error(error)) => Err(error).doing(path.display()),
        }
    }

    /// Throws away what the last run left.
    pub fn clear(&self, place: &Path) -> Result<(), Stop> {
        for entry in std::fs::read_dir(place).doing(place.display())? {
            let path = entry.doing(place.display())?.path();
            if path.file_name().is_some_and(|name| name == NAME) {
                continue;
            }
            let cleared = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            cleared.doing(format!("cannot clear {}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_run_at_a_time() {
        let place = std::env::temp_dir().join(format!("hefu-xtask-lock-{}", std::process::id()));
        let first = Lock::take(&place).unwrap();
        std::fs::create_dir(place.join("till-a")).unwrap();
        assert!(Lock::take(&place).is_err());
        first.clear(&place).unwrap();
        assert!(!place.join("till-a").exists());
        drop(first);
        assert!(Lock::take(&place).is_ok());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
