//! The catalogue is whole, tidy and that of the documents.

use std::collections::HashSet;

use super::*;

const LANGUAGES: [Lang; 3] = [Lang::Uz, Lang::Ru, Lang::En];

#[test]
fn the_catalogue_is_that_of_the_documents() {
    let documented = [
        4, 1006, 1007, 1008, 1009, 1010, //
        -32700, -32600, -32601, -32504, //
        -32300, -32301, -32302, -32303, -32304, -32305, -32306, -32307, -32308, -32309, //
        -32310, -32311, -32312, -32313, -32314, -32315, -32316, -32317, -32318, -32319, //
        -32324, -32325, -32326, -32327, -32328, -32329, //
        -32330, -32332, -32333, -32334, -32335, -32336, -32337, -32338, -32339, //
        -32340, -32341, -32342, -32343, -32344, -32345, -32346, -32347, -32348, -32349, //
        -32350, -32351, -32352, -32353, -32354, -32355, -32356, -32357, -32358, -32359, //
        -32360, -32361, -32362, -32363, -32364, -32365, -32366, -32368, -32369, //
        -32370, -32371, -32372, -32373, -32374, -32375, -32376, -32377, -32379, //
        -32380, -32381, -32382, -32383, -32384, -32385, -32386, -32387, -32388, -32389, //
        -32390, -32391, -32392, -32393, -32394, -32398, -32399, //
        -32401, -32402, -32403, -32404, -32405, -32406, -32407, -32408, -32409, //
        -32410, -32411,
    ];
    let ours: Vec<i32> = ErrorCode::ALL.iter().map(|error| error.code()).collect();
    assert_eq!(ours, documented);
}

#[test]
fn codes_and_names_are_unique() {
    let codes: HashSet<i32> = ErrorCode::ALL.iter().map(|error| error.code()).collect();
    let names: HashSet<&str> = ErrorCode::ALL.iter().map(|error| error.name()).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    assert_eq!(names.len(), ErrorCode::ALL.len());
}

#[test]
fn names_are_upper_case_words_joined_by_underscores() {
    for error in ErrorCode::ALL {
        let good = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase());
        assert!(error.name().split('_').all(good), "{error}");
    }
}

#[test]
fn a_code_leads_back_to_its_error() {
    for error in ErrorCode::ALL {
        assert_eq!(ErrorCode::from_code(error.code()), Some(*error), "{error}");
    }
    // Gaps of the table, and jsonrpsee's own codes.
    for unknown in [0, 5, 1005, -32320, -32367, -32400, -32412, -32602, -32603] {
        assert_eq!(ErrorCode::from_code(unknown), None, "{unknown}");
    }
}

#[test]
fn the_family_is_the_document() {
    for (index, error) in ErrorCode::ALL.iter().enumerate() {
        let family = if index < 6 {
            Family::Attach
        } else {
            Family::Gateway
        };
        assert_eq!(error.family(), family, "{error}");
    }
}

#[test]
fn only_these_can_be_repeated() {
    use ErrorCode::*;
    let later: Vec<ErrorCode> = ErrorCode::ALL
        .iter()
        .copied()
        .filter(|error| error.retry() == Retry::Later)
        .collect();
    let expected = [
        AttachFailed,
        ProcessingCentreUnavailable,
        Internal,
        UzcardUnavailable,
        HumoUnavailable,
        ProviderUnavailable,
        Overloaded,
        SmsGatewayUnavailable,
        HumoSmsTimeout,
        Maintenance,
        MaskedPanUnreadable,
        VisaUnavailable,
        VisaSmsTimeout,
        MunisUnavailable,
        PreviousAttemptInProcess,
        InProcess,
        SmsLimitReached,
        ProcessingSystemError,
    ];
    assert_eq!(later, expected);
}

#[test]
fn an_unknown_outcome_sends_the_partner_to_ask_and_not_to_repeat() {
    assert_eq!(ErrorCode::OutcomeUnknown.retry(), Retry::No);
    assert!(
        ErrorCode::OutcomeUnknown
            .meaning()
            .contains("`transactions.get`")
    );
}

#[test]
fn texts_are_whole_and_tidy() {
    for error in ErrorCode::ALL {
        for lang in LANGUAGES {
            let text = error.message(lang);
            assert!(!text.is_empty(), "{error} {lang:?}");
            assert_tidy(text, *error);
        }
    }
}

#[test]
fn each_language_has_a_text_of_its_own() {
    for error in ErrorCode::ALL {
        let texts = HashSet::from(LANGUAGES.map(|lang| error.message(lang)));
        assert_eq!(texts.len(), LANGUAGES.len(), "{error}");
    }
}

#[test]
fn russian_texts_have_no_scanning_faults() {
    for error in ErrorCode::ALL {
        let text = error.message(Lang::Ru);
        assert!(text.chars().any(is_cyrillic), "{error}");
        for fault in ["Нито", "Nimo", "Muniis", "Исчеран", "\\"] {
            assert!(!text.contains(fault), "{error}: {fault}");
        }
        // A letter of the other alphabet that looks the same.
        for word in text.split(|c: char| !c.is_alphabetic()) {
            let mixed = word.chars().any(is_cyrillic) && word.chars().any(|c| c.is_ascii());
            assert!(!mixed, "{error}: {word}");
        }
    }
}

#[test]
fn uzbek_texts_are_in_latin_script() {
    for error in ErrorCode::ALL {
        let text = error.message(Lang::Uz);
        assert!(!text.chars().any(is_cyrillic), "{error}");
        // The letters o‘ and g‘ have their own mark; neither keyboard's stands for it.
        assert!(!text.contains(['\'', '`', 'ʻ', 'ʼ']), "{error}");
        for (before, mark) in text.chars().zip(text.chars().skip(1)) {
            let takes_turned_mark = matches!(before, 'o' | 'O' | 'g' | 'G');
            assert!(mark != '‘' || takes_turned_mark, "{error}: {before}{mark}");
            assert!(mark != '’' || !takes_turned_mark, "{error}: {before}{mark}");
        }
    }
}

#[test]
fn english_texts_are_ascii() {
    for error in ErrorCode::ALL {
        assert!(error.message(Lang::En).is_ascii(), "{error}");
    }
}

#[test]
fn meanings_are_sentences_in_one_line() {
    for error in ErrorCode::ALL {
        let meaning = error.meaning();
        assert!(meaning.ends_with('.'), "{error}: {meaning}");
        assert_tidy(meaning, *error);
    }
    assert_eq!(
        ErrorCode::ParseError.meaning(),
        "The body of the request is not JSON. Correct the program that writes it."
    );
}

#[test]
fn an_error_is_shown_by_name_and_code() {
    assert_eq!(
        ErrorCode::InsufficientFunds.to_string(),
        "INSUFFICIENT_FUNDS (-32309)"
    );
}

fn assert_tidy(text: &str, error: ErrorCode) {
    assert_eq!(text, text.trim(), "{error}");
    assert!(
        !text.contains("  ") && !text.contains(['\n', '\t']),
        "{error}: {text}"
    );
}

fn is_cyrillic(c: char) -> bool {
    ('\u{0400}'..='\u{04ff}').contains(&c)
}
