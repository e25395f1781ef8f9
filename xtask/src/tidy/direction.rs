//! Which room may know which: the picture of `docs/ARCHITECTURE.md`, held against every `Cargo.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Finding;
use crate::{
    house::House,
    shell::cargo,
    stop::{Stop, While},
};

struct Room {
    name: &'static str,
    /// Rooms of ours that it may know.
    may: &'static [&'static str],
    /// Parts from outside that it never knows.
    never: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room { name: "hefu-core", may: &[], never: &["tokio", "rusqlite", "reqwest", "axum", "tauri", "getrandom"] },
    Room { name: "hefu-replica", may: &["hefu-core"], never: &["reqwest", "axum", "tauri", "hyper"] },
    Room { name: "hefu-log", may: &["hefu-core"], never: &["reqwest", "axum", "tauri", "hyper"] },
    Room { name: "hefu-desk", may: &["hefu-core", "hefu-replica"], never: &["rusqlite", "reqwest", "axum", "tauri", "hyper"] },
    Room { name: "hefu-sync", may: &["hefu-core", "hefu-replica", "hefu-log"], never: &["rusqlite", "tauri"] },
    Room { name: "hefu-door", may: &["hefu-core", "hefu-desk"], never: &["rusqlite", "tauri"] },
    Room { name: "hefu-node", may: &["hefu-core", "hefu-replica", "hefu-desk", "hefu-sync"], never: &["rusqlite", "axum", "tauri"] },
    Room { name: "hefu-till", may: &["hefu-core", "hefu-desk", "hefu-door", "hefu-node"], never: &["rusqlite", "reqwest"] },
    Room {
        name: "hefu-server",
        may: &[
            "hefu-core",
            "hefu-replica",
            "hefu-log",
            "hefu-desk",
            "hefu-sync",
            "hefu-door",
            "hefu-node",
            "hefu-demo-book",
            "hefu-fixtures",
        ],
        never: &["rusqlite", "tauri"],
    },
    Room { name: "hefu-fixtures", may: &[], never: &["tokio", "rusqlite"] },
    Room { name: "hefu-demo-book", may: &["hefu-core", "hefu-replica", "hefu-fixtures"], never: &["axum", "tauri"] },
    // Every node in one process, over disks and a network of its own; a test that is a program, and known by nothing.
    Room {
        name: "hefu-sim",
        may: &["hefu-core", "hefu-replica", "hefu-log", "hefu-desk", "hefu-sync", "hefu-failing-disk"],
        never: &["axum", "tauri", "reqwest", "hyper"],
    },
    // A disk for tests alone.
    Room { name: "hefu-failing-disk", may: &[], never: &["tokio", "axum", "tauri"] },
    // A server for tests alone: what is built for people knows it by no arrow.
    Room { name: "hefu-scratch-postgres", may: &[], never: &["tokio", "rusqlite"] },
    // Measures all of it, and nothing knows it.
    Room {
        name: "hefu-bench",
        may: &[
            "hefu-core",
            "hefu-replica",
            "hefu-log",
            "hefu-desk",
            "hefu-sync",
            "hefu-door",
            "hefu-node",
            "hefu-till",
            "hefu-server",
            "hefu-demo-book",
            "hefu-fixtures",
        ],
        never: &[],
    },
    // The first thing a fresh machine compiles.
    Room { name: "xtask", may: &[], never: &["tokio", "rusqlite", "tauri", "axum", "reqwest"] },
];

pub fn check(house: &House) -> Result<Vec<Finding>, Stop> {
    let told = cargo(house).args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).output()?;
    let told: Value = serde_json::from_str(&told).doing("cargo metadata")?;
    let packages = told["packages"].as_array().cloned().unwrap_or_default();
    let known: BTreeMap<String, BTreeSet<String>> = packages.iter().filter_map(dependencies).collect();
    Ok(judge(&known))
}

/// A package and what it is built with, tests aside.
fn dependencies(package: &Value) -> Option<(String, BTreeSet<String>)> {
    let list = package["dependencies"].as_array()?;
    let built_with = list.iter().filter(|each| each["kind"].is_null()).filter_map(|each| each["name"].as_str()).map(str::to_owned);
    Some((package["name"].as_str()?.to_owned(), built_with.collect()))
}

fn judge(known: &BTreeMap<String, BTreeSet<String>>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, dependencies) in known {
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            found.push(Finding::new(name, "a new room: say in xtask/src/tidy/direction.rs whom it may know"));
            continue;
        };
        for other in dependencies {
            let ours = known.contains_key(other);
            if ours && !room.may.contains(&other.as_str()) {
                found.push(Finding::new(name, format!("must not know {other}: there is one way through the house (docs/ARCHITECTURE.md)")));
            }
            if room.never.contains(&other.as_str()) {
                found.push(Finding::new(name, format!("must not use {other}: that belongs to another room (docs/ARCHITECTURE.md)")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rooms: &[(&str, &[&str])]) -> Vec<String> {
        let known = rooms.iter().map(|(name, with)| ((*name).to_owned(), with.iter().map(|each| (*each).to_owned()).collect())).collect();
        judge(&known).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn the_wrong_way_is_found() {
        assert!(judged(&[("hefu-core", &["serde"]), ("hefu-replica", &["hefu-core", "rusqlite"])]).is_empty());
        assert_eq!(judged(&[("hefu-core", &["hefu-replica"]), ("hefu-replica", &[])]), ["hefu-core"]);
        assert_eq!(judged(&[("hefu-core", &["tokio"])]), ["hefu-core"]);
        assert_eq!(judged(&[("hefu-new", &[])]), ["hefu-new"]);
    }
}
