//! The listeners: HTTP/1.1 with a limit on everything a stranger could make long.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum::Router;
use axum_server::{Handle, Server, tls_rustls::RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;

use crate::{ServerError, socket::Doorkeeper};

/// To send the whole head of a request, or the next one.
const HEAD_WITHIN: Duration = Duration::from_secs(60);
const HEAD_BYTES_MOST: usize = 32 * 1024;
const HEADERS_MOST: usize = 64;

pub struct Listening {
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

pub fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    listen().map_err(|error| ServerError::Listen(address, error))
}

pub fn tls(listener: TcpListener, config: RustlsConfig, router: Router, door: Doorkeeper) -> Result<Listening, ServerError> {
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let server = axum_server::from_tcp_rustls(listener, config)?.map(|tls| tls.acceptor(door)).http1_only();
    let server = limited(server.handle(handle.clone()));
    let task = tokio::spawn(server.serve(router.into_make_service_with_connect_info::<SocketAddr>()));
    Ok(Listening { address, handle, task })
}

pub fn plain(listener: TcpListener, router: Router, door: Doorkeeper) -> Result<Listening, ServerError> {
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let server = axum_server::from_tcp(listener)?.acceptor(door).http1_only();
    let server = limited(server.handle(handle.clone()));
    let task = tokio::spawn(server.serve(router.into_make_service_with_connect_info::<SocketAddr>()));
    Ok(Listening { address, handle, task })
}

fn limited<A>(mut server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    let mut http = server.http_builder().http1();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_BYTES_MOST).max_headers(HEADERS_MOST);
    server
}

impl Listening {
    /// Lets nobody in any more; whoever is being answered has `within`.
    pub fn close(&self, within: Duration) {
        self.handle.graceful_shutdown(Some(within));
    }

    /// Ready when the last answer is given.
    pub async fn closed(&mut self) {
        let _ = (&mut self.task).await;
    }
}
