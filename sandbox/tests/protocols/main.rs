//! The sandbox from outside: raw HTTP against a server on a port of its own.

#[cfg(test)]
mod attach;
#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod humo;
#[cfg(test)]
mod support;
#[cfg(test)]
mod uzcard;
