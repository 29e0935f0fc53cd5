//! Which rules can a value break?

/// The rule that a value broke. It decides which error the partner sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Sixteen digits.
    Pan,
    /// A real month: two digits of the year, then the month.
    ExpiryYymm,
    /// A real month: the month, then two digits of the year.
    ExpiryMmyy,
    /// Twelve digits.
    PhoneDigits,
    /// A phone starts with `998`.
    PhonePrefix,
    /// A whole number of tiyin above zero.
    Amount,
    /// A UUID.
    Uuid,
    /// Six digits of a confirmation code.
    Code,
    /// One of `UZCARD` and `HUMO`.
    Network,
    /// `true` or `false`.
    Boolean,
    /// A whole number that fits 64 bits.
    WholeNumber,
    /// A string.
    Text,
    /// A string of 1 to 64 characters without control characters.
    Terminal,
    /// 1 to 64 of `A-Za-z0-9._:-`.
    ExtId,
    /// No number of a card, in a text that is stored and told as it is.
    NoCardNumber,
    /// A day of the calendar, `YYYY-MM-DD`.
    Date,
    /// A moment in UNIX milliseconds.
    Moment,
    /// One of the words of a list.
    Choice,
    /// The `next` of an earlier page.
    Cursor,
    /// A whole number within its range.
    Range {
        /// The least one.
        least: u32,
        /// The greatest one.
        greatest: u32,
    },
    /// A list of 1 to 20 tokens.
    Tokens,
    /// An object with members of its own.
    Object,
    /// A name in Latin or Cyrillic letters.
    PersonName,
    /// A day before today.
    PastDay,
    /// Fourteen digits, which agree with the day of birth.
    Pinfl,
    /// Three digits.
    ThreeDigits,
    /// Series and number of a document.
    DocumentNumber,
    /// A document whose series, with which it begins, is of letters.
    DocumentSeries,
    /// Today or a later day.
    ComingDay,
}

/// What is wrong with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFault {
    /// Another JSON type, or a number that is not a 64-bit integer.
    WrongType(Rule),
    /// The right JSON type with content that breaks the rule.
    Format(Rule),
}
