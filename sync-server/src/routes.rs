//! Every URL the server answers.
//!
//! | path | TLS | plain console (this machine) |
//! |---|---|---|
//! | `/sync/*` | devices | – |
//! | `/rpc/<name>` | people | people |
//! | `/health` | yes | yes |
//! | `/metrics` | with a token, when one is set | yes |
//! | anything else | the built screens | the built screens |

use std::{path::PathBuf, sync::Arc, time::Duration, time::Instant};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use hefu_core::{error::Code, wire::Refused};
use hefu_desk::Front;
use hefu_door::{Carrier, DoorOptions};
use hefu_log::ChainLog;
use hefu_replica::Replica;
use hefu_sync::SyncService;

use crate::{metrics::Metrics, socket::Seat};

const PUSH: &str = "/sync/push";
const PULL: &str = "/sync/pull";
const PUSH_BYTES_MOST: usize = 2 * 1024 * 1024;
const TALK_BYTES_MOST: usize = 16 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(30);
const HEALTH_WITHIN: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub struct App {
    pub service: Arc<SyncService>,
    pub front: Arc<dyn Front>,
    pub log: Arc<dyn ChainLog>,
    pub replica: Replica,
    pub metrics: Arc<Metrics>,
    pub screens: Option<PathBuf>,
    pub metrics_token: Option<Arc<str>>,
}

pub fn tls(app: &App) -> Router {
    let metrics = if app.metrics_token.is_some() { Router::new().route("/metrics", get(metrics_with_token)) } else { Router::new() };
    let sync = hefu_sync::router(app.service.clone()).layer(middleware::from_fn_with_state(app.clone(), in_time));
    let open = Router::new().route("/health", get(health)).merge(metrics).with_state(app.clone());
    observed(app, open.merge(sync).merge(door(app, Carrier::Tls)))
}

pub fn console(app: &App) -> Router {
    let open = Router::new().route("/health", get(health)).route("/metrics", get(metrics)).with_state(app.clone());
    observed(app, open.merge(door(app, Carrier::Loopback)))
}

fn door(app: &App, carrier: Carrier) -> Router {
    hefu_door::router(app.front.clone(), DoorOptions { carrier, screens: app.screens.clone() })
}

fn observed(app: &App, router: Router) -> Router {
    router.layer(middleware::from_fn_with_state(app.metrics.clone(), observe))
}

/// Counts and times a request, by the route and never by what was asked.
async fn observe(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "pages".to_owned(), |path| path.as_str().to_owned());
    let _pulling = (route == PULL).then(|| metrics.pulling());
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    tracing::debug!(route, status, took_ms = took.as_millis(), "answered");
    metrics.answered(&route, status, took);
    response
}

/// Takes a device's body whole and in time, so that a slow one holds neither a transaction nor much memory. Only a device
/// that has proved itself may send a long one.
async fn in_time(State(app): State<App>, request: Request, next: Next) -> Response {
    let push = request.uri().path() == PUSH;
    let met = bearer(request.headers()).is_some_and(|token| app.service.is_met(token));
    if let Some(seat) = request.extensions().get::<Arc<Seat>>().filter(|_| met) {
        seat.prove();
    }
    if push && !met {
        return refused(StatusCode::UNAUTHORIZED, Code::SignInNeeded);
    }
    let most = if push { PUSH_BYTES_MOST } else { TALK_BYTES_MOST };
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => refused(StatusCode::PAYLOAD_TOO_LARGE, Code::OperationTooLarge),
        Err(_) => refused(StatusCode::REQUEST_TIMEOUT, Code::ServerBusy),
    }
}

fn refused(status: StatusCode, code: Code) -> Response {
    (status, [(header::CONNECTION, "close")], Json(Refused { code, expected: None })).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether the log and the HQ node's book answer; no more than that.
async fn health(State(app): State<App>) -> Response {
    let asked = async {
        let replica = app.replica.clone();
        let log = app.log.setting("chain").await.is_ok();
        let book = tokio::task::spawn_blocking(move || replica.cursor()).await;
        log && book.is_ok_and(|read| read.is_ok())
    };
    let well = tokio::time::timeout(HEALTH_WITHIN, asked).await.unwrap_or(false);
    let said = if well { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "failed\n") };
    said.into_response()
}

async fn metrics(State(app): State<App>) -> Response {
    let replica = app.replica.clone();
    let after = tokio::task::spawn_blocking(move || replica.cursor()).await.ok().and_then(Result::ok).map_or(0, |cursor| cursor.after);
    let head = app.log.tip().borrow().head;
    match app.metrics.text(head, after) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A token is compared by its hash, so that the time it takes says nothing.
async fn metrics_with_token(State(app): State<App>, headers: HeaderMap) -> Response {
    let hash = |text: &str| blake3::hash(text.as_bytes());
    let wanted = app.metrics_token.as_deref().map(hash);
    if wanted.is_some() && bearer(&headers).map(hash) == wanted {
        metrics(State(app)).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}
