//! The errors that a network can give to any call that moves money: all to which the tables of both networks' codes lead. A
//! code that seems out of place may still be given, and is what the payment ends with if the network does not know it.
//! Unit tests of the tables hold this list to them.

/// The given errors and those of the networks, as one list.
macro_rules! with_network_errors {
    ($($code:ident),* $(,)?) => {{
        use $crate::errors::ErrorCode;
        &[
            $(ErrorCode::$code,)*
            ErrorCode::InsufficientFunds,
            ErrorCode::InvalidAmount,
            ErrorCode::AmountTooLarge,
            ErrorCode::BankLimit,
            ErrorCode::CardNotFound,
            ErrorCode::InvalidPan,
            ErrorCode::CardBlocked,
            ErrorCode::CardExpired,
            ErrorCode::CardStopped,
            ErrorCode::SmsServiceOff,
            ErrorCode::PinTriesExceeded,
            ErrorCode::CardTypeNotSupported,
            ErrorCode::CardAccountUnavailable,
            ErrorCode::BankNotSupported,
            ErrorCode::OtherBankCardsNotSupported,
            ErrorCode::TerminalNotFound,
            ErrorCode::ServiceBlocked,
            ErrorCode::DataNotFound,
            ErrorCode::InfoNotFound,
            ErrorCode::SameCard,
            ErrorCode::RecipientBankNotSupported,
            ErrorCode::InvalidPanOrExpiry,
            ErrorCode::InvalidPhone,
            ErrorCode::PhoneMismatch,
            ErrorCode::CardInfoUnavailable,
            ErrorCode::CardRegistrationFailed,
            ErrorCode::TokenNotGenerated,
            ErrorCode::InvalidCode,
            ErrorCode::SmsGatewayUnavailable,
            ErrorCode::WrongPeriod,
            ErrorCode::CancelFailed,
            ErrorCode::DeclinedByNetwork,
            ErrorCode::ProcessingSystemError,
            ErrorCode::OutcomeUnknown,
            ErrorCode::UzcardUnavailable,
            ErrorCode::HumoUnavailable,
        ]
    }};
}
pub(crate) use with_network_errors;
