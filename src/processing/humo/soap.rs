//! The part of SOAP 1.1 that HUMO's `PaymentServer` needs (docs/networks.md#humo-soap).
//!
//! Requests are flat, so they are written as text with every value escaped. Replies are read into a tree without
//! namespace prefixes, because each server chooses its own.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;

use crate::processing::encoding::decoded;
use crate::processing::lenient::printable;

/// The deepest nesting that is read. Replies have six levels.
const DEPTH_MAX: usize = 32;

/// An element of a reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The name without its prefix.
    pub(super) name: String,
    text: String,
    children: Vec<Element>,
    /// Whether it has attributes of its own; namespaces, types and whatever else has a prefix are none. What they say is not read.
    has_attributes: bool,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; `""` if there is no such child.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    /// What stands in it itself, without what its children have.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether something stands in its attributes, which are not read.
    pub(super) fn has_attributes(&self) -> bool {
        self.has_attributes
    }

    /// All elements of this name, however deep they stand, in the order of the document.
    pub(super) fn all<'a>(&'a self, name: &str) -> Vec<&'a Self> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.all(name));
        }
        found
    }

    /// The pairs of all elements that have a `name` and a `value`, however deep they stand.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for child in &self.children {
            match (child.child("name"), child.child("value")) {
                (Some(name), Some(value)) => found.push((name.text(), value.text())),
                (Some(_) | None, _) => found.extend(child.pairs()),
            }
        }
        found
    }

    /// The first child of this name, or else the first element of it further down.
    pub(super) fn anywhere(&self, name: &str) -> Option<&Self> {
        self.child(name)
            .or_else(|| self.all(name).into_iter().next())
    }

    /// The children, in order.
    pub(super) fn children(&self) -> &[Self] {
        &self.children
    }

    /// The values in `details` by name.
    pub(super) fn details(&self) -> BTreeMap<&str, &str> {
        let items = self
            .child("details")
            .map_or(&[][..], |details| details.children.as_slice());
        items
            .iter()
            .filter(|item| item.name == "item")
            .map(|item| (item.text_of("name"), item.text_of("value")))
            .collect()
    }

    /// The first element in the `Body` of an `Envelope`.
    pub(super) fn into_body(self) -> Option<Self> {
        self.into_whole_body()?.into_first()
    }

    /// Its first child.
    pub(super) fn into_first(self) -> Option<Self> {
        self.children.into_iter().next()
    }

    /// The `Body` itself. Some servers write more than one element into it.
    pub(super) fn into_whole_body(self) -> Option<Self> {
        if self.name != "Envelope" {
            return None;
        }
        self.children.into_iter().find(|child| child.name == "Body")
    }
}

/// `<name>text</name>`
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// `<item><name>…</name><value>…</value></item>`
pub(super) fn item(name: &str, value: &str) -> String {
    format!(
        "<item>{}{}</item>",
        element("name", name),
        element("value", value)
    )
}

/// A whole request to the `PaymentServer`. `content` was written with [`element`] and [`item`].
pub(super) fn envelope(operation: &str, content: &str) -> String {
    envelope_of(("ebppif1", "urn:PaymentServer"), operation, content)
}

/// The same to any service: the prefix of its operations, and their namespace.
pub(super) fn envelope_of(service: (&str, &str), operation: &str, content: &str) -> String {
    let (prefix, namespace) = service;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:{prefix}=\"{namespace}\">\
         <SOAP-ENV:Body><{prefix}:{operation}>{content}</{prefix}:{operation}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
}

/// The text is not an XML document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotXml;

