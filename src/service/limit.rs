//! Whether it was asked too often: about a card, a phone, an owner's name, or how much a card may pay.

use entity::time::UnixMillis;
use entity::transaction;
use rpc_schema::errors::ErrorCode;
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;
use rpc_schema::values::Pan;
use sea_orm::DbErr;

use crate::caller::Caller;
use crate::database::{Connection, Statements};
use crate::domain::failure::Failure;
use crate::domain::rate::Rate;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::notices::Notice;
use crate::payment::spending::when;
use crate::repository::card_spending::{self, Most, Reached};

impl Gateway {
    /// Counts an attachment before its network is asked; who guesses phones is told no more than that it was a wrong one.
    ///
    /// # Errors
    /// -32333: too many attachments of this card were refused, to this partner or to all.
    pub(super) async fn count_attachment(
        &self,
        db: &impl Connection,
        caller: &Caller,
        pan: &Pan,
    ) -> Result<(), Error> {
        let (card, now) = (self.vault.pan_hash(pan), self.clock.now());
        for (of, rate) in self.attachment_rates(caller, &card) {
            if self
                .take_stored_rate(db, &of, rate, 1, now)
                .await?
                .is_some()
            {
                self.notices.tell(Notice::LimitedCall("attachments"));
                return Err(ErrorCode::PhoneMismatch.into());
            }
        }
        Ok(())
    }

    /// Gives back what an attachment has counted that was not refused.
    pub(super) async fn forgive_attachment(
        &self,
        db: &impl Connection,
        caller: &Caller,
        pan: &Pan,
    ) -> Result<(), Error> {
        let card = self.vault.pan_hash(pan);
        for (of, rate) in self.attachment_rates(caller, &card) {
            self.give_rate_back(db, &of, rate).await?;
        }
        Ok(())
    }

