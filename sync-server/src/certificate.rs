//! The certificate that devices and browsers see: from an authority of the server's own, or a given one.
//!
//! An enrolment code pins one certificate (`hefu_sync::fingerprint`). With the own authority that is the authority's, so
//! leaves come and go without a till noticing: one is made at every start and again before it ends, and never stored.
//! Of a given chain the *last* certificate is pinned. Whoever wants to renew without enrolling every till anew puts the
//! authority's certificate last in the file.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::{ServerError, files};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Browsers take no leaf of more than 398 days.
const LEAF_DAYS: u32 = 397;
/// A leaf is made anew when this much of it has gone.
pub const RENEW_AFTER: Duration = DAY.saturating_mul(LEAF_DAYS - 60);

const AUTHORITY: &str = "authority.pem";
const AUTHORITY_KEY: &str = "authority.key";

/// Where leaves come from.
pub enum Source {
    Own { key: Box<KeyPair>, certificate: CertificateDer<'static>, names: Vec<String> },
    Given { chain: PathBuf, key: PathBuf },
}

/// A configuration and what devices are told to look for.
pub struct Certificate {
    pub config: Arc<ServerConfig>,
    pub fingerprint: String,
}

impl Source {
    /// The authority in `folder`, made at the first start. `host` is what tills call this server.
    pub fn own(folder: &Path, host: &str) -> Result<Self, ServerError> {
        files::private_folder(folder)?;
        let (key_path, path) = (folder.join(AUTHORITY_KEY), folder.join(AUTHORITY));
        let bad = |error: &dyn std::fmt::Display| unusable(&path, error);
        if files::read(&path)?.is_none() {
            let key = KeyPair::generate().map_err(|error| bad(&error))?;
            let certificate = authority().and_then(|params| params.self_signed(&key)).map_err(|error| bad(&error))?;
            files::write_private(&key_path, key.serialize_pem().as_bytes())?;
            files::write_private(&path, certificate.pem().as_bytes())?;
        }
        let key = Box::new(KeyPair::from_pem(&std::fs::read_to_string(&key_path)?).map_err(|error| bad(&error))?);
        let certificate = CertificateDer::from_pem_file(&path).map_err(|error| bad(&error))?;
        let here = [Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string(), "localhost".to_owned()];
        let mut names = vec![host.trim_start_matches('[').trim_end_matches(']').to_owned()];
        names.extend(here.into_iter().filter(|name| *name != names[0]).collect::<Vec<_>>());
        Ok(Self::Own { key, certificate, names })
    }

    /// A configuration with a leaf that is good from now on; reads the files of a given one again.
    pub fn certificate(&self, now_ms: i64) -> Result<Certificate, ServerError> {
        match self {
            Self::Own { key, certificate, names } => {
                let bad = |error: rcgen::Error| unusable(Path::new(AUTHORITY), &error);
                let (leaf, leaf_key) = leaf(key, names, now_ms).map_err(bad)?;
                let key = PrivateKeyDer::Pkcs8(leaf_key.serialize_der().into());
                config(vec![leaf, certificate.clone()], key).map_err(|error| unusable(Path::new(AUTHORITY), &error))
            }
            Self::Given { chain, key } => {
                let bad = |path: &Path, error: &dyn std::fmt::Display| unusable(path, error);
                let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).map_err(|error| bad(chain, &error))?;
                let private = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, &error))?;
                config(certificates, private).map_err(|error| bad(chain, &error))
            }
        }
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> ServerError {
    ServerError::Certificate { path: path.to_owned(), why: why.to_string() }
}

/// What the authority is, the same each time: a leaf names it as its issuer.
fn authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "Hefu server authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 12, 31));
    Ok(params)
}

fn leaf(authority_key: &KeyPair, names: &[String], now_ms: i64) -> Result<(CertificateDer<'static>, KeyPair), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.to_vec())?;
    let common = names.iter().find(|name| name.parse::<IpAddr>().is_err()).map_or("Hefu server", String::as_str);
    params.distinguished_name.push(DnType::CommonName, common);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    // A day early, for browsers whose clock is behind.
    let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(now_ms.max(0).unsigned_abs());
    (params.not_before, params.not_after) = (now - DAY, now + DAY * LEAF_DAYS - DAY);
    let issuer = Issuer::new(authority()?, authority_key);
    Ok((params.signed_by(&key, &issuer)?.der().clone(), key))
}

fn config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Certificate, rustls::Error> {
    let pinned = chain.last().ok_or(rustls::Error::NoCertificatesPresented)?;
    let fingerprint = hefu_sync::fingerprint(pinned);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Certificate { config: Arc::new(config), fingerprint })
}
