//! The partners' reference page, `GET /docs`: made from the method definitions of [`rpc_schema`] and its own texts, in
//! three languages, whole in one file, readable without a script.

mod address;
mod console;
mod drawing;
mod examples;
mod facts;
mod guide;
mod guides;
mod highlight;
mod language;
mod lifecycle;
mod method;
mod page;
mod parts;
mod samples;
mod schema;
mod served;
mod start;
mod tables;
mod text;
mod translations;
mod ui;

pub use address::shown as address;
pub use facts::{Facts, Sandbox, Terminal, TestCard};
pub use language::choose as language;
pub use served::{Copy, ReferencePage};
