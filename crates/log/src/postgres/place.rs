//! Where the database is, who signs in, and how its server is known.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::LogError;

/// The longest wait for a connection, and for the other side's word that a packet came: a server that vanished without a
/// word is found out before a till gives up.
const CONNECT_MOST: Duration = Duration::from_secs(5);
const UNACKNOWLEDGED_MOST: Duration = Duration::from_secs(8);
const KEEPALIVE_AFTER: Duration = Duration::from_secs(10);

/// What every connection sets: whose tables they are, that a commit is on the disk before it is acknowledged, and that neither
/// a lost process nor a slow statement keeps others waiting for its locks. Later ones win over an operator's own.
const OPTIONS: &str = "-c search_path=hefu_log -c synchronous_commit=on -c statement_timeout=9000 \
                       -c idle_in_transaction_session_timeout=9000 -c jit=off";

/// A database to open a log in. It holds a password and shows none.
#[derive(Clone)]
pub struct PgPlace {
    config: Config,
    /// To trust instead of the system's.
    authorities: Option<RootCertStore>,
}

impl PgPlace {
    /// Reads `postgres://user:password@host:port/database`, or `key=value` pairs, as libpq has them.
    ///
    /// Over a network the connection is encrypted and the server's certificate is checked, unless the address says
    /// `sslmode=disable`; on this machine (a socket's folder or a loopback address) only if it says `sslmode=require`.
    /// Errors with `Address`, and says nothing of what was read: there is a password in it.
    pub fn read(address: &str) -> Result<Self, LogError> {
        let mut config: Config = address.parse().map_err(|_| LogError::Address)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(LogError::Address);
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(if is_here(&config) { SslMode::Disable } else { SslMode::Require });
        }
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let own = config.get_options().unwrap_or_default().to_owned();
        config.options(format!("{own} {OPTIONS}").trim_start());
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MOST);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED_MOST);
        }
        if config.get_application_name().is_none() {
            config.application_name("hefu");
        }
        config.keepalives_idle(KEEPALIVE_AFTER);
        Ok(Self { config, authorities: None })
    }

    /// Trusts the authorities in `pem` and no others, as for a database whose certificate the chain made itself. Errors with
    /// `Address` when there is none in it.
    pub fn trusting(self, pem: &[u8]) -> Result<Self, LogError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|_| LogError::Address)?).map_err(|_| LogError::Address)?;
        }
        if roots.is_empty() { Err(LogError::Address) } else { Ok(Self { authorities: Some(roots), ..self }) }
    }

    pub(super) fn connector(self) -> Result<(Config, MakeRustlsConnect), LogError> {
        let roots = match self.authorities {
            Some(roots) => roots,
            None if self.config.get_ssl_mode() == SslMode::Disable => RootCertStore::empty(),
            None => system_authorities(),
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| LogError::Address)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok((self.config, MakeRustlsConnect::new(tls)))
    }
}

fn system_authorities() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, unread) = roots.add_parsable_certificates(found.certs);
    if unread > 0 || !found.errors.is_empty() {
        tracing::warn!(unread, errors = found.errors.len(), "some of the system's authorities cannot be read");
    }
    roots
}

/// Whether nothing of it goes over a network.
fn is_here(config: &Config) -> bool {
    let host = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(host),
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

impl fmt::Debug for PgPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgPlace").field("hosts", &self.config.get_hosts()).field("database", &self.config.get_dbname()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(address: &str) -> SslMode {
        PgPlace::read(address).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn a_network_is_never_crossed_in_clear_by_chance() {
        for (address, expect) in [
            ("postgres://hefu:word@db.example/hefu", SslMode::Require),
            ("postgres://hefu:word@10.0.0.1/hefu?sslmode=prefer", SslMode::Require),
            ("postgres://hefu:word@localhost,db.example/hefu", SslMode::Require),
            ("host=localhost hostaddr=10.0.0.1 user=hefu", SslMode::Require),
            ("postgres://hefu:word@db.example/hefu?sslmode=disable", SslMode::Disable),
            ("postgres://hefu:word@127.0.0.1/hefu", SslMode::Disable),
            ("postgres://hefu:word@localhost/hefu?sslmode=require", SslMode::Require),
        ] {
            assert_eq!(mode(address), expect, "{address}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_said_without_its_password() {
        for wrong in ["", "user=hefu password=word", "postgres://hefu:word@db.example:port/hefu", "postgres://hefu:word@db/hefu?word=word"]
        {
            let error = PgPlace::read(wrong).unwrap_err();
            assert!(matches!(error, LogError::Address) && !format!("{error:?} {error}").contains("word"), "{wrong}");
        }
        assert!(matches!(PgPlace::read("host=db").unwrap().trusting(b"word"), Err(LogError::Address)));
    }

    #[test]
    fn a_place_shows_no_password() {
        let shown = format!("{:?}", PgPlace::read("postgres://hefu:word@db.example/chain").unwrap());
        assert!(shown.contains("db.example") && shown.contains("chain") && !shown.contains("word"), "{shown}");
    }
}
