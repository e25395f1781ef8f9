//! `hefu-server`: reads the command line, runs, and says why when it cannot.

use std::process::ExitCode;

use clap::Parser;
use hefu_server::{ServerError, cli, sentence};

/// What the machine's owner can mend; 1 is left to crashes.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let asked = cli::Cli::parse();
    let done = tokio::runtime::Runtime::new().map_err(ServerError::from).and_then(|runtime| {
        let done = runtime.block_on(cli::run(asked));
        // A read of the log that nobody waits for any more is let go.
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (zh, en) = sentence(&error);
            eprintln!("hefu-server: {} — {zh}\nhefu-server: {} — {en}\n  ({error})", error.code(), error.code());
            ExitCode::from(REFUSED)
        }
    }
}
