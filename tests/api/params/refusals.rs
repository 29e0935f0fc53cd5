//! What a value of each kind cannot be, and how it is refused.

use rpc_schema::errors::ErrorCode::{
    self, InvalidAmount, InvalidExpiry, InvalidInput, InvalidPan, InvalidPhone, MissingParams,
};

pub(super) const LONG: &str =
    r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#;
/// The second digit is not an ASCII digit.
pub(super) const FOREIGN_DIGIT: &str = r#""8٦00010132441332""#;

/// What no text may be that is stored and told as it is.
const CARD_NUMBER: &str = r#""8600010132441332""#;
const SPACED_CARD_NUMBER: &str = r#""4111 1111-1111 1111""#;

/// What a value is refused with: the B family's code and `data.reason`, the A family's text.
#[derive(Clone, Copy)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) reason: Option<&'static str>,
    pub(super) text: &'static str,
    /// `data.hint` in Russian.
    pub(super) hint: Option<&'static str>,
}

impl Refusal {
    pub(super) const fn wrong_type(text: &'static str) -> Self {
        Self {
            code: InvalidInput,
            reason: Some("wrong_type"),
            text,
            hint: None,
        }
    }

    pub(super) const fn bad_format(text: &'static str) -> Self {
        Self {
            code: InvalidInput,
            reason: Some("bad_format"),
            text,
            hint: None,
        }
    }

    pub(super) const fn of(code: ErrorCode, text: &'static str) -> Self {
        Self {
            code,
            reason: None,
            text,
            hint: None,
        }
    }
}

pub(super) const MISSING: Refusal = Refusal::of(MissingParams, "Field must be not null");
pub(super) const UNKNOWN: Refusal = Refusal {
    code: InvalidInput,
    reason: Some("unknown_member"),
    text: "Unknown field",
    hint: None,
};
pub(super) const DUPLICATE: Refusal = Refusal {
    code: InvalidInput,
    reason: Some("duplicate_member"),
    text: "Duplicate field",
    hint: None,
};

