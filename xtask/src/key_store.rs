//! A key store of the operating system for tests, apart from that of whoever works here.
//!
//! On Linux it is a Secret Service that lives as long as the command: on a session bus of its own, unlocked with a password
//! made up here, its keys in a folder that is gone afterwards. Elsewhere the system's own serves.

use std::path::Path;

use crate::{
    house::House,
    shell::{self, Cmd, cargo},
    stop::{Stop, While},
};

/// Unlocks the store, waits until it answers on the bus, and runs what follows.
const UNLOCKED: &str = r#"
printf hefu | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 1
dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
    org.freedesktop.Secret.Service.ReadAlias string:default >/dev/null || exit 1
exec "$@"
"#;

/// Runs cargo where there is a key store, and gives what it printed. Having none is a failure.
pub fn cargo_with_one(house: &House, args: &[&str]) -> Result<String, Stop> {
    if !cfg!(target_os = "linux") {
        return cargo(house).args(args).quiet();
    }
    for (program, package) in [("dbus-run-session", "dbus"), ("dbus-send", "dbus"), ("gnome-keyring-daemon", "gnome-keyring")] {
        if shell::find(program).is_none() {
            return Err(Stop::new(format!("`{program}` is not here: install what Debian calls {package}.")));
        }
    }
    let folder = std::env::temp_dir().join(format!("hefu-xtask-keys-{}", std::process::id()));
    private_folder(&folder).doing("cannot make a folder for the key store")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let cmd = Cmd::new(house, "dbus-run-session").args(["--", "sh", "-c", UNLOCKED, "sh"]).args([cargo]).args(args);
    let output = cmd.env("XDG_DATA_HOME", &folder).env("XDG_RUNTIME_DIR", &folder).quiet();
    let _ = std::fs::remove_dir_all(&folder);
    output
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "other systems have no modes"))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
