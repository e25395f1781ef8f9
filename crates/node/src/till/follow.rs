//! What a till keeps of what sync says: on the screen at once, and in the folder when it must outlive the program.
//!
//! What could not be written is not taken for kept: it is tried again with every word from sync and, as a till that is stopped hears
//! none, after a while by itself. Otherwise a till whose rights were ended while its disk was full would sell after a restart (F6).

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hefu_core::error::Code;
use hefu_sync::{Link, SyncState};

use super::{Open, TillNode};
use crate::folder::{Folder, Server};

const TRY_AGAIN: Duration = Duration::from_secs(2);

impl TillNode {
    /// Follows sync until its engine ends.
    pub(super) fn follow_sync(&self, open: Open, server: Server, revoked: Arc<AtomicBool>) {
        let node = self.clone();
        let mut states = open.sync.watch();
        let mut memory = Memory { due: server.clone(), kept: server };
        self.inner.runtime.spawn(async move {
            loop {
                tokio::select! {
                    changed = states.changed() => if changed.is_err() {
                        // For the last time: whoever opens this book next reads the file.
                        memory.keep(&node.inner.folder);
                        return;
                    },
                    () = tokio::time::sleep(TRY_AGAIN), if memory.is_behind() => (),
                }
                let state = states.borrow_and_update().clone();
                memory.take(&state);
                memory.keep(&node.inner.folder);
                revoked.fetch_or(is_ended(&state), Ordering::Relaxed);
                open.ready.fetch_or(is_level(&state), Ordering::Relaxed);
                note_length(&open, &state);
                open.front.desk().stir();
                node.inner.changed.send_modify(|count| *count += 1);
            }
        });
    }
}

/// What the folder is to say of the server. It only grows: a till that was told to stop and then lost its line was told.
struct Memory {
    due: Server,
    /// As it is on the disk.
    kept: Server,
}

impl Memory {
    fn take(&mut self, state: &SyncState) {
        let due = &mut self.due;
        due.revoked |= is_ended(state);
        due.caught_up |= is_level(state);
        if let Some(heard) = &state.heard
            && due.heard.as_ref().is_none_or(|due| due.is_overtaken_by(heard))
        {
            due.heard = Some(heard.clone());
        }
    }

    fn is_behind(&self) -> bool {
        self.due != self.kept
    }

    fn keep(&mut self, folder: &Folder) {
        if !self.is_behind() {
            return;
        }
        match folder.set_server(&self.due) {
            Ok(()) => self.kept = self.due.clone(),
            Err(error) => tracing::error!(%error, "what sync said is not kept yet"),
        }
    }
}

fn is_ended(state: &SyncState) -> bool {
    state.link == Link::Stopped(Code::DeviceRevoked)
}

fn is_level(state: &SyncState) -> bool {
    state.link == Link::Online && state.behind == Some(0)
}

fn note_length(open: &Open, state: &SyncState) {
    let behind = state.behind.map_or(0, |behind| i64::try_from(behind).unwrap_or(i64::MAX));
    let mut total = open.to_fetch.lock().unwrap_or_else(PoisonError::into_inner);
    *total = behind.max(*total);
}
