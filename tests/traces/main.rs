//! A program that was built with traces, and a collector: `cargo test --features otlp --test traces`.

#[cfg(test)]
mod collected;
