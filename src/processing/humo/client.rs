//! Calls to HUMO's `PaymentServer`: SOAP over HTTP with Basic authentication (docs/networks.md#humo-soap).

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::soap::{self, Element};
use super::soap_action::SoapActionHeader;
use crate::config;
use crate::processing::bulkhead::{Bulkhead, CallClass};
use crate::processing::exchange::{Endpoint, Failure, Login, Reply, SetupError, Way, basic};
use crate::processing::lenient::is_code;

/// Why a call gave no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// There is no HTTP reply.
    Failed(Failure),
    /// The reply does not answer our request. The text says why and quotes nothing of the reply.
    Unreadable(String),
    /// HUMO answered with a fault that has a `PaymentServerException` with this action code.
    Fault(i64),
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) endpoint: Endpoint,
    user: String,
    authorization: HeaderValue,
    soap_action: SoapActionHeader,
    /// What requests are.
    pub(super) content_type: &'static str,
}

impl Client {
    pub(super) fn new(
        config: &config::Humo,
        url: &str,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = Way::of(&config.payment_tls, &config.payment_route, connect, total);
        Ok(Self {
            endpoint: Endpoint::new(url, way)?.within(bulkhead),
            user: config.user.clone(),
            authorization: basic(&config.user, &config.password)?,
            soap_action: SoapActionHeader::new(config)?,
            content_type: config.content_type.header(),
        })
    }

    /// Makes a call, once. The response is the element in the SOAP body.
    pub(super) async fn call(
        &self,
        operation: &'static str,
        content: &str,
    ) -> Result<Element, CallError> {
        self.exchange(CallClass::New, operation, content).await
    }

    /// The same where the response may have any shape: the whole body.
    pub(super) async fn call_whole(
        &self,
        operation: &'static str,
        content: &str,
    ) -> Result<Element, CallError> {
        whole(&self.post(CallClass::New, operation, content).await?)
    }

    /// Makes a call that settles something already started, once. See [`CallClass::Settling`].
    pub(super) async fn call_settling(
        &self,
        operation: &'static str,
        content: &str,
    ) -> Result<Element, CallError> {
        self.exchange(CallClass::Settling, operation, content).await
    }

    /// Asks what became of a call, once. See [`CallClass::LookUp`].
    pub(super) async fn look_up(
        &self,
        operation: &'static str,
        content: &str,
    ) -> Result<Element, CallError> {
        self.exchange(CallClass::LookUp, operation, content).await
    }

    /// The headers of a call.
    pub(super) fn headers(&self, operation: &'static str) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![(AUTHORIZATION, self.authorization.clone())];
        headers.extend(self.soap_action.of(operation));
        headers
    }

    async fn exchange(
        &self,
        class: CallClass,
        operation: &'static str,
        content: &str,
    ) -> Result<Element, CallError> {
        read(&self.post(class, operation, content).await?, operation)
    }

    async fn post(
        &self,
        class: CallClass,
        operation: &'static str,
        content: &str,
    ) -> Result<Reply, CallError> {
        let headers = self.headers(operation);
        let body = Bytes::from(soap::envelope(operation, content));
        let is_own = |reply: &Reply| !matches!(whole(reply), Err(CallError::Unreadable(_)));
        let login = Login {
            user: &self.user,
            is_own: &is_own,
        };
        let content = (self.content_type, body);
        let posted = self
            .endpoint
            .post_under(Some(login), class, operation, &headers, content);
        posted.await.map_err(CallError::Failed)
    }
}

/// Takes the response from a reply to this operation.
pub(super) fn read(reply: &Reply, operation: &str) -> Result<Element, CallError> {
    let response = whole(reply)?.into_first();
    let response = response.filter(|first| first.name.strip_suffix("Response") == Some(operation));
    response.ok_or_else(|| unreadable(reply, "the response is to another operation"))
}

fn unreadable(reply: &Reply, cause: &str) -> CallError {
    CallError::Unreadable(format!("HTTP {}: {cause}", reply.status.as_u16()))
}

/// Takes the body, which has one element at least, from a reply that is no fault.
pub(super) fn whole(reply: &Reply) -> Result<Element, CallError> {
    let unreadable = |cause: &str| unreadable(reply, cause);
    let body = soap::parse(&reply.body)
        .ok()
        .and_then(Element::into_whole_body)
        .filter(|body| !body.children().is_empty())
        .ok_or_else(|| unreadable("the reply is not a SOAP message"))?;
    let first = body.children().first();
    if let Some(fault) = first.filter(|first| first.name == "Fault") {
        // Any other fault comes from the HTTP or SOAP server, which does not know the outcome of the payment.
        let exception = fault
            .child("detail")
            .and_then(|detail| detail.child("PaymentServerException"))
            .ok_or_else(|| unreadable("a fault without PaymentServerException"))?;
        let code = exception
            .text_of("error")
            .parse()
            .ok()
            .filter(|code| is_code(*code))
            .ok_or_else(|| unreadable("a fault without an action code"))?;
        return Err(CallError::Fault(code));
    }
    if !reply.status.is_success() {
        return Err(unreadable("a response with an HTTP error status"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Element, CallError> {
        let body = format!("<S:Envelope xmlns:S='s'><S:Body>{body}</S:Body></S:Envelope>");
        read(
            &Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body: Bytes::from(body),
            },
            "Payment",
        )
    }

    fn fault(error: &str) -> String {
        format!(
            "<S:Fault><faultcode>S:Client</faultcode><faultstring></faultstring><detail><x:PaymentServerException>\
             <provider>NETSW</provider><error>{error}</error><description>d</description><screen>s</screen>\
             </x:PaymentServerException></detail></S:Fault>"
        )
    }

    #[test]
    fn responses_and_faults() {
        let response = answer(
            200,
            "<p:PaymentResponse><action>4</action></p:PaymentResponse>",
        )
        .unwrap();
        assert_eq!(response.text_of("action"), "4");
        for status in [200, 500] {
            assert_eq!(answer(status, &fault("116")), Err(CallError::Fault(116)));
            assert_eq!(answer(status, &fault("-1")), Err(CallError::Fault(-1)));
        }
    }

    #[test]
    fn everything_else_is_unreadable() {
        for (status, body) in [
            (
                500,
                "<S:Fault><faultcode>S:Server</faultcode><faultstring>x</faultstring></S:Fault>",
            ),
            (500, fault("").as_str()),
            (500, fault("x").as_str()),
            (500, "<PaymentResponse/>"),
            (200, "<CancelRequestResponse/>"),
            (200, "<Payment/>"),
            (200, ""),
        ] {
            assert!(
                matches!(answer(status, body), Err(CallError::Unreadable(_))),
                "{status} {body}"
            );
        }
        for body in [
            "",
            "Internal Server Error",
            "<html></html>",
            "<S:Envelope><S:Body><PaymentResponse>",
        ] {
            let reply = Reply {
                status: StatusCode::OK,
                body: Bytes::copy_from_slice(body.as_bytes()),
            };
            assert!(
                matches!(read(&reply, "Payment"), Err(CallError::Unreadable(_))),
                "{body}"
            );
        }
    }
}
