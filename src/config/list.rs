//! A list of words: a TOML array, or in the environment one text with commas.

use std::fmt;

use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};

pub(super) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(Words)
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts, or one text with commas")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        let words = text.split(',').map(str::trim);
        Ok(words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Section {
        #[serde(deserialize_with = "words")]
        list: Vec<String>,
    }

    #[test]
    fn a_list_is_an_array_or_has_commas() {
        for (json, expected) in [
            (r#"{"list": ["a", "b c"]}"#, vec!["a", "b c"]),
            (r#"{"list": "a, b c,"}"#, vec!["a", "b c"]),
            (r#"{"list": []}"#, vec![]),
            (r#"{"list": ""}"#, vec![]),
        ] {
            let section: Section = serde_json::from_str(json).unwrap();
            assert_eq!(section.list, expected, "{json}");
        }
        for json in [r#"{"list": 7}"#, r#"{"list": [7]}"#, r#"{"list": {}}"#] {
            assert!(serde_json::from_str::<Section>(json).is_err(), "{json}");
        }
    }
}
