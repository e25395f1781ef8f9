//! Connections: so many at one time, so many from one address, and none that takes an answer too slowly.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Extension, middleware::AddExtension};
use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};
use tower::Layer;

use crate::open_files;

/// Two for each till of a large chain, and the browsers.
const CONNECTIONS_MOST: usize = 65_536;
/// Many stores may stand behind one address, such as a carrier's or a private network's.
const FROM_ONE_ADDRESS_MOST: usize = 2_048;
/// Of these, such as no device has proved itself on: strangers, browsers, and tills that have just come.
const UNPROVED_MOST: usize = 8_192;
const UNPROVED_FROM_ONE_ADDRESS_MOST: usize = 256;
/// How long a peer may take not a single byte of what it asked for.
const STALLED_MOST: Duration = Duration::from_secs(30);

/// Lets connections in while there is room; clones count together.
#[derive(Clone)]
pub struct Doorkeeper {
    guests: Guests,
    most: usize,
}

/// Connections, and those of them on which no device has proved itself.
#[derive(Clone, Copy, Default)]
struct Count {
    all: usize,
    unproved: usize,
}

impl Count {
    /// One stranger more, where the limits allow it.
    fn let_in(&mut self, all_most: usize, unproved_most: usize) -> bool {
        let room = self.all < all_most && self.unproved < unproved_most;
        if room {
            self.all += 1;
            self.unproved += 1;
        }
        room
    }

    fn let_out(&mut self, proved: bool) {
        self.all -= 1;
        self.unproved -= usize::from(!proved);
    }
}

/// How many are in: from each address, and in all.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: Count,
    from: HashMap<IpAddr, Count>,
}

