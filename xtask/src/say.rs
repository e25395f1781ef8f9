//! What the person in front of the terminal sees: numbered steps with the time that has gone by.

use std::{
    cell::Cell,
    io::IsTerminal,
    time::{Duration, Instant},
};

use crate::stop::Stop;

/// `1 min 05 s`, `12.3 s`, `8 ms`.
pub fn time(spent: Duration) -> String {
    let (seconds, millis) = (spent.as_secs(), spent.subsec_millis());
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis / 100),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A list of steps, known in number beforehand.
pub struct Steps {
    begun: Instant,
    at: Cell<usize>,
    of: usize,
}

impl Steps {
    pub fn new(of: usize) -> Self {
        Self { begun: Instant::now(), at: Cell::new(0), of }
    }

    /// Does one step under its title, and says how long it took.
    pub fn step<T>(&self, title: &str, work: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
        self.at.set(self.at.get() + 1);
        let head = format!("[{}/{}]", self.at.get(), self.of);
        println!("{} {title}", bold(&head));
        let begun = Instant::now();
        let done = work();
        let mark = if done.is_ok() { green("ok") } else { red("failed") };
        println!("{head} {mark} in {} (since start {})", time(begun.elapsed()), time(self.begun.elapsed()));
        done
    }

    pub fn spent(&self) -> Duration {
        self.begun.elapsed()
    }
}

pub fn bold(text: &str) -> String {
    coloured("1", text)
}

pub fn green(text: &str) -> String {
    coloured("32", text)
}

pub fn red(text: &str) -> String {
    coloured("31", text)
}

fn coloured(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_say_them() {
        assert_eq!(time(Duration::from_millis(8)), "8 ms");
        assert_eq!(time(Duration::from_millis(12_345)), "12.3 s");
        assert_eq!(time(Duration::from_secs(65)), "1 min 05 s");
    }
}
