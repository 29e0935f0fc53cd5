//! The figures of the process itself, under the names that every Prometheus client uses for them.

use std::fs;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ProcessFigures {
    open_descriptors: Gauge,
    most_descriptors: Gauge,
    resident: Gauge,
}

impl ProcessFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "process_open_fds",
            "File descriptors that are open",
            self.open_descriptors.clone(),
        );
        registry.register(
            "process_max_fds",
            "File descriptors that may be open (LimitNOFILE)",
            self.most_descriptors.clone(),
        );
        registry.register(
            "process_resident_memory_bytes",
            "Memory that the process has",
            self.resident.clone(),
        );
    }

    /// Reads them anew. What the system does not tell keeps its last value.
    pub(super) fn read(&self) {
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            self.open_descriptors
                .set(i64::try_from(open.count()).unwrap_or(i64::MAX));
        }
        if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
            self.most_descriptors
                .set(i64::try_from(most).unwrap_or(i64::MAX));
        }
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|text| text.trim().strip_suffix(" kB"));
        if let Some(kib) = kib.and_then(|kib| kib.trim().parse::<i64>().ok()) {
            self.resident.set(kib * 1_024);
        }
    }
}