    fn attachment_rates<'a>(
        &self,
        caller: &'a Caller,
        card: &'a [u8],
    ) -> [(Vec<&'a [u8]>, Rate); 2] {
        let limits = &self.rules.limits;
        let (own, all): (&[u8], &[u8]) = (b"attachments of a partner", b"attachments of all");
        [
            (
                vec![own, card, caller.partner.id.as_bytes()],
                limits.attachments_of_partner,
            ),
            (vec![all, card], limits.attachments_of_card),
        ]
    }

    /// Counts a code to a phone over all partners; where the caller has only claimed the phone, to a card.
    ///
    /// # Errors
    /// -32372
    pub(super) async fn count_code(
        &self,
        db: &impl Connection,
        receiver: &[u8],
    ) -> Result<(), Error> {
        let (limits, now) = (&self.rules.limits, self.clock.now());
        let rates: [(&[u8], Rate); 2] = [
            (b"codes soon", limits.codes_soon),
            (b"codes a day", limits.codes_a_day),
        ];
        for (of, rate) in rates {
            let wait = self
                .take_stored_rate(db, &[of, receiver], rate, 1, now)
                .await?;
            if wait.is_some() {
                self.notices.tell(Notice::LimitedCall("codes"));
                let limited = Failure::new(ErrorCode::SmsLimitReached);
                return Err(limited.because(Reason::PhoneLimit).into());
            }
        }
        Ok(())
    }

    /// Counts a try of a code sent to a phone, over all partners and codes. False: there were too many.
    pub(super) async fn count_try(&self, db: &impl Connection, phone: &str) -> Result<bool, Error> {
        let (receiver, now) = (self.vault.phone_hash(phone), self.clock.now());
        let rate = self.rules.limits.wrong_codes;
        let wait = self
            .take_stored_rate(db, &[b"tries", &receiver], rate, 1, now)
            .await?;
        if wait.is_some() {
            self.notices.tell(Notice::LimitedCall("tries"));
        }
        Ok(wait.is_none())
    }

    /// A try that was right counts for nothing.
    pub(super) async fn forgive_try(&self, db: &impl Connection, phone: &str) -> Result<(), Error> {
        let receiver = self.vault.phone_hash(phone);
        let rate = self.rules.limits.wrong_codes;
        Ok(self
            .give_rate_back(db, &[b"tries", &receiver], rate)
            .await?)
    }

    /// Counts a question for an owner's name.
    ///
    /// # Errors
    /// -32343: too many, of this partner or about this card.
    pub(super) async fn count_recipient(&self, caller: &Caller, pan: &Pan) -> Result<(), Error> {
        let (limits, now) = (&self.rules.limits, self.clock.now());
        let of = [&b"recipients"[..], caller.partner.id.as_bytes()];
        let rate = limits.recipients_of_partner;
        self.within(self.take_rate(&of, rate, 1, now).await?)?;
        let card = self.vault.pan_hash(pan);
        let rate = limits.recipients_of_card;
        let tx = self.database.write().await?;
        let wait = self
            .take_stored_rate(&*tx, &[b"recipient", &card], rate, 1, now)
            .await?;
        tx.commit().await?;
        self.within(wait)
    }

    /// Counts a question for histories.
    ///
    /// # Errors
    /// -32343: too many of this partner.
    pub(super) async fn count_monitoring(&self, caller: &Caller) -> Result<(), Error> {
        let of = [&b"monitoring"[..], caller.partner.id.as_bytes()];
        let rate = self.rules.limits.monitoring;
        self.within(self.take_rate(&of, rate, 1, self.clock.now()).await?)
    }

    fn within(&self, wait_ms: Option<i64>) -> Result<(), Error> {
        let Some(wait_ms) = wait_ms else {
            return Ok(());
        };
        self.notices.tell(Notice::LimitedCall("questions"));
        let seconds = wait_ms.saturating_add(999) / 1_000;
        let limited = Failure::new(ErrorCode::Overloaded).because(Reason::QuestionsLimited);
        Err(limited.hint(Hint::TryAfter(seconds)).into())
    }

    /// Counts a debit of a card, with the commit of its intent, which fails if that is too many or too much:
    /// [`Gateway::spending_refused`] then says which.
    ///
    /// # Errors
    /// -32329: this one alone is too much.
    pub(super) async fn count_debit(
        &self,
        db: &Statements,
        transaction: &transaction::Model,
        pan_hash: &[u8],
        now: UnixMillis,
    ) -> Result<(), Error> {
        let Some(most) = self.most_spent() else {
            return Ok(());
        };
        let amount = transaction.amount;
        match card_spending::take(db, pan_hash, amount, when(now), most).await? {
            true => Ok(()),
            false => Err(self.spending_limited(Reached::Sum)),
        }
    }

    /// Why a debit was not counted, whose commit was `refused`: -32382, too many debits in an hour or a day; -32329, too much.
    pub(super) async fn spending_refused(
        &self,
        pan_hash: &[u8],
        refused: DbErr,
    ) -> Result<Error, Error> {
        let Some(most) = self.most_spent() else {
            return Err(refused.into());
        };
        let now = when(self.clock.now());
        let reached = card_spending::reached(&*self.database, pan_hash, now, most).await?;
        Ok(self.spending_limited(reached))
    }

    fn most_spent(&self) -> Option<Most> {
        self.rules.limits.spending.map(|limits| Most {
            hour_count: limits.debits_per_hour,
            hour_sum: limits.debited_per_hour,
            day_count: limits.debits_per_day,
            day_sum: limits.debited_per_day,
        })
    }

    fn spending_limited(&self, reached: Reached) -> Error {
        let failure = match reached {
            Reached::Count => Failure::new(ErrorCode::BankLimit).because(Reason::CardDebits),
            Reached::Sum => Failure::new(ErrorCode::AmountTooLarge).because(Reason::CardSum),
        };
        self.notices.tell(Notice::LimitedCall("spending"));
        failure.into()
    }
}
