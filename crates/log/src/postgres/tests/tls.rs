//! Over a network: encrypted, to the server that is trusted and to no other.

use hefu_scratch_postgres::{Postgres, Setup};

use super::open;
use crate::{Devices, LogError, PgLog, PgPlace};

/// A server with a certificate for `localhost`, and the certificate.
fn encrypting() -> (Postgres, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let setup = Setup {
        files: vec![("own.crt", made.cert.pem()), ("own.key", made.signing_key.serialize_pem())],
        settings: [("ssl", "on"), ("ssl_cert_file", "own.crt"), ("ssl_key_file", "own.key")]
            .map(|(name, value)| (name, value.into()))
            .into(),
        network: true,
    };
    (Postgres::start_with(setup).unwrap(), made.cert.pem())
}

fn place(base: &Postgres, host: &str) -> PgPlace {
    PgPlace::read(&format!("postgres://hefu@{host}:{}/postgres?sslmode=require", base.port())).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trusted_server_is_spoken_to_in_cipher() {
    let (base, certificate) = encrypting();
    let log = PgLog::open(place(&base, "localhost").trusting(certificate.as_bytes()).unwrap()).await.unwrap();
    log.set_setting("a", Some(vec![1])).await.unwrap();
    let clear = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'hefu' AND NOT ssl";
    assert_eq!(base.psql(clear).unwrap(), "0");
    assert_ne!(base.psql(&clear.replace("NOT ssl", "ssl")).unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_other_server_is_not_spoken_to() {
    let (base, certificate) = encrypting();
    let (_, other) = (base.port(), rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem());
    let stranger = PgLog::open(place(&base, "localhost").trusting(other.as_bytes()).unwrap()).await;
    assert!(matches!(stranger, Err(LogError::Unreachable(_))), "another authority's certificate");
    let misnamed = PgLog::open(place(&base, "127.0.0.1").trusting(certificate.as_bytes()).unwrap()).await;
    assert!(matches!(misnamed, Err(LogError::Unreachable(_))), "a certificate for another name");
    let system = PgLog::open(place(&base, "localhost")).await;
    assert!(matches!(system, Err(LogError::Unreachable(_))), "a certificate that no authority of the system signed");

    let clear = Postgres::start_with(Setup { network: true, ..Setup::default() }).unwrap();
    let unencrypted = PgLog::open(place(&clear, "localhost").trusting(certificate.as_bytes()).unwrap()).await;
    assert!(unencrypted.is_err(), "a server that cannot encrypt");
    drop(open(&format!("postgres://hefu@127.0.0.1:{}/postgres", clear.port())).await);
}
