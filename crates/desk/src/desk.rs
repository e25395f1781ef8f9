//! The desk: from a command's name and bytes to a reply's bytes.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use hefu_core::{
    error::Code,
    ids::{MemberId, ProductId, SaleId, StaffId, StoreId},
};
use hefu_replica::{By, Reading, Replica, StaffRow, StoreRow};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Notify, watch};

use crate::{
    ErrorBody, NodeKind, SessionKey, Surroundings,
    access::{State, Who, allowed},
    commands::COMMANDS,
    rulebook::Rules,
    sessions::{HQ_IDLE_MS, Session, Sessions, held},
    wire::{Link, NodeState, SessionEnd, Stopped},
};

/// The longest request that is read.
const REQUEST_BYTES_MOST: usize = 64 * 1024;

/// One row of the table.
pub struct Command {
    pub name: &'static str,
    pub who: Who,
    pub state: State,
    /// Names of the wire types.
    pub request: &'static str,
    pub reply: &'static str,
    /// Writes the TypeScript of both wire types.
    pub(crate) typescript: fn(&ts_rs::Config) -> Result<(), ts_rs::ExportError>,
    pub(crate) run: Handler,
}

impl Command {
    /// The row of that name, or `command.unknown`.
    pub fn named(name: &str) -> Result<&'static Self, Code> {
        COMMANDS.iter().find(|command| command.name == name).ok_or(Code::CommandUnknown)
    }
}

type Handler = fn(&Desk, &Caller, &[u8]) -> Result<Vec<u8>, ErrorBody>;

macro_rules! table {
    ($($name:literal => $room:ident::$handler:ident ($request:ident) -> $reply:ident, $who:expr, $state:expr;)*) => {
        pub const COMMANDS: &[$crate::Command] = &[$($crate::Command {
            name: $name,
            who: $who,
            state: $state,
            request: stringify!($request),
            reply: stringify!($reply),
            typescript: |to| {
                <$request as ts_rs::TS>::export_all(to)?;
                <$reply as ts_rs::TS>::export_all(to)
            },
            run: |desk, caller, bytes| {
                let request: $request = $crate::desk::read(bytes)?;
                let reply: $reply = $room::$handler(desk, caller, request)?;
                $crate::desk::write(&reply)
            },
        }),*];
    };
}
pub(crate) use table;

pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBody> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|_| Code::RequestInvalid.into())
}

pub(crate) fn write(reply: &impl Serialize) -> Result<Vec<u8>, ErrorBody> {
    serde_json::to_vec(reply).map_err(|_| Code::Internal.into())
}

/// Who sends a command, as far as that is known.
pub(crate) struct Caller {
    pub key: SessionKey,
    /// Where a command came from, when it came over a network.
    pub from: Option<IpAddr>,
    pub staff: Option<StaffRow>,
    pub session: Option<Arc<Mutex<Session>>>,
    pub now: i64,
}

impl Caller {
    /// The node itself: what it writes is nobody's act.
    pub fn node(now: i64) -> Self {
        Self { key: SessionKey([0; 32]), from: None, staff: None, session: None, now }
    }

    pub fn session(&self) -> Result<MutexGuard<'_, Session>, Code> {
        self.session.as_ref().map(|session| held(session)).ok_or(Code::SignInNeeded)
    }
}

/// A replica with people at it.
pub struct Desk {
    pub(crate) kind: NodeKind,
    pub(crate) replica: Replica,
    pub(crate) around: Arc<dyn Surroundings>,
    pub(crate) sessions: Sessions,
    pub(crate) rules: Rules,
    /// One first administrator at a time: whoever comes second finds the code used up.
    pub(crate) founding: Mutex<()>,
    /// One sweep over all members at a time, whoever began it.
    pub(crate) sweeping: Mutex<()>,
    /// There is something new for the node to do by itself.
    pub(crate) work: Notify,
    changed: watch::Sender<u64>,
}

impl Desk {
    pub fn new(kind: NodeKind, replica: Replica, around: Arc<dyn Surroundings>) -> Self {
        // Counted from the clock, so that a browser that outlived the process before never waits for this one to catch up.
        let from = around.now().max(1).unsigned_abs();
        Self {
            kind,
            replica,
            around,
            sessions: Sessions::default(),
            rules: Rules::default(),
            founding: Mutex::new(()),
            sweeping: Mutex::new(()),
            work: Notify::new(),
            changed: watch::Sender::new(from),
        }
    }

    /// Answers one command. Blocks on the book: an async caller sends it to a thread that may.
    pub fn call(&self, key: SessionKey, name: &str, bytes: &[u8]) -> Result<Vec<u8>, ErrorBody> {
        self.call_from(None, key, name, bytes)
    }

    /// As [`Desk::call`], for a command that came over a network from this address.
    pub fn call_from(&self, from: Option<IpAddr>, key: SessionKey, name: &str, bytes: &[u8]) -> Result<Vec<u8>, ErrorBody> {
        let command = Command::named(name)?;
        let caller = Caller { from, ..self.admit(key, command)? };
        if bytes.len() > REQUEST_BYTES_MOST {
            return Err(Code::RequestInvalid.into());
        }
        (command.run)(self, &caller, bytes)
    }

    /// Whether this caller may send the command now: for fronts, which answer some commands themselves.
    pub fn permit(&self, key: SessionKey, name: &str) -> Result<(), ErrorBody> {
        self.admit(key, Command::named(name)?).map(|_| ())
    }

