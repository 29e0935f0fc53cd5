//! How a card is attached that SVGate knows already under this login, because another partner or an earlier installation has
//! attached it: SVGate sends no code, and there is one token for all.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Network;

use super::attachment::{Attachment, CardDetails};
use super::stored::Proof;
use crate::caller::Caller;
use crate::database::Turn;
use crate::domain::call::{CardAccess, Refusal};
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::absent;
use crate::repository::card as cards;

impl Gateway {
    /// Attaches it by a code of the gateway's, or by none, as the setting says. The phone must be the card's in any case.
    pub(super) async fn begin_with_known(
        &self,
        caller: &Caller,
        details: CardDetails,
        token: Option<String>,
        needs_code: bool,
    ) -> Result<Attachment, Error> {
        if needs_code {
            self.check_sms()?;
        }
        let account = caller.partner.account(Network::Uzcard);
        let token = match token {
            Some(token) => token,
            None => self.known_token(account, &details).await?,
        };
        let access = CardAccess {
            pan: details.pan.clone(),
            expiry: details.expiry,
            network_token: Some(token.clone()),
        };
        let info = self
            .usable_card((Network::Uzcard, account), &access)
            .await?;
        // A mask is not enough, as at HUMO: whoever names a phone that only fits it would get the code of somebody else's card.
        if info.phone.and_then(|told| told.whole()).as_ref() != Some(&details.phone) {
            return Err(ErrorCode::PhoneMismatch.into());
        }
        let tx = self.database.write_as(Turn::Begins).await?;
        let stored = async {
            if needs_code {
                self.take_sms(&*tx, caller, details.phone.digits()).await?;
                let receiver = self.vault.phone_hash(details.phone.digits());
                self.count_code(&*tx, &receiver).await?;
            }
            self.forgive_attachment(&*tx, caller, &details.pan).await?;
            let (transaction, attachment) = self
                .insert_attachment(&tx, caller, &details, Proof::KnownCard(token))
                .await?;
            if !needs_code {
                return Ok::<_, Error>((attachment, None));
            }
            let coded = self.attach_code(&tx, transaction).await?;
            Ok((attachment, Some(coded)))
        };
        let stored = stored.await;
        let (tx, (attachment, coded)) = tx.unless_refused(stored).await?;
        tx.commit().await?;
        if let Some((transaction, code)) = coded {
            self.send_attach_code(caller, &details, &transaction, &code)
                .await?;
        }
        Ok(attachment)
    }

    /// The token under this account of a card that SVGate has not told it of: of a card that was attached here, else of SVGate's
    /// list.
    async fn known_token(&self, account: &str, details: &CardDetails) -> Result<String, Error> {
        let pan_hash = self.vault.pan_hash(&details.pan);
        if let Some(token) = cards::network_token(&*self.database, &pan_hash, account).await? {
            return Ok(token);
        }
        let asked = match self.networks.uzcard_under(account) {
            Some(uzcard) => {
                let question = uzcard.listed_token(&details.pan, &details.phone);
                self.about(&details.pan, question).await
            }
            None => Err(absent::unanswered()),
        };
        let listed =
            asked.map_err(|error| self.unanswered(Network::Uzcard, "cards.list", &error))?;
        let unlisted = || Refusal {
            code: ErrorCode::CardRegistrationFailed,
            processing_code: "-271".to_owned(),
        };
        Ok(listed.ok_or_else(|| Failure::refused(Network::Uzcard, &unlisted()))?)
    }
}
