//! What a run can fail with.

use std::fmt;

/// An invariant that did not hold (DESIGN, by name), or something that nobody foresaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub invariant: &'static str,
    pub what: String,
}

impl Breach {
    pub fn of(invariant: &'static str, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// What the harness itself could not do: a file that does not open, a founding that is refused.
impl Breach {
    pub fn unforeseen(what: &str, error: &dyn fmt::Debug) -> Self {
        Self::of("UNFORESEEN", format!("{what}: {error:?}"))
    }
}

pub type Checked<T = ()> = Result<T, Breach>;

pub trait Expect<T> {
    /// What must not fail here.
    fn expected(self, what: &str) -> Checked<T>;
}

impl<T, E: fmt::Debug> Expect<T> for Result<T, E> {
    fn expected(self, what: &str) -> Checked<T> {
        self.map_err(|error| Breach::unforeseen(what, &error))
    }
}

impl<T> Expect<T> for Option<T> {
    fn expected(self, what: &str) -> Checked<T> {
        self.ok_or_else(|| Breach::of("UNFORESEEN", what))
    }
}

pub fn ensure(holds: bool, invariant: &'static str, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Breach::of(invariant, what())) }
}
