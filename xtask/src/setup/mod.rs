//! What a fresh machine lacks: system packages and the screens' modules. Each is named with its reason before anything is
//! installed, and a person who is not root is asked.

mod packages;

use std::path::Path;

use crate::{
    house::House,
    shell::{self, npm},
    stop::{Stop, While},
};

pub use packages::{Need, install};

/// Rust is here, since this program was compiled; Node is looked for, because it cannot be installed well by a package of Debian 12.
pub fn node_is_here(house: &House) -> Result<(), Stop> {
    if shell::find("node").is_none() || shell::find("npm").is_none() {
        return Err(Stop::new("Node.js 20.19 or newer with npm is needed to build the screens: install it and try again."));
    }
    let version = shell::node(house).args(["--version"]).quiet()?;
    let (major, minor) = version_of(&version).ok_or_else(|| Stop::new(format!("Node.js says its version is {}", version.trim())))?;
    if (major, minor) < (20, 19) {
        return Err(Stop::new(format!("Node.js {} is too old: the screens need 20.19 or newer.", version.trim())));
    }
    Ok(())
}

fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// rustfmt and clippy, which a small installation of Rust leaves out.
pub fn lints(house: &House) -> Result<(), Stop> {
    let missing: Vec<&str> =
        [("fmt", "rustfmt"), ("clippy", "clippy")].iter().filter(|(tool, _)| !has(house, tool)).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let add = format!("rustup component add {}", missing.join(" "));
    if shell::find("rustup").is_none() {
        return Err(Stop::new(format!("Rust came without {}: install them (with rustup: `{add}`).", missing.join(" and "))));
    }
    println!("      {add}: the checks of this house need them");
    shell::Cmd::new(house, "rustup").args(["component", "add"]).args(missing).quiet().map(drop)
}

fn has(house: &House, tool: &str) -> bool {
    shell::cargo(house).args([tool, "--version"]).quiet().is_ok()
}

/// `npm ci`, when the modules are not those of the lock file.
pub fn modules(house: &House) -> Result<(), Stop> {
    let (lock, mark) = (house.path("ui/package-lock.json"), house.path("ui/node_modules/.package-lock.json"));
    if !newer(&lock, &mark) {
        println!("      the screens' modules are here");
        return Ok(());
    }
    println!("      npm ci in ui: what the screens are built with (Vite, Svelte) and tested with");
    npm(house).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).quiet().map(drop)?;
    // npm leaves its own mark older than the lock file when the checkout is newer than the cache.
    let touched = std::fs::File::options().append(true).open(&mark).doing("npm ci left no mark")?;
    touched.set_modified(std::time::SystemTime::now()).doing("npm ci left no mark")
}

/// Whether `file` changed after `than`, or `than` does not exist.
fn newer(file: &Path, than: &Path) -> bool {
    let at = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified());
    match (at(file), at(than)) {
        (Ok(file), Ok(than)) => file > than,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_of("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version_of("v22.0.0"), Some((22, 0)));
        assert_eq!(version_of("nonsense"), None);
    }
}
