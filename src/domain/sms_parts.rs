//! Into how many parts is a message split? A part has 160 letters of the SMS alphabet (GSM 03.38), 153 where there are several; one letter
//! beyond it, and the whole message is UCS-2: 70, or 67.

/// The alphabet; each of these letters takes one place.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                        abcdefghijklmnopqrstuvwxyzäöñüà";
/// These take two.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";
/// So few letters beyond the alphabet are more likely a slip than a script.
const SLIP: usize = 3;

/// What a message costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub count: usize,
    /// The letters without which it would be a message of the SMS alphabet; empty where it is one, or is written in another
    /// script.
    pub dear_letters: Vec<char>,
}

/// The parts of this message.
pub fn parts(text: &str) -> Parts {
    let beyond = |letter: &char| !ALPHABET.contains(*letter) && !EXTENSION.contains(*letter);
    let mut letters: Vec<char> = text.chars().filter(beyond).collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.is_empty() {
        let places = text.chars().map(|letter| match EXTENSION.contains(letter) {
            true => 2,
            false => 1,
        });
        return Parts {
            count: split(places.sum(), 160, 153),
            dear_letters: Vec::new(),
        };
    }
    let is_slip = letters.len() <= SLIP;
    Parts {
        count: split(text.encode_utf16().count(), 70, 67),
        dear_letters: if is_slip { letters } else { Vec::new() },
    }
}

fn split(places: usize, alone: usize, of_several: usize) -> usize {
    if places <= alone {
        1
    } else {
        places.div_ceil(of_several)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_beyond_the_alphabet_makes_a_message_dear() {
        let cases: [(String, usize, &[char]); 10] = [
            (String::new(), 1, &[]),
            ("a".repeat(160), 1, &[]),
            ("a".repeat(161), 2, &[]),
            ("a".repeat(307), 3, &[]),
            ("{".repeat(80), 1, &[]),
            ("{".repeat(81), 2, &[]),
            (format!("{}’", "a".repeat(69)), 1, &['’']),
            (format!("{}’‘", "a".repeat(158)), 3, &['‘', '’']),
            ("код".repeat(24), 2, &['д', 'к', 'о']),
            ("Код для карты".repeat(6), 2, &[]),
        ];
        for (text, count, dear) in cases {
            let dear_letters = dear.to_vec();
            assert_eq!(
                parts(&text),
                Parts {
                    count,
                    dear_letters
                },
                "{text}"
            );
        }
    }
}
