//! What the process keeps from others: its new files are its owner's alone, and its memory, which holds keys, is in no core
//! dump.

use std::io;

use rustix::fs::Mode;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask,
};

/// From now on, whatever file the process makes belongs to its owner alone. For before there are threads.
pub(super) fn make_files_private() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Switches core dumps off, and with them debuggers of the same user.
///
/// # Errors
/// The system refuses.
pub(super) fn forbid_core_dumps() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    // The limit does not hold where dumps are handed to a program.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}
