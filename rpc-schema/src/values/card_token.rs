//! How is a card named?

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};
use crate::components::component;

/// The most cards that one call may ask for.
const MAX_TOKENS: usize = 20;

/// The token of a card: `token` in the B family, `cardId` in the A family.
///
/// In the B family, a text that is not a UUID is a token that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CardToken(String);

impl CardToken {
    /// The token's UUID, if it is one.
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        Uuid::try_parse(&self.0).ok()
    }
}

impl From<Uuid> for CardToken {
    fn from(token: Uuid) -> Self {
        Self(token.to_string())
    }
}

impl Value for CardToken {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_string(raw, Rule::Type).map(Self)
    }
}

component!(CardToken as "CardToken": { "type": "string", "format": "uuid", "description": "The card's token, as `cards.add-confirm` (`token`) or `cards.attach` (`cardId`) returned it.", "examples": ["a1807840-4577-11ee-bec9-ddd6006913ab"] });

/// The tokens of 1 to 20 cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TokenList(Vec<CardToken>);

impl TokenList {
    /// The tokens, as they were sent.
    #[must_use]
    pub fn tokens(&self) -> &[CardToken] {
        &self.0
    }
}

impl Value for TokenList {
    type Component = Self;

    const EMPTY: Option<&'static str> = Some("[]");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let tokens: Vec<&RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Tokens))?;
        if tokens.len() > MAX_TOKENS {
            return Err(ValueFault::Format(Rule::Tokens));
        }
        let tokens = tokens.into_iter().map(CardToken::decode);
        tokens.collect::<Result<_, _>>().map(Self)
    }
}

impl JsonSchema for TokenList {
    fn schema_name() -> Cow<'static, str> {
        "TokenList".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let token = generator.subschema_for::<CardToken>();
        json_schema!({ "type": "array", "items": token, "minItems": 1, "maxItems": MAX_TOKENS, "description": "Tokens of 1 to 20 cards.", "examples": [["a1807840-4577-11ee-bec9-ddd6006913ab"]] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::test_decode::{decode, decode_text};

    #[test]
    fn a_token_that_is_no_uuid_is_one_that_nobody_has() {
        assert_eq!(decode_text::<CardToken>("nobody's").unwrap().uuid(), None);
        let token = Uuid::from_u128(7);
        assert_eq!(
            decode_text::<CardToken>(&token.to_string()).unwrap().uuid(),
            Some(token)
        );
        assert_eq!(CardToken::from(token).uuid(), Some(token));
    }

    #[test]
    fn a_list_has_at_most_twenty_tokens() {
        let list = |count| decode::<TokenList>(&json!(vec!["t"; count]).to_string());
        assert_eq!(list(20).unwrap().tokens().len(), 20);
        assert_eq!(list(21), Err(ValueFault::Format(Rule::Tokens)));
        for wrong in [
            json!("t"),
            json!({"0": "t"}),
            json!([1]),
            json!([null]),
            json!([["t"]]),
        ] {
            assert!(matches!(
                decode::<TokenList>(&wrong.to_string()),
                Err(ValueFault::WrongType(_))
            ));
        }
    }
}
