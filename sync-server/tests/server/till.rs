//! A till as far as sync goes: an encrypted book, a key, and an engine over TLS.

use std::{sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use hefu_core::{
    error::Code,
    ids::{LogId, MemberId},
    member::PersonChange,
    op::{Draft, MemberRegistered},
    phone::Phone,
    seal::PersonKey,
    wire::Enrolment,
};
use hefu_replica::{By, Identity, Place, Replica, Secret};
use hefu_sync::{Engine, HttpTransport, Link, SyncError, SyncHandle, SyncOptions, enrol, system_clock, system_random};
use tempfile::TempDir;

pub struct Till {
    pub replica: Replica,
    pub key: SigningKey,
    code: Enrolment,
    pub engine: Option<SyncHandle>,
    _folder: TempDir,
}

pub fn random<const N: usize>() -> [u8; N] {
    let bytes = system_random()().unwrap();
    std::array::from_fn(|at| bytes[at % 32])
}

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&random())
}

impl Till {
    pub async fn join(code: Enrolment) -> Result<Self, SyncError> {
        let key = key();
        let reply = enrol(&code, &key).await?;
        let folder = TempDir::new().unwrap();
        let log = LogId::new(system_clock()(), random());
        let identity = Identity { chain: reply.chain, device: reply.device, store: reply.store, till_no: reply.till_no, log };
        let replica = Replica::create(&Place::new(folder.path().join("book.db"), Secret::new(random())), identity).unwrap();
        Ok(Self { replica, key, code, engine: None, _folder: folder })
    }

    /// Plugs the cable in.
    pub fn connect(&mut self) {
        let transport = HttpTransport::new(&self.code.address, &self.code.fingerprint).unwrap();
        let options = SyncOptions { pause_most: Duration::from_millis(300), ..SyncOptions::default() };
        let (engine, handle) = Engine::new(self.replica.clone(), Arc::new(transport), self.key.clone(), options);
        tokio::spawn(engine.run());
        self.engine = Some(handle);
    }

    /// Registers a member here.
    pub fn register(&self, name: &str, phone: &str) -> MemberId {
        let now = system_clock()();
        let member = MemberId::new(now, random());
        let key = PersonKey::new(random());
        let person = PersonChange { phone: Some(Phone::parse(phone).unwrap()), name: Some(name.to_owned()), ..PersonChange::default() };
        let draft = Draft::new(MemberRegistered { member, owner: None }).with_sealed(&key, member.0, random(), &person).unwrap();
        self.replica
            .write(|book| {
                book.put_key(member.0, &key)?;
                book.append(By { who: None, at: now, ahead: 0 }, &draft)
            })
            .unwrap();
        member
    }

    pub fn members(&self) -> i64 {
        self.replica.read(|book| book.member_count()).unwrap()
    }

    pub fn link(&self) -> Link {
        self.engine.as_ref().unwrap().state().link
    }

    pub async fn stopped(&self) -> Code {
        let mut stopped = Code::Internal;
        eventually("a stop", || match self.link() {
            Link::Stopped(code) => {
                stopped = code;
                true
            }
            _ => false,
        })
        .await;
        stopped
    }
}

pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come");
}