impl Guests {
    fn held(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for one connection, given back when it is dropped. Its requests carry it too, so that what finds out who speaks can say so.
pub struct Seat {
    guest: IpAddr,
    proved: AtomicBool,
    guests: Guests,
}

impl Seat {
    /// A device of this chain has proved itself on this connection: it counts as a stranger's no more.
    pub fn prove(&self) {
        let mut guests = self.guests.held();
        if !self.proved.swap(true, Ordering::SeqCst) {
            guests.all.unproved -= 1;
            if let Some(count) = guests.from.get_mut(&self.guest) {
                count.unproved -= 1;
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let proved = self.proved.load(Ordering::SeqCst);
        let mut guests = self.guests.held();
        guests.all.let_out(proved);
        if let Some(count) = guests.from.get_mut(&self.guest) {
            count.let_out(proved);
            if count.all == 0 {
                guests.from.remove(&self.guest);
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
    /// Of the size that the system's limit of open files allows, which is raised as far as this process may.
    pub fn with_room() -> Self {
        let most = open_files::room_for(CONNECTIONS_MOST);
        if most < CONNECTIONS_MOST {
            tracing::warn!(
                connections = most,
                wanted = CONNECTIONS_MOST,
                "the limit of open files is low: raise it (LimitNOFILE, ulimit -n)"
            );
        }
        Self::of(most)
    }

    fn of(most: usize) -> Self {
        Self { guests: Guests::default(), most }
    }

    /// `None` when there is no room, or the address has its share. Whoever stands behind a proxy on this machine comes from
    /// this machine, which therefore has all the room.
    fn seat(&self, from: IpAddr) -> Option<Seat> {
        let guest = whose(from);
        let (all, unproved) = if from.to_canonical().is_loopback() {
            (usize::MAX, usize::MAX)
        } else {
            (FROM_ONE_ADDRESS_MOST, UNPROVED_FROM_ONE_ADDRESS_MOST)
        };
        let mut guests = self.guests.held();
        let mut count = guests.from.get(&guest).copied().unwrap_or_default();
        if !count.let_in(all, unproved) || !guests.all.let_in(self.most, UNPROVED_MOST) {
            return None;
        }
        guests.from.insert(guest, count);
        drop(guests);
        Some(Seat { guest, proved: AtomicBool::new(false), guests: self.guests.clone() })
    }
}

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = Socket;
    type Service = AddExtension<S, Arc<Seat>>;
    type Future = std::future::Ready<io::Result<(Socket, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let socket = stream.peer_addr().and_then(|from| {
            let seat = Arc::new(self.seat(from.ip()).ok_or(io::ErrorKind::ConnectionRefused)?);
            stream.set_nodelay(true)?;
            let service = Extension(seat.clone()).layer(service);
            Ok((Socket { stream, stalled: None, _seat: seat }, service))
        });
        std::future::ready(socket)
    }
}

/// A connection that ends when its peer stops reading.
pub struct Socket<S = TcpStream> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
    _seat: Arc<Seat>,
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
        let door = Doorkeeper::of(CONNECTIONS_MOST);
        let from = IpAddr::from([10, 0, 0, 1]);
        let (near, mut far) = duplex(16);
        let mut socket = Socket { stream: near, stalled: None, _seat: Arc::new(door.seat(from).unwrap()) };
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
        assert_eq!(door.guests.held().all.all, 1);
        drop(socket);
        assert_eq!(door.guests.held().all.all, 0);
    }

    #[test]
    fn one_address_does_not_take_all_the_room() {
        let door = Doorkeeper::of(CONNECTIONS_MOST);
        let from = |address: &str| door.seat(address.parse().unwrap());
        let mut seats: Vec<_> = (0..UNPROVED_FROM_ONE_ADDRESS_MOST).map(|_| from("192.0.2.1").unwrap()).collect();
        assert!(from("192.0.2.1").is_none() && from("::ffff:192.0.2.1").is_none());
        assert!(from("192.0.2.2").is_some(), "another address");
        seats.pop();
        assert!(from("192.0.2.1").is_some(), "one left");
        let net: Vec<_> = (0..UNPROVED_FROM_ONE_ADDRESS_MOST).map(|n| from(&format!("2001:db8::{n:x}")).unwrap()).collect();
        assert!(from("2001:db8::ffff:1").is_none() && from("2001:db8:0:1::1").is_some(), "a /64 is one");
        drop(net);
        let near: Vec<_> = (0..1000).map(|_| from("127.0.0.1").unwrap()).collect();
        assert_eq!(door.guests.held().from.len(), 2);
        drop((near, seats));
        let guests = door.guests.held();
        assert_eq!((guests.from.len(), guests.all.all, guests.all.unproved), (0, 0, 0));
    }

    #[test]
    fn five_hundred_tills_behind_one_address_are_all_let_in() {
        let door = Doorkeeper::of(CONNECTIONS_MOST);
        let carrier = IpAddr::from([192, 0, 2, 1]);
        let come = || {
            let seat = door.seat(carrier)?;
            seat.prove();
            seat.prove();
            Some(seat)
        };
        let tills: Vec<_> = (0..1000).map_while(|_| come()).collect();
        assert_eq!(tills.len(), 1000, "two connections each");
        let strangers: Vec<_> = std::iter::from_fn(|| door.seat(carrier)).collect();
        assert_eq!(strangers.len(), UNPROVED_FROM_ONE_ADDRESS_MOST, "tills do not make room for more strangers");
        assert!(come().is_none());
        drop(strangers);
        let rest: Vec<_> = std::iter::from_fn(come).collect();
        assert_eq!(tills.len() + rest.len(), FROM_ONE_ADDRESS_MOST);
        drop((tills, rest));
        let guests = door.guests.held();
        assert_eq!((guests.from.len(), guests.all.all, guests.all.unproved), (0, 0, 0));
    }

    #[test]
    fn where_files_are_few_so_are_connections() {
        let door = Doorkeeper::of(3);
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        let inside: Vec<_> = (0..9).map_while(|n| door.seat(address(n)).inspect(Seat::prove)).collect();
        assert_eq!(inside.len(), 3);
        drop(inside);
        assert!(door.clone().seat(address(9)).is_some());
    }

    #[test]
    fn strangers_of_many_addresses_leave_room_for_tills() {
        let door = Doorkeeper::of(CONNECTIONS_MOST);
        let address = |n: usize| IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(n).unwrap()));
        // Tills of many stores, then strangers as many as come in.
        let tills: Vec<_> = (0..12_000).map_while(|n| door.seat(address(n)).inspect(Seat::prove)).collect();
        assert_eq!(tills.len(), 12_000);
        let strangers: Vec<_> = (20_000..).map_while(|n| door.seat(address(n))).collect();
        assert_eq!(strangers.len(), UNPROVED_MOST);
    }
}
