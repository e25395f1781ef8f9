use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{SessionView, StoreView};

/// What kind of node answers, and whether it may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// No book yet: first run.
    Unset,
    /// A till at work.
    Till,
    /// A till whose right to take part was ended and that knows it: it can show and send, not sell.
    Revoked,
    /// The HQ node of a server, before its first administrator.
    HqUnset,
    Hq,
}

/// The status bar, and what a screen needs before it draws anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatusView {
    /// Another number after every change of this view or of the book; pass it to `status.watch`.
    pub version: u64,
    pub node: NodeState,
    pub chain_name: Option<String>,
    pub store: Option<StoreView>,
    pub till_no: Option<u32>,
    pub session: SessionView,
    pub sync: SyncView,
    /// The node's clock, corrected by what it knows of its offset.
    pub now: i64,
    /// The demo chain says so on every screen, and shows its PINs there.
    pub demo: bool,
}

/// Answers as soon as the status is another than `seen`, or after 25 s with the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StatusWatch {
    pub seen: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncView {
    pub link: Link,
    /// Own operations the server has not confirmed.
    pub unsent: i64,
    /// Own operations that the server neither has nor, when it refuses this till for good, keeps apart for head office.
    pub unkept: i64,
    pub last_met_at: Option<i64>,
    pub server: Option<String>,
    /// While catching up: how many operations are still to come.
    pub behind: Option<i64>,
    /// This till's clock against the server's, when known. Positive: the till is ahead.
    pub clock_ahead_ms: Option<i64>,
    /// Earlier books of this till that hold what no server has.
    pub set_aside: Vec<SetAside>,
}

impl SyncView {
    /// What is known of a link of which nothing else is.
    pub fn of(link: Link) -> Self {
        let (last_met_at, server, behind, clock_ahead_ms) = (None, None, None, None);
        Self { link, unsent: 0, unkept: 0, last_met_at, server, behind, clock_ahead_ms, set_aside: Vec::new() }
    }
}

/// A book that this till had before it joined anew: it lies in the till's folder, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetAside {
    /// Of its folder in `set-aside`, which begins with the day.
    pub name: String,
    pub at: i64,
    pub unkept: i64,
}

/// Joins anew, as another device, a till that its server has given up; the book before is set aside.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SyncRejoin {
    pub code: String,
    /// How many operations the person has seen that no server has: more than that is refused with `rejoin.unkept`.
    pub unkept: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Link {
    /// A chain without a server yet.
    NoServer,
    Online,
    Offline,
    /// Sync cannot go on by itself. Selling goes on, except when revoked.
    Stopped {
        why: Stopped,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The server holds another history under this log's name: a copied disk.
    Fork,
    /// The server misses operations this till believes it has: the server was restored.
    Gap,
    /// The server speaks a newer version: update this till.
    Newer,
    Revoked,
    /// The certificate is not the one in the code this till was enrolled with.
    Certificate,
    /// The server answers for another chain.
    OtherChain,
    /// What came back is not what a Hefu server says.
    Rubbish,
    /// What was sent or came back is not what its hash, its place or its rights say: a changed byte, on a disk or on the way.
    Damaged,
    /// The server does not know this till: it was restored from before the till joined.
    Unknown,
    /// The server cannot write what it is sent: its disk is full, or its folder lost its rights.
    Server,
    /// This machine cannot write what it received: a full disk, a folder that lost its rights, a damaged file.
    Machine,
}

/// One difference between what is folded and what the operations say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VerifyReport {
    pub ok: bool,
    pub operations: i64,
    /// The digest over all folded tables, hex.
    pub digest: String,
    /// The chain's sequence this digest stands for, when nothing is unsent.
    pub at_seq: Option<i64>,
    /// Whether the server's digest at the same sequence is equal; `null` when it could not be asked.
    pub agrees_with_server: Option<bool>,
    /// Names of the tables that differ from a fresh fold.
    pub differing: Vec<String>,
}

