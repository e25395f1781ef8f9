//! The HTTP face of a desk: `POST /rpc/<name>`, sign-in sessions in a cookie, and the built screens.
//!
//! A door knows no rule of the shop: it carries a command's bytes to a [`Front`] and the reply back. What it does
//! promise is that only this page's own script can speak (a header no form can send, same origin, a strict content
//! policy), that a session's name is random, changes when someone signs in and is never seen by a script, that guessing
//! is slow, and that neither a request nor a reply is ever written to a log.

mod answer;
mod cookie;
mod guard;
mod limit;
mod pages;
mod rpc;

use std::{net::IpAddr, path::PathBuf, sync::Arc};

use axum::{Router, http::HeaderMap, middleware, routing::post};
use hefu_desk::Front;
use tokio::sync::Semaphore;

pub use answer::status;

/// What the door is reached over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// TLS: the cookie is `Secure` and bound to this host.
    Tls,
    /// Plain HTTP of this machine with itself. Every name but the machine's own is refused, so that no foreign page
    /// that has its name point here gets an answer.
    Loopback,
}

/// How a door is opened.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    pub carrier: Carrier,
    /// The folder of the built screens; without one the door serves commands alone.
    pub screens: Option<PathBuf>,
}

/// Secrets being checked at one time: each takes Argon2's memory.
const SECRETS_AT_ONCE: usize = 4;

#[derive(Clone)]
pub(crate) struct Door {
    front: Arc<dyn Front>,
    carrier: Carrier,
    guesses: Arc<limit::Limit>,
    secrets: Arc<Semaphore>,
}

/// The routes. For limits by address, serve them with `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn router(front: Arc<dyn Front>, options: DoorOptions) -> Router {
    let door = Door { front, carrier: options.carrier, guesses: Arc::default(), secrets: Arc::new(Semaphore::new(SECRETS_AT_ONCE)) };
    // Below `/rpc` there are commands and nothing else.
    let commands = Router::new().route("/{name}", post(rpc::call)).fallback(rpc::nothing).with_state(door);
    Router::new()
        .nest("/rpc", commands)
        .merge(pages::router(options.screens))
        .layer(middleware::from_fn_with_state(options.carrier, guard::host))
        .layer(middleware::map_response(guard::headers))
}

/// The port in `Host`, so that doors beside each other on one machine keep their cookies apart.
pub(crate) fn port(headers: &HeaderMap, carrier: Carrier) -> u16 {
    let default = if carrier == Carrier::Tls { 443 } else { 80 };
    guard::authority(headers).and_then(|host| host.port_u16()).unwrap_or(default)
}

pub(crate) const UNKNOWN_ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
