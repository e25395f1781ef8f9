//! Every error code has its words in every language, and both languages say the same things.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Finding, read};
use crate::{
    house::House,
    stop::{Stop, While},
};

pub(super) const CODES: &str = "crates/core/src/error.rs";
const LANGUAGES: [&str; 2] = ["ui/messages/zh-CN.json", "ui/messages/en.json"];

pub fn check(house: &House) -> Result<Vec<Finding>, Stop> {
    let codes = codes(&read(house, CODES)?);
    if codes.is_empty() {
        return Ok(vec![Finding::new(CODES, "no error codes can be read here: has the table changed its shape?")]);
    }
    let mut spoken = Vec::new();
    for path in LANGUAGES {
        spoken.push((path, keys(&read(house, path)?).doing(path)?));
    }
    let all: BTreeSet<String> = spoken.iter().flat_map(|(_, keys)| keys.iter().cloned()).collect();
    let mut found = Vec::new();
    for (path, keys) in &spoken {
        for code in codes.iter().filter(|code| !keys.contains(&format!("error.{code}"))) {
            found.push(Finding::new(*path, format!("error code `{code}` has no message")));
        }
        for key in all.difference(keys) {
            found.push(Finding::new(*path, format!("`{key}` is not translated")));
        }
    }
    Ok(found)
}

/// The texts in the table of codes: `Name = "text"`.
fn codes(source: &str) -> Vec<String> {
    let mut within = false;
    let mut codes = Vec::new();
    for line in source.lines() {
        within = (within || line.starts_with("codes! {")) && !line.starts_with('}');
        if within && let Some((_, text)) = line.split_once(" = \"") {
            codes.push(text.trim_end_matches('"').to_owned());
        }
    }
    codes
}

fn keys(json: &str) -> Result<BTreeSet<String>, serde_json::Error> {
    let messages: serde_json::Map<String, Value> = serde_json::from_str(json)?;
    Ok(messages.into_iter().map(|(key, _)| key).filter(|key| !key.starts_with('$')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_their_table_alone() {
        let source = "let a = \"no\";\ncodes! {\n    // What.\n    A = \"a.b\"\n    /// B.\n    B = \"b\"\n}\nlet c = \"no\";\n";
        assert_eq!(codes(source), ["a.b", "b"]);
    }
}
