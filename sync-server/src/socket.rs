//! Connections: so many at one time, so many from one address, and none that takes an answer too slowly.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

const CONNECTIONS_MOST: usize = 8_192;
/// The tills and browsers of a store stand behind one address.
const FROM_ONE_ADDRESS_MOST: usize = 64;
/// How long a peer may take not a single byte of what it asked for.
const STALLED_MOST: Duration = Duration::from_secs(30);

/// Lets connections in while there is room.
#[derive(Clone)]
pub struct Doorkeeper {
    room: Arc<Semaphore>,
    guests: Guests,
}

/// How many are in from each address.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Guests {
    fn all(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for one connection, given back when it is dropped.
struct Seat {
    _room: OwnedSemaphorePermit,
    guest: IpAddr,
    guests: Guests,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut guests = self.guests.all();
        if let Some(count) = guests.get_mut(&self.guest) {
            *count -= 1;
            if *count == 0 {
                guests.remove(&self.guest);
            }
        }
    }
}

/// One subscriber has a whole /64 of IPv6.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

impl Doorkeeper {
    /// `None` when there is no room, or the address has its share. Whoever stands behind a proxy on this machine comes from
    /// this machine, which therefore has all the room.
    fn seat(&self, from: IpAddr) -> Option<Seat> {
        let room = self.room.clone().try_acquire_owned().ok()?;
        let guest = whose(from);
        let most = if from.to_canonical().is_loopback() { usize::MAX } else { FROM_ONE_ADDRESS_MOST };
        {
            let mut guests = self.guests.all();
            let count = guests.entry(guest).or_insert(0);
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        Some(Seat { _room: room, guest, guests: self.guests.clone() })
    }
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(CONNECTIONS_MOST)), guests: Guests::default() }
    }
}

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = Socket;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Socket, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let socket = stream.peer_addr().and_then(|from| {
            let seat = self.seat(from.ip()).ok_or(io::ErrorKind::ConnectionRefused)?;
            stream.set_nodelay(true)?;
            Ok(Socket { stream, stalled: None, _seat: seat })
        });
        std::future::ready(socket.map(|socket| (socket, service)))
    }
}

/// A connection that ends when its peer stops reading.
pub struct Socket<S = TcpStream> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
    _seat: Seat,
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
        let door = Doorkeeper { room: Arc::new(Semaphore::new(1)), guests: Guests::default() };
        let (near, mut far) = duplex(16);
        let mut socket = Socket { stream: near, stalled: None, _seat: door.seat(IpAddr::from([10, 0, 0, 1])).unwrap() };
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
        assert!(door.seat(IpAddr::from([10, 0, 0, 2])).is_none());
        drop(socket);
        assert!(door.seat(IpAddr::from([10, 0, 0, 2])).is_some());
    }

    #[test]
    fn one_address_does_not_take_all_the_room() {
        let door = Doorkeeper::default();
        let from = |address: &str| door.seat(address.parse().unwrap());
        let mut seats: Vec<_> = (0..FROM_ONE_ADDRESS_MOST).map(|_| from("192.0.2.1").unwrap()).collect();
        assert!(from("192.0.2.1").is_none() && from("::ffff:192.0.2.1").is_none());
        assert!(from("192.0.2.2").is_some(), "another address");
        seats.pop();
        assert!(from("192.0.2.1").is_some(), "one left");
        let net: Vec<_> = (0..FROM_ONE_ADDRESS_MOST).map(|n| from(&format!("2001:db8::{n:x}")).unwrap()).collect();
        assert!(from("2001:db8::ffff:1").is_none() && from("2001:db8:0:1::1").is_some(), "a /64 is one");
        drop(net);
        let near: Vec<_> = (0..1000).map(|_| from("127.0.0.1").unwrap()).collect();
        assert_eq!(door.guests.all().len(), 2);
        drop((near, seats));
        assert!(door.guests.all().is_empty());
        assert_eq!(door.room.available_permits(), CONNECTIONS_MOST);
    }
}
