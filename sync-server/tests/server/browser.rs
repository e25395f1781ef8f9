//! A browser as far as a server can tell: it keeps cookies and posts commands from its own page.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use reqwest::{Client, Response, header};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde_json::{Value, json};

pub struct Browser {
    client: Client,
    pub base: String,
    pub cookie: Mutex<Option<String>>,
}

/// A client that trusts one authority, as a browser would that was told to.
pub fn client(authority: Option<&Path>) -> Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    if let Some(path) = authority {
        roots.add(CertificateDer::from_pem_file(path).unwrap()).unwrap();
    }
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    Client::builder().tls_backend_preconfigured(config).no_proxy().build().unwrap()
}

impl Browser {
    pub fn new(base: &str, authority: Option<&Path>) -> Self {
        Self { client: client(authority), base: base.to_owned(), cookie: Mutex::default() }
    }

    /// Posts as given, with these headers in place of the usual ones.
    pub async fn post(&self, name: &str, body: String, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.post(format!("{}/rpc/{name}", self.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = self.cookie.lock().unwrap().clone() {
            request = request.header(header::COOKIE, cookie);
        }
        request.send().await.unwrap()
    }

    pub async fn rpc(&self, name: &str, body: Value) -> (u16, Value) {
        let headers = [("content-type", "application/json"), ("x-hefu", "1"), ("origin", &self.base), ("sec-fetch-site", "same-origin")];
        let response = self.post(name, body.to_string(), &headers).await;
        if let Some(set) = response.headers().get(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap() = (!pair.ends_with('=')).then_some(pair);
        }
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    pub async fn ok(&self, name: &str, body: Value) -> Value {
        let (status, reply) = self.rpc(name, body).await;
        assert_eq!(status, 200, "{name}: {reply}");
        reply
    }

    /// The status and the code of a refusal.
    pub async fn refused(&self, name: &str, body: Value) -> (u16, String) {
        let (status, reply) = self.rpc(name, body).await;
        assert_ne!(status, 200, "{name}: {reply}");
        (status, reply["code"].as_str().unwrap_or_default().to_owned())
    }

    pub async fn who(&self) -> Value {
        self.ok("status.get", json!({})).await["session"]["staff"]["name"].clone()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }
}
