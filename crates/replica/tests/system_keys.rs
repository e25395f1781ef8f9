//! The operating system's key store, a real one, under what [`SystemKeys`] promises (F2).
//!
//! `cargo xtask test` gives these tests a key store of their own: on Linux a session bus with an unlocked Secret Service on
//! an empty folder. Without that they fail, and a plain `cargo test` lists them as ignored: it must not write into the key
//! store of whoever works here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use hefu_replica::{Error, KeyName, KeyStore, Protection, Secret, SystemKeys};

/// The key store, for a node that nobody else is.
fn keys(node: &str) -> (String, SystemKeys) {
    let node = format!("{node}-{}", std::process::id());
    let keys = SystemKeys::new(&node).expect("the system has a key store that can be used");
    (node, keys)
}

/// The same entry, past everything of ours.
fn entry(node: &str, name: &str) -> keyring::Entry {
    keyring::Entry::new("hefu", &format!("{node}/{name}")).unwrap()
}

#[test]
#[ignore = "needs a key store of the system: `cargo xtask test --only keys` gives it one"]
fn a_key_is_stored_found_again_and_gone_once_deleted() {
    let (node, keys) = keys("stored");
    assert_eq!(keys.protection(), Protection::System);
    for name in [KeyName::Database, KeyName::Device] {
        assert_eq!(keys.get(name).unwrap(), None, "{name:?}");
    }
    let made = keys.get_or_make(KeyName::Database).unwrap();
    assert_ne!(*made, [0; 32]);
    assert_eq!(keys.get_or_make(KeyName::Database).unwrap(), made, "made once");
    keys.put(KeyName::Device, &Secret::new([1; 32])).unwrap();
    keys.put(KeyName::Device, &Secret::new([2; 32])).unwrap();

    let again = SystemKeys::new(&node).unwrap();
    assert_eq!(again.get(KeyName::Database).unwrap(), Some(made.clone()));
    assert_eq!(again.get(KeyName::Device).unwrap(), Some(Secret::new([2; 32])), "the latest, and no second beside it");
    let other = SystemKeys::new(&format!("{node}-other")).unwrap();
    assert_eq!(other.get(KeyName::Database).unwrap(), None, "another node has keys of its own");

    assert_eq!(entry(&node, "database").get_secret().unwrap(), &made[..]);
    for name in ["database", "device"] {
        assert_eq!(held(&node, name), 1, "{name}");
        entry(&node, name).delete_credential().unwrap();
        assert_eq!(held(&node, name), 0, "{name}");
    }
    for name in [KeyName::Database, KeyName::Device] {
        assert_eq!(keys.get(name).unwrap(), None, "{name:?}");
    }
}

#[test]
#[ignore = "needs a key store of the system: `cargo xtask test --only keys` gives it one"]
fn a_key_that_somebody_changed_is_refused_and_not_made_anew() {
    let (node, keys) = keys("changed");
    let entry = entry(&node, "database");
    entry.set_secret(&[7; 31]).unwrap();
    assert!(matches!(keys.get(KeyName::Database), Err(Error::KeyStore(_))));
    assert!(matches!(keys.get_or_make(KeyName::Database), Err(Error::KeyStore(_))), "the book's key might still be found");
    assert_eq!(entry.get_secret().unwrap(), [7; 31]);
    entry.delete_credential().unwrap();
}

/// How many entries of that name the Secret Service says that it holds, asked over the bus by another program than ours.
#[cfg(target_os = "linux")]
fn held(node: &str, name: &str) -> usize {
    let asked = std::process::Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
        .arg("org.freedesktop.Secret.Service.SearchItems")
        .arg(format!("dict:string:string:service,hefu,username,{node}/{name}"))
        .output()
        .expect("dbus-send is here");
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(asked.status.success(), "{said}{}", String::from_utf8_lossy(&asked.stderr));
    said.matches("object path").count()
}

#[cfg(not(target_os = "linux"))]
fn held(node: &str, name: &str) -> usize {
    usize::from(entry(node, name).get_secret().is_ok())
}
