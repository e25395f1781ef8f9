//! In process: the HQ node lives in the server and is a device like any other.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hefu_core::{
    error::Code,
    wire::{DigestReply, DigestRequest, EnrolReply, EnrolRequest, LeaseReply, LeaseRequest, PullRequest, Pulled, Push, PushReply},
};

use super::{Met, Transport, Who, bound, hello_request, proof};
use crate::{SyncError, SyncService};

pub struct LocalTransport {
    service: Arc<SyncService>,
    token: Mutex<Option<String>>,
}

impl LocalTransport {
    pub fn new(service: Arc<SyncService>) -> Self {
        Self { service, token: Mutex::default() }
    }

    fn token(&self) -> Result<String, SyncError> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.clone().ok_or(SyncError::refused(Code::SignInNeeded))
    }
}

#[async_trait]
impl Transport for LocalTransport {
    fn server(&self) -> String {
        "local".to_owned()
    }

    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, SyncError> {
        self.service.enrol(request.clone()).await
    }

    async fn hello(&self, who: &Who) -> Result<Met, SyncError> {
        let hello = self.service.hello(hello_request(who)).await?;
        let proved = self.service.prove(proof(who, &hello)?).await?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(proved.token);
        Ok(Met { now: hello.now })
    }

    async fn push(&self, push: &Push) -> Result<PushReply, SyncError> {
        self.service.push(&self.token()?, push.clone()).await
    }

    async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError> {
        self.service.pull(&self.token()?, request.clone()).await
    }

    async fn lease(&self, who: &Who, request: &LeaseRequest) -> Result<LeaseReply, SyncError> {
        bound(who, request, self.service.lease(&self.token()?, request.clone()).await?)
    }

    async fn digest(&self, request: &DigestRequest) -> Result<DigestReply, SyncError> {
        self.service.digest(&self.token()?, *request).await
    }
}
