//! The program as an operator runs it: its commands, its first words, the examples against it.

#[cfg(test)]
mod program;

#[cfg(test)]
mod alerts;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod comparison;
#[cfg(test)]
mod contours;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod files;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod json;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod own_certificates;
#[cfg(test)]
mod partners;
#[cfg(test)]
mod payment_list;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod soap_contours;
#[cfg(test)]
mod start;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod transactions;
#[cfg(test)]
mod ways;
#[cfg(test)]
mod webhooks;
