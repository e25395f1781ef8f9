//! `cargo xtask`: the one task runner, the same on every system that the product runs on.
//!
//! It stays light on purpose: it is the first thing a fresh machine compiles, and nothing of the product is linked in.

mod code;
mod house;
mod key_store;
mod run;
mod say;
mod setup;
mod shell;
mod stop;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{house::House, shell::cargo, stop::Stop};

/// Runs, tests and checks Hefu.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs what is missing, builds, and starts a server and the tills of two stores on the demo chain.
    Run(run::RunArgs),
    /// Installs what is missing and runs every test and check.
    Test(test::TestArgs),
    /// Writes the TypeScript wire types from the command table.
    Gen,
    /// Checks the rules of the house: directions, banned calls, sizes, messages.
    Tidy,
    /// Runs the simulator on a release build: the chain in one process, with every fault that a seed can throw.
    Sim {
        /// `--seeds N`, `--seed S` for the first of them, `--trace` for every event of one.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Runs the benches on a release build.
    Bench {
        /// Which ones, and `--json FILE`; all of them without a name.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Prints an enrolment code again with another server address, such as that of a proxy between till and server.
    #[command(hide = true)]
    Readdress { code: String, address: String },
}

fn main() -> ExitCode {
    match work(Args::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("{stop}");
            ExitCode::FAILURE
        }
    }
}

fn work(task: Task) -> Result<(), Stop> {
    let house = House::find()?;
    match task {
        Task::Run(args) => run::run(&house, &args),
        Task::Test(args) => test::test(&house, &args),
        Task::Gen => cargo(&house).args(["run", "--quiet", "-p", "hefu-desk", "--example", "wire", "--", "ui/src/lib/wire"]).show(),
        Task::Tidy => tidy::report(&house),
        Task::Sim { rest } => cargo(&house).args(["run", "--quiet", "--release", "-p", "hefu-sim", "--"]).args(rest).show(),
        Task::Bench { rest } => cargo(&house).args(["run", "--release", "-p", "hefu-bench", "--"]).args(rest).show(),
        Task::Readdress { code, address } => {
            println!("{}", code::readdress(&code, &address)?);
            Ok(())
        }
    }
}
