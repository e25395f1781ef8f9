//! Connections: so many at one time, and none that takes an answer too slowly.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep_until},
};

const CONNECTIONS_MOST: usize = 2_000;
/// How long a peer may take not a single byte of what it asked for.
const STALLED_MOST: Duration = Duration::from_secs(30);

/// Lets connections in while there is room.
#[derive(Clone)]
pub struct Doorkeeper {
    room: Arc<Semaphore>,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(CONNECTIONS_MOST)) }
    }
}

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = Socket;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Socket, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let room = self.room.clone().try_acquire_owned().map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused));
        let socket = room.and_then(|room| {
            stream.set_nodelay(true)?;
            Ok(Socket { stream, stalled: None, _room: room })
        });
        std::future::ready(socket.map(|socket| (socket, service)))
    }
}

/// A connection that ends when its peer stops reading.
pub struct Socket {
    stream: TcpStream,
    stalled: Option<Pin<Box<Sleep>>>,
    _room: OwnedSemaphorePermit,
}

impl Socket {
    fn watch<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stalled = None;
            return done;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + STALLED_MOST)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, done)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