/// Reads a document to the end of its root element.
pub(super) fn parse(body: &[u8]) -> Result<Element, NotXml> {
    // Old servers send descriptions in other encodings. Only names and digits matter here.
    let text = decoded(body);
    let mut reader = Reader::from_str(&text);
    // The open elements, outermost first.
    let mut open: Vec<Element> = Vec::new();
    loop {
        let closed = match reader.read_event().map_err(|_| NotXml)? {
            Event::Start(start) => {
                if open.len() == DEPTH_MAX {
                    return Err(NotXml);
                }
                open.push(opened(&start));
                continue;
            }
            Event::Empty(empty) => opened(&empty),
            Event::End(_) => open.pop().ok_or(NotXml)?,
            Event::Text(text) => {
                append(&mut open, &text.xml10_content());
                continue;
            }
            Event::CData(data) => {
                append(&mut open, &data.xml10_content());
                continue;
            }
            Event::GeneralRef(reference) => {
                match reference.resolve_char_ref().map_err(|_| NotXml)? {
                    Some(character) => append(&mut open, character.encode_utf8(&mut [0; 4])),
                    None => {
                        let known =
                            resolve_predefined_entity(&reference.xml10_content()).ok_or(NotXml)?;
                        append(&mut open, known);
                    }
                }
                continue;
            }
            // SOAP forbids document types, so no entity can be declared.
            Event::DocType(_) | Event::Eof => return Err(NotXml),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
        };
        let mut closed = closed;
        closed.text = closed.text.trim().chars().map(printable).collect();
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => return Ok(closed),
        }
    }
}

fn opened(tag: &BytesStart<'_>) -> Element {
    let mut attributes = tag.attributes();
    let is_own = |key: QName<'_>| key.prefix().is_none() && key.as_ref() != "xmlns";
    Element {
        name: tag.local_name().as_ref().to_owned(),
        has_attributes: attributes
            .with_checks(false)
            .flatten()
            .any(|attribute| is_own(attribute.key)),
        ..Element::default()
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let nasty = "a&b<c>\"d'";
        let content = [
            element("paymentRef", nasty),
            format!("<details>{}</details>", item("amount", nasty)),
        ]
        .concat();
        let read = parse(envelope("Payment", &content).as_bytes())
            .unwrap()
            .into_body()
            .unwrap();
        assert_eq!(read.name, "Payment");
        assert_eq!(read.text_of("paymentRef"), nasty);
        assert_eq!(read.details(), [("amount", nasty)].into());
    }

    #[test]
    fn prefixes_empty_elements_cdata_and_references_are_understood() {
        let xml = "\u{feff}<?xml version='1.0'?><!-- x --><s:Envelope xmlns:s='x'><s:Header/><s:Body><PaymentResponse>
            <paymentRef> a&amp;&#33;<![CDATA[<c>]]> </paymentRef><details/><action>4</action></PaymentResponse></s:Body>
            </s:Envelope>";
        let read = parse(xml.as_bytes()).unwrap().into_body().unwrap();
        assert_eq!(read.text_of("paymentRef"), "a&!<c>");
        assert_eq!(read.text_of("action"), "4");
        assert!(read.details().is_empty());
    }

    #[test]
    fn a_description_in_another_encoding_does_no_harm() {
        let read =
            parse(b"<a><description>\xcd\xe5\xf2</description><error>116</error></a>").unwrap();
        assert_eq!(read.text_of("error"), "116");
    }

    #[test]
    fn a_control_character_is_nothing_that_could_be_stored() {
        let read = parse(b"<a><paymentID>32\x001</paymentID><b>x\ny\x01</b></a>").unwrap();
        assert_eq!(read.text_of("paymentID"), "32\u{fffd}1");
        assert_eq!(read.text_of("b"), "x y\u{fffd}");
    }

    #[test]
    fn a_text_that_is_not_xml_is_refused() {
        let deep = "<a>".repeat(100);
        for wrong in [
            "",
            "text",
            "{}",
            "<a>",
            "<a></b>",
            "<a>&nope;</a>",
            "</a>",
            "<!DOCTYPE a><a/>",
            &deep,
        ] {
            assert_eq!(parse(wrong.as_bytes()), Err(NotXml), "{wrong}");
        }
        assert_eq!(parse(b"<a/>").unwrap().into_body(), None);
        assert_eq!(
            parse(b"<Envelope><Body/></Envelope>").unwrap().into_body(),
            None
        );
    }
}
