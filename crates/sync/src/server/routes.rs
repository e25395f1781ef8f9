//! `/sync/*`: the index of what a device can ask, and how answers look in HTTP (`docs/SYNC.md`).

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use hefu_core::{
    error::Code,
    wire::{Push, PushReply, Refused},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{SyncService, limit::Limit};
use crate::{SyncError, error::told, pack};

const JSON_BYTES_MOST: usize = 16 * 1024;

/// Packed.
const PUSH_BYTES_MOST: usize = 2 * 1024 * 1024;

/// The routes, to be served over TLS. For limits by address, serve them with
/// `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn router(service: Arc<SyncService>) -> Router {
    let talk = Router::new()
        .route("/sync/enrol", post(enrol))
        .route("/sync/hello", post(hello))
        .route("/sync/prove", post(prove))
        .route("/sync/pull", post(pull))
        .route("/sync/lease", post(lease))
        .route("/sync/digest", post(digest))
        .layer(DefaultBodyLimit::max(JSON_BYTES_MOST));
    let push = Router::new().route("/sync/push", post(self::push)).layer(DefaultBodyLimit::max(PUSH_BYTES_MOST));
    talk.merge(push).with_state(Doors { service, limit: Arc::default() })
}

#[derive(Clone)]
struct Doors {
    service: Arc<SyncService>,
    limit: Arc<Limit>,
}

type Body = Result<Bytes, BytesRejection>;
type From = Option<Extension<ConnectInfo<SocketAddr>>>;
type Answer<T> = Result<T, SyncError>;

async fn enrol(State(doors): State<Doors>, from: From, body: Body) -> Answer<Response> {
    let (request, service) = (json(body)?, doors.service.clone());
    doors.limited(&from, spawned(async move { service.enrol(request).await })).await.map(reply)
}

async fn hello(State(doors): State<Doors>, from: From, body: Body) -> Answer<Response> {
    doors.limited(&from, doors.service.hello(json(body)?)).await.map(reply)
}

async fn prove(State(doors): State<Doors>, from: From, body: Body) -> Answer<Response> {
    doors.limited(&from, doors.service.prove(json(body)?)).await.map(reply)
}

async fn push(State(doors): State<Doors>, headers: HeaderMap, body: Body) -> Answer<Json<PushReply>> {
    let token = bearer(&headers)?.to_owned();
    let read = pack::unpack(&whole(body)?).and_then(|bytes| Push::read(&bytes));
    let push = read.map_err(SyncError::refused)?;
    // A device that hangs up does not cut the commit in two, nor the reply off from the commit.
    spawned(async move { doors.service.push(&token, push).await }).await.map(Json)
}

async fn pull(State(doors): State<Doors>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let pulled = doors.service.pull(bearer(&headers)?, json(body)?).await?;
    let packed = pulled.write().and_then(|bytes| pack::pack(&bytes)).map_err(SyncError::Failed)?;
    Ok(([(header::CONTENT_TYPE, "application/zstd")], packed).into_response())
}

async fn lease(State(doors): State<Doors>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let (token, request) = (bearer(&headers)?.to_owned(), json(body)?);
    // A device that hangs up does not cut the commit in two.
    spawned(async move { doors.service.lease(&token, request).await }).await.map(reply)
}

async fn digest(State(doors): State<Doors>, headers: HeaderMap, body: Body) -> Answer<Response> {
    doors.service.digest(bearer(&headers)?, json(body)?).await.map(reply)
}

impl Doors {
    /// Counts refusals of somebody who has not shown who they are.
    async fn limited<T>(&self, from: &From, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        let from = from.as_ref().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(ConnectInfo(address))| address.ip());
        if !self.limit.permits(from, Instant::now()) {
            return Err(SyncError::refused(Code::ServerBusy));
        }
        let done = work.await;
        let guess = |code| {
            matches!(
                code,
                Code::EnrolCodeWrong
                    | Code::EnrolCodeUsed
                    | Code::EnrolCodeOld
                    | Code::SignInNeeded
                    | Code::DeviceUnknown
                    | Code::RequestInvalid
            )
        };
        if done.as_ref().is_err_and(|error| guess(error.code())) {
            self.limit.failed(from, Instant::now());
        }
        done
    }
}

async fn spawned<T: Send + 'static>(work: impl Future<Output = Answer<T>> + Send + 'static) -> Answer<T> {
    tokio::spawn(work).await.map_err(|_| SyncError::Failed(Code::Internal))?
}

fn reply(body: impl Serialize) -> Response {
    Json(body).into_response()
}

fn whole(body: Body) -> Answer<Bytes> {
    body.map_err(|rejection| {
        let large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        SyncError::refused(if large { Code::OperationTooLarge } else { Code::RequestInvalid })
    })
}

fn json<T: DeserializeOwned>(body: Body) -> Answer<T> {
    serde_json::from_slice(&whole(body)?).map_err(|_| SyncError::refused(Code::RequestInvalid))
}

fn bearer(headers: &HeaderMap) -> Answer<&str> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(SyncError::refused(Code::SignInNeeded))
}

/// The status that goes with a code; the body says the code itself.
fn status(code: Code) -> StatusCode {
    match code {
        Code::SyncGap | Code::SyncFork | Code::ServerOtherChain => StatusCode::CONFLICT,
        Code::DeviceRevoked | Code::DeviceUnknown | Code::NotPermitted => StatusCode::FORBIDDEN,
        Code::EnrolCodeWrong | Code::EnrolCodeUsed | Code::EnrolCodeOld => StatusCode::FORBIDDEN,
        Code::SignInNeeded => StatusCode::UNAUTHORIZED,
        Code::ServerNewer => StatusCode::UPGRADE_REQUIRED,
        Code::ServerBusy => StatusCode::TOO_MANY_REQUESTS,
        Code::ServerCannotWrite => StatusCode::INSUFFICIENT_STORAGE,
        Code::OperationTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::RequestInvalid | Code::ServerRubbish | Code::SyncDamaged => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for SyncError {
    fn into_response(self) -> Response {
        let body = match self {
            SyncError::Refused(refused) => refused,
            other => {
                tracing::error!(code = %other.code(), "a request failed");
                Refused { code: told(other.code()), expected: None }
            }
        };
        // The rest of what is too long is not read: the next request on this connection would be taken for a part of it.
        let ends = (body.code == Code::OperationTooLarge).then_some([(header::CONNECTION, "close")]);
        (status(body.code), ends, Json(body)).into_response()
    }
}
