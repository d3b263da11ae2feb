//! https beside http. Safari takes no `Secure` cookie over plain http, not even from localhost, so there the site works
//! by https only. The certificate is made at each start and signed by itself: the browser asks once.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::clock::{moment, now_ms};

/// How long the certificate is valid, before now and after: iOS takes none that is valid for longer than 825 days.
const BEFORE: Duration = Duration::from_hours(24);
const AFTER: Duration = Duration::from_hours(365 * 24);

/// Makes a certificate for localhost, and for the address that the stack listens on. The certificate is given beside
/// the acceptor, for who wants to trust it.
pub(crate) fn acceptor(
    listen: IpAddr,
) -> Result<(TlsAcceptor, CertificateDer<'static>), Box<dyn std::error::Error>> {
    let names = ["localhost", "api.localhost", "127.0.0.1", "::1"];
    let mut names: Vec<String> = names.map(str::to_owned).to_vec();
    let reached = reached_at(listen);
    if !reached.is_loopback() {
        names.push(reached.to_string());
    }
    let mut certificate = CertificateParams::new(names)?;
    let name = &mut certificate.distinguished_name;
    name.push(DnType::CommonName, "The local stack");
    certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    certificate.not_before = moment(now_ms()) - BEFORE;
    certificate.not_after = moment(now_ms()) + AFTER;
    let key = KeyPair::generate()?;
    let certificate = certificate.self_signed(&key)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((
        TlsAcceptor::from(Arc::new(config)),
        certificate.der().clone(),
    ))
}

/// The address by which others reach what listens on `listen`: where that is every address, the one that this machine
/// has in its network.
pub(crate) fn reached_at(listen: IpAddr) -> IpAddr {
    if !listen.is_unspecified() {
        return listen;
    }
    // Nothing is sent: it only says which way it would go (RFC 5737, an address for documentation).
    let way_out = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    way_out.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}
