//! Getting started: one paste a network, from an unknown card to a charged hold.

use maud::{Markup, html};
use rpc_schema::errors::Lang;

use crate::address::PLACEHOLDER;
use crate::facts::{Facts, Sandbox};
use crate::parts::block;
use crate::text::prose;
use crate::ui;

const NETWORKS: [&str; 2] = ["UZCARD", "HUMO"];

/// The section.
pub(crate) fn section(facts: &Facts, lang: Lang) -> Markup {
    let lead = if facts.sandbox.is_some() {
        ui::START_SANDBOX
    } else {
        ui::START_PRODUCTION
    };
    html! {
        section.pair id="start" aria-labelledby="start-h" {
            div.text {
                h2 id="start-h" { a.anchor href="#start" { (ui::START.of(lang)) } }
                p { (prose(lead.of(lang))) }
                ol { @for step in ui::STEPS { li { (prose(step.of(lang))) } } }
                p { (prose(ui::VARIABLES_STAY.of(lang))) }
                @if facts.sandbox.is_some() {
                    p.try hidden { a.button href="#console" data-try="cards.add" { (ui::TRY.of(lang)) } }
                }
            }
            div.samples {
                @for network in NETWORKS {
                    div id={ "start-" (network.to_lowercase()) } {
                        (block(&format!("{}: {network}", ui::PASTE.of(lang)), &format!("{network}: {}", ui::PASTE.of(lang)),
                            lang, &html! { (paste(facts.sandbox.as_ref(), network)) }))
                    }
                }
            }
        }
    }
}

/// The text to paste. It has no comments, because an interactive zsh takes none; and it is one function, so that a shell
/// has read it all before the first command asks for input.
fn paste(sandbox: Option<&Sandbox>, network: &str) -> String {
    let known = sandbox
        .and_then(|sandbox| Some((sandbox, sandbox.card(network)?, sandbox.terminal(network)?)));
    let (values, code) = match known {
        Some((sandbox, card, terminal)) => (
            format!(
                "  LOGIN={}:{} PAN={} EXPIRY=1230 PHONE={}\n  MERCHANT={} TERMINAL={}",
                sandbox.user, sandbox.secret, card.pan, card.phone, terminal.merchant, terminal.terminal
            ),
            format!("CODE={}", sandbox.code),
        ),
        None => (
            "  LOGIN=USER:SECRET PAN=16_DIGITS EXPIRY=MMYY PHONE=998_AND_9_DIGITS\n  MERCHANT=MERCHANT_ID TERMINAL=TERMINAL_ID".to_owned(),
            "printf 'Code from the SMS: '; read -r CODE".to_owned(),
        ),
    };
    format!(
        r#"start() {{
  GATEWAY={PLACEHOLDER}
{values}
  RUN=$(date +%s)-$$

  call() {{
    printf '%s ' "$1" >&2
    curl -sS --max-time 60 -u "$LOGIN" "$GATEWAY" -H 'Content-Type: application/json' \
      -d '{{"jsonrpc":"2.0","id":1,"method":"'"$1"'","params":'"$2"'}}' | {{ read -r R; printf '%s\n' "$R" >&2; printf '%s\n' "$R"; }}
  }}
  pick() {{ sed -n 's/.*"'"$1"'":"\{{0,1\}}\([^,"}}]*\).*/\1/p'; }}

  ID=$(call cards.add '{{"pan":"'"$PAN"'","expiry":"'"$EXPIRY"'","phone":"'"$PHONE"'"}}' | pick transactionId)
  {code}
  TOKEN=$(call cards.add-confirm '{{"transactionId":'"$ID"',"confirmedCode":"'"$CODE"'"}}' | pick token)
  [ -n "$TOKEN" ] || return 1
  PAY='"token":"'"$TOKEN"'","merchantId":"'"$MERCHANT"'","terminalId":"'"$TERMINAL"'"'

  ID=$(call transactions.debit '{{'"$PAY"',"amount":500000,"force_sms_confirmation":true,"extId":"debit-'"$RUN"'"}}' | pick transactionId)
  {code}
  call transactions.debit.confirm '{{"transactionId":'"$ID"',"confirmedCode":"'"$CODE"'"}}' >/dev/null

  TRANSACTION_ID=$(call transactions.debit '{{'"$PAY"',"amount":700000,"is_hold":true,"extId":"hold-'"$RUN"'"}}' | pick transactionId)
  call transactions.debit.hold.charge '{{"transactionId":'"$TRANSACTION_ID"'}}' >/dev/null
  call transactions.get '{{"transactionId":'"$TRANSACTION_ID"'}}' >/dev/null
  export TOKEN TRANSACTION_ID
}}
start"#
    )
}
