//! One certificate and no other: an enrolment code carries the SHA-256 of the certificate to trust, which is the server's
//! own or the authority's that signed it.
//!
//! The public authorities play no part. Nor does the till's clock: a till whose clock is wrong goes on (I15), so a
//! certificate of the pinned authority is judged at a moment inside its own validity.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::{SyncError, hex};

/// SHA-256 of a certificate in DER, in lower-case hex.
pub fn fingerprint(der: &[u8]) -> String {
    hex::write(ring::digest::digest(&ring::digest::SHA256, der).as_ref())
}

/// A client that trusts `pin` alone: hex, in capitals or with colons too.
pub fn client_config(pin: &str) -> Result<ClientConfig, SyncError> {
    let pin: String = pin.chars().filter(|c| *c != ':' && !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    if hex::read::<32>(&pin).is_none() {
        return Err(SyncError::Address);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Pinned { pin, provider: provider.clone() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| SyncError::Failed(hefu_core::error::Code::Internal))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

#[derive(Debug)]
struct Pinned {
    pin: String,
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    /// Whether `leaf` is a server certificate for `name` that the authority `anchor` signed.
    fn signed(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        anchor: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let end = webpki::EndEntityCert::try_from(leaf)?;
        let anchors = [webpki::anchor_from_trusted_cert(anchor)?];
        let check = |at| {
            let algorithms = self.provider.signature_verification_algorithms.all;
            end.verify_for_usage(algorithms, &anchors, intermediates, at, webpki::KeyUsage::server_auth(), None, None).map(|_| ())
        };
        match check(now) {
            Err(webpki::Error::CertExpired { not_after, .. }) => check(not_after),
            Err(webpki::Error::CertNotValidYet { not_before, .. }) => check(not_before),
            other => other,
        }?;
        end.verify_is_valid_for_subject_name(name)
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if fingerprint(leaf) == self.pin {
            return Ok(ServerCertVerified::assertion());
        }
        let Some(anchor) = intermediates.iter().find(|certificate| fingerprint(certificate) == self.pin) else {
            return Err(CertificateError::UnknownIssuer.into());
        };
        match self.signed(leaf, intermediates, anchor, name, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
