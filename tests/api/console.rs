//! The operators' console: who is let in, what each role may, and what they find there.

mod access;
mod acts;
mod find;
mod pages;
mod person;
