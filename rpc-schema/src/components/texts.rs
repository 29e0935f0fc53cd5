//! Which meanings are components, though Rust has only a number, a text or a boolean for them?

use super::components;

components! {
    /// True or false.
    Flag { "type": "boolean" }
    /// Always `true`: it was done. What was not done is an error.
    Done { "type": "boolean", "const": true }
    /// The OpenRPC document, as its specification defines it.
    OpenrpcDocument { "type": "object" }
    /// A moment in UNIX milliseconds.
    UnixMillis { "type": "integer", "examples": [1_693_219_530_000_i64] }
    /// A day as the number `YYYYMMDD`, in Tashkent time.
    DayNumber { "type": "integer", "examples": [20_230_828] }
    /// The time of a day as the number `HHMMSS` without leading zeros, in Tashkent time.
    TimeNumber { "type": "integer", "minimum": 0, "maximum": 235_959, "examples": [153_350] }
    /// A moment in Tashkent time, as people in the United States write it.
    WrittenMoment { "type": "string", "examples": ["8/28/2023, 3:45:32 PM"] }
    /// Always 0.
    Zero { "type": "integer", "const": 0 }

    // Money.

    /// A whole number of tiyin from 0 on (1 UZS is 100 tiyin).
    TiyinOrZero { "type": "integer", "minimum": 0, "examples": [2_500] }
    /// The available balance in tiyin. It is below zero where the bank lets a card be overdrawn.
    Balance { "type": "integer", "examples": [33_384_062] }
    /// A fee in tiyin, in digits, as the documents have it.
    FeeText { "type": "string", "pattern": "^[0-9]+$", "examples": ["2500"] }
    /// A tariff in percent, without trailing zeros.
    FeeRate { "type": "string", "pattern": r"^[0-9]+(\.[0-9]*[1-9])?$", "examples": ["0.5"] }
    /// The numeric code of a currency (ISO 4217); `860` is UZS.
    CurrencyCode { "type": "string", "examples": ["860"] }
    /// The numeric code of a currency (ISO 4217) as a number; 860 is UZS.
    CurrencyNumber { "type": "integer", "examples": [860] }
    /// The letters of a currency (ISO 4217).
    CurrencyLetters { "type": "string", "examples": ["UZS"] }

    // Cards.

    /// The id of a card in the attachment methods, a UUID. Once confirmed, it is the card's token in all other methods.
    CardId { "type": "string", "format": "uuid", "examples": ["87a490f5-831e-4751-86c0-008fc3dfe695"] }
    /// A card number of which only the first six and the last four digits are shown.
    MaskedPan { "type": "string", "pattern": r"^[0-9]{6}\*{5}[0-9]{4}$", "examples": ["986019*****8366"] }
    /// A card number in a history: the first six digits, three asterisks, the last four.
    ShortMaskedPan { "type": "string", "pattern": r"^[0-9]{6}\*{3}[0-9]{4}$", "examples": ["986019***8366"] }
    /// A card's expiry as `YYMM`, or an empty text where its network gives none.
    ExpiryOrEmpty { "type": "string", "pattern": "^([0-9]{2}(0[1-9]|1[0-2]))?$", "examples": ["3012"] }
    /// A phone as a card's network has it on file, usually `998` and nine digits.
    PhoneOnFile { "type": "string", "examples": ["998977446066"] }
    /// The cardholder's name, as the card's network has it.
    CardholderName { "type": "string", "examples": ["ABDUSAMAD TURDIEV"] }
    /// The kind of card, in the network's own word.
    CardKind { "type": "string", "examples": ["private"] }
    /// The bank branch of a card, or an empty text where its network gives none.
    BranchCode { "type": "string", "examples": ["00401"] }
    /// How many wrong PINs were entered.
    WrongPinCount { "type": "integer", "examples": [0] }
    /// The status of a card at its network; 0 is active.
    CardStatusCode { "type": "integer", "examples": [0] }
    /// What `cards.attach.confirm` says once the card is attached.
    AttachMessage { "type": "string", "examples": ["Card is successfully attached"] }

    /// The name of a card network in small letters.
    Vendor { "type": "string", "enum": ["uzcard", "humo"] }

    // Payments.

    /// The number of a transaction of this gateway.
    TransactionId { "type": "integer", "examples": [2_557_767] }
    /// The id of a merchant, registered for you at the card's network.
    MerchantId { "type": "string", "minLength": 1, "maxLength": 64, "examples": ["90001"] }
    /// The id of a terminal, registered together with its merchant.
    TerminalId { "type": "string", "minLength": 1, "maxLength": 64, "examples": ["92400001"] }
    /// The gateway's own reference of a payment at UZCARD.
    UzcardReference { "type": "string", "examples": ["01933c4d8f7e7c3a9a54b7d5f0a1c2e3"] }
    /// UZCARD's reference number of a payment.
    RefNum { "type": "string", "examples": ["000000770532"] }
    /// UZCARD's approval code of a payment, or an empty text where it gives none.
    ApprovalCode { "type": "string", "examples": ["770532"] }
    /// HUMO's id of a payment.
    PaymentId { "type": "string", "examples": ["4747770532"] }
    /// The gateway's own reference of a payment at HUMO.
    PaymentRef { "type": "string", "examples": ["01933c4d8f7e7c3a9a54b7d5f0a1c2e3"] }
    /// HUMO's retrieval reference number (RRN) of a payment.
    RetrievalReference { "type": "string", "examples": ["324010770532"] }
    /// The address of a fiscal receipt, or an empty text until it is registered.
    ReceiptUrl { "type": "string", "examples": ["https://ofd.example/check/2557790"] }

    // People.

    /// The day of a person's birth, before today, `YYYY-MM-DD`.
    BirthDate { "type": "string", "format": "date", "examples": ["1990-02-01"] }
    /// The last day on which a document is valid, today or later, `YYYY-MM-DD`.
    DocumentEnd { "type": "string", "format": "date", "examples": ["2030-12-31"] }
    /// The networks' code for a kind of identity document, three digits.
    DocumentType { "type": "string", "pattern": "^[0-9]{3}$", "examples": ["006"] }
    /// The numeric code of a country (ISO 3166-1), three digits; `860` is Uzbekistan.
    CountryCode { "type": "string", "pattern": "^[0-9]{3}$", "examples": ["860"] }

    // Histories.

    /// A text or number that a network gives about an operation, or an empty text where it gives none.
    NetworkText { "type": "string", "examples": ["TASHKENT"] }

    // Errors.

    /// The code of an error: a key of the table `x-errors`.
    ErrorNumber { "type": "integer", "examples": [-32_309] }
    /// The message of an error, in the language of the call.
    ErrorMessage { "type": "string", "examples": ["Insufficient funds"] }
    /// What to do instead, in a sentence for people.
    Hint { "type": "string" }
    /// A line of a body, from 1.
    BodyLine { "type": "integer", "minimum": 1, "examples": [1] }
    /// A place in a line of a body, in bytes from 1; 0 is the end of the line before.
    BodyColumn { "type": "integer", "minimum": 0, "examples": [8] }
    /// The name of a param.
    ParamName { "type": "string", "examples": ["amount"] }
    /// A network's own code, to quote to its support.
    ProcessingCode { "type": "string", "examples": ["-240"] }
}
