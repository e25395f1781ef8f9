//! The same screens for a browser on this machine.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use hefu_door::{Carrier, DoorOptions};
use hefu_node::TillNode;
use tokio::net::TcpListener;

use crate::StartError;

/// Begins to serve and goes on in the background.
pub async fn serve(address: SocketAddr, ui: PathBuf, node: TillNode) -> Result<(), StartError> {
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let listener = TcpListener::bind(address).await.map_err(|error| StartError::Serve(address, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Serve(address, error))?;
    let options = DoorOptions { carrier: Carrier::Loopback, screens: Some(ui) };
    let router = hefu_door::router(Arc::new(node), options);
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "the screens are no longer served");
        }
    });
    // Read by whoever started the till.
    println!("{{\"ready\":true,\"till\":\"http://{address}\"}}");
    Ok(())
}

/// Waits for the system's wish to stop.
pub async fn until_asked_to_stop() -> Result<(), StartError> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Runtime)?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            done = tokio::signal::ctrl_c() => done.map_err(StartError::Runtime),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(StartError::Runtime)
}