/// Values that no string member can have; texts of numbers are no numbers either.
pub(super) const NO_STRINGS: &[&str] = &[
    "7777777",
    "-1",
    "1.5",
    "true",
    "false",
    "[]",
    "{}",
    r#"["canary"]"#,
    r#"{"canary":1}"#,
];
pub(super) const NO_INTEGERS: &[&str] = &[
    r#""500000""#,
    r#""""#,
    "1.0",
    "1e3",
    "1E3",
    "0.5",
    "-1.0",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "1e999",
    "true",
    "[]",
    "[500000]",
    "{}",
];
pub(super) const NO_BOOLEANS: &[&str] = &["0", "1", r#""true""#, r#""false""#, r#""""#, "[]", "{}"];

pub(super) const NO_LISTS: &[&str] = &[
    r#""""#,
    r#""canary-token""#,
    "1",
    "true",
    "{}",
    r#"{"canary":1}"#,
    "[7777777]",
    r#"["canary-token",null]"#,
    r#"[["canary-token"]]"#,
];
/// One token more than there may be.
pub(super) const MANY: &str = r#"["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","canary"]"#;

/// JSON texts that a value of this kind cannot be, by the title of its schema.
pub(super) fn bad(title: &str) -> Vec<(&'static str, Refusal)> {
    let pan = "Must contain only digits. Allowed length 16 characters";
    let date = "Only valid dates (yyMM)";
    let phone = "Must contain only digits. Allowed length 12 characters";
    let prefix = "Number must start with 998";
    let network = "Accepts only constants (UZCARD, HUMO)";
    let code = "Must contain only digits. Allowed length 6 characters";
    let uuid = "Accepts only uuid";
    // No method of the A family has fields of the other kinds.
    let none = "-";
    let (types, text, formats): (_, _, &[(&str, Refusal)]) = match title {
        "Pan" => (
            NO_STRINGS,
            pan,
            &[
                (r#"" ""#, Refusal::of(InvalidPan, pan)),
                (r#""860099999999999""#, Refusal::of(InvalidPan, pan)),
                (r#""86009999999999999""#, Refusal::of(InvalidPan, pan)),
                (r#""860099999999999x""#, Refusal::of(InvalidPan, pan)),
                (r#""8600 9999 9999 9999""#, Refusal::of(InvalidPan, pan)),
                (FOREIGN_DIGIT, Refusal::of(InvalidPan, pan)),
            ],
        ),
        "ExpiryYymm" => (
            NO_STRINGS,
            date,
            &[
                (r#""3013""#, Refusal::of(InvalidExpiry, date)),
                (r#""3000""#, Refusal::of(InvalidExpiry, date)),
                (r#""1230""#, Refusal::of(InvalidExpiry, date)),
                (r#""301""#, Refusal::of(InvalidExpiry, date)),
                (r#""30123""#, Refusal::of(InvalidExpiry, date)),
                (r#""30-12""#, Refusal::of(InvalidExpiry, date)),
            ],
        ),
        "ExpiryMmyy" => (
            NO_STRINGS,
            date,
            &[
                (r#""1330""#, Refusal::of(InvalidExpiry, date)),
                (r#""0030""#, Refusal::of(InvalidExpiry, date)),
                (r#""3012""#, Refusal::of(InvalidExpiry, date)),
                (r#""123""#, Refusal::of(InvalidExpiry, date)),
                (r#""12301""#, Refusal::of(InvalidExpiry, date)),
                (r#""12/30""#, Refusal::of(InvalidExpiry, date)),
            ],
        ),
        "Phone" => (
            NO_STRINGS,
            phone,
            &[
                (r#""99890123456""#, Refusal::of(InvalidPhone, phone)),
                (r#""9989012345678""#, Refusal::of(InvalidPhone, phone)),
                (r#""+998901234567""#, Refusal::of(InvalidPhone, phone)),
                (r#""997901234567""#, Refusal::of(InvalidPhone, prefix)),
            ],
        ),
        "PlusPhone" => (
            NO_STRINGS,
            phone,
            &[
                (r#""99890123456""#, Refusal::of(InvalidPhone, phone)),
                (r#""+9989012345678""#, Refusal::of(InvalidPhone, phone)),
                (r#""++998901234567""#, Refusal::of(InvalidPhone, phone)),
                (r#""998901234567+""#, Refusal::of(InvalidPhone, phone)),
                (r#""+""#, Refusal::of(InvalidPhone, phone)),
                (r#""+997901234567""#, Refusal::of(InvalidPhone, prefix)),
            ],
        ),
        "Network" => (
            NO_STRINGS,
            network,
            &[
                (r#""uzcard""#, Refusal::bad_format(network)),
                (r#""CANARY""#, Refusal::bad_format(network)),
            ],
        ),
        "CardId" => (
            NO_STRINGS,
            uuid,
            &[
                (
                    r#""b17d442d-19ad-4cce-babf-64f7cf6f554""#,
                    Refusal::bad_format(uuid),
                ),
                (
                    r#""b17d442d-19ad-4cce-babf-64f7cf6f554g""#,
                    Refusal::bad_format(uuid),
                ),
            ],
        ),
        "ConfirmationCode" => (
            NO_STRINGS,
            code,
            &[
                (r#""44512""#, Refusal::bad_format(code)),
                (r#""4451277""#, Refusal::bad_format(code)),
                (r#""44512x""#, Refusal::bad_format(code)),
                (r#"" 44512""#, Refusal::bad_format(code)),
            ],
        ),
        "Tiyin" => (
            NO_INTEGERS,
            none,
            &[
                ("0", Refusal::of(InvalidAmount, none)),
                ("-1", Refusal::of(InvalidAmount, none)),
                ("-9223372036854775808", Refusal::of(InvalidAmount, none)),
            ],
        ),
        "MerchantId" | "TerminalId" => (
            NO_STRINGS,
            none,
            &[
                (LONG, Refusal::bad_format(none)),
                (r#""canary\u0000terminal""#, Refusal::bad_format(none)),
                (r#""canary\n""#, Refusal::bad_format(none)),
                (CARD_NUMBER, Refusal::bad_format(none)),
                (SPACED_CARD_NUMBER, Refusal::bad_format(none)),
            ],
        ),
        "ExtId" => (
            NO_STRINGS,
            none,
            &[
                (CARD_NUMBER, Refusal::bad_format(none)),
                (SPACED_CARD_NUMBER, Refusal::bad_format(none)),
                (r#""""#, Refusal::bad_format(none)),
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""canary order""#, Refusal::bad_format(none)),
                (r#""canary/1""#, Refusal::bad_format(none)),
                (r#""заказ""#, Refusal::bad_format(none)),
                (LONG, Refusal::bad_format(none)),
            ],
        ),
        // A text that is not a UUID is an unknown token.
        "CardToken" => (NO_STRINGS, none, &[]),
        // Numbers below one are unknown ids.
        "TransactionId" => (NO_INTEGERS, none, &[]),
        "Flag" => (NO_BOOLEANS, none, &[]),
        "CalendarDate" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""2026-11-1""#, Refusal::bad_format(none)),
                (r#""20261121""#, Refusal::bad_format(none)),
                (r#""21.11.2026""#, Refusal::bad_format(none)),
                (r#""2026-02-29""#, Refusal::bad_format(none)),
                (r#""2026-13-01""#, Refusal::bad_format(none)),
                (r#""2026-11-21T00:00:00""#, Refusal::bad_format(none)),
            ],
        ),
        "BirthDate" | "DocumentEnd" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""01021990""#, Refusal::bad_format(none)),
                (r#""1990-02-30""#, Refusal::bad_format(none)),
                (r#""1990-2-1""#, Refusal::bad_format(none)),
            ],
        ),
        "PersonName" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""-Canary""#, Refusal::bad_format(none)),
                (r#""Canary1""#, Refusal::bad_format(none)),
                (r#""Canary\n""#, Refusal::bad_format(none)),
                (r#""Canary\u0000""#, Refusal::bad_format(none)),
                (r#""<Canary>""#, Refusal::bad_format(none)),
                (LONG, Refusal::bad_format(none)),
                (CARD_NUMBER, Refusal::bad_format(none)),
            ],
        ),
        "Pinfl" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""3010290123456""#, Refusal::bad_format(none)),
                (r#""301029012345678""#, Refusal::bad_format(none)),
                (r#""3010290123456x""#, Refusal::bad_format(none)),
                (r#""00102901234567""#, Refusal::bad_format(none)),
                (r#""70102901234567""#, Refusal::bad_format(none)),
                (r#""33002901234567""#, Refusal::bad_format(none)),
                (r#""30113901234567""#, Refusal::bad_format(none)),
            ],
        ),
        "DocumentNumber" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""AA 1234567""#, Refusal::bad_format(none)),
                (r#""aa1234567""#, Refusal::bad_format(none)),
                (r#""АА1234567""#, Refusal::bad_format(none)),
                (r#""AA1""#, Refusal::bad_format(none)),
                (r#""CANARY""#, Refusal::bad_format(none)),
                (r#""AAAAAAAA1234567890123""#, Refusal::bad_format(none)),
            ],
        ),
        "DocumentType" | "CountryCode" => (
            NO_STRINGS,
            none,
            &[
                (r#"" ""#, Refusal::bad_format(none)),
                (r#""86""#, Refusal::bad_format(none)),
                (r#""8600""#, Refusal::bad_format(none)),
                (r#""UZB""#, Refusal::bad_format(none)),
            ],
        ),
        "PeriodBound" => (
            &["1.0", "1e3", "9223372036854775808", "true", "[]", "{}"],
            none,
            &[
                ("-1", Refusal::bad_format(none)),
                ("253402300800000", Refusal::bad_format(none)),
                (r#""""#, Refusal::bad_format(none)),
                (r#""2026-11-1""#, Refusal::bad_format(none)),
                (r#""1795197600000""#, Refusal::bad_format(none)),
            ],
        ),
        "TransactionStatus" | "TransactionKind" | "Cursor" => (
            NO_STRINGS,
            none,
            &[
                (r#""""#, Refusal::bad_format(none)),
                (r#""canary word""#, Refusal::bad_format(none)),
            ],
        ),
        "PageNumber" => (
            NO_INTEGERS,
            none,
            &[
                ("-1", Refusal::bad_format(none)),
                ("4294967296", Refusal::bad_format(none)),
            ],
        ),
        "PageSize" => (
            NO_INTEGERS,
            none,
            &[
                ("0", Refusal::bad_format(none)),
                ("201", Refusal::bad_format(none)),
                ("-50", Refusal::bad_format(none)),
            ],
        ),
        // Its members have tables of their own: `sender`.
        "TransferSender" => (
            &[
                "7",
                "true",
                r#""""#,
                r#""canary""#,
                "[]",
                r#"[{"canary":1}]"#,
            ],
            none,
            &[],
        ),
        "TokenList" => (NO_LISTS, none, &[(MANY, Refusal::bad_format(none))]),
        // A text that is not an id is an unknown id.
        "OperationId" => (NO_STRINGS, none, &[]),
        _ => panic!("the kind of value {title} has no row of bad values"),
    };
    let mistyped = types.iter().map(|raw| (*raw, Refusal::wrong_type(text)));
    let hinted = |(raw, refusal): (&'static str, Refusal)| {
        let hint = Some(match title {
            // A text is read as a day.
            "PeriodBound" if raw.starts_with('"') => rule("CalendarDate"),
            "ExtId" | "MerchantId" | "TerminalId"
                if [CARD_NUMBER, SPACED_CARD_NUMBER].contains(&raw) =>
            {
                "Номер карты здесь не принимается: не присылайте число из 13–19 цифр, похожее на номер карты."
            }
            _ => rule(title),
        });
        (raw, Refusal { hint, ..refusal })
    };
    let all = mistyped.chain(formats.iter().copied());
    all.map(hinted).collect()
}

/// The rule of a kind of value, as `data.hint` tells it in Russian.
pub(super) fn rule(title: &str) -> &'static str {
    match title {
        "Pan" => "16 цифр, в строке.",
        "ExpiryYymm" => "YYMM: две цифры года, затем месяц; в строке.",
        "ExpiryMmyy" => "MMYY: месяц, затем две цифры года; в строке.",
        "Phone" | "PlusPhone" => "998 и ещё девять цифр, в строке.",
        "Tiyin" => "Целое число тийинов больше нуля; без кавычек, дробной части и порядка.",
        "CardId" => "UUID, в строке.",
        "ConfirmationCode" => "6 цифр, в строке.",
        "Network" => "UZCARD или HUMO.",
        "Flag" => "true или false, без кавычек.",
        "TransactionId" => "Целое число, без кавычек, дробной части и порядка.",
        "CardToken" | "OperationId" => "Строка.",
        "MerchantId" | "TerminalId" => "Строка без управляющих символов, от 1 до 64 знаков.",
        "ExtId" => "От 1 до 64 знаков из A-Za-z0-9._:-, в строке.",
        "CalendarDate" => "День календаря, YYYY-MM-DD, в строке.",
        "PeriodBound" => {
            "День календаря, YYYY-MM-DD, в строке; или миллисекунды UNIX до конца 9999 года, без кавычек."
        }
        "TransactionStatus" | "TransactionKind" => "Одно из слов списка в справочнике, в строке.",
        "Cursor" => "Значение next предыдущей страницы без изменений, в строке.",
        "PageNumber" => "Целое число от 0 до 4294967295, без кавычек.",
        "PageSize" => "Целое число от 1 до 200, без кавычек.",
        "TransferSender" | "Object" => "Объект с полями, перечисленными в справочнике.",
        "PersonName" => {
            "Имя как в документе: от 1 до 50 латинских или кириллических букв, после первой — также апострофы, дефисы и пробелы."
        }
        "Pinfl" => "ПИНФЛ: 14 цифр в строке; первые семь должны соответствовать birthDate.",
        "DocumentNumber" => {
            "Серия и номер документа без пробелов, A-Z и 0-9, от 4 до 20 знаков, хотя бы одна цифра; при гражданстве 860 — 2 буквы и 7 цифр."
        }
        "BirthDate" | "DocumentEnd" => "День календаря, YYYY-MM-DD, в строке.",
        "DocumentType" | "CountryCode" => "3 цифры в строке.",
        "TokenList" => "Список от 1 до 20 токенов, в строках.",
        _ => panic!("no rule of {title}"),
    }
}
