//! What stands beside a bench is short enough to be read in one look, and has no line of the product: else it measures itself.

use super::{Finding, sources::Source};

const ROOM: &str = "benches/src/floors/";
const MOST: usize = 60;
/// What a floor may take from its own house: how it fails, and another floor's form of the same bytes.
const OURS: &[&str] = &["crate::error::Done"];

pub fn check(source: &Source) -> Vec<Finding> {
    let Some(name) = source.path.strip_prefix(ROOM).filter(|name| *name != "mod.rs") else { return Vec::new() };
    let mut found = Vec::new();
    if source.lines.len() > MOST {
        found.push(Finding::new(&source.path, format!("{} lines; a floor has {MOST} at most", source.lines.len())));
    }
    for (at, line) in source.lines.iter().enumerate() {
        let allowed = OURS.iter().fold(line.code.clone(), |code, ours| code.replace(ours, ""));
        if ["hefu_", "crate::"].iter().any(|product| allowed.contains(product)) {
            found.push(Finding::new(format!("{}:{}", source.path, at + 1), format!("the floor {name} uses the product's code")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Source::new(path, text)).len()
    }

    #[test]
    fn a_floor_is_short_and_stands_alone() {
        assert_eq!(found("benches/src/floors/a.rs", "use crate::error::Done;\nuse super::b::Bytes;\n"), 0);
        assert_eq!(found("benches/src/floors/a.rs", "use hefu_core::money::Fen;\n"), 1);
        assert_eq!(found("benches/src/floors/a.rs", "use crate::book::large;\n"), 1);
        assert_eq!(found("benches/src/floors/a.rs", &"x\n".repeat(61)), 1);
        assert_eq!(found("benches/src/sale_commit.rs", "use hefu_core::money::Fen;\n"), 0);
    }
}
