//! A reply's bytes as text, whatever its encoding (docs/networks.md#encodings).
//!
//! JSON and XML are UTF-8, but old servers put names and messages into them as windows-1251, or cut a name in the middle
//! of a letter. Everything that decides is ASCII, and stays what it is in either reading.

use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text. What belongs to no encoding is `U+FFFD`, so that it can be neither an id nor a number.
pub(super) fn decoded(body: &[u8]) -> Cow<'_, str> {
    let mut body = body;
    while let Some(rest) = body.strip_prefix(BYTE_ORDER_MARK) {
        body = rest;
    }
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_mostly_utf8(body) => String::from_utf8_lossy(body),
        Err(_) => Cow::Owned(body.iter().map(|byte| windows_1251(*byte)).collect()),
    }
}

/// Whether the text has more letters of several bytes than bytes that are wrong: then a letter was cut, and the encoding
/// is UTF-8 all the same. In windows-1251, hardly two letters in a row look like one of UTF-8.
fn is_mostly_utf8(body: &[u8]) -> bool {
    let (mut letters, mut wrong) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        letters += chunk
            .valid()
            .chars()
            .filter(|sign| !sign.is_ascii())
            .count();
        wrong += chunk.invalid().len();
    }
    letters > wrong
}

/// Windows-1251 from 0x80 to 0xBF. The Cyrillic alphabet follows.
#[rustfmt::skip]
const UPPER: [char; 64] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ',
    'ђ', '‘', '’', '“', '”', '•', '–', '—', '\u{fffd}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ',
    '\u{a0}', 'Ў', 'ў', 'Ј', '¤', 'Ґ', '¦', '§', 'Ё', '©', 'Є', '«', '¬', '\u{ad}', '®', 'Ї',
    '°', '±', 'І', 'і', 'ґ', 'µ', '¶', '·', 'ё', '№', 'є', '»', 'ј', 'Ѕ', 'ѕ', 'ї',
];

fn windows_1251(byte: u8) -> char {
    match byte {
        0x00..=0x7f => char::from(byte),
        0x80..=0xbf => UPPER
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        0xc0..=0xff => {
            let letter = u32::from('А') + u32::from(byte - 0xc0);
            char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_the_encodings_that_occur() {
        let cases: [(&[u8], &str); 9] = [
            (b"{}", "{}"),
            ("\u{feff}{}".as_bytes(), "{}"),
            ("Анвар ўғли".as_bytes(), "Анвар ўғли"),
            (b"\xc0\xed\xe2\xe0\xf0", "Анвар"),
            (b"\xef\xbb\xbf\xc0\xed\xe2\xe0\xf0", "Анвар"),
            (b"\xa1\xa2\xa8\xb8\xb9\xff", "ЎўЁё№я"),
            (b"a\x98b", "a\u{fffd}b"),
            // A name that was cut after so many bytes.
            (b"\xd0\x90\xd0\xbd\xd0\xb2\xd0", "Анв\u{fffd}"),
            (b"", ""),
        ];
        for (bytes, text) in cases {
            assert_eq!(decoded(bytes), text, "{bytes:?}");
        }
    }

    #[test]
    fn ascii_is_the_same_in_either_reading() {
        for byte in 0..=0x7f {
            assert_eq!(windows_1251(byte), char::from(byte));
        }
    }
}
