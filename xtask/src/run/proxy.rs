//! A line that can be cut: forwards TCP between a till and its server, and when cut closes every socket and takes no new one.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crate::stop::{Stop, While};

const LOOK: Duration = Duration::from_millis(10);

#[derive(Clone)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    cut: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Listens at `port` of this machine, 0 for any, and forwards to `to`.
    pub fn start_at(port: u16, to: SocketAddr) -> Result<Self, Stop> {
        let listener = TcpListener::bind(("127.0.0.1", port)).doing("cannot open the proxy")?;
        let proxy = Self { address: listener.local_addr().doing("cannot open the proxy")?, line: Arc::default() };
        let line = Arc::clone(&proxy.line);
        thread::spawn(move || accept(&listener, to, &line));
        Ok(proxy)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every socket, now.
    pub fn cut(&self) {
        self.line.cut.store(true, Ordering::SeqCst);
        for socket in self.line.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    pub fn open(&self) {
        self.line.cut.store(false, Ordering::SeqCst);
    }

    /// The other state; true when cut now.
    pub fn toggle(&self) -> bool {
        let cut = !self.line.cut.load(Ordering::SeqCst);
        if cut {
            self.cut()
        } else {
            self.open()
        }
        cut
    }
}

fn accept(listener: &TcpListener, to: SocketAddr, line: &Arc<Line>) {
    for near in listener.incoming().filter_map(Result::ok) {
        if line.cut.load(Ordering::SeqCst) {
            // Dropped at once: whoever calls is told that nobody is there.
            continue;
        }
        let Ok(far) = TcpStream::connect(to) else { continue };
        let _ = join(near, far, line);
    }
}

fn join(near: TcpStream, far: TcpStream, line: &Arc<Line>) -> io::Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    {
        let mut open = line.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|socket| socket.peer_addr().is_ok());
        open.extend([near.try_clone()?, far.try_clone()?]);
    }
    // It may have been cut while this line was being laid.
    if line.cut.load(Ordering::SeqCst) {
        near.shutdown(Shutdown::Both)?;
        return far.shutdown(Shutdown::Both);
    }
    let (near_too, far_too) = (near.try_clone()?, far.try_clone()?);
    thread::spawn(move || carry(near, far));
    thread::spawn(move || carry(far_too, near_too));
    Ok(())
}

/// Carries one direction until it ends, then ends both.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(read) if read > 0 => {
                let Some(part) = buffer.get(..read) else { break };
                if to.write_all(part).is_err() {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => thread::sleep(LOOK),
            _ => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut socket in listener.incoming().map(Result::unwrap) {
                thread::spawn(move || io::copy(&mut socket.try_clone().unwrap(), &mut socket));
            }
        });
        address
    }

    fn says(socket: &mut TcpStream, word: &[u8]) -> io::Result<Vec<u8>> {
        socket.write_all(word)?;
        let mut back = vec![0; word.len()];
        socket.read_exact(&mut back)?;
        Ok(back)
    }

    #[test]
    fn cut_is_a_closed_socket_and_open_is_a_new_one() {
        let proxy = Proxy::start_at(0, echo()).unwrap();
        let mut socket = TcpStream::connect(proxy.address()).unwrap();
        assert_eq!(says(&mut socket, b"one").unwrap(), b"one");
        proxy.cut();
        assert!(says(&mut socket, b"two").is_err(), "the old line is dead");
        let mut refused = TcpStream::connect(proxy.address()).unwrap();
        assert!(says(&mut refused, b"three").is_err(), "and there is no new one");
        proxy.open();
        let mut again = TcpStream::connect(proxy.address()).unwrap();
        assert_eq!(says(&mut again, b"four").unwrap(), b"four");
    }
}
