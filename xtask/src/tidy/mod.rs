//! The rules of the house as a test: what no compiler checks and every reader relies on.
//!
//! A rule says its reason when it is broken. Sources are read as text, line by line: a rule that needs more than that belongs
//! in a lint.

mod banned;
mod direction;
mod floors;
mod length;
mod messages;
mod readme;
mod refused;
mod sources;

use std::fmt;

use crate::{
    house::House,
    stop::{Stop, While},
};

use sources::Sources;

/// One broken rule at one place.
pub struct Finding {
    place: String,
    what: String,
    /// Told, and no failure yet.
    warning: bool,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), warning: false }
    }

    fn warning(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { warning: true, ..Self::new(place, what) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", if self.warning { "warning: " } else { "" }, self.place, self.what)
    }
}

/// Everything found, worst last.
fn findings(house: &House) -> Result<Vec<Finding>, Stop> {
    let sources = Sources::read(house.root())?;
    let mut found = direction::check(house)?;
    found.extend(sources.iter().flat_map(|source| banned::check(source).into_iter().chain(length::check(source))));
    found.extend(sources.iter().flat_map(floors::check));
    found.extend(refused::check(&sources));
    found.extend(messages::check(house)?);
    found.extend(readme::check(house)?);
    found.sort_by(|a, b| b.warning.cmp(&a.warning).then_with(|| a.place.cmp(&b.place)));
    Ok(found)
}

/// Prints what is found; an error when a rule is broken.
pub fn check(house: &House) -> Result<(), Stop> {
    let found = findings(house)?;
    for finding in &found {
        println!("      {finding}");
    }
    let broken = found.iter().filter(|finding| !finding.warning).count();
    if broken == 0 { Ok(()) } else { Err(Stop::new(format!("{broken} rules of the house are broken, see above."))) }
}

/// As a task of its own.
pub fn report(house: &House) -> Result<(), Stop> {
    check(house)?;
    println!("tidy");
    Ok(())
}

fn read(house: &House, inside: &str) -> Result<String, Stop> {
    std::fs::read_to_string(house.path(inside)).doing(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let found = findings(&House::find().unwrap()).unwrap();
        let broken: Vec<String> = found.iter().filter(|finding| !finding.warning).map(ToString::to_string).collect();
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    }
}
