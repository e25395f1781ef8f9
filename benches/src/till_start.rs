//! `till-start`: from asking for the process to the PIN pad painted, on the large book, in turn with a window that has
//! nothing in it. Every start is a new process on a book whose pages the system has let go; the programs' own pages it may
//! keep, for both.

use std::{path::Path, process::Command, time::Instant};

use crate::{
    book,
    error::Done,
    figures::{Reach, Row, Spans},
    window::{Screen, close, programs},
};

const STARTS: usize = 20;

pub fn run() -> Done<Row> {
    tokio::runtime::Runtime::new()?.block_on(starts())
}

async fn starts() -> Done<Row> {
    let [till, empty] = programs()?;
    let folder = book::large_copy("till-start")?;
    let data = folder.to_string_lossy().into_owned();
    let screen = Screen::start()?;
    let (mut spans, mut beside) = (Spans::default(), Spans::default());
    // The first of each is not counted: it brings the engine's libraries in.
    for start in 0..=STARTS {
        let (mut one, mut other) = (Spans::default(), Spans::default());
        // Who comes first changes, so that neither always finds what the other left warm.
        for is_till in [start % 2 == 1, start % 2 == 0] {
            if is_till {
                forget_pages(&folder.join("book.db"))?;
                start_one(&screen, &till, &["--file-keys", "--data", &data], "pin", &mut other).await?;
            } else {
                start_one(&screen, &empty, &[], "empty", &mut one).await?;
            }
        }
        if start > 0 {
            beside.join(&one);
            spans.join(&other);
        }
    }
    drop(screen);
    std::fs::remove_dir_all(folder)?;
    Ok(Row { name: "till-start", spans, beside: Some(beside), reach: Reach::RatioMilli(1300) })
}

async fn start_one(screen: &Screen, program: &Path, args: &[&str], ready: &str, spans: &mut Spans) -> Done {
    let from = Instant::now();
    let window = screen.open(program, args, ready).await?;
    spans.add(from.elapsed());
    close(window).await;
    Ok(())
}

/// Asks the system to drop what it keeps of a file; the rest of the machine keeps its own.
fn forget_pages(file: &Path) -> Done {
    let mut from = std::ffi::OsString::from("if=");
    from.push(file);
    Command::new("dd").arg(from).args(["iflag=nocache", "count=0", "status=none"]).status()?;
    Ok(())
}
