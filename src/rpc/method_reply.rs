//! How does what jsonrpsee makes of a method's result become our reply?

use jsonrpsee::core::server::MethodResponse;
use rpc_schema::errors::Lang;

use crate::rpc::envelope::Reply;
use crate::rpc::errors::{WireError, internal};

/// What jsonrpsee writes before the result or error when the id is `Id::Null`. A test checks it.
const RESULT_PREFIX: &str = r#"{"jsonrpc":"2.0","id":null,"result":"#;
const ERROR_PREFIX: &str = r#"{"jsonrpc":"2.0","id":null,"error":"#;

/// Takes the result or error from a method's reply without parsing it.
pub(super) fn reply_of(response: &MethodResponse) -> Reply {
    let json = response.as_ref();
    let inner = |prefix: &str| {
        json.strip_prefix(prefix)?
            .strip_suffix('}')
            .map(str::to_owned)
    };
    match (inner(RESULT_PREFIX), inner(ERROR_PREFIX)) {
        (Some(result), _) => Reply::Result(result),
        (None, Some(error)) => Reply::Error(error),
        (None, None) => {
            tracing::error!("a method's reply has an unexpected form");
            Reply::Error(WireError::new(internal(None), Lang::En).to_json())
        }
    }
}

#[cfg(test)]
mod tests {
    use jsonrpsee::ResponsePayload;
    use jsonrpsee::types::{ErrorObject, Id};

    use super::*;

    #[test]
    fn jsonrpsee_writes_the_prefixes_that_are_cut_off() {
        let done =
            MethodResponse::response(Id::Null, ResponsePayload::success(vec![1]), usize::MAX);
        assert_eq!(reply_of(&done), Reply::Result("[1]".to_owned()));
        let failed = MethodResponse::error(Id::Null, ErrorObject::owned(-32314, "no", Some(true)));
        assert_eq!(
            reply_of(&failed),
            Reply::Error(r#"{"code":-32314,"message":"no","data":true}"#.to_owned())
        );
    }
}
