//! A till that gets another book: one whose first fetch never came to its end starts over, one that its server has given
//! up joins anew.
//!
//! The book before is set aside in the folder, under the day, and never deleted; its key stays where it is and opens it.
//! Nobody sells between the last look at what is unsent and the moment at which the book is set aside.

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use hefu_core::{
    error::Code,
    wire::{EnrolReply, Enrolment},
};
use hefu_desk::{
    ErrorBody, SessionKey, Surroundings,
    wire::{Link as Shown, SetAside, SetupView, SyncRejoin},
};
use hefu_replica::{Error, Replica};

use super::{Open, Stage, TillNode, now};
use crate::setup;

/// How long a book takes to close at most: a frame may still be being folded, a sale be committed.
const CLOSING: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl TillNode {
    /// Tries now what first run waits for, if it waits for anything.
    pub(super) fn retry(&self) -> SetupView {
        if let Some(open) = self.opened() {
            open.sync.now();
        }
        self.setup_view()
    }

    /// Puts a book away whose first fetch never came to its end, so that first run begins again.
    pub(super) async fn start_over(&self) -> Result<SetupView, ErrorBody> {
        let node = self.clone();
        tokio::task::spawn_blocking(move || node.put_unread_away()).await.map_err(|_| Code::Internal)??;
        Ok(self.setup_view())
    }

    fn put_unread_away(&self) -> Result<(), ErrorBody> {
        let replica = self.close(|open| !open.ready.load(Ordering::Relaxed), CLOSING)?;
        let folder = &self.inner.folder;
        let put_away = move || -> Result<(), Error> {
            let unsent = replica.unsent()?;
            drop(replica);
            if unsent > 0 || folder.server()?.is_some_and(|server| server.caught_up) {
                return Err(Code::AlreadySetUp.into());
            }
            folder.set_aside(now(), 0)?;
            folder.forget_server()
        };
        let done = put_away();
        match done {
            Ok(()) => self.set(Stage::Unset { error: None }),
            Err(_) => self.open_again(),
        }
        Ok(done?)
    }

    /// Joins anew with another code, as another device, once the server has what was written here or a person has seen how
    /// much of it is on this disk alone. Until the new code is accepted nothing is changed.
    pub(super) async fn rejoin(&self, key: SessionKey, request: &[u8]) -> Result<SetupView, ErrorBody> {
        let open = self.at_work().ok_or(Code::NotHere)?;
        open.front.permitted(key, "sync.rejoin").await?;
        let SyncRejoin { code, unkept } = super::read(request)?;
        let seen = u64::try_from(unkept).map_err(|_| Code::RequestInvalid)?;
        let code = Enrolment::read(&code)?;
        let given_up = matches!(open.around.sync().link, Shown::Stopped { why } if why.is_given_up());
        let desk = open.front.desk().clone();
        drop(open);
        let looked = tokio::task::spawn_blocking(move || {
            let replica = desk.replica();
            Ok::<_, Error>((replica.chain(), replica.device(), replica.unkept()?))
        });
        let (chain, device, left) = looked.await.map_err(|_| Code::Internal)??;
        if !given_up {
            return Err(Code::RejoinNotNeeded.into());
        }
        if code.chain != chain {
            return Err(Code::ServerOtherChain.into());
        }
        if left > seen {
            return Err(Code::RejoinUnkept.into());
        }
        let device_key = setup::device_key(&self.inner.folder)?;
        let reply = setup::enrol(&code, &device_key).await?;
        if reply.device == device {
            // Asked again with its own old code, a server answers with the device that it stopped.
            return Err(Code::EnrolCodeUsed.into());
        }
        let node = self.clone();
        let changed = tokio::task::spawn_blocking(move || node.change_books(&code, &reply, seen));
        changed.await.map_err(|_| Code::Internal)??;
        Ok(self.setup_view())
    }

    fn change_books(&self, code: &Enrolment, reply: &EnrolReply, accepted: u64) -> Result<(), ErrorBody> {
        let replica = self.close(|open| open.ready.load(Ordering::Relaxed), CLOSING)?;
        let folder = &self.inner.folder;
        let set_aside = move || -> Result<(), Error> {
            let left = replica.unkept()?;
            drop(replica);
            if left > accepted { Err(Code::RejoinUnkept.into()) } else { folder.set_aside(now(), left) }
        };
        let aside = set_aside();
        if let Err(error) = aside {
            self.open_again();
            return Err(error.into());
        }
        let joined = setup::make_book(folder, code, reply, now()).and_then(|()| self.open());
        if let Err(error) = &joined {
            self.fail(error.clone());
        }
        joined
    }

    /// Takes the book from everybody and waits until nobody uses it; the replica that it returns is the only one. One that is used
    /// for longer than `within` goes on being this till's.
    fn close(&self, may: impl FnOnce(&Open) -> bool, within: Duration) -> Result<Replica, ErrorBody> {
        let mut stage = self.inner.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let Stage::Open(open) = &*stage else { return Err(Code::SetupBusy.into()) };
        if !may(open) {
            return Err(Code::AlreadySetUp.into());
        }
        open.sync.stop();
        let desk = open.front.desk().clone();
        *stage = Stage::Enrolling;
        drop(stage);
        // Whoever waits for something new on the old desk leaves it, and takes what comes next for newer.
        desk.stir();
        let version = desk.version();
        drop(desk);
        self.inner.changed.send_modify(|count| *count = version.max(*count) + 1);
        let began = Instant::now();
        loop {
            match self.inner.folder.book().and_then(|place| Replica::open(&place)) {
                Err(Error::InUse) if began.elapsed() < within => std::thread::sleep(LOOK_AGAIN),
                Ok(replica) => return Ok(replica),
                // A long verification still reads it: nothing is changed, and work goes on as soon as that is through.
                Err(Error::InUse) => {
                    self.open_when_free();
                    return Err(Code::SetupBusy.into());
                }
                Err(error) => {
                    let error = ErrorBody::from(error);
                    self.set(Stage::Broken(error.clone()));
                    return Err(error);
                }
            }
        }
    }

    fn open_when_free(&self) {
        let node = self.clone();
        self.inner.runtime.spawn_blocking(move || {
            while matches!(node.inner.folder.book().and_then(|place| Replica::open(&place)), Err(Error::InUse)) {
                std::thread::sleep(LOOK_AGAIN);
            }
            node.open_again();
        });
    }

    /// Back to the book as it was.
    fn open_again(&self) {
        if let Err(error) = self.open() {
            self.fail(error);
        }
    }

    /// First run begins again where there is no book; one that is there and does not open is not started over.
    pub(super) fn fail(&self, error: ErrorBody) {
        let broken = self.inner.folder.has_book();
        self.set(if broken { Stage::Broken(error) } else { Stage::Unset { error: Some(error) } });
    }
}

