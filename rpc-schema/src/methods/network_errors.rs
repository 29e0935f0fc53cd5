//! The errors that a network can give to any call that moves money.

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
            ErrorCode::DeclinedByNetwork,
            ErrorCode::ProcessingSystemError,
            ErrorCode::OutcomeUnknown,
            ErrorCode::UzcardUnavailable,
            ErrorCode::HumoUnavailable,
        ]
    }};
}
pub(crate) use with_network_errors;
