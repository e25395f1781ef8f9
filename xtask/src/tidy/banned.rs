//! Calls that are not made, each with the reason why.

use super::{Finding, sources::Source};

struct Ban {
    /// One of these, as a word of its own when it begins or ends with a letter.
    words: &'static [&'static str],
    /// Folders in which it holds.
    within: &'static [&'static str],
    /// Files in which it does not: the one place where the thing belongs.
    except: &'static [&'static str],
    /// Endings of the files that are looked at; all when empty.
    endings: &'static [&'static str],
    /// Whether tests keep it too.
    tests: bool,
    /// Whether comments keep it too.
    comments: bool,
    why: &'static str,
}

const PURE: &[&str] = &["crates/core/", "crates/replica/", "crates/desk/"];
const EVERYWHERE: &[&str] = &[""];
const RUST: &[&str] = &["rs"];
const SCREEN: &[&str] = &["ts", "svelte", "mjs"];

const BANS: &[Ban] = &[
    Ban {
        words: &["SystemTime::now", "Instant::now", "Utc::now", "Local::now", "thread_rng", "Uuid::new_v4", "Uuid::now_v7"],
        within: &["crates/core/", "crates/replica/", "crates/desk/", "crates/log/", "fixtures/"],
        except: &[],
        endings: RUST,
        tests: false,
        comments: false,
        why: "time, randomness and ids come as arguments: a fold that reads a clock is no fold (DESIGN, rooms)",
    },
    Ban {
        words: &["getrandom::"],
        within: &["crates/core/", "crates/replica/", "crates/desk/", "crates/log/", "fixtures/"],
        // Keys of a file are made where the file is made; no operation sees these bytes.
        except: &["crates/replica/src/keys.rs", "crates/replica/src/verify.rs"],
        endings: RUST,
        tests: false,
        comments: false,
        why: "randomness comes as an argument (DESIGN, rooms)",
    },
    Ban {
        words: &["f32", "f64"],
        within: &["crates/core/", "crates/replica/", "crates/desk/", "crates/log/", "fixtures/"],
        except: &[],
        endings: RUST,
        tests: true,
        comments: false,
        why: "money and points are integers; no float comes near them",
    },
    Ban {
        words: &["std::fs", "std::net", "tokio::", "async fn", "rusqlite"],
        within: &["crates/core/"],
        except: &[],
        endings: RUST,
        tests: false,
        comments: false,
        why: "the core is pure functions: files, networks, databases and waiting are at the edges",
    },
    Ban {
        words: &["println!", "print!", "eprintln!", "eprint!"],
        within: &["crates/", "fixtures/"],
        except: &[],
        endings: RUST,
        tests: false,
        comments: false,
        why: "a library says nothing on a terminal: use tracing, without personal data",
    },
    Ban {
        words: &[".unwrap()", ".expect(", "panic!", "unreachable!", "unimplemented!", "todo!", "dbg!"],
        within: EVERYWHERE,
        except: &[],
        endings: RUST,
        tests: false,
        comments: false,
        why: "what can fail says so in a type; a till does not fall over",
    },
    Ban {
        words: &["static mut", "LazyLock", "OnceLock", "lazy_static", "thread_local!"],
        within: PURE,
        except: &[],
        endings: RUST,
        tests: false,
        comments: false,
        why: "nothing is global: what a function needs it is given",
    },
    Ban {
        words: &["AUTOINCREMENT", "BIGSERIAL", "bigserial"],
        within: EVERYWHERE,
        // A queue of one writer in one file, which nobody else reads by number.
        except: &["crates/replica/schema/001_start.sql"],
        endings: &["rs", "sql"],
        tests: true,
        comments: false,
        why: "numbers drawn before commit lose rows as a cursor: the head row gives the sequence (I4)",
    },
    Ban {
        words: &["TODO", "FIXME", "XXX", "HACK"],
        within: EVERYWHERE,
        except: &[],
        endings: &[],
        tests: true,
        comments: true,
        why: "what is left to do stands in an issue, with its reason",
    },
    Ban {
        words: &[".toFixed(", "parseFloat(", "* 100", "/ 100"],
        within: &["ui/src/"],
        except: &["ui/src/lib/words/figures.ts"],
        endings: SCREEN,
        tests: false,
        comments: false,
        why: "a screen never computes money; figures.ts alone turns fen into what a person reads",
    },
    Ban {
        words: &["setInterval(", "{@html", ".innerHTML"],
        within: &["ui/src/"],
        except: &[],
        endings: SCREEN,
        tests: false,
        comments: false,
        why: "nothing is polled where an event exists, and no text becomes markup",
    },
    Ban {
        words: &["invoke(", "@tauri-apps/"],
        within: &["ui/src/"],
        except: &["ui/src/lib/host/tauri.ts", "ui/src/lib/host/index.ts"],
        endings: SCREEN,
        tests: false,
        comments: false,
        why: "screens speak through the one Host, so that a browser drives the real thing",
    },
    Ban {
        words: &["registry.npmjs", "npmmirror", "static.crates", "index.crates", "/home/", "/root/", "/Users/", "C:\\\\"],
        within: EVERYWHERE,
        except: &[],
        endings: &[],
        tests: true,
        comments: true,
        why: "the checkout works on every machine: no path of one, no host of a registry",
    },
];

