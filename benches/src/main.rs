//! The speed of the main job. Each bench runs beside its floor in the same run, in alternating batches, so that what the
//! machine does meanwhile meets both. `docs/BENCH.md` says what each is and holds the figures.

mod book;
mod chain;
mod dice;
mod error;
mod figures;
mod floors;
mod member_by_phone;
mod member_search;
mod quote;
mod rung;
mod sale_commit;
mod scan_to_line;
mod seat;
mod sync_fanout;
mod till_start;
mod window;

use std::{fs::File, io::Write, path::PathBuf, process::ExitCode};

use clap::Parser;

use error::{BenchError, Done};
use figures::Row;

/// Measures the main job, each figure beside its floor.
#[derive(Parser)]
struct Args {
    /// Which; all when none is named.
    names: Vec<String>,

    /// Also write one JSON object a line to this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

type Bench = (&'static str, fn() -> Done<Row>);

const BENCHES: &[Bench] = &[
    ("member-by-phone", member_by_phone::run),
    ("member-search", member_search::run),
    ("quote", quote::run),
    ("sale-commit", sale_commit::run),
    ("sync-fanout", sync_fanout::run),
    ("till-start", till_start::run),
    ("scan-to-line", scan_to_line::run),
];

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Done {
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: its figures mean nothing. Use `cargo xtask bench`.");
    }
    if let Some(unknown) = args.names.iter().find(|name| BENCHES.iter().all(|(known, _)| known != name)) {
        let known: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
        return Err(BenchError::setup(format!("no bench is called {unknown}; there are {}", known.join(", "))));
    }
    let mut json = args.json.as_ref().map(File::create).transpose()?;
    let mut rows = Vec::new();
    for (name, bench) in BENCHES.iter().filter(|(name, _)| args.names.is_empty() || args.names.iter().any(|asked| asked == name)) {
        println!("{name} …");
        let row = bench()?;
        if let Some(file) = &mut json {
            writeln!(file, "{}", row.json())?;
        }
        rows.push(row);
    }
    figures::print_table(&rows);
    let missed: Vec<&str> = rows.iter().filter(|row| !row.reached()).map(|row| row.name).collect();
    if missed.is_empty() { Ok(()) } else { Err(BenchError::Missed(missed.join(", "))) }
}