    fn admit(&self, key: SessionKey, command: &Command) -> Result<Caller, ErrorBody> {
        // A status bar asks by itself; only what a person does keeps a session alive.
        let by_hand = !matches!(command.name, "status.get" | "status.watch");
        let (caller, state) = self.caller(key, by_hand)?;
        allowed(command, caller.staff.as_ref().map(|staff| staff.role), state)?;
        Ok(caller)
    }

    /// Counts what a status bar would show differently.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn version(&self) -> u64 {
        *self.changed.borrow()
    }

    /// Something outside changed: sync's state, or the book by a frame.
    pub fn stir(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// See [`Sessions::rename`].
    pub fn rename_session(&self, from: SessionKey, to: SessionKey) {
        self.sessions.rename(from, to);
    }

    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Who sends a command, and to what. One read of the book, every time: a right that was taken away is gone at once.
    fn caller(&self, key: SessionKey, by_hand: bool) -> Result<(Caller, NodeState), ErrorBody> {
        let now = self.around.now();
        let session = self.live_session(key, now, by_hand);
        let known = session.as_ref().map(|session| held(session).staff);
        let (staff, state) = self.replica.read(|book| {
            let staff = known.map(|id| book.staff(id)).transpose()?.flatten().filter(|staff| self.is_at_home(staff));
            Ok((staff, self.state_in(book)?))
        })?;
        if known.is_some() && staff.is_none() {
            self.sessions.end(key, SessionEnd::NotHere, now);
        }
        let session = session.filter(|_| staff.is_some());
        Ok((Caller { key, from: None, staff, session, now }, state))
    }

    /// Whether a person may be at this node at all: at a till of their own store by PIN, or at HQ by password (F6).
    pub(crate) fn is_at_home(&self, staff: &StaffRow) -> bool {
        let place = match self.kind {
            NodeKind::Till => staff.role.at_till() && staff.store.is_some() && staff.store == self.replica.identity().store,
            NodeKind::Hq => !staff.role.at_till() && staff.store.is_none(),
        };
        staff.active && place
    }

    /// The session of that name, unless it was left alone too long.
    fn live_session(&self, key: SessionKey, now: i64, by_hand: bool) -> Option<Arc<Mutex<Session>>> {
        let session = self.sessions.get(key)?;
        let mut open = held(&session);
        if self.kind == NodeKind::Hq && open.last_used < now - HQ_IDLE_MS {
            drop(open);
            self.sessions.end(key, SessionEnd::Idle, now);
            return None;
        }
        if by_hand {
            open.last_used = now;
        }
        drop(open);
        Some(session)
    }

    pub(crate) fn state(&self) -> Result<NodeState, ErrorBody> {
        Ok(self.replica.read(|book| self.state_in(book))?)
    }

    fn state_in(&self, book: &Reading<'_>) -> Result<NodeState, hefu_replica::Error> {
        match self.kind {
            // Only the log's own word ends a till's rights. The folded row shows it to others: any device can write one.
            NodeKind::Till => {
                let ended = matches!(self.around.sync().link, Link::Stopped { why: Stopped::Revoked });
                Ok(if ended { NodeState::Revoked } else { NodeState::Till })
            }
            NodeKind::Hq => Ok(if book.anyone_at_hq()? { NodeState::Hq } else { NodeState::HqUnset }),
        }
    }

    /// The stamp of an act of this caller, now.
    pub(crate) fn by(&self, caller: &Caller) -> By {
        By { who: caller.staff.as_ref().map(|staff| staff.id), at: caller.now, ahead: self.ahead() }
    }

    /// How far this device's clock is known to be ahead of the server's.
    pub(crate) fn ahead(&self) -> i64 {
        self.around.sync().clock_ahead_ms.unwrap_or(0)
    }

    /// The corrected time.
    pub(crate) fn moment(&self, caller: &Caller) -> i64 {
        caller.now.saturating_sub(self.ahead())
    }

    pub(crate) fn today(&self, caller: &Caller) -> String {
        hefu_core::time::business_day(self.moment(caller))
    }

    /// Between two steps of long work. Errors with `server.busy` when the node is coming to its end.
    pub(crate) fn go_on(&self) -> Result<(), Code> {
        if self.around.closing() { Err(Code::ServerBusy) } else { Ok(()) }
    }

    /// The store this till stands in.
    pub(crate) fn own_store(&self) -> Result<StoreRow, ErrorBody> {
        let id = self.replica.identity().store.ok_or(Code::NotHere)?;
        Ok(self.replica.read(|book| book.store(id))?.unwrap_or(StoreRow {
            id,
            code: String::new(),
            name: String::new(),
            city: String::new(),
        }))
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Code> {
        let mut bytes = [0; N];
        self.around.random(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn new_sale_id(&self, now: i64) -> Result<SaleId, Code> {
        Ok(SaleId::new(now, self.random()?))
    }

    pub(crate) fn new_member_id(&self, now: i64) -> Result<MemberId, Code> {
        Ok(MemberId::new(now, self.random()?))
    }

    pub(crate) fn new_staff_id(&self, now: i64) -> Result<StaffId, Code> {
        Ok(StaffId::new(now, self.random()?))
    }

    pub(crate) fn new_store_id(&self, now: i64) -> Result<StoreId, Code> {
        Ok(StoreId::new(now, self.random()?))
    }

    /// A product by id, or the code a screen understands.
    pub(crate) fn product(&self, id: ProductId) -> Result<hefu_core::catalogue::Product, ErrorBody> {
        Ok(self.replica.read(|book| book.product(id))?.ok_or(Code::ProductUnknown)?)
    }
}
