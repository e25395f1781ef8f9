//! Why a task ended early, said to the person who started it.

use std::fmt;

/// One sentence or more for a person; nothing reads it but eyes.
#[derive(Debug)]
pub struct Stop(String);

impl Stop {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Stop {}

/// Says what was being done when a system call failed.
pub trait While<T> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Stop>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Stop> {
        self.map_err(|error| Stop(format!("{what}: {error}")))
    }
}
