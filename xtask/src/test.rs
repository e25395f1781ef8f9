//! `cargo xtask test`: everything that must hold, step by step, stopping at the first that does not.

use clap::Args;

use crate::{
    house::House,
    key_store, run, say,
    setup::{self, Need},
    shell::{self, Cmd, cargo, node, npm},
    stop::{Stop, While},
    tidy,
};

#[derive(Args)]
pub struct TestArgs {
    /// Only the steps whose names hold this text, such as `rust`, `browser` or `ui`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

struct Step {
    name: &'static str,
    title: &'static str,
    work: fn(&House) -> Result<(), Stop>,
}

/// Cheap ones first: a slip of the pen should not cost a build.
const STEPS: &[Step] = &[
    Step { name: "format", title: "rustfmt", work: format },
    Step { name: "tidy", title: "the rules of the house", work: tidy::check },
    Step { name: "ui-check", title: "types of the screens (svelte-check)", work: |house| script(house, "check") },
    Step { name: "ui-lint", title: "lints of the screens, untranslated strings", work: |house| script(house, "lint") },
    Step { name: "ui-test", title: "tests of the screens' logic (vitest)", work: |house| script(house, "test") },
    Step { name: "ui-build", title: "the screens are built", work: |house| script(house, "build") },
    Step { name: "build", title: "the workspace is built", work: build },
    Step { name: "clippy", title: "clippy, warnings denied", work: clippy },
    Step { name: "rust", title: "tests in Rust, fresh wire types, the real window", work: rust },
    Step { name: "keys", title: "keys in the operating system's key store", work: keys },
    Step { name: "run", title: "`cargo xtask run --once`: the main job, and pictures of the real windows", work: run::as_a_test },
    Step { name: "browser", title: "the screens in a browser, with a real server and real tills", work: browser },
];

pub fn test(house: &House, args: &TestArgs) -> Result<(), Stop> {
    let chosen: Vec<&Step> = STEPS.iter().filter(|step| args.only.as_ref().is_none_or(|only| step.name.contains(only))).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Stop::new(format!("No step of that name. There are: {}.", names.join(", "))));
    }
    let steps = say::Steps::new(chosen.len() + 1);
    steps.step("what is missing is installed", || prepare(house))?;
    let mut passed = 0;
    for step in chosen {
        match steps.step(&format!("{}: {}", step.name, step.title), || (step.work)(house)) {
            Ok(()) => passed += 1,
            Err(stop) => {
                println!("{stop}\n");
                println!("{passed} passed, 1 failed");
                return Err(Stop::new(format!("Stopped at `{}`: `cargo xtask test --only {}` repeats it alone.", step.name, step.name)));
            }
        }
    }
    println!("\nall in {}", say::time(steps.spent()));
    println!("{passed} passed, 0 failed");
    Ok(())
}

fn prepare(house: &House) -> Result<(), Stop> {
    setup::install(house, &[Need::Build, Need::Screenless, Need::Keys, Need::Database, Need::Browser])?;
    setup::lints(house)?;
    setup::node_is_here(house)?;
    setup::modules(house)
}

fn script(house: &House, name: &str) -> Result<(), Stop> {
    npm(house).args(["run", "--silent", name]).quiet().map(drop)
}

fn format(house: &House) -> Result<(), Stop> {
    cargo(house).args(["fmt", "--all", "--check", "--", "--color", "never"]).quiet().map(drop)
}

fn build(house: &House) -> Result<(), Stop> {
    cargo(house).args(["build", "--workspace", "--quiet"]).quiet().map(drop)
}

fn clippy(house: &House) -> Result<(), Stop> {
    cargo(house).args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]).quiet().map(drop)
}

/// Where Linux has a display in memory, everything runs inside one, and so the tests of the real window run too.
fn rust(house: &House) -> Result<(), Stop> {
    let nextest = shell::find("cargo-nextest").is_some();
    let args: &[&str] = if nextest {
        &["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "fail", "--final-status-level", "fail"]
    } else {
        &["test", "--workspace", "--quiet"]
    };
    let cmd = if cfg!(target_os = "linux") && shell::find("xvfb-run").is_some() {
        // A driver of the window hangs for ever where a rendering path is forced on it.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Cmd::new(house, "xvfb-run").args(["-a", "-s", "-screen 0 1366x768x24 -nolisten tcp"]).args([cargo])
    } else {
        cargo(house)
    };
    say_counts(&cmd.args(args).quiet()?);
    // nextest leaves examples in comments to cargo.
    if nextest { cargo(house).args(["test", "--workspace", "--doc", "--quiet"]).quiet().map(drop) } else { Ok(()) }
}

fn say_counts(output: &str) {
    for line in output.lines().filter(|line| line.contains("tests run:") || line.contains("test result:")) {
        println!("      {}", line.trim());
    }
}

/// These tests are ignored elsewhere: they write into whatever key store there is.
fn keys(house: &House) -> Result<(), Stop> {
    let args: &[&str] = if shell::find("cargo-nextest").is_some() {
        &["nextest", "run", "--workspace", "--test", "system_keys", "--run-ignored", "only", "--status-level", "fail"]
    } else {
        &["test", "--workspace", "--quiet", "--test", "system_keys", "--", "--ignored"]
    };
    say_counts(&key_store::cargo_with_one(house, args)?);
    Ok(())
}

/// One file after the other: each has a server, tills and a browser of its own.
fn browser(house: &House) -> Result<(), Stop> {
    let mut files = Vec::new();
    // Named one by one, since what a folder means here depends on the version of Node.js.
    for entry in std::fs::read_dir(house.path("ui/tests/e2e")).doing("ui/tests/e2e")? {
        files.extend(entry.doing("ui/tests/e2e")?.path().to_str().filter(|path| path.ends_with(".test.mjs")).map(str::to_owned));
    }
    files.sort();
    let output = node(house).args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(files).quiet()?;
    for line in output.lines().filter(|line| line.starts_with("ℹ tests") || line.starts_with("ℹ pass") || line.starts_with("ℹ fail"))
    {
        println!("      {}", line.trim_start_matches("ℹ "));
    }
    Ok(())
}
