//! Pictures of the real windows, where nobody can look at them: a person at each till, seen through the driver.

use std::path::{Path, PathBuf};

use super::{
    chain::{Chain, Till},
    play,
    webdriver::{ENTER, Screen, Window},
};
use crate::stop::{Stop, While};

/// What the pictures show, in the order of a visit.
pub fn take(chain: &Chain) -> Result<(), Stop> {
    let folder = chain.place.join("pictures");
    std::fs::create_dir_all(&folder).doing(folder.display())?;
    let screen = Screen::start(&chain.children)?;
    let codes = {
        let mut desk = chain.a.desk();
        play::sign_in(&chain.a, &mut desk)?;
        play::goods(&mut desk)?
    };
    in_window(chain, &chain.a, &screen, |window| at_till_a(window, &folder, &codes))?;
    in_window(chain, &chain.b, &screen, |window| at_till_b(window, &folder))?;
    let window = screen.open(None)?;
    let done = at_head_office(&window, &folder, chain);
    window.close()?;
    done
}

/// A book is open once: the till without a window makes room for the one with a window, and comes back.
fn in_window(chain: &Chain, till: &Till, screen: &Screen, visit: impl FnOnce(&Window<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    chain.children.end(&till.process());
    let window = screen.open(Some((till.program(), &till.arguments())));
    let processes = at_work(&till.folder);
    let done = window.and_then(|window| {
        let done = visit(&window);
        window.close().and(done)
    });
    // The driver says that the window is closed before its process has let go of the book and the address.
    play::until("the window's till has ended", || Ok(processes.iter().all(|process| has_ended(process))))?;
    till.open(&chain.children, false)?;
    done
}

/// The processes that were started on this folder, as folders of `/proc`. Pictures are taken on Linux alone.
fn at_work(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.as_os_str().as_encoded_bytes();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|process| process.path());
    let names = |process: &PathBuf| {
        let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|word| word == folder)
    };
    processes.filter(names).collect()
}

/// Whether a process holds nothing any more: it is gone, or waits for its parent to hear so, alone. Before that it has lost its
/// memory, and with it its command line, while its files and sockets are still open.
fn has_ended(process: &Path) -> bool {
    let Ok(stat) = std::fs::read_to_string(process.join("stat")) else { return true };
    // After the name, which stands in brackets and may hold any.
    let is_zombie = stat.rsplit_once(')').is_some_and(|(_, after)| after.trim_start().starts_with('Z'));
    let threads = std::fs::read_dir(process.join("task")).into_iter().flatten().count();
    is_zombie && threads <= 1
}

fn at_till_a(window: &Window<'_>, folder: &Path, codes: &[String]) -> Result<(), Stop> {
    window.find(r#"[data-testid="pin-pad"]"#)?;
    shoot(window, folder, "1-sign-in")?;
    sign_in(window)?;
    for code in codes {
        window.keys(r#"[data-testid="scan-box"]"#, &format!("{code}{ENTER}"))?;
        window.find(&format!(r#"[data-testid="cart-line"][data-barcode="{code}"]"#))?;
    }
    find_member(window)?;
    shoot(window, folder, "2-cart")?;
    window.click(r#"[data-testid="pay"]"#)?;
    window.find(r#"[data-testid="payment"]"#)?;
    window.click(r#"[data-testid="cash"]:last-child"#)?;
    shoot(window, folder, "3-payment")?;
    window.click(r#"[data-testid="pay-confirm"]"#)?;
    window.find(r#"[data-testid="done"]"#)?;
    shoot(window, folder, "4-done")
}

fn at_till_b(window: &Window<'_>, folder: &Path) -> Result<(), Stop> {
    sign_in(window)?;
    find_member(window)?;
    window.find(r#"[data-testid="member-card"]"#)?;
    window.click(r#"[data-testid="key-member"]"#)?;
    window.find(r#"[data-testid="timeline-item"]"#)?;
    shoot(window, folder, "5-member-in-store-b")
}

fn at_head_office(window: &Window<'_>, folder: &Path, chain: &Chain) -> Result<(), Stop> {
    window.full()?;
    window.go(&chain.console)?;
    let (login, password) = &chain.head_office;
    window.keys(r#"[data-testid="login"]"#, login)?;
    window.keys(r#"[data-testid="password"]"#, &format!("{password}{ENTER}"))?;
    window.find(r#"[data-testid="hq-today"]"#)?;
    shoot(window, folder, "6-head-office")
}

fn sign_in(window: &Window<'_>) -> Result<(), Stop> {
    window.find(r#"[data-testid="staff"]"#)?;
    for digit in "1001".chars() {
        window.click(&format!(r#"[data-testid="pin-{digit}"]"#))?;
    }
    window.click(r#"[data-testid="sign-in"]"#)?;
    window.find(r#"[data-testid="scan-box"]"#).map(drop)
}

/// The member of the played sale: the first of the family.
fn find_member(window: &Window<'_>) -> Result<(), Stop> {
    window.click(r#"[data-testid="key-member"]"#)?;
    window.keys(r#"[data-testid="member-box"]"#, play::FAMILY_NAME)?;
    window.click(r#"[data-testid="hit"]"#)?;
    window.find(r#"[data-testid="member-card"]"#).map(drop)
}

fn shoot(window: &Window<'_>, folder: &Path, name: &str) -> Result<(), Stop> {
    let file = folder.join(format!("{name}.png"));
    window.picture(&file)?;
    println!("      {}", file.display());
    Ok(())
}