impl Stopped {
    /// What a code from the conversation with the server means for the status bar.
    pub fn of(code: hefu_core::error::Code) -> Self {
        use hefu_core::error::Code;
        match code {
            Code::SyncFork => Stopped::Fork,
            Code::SyncGap => Stopped::Gap,
            Code::ServerNewer => Stopped::Newer,
            Code::DeviceRevoked => Stopped::Revoked,
            Code::DeviceUnknown => Stopped::Unknown,
            Code::ServerCertificate => Stopped::Certificate,
            Code::ServerOtherChain => Stopped::OtherChain,
            Code::SyncDamaged | Code::RequestInvalid | Code::OperationTooLarge | Code::NotPermitted => Stopped::Damaged,
            Code::ServerCannotWrite => Stopped::Server,
            Code::DiskFull
            | Code::FolderReadOnly
            | Code::DatabaseNewer
            | Code::DatabaseInUse
            | Code::DatabaseKeyWrong
            | Code::DatabaseDamaged
            | Code::KeyStoreFailed
            | Code::Internal => Stopped::Machine,
            // No server of ours says anything else to a till: the test below holds every other code to that.
            _ => Stopped::Rubbish,
        }
    }

    /// Whether nothing but joining anew lets this till take part again, unless its server changes.
    pub fn is_given_up(self) -> bool {
        matches!(self, Stopped::Fork | Stopped::Gap | Stopped::Unknown | Stopped::Revoked | Stopped::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use hefu_core::error::Code;

    use super::*;

    #[test]
    fn each_code_of_the_conversation_is_the_stop_that_says_what_to_do() {
        for (code, stopped, given_up) in [
            (Code::SyncFork, Stopped::Fork, true),
            (Code::SyncGap, Stopped::Gap, true),
            (Code::DeviceUnknown, Stopped::Unknown, true),
            (Code::DeviceRevoked, Stopped::Revoked, true),
            (Code::SyncDamaged, Stopped::Damaged, true),
            (Code::RequestInvalid, Stopped::Damaged, true),
            (Code::OperationTooLarge, Stopped::Damaged, true),
            (Code::NotPermitted, Stopped::Damaged, true),
            (Code::ServerNewer, Stopped::Newer, false),
            (Code::ServerCertificate, Stopped::Certificate, false),
            (Code::ServerOtherChain, Stopped::OtherChain, false),
            (Code::ServerRubbish, Stopped::Rubbish, false),
            (Code::DiskFull, Stopped::Machine, false),
            (Code::FolderReadOnly, Stopped::Machine, false),
            (Code::DatabaseNewer, Stopped::Machine, false),
            (Code::DatabaseInUse, Stopped::Machine, false),
            (Code::DatabaseKeyWrong, Stopped::Machine, false),
            (Code::DatabaseDamaged, Stopped::Machine, false),
            (Code::KeyStoreFailed, Stopped::Machine, false),
            (Code::Internal, Stopped::Machine, false),
            (Code::ServerCannotWrite, Stopped::Server, false),
        ] {
            assert_eq!((Stopped::of(code), stopped.is_given_up()), (stopped, given_up), "{code}");
        }
    }

    /// A code that is added later falls to no stop by chance: what a server says, and what this machine cannot do, has a stop of its own.
    #[test]
    fn only_what_no_server_of_ours_says_is_rubbish() {
        let of_a_server = ["server.", "sync.", "device."];
        let of_this_machine = ["disk.", "folder.", "database.", "key_store.", "internal"];
        // The engine goes on after these by itself and shows no stop.
        let never_stops = [Code::ServerUnreachable, Code::ServerBusy];
        for code in Code::ALL.iter().copied().filter(|code| !never_stops.contains(code)) {
            let begins = |with: &[&str]| with.iter().any(|start| code.as_str().starts_with(start));
            let stopped = Stopped::of(code);
            assert_eq!(stopped == Stopped::Machine, begins(&of_this_machine), "{code}");
            if begins(&of_a_server) && code != Code::ServerRubbish {
                assert_ne!(stopped, Stopped::Rubbish, "{code}");
            }
        }
    }
}
