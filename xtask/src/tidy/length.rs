//! A file that grows past a sitting is asking to be two.

use super::{Finding, sources::Source};

const WARN: usize = 400;
const FAIL: usize = 600;
const CODE: &[&str] = &["rs", "ts", "mjs", "svelte", "css", "sql"];

pub fn check(source: &Source) -> Option<Finding> {
    let generated = source.path.starts_with("ui/src/lib/wire/");
    let lines = source.lines.len();
    if generated || lines <= WARN || !CODE.contains(&source.ending()) {
        return None;
    }
    let said = format!("{lines} lines; past {WARN} a file is asking to be two, past {FAIL} it must be");
    Some(if lines > FAIL { Finding::new(&source.path, said) } else { Finding::warning(&source.path, said) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_warn_and_longer_ones_fail() {
        let of = |lines: usize| check(&Source::new("crates/core/src/a.rs", &"x\n".repeat(lines)));
        assert!(of(400).is_none());
        assert!(of(401).is_some_and(|finding| finding.warning));
        assert!(of(601).is_some_and(|finding| !finding.warning));
    }
}
