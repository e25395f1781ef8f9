//! `POST /rpc/<name>`: one command in, its reply or its refusal out.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use hefu_core::error::Code;
use hefu_desk::{ErrorBody, SessionKey};

use crate::{Door, UNKNOWN_ADDRESS, answer::Refusal, cookie, guard, limit::whose};

const BODY_BYTES_MOST: usize = 64 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(10);

type From = Option<Extension<ConnectInfo<SocketAddr>>>;

/// Commands that check a secret, and after which somebody else is at the window or the same one anew.
fn signs_in(name: &str) -> bool {
    matches!(name, "session.sign_in" | "session.password" | "session.first_admin" | "session.admin_code" | "session.change_secret")
}

pub async fn call(
    State(door): State<Door>,
    Path(name): Path<String>,
    from: From,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    guard::own_page(&headers, door.carrier)?;
    let request = match read(body).await {
        Ok(request) => request,
        // What is left of it would be taken for the next request on this connection.
        Err(code) => return Ok(([(header::CONNECTION, "close")], Refusal::from(code)).into_response()),
    };
    let from = from.map_or(UNKNOWN_ADDRESS, |Extension(ConnectInfo(address))| address.ip());
    if signs_in(&name) {
        // A browser that hangs up halfway does not leave a session behind under a name that was known before.
        return tokio::spawn(async move { door.sign_in(name, from, &headers, request).await }).await.map_err(|_| Code::Internal)?;
    }
    let key = cookie::read(&headers, door.carrier);
    let done = door.front.call(key.map_or_else(cookie::fresh, Ok)?, &name, request).await?;
    let ended = name == "session.sign_out";
    let cookie = if ended { Some(cookie::write(&headers, door.carrier, None)?) } else { None };
    Ok(reply(done, cookie))
}

pub async fn nothing() -> Refusal {
    Code::CommandUnknown.into()
}

impl Door {
    async fn sign_in(&self, name: String, from: IpAddr, headers: &HeaderMap, request: Vec<u8>) -> Result<Response, Refusal> {
        let _turn = self.secrets.acquire().await.map_err(|_| Code::ServerBusy)?;
        if !self.guesses.permits(from, Instant::now()) {
            return Err(Code::ServerBusy.into());
        }
        let before = cookie::read(headers, self.carrier).map_or_else(cookie::fresh, Ok)?;
        let done = self.front.call_from(whose(from), before, &name, request).await;
        if let Err(refused) = &done {
            self.count(refused, &name, from);
        }
        let done = done?;
        let after: SessionKey = cookie::fresh()?;
        self.front.rename_session(before, after);
        Ok(reply(done, Some(cookie::write(headers, self.carrier, Some(after))?)))
    }

    fn count(&self, refused: &ErrorBody, name: &str, from: IpAddr) {
        let guess = matches!(
            refused.code,
            Code::PinWrong | Code::PasswordWrong | Code::FirstAdminCodeWrong | Code::SignInLocked | Code::StaffUnknown
        );
        if guess {
            tracing::warn!(command = name, code = %refused.code, "a sign-in was refused");
            self.guesses.failed(from, Instant::now());
        }
    }
}

/// The whole body, in time.
async fn read(body: Body) -> Result<Vec<u8>, Code> {
    let read = tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY_BYTES_MOST)).await;
    Ok(read.map_err(|_| Code::RequestInvalid)?.map_err(|_| Code::RequestInvalid)?.to_vec())
}

fn reply(body: Vec<u8>, cookie: Option<HeaderValue>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (kind, body).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
