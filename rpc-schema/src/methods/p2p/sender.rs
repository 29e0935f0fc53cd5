//! Who sends a transfer

use crate::components::{BirthDate, CountryCode, DocumentEnd, DocumentType};
use crate::params::params;
use crate::values::{Date, DocumentNumber, PersonName, Pinfl, ThreeDigits};

params! {
    /// The person who sends a transfer, as in the identity document.
    personal TransferSender {
        /// The first name.
        first_name "firstName": required PersonName;
        /// The last name.
        last_name "lastName": required PersonName;
        /// The middle name (patronymic). Leave it out where there is none.
        middle_name "middleName": optional PersonName;
        /// The day of birth, `YYYY-MM-DD`.
        birth_date "birthDate": required Date as BirthDate;
        /// The personal number (PINFL), 14 digits. Its first seven must agree with `birthDate`. Only a foreigner without one leaves it out.
        pinfl "pinfl": optional Pinfl;
        /// The networks' code for the kind of document, three digits. Ask the gateway's operator which codes the banks take.
        document_type "documentType": required ThreeDigits as DocumentType;
        /// Series and number of the document, without blanks; of one of Uzbekistan two letters and seven digits. For a card of HUMO it begins with a letter.
        document_number "documentNumber": required DocumentNumber;
        /// Until when the document is valid, `YYYY-MM-DD`.
        document_valid_to "documentValidTo": required Date as DocumentEnd;
        /// The nationality: the numeric code of a country (ISO 3166-1). `860`, Uzbekistan, if left out.
        nationality "nationality": optional ThreeDigits as CountryCode;
    }
}
