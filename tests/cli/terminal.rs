//! What the program asks for at a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::program::{migrated, program};

/// At a terminal it says what it waits for, and does not show what is typed.
#[test]
fn a_card_number_that_is_typed_is_not_shown() {
    let directory = migrated();
    let card = "8600010132441332";
    let (said, status) = typed(
        directory.path(),
        &["ban", "add", "-", "--reason", "stolen"],
        UNSEEN,
        &format!("{card}\n"),
        false,
    );
    assert!(status.success(), "{said}");
    assert!(said.contains("banned from transfers"), "{said}");
    assert!(!said.contains(&card[4..]), "{said}");
    // Whoever stops it instead has a terminal that shows again what is typed.
    let (said, status) = typed(directory.path(), &["ban", "remove", "-"], UNSEEN, "", true);
    assert!(!status.success(), "{said}");
    assert!(said.contains("stopped before anything was done"), "{said}");
}

/// What cannot be taken back is repeated, and done only if it is meant.
#[test]
fn what_cannot_be_taken_back_is_asked_for() {
    let directory = migrated();
    let mark = [
        "restored",
        "mark",
        "--since",
        "2026-11-20T03:00:00+05:00",
        "--until",
        "2026-11-20T11:42:00+05:00",
        "--reason",
        "x",
    ];
    let asked = "Type yes to go on: ";
    let (said, status) = typed(directory.path(), &mark, asked, "y\n", false);
    assert_eq!(status.code(), Some(4), "{said}");
    assert!(
        said.contains("lost from 2026-11-20T03:00:00+05:00 to 2026-11-20T11:42:00+05:00"),
        "{said}"
    );
    assert!(said.contains("stopped before anything was done"), "{said}");
    let (said, status) = typed(directory.path(), &mark, asked, "yes\n", false);
    assert!(status.success(), "{said}");
    assert!(said.contains("period 1: "), "{said}");
}

/// The prompt for a line that is not shown.
const UNSEEN: &str = "the card number or the phone, which is not shown: ";

/// Runs a command at a terminal of its own, where this is typed when it asks; what the terminal
/// has shown. `stops`: then it is interrupted.
fn typed(
    directory: &Path,
    arguments: &[&str],
    prompt: &str,
    keys: &str,
    stops: bool,
) -> (String, ExitStatus) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let screen = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let is_shown = |screen: &File| {
        let modes = tcgetattr(screen).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    };
    let mut child = program(directory, &[])
        .args(arguments)
        .stdin(screen.try_clone().unwrap())
        .stdout(screen.try_clone().unwrap())
        .stderr(screen.try_clone().unwrap())
        .spawn()
        .unwrap();
    let mut terminal = File::from(terminal);
    let mut shown = Vec::new();
    let mut part = [0; 1_024];
    while !String::from_utf8_lossy(&shown).contains(prompt) {
        let read = terminal.read(&mut part).unwrap();
        shown.extend_from_slice(&part[..read]);
    }
    assert_eq!(is_shown(&screen), prompt != UNSEEN);
    terminal.write_all(keys.as_bytes()).unwrap();
    if stops {
        // What Ctrl-C would do, if the terminal were the command's own.
        let child = i32::try_from(child.id()).unwrap();
        kill_process(Pid::from_raw(child).unwrap(), Signal::INT).unwrap();
    }
    let status = child.wait().unwrap();
    assert!(is_shown(&screen));
    // The last end of the screen: what follows it is the end of what was shown.
    drop(screen);
    while let Ok(read @ 1..) = terminal.read(&mut part) {
        shown.extend_from_slice(&part[..read]);
    }
    (String::from_utf8(shown).unwrap(), status)
}
