//! What the server says of itself: JSON lines on stderr, with ids and codes, and nothing of a person.

use tracing_subscriber::EnvFilter;

/// Begins. `HEFU_LOG` says how much, as `info` or `hefu_server=debug`.
pub fn begin() {
    let filter = EnvFilter::try_from_env("HEFU_LOG").unwrap_or_else(|_| EnvFilter::new("info,rusqlite_migration=warn"));
    // Something else may trace this process already: a test.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