/// The words of the bans themselves stand here.
const THIS_FILE: &str = "xtask/src/tidy/banned.rs";

pub fn check(source: &Source) -> Vec<Finding> {
    if source.path == THIS_FILE {
        return Vec::new();
    }
    BANS.iter().filter(|ban| ban.covers(source)).flat_map(|ban| ban.check(source)).collect()
}

impl Ban {
    fn covers(&self, source: &Source) -> bool {
        self.within.iter().any(|folder| source.path.starts_with(folder))
            && !self.except.contains(&source.path.as_str())
            && (self.endings.is_empty() || self.endings.contains(&source.ending()))
    }

    fn check(&self, source: &Source) -> Vec<Finding> {
        let mut found = Vec::new();
        for (at, line) in source.lines.iter().enumerate().filter(|(_, line)| self.tests || !line.test) {
            let text = if self.comments { &line.text } else { &line.code };
            for word in self.words.iter().filter(|word| holds(text, word)) {
                found.push(Finding::new(format!("{}:{}", source.path, at + 1), format!("`{word}`: {}", self.why)));
            }
        }
        found
    }
}

/// Whether `text` holds `word` and not merely as a part of a longer word.
fn holds(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let (opens, closes) = (word.starts_with(is_letter), word.ends_with(is_letter));
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !(opens && before.is_some_and(is_letter) || closes && after.is_some_and(is_letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Source::new(path, text)).len()
    }

    #[test]
    fn a_word_is_a_word() {
        assert!(holds("let a: f64 = 1;", "f64"));
        assert!(!holds("let af64 = 1;", "f64"));
        assert!(holds("a.toFixed(2)", ".toFixed("));
        assert!(!holds("eprintln!()", "println!"));
        assert!(!holds("value / 1000", "/ 100"));
    }

    #[test]
    fn bans_hold_where_they_hold() {
        assert_eq!(found("crates/core/src/a.rs", "let now = SystemTime::now();"), 1);
        assert_eq!(found("crates/sync/src/a.rs", "let now = SystemTime::now();"), 0);
        assert_eq!(found("crates/core/src/a.rs", "// SystemTime::now"), 0);
        assert_eq!(found("crates/core/src/a.rs", "#[cfg(test)]\nlet now = SystemTime::now();"), 0);
        assert_eq!(found("crates/core/tests/a.rs", "let a: f64 = 1;"), 1);
        assert_eq!(found("ui/src/a.ts", "(fen / 100).toFixed(2)"), 2);
        assert_eq!(found("docs/a.md", "TODO: later"), 1);
    }
}
