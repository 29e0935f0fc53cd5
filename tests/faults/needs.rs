//! What a test needs of the machine, and what it says where that is missing.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The factor by which faults happen more often than in the daily run, from `ALOQA_TEST_FAULTS_TIMES`.
pub(crate) fn times() -> u32 {
    let times = std::env::var_os("ALOQA_TEST_FAULTS_TIMES");
    times.map_or(1, |times| times.to_str().unwrap().parse().unwrap())
}

/// Says that a test did not run. If the variable `required` is set, the test must run, and this fails.
pub(crate) fn skip(what: &str, required: &str) {
    assert!(
        std::env::var_os(required).is_none(),
        "{required} is set, and {what}"
    );
    // Not `eprintln!`, whose output the test harness captures.
    writeln!(std::io::stderr(), "SKIPPED: {what}").unwrap();
}

/// Whether processes can be traced here. If not, this says so.
pub(crate) fn strace() -> bool {
    let mut command = Command::new("strace");
    command.args(["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]);
    let tried = command.stderr(Stdio::null()).status();
    let works = tried.is_ok_and(|status| status.success());
    if !works {
        skip(
            "strace is not installed or may not trace; the order on the disk was not looked at",
            "ALOQA_TEST_REQUIRE_STRACE",
        );
    }
    works
}

/// How `unshare` can give a process its own mounts here. If it cannot, this says so.
pub(crate) fn mounts() -> Option<&'static str> {
    // As root of a user namespace where that is allowed, else as root.
    let found = ["-rm", "-m"].into_iter().find(|how| {
        let mut command = Command::new("unshare");
        command.args([how, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]);
        let tried = command.stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        skip(
            "nothing can be mounted here; a full disk was tried as one that fails, by a limit on files",
            "ALOQA_TEST_REQUIRE_MOUNTS",
        );
    }
    found
}
