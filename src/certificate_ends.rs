//! Until when are the certificates valid that the gateway shows, or by which it knows others? Operators see the ends as
//! figures, and are warned two weeks before.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::time::UnixMillis;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

#[cfg(test)]
mod tests;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// So long before a certificate ends, operators are warned,
const WARNED_MS: i64 = 14 * DAY_MS;
/// so often.
const AGAIN_MS: i64 = DAY_MS;

/// See the module. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct CertificateEnds {
    ends: Family<SettingLabel, Gauge>,
    reads: Family<OutcomeLabel, Counter>,
    known: Arc<Mutex<BTreeMap<&'static str, Known>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SettingLabel {
    setting: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    end: UnixMillis,
    warned_at: Option<UnixMillis>,
}

/// A file with a certificate that ends soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EndsSoon {
    setting: &'static str,
    /// Whole days that are left; below 0, it has ended.
    days: i64,
}

impl CertificateEnds {
    /// Names the figures for operators.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "certificate_end_timestamp_seconds",
            "When the first of the certificates in a file ends, by the setting that names the file",
            self.ends.clone(),
        );
        registry.register(
            "certificate_reads",
            "How often the files of server.tls were read again: used, or refused, and then the old ones stay",
            self.reads.clone(),
        );
        for outcome in ["used", "refused"] {
            drop(self.reads.get_or_create(&OutcomeLabel { outcome }));
        }
    }

    /// These are the certificates of the file that a setting names.
    pub fn note(&self, setting: &'static str, certificates: &[CertificateDer<'_>]) {
        let ends: Option<Vec<UnixMillis>> = certificates.iter().map(end).collect();
        let first = ends.and_then(|ends| ends.into_iter().min());
        let Some(end) = first else {
            tracing::warn!(setting, "it cannot be told when a certificate ends");
            return;
        };
        let label = SettingLabel { setting };
        self.ends.get_or_create(&label).set(end.0 / 1_000);
        let known = Known {
            end,
            warned_at: None,
        };
        self.known().insert(setting, known);
    }

    /// The same for a file, where it can be read.
    pub fn note_file(&self, setting: &'static str, path: &Path) {
        let read: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        match read {
            Ok(certificates) => self.note(setting, &certificates),
            // Whoever needs the file says why.
            Err(_) => tracing::debug!(setting, "the file is no PEM"),
        }
    }

    /// Counts a file that was read again while the gateway serves.
    pub fn read_again(&self, is_used: bool) {
        let outcome = if is_used { "used" } else { "refused" };
        self.reads.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// Warns of those that end soon, once a day.
    pub fn warn(&self, now: UnixMillis) {
        for EndsSoon { setting, days } in self.soon(now) {
            if days < 0 {
                tracing::warn!(setting, days, "a certificate has ended");
            } else {
                tracing::warn!(setting, days, "a certificate ends soon");
            }
        }
    }

    /// Those to be warned of now.
    fn soon(&self, now: UnixMillis) -> Vec<EndsSoon> {
        let mut known = self.known();
        let due = known.iter_mut().filter_map(|(setting, known)| {
            let left = known.end - now;
            let is_told = known.warned_at.is_some_and(|at| now - at < AGAIN_MS);
            (left < WARNED_MS && !is_told).then(|| {
                known.warned_at = Some(now);
                let days = left.div_euclid(DAY_MS);
                EndsSoon { setting, days }
            })
        });
        due.collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<&'static str, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a certificate ends; `None` where it cannot be read.
fn end(certificate: &CertificateDer<'_>) -> Option<UnixMillis> {
    let read = Certificate::from_der(certificate).ok()?;
    let end = read.tbs_certificate().validity().not_after;
    let millis = end.to_unix_duration().as_millis();
    i64::try_from(millis).ok().map(UnixMillis)
}