/// What a screen shows of the books set aside: those that hold what no server has.
pub(super) fn worth_showing(books: Vec<SetAside>) -> Vec<SetAside> {
    books.into_iter().filter(|book| book.unkept > 0).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

    use hefu_desk::Front;
    use serde_json::{Value, json};
    use tokio::runtime::Handle;

    use super::*;

    async fn stage(node: &TillNode) -> Value {
        let status = node.call(SessionKey([1; 32]), "setup.status", Vec::new()).await.unwrap();
        serde_json::from_slice::<Value>(&status).unwrap()["stage"]["stage"].clone()
    }

    /// As a verification of a large book does, which nobody interrupts.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_book_that_somebody_reads_on_stays_this_tills_and_is_open_again_when_they_are_through() {
        let folder = tempfile::tempdir().unwrap();
        let node = TillNode::start(folder.path(), true, Handle::current());
        let chain =
            json!({ "chain_name": "合符示范", "store_name": "湖滨店", "store_code": "HB", "manager_name": "王店长", "pin": "1357" });
        node.call(SessionKey([1; 32]), "setup.start", chain.to_string().into_bytes()).await.unwrap();
        let reader = node.opened().unwrap().front.desk().clone();

        let closing = node.clone();
        let closed = tokio::task::spawn_blocking(move || closing.close(|_| true, Duration::ZERO).map(|_| ()));
        assert_eq!(closed.await.unwrap().map_err(|error| error.code), Err(Code::SetupBusy));
        assert_eq!(stage(&node).await, "enrolling", "the screen says that it waits, and not that the book is broken");
        assert!(reader.replica().unsent().is_ok(), "whoever reads it reads on");

        let mut changes = node.inner.changed.subscribe();
        drop(reader);
        let opened = changes.wait_for(|_| node.at_work().is_some());
        tokio::time::timeout(CLOSING, opened).await.expect("it is open again").unwrap();
        assert_eq!(stage(&node).await, "ready");
        assert!(folder.path().join("book.db").exists() && node.inner.folder.books_set_aside().is_empty(), "nothing was put away");
    }
}
