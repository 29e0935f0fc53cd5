//! Tests the sandbox from outside: raw HTTP against a server on its own port.

#[cfg(test)]
mod attach;
#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fiscal;
#[cfg(test)]
mod history;
#[cfg(test)]
mod history_fill;
#[cfg(test)]
mod humo;
#[cfg(test)]
mod humo_transfers;
#[cfg(test)]
mod report;
#[cfg(test)]
mod support;
#[cfg(test)]
mod support_history;
#[cfg(test)]
mod totals;
#[cfg(test)]
mod uzcard;
#[cfg(test)]
mod uzcard_transfers;
