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
pub struct Socket<S = TcpStream> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
    _room: OwnedSemaphorePermit,
}

impl<S> Socket<S> {
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

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_let_go_and_a_slow_one_is_not() {
        let room = Arc::new(Semaphore::new(1));
        let (near, mut far) = duplex(16);
        let mut socket = Socket { stream: near, stalled: None, _room: room.clone().try_acquire_owned().unwrap() };
        let slow = tokio::spawn(async move {
            let mut bytes = [0; 16];
            for _ in 0..8 {
                tokio::time::sleep(STALLED_MOST - Duration::from_secs(1)).await;
                far.read_exact(&mut bytes).await.unwrap();
            }
            far
        });
        socket.write_all(&[0; 16 * 8]).await.unwrap();
        let _far = slow.await.unwrap();
        let started = Instant::now();
        let stalled = socket.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!((stalled.kind(), started.elapsed() >= STALLED_MOST), (io::ErrorKind::TimedOut, true));
        assert_eq!(room.available_permits(), 0);
        drop(socket);
        assert_eq!(room.available_permits(), 1);
    }
}
