//! What the READMEs tell people to type exists.

use clap::CommandFactory;

use super::{Finding, read};
use crate::{Args, house::House, stop::Stop};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

pub fn check(house: &House) -> Result<Vec<Finding>, Stop> {
    let args = Args::command();
    let tasks: Vec<&str> = args.get_subcommands().map(clap::Command::get_name).collect();
    let mut found = Vec::new();
    for path in READMES {
        let text = read(house, path)?;
        for task in named(&text).filter(|task| !tasks.contains(task)) {
            found.push(Finding::new(path, format!("`cargo xtask {task}` does not exist")));
        }
        for task in ["run", "test"].iter().filter(|task| !text.contains(&format!("cargo xtask {task}"))) {
            found.push(Finding::new(path, format!("`cargo xtask {task}` is not told")));
        }
        for target in links(&text).filter(|target| !house.path(target).exists()) {
            found.push(Finding::new(path, format!("the link to `{target}` leads nowhere")));
        }
    }
    Ok(found)
}

/// The words after each `cargo xtask `.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split("cargo xtask ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
        .filter(|task| !task.is_empty())
}

/// Where Markdown links inside the checkout lead.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).filter(|target| !target.is_empty() && !target.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_and_links_are_found() {
        assert_eq!(named("`cargo xtask run` and cargo xtask test --only x").collect::<Vec<_>>(), ["run", "test"]);
        assert_eq!(links("[a](b.md) [c](https://d) ![e](f.png#g)").collect::<Vec<_>>(), ["b.md", "f.png"]);
    }
}
