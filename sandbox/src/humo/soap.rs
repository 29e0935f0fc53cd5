//! The part of SOAP 1.1 that `PaymentServer` needs: reading the operation from a body, writing envelopes.

use quick_xml::{
    Reader,
    escape::{escape, resolve_predefined_entity},
    events::Event,
};

/// An element without its namespace, because clients use different prefixes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// Deeper nesting is refused. Otherwise hostile input could exhaust the stack when the tree is dropped.
const DEPTH_MAX: usize = 32;

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child. Empty text counts as absent.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name)
            .map(|child| child.text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// The first child of `Body`: the requested operation. `SOAPAction` is ignored.
    pub(super) fn operation(self) -> Option<Self> {
        if self.name != "Envelope" {
            return None;
        }
        let body = self
            .children
            .into_iter()
            .find(|child| child.name == "Body")?;
        body.children.into_iter().next()
    }
}

/// Parses a document and returns its root element.
pub(super) fn parse(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    // The open elements, outermost first.
    let mut open: Vec<Element> = Vec::new();
    loop {
        let closed = match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() == DEPTH_MAX {
                    return Err(format!("more than {DEPTH_MAX} elements in one another"));
                }
                open.push(named(start.local_name().as_ref()));
                None
            }
            Event::Empty(empty) => Some(named(empty.local_name().as_ref())),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                append(&mut open, &text.xml10_content());
                None
            }
            Event::CData(data) => {
                append(&mut open, &data.xml10_content());
                None
            }
            Event::GeneralRef(reference) => {
                match reference
                    .resolve_char_ref()
                    .map_err(|error| error.to_string())?
                {
                    Some(character) => append(&mut open, character.encode_utf8(&mut [0; 4])),
                    None => {
                        let name = reference.xml10_content();
                        let known = resolve_predefined_entity(&name);
                        append(
                            &mut open,
                            known.ok_or_else(|| format!("unknown entity {name}"))?,
                        );
                    }
                }
                None
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => None,
            Event::Eof => return Err("no whole element".to_owned()),
        };
        let Some(mut element) = closed else { continue };
        element.text = element.text.trim().to_owned();
        match open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => return Ok(element),
        }
    }
}

fn named(name: &str) -> Element {
    Element {
        name: name.to_owned(),
        ..Element::default()
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// `<name>text</name>`
pub(super) fn tag(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// `<item><name>…</name><value>…</value></item>`
pub(super) fn item(name: &str, value: &str) -> String {
    format!("<item>{}{}</item>", tag("name", name), tag("value", value))
}

pub(super) fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:SOAP-ENC=\"http://schemas.xmlsoap.org/soap/encoding/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:ebppif1=\"urn:PaymentServer\"><SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_entities_and_cdata_are_understood() {
        let xml = br#"<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Header/><s:Body><urn:GetPayment>
            <paymentRef> a&amp;b&#33;<![CDATA[<c>]]> </paymentRef><sessionID/></urn:GetPayment></s:Body></s:Envelope>"#;
        let operation = parse(xml).unwrap().operation().unwrap();
        assert_eq!(operation.name, "GetPayment");
        assert_eq!(operation.text_of("paymentRef"), Some("a&b!<c>"));
        assert_eq!(operation.text_of("sessionID"), None);
    }

    #[test]
    fn invalid_documents_are_refused() {
        let deep = "<a>".repeat(100);
        for wrong in ["", "text", "<a>", "<a></b>", "<a>&nope;</a>", &deep] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
        assert_eq!(parse(b"<a/>").unwrap().operation(), None);
    }

    #[test]
    fn replies_are_escaped() {
        assert_eq!(
            item("a", "<&>"),
            "<item><name>a</name><value>&lt;&amp;&gt;</value></item>"
        );
    }
}
