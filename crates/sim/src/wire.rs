//! The network: requests and answers on their way, each as long as the run wants, in any order.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use async_trait::async_trait;
use hefu_core::{
    ids::DeviceId,
    wire::{DigestReply, DigestRequest, EnrolReply, EnrolRequest, LeaseReply, LeaseRequest, PullRequest, Pulled, Push, PushReply},
};
use hefu_sync::{Met, SyncError, Transport, Who};

/// What a till asks, as its bytes.
#[derive(Clone)]
pub enum Request {
    Hello(Who),
    Push(Vec<u8>),
    Pull(PullRequest),
}

pub enum Reply {
    Met(Met),
    Pushed(PushReply),
    Frame(Vec<u8>),
}

pub type Answer = Result<Reply, SyncError>;

/// Where an answer is waited for.
type Slot = Arc<Mutex<Option<Answer>>>;

/// Which of a till's conversations a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Open,
    Push,
    Pull,
    Keep,
}

/// Whose request, and where its answer goes.
#[derive(Clone)]
pub struct Caller {
    pub till: usize,
    pub device: DeviceId,
    pub lane: Lane,
    /// None of a copy: nobody waits for it.
    slot: Option<Slot>,
}

impl Caller {
    pub fn copy(&self) -> Self {
        Self { slot: None, ..self.clone() }
    }

    pub fn is_waited_for(&self) -> bool {
        // The conversation holds the other one.
        self.slot.as_ref().is_some_and(|slot| Arc::strong_count(slot) > 1)
    }

    pub fn answer(&self, answer: Answer) {
        if let Some(slot) = &self.slot {
            *held(slot) = Some(answer);
        }
    }
}

pub enum Flight {
    Request(Caller, Request),
    Reply(Caller, Answer),
}

/// Everything on its way.
#[derive(Default)]
pub struct Net {
    pub flights: Mutex<Vec<Flight>>,
    /// The lane that is being driven.
    lane: Mutex<Option<Lane>>,
    parked: AtomicBool,
}

impl Net {
    pub fn drive(&self, lane: Lane) {
        *held(&self.lane) = Some(lane);
    }

    /// Before a conversation is polled.
    pub fn unpark(&self) {
        self.parked.store(false, Ordering::Relaxed);
    }

    /// Whether the conversation that was polled last waits for an answer, and not for its own disk.
    pub fn is_parked(&self) -> bool {
        self.parked.load(Ordering::Relaxed)
    }

    pub fn flights(&self) -> MutexGuard<'_, Vec<Flight>> {
        held(&self.flights)
    }
}

pub fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A till's way to the server.
pub struct Line {
    pub till: usize,
    pub device: DeviceId,
    pub net: Arc<Net>,
}

impl Line {
    async fn ask(&self, request: Request) -> Answer {
        let slot = Slot::default();
        let lane = held(&self.net.lane).unwrap_or(Lane::Open);
        let from = Caller { till: self.till, device: self.device, lane, slot: Some(slot.clone()) };
        self.net.flights().push(Flight::Request(from, request));
        poll_fn(|_| match held(&slot).take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                self.net.parked.store(true, Ordering::Relaxed);
                Poll::Pending
            }
        })
        .await
    }
}

const OTHER: SyncError = SyncError::Rubbish("an answer to another question");

#[async_trait]
impl Transport for Line {
    fn server(&self) -> String {
        "simulated".to_owned()
    }

    async fn enrol(&self, _: &EnrolRequest) -> Result<EnrolReply, SyncError> {
        Err(SyncError::Unreachable("a till joins past the network here"))
    }

    async fn hello(&self, who: &Who) -> Result<Met, SyncError> {
        let Reply::Met(met) = self.ask(Request::Hello(who.clone())).await? else { return Err(OTHER) };
        Ok(met)
    }

    async fn push(&self, push: &Push) -> Result<PushReply, SyncError> {
        let bytes = push.write().map_err(SyncError::Failed)?;
        let Reply::Pushed(reply) = self.ask(Request::Push(bytes)).await? else { return Err(OTHER) };
        Ok(reply)
    }

    async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError> {
        let Reply::Frame(bytes) = self.ask(Request::Pull(request.clone())).await? else { return Err(OTHER) };
        Pulled::read(&bytes).map_err(|_| SyncError::Rubbish("a frame"))
    }

    async fn lease(&self, _: &Who, _: &LeaseRequest) -> Result<LeaseReply, SyncError> {
        Err(SyncError::Unreachable("nothing is lent here yet"))
    }

    async fn digest(&self, _: &DigestRequest) -> Result<DigestReply, SyncError> {
        Err(SyncError::Unreachable("digests are compared by the run itself"))
    }
}
