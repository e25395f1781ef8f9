//! What happened, line by line, and one hash over all of it.

/// Two runs with one hash went the same way, to the byte of every operation.
pub struct Trace {
    hasher: blake3::Hasher,
    /// Printed as they come, for a person who looks into one seed.
    print: bool,
    lines: u64,
    /// The last of them, for a failure to show.
    last: Vec<String>,
}

const KEPT: usize = 12;

impl Trace {
    pub fn new(print: bool) -> Self {
        Self { hasher: blake3::Hasher::new(), print, lines: 0, last: Vec::new() }
    }

    pub fn say(&mut self, line: &str) {
        self.hasher.update(line.as_bytes()).update(b"\n");
        self.lines += 1;
        if self.print {
            crate::terminal::line(line);
        }
        if self.last.len() == KEPT {
            self.last.remove(0);
        }
        self.last.push(line.to_owned());
    }

    pub fn hash(&self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }

    pub fn lines(&self) -> u64 {
        self.lines
    }

    pub fn last(&self) -> &[String] {
        &self.last
    }
}
