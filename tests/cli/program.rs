//! The program, run in a folder of its own on free ports.

pub(crate) use test_support::program::*;
