//! The server's own authority, and a given certificate.

use std::{path::Path, process::Command, sync::Arc};

use hefu_core::error::Code;
use hefu_sync::{enrol, fingerprint};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::{
    process::{Server, refused},
    till::{eventually, key},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_stays_and_leaves_come_and_go() {
    let server = Server::start();
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let authority = CertificateDer::from_pem_file(server.data().join("tls/authority.pem")).unwrap();
    assert_eq!(code.fingerprint, fingerprint(&authority));
    // A browser that trusts the authority finds the address and `localhost` good names.
    assert_eq!(server.tls_browser().get("/health").await.status(), 200);
    let local = server.ready.sync.replace("127.0.0.1", "localhost");
    let browser = crate::browser::Browser::new(&local, Some(&server.data().join("tls/authority.pem")));
    assert_eq!(browser.get("/health").await.status(), 200);
    let listen = server.host().to_owned();
    let again = Server::on(server.stop(), &listen, &[]);
    assert_eq!(again.ready.fingerprint, code.fingerprint);
    enrol(&code, &key()).await.unwrap();
    #[cfg(unix)]
    for path in ["tls/authority.key", "keys/database.key", "keys/device.key"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(again.data().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}

/// An authority, and leaves of it written as a chain.
struct Papers {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    pin: String,
}

impl Papers {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), pin: fingerprint(certificate.der()), issuer: Issuer::new(params, key) }
    }

    fn write(&self, folder: &Path) {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        std::fs::write(folder.join("chain.pem"), leaf.pem() + &self.pem).unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_certificate_is_pinned_by_its_authority_and_read_again() {
    let (papers, files) = (Papers::new(), tempfile::tempdir().unwrap());
    papers.write(files.path());
    let (chain, private) = (files.path().join("chain.pem"), files.path().join("key.pem"));
    let given = ["--certificate", chain.to_str().unwrap(), "--key", private.to_str().unwrap()];
    let server = Server::with(&given);
    assert_eq!(server.ready.fingerprint, papers.pin);
    assert!(!server.data().join("tls").exists());
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let hang_up = || {
        let pid = server.pid().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    };
    papers.write(files.path());
    hang_up();
    eventually("a renewal", || server.log().contains("the certificate was renewed")).await;
    let key = key();
    enrol(&code, &key).await.unwrap();
    // Somebody else's is not served: every till would be cut off.
    Papers::new().write(files.path());
    hang_up();
    eventually("a refusal", || server.log().contains("the certificate stays as it was")).await;
    enrol(&code, &key).await.unwrap();

    let folder = server.stop();
    std::fs::write(&private, "rubbish").unwrap();
    let data = folder.path().join("data");
    let mut arguments = vec!["run", "--file-keys", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    arguments.extend(given);
    let (status, said) = refused(&arguments);
    assert_eq!(status, Some(2));
    assert!(said.contains("request.invalid") && said.contains("证书") && said.contains("certificate"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_at_the_address_is_not_trusted() {
    let server = Server::start();
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let listen = server.host().to_owned();
    server.stop();
    let _imposter = Server::on(Arc::new(tempfile::tempdir().unwrap()), &listen, &[]);
    assert_eq!(enrol(&code, &key()).await.unwrap_err().code(), Code::ServerCertificate);
}
