//! The window: one bridge from the page to the node, and nothing else.

use hefu_core::error::Code;
use hefu_desk::{ErrorBody, Front, SessionKey};
use tauri::{Manager, State};

use crate::{Node, StartError, painting};

/// The node, and the name of the one session this window has.
struct Bridge {
    node: Node,
    key: SessionKey,
}

/// Sends one command. The reply is JSON text; so is a refusal.
#[tauri::command]
async fn rpc(bridge: State<'_, Bridge>, name: String, body: String) -> Result<String, String> {
    let reply = bridge.node.wait().await.call(bridge.key, &name, body.into_bytes()).await;
    match reply.and_then(|bytes| String::from_utf8(bytes).map_err(|_| Code::Internal.into())) {
        Ok(text) => Ok(text),
        Err(error) => Err(refusal(&error)),
    }
}

fn refusal(error: &ErrorBody) -> String {
    serde_json::to_string(error).unwrap_or_else(|_| String::from(r#"{"code":"internal","args":{}}"#))
}

/// Shows the window until it is closed.
pub fn show(runtime: &tokio::runtime::Runtime, node: Node) -> Result<(), StartError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| StartError::Runtime(std::io::Error::other(error)))?;
    tauri::async_runtime::set(runtime.handle().clone());
    tauri::Builder::default()
        .manage(Bridge { node, key: SessionKey(key) })
        .invoke_handler(tauri::generate_handler![rpc])
        .setup(|app| {
            app.webview_windows().values().try_for_each(painting::fit)?;
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
