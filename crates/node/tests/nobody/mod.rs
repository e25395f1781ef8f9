//! Somebody without rights: root may write everywhere, so what a full or locked folder does to a till is tested as another person.

use std::path::Path;

/// Where the part of a test that runs as somebody without rights finds its folder.
pub const OTHERS_FOLDER: &str = "HEFU_TEST_OTHERS_FOLDER";

/// Runs one test of its file anew as a person without rights, on `folder`; what it says at the end.
pub fn as_nobody(test: &str, folder: &Path) -> String {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", test, "--nocapture"]).env(OTHERS_FOLDER, folder).current_dir("/");
    #[cfg(unix)]
    {
        use std::os::unix::{fs::MetadataExt, process::CommandExt};
        if std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
            program.gid(65_534).uid(65_534);
        }
    }
    let run = program.output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    said
}

/// Makes the folder one that can be entered and read, and not written.
#[cfg(unix)]
pub fn lock(folder: &Path, locked: bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |dir: u32, file: u32| if folder.is_dir() { dir } else { file };
    let mode = if locked { mode(0o555, 0o444) } else { mode(0o755, 0o644) };
    if folder.is_dir() {
        for file in std::fs::read_dir(folder).unwrap() {
            lock(&file.unwrap().path(), locked);
        }
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
}
