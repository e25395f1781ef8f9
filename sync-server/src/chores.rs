//! The HQ node's own work, driven: pieces one after another, then a wait for somebody to ask or for the calendar.

use std::{sync::Arc, time::Duration};

use hefu_desk::Desk;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::founding::blocking;

/// How soon a new day is noticed, and something that failed is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The task, and how it is told to end.
pub struct Chores {
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Chores {
    /// `closing` is what the desk's world reads too: work under way ends at its next step.
    pub fn begin(desk: Arc<Desk>, closing: watch::Sender<bool>) -> Self {
        Self { task: tokio::spawn(keep_at(desk, closing.subscribe())), closing }
    }

    /// Returns when the transaction that is being written, if one is, has ended.
    pub async fn end(self, within: Duration) {
        self.closing.send_replace(true);
        let _ = timeout(within, self.task).await;
    }
}

async fn keep_at(desk: Arc<Desk>, mut closing: watch::Receiver<bool>) {
    let mut begun = false;
    while !*closing.borrow() {
        let at = desk.clone();
        let done = blocking(move || {
            if !begun {
                at.begin_chores()?;
            }
            Ok(at.chore()?)
        })
        .await;
        match done {
            Ok(more) => {
                begun = true;
                if more {
                    continue;
                }
            }
            Err(error) => tracing::error!(code = %error.code(), "the node's own work failed and is tried again"),
        }
        tokio::select! {
            () = desk.asked() => (),
            () = sleep(LOOK_EVERY) => (),
            _ = closing.changed() => (),
        }
    }
}
