//! System packages on Debian and its kin.

use std::{
    io::{BufRead, IsTerminal, Write},
    process::Command,
};

use crate::{
    house::House,
    shell::{self, Cmd},
    stop::{Stop, While},
};

/// What the packages are needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Building and showing the window.
    Build,
    /// Driving the window where there is no screen.
    Screenless,
    /// A browser for the tests.
    Browser,
    /// A key store of the operating system for the tests, where nobody is signed in to a desktop.
    Keys,
    /// A database server for the tests of the log.
    Database,
}

struct Package {
    name: &'static str,
    need: Need,
    why: &'static str,
}

const PACKAGES: &[Package] = &[
    Package { name: "build-essential", need: Need::Build, why: "C compiler and linker: the database is C" },
    Package { name: "pkg-config", need: Need::Build, why: "finds the libraries below while building" },
    Package { name: "libssl-dev", need: Need::Build, why: "ciphers of the till's encrypted file (SQLCipher)" },
    Package { name: "libwebkit2gtk-4.1-dev", need: Need::Build, why: "shows the till's window" },
    Package { name: "fonts-wqy-microhei", need: Need::Build, why: "a Chinese font: without one Chinese is blank" },
    Package { name: "xvfb", need: Need::Screenless, why: "a display in memory, for pictures and tests of the window" },
    Package { name: "xauth", need: Need::Screenless, why: "xvfb-run asks for it, and its package only recommends it" },
    Package { name: "webkit2gtk-driver", need: Need::Screenless, why: "drives the real window, for pictures and tests" },
    Package { name: "dbus", need: Need::Keys, why: "a session bus, through which programs ask for keys" },
    Package { name: "gnome-keyring", need: Need::Keys, why: "a key store of the operating system, for the tests of ours" },
    Package { name: "postgresql", need: Need::Database, why: "a database that the tests of the chain's log start for themselves" },
    Package { name: "chromium", need: Need::Browser, why: "the browser that the screens are tested in" },
];

/// Installs what is missing for `needs`, after saying what and why.
pub fn install(house: &House, needs: &[Need]) -> Result<(), Stop> {
    let wanted: Vec<&Package> = PACKAGES.iter().filter(|package| needs.contains(&package.need)).collect();
    if !cfg!(target_os = "linux") {
        println!("      no system packages needed here");
        return Ok(());
    }
    if shell::find("apt-get").is_none() {
        let names: Vec<&str> = wanted.iter().map(|package| package.name).collect();
        println!("      this is not Debian: if the build fails, install what Debian calls {}", names.join(", "));
        return Ok(());
    }
    let missing: Vec<&Package> = wanted.into_iter().filter(|package| !is_here(package)).collect();
    if missing.is_empty() {
        println!("      all system packages are here");
        return Ok(());
    }
    println!("      these system packages are missing:");
    for package in &missing {
        println!("        {:<24}{}", package.name, package.why);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let install = ["install", "-y", "--no-install-recommends"].iter().chain(&names).copied().collect::<Vec<_>>();
    let sudo = right(&install)?;
    apt(house, sudo, &["update"])?;
    apt(house, sudo, &install)
}

/// Whether to go through `sudo`: not as root; else after asking, and only where somebody can answer.
fn right(install: &[&str]) -> Result<bool, Stop> {
    if is_root() {
        return Ok(false);
    }
    let command = format!("sudo apt-get update && sudo apt-get {}", install.join(" "));
    let by_hand = || Stop::new(format!("Install them with\n  {command}\nand start again."));
    if shell::find("sudo").is_none() || !std::io::stdin().is_terminal() {
        return Err(by_hand());
    }
    print!("      install them now with `{command}`? [y/N] ");
    std::io::stdout().flush().doing("cannot ask")?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).doing("cannot ask")?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(true) } else { Err(by_hand()) }
}

fn apt(house: &House, sudo: bool, args: &[&str]) -> Result<(), Stop> {
    let cmd = if sudo { Cmd::new(house, "sudo").args(["apt-get"]) } else { Cmd::new(house, "apt-get") };
    let cmd = cmd.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    println!("      {}", cmd.told());
    // A password may be asked for, so sudo keeps the terminal.
    if sudo { cmd.show() } else { cmd.quiet().map(drop) }
}

/// A program put there by other means than a package counts as well.
fn is_here(package: &Package) -> bool {
    let program = match package.name {
        "build-essential" => Some("cc"),
        "pkg-config" => Some("pkg-config"),
        "xvfb" => Some("Xvfb"),
        "xauth" => Some("xauth"),
        "webkit2gtk-driver" => Some("WebKitWebDriver"),
        "dbus" => Some("dbus-run-session"),
        "gnome-keyring" => Some("gnome-keyring-daemon"),
        "postgresql" => Some("initdb"),
        "chromium" if std::env::var_os("CHROMIUM").is_some() => return true,
        "chromium" => Some("chromium"),
        _ => None,
    };
    if program.is_some_and(|program| shell::find(program).is_some()) {
        return true;
    }
    Command::new("dpkg-query")
        .args(["-W", "-f=${Status}", package.name])
        .output()
        .is_ok_and(|output| output.stdout.starts_with(b"install ok installed"))
}

#[cfg(unix)]
fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
