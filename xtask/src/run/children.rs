//! The processes that were started, and their end: nothing outlives this program.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::stop::{Stop, While};

/// A server finishes what it has begun; a till closes its book.
const MAY_TAKE: Duration = Duration::from_secs(12);
const LOOK: Duration = Duration::from_millis(20);

#[derive(Clone, Default)]
pub struct Children(Arc<Mutex<Vec<(String, Child)>>>);

impl Children {
    /// From now on Ctrl-C ends the children first.
    pub fn new() -> Result<Self, Stop> {
        let children = Self::default();
        let at_end = children.clone();
        ctrlc::set_handler(move || {
            // Where nobody reads any more there is nobody to be told, and ending goes on.
            let _ = writeln!(std::io::stdout(), "\nending");
            at_end.end_all();
            std::process::exit(130);
        })
        .doing("cannot listen for Ctrl-C")?;
        Ok(children)
    }

    /// Starts a program that prints one JSON line when it is ready, and waits for that line.
    pub fn start(&self, name: &str, mut command: Command, log: &Path, within: Duration) -> Result<Value, Stop> {
        let errors = File::create(log).doing(log.display())?;
        let mut lines = errors.try_clone().doing(log.display())?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).spawn().doing(format!("cannot start {name}"))?;
        let out = child.stdout.take().ok_or_else(|| Stop::new(format!("{name} has no output")))?;
        self.held().push((name.to_owned(), child));
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                match serde_json::from_str::<Value>(&line) {
                    Ok(ready) if ready["ready"] == true => drop(tell.send(ready)),
                    // Read on, or the child would stand still one day; and keep what it said.
                    _ => drop(writeln!(lines, "{line}")),
                }
            }
        });
        told.recv_timeout(within).map_err(|_| {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
            Stop::new(format!("{name} did not get ready. Its last words ({}):\n{}", log.display(), last.join("\n")))
        })
    }

    /// Starts a program that says nothing.
    pub fn start_silent(&self, name: &str, mut command: Command) -> Result<(), Stop> {
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().doing(format!("cannot start {name}"))?;
        self.held().push((name.to_owned(), child));
        Ok(())
    }

    /// Ends one, and waits until it is gone.
    pub fn end(&self, name: &str) {
        let mut held = self.held();
        if let Some(at) = held.iter().position(|(other, _)| other == name) {
            let (_, child) = held.remove(at);
            drop(held);
            end([child]);
        }
    }

    fn end_all(&self) {
        // Last started, first ended: tills say goodbye to a server that is still there.
        let all: Vec<Child> = self.held().drain(..).rev().map(|(_, child)| child).collect();
        end(all);
    }

    fn held(&self) -> MutexGuard<'_, Vec<(String, Child)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handler of Ctrl-C keeps one as well, so this is the end of the work and not of the list.
impl Drop for Children {
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) <= 2 {
            self.end_all();
        }
    }
}

fn end(children: impl IntoIterator<Item = Child>) {
    let mut children: Vec<Child> = children.into_iter().collect();
    for child in &mut children {
        ask(child);
    }
    let begun = Instant::now();
    for child in &mut children {
        while running(child) && begun.elapsed() < MAY_TAKE {
            thread::sleep(LOOK);
        }
        let _ = child.kill();
        let _: std::io::Result<ExitStatus> = child.wait();
    }
}

fn running(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(None))
}

#[cfg(unix)]
fn ask(child: &mut Child) {
    if running(child) {
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
    }
}

#[cfg(not(unix))]
fn ask(child: &mut Child) {
    let _ = child.kill();
}
