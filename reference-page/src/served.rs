//! How is the page kept and handed out? Rendered once a language, when it is first asked for; with an address filled in
//! and compressed once an address.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rpc_schema::errors::Lang;
use sha2::{Digest as _, Sha256};

use crate::address::PLACEHOLDER;
use crate::facts::Facts;
use crate::language::{LANGUAGES, code};
use crate::page::{CONSOLE_SCRIPT, SCRIPT, STYLE, page};

/// The most addresses whose pages are kept. A gateway is known by few; others, made up by a caller, are served
/// uncompressed, so that they cost neither memory nor much time.
const KEPT: usize = 24;

/// The page in one language under one address.
#[derive(Debug)]
pub struct Copy {
    /// The HTML.
    pub html: Bytes,
    /// The same, compressed; `None` if it is not worth keeping.
    pub gzip: Option<Bytes>,
    /// Its entity tag, quoted and weak, the same for both forms.
    pub etag: String,
}

/// The reference page of one gateway.
#[derive(Debug)]
pub struct ReferencePage {
    facts: Facts,
    templates: OnceLock<Vec<(Lang, String)>>,
    policy: String,
    copies: Mutex<HashMap<(&'static str, String), Arc<Copy>>>,
}

impl ReferencePage {
    /// The page of this gateway.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        let mut scripts = hash(SCRIPT);
        if facts.sandbox.is_some() {
            scripts = format!("{scripts} {}", hash(CONSOLE_SCRIPT));
        }
        Self {
            policy: format!(
                "default-src 'none'; style-src {}; script-src {scripts}; connect-src 'self'; img-src data:; base-uri 'none'; \
                 form-action 'none'; frame-ancestors 'none'",
                hash(STYLE)
            ),
            facts,
            templates: OnceLock::new(),
            copies: Mutex::default(),
        }
    }

    /// The address for requests that name no usable `Host`.
    #[must_use]
    pub fn listener(&self) -> &str {
        &self.facts.listener
    }

    /// The `Content-Security-Policy`: nothing but the page's own style and scripts, by their hashes.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The page in `lang`, with the [address](crate::address) under which the reader sees the gateway.
    #[must_use]
    pub fn copy(&self, lang: Lang, address: &str) -> Arc<Copy> {
        let key = (code(lang), address.to_owned());
        let known = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(copy) = known.get(&key) {
            return Arc::clone(copy);
        }
        let keep = known.len() < KEPT;
        drop(known);
        let copy = Arc::new(self.make(lang, address, keep));
        if keep {
            let mut known = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(key, Arc::clone(&copy));
        }
        copy
    }

    fn make(&self, lang: Lang, address: &str, compress: bool) -> Copy {
        let templates = self
            .templates
            .get_or_init(|| LANGUAGES.map(|lang| (lang, page(&self.facts, lang))).into());
        let template = templates.iter().find(|(known, _)| *known == lang);
        let html = template
            .map(|(_, template)| template.replace(PLACEHOLDER, address))
            .unwrap_or_default();
        let html = Bytes::from(html);
        let digest = hex::encode(Sha256::digest(&html));
        let etag = format!("W/\"{}\"", digest.get(..16).unwrap_or_default());
        let gzip = compress.then(|| gzip(&html)).flatten();
        Copy { html, gzip, etag }
    }
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests;
