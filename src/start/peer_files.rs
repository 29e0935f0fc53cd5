//! The files that hold certificates for and of the servers outside.

use crate::certificate_ends::CertificateEnds;
use crate::config::{Config, OperatorKind};

/// Notes when their certificates end. The clients have read them, and do so once.
pub(super) fn note_ends(config: &Config, ends: &CertificateEnds) {
    let taxpayer = match config.fiscal.operator {
        OperatorKind::Ofd => Some(config.fiscal.ofd.certificate_file.clone()),
        OperatorKind::Sandbox => None,
    };
    let files = [
        ("uzcard.tls.ca_file", &config.uzcard.tls.ca_file),
        ("uzcard.tls.client_cert", &config.uzcard.tls.client_cert),
        ("humo.payment_tls.ca_file", &config.humo.payment_tls.ca_file),
        (
            "humo.payment_tls.client_cert",
            &config.humo.payment_tls.client_cert,
        ),
        ("humo.info_tls.ca_file", &config.humo.info_tls.ca_file),
        (
            "humo.info_tls.client_cert",
            &config.humo.info_tls.client_cert,
        ),
        ("sms.tls.ca_file", &config.sms.tls.ca_file),
        ("sms.tls.client_cert", &config.sms.tls.client_cert),
        ("fiscal.tls.ca_file", &config.fiscal.tls.ca_file),
        ("fiscal.tls.client_cert", &config.fiscal.tls.client_cert),
        ("fiscal.ofd.certificate_file", &taxpayer),
    ];
    for (setting, file) in files {
        if let Some(path) = file {
            ends.note_file(setting, path);
        }
    }
}
