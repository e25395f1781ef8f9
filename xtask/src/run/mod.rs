//! `cargo xtask run`: Hefu's main job before your eyes, with separate processes, encrypted files and TCP.
//!
//! Two tills of two stores and a server stand on the demo chain. Till B reaches its server through a small proxy of this
//! program's own, so that "cut off" is a closed socket.

mod chain;
mod children;
mod http;
mod lock;
mod pictures;
mod play;
mod ports;
mod proxy;
mod webdriver;

use std::io::{BufRead, IsTerminal};

use clap::Args;

use crate::{
    house::House,
    say::{self, Steps},
    setup::{self, Need},
    shell::{cargo, npm},
    stop::Stop,
};

use chain::Chain;
use children::Children;

#[derive(Args)]
pub struct RunArgs {
    /// Go on with the data of the last run instead of a fresh demo chain.
    #[arg(long)]
    keep: bool,

    /// End after the main job was played and the pictures were taken.
    #[arg(long)]
    once: bool,

    /// No windows, even where there is a display: the main job is played in the terminal.
    #[arg(long)]
    screenless: bool,
}

pub fn run(house: &House, args: &RunArgs) -> Result<(), Stop> {
    let windows = !args.screenless && !args.once && has_display();
    let steps = Steps::new(if windows { 6 } else { 8 });
    prepare(house, &steps, windows)?;
    let children = Children::new()?;
    let mut chain = steps.step("the server and the demo chain: three stores, 2,000 goods, 5,000 members", || {
        chain::start(house, &children, house.path(".run"), args.keep)
    })?;
    steps.step("the tills of two stores join by code", || chain.open_tills(windows))?;
    if !windows {
        let played = steps.step("the main job: store B cut off, a sale in A, B back", || play::play(&chain))?;
        let taken = steps.step("pictures of the real windows", || if played { pictures::take(&chain) } else { Ok(()) });
        if let Err(stop) = taken {
            // Whoever came to see the shop still can; a test must not pass without.
            if args.once {
                return Err(stop);
            }
            println!("{stop}");
        }
    }
    println!("\nready after {}", say::time(steps.spent()));
    chain.tell();
    if args.once {
        return Ok(());
    }
    wait(&chain)
}

/// The same play and the same pictures, from what is built, in a folder of the tests' own.
pub fn as_a_test(house: &House) -> Result<(), Stop> {
    let children = Children::new()?;
    let mut chain = chain::start(house, &children, house.path("target/run-test"), false)?;
    chain.open_tills(false)?;
    if !play::play(&chain)? {
        return Err(Stop::new("a till of a fresh chain does not sync"));
    }
    pictures::take(&chain)
}

fn prepare(house: &House, steps: &Steps, windows: bool) -> Result<(), Stop> {
    let needs: &[Need] = if windows { &[Need::Build] } else { &[Need::Build, Need::Screenless] };
    steps.step("what is missing is installed", || {
        setup::install(house, needs)?;
        setup::node_is_here(house)?;
        setup::modules(house)
    })?;
    steps.step("the screens are built", || npm(house).args(["run", "--silent", "build"]).quiet().map(drop))?;
    steps.step("the server and the till are built (the first time takes minutes)", || {
        cargo(house).args(["build", "--workspace", "--exclude", "xtask", "--bins"]).show()
    })
}

fn has_display() -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Serves until Ctrl-C. On a terminal, Enter cuts till B off and lets it back.
fn wait(chain: &Chain) -> Result<(), Stop> {
    println!("Ctrl-C ends all of it.");
    if std::io::stdin().is_terminal() {
        println!("Enter cuts till B off from its server, and lets it back.");
        for line in std::io::stdin().lock().lines() {
            if line.is_err() {
                break;
            }
            let cut = chain.proxy.toggle();
            println!("{}", if cut { "till B is cut off: its sockets are closed" } else { "till B's line is open again" });
        }
    }
    loop {
        std::thread::park();
    }
}
