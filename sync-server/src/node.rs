//! The HQ node and the log it stands beside, opened and in step with each other.

use std::{path::Path, sync::Arc};

use ed25519_dalek::SigningKey;
use hefu_core::ids::ChainId;
use hefu_fixtures::{Demo, Scale};
use hefu_log::SqliteLog;
use hefu_replica::{Protection, Replica};

use crate::{
    ServerError,
    folder::Folder,
    founding::{self, Beginning},
};

pub struct Node {
    pub folder: Folder,
    pub log: Arc<SqliteLog>,
    pub replica: Replica,
    pub chain: ChainId,
    pub key: SigningKey,
}

impl Node {
    /// Opens what is in the folder; with `begin` a new chain may start there.
    pub async fn open(data: &Path, file_keys: bool, begin: Option<Beginning>, now: i64) -> Result<Self, ServerError> {
        let path = data.to_owned();
        let folder = founding::blocking(move || Folder::open(&path, file_keys)).await?;
        let key = SigningKey::from_bytes(&*folder.device_key()?);
        let log_key = folder.log_key()?;
        let place = folder.book()?;
        let log = founding::open_log(folder.log(), log_key).await?;
        let public = key.verifying_key().to_bytes();
        let (chain, replica) = match (founding::chain(&log).await?, begin) {
            (Some(chain), begin) => {
                let other = chain != hefu_demo_book::chain_id(&Demo::new(Scale::demo(), founding::DEMO_SEED));
                if begin.is_some_and(|begin| begin.demo) && other {
                    return Err(ServerError::NotFirst);
                }
                (chain, founding::open(&log, place, public, chain, now).await?)
            }
            (None, Some(begin)) => {
                let replica = founding::found(&log, place, public, begin, now).await?;
                (replica.chain(), replica)
            }
            (None, None) => return Err(ServerError::NoChain),
        };
        Ok(Self { folder, log, replica, chain, key })
    }

    pub fn protection(&self) -> Protection {
        self.folder.protection()
    }
}
