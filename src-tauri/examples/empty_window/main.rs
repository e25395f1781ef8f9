//! A window with nothing in it: what the till's start is measured beside (`till-start` in `docs/BENCH.md`). It says that it
//! is painted at its second frame. Both are painted in the same way.

#[path = "../../src/painting.rs"]
mod painting;

use std::process::ExitCode;

use tauri::Manager;

fn main() -> ExitCode {
    let context = tauri::generate_context!("examples/empty_window/tauri.conf.json");
    let builder = tauri::Builder::default().setup(|app| Ok(app.webview_windows().values().try_for_each(painting::fit)?));
    match builder.run(context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
