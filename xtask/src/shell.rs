//! Calling other programs.

use std::{
    ffi::OsStr,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    house::House,
    say,
    stop::{Stop, While},
};

/// A step that is silent for longer than this says that it lives.
const STILL_HERE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);

/// A command, run from the root of the checkout unless told otherwise.
pub struct Cmd {
    inner: Command,
    told: String,
}

/// The cargo that started this program.
pub fn cargo(house: &House) -> Cmd {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cmd = Cmd::new(house, cargo);
    "cargo".clone_into(&mut cmd.told);
    // What cargo told this program about itself would confuse the build that it starts.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION", "RUST_BACKTRACE"] {
        cmd.inner.env_remove(name);
    }
    cmd
}

/// npm in `ui`.
pub fn npm(house: &House) -> Cmd {
    Cmd::new(house, if cfg!(windows) { "npm.cmd" } else { "npm" }).inside("ui")
}

/// Node in `ui`.
pub fn node(house: &House) -> Cmd {
    Cmd::new(house, "node").inside("ui")
}

/// Where a program lies on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let names = if cfg!(windows) { vec![format!("{program}.exe"), format!("{program}.cmd")] } else { vec![program.to_owned()] };
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).flat_map(|folder| names.iter().map(move |name| folder.join(name))).find(|file| file.is_file())
}

impl Cmd {
    pub fn new(house: &House, program: impl AsRef<OsStr>) -> Self {
        let mut inner = Command::new(&program);
        inner.current_dir(house.root());
        Self { inner, told: program.as_ref().to_string_lossy().into_owned() }
    }

    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        for arg in args {
            self.told.push(' ');
            self.told.push_str(&arg.as_ref().to_string_lossy());
            self.inner.arg(arg);
        }
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    pub fn inside(mut self, folder: &str) -> Self {
        let root = self.inner.get_current_dir().map_or_else(PathBuf::new, std::path::Path::to_owned);
        self.inner.current_dir(root.join(folder));
        self
    }

    pub fn told(&self) -> &str {
        &self.told
    }

    /// Runs with its output on the terminal.
    pub fn show(mut self) -> Result<(), Stop> {
        let status = self.inner.status().doing(format!("cannot start `{}`", self.told))?;
        if status.success() { Ok(()) } else { Err(Stop::new(format!("`{}` failed ({status}).", self.told))) }
    }

    /// Runs and gives what it printed; what it complained of goes to the terminal.
    pub fn output(mut self) -> Result<String, Stop> {
        let output = self.inner.stderr(Stdio::inherit()).output().doing(format!("cannot start `{}`", self.told))?;
        if !output.status.success() {
            return Err(Stop::new(format!("`{}` failed ({}).", self.told, output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs silently. When it fails, its whole output is in the reason.
    pub fn quiet(mut self) -> Result<String, Stop> {
        // One file for both streams: they keep their order, and no pipe can fill up.
        let path = std::env::temp_dir().join(format!("hefu-xtask-{}.out", std::process::id()));
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .doing("cannot keep a command's output")?;
        let other = file.try_clone().doing("cannot keep a command's output")?;
        let same = file.try_clone().doing("cannot keep a command's output")?;
        let mut child =
            self.inner.stdin(Stdio::null()).stdout(other).stderr(same).spawn().doing(format!("cannot start `{}`", self.told))?;
        let (begun, mut told) = (Instant::now(), Duration::ZERO);
        let status = loop {
            if let Some(status) = child.try_wait().doing(&self.told)? {
                break status;
            }
            if begun.elapsed() >= told + STILL_HERE {
                told += STILL_HERE;
                println!("      … {}", say::time(told));
            }
            std::thread::sleep(LOOK);
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).doing("cannot read a command's output")?;
        let _ = std::fs::remove_file(&path);
        let output = String::from_utf8_lossy(&bytes).into_owned();
        if status.success() { Ok(output) } else { Err(Stop::new(format!("{output}\n`{}` failed ({status}).", self.told))) }
    }
}
