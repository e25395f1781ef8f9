//! As much HTTP as it takes to speak with a till, a console and a driver on this machine.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::stop::{Stop, While};

pub struct Answer {
    pub status: u16,
    head: String,
    body: Vec<u8>,
}

/// One request and its answer over a socket of its own. `body` as JSON when there is one.
pub fn call(method: &str, host: &str, path: &str, headers: &str, body: Option<&Value>) -> Result<Answer, Stop> {
    let what = format!("{method} {host}{path}");
    let mut socket = TcpStream::connect(host).doing(&what)?;
    socket.set_read_timeout(Some(Duration::from_secs(90))).doing(&what)?;
    let body = body.map(Value::to_string).unwrap_or_default();
    // Version 1.0, so that the answer comes in one piece and ends where the socket does.
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(body.as_bytes())).doing(&what)?;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).doing(&what)?;
    Answer::read(&bytes).ok_or_else(|| Stop::new(format!("{what}: that was no HTTP")))
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(bytes.get(..at)?).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes.get(at + 4..)?.to_vec() })
    }

    pub fn json(&self) -> Result<Value, Stop> {
        serde_json::from_slice(&self.body).doing("an answer that is no JSON")
    }

    /// The `name=value` of a cookie that was set.
    fn cookie(&self) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.trim().split(';').next().map(str::to_owned))?
        })
    }
}

/// A desk reached over its door, with the session of one person.
pub struct Desk {
    host: String,
    cookie: Option<String>,
}

impl Desk {
    /// `address` is `http://host:port`.
    pub fn at(address: &str) -> Self {
        Self { host: address.trim_start_matches("http://").trim_end_matches('/').to_owned(), cookie: None }
    }

    pub fn rpc(&mut self, name: &str, request: &Value) -> Result<Value, Stop> {
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let answer = call("POST", &self.host, &format!("/rpc/{name}"), &format!("X-Hefu: 1\r\n{cookie}"), Some(request))?;
        if let Some(cookie) = answer.cookie() {
            self.cookie = Some(cookie);
        }
        let body = answer.json()?;
        if answer.status == 200 { Ok(body) } else { Err(Stop::new(format!("{name} was refused: {body}"))) }
    }

    pub fn ask(&mut self, name: &str) -> Result<Value, Stop> {
        self.rpc(name, &json!({}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let text = b"HTTP/1.1 200 OK\r\nSet-Cookie: hefu=abc; Path=/\r\nContent-Length: 2\r\n\r\n{}";
        let answer = Answer::read(text).unwrap();
        assert_eq!((answer.status, answer.cookie().as_deref(), answer.json().unwrap()), (200, Some("hefu=abc"), json!({})));
        assert!(Answer::read(b"rubbish").is_none());
    }
}
