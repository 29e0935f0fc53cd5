//! Which part of a list is asked for?

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::Value;
use crate::components::component;

/// The most operations on one page.
const MAX_SIZE: u32 = 200;

/// The number of a page, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Page(pub u32);

impl Value for Page {
    type Component = Self;
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_integer(raw, 0, u32::MAX).map(Self)
    }
}

component!(Page as "PageNumber": { "type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 0, "description": "The number of the page, from 0.", "examples": [0] });

/// The number of operations per page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PageSize(pub u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl Value for PageSize {
    type Component = Self;
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_integer(raw, 1, MAX_SIZE).map(Self)
    }
}

component!(PageSize as "PageSize": { "type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": 50, "description": "The number of operations per page.", "examples": [50] });

fn decode_integer(raw: &RawValue, least: u32, greatest: u32) -> Result<u32, ValueFault> {
    let number: i64 =
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Range))?;
    u32::try_from(number)
        .ok()
        .filter(|number| (least..=greatest).contains(number))
        .ok_or(ValueFault::Format(Rule::Range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::decode;

    #[test]
    fn pages_have_their_ranges() {
        assert_eq!(decode::<Page>("0"), Ok(Page(0)));
        assert_eq!(decode::<PageSize>("200"), Ok(PageSize(200)));
        let range = ValueFault::Format(Rule::Range);
        assert_eq!(decode::<Page>("-1"), Err(range));
        assert_eq!(decode::<Page>("4294967296"), Err(range));
        assert_eq!(decode::<PageSize>("0"), Err(range));
        assert_eq!(decode::<PageSize>("201"), Err(range));
        for wrong in ["\"1\"", "1.0", "null", "[1]"] {
            let fault = ValueFault::WrongType(Rule::Range);
            assert_eq!(decode::<Page>(wrong), Err(fault));
            assert_eq!(decode::<PageSize>(wrong), Err(fault));
        }
    }
}
