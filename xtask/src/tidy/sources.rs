//! Reading the sources: what is ours and written by hand.

use std::path::Path;

use crate::stop::{Stop, While};

/// Folders that hold what is built, fetched or written by a program.
const NOT_OURS: &[&str] =
    &["target", "node_modules", "dist", ".git", ".run", "paraglide", "pictures", "gen", "schemas", "icons", "golden", "public"];
const ENDINGS: &[&str] = &["rs", "ts", "mjs", "js", "svelte", "css", "sql", "toml", "json", "md", "sh", "html", "yaml", "yml"];
/// Written by programs, in formats of their own.
const LOCKS: &[&str] = &["Cargo.lock", "package-lock.json"];

pub struct Source {
    /// From the root, with `/` on every system.
    pub path: String,
    pub lines: Vec<Line>,
}

pub struct Line {
    pub text: String,
    /// Without comments; what a rule about code looks at.
    pub code: String,
    /// Of a test: another house.
    pub test: bool,
}

pub struct Sources(Vec<Source>);

impl Sources {
    pub fn read(root: &Path) -> Result<Self, Stop> {
        let mut paths = Vec::new();
        walk(root, &mut paths)?;
        paths.sort();
        let mut sources = Vec::new();
        for path in paths {
            let inside = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).doing(&inside)?;
            sources.push(Source::new(inside, &text));
        }
        Ok(Self(sources))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }
}

impl Source {
    pub fn new(path: impl Into<String>, text: &str) -> Self {
        let path = path.into();
        let all_test = is_test_file(&path);
        let mut in_tests = false;
        let lines = text
            .lines()
            .map(|line| {
                // By the habit of this house a test module stands last in its file.
                in_tests |= line.trim_start().starts_with("#[cfg(test)]");
                Line { text: line.to_owned(), code: code_of(line).to_owned(), test: all_test || in_tests }
            })
            .collect();
        Self { path, lines }
    }

    pub fn ending(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}

fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    // The simulator is a test that is a program: what it did not foresee ends a seed, and is told with it.
    path.starts_with("crates/sim/")
        || name == "tests.rs"
        || name.ends_with(".test.ts")
        || path.split('/').any(|part| matches!(part, "tests" | "benches" | "conformance" | "fixtures"))
}

/// The line before `//`, unless that stands in an address.
fn code_of(line: &str) -> &str {
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|rest| rest.find("//")) {
        let at = from + at;
        if line[..at].ends_with(':') {
            from = at + 2;
        } else {
            return &line[..at];
        }
    }
    line
}

fn walk(folder: &Path, into: &mut Vec<std::path::PathBuf>) -> Result<(), Stop> {
    for entry in std::fs::read_dir(folder).doing(folder.display())? {
        let path = entry.doing(folder.display())?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(&path, into)?;
            }
        } else if !LOCKS.contains(&name.as_str()) && name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending)) {
            into.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_code_and_addresses_no_comments() {
        assert_eq!(code_of("let a = 1; // f64"), "let a = 1; ");
        assert_eq!(code_of(r#"let a = "https://x"; // y"#), r#"let a = "https://x"; "#);
        assert_eq!(code_of("/// f64"), "");
    }

    #[test]
    fn a_test_module_is_test() {
        let source = Source::new("crates/core/src/a.rs", "a\n#[cfg(test)]\nmod tests {\n}");
        assert_eq!(source.lines.iter().map(|line| line.test).collect::<Vec<_>>(), [false, true, true, true]);
        assert!(Source::new("crates/core/tests/a.rs", "a").lines[0].test);
    }
}
