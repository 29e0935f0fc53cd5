//! The values that partners send: what each may look like, and what it becomes.
//!
//! Each type parses itself from JSON once, at the edge. No rule is checked again after that.
//! Sources: the field tables of the two documents, and docs/contract.md#how-the-documents-are-read.

mod amount;
mod boolean;
mod card_like;
mod card_token;
mod choice;
mod code;
mod cursor;
mod date;
mod expiry;
mod ext_id;
mod network;
mod operation_id;
mod page;
mod pan;
mod period_bound;
mod person;
mod phone;
mod rule;
mod terminal;
mod transaction_id;
mod uuid;
mod value;

#[cfg(test)]
mod test_decode;

pub use amount::Amount;
pub use card_like::{CARD_PREFIXES, is_card_like};
pub use card_token::{CardToken, TokenList};
pub(crate) use choice::decode_choice;
pub use code::Code;
pub use cursor::Cursor;
pub use date::Date;
pub use expiry::{Expiry, ExpiryMmyy, ExpiryYymm};
pub use ext_id::ExtId;
pub use network::Network;
pub use operation_id::OperationId;
pub use page::{Page, PageSize};
pub use pan::Pan;
pub use period_bound::PeriodBound;
pub use person::{DocumentNumber, PersonName, Pinfl, ThreeDigits};
pub use phone::{Phone, PlusPhone};
pub use rule::{Rule, ValueFault};
pub use terminal::TerminalText;
pub use transaction_id::TransactionId;
pub use value::Value;

#[cfg(test)]
mod tests {
    use ::uuid::Uuid;
    use schemars::{JsonSchema as _, SchemaGenerator};
    use serde_json::Value as Json;

    use super::test_decode::decode;
    use super::*;

    /// The schema's own examples are values of the type. Returns how many there are.
    fn examples_decode<V: Value>() -> usize {
        let schema = V::Component::json_schema(&mut SchemaGenerator::default());
        let examples = schema.get("examples").and_then(Json::as_array);
        for example in examples.into_iter().flatten() {
            assert!(decode::<V>(&example.to_string()).is_ok(), "{example}");
        }
        examples.map_or(0, Vec::len)
    }

    #[test]
    fn examples_of_schemas_are_values() {
        let counts = [
            examples_decode::<Pan>(),
            examples_decode::<ExpiryYymm>(),
            examples_decode::<ExpiryMmyy>(),
            examples_decode::<Phone>(),
            examples_decode::<PlusPhone>(),
            examples_decode::<Amount>(),
            examples_decode::<CardToken>(),
            examples_decode::<Uuid>(),
            examples_decode::<Code>(),
            examples_decode::<ExtId>(),
            examples_decode::<TransactionId>(),
            examples_decode::<Date>(),
            examples_decode::<Page>(),
            examples_decode::<PageSize>(),
            examples_decode::<TokenList>(),
            examples_decode::<OperationId>(),
            examples_decode::<Cursor>(),
            examples_decode::<PersonName>(),
            examples_decode::<Pinfl>(),
            examples_decode::<DocumentNumber>(),
            examples_decode::<ThreeDigits>(),
        ];
        assert_eq!(counts, [1; 21]);
        assert_eq!(examples_decode::<PeriodBound>(), 2);
    }
}
