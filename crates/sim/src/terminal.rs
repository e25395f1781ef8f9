//! The one place that writes on a terminal.

use std::io::Write;

pub fn line(text: &str) {
    // A pipe that was closed is no failure of a seed.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// On a line of its own that the next one replaces.
pub fn progress(text: &str) {
    let mut out = std::io::stderr();
    let _ = write!(out, "\r{text}");
    let _ = out.flush();
}
