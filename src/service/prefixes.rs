//! Which numbers are cards of UZCARD? Where the settings say so, SVGate is asked, at the start and daily.

use crate::domain::account;
use crate::gateway::Gateway;

impl Gateway {
    /// Asks SVGate for its prefixes, if that is due. Without an answer, what is known stays in use.
    pub async fn learn_prefixes(&self) {
        let (table, now) = (&self.rules.prefixes, self.clock.now());
        // A network has the same cards for each account.
        let Some(uzcard) = self.networks.uzcard_under(account::DEFAULT) else {
            return;
        };
        if !self.rules.learns_prefixes || !table.is_old(now) {
            return;
        }
        let bins = match uzcard.bin_list().await {
            Ok(bins) => bins,
            Err(error) => {
                table.missed(now);
                tracing::warn!(%error, "SVGate does not tell its prefixes; those that are known stay in use");
                return;
            }
        };
        let learned = table.learn(&bins, now);
        if learned.changed {
            tracing::info!(
                listed = bins.len(),
                added = learned.added,
                left_to_humo = learned.left_to_humo,
                unread = learned.unread,
                "SVGate has told its prefixes"
            );
        }
    }
}
