//! How an attachment is confirmed: who checks the code, and what a wrong one costs.

use entity::attachment;
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Code, Network};

use super::attachment::{AlreadyAttached, AttachKey, AttachedCard};
use crate::caller::Caller;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::absent;
use crate::processing::uzcard::cards::VerifyError;
use crate::repository::{attachment as attachments, card as cards, transaction as transactions};
use crate::service::code::Checked;

impl Gateway {
    /// Checks the code, and stores the card.
    ///
    /// # Errors
    /// -32314 no such attachment; -32392 confirmed before; -32308 wrong code, too late, or tries used up; what the
    /// network says of the card.
    pub async fn confirm_attach(
        &self,
        caller: &Caller,
        key: AttachKey,
        code: &Code,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let attachment = match key {
            AttachKey::Transaction(id) => {
                attachments::find(&*self.database, caller.partner.id, id).await?
            }
            // A token that was removed names nothing any more, its attachment neither.
            AttachKey::Card(token)
                if cards::is_removed(&*self.database, caller.partner.id, token).await? =>
            {
                None
            }
            AttachKey::Card(token) => {
                attachments::find_by_card(&*self.database, caller.partner.id, token).await?
            }
        };
        let attachment = attachment.ok_or(ErrorCode::TransactionNotFound)?;
        match &attachment.otp_request_id {
            Some(request_id) => {
                self.confirm_at_uzcard(caller, &attachment, request_id, code, already)
                    .await
            }
            None => {
                self.confirm_by_gateway(caller, &attachment, code, already)
                    .await
            }
        }
    }

    /// SVGate checks the code. The try is counted before SVGate is asked, so that at most three reach it.
    async fn confirm_at_uzcard(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        request_id: &str,
        code: &Code,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let (tx, transaction) = self.awaiting(caller, attachment).await?;
        let now = self.clock.now();
        if transaction.code_tries >= self.rules.code_tries {
            // The last try is being checked by a parallel call, or its check was cut off.
            tx.roll_back().await?;
            return Err(Failure::new(ErrorCode::InvalidCode)
                .because(Reason::TriesUsedUp)
                .into());
        }
        transactions::count_wrong_code(&*tx, &transaction, now).await?;
        tx.commit().await?;

        let verified = match self.networks.uzcard_under(&transaction.account) {
            Some(uzcard) => uzcard.verify_otp(request_id, code).await,
            None => Err(VerifyError::Ask(absent::unanswered())),
        };
        let reason = match verified {
            Ok(info) => {
                if let Some(refusal) = &info.unusable {
                    return Err(Failure::refused(Network::Uzcard, refusal).into());
                }
                return self.complete(caller, attachment, info, already).await;
            }
            Err(VerifyError::WrongCode) if transaction.code_tries + 1 < self.rules.code_tries => {
                Reason::WrongCode
            }
            Err(VerifyError::WrongCode) => Reason::TriesUsedUp,
            Err(VerifyError::ExpiredCode) => Reason::CodeExpired,
            Err(VerifyError::StaleRequest) => {
                // SVGate also answers this once a parallel call has had the right code. Its card must not be
                // lost to us, so nothing is written here.
                self.awaiting(caller, attachment).await?;
                return Err(Failure::new(ErrorCode::InvalidCode)
                    .because(Reason::CodeExpired)
                    .into());
            }
            Err(VerifyError::Ask(error)) => {
                return Err(self
                    .unanswered(Network::Uzcard, "cards.new.verify", &error)
                    .into());
            }
        };
        if reason != Reason::WrongCode {
            let (tx, transaction) = self.awaiting(caller, attachment).await?;
            let tries = transaction.code_tries;
            match reason == Reason::TriesUsedUp {
                true => self.use_up_tries(&tx, transaction, tries).await?,
                false => self.expire_code(&tx, transaction).await?,
            };
            tx.commit().await?;
        }
        Err(Failure::new(ErrorCode::InvalidCode).because(reason).into())
    }

    /// The gateway made the code, so it checks it. For a card that SVGate knew already there may be none, and then any will do.
    async fn confirm_by_gateway(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        code: &Code,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let (tx, transaction) = self.awaiting(caller, attachment).await?;
        let is_free = attachment.network_token.is_some() && transaction.code_mac.is_none();
        let checked = match is_free {
            true => Checked::Right,
            false => {
                self.check_code(&tx, &caller.gate, &transaction, code)
                    .await?
            }
        };
        tx.commit().await?;
        if let Checked::Refused(reason) = checked {
            return Err(Failure::new(ErrorCode::InvalidCode).because(reason).into());
        }
        // The code stays valid until the card is stored: if the network does not answer now, the partner may repeat.
        let info = self
            .usable_card(
                (from_stored(transaction.network), &transaction.account),
                &self.access_of(caller, attachment)?,
            )
            .await?;
        self.complete(caller, attachment, info, already).await
    }
}
