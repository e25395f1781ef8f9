//! Where things lie in the checkout.

use std::path::{Path, PathBuf};

use crate::stop::Stop;

pub struct House {
    root: PathBuf,
}

impl House {
    /// The workspace this program was built from, wherever it is called.
    pub fn find() -> Result<Self, Stop> {
        let built_from = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        built_from
            .ancestors()
            .find(|folder| folder.join("ui/package.json").is_file() && folder.join("Cargo.lock").is_file())
            .map(|root| Self { root: root.to_owned() })
            .ok_or_else(|| Stop::new("This is not a checkout of Hefu: ui/package.json is missing."))
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A program of the debug build.
    pub fn program(&self, name: &str) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), |folder| self.root.join(folder));
        target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}
