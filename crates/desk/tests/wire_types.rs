//! The TypeScript in the tree is what the command table says.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, path::Path};

fn files(folder: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ts"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn the_wire_types_in_the_tree_are_fresh() {
    let fresh = tempfile::tempdir().unwrap();
    hefu_desk::typescript::write_types(fresh.path()).unwrap();
    let held = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/wire"));
    let fresh = files(fresh.path());
    assert_eq!(held.keys().collect::<Vec<_>>(), fresh.keys().collect::<Vec<_>>(), "run `cargo xtask gen`");
    for (name, text) in &fresh {
        assert_eq!(held.get(name), Some(text), "{name} is stale: run `cargo xtask gen`");
    }
}
