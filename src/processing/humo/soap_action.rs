//! The header `SOAPAction` (docs/networks.md#humo-soap).

use hyper::header::{HeaderName, HeaderValue};

use crate::config::{self, SoapAction};
use crate::processing::exchange::SetupError;

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

/// What the header says for each operation.
#[derive(Debug)]
pub(super) struct SoapActionHeader {
    form: SoapAction,
    /// Those operations that have a text of their own.
    texts: Vec<(&'static str, HeaderValue)>,
}

impl SoapActionHeader {
    /// # Errors
    /// A header cannot carry a text.
    pub(super) fn new(config: &config::Humo) -> Result<Self, SetupError> {
        let set = &config.soap_actions;
        let mut texts = Vec::new();
        for (operation, text) in [
            ("Payment", &set.payment),
            ("Request", &set.request),
            ("GetPayment", &set.get_payment),
            ("CancelRequest", &set.cancel_request),
            ("ReturnPayment", &set.return_payment),
        ] {
            if let Some(text) = text {
                let value = HeaderValue::from_str(text).map_err(|_| SetupError::SoapAction)?;
                texts.push((operation, value));
            }
        }
        let form = config.soap_action;
        Ok(Self { form, texts })
    }

    /// The header of a call; `None`: it has none.
    pub(super) fn of(&self, operation: &'static str) -> Option<(HeaderName, HeaderValue)> {
        let own = self.texts.iter().find(|(name, _)| *name == operation);
        let value = match (own, self.form) {
            (Some((_, text)), _) => Some(text.clone()),
            (None, SoapAction::None) => None,
            (None, SoapAction::Empty) => Some(HeaderValue::from_static("")),
            (None, SoapAction::QuotedEmpty) => Some(HeaderValue::from_static("\"\"")),
            (None, SoapAction::Operation) => Some(HeaderValue::from_static(operation)),
            (None, SoapAction::QuotedOperation) => {
                HeaderValue::from_str(&format!("\"{operation}\"")).ok()
            }
        };
        Some((SOAP_ACTION, value?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Humo, SoapActions};

    #[test]
    fn the_header_says_what_is_set() {
        let own = SoapActions {
            payment: Some("payment".to_owned()),
            cancel_request: Some("ReturnPayment".to_owned()),
            return_payment: Some(String::new()),
            ..SoapActions::default()
        };
        for (form, texts, [payment, get, cancel, back]) in [
            (SoapAction::None, SoapActions::default(), [None; 4]),
            (SoapAction::Empty, SoapActions::default(), [Some(""); 4]),
            (
                SoapAction::QuotedEmpty,
                SoapActions::default(),
                [Some("\"\""); 4],
            ),
            (
                SoapAction::Operation,
                SoapActions::default(),
                [
                    Some("Payment"),
                    Some("GetPayment"),
                    Some("CancelRequest"),
                    Some("ReturnPayment"),
                ],
            ),
            (
                SoapAction::QuotedOperation,
                SoapActions::default(),
                [
                    Some("\"Payment\""),
                    Some("\"GetPayment\""),
                    Some("\"CancelRequest\""),
                    Some("\"ReturnPayment\""),
                ],
            ),
            (
                SoapAction::Operation,
                own.clone(),
                [
                    Some("payment"),
                    Some("GetPayment"),
                    Some("ReturnPayment"),
                    Some(""),
                ],
            ),
            (
                SoapAction::None,
                own,
                [Some("payment"), None, Some("ReturnPayment"), Some("")],
            ),
        ] {
            let header = SoapActionHeader::new(&Humo {
                soap_action: form,
                soap_actions: texts,
                ..Humo::default()
            })
            .unwrap();
            for (operation, said) in [
                ("Payment", payment),
                ("GetPayment", get),
                ("CancelRequest", cancel),
                ("ReturnPayment", back),
            ] {
                let value = header.of(operation).map(|(_, value)| value);
                let value = value.as_ref().map(|value| value.to_str().unwrap());
                assert_eq!(value, said, "{form:?} {operation}");
            }
        }
    }

    #[test]
    fn a_text_that_no_header_carries_is_refused() {
        let config = Humo {
            soap_actions: SoapActions {
                request: Some("two\nlines".to_owned()),
                ..SoapActions::default()
            },
            ..Humo::default()
        };
        assert!(SoapActionHeader::new(&config).is_err());
    }
}
