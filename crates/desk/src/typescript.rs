//! The TypeScript of everything that crosses to a screen, written from the command table. A test fails when the files
//! in `ui/src/lib/wire` are stale; `cargo xtask gen` writes them anew.

use std::{fmt::Write, path::Path};

use ts_rs::{Config, ExportError, TS};

use crate::{ErrorBody, commands::COMMANDS};

/// Writes one file a type and `commands.ts` into `folder`.
pub fn write_types(folder: &Path) -> Result<(), ExportError> {
    let to = Config::new().with_large_int("number").with_out_dir(folder);
    for command in COMMANDS {
        (command.typescript)(&to)?;
    }
    ErrorBody::export_all(&to)?;
    std::fs::write(folder.join("commands.ts"), commands())?;
    Ok(())
}

fn commands() -> String {
    let rows: Vec<(&str, &str, &str)> = COMMANDS.iter().map(|command| (command.name, command.request, command.reply)).collect();
    let mut types: Vec<&str> = rows.iter().flat_map(|(_, request, reply)| [*request, *reply]).collect();
    types.sort_unstable();
    types.dedup();
    let mut text = String::from("// Written by `cargo xtask gen` from the command table. Do not edit.\n");
    for name in types {
        let _ = writeln!(text, "import type {{ {name} }} from \"./{name}\";");
    }
    text.push_str("\n/** Every command a screen can send: its request and its reply. */\nexport interface Commands {\n");
    for (name, request, reply) in rows {
        let _ = writeln!(text, "  \"{name}\": {{ request: {request}; reply: {reply} }};");
    }
    text.push_str("}\n");
    text
}
