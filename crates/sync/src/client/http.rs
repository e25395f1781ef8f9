//! Over HTTPS, to one pinned certificate. No proxy and no redirect: a till talks to its server and to nobody else.

use std::{
    error::Error,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use hefu_core::{
    error::Code,
    wire::{
        DigestReply, DigestRequest, EnrolReply, EnrolRequest, HelloReply, LeaseReply, LeaseRequest, ProveReply, PullRequest, Pulled, Push,
        PushReply, Refused, UNPACKED_BYTES_MOST,
    },
};
use reqwest::{Client, Response, StatusCode, Url, header, redirect};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Met, Transport, Who, bound, hello_request, proof};
use crate::{SyncError, pack, pin};

const CONNECT: Duration = Duration::from_secs(5);
const TALK: Duration = Duration::from_secs(20);
const PUSH: Duration = Duration::from_secs(60);

/// On top of what a pull was asked to wait.
const PULL: Duration = Duration::from_secs(20);

pub struct HttpTransport {
    client: Client,
    address: Url,
    token: Mutex<Option<String>>,
}

impl HttpTransport {
    /// `address` is `https://host:port`; `pin` the SHA-256 of the certificate to trust. Errors with `enrol.malformed`.
    pub fn new(address: &str, pin: &str) -> Result<Self, SyncError> {
        let address = Url::parse(address).map_err(|_| SyncError::Address)?;
        if address.scheme() != "https" || address.host().is_none() {
            return Err(SyncError::Address);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(pin::client_config(pin)?)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .tcp_keepalive(Duration::from_secs(15))
            .build()
            .map_err(|_| SyncError::Failed(Code::Internal))?;
        Ok(Self { client, address, token: Mutex::default() })
    }

    async fn json<T: DeserializeOwned>(&self, path: &str, request: &impl Serialize, token: Option<String>) -> Result<T, SyncError> {
        let body = serde_json::to_vec(request).map_err(|_| SyncError::Failed(Code::Internal))?;
        let reply = self.post(path, "application/json", body, token, TALK).await?;
        serde_json::from_slice(&reply).map_err(|_| SyncError::Rubbish("a reply is not what was asked for"))
    }

    async fn post(
        &self,
        path: &str,
        kind: &'static str,
        body: Vec<u8>,
        token: Option<String>,
        within: Duration,
    ) -> Result<Vec<u8>, SyncError> {
        let address = self.address.join(path).map_err(|_| SyncError::Address)?;
        let mut request = self.client.post(address).timeout(within).header(header::CONTENT_TYPE, kind).body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(|error| fault(&error))?;
        let (status, bytes) = (response.status(), read(&mut response).await?);
        if status == StatusCode::OK { Ok(bytes) } else { Err(refusal(status, &bytes)) }
    }

    fn token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads a body no longer than anything the server would say.
async fn read(response: &mut Response) -> Result<Vec<u8>, SyncError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
        if bytes.len() + chunk.len() > UNPACKED_BYTES_MOST {
            return Err(SyncError::Rubbish("a reply is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What a status other than 200 means. A code this program does not know is a newer server's.
fn refusal(status: StatusCode, body: &[u8]) -> SyncError {
    #[derive(Deserialize)]
    struct Other {
        #[serde(rename = "code")]
        _code: String,
    }
    if let Ok(refused) = serde_json::from_slice::<Refused>(body) {
        return SyncError::Refused(refused);
    }
    if serde_json::from_slice::<Other>(body).is_ok() {
        return SyncError::Newer;
    }
    match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            SyncError::Unreachable("what stands before the server does not reach it")
        }
        _ => SyncError::Rubbish("a refusal that is none"),
    }
}

/// Tells a wrong certificate and rubbish from a line that is down.
fn fault(error: &reqwest::Error) -> SyncError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => return SyncError::Certificate,
            Some(_) => return SyncError::Rubbish("it does not speak TLS as it should"),
            None => (),
        }
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return SyncError::Rubbish("it does not speak HTTP");
        }
        // What an I/O error wraps is not its source, but what it is.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source());
    }
    SyncError::Unreachable(if error.is_timeout() { "no answer in time" } else { "no connection" })
}

#[async_trait]
impl Transport for HttpTransport {
    fn server(&self) -> String {
        let host = self.address.host_str().unwrap_or_default();
        self.address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, SyncError> {
        self.json("/sync/enrol", request, None).await
    }

    async fn hello(&self, who: &Who) -> Result<Met, SyncError> {
        let hello: HelloReply = self.json("/sync/hello", &hello_request(who), None).await?;
        let proved: ProveReply = self.json("/sync/prove", &proof(who, &hello)?, None).await?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(proved.token);
        Ok(Met { now: hello.now })
    }

    async fn push(&self, push: &Push) -> Result<PushReply, SyncError> {
        let body = push.write().and_then(|bytes| pack::pack(&bytes)).map_err(SyncError::Failed)?;
        let reply = self.post("/sync/push", "application/zstd", body, self.token(), PUSH).await?;
        serde_json::from_slice(&reply).map_err(|_| SyncError::Rubbish("the reply to a push"))
    }

    async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncError> {
        let body = serde_json::to_vec(request).map_err(|_| SyncError::Failed(Code::Internal))?;
        let within = PULL + Duration::from_secs(request.wait.into());
        let reply = self.post("/sync/pull", "application/json", body, self.token(), within).await?;
        let pulled = pack::unpack(&reply).and_then(|bytes| Pulled::read(&bytes));
        pulled.map_err(|_| SyncError::Rubbish("a frame"))
    }

    async fn lease(&self, who: &Who, request: &LeaseRequest) -> Result<LeaseReply, SyncError> {
        bound(who, request, self.json("/sync/lease", request, self.token()).await?)
    }

    async fn digest(&self, request: &DigestRequest) -> Result<DigestReply, SyncError> {
        self.json("/sync/digest", request, self.token()).await
    }
}
