//! Which card a refusal is about. The networks have the same codes for both cards of a transfer; partners get separate
//! ones.

use rpc_schema::errors::ErrorCode;

use crate::domain::call::Refusal;

/// The codes about a payer's card, each with its counterpart for a recipient's card.
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

/// The code for the recipient's card. A code that is not about a card stays unchanged.
pub(super) fn recipient_code(code: ErrorCode) -> ErrorCode {
    CODES
        .iter()
        .find(|(own, _)| *own == code)
        .map_or(code, |(_, recipients)| *recipients)
}

/// The refusal of a credit or of a query about a recipient's card. Only that card is involved.
pub(super) fn of_credit(refusal: Refusal) -> Refusal {
    Refusal {
        code: recipient_code(refusal.code),
        ..refusal
    }
}

/// The refusal of a transfer within a network, which may be about either card.
///
/// The type of the sender's card was checked when it was attached and again when the transfer began. So a refusal of
/// the card type is about the recipient's card. All others are taken to be about the sender's card, as in a payment.
pub(super) fn of_transfer(refusal: Refusal) -> Refusal {
    if refusal.code == ErrorCode::CardTypeNotSupported {
        of_credit(refusal)
    } else {
        refusal
    }
}

/// Why a card cannot be credited, from why it cannot pay: always one of the recipient's codes.
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
        }
    }

    #[test]
    fn every_code_about_a_card_has_one_for_the_recipient() {
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
    fn codes_not_about_a_card_stay() {
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
    fn in_a_transfer_only_the_card_type_is_about_the_recipient() {
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
