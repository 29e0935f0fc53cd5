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
        &format!("{card}\n"),
        false,
    );
    assert!(status.success(), "{said}");
    assert!(said.contains("banned from transfers"), "{said}");
    assert!(!said.contains(&card[4..]), "{said}");
    // The terminal shows again what is typed when the command is stopped instead.
    let (said, status) = typed(directory.path(), &["ban", "remove", "-"], card, true);
    assert!(!status.success(), "{said}");
    assert!(said.contains("stopped before anything was done"), "{said}");
    assert!(!said.contains(&card[4..]), "{said}");
}

/// Runs a command at a terminal of its own, where this is typed when it asks; what the terminal
/// has shown. `stops`: then it is interrupted.
fn typed(directory: &Path, arguments: &[&str], keys: &str, stops: bool) -> (String, ExitStatus) {
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
    while !String::from_utf8_lossy(&shown)
        .contains("the card number or the phone, which is not shown: ")
    {
        let read = terminal.read(&mut part).unwrap();
        shown.extend_from_slice(&part[..read]);
    }
    assert!(!is_shown(&screen));
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
