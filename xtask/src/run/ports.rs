//! Local addresses: the same ones every time where they are free, so that they can be remembered.

use std::{net::TcpListener, path::Path};

use serde_json::{Value, json};

use crate::stop::{Stop, While};

pub struct Ports {
    pub sync: u16,
    pub console: u16,
    pub till_a: u16,
    pub till_b: u16,
    pub proxy: u16,
}

impl Ports {
    /// The usual ones, or free ones where another program has them.
    pub fn find() -> Result<Self, Stop> {
        Ok(Self { sync: free(7443)?, console: free(7080)?, till_a: free(7101)?, till_b: free(7102)?, proxy: free(7444)? })
    }

    /// Tills remember where their server is, so a kept chain stays where it was.
    pub fn kept(file: &Path) -> Result<Self, Stop> {
        let text = std::fs::read_to_string(file).doing(file.display())?;
        let told: Value = serde_json::from_str(&text).doing(file.display())?;
        let port = |name: &str| {
            let port = told[name].as_u64().and_then(|port| u16::try_from(port).ok());
            port.ok_or_else(|| Stop::new(format!("{} does not say `{name}`: start without --keep.", file.display())))
        };
        Ok(Self { sync: port("sync")?, console: port("console")?, till_a: port("till_a")?, till_b: port("till_b")?, proxy: port("proxy")? })
    }

    pub fn keep(&self, file: &Path) -> Result<(), Stop> {
        let told = json!({ "sync": self.sync, "console": self.console, "till_a": self.till_a, "till_b": self.till_b, "proxy": self.proxy });
        std::fs::write(file, told.to_string()).doing(file.display())
    }
}

fn free(wanted: u16) -> Result<u16, Stop> {
    let listener = TcpListener::bind(("127.0.0.1", wanted)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
    Ok(listener.and_then(|listener| listener.local_addr()).doing("no free port")?.port())
}
