//! What answers a screen, whoever carries the bytes: a window's bridge or an HTTP door.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use hefu_core::error::Code;

use crate::{
    Desk, ErrorBody, SessionKey,
    desk::{Caller, read},
    wire::{KeyProtection, SetupStage, SetupView, StatusWatch},
};

/// Answers commands by name.
#[async_trait]
pub trait Front: Send + Sync {
    async fn call(&self, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody>;

    /// As [`Front::call`], for a command that came over a network from this address: at HQ wrong passwords are counted by it.
    async fn call_from(&self, _from: IpAddr, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody> {
        self.call(key, name, request).await
    }

    /// A browser gets a new name when someone signs in, so that one known before is worth nothing.
    fn rename_session(&self, from: SessionKey, to: SessionKey);
}

/// The desk's own answer to a command that a front gives: reached only where no front stands before it.
pub(crate) fn elsewhere<Request, Reply>(_: &Desk, _: &Caller, _: Request) -> Result<Reply, ErrorBody> {
    Err(Code::NotHere.into())
}

/// How long `status.watch` waits for something new.
const WATCH: Duration = Duration::from_secs(25);

/// A desk as a front: its table, and the commands that wait.
pub struct DeskFront {
    desk: Arc<Desk>,
    keys: KeyProtection,
}

impl DeskFront {
    pub fn new(desk: Arc<Desk>, keys: KeyProtection) -> Self {
        Self { desk, keys }
    }

    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Whether this caller may send the command now: for a front that stands before this one.
    pub async fn permitted(&self, key: SessionKey, name: &str) -> Result<(), ErrorBody> {
        let (desk, name) = (self.desk.clone(), name.to_owned());
        tokio::task::spawn_blocking(move || desk.permit(key, &name)).await.map_err(|_| Code::Internal)?
    }

    /// The book blocks, so every call goes to a thread that may; a caller that goes away does not stop it.
    async fn run(&self, from: Option<IpAddr>, key: SessionKey, name: String, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody> {
        let desk = self.desk.clone();
        let done = tokio::task::spawn_blocking(move || desk.call_from(from, key, &name, &request)).await;
        done.map_err(|_| Code::Internal)?
    }
}

#[async_trait]
impl Front for DeskFront {
    async fn call(&self, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody> {
        match name {
            "status.watch" => {
                self.permitted(key, name).await?;
                let StatusWatch { seen } = read(&request)?;
                let mut changes = self.desk.subscribe();
                // Ends by time too, so that a browser that left is not waited for.
                let _ = tokio::time::timeout(WATCH, changes.wait_for(|version| *version != seen)).await;
                self.run(None, key, "status.get".to_owned(), Vec::new()).await
            }
            "setup.status" => {
                self.permitted(key, name).await?;
                crate::desk::write(&SetupView { stage: SetupStage::Ready, keys: self.keys, error: None, may_start_over: false })
            }
            "sync.now" => {
                self.permitted(key, name).await?;
                self.run(None, key, "status.get".to_owned(), Vec::new()).await
            }
            _ => self.run(None, key, name.to_owned(), request).await,
        }
    }

    async fn call_from(&self, from: IpAddr, key: SessionKey, name: &str, request: Vec<u8>) -> Result<Vec<u8>, ErrorBody> {
        self.run(Some(from), key, name.to_owned(), request).await
    }

    fn rename_session(&self, from: SessionKey, to: SessionKey) {
        self.desk.rename_session(from, to);
    }
}
