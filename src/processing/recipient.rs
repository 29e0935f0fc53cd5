//! Which card is a refusal about? The networks have one set of codes for both cards of a transfer, partners have two.

use rpc_schema::errors::ErrorCode;

use crate::domain::call::Refusal;

/// The codes of a payer's card with those of a recipient's.
const CODES: [(ErrorCode, ErrorCode); 6] = [
    (ErrorCode::CardExpired, ErrorCode::RecipientCardExpired),
    (
        ErrorCode::PinTriesExceeded,
        ErrorCode::RecipientPinTriesExceeded,
    ),
    (ErrorCode::CardBlocked, ErrorCode::RecipientCardBlocked),
    (ErrorCode::CardStopped, ErrorCode::RecipientCardBlocked),
    (ErrorCode::CardTypeNotSupported, ErrorCode::RecipientRefuses),
    (
        ErrorCode::BankNotSupported,
        ErrorCode::RecipientBankNotSupported,
    ),
];

/// What a code means when it is about the recipient's card; a code that is about no card stays as it is.
pub(super) fn recipient_code(code: ErrorCode) -> ErrorCode {
    CODES
        .iter()
        .find(|(own, _)| *own == code)
        .map_or(code, |(_, recipients)| *recipients)
}

/// The refusal of a credit, or of a question about a recipient's card: no other card is in it.
pub(super) fn of_credit(refusal: Refusal) -> Refusal {
    Refusal {
        code: recipient_code(refusal.code),
        ..refusal
    }
}

/// The refusal of a transfer within a network, which may be about either card.
///
/// The sender's kind was found to be right when its card was attached and when the transfer was begun, so a card of the
/// wrong kind is the recipient's. Everything else is taken for the sender's, as at a payment.
pub(super) fn of_transfer(refusal: Refusal) -> Refusal {
    if refusal.code == ErrorCode::CardTypeNotSupported {
        of_credit(refusal)
    } else {
        refusal
    }
}

/// What makes a card unusable for payments, when it is to be credited: always one of the recipient's codes.
pub(super) fn unusable(refusal: Refusal) -> Refusal {
    let code = CODES
        .iter()
        .find(|(own, _)| *own == refusal.code)
        .map_or(ErrorCode::RecipientRefuses, |(_, recipients)| *recipients);
    Refusal { code, ..refusal }
}

#[cfg(test)]
mod tests {
    use ErrorCode as E;

    use super::*;

    fn refusal(code: ErrorCode) -> Refusal {
        Refusal {
            code,
            processing_code: "x".to_owned(),
            gone: true,
        }
    }

    #[test]
    fn every_code_of_a_card_has_one_of_the_recipients() {
        for (own, recipients) in [
            (E::CardExpired, E::RecipientCardExpired),
            (E::PinTriesExceeded, E::RecipientPinTriesExceeded),
            (E::CardBlocked, E::RecipientCardBlocked),
            (E::CardStopped, E::RecipientCardBlocked),
            (E::CardTypeNotSupported, E::RecipientRefuses),
            (E::BankNotSupported, E::RecipientBankNotSupported),
        ] {
            assert_eq!(recipient_code(own), recipients);
            assert_eq!(of_credit(refusal(own)), refusal(recipients));
            assert_eq!(unusable(refusal(own)), refusal(recipients));
        }
    }

    #[test]
    fn codes_about_no_card_stay() {
        for code in [
            E::BankLimit,
            E::AmountTooLarge,
            E::TerminalNotFound,
            E::ProcessingSystemError,
            E::DeclinedByNetwork,
        ] {
            assert_eq!(of_credit(refusal(code)), refusal(code));
            assert_eq!(unusable(refusal(code)).code, E::RecipientRefuses);
        }
    }

    #[test]
    fn of_a_transfer_only_the_kind_of_card_is_the_recipients() {
        assert_eq!(
            of_transfer(refusal(E::CardTypeNotSupported)).code,
            E::RecipientRefuses
        );
        for code in [
            E::CardExpired,
            E::CardBlocked,
            E::CardStopped,
            E::PinTriesExceeded,
            E::InsufficientFunds,
        ] {
            assert_eq!(of_transfer(refusal(code)), refusal(code));
        }
    }
}
