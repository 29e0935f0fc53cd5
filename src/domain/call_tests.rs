use super::*;

/// A receipt that is told from others by its reference.
pub(in crate::domain) fn receipt(word: &str) -> Receipt {
    Receipt::of(&Reference(word.to_owned()))
}

/// The fee that was quoted.
pub(in crate::domain) const FEE: i64 = 25;

/// Every call, each with the action that its row records. What they are about has the receipt `before`.
fn calls() -> [(Action, Call); 10] {
    let card = CardAccess {
        pan: Pan::parse("8600010132441332").unwrap(),
        expiry: Expiry::from_yymm("3012").unwrap(),
        network_token: None,
    };
    let recipient = Pan::parse("9860190101578366").unwrap();
    let terminal = Terminal {
        merchant_id: "90001".to_owned(),
        terminal_id: "92400001".to_owned(),
    };
    let amount = Amount::new(500).unwrap();
    let reference = Reference("new".to_owned());
    let debit = Debit {
        card: card.clone(),
        amount,
        terminal: terminal.clone(),
        reference: reference.clone(),
    };
    let created = CreatedPayment {
        payment: receipt("before"),
        amount,
    };
    let release = Release {
        hold: receipt("before"),
        amount,
        terminal: terminal.clone(),
    };
    let capture = Capture {
        hold: receipt("before"),
        amount,
        terminal: terminal.clone(),
        reference: reference.clone(),
    };
    let reversal = Reversal {
        payment: receipt("before"),
        amount,
        terminal: terminal.clone(),
    };
    let p2p = P2p {
        sender: card,
        recipient: recipient.clone(),
        amount,
        fee: FEE,
        terminal: terminal.clone(),
        reference: reference.clone(),
    };
    let credit = Credit {
        recipient,
        amount,
        terminal,
        reference,
        sender: CreditSender {
            network: Network::Uzcard,
            card: "860001*****1332".to_owned(),
            debit_reference: "000000000001".to_owned(),
        },
    };
    [
        (Action::Pay, Call::Pay(debit.clone())),
        (Action::Confirm, Call::Confirm(created.clone())),
        (Action::Cancel, Call::Cancel(created)),
        (Action::Hold, Call::Hold(debit)),
        (Action::Capture, Call::Capture(capture)),
        (Action::Release, Call::Release(release.clone())),
        (Action::Expire, Call::Expire(release)),
        (Action::Reverse, Call::Reverse(reversal)),
        (Action::P2p, Call::P2p(p2p)),
        (Action::Credit, Call::Credit(credit)),
    ]
}

pub(in crate::domain) fn call_of(action: Action) -> Call {
    let found = calls().into_iter().find(|(known, _)| *known == action);
    found.unwrap().1
}

pub(in crate::domain) fn refusal(gone: bool) -> Refusal {
    Refusal {
        code: ErrorCode::CardBlocked,
        processing_code: "104".to_owned(),
        gone,
    }
}

#[test]
fn a_row_records_its_calls_action() {
    for (action, call) in calls() {
        assert_eq!(call.action(), action);
    }
}

#[test]
fn every_call_names_its_amount() {
    for (action, call) in calls() {
        assert_eq!(call.amount(), Amount::new(500).unwrap(), "{action:?}");
    }
}

#[test]
fn an_absence_is_a_proof_only_when_the_call_cannot_arrive_any_more() {
    let result = |network, action, reply, may_still_arrive| {
        CallResult::of_lookup(network, &call_of(action), reply, may_still_arrive)
    };
    let blocked = || LookupReply::Blocked(receipt("found"));
    for network in [Network::Uzcard, Network::Humo] {
        for action in [
            Action::Pay,
            Action::P2p,
            Action::Confirm,
            Action::Cancel,
            Action::Capture,
            Action::Release,
            Action::Expire,
            Action::Reverse,
            Action::Credit,
        ] {
            let early = result(network, action, LookupReply::NotFound, true);
            assert!(
                matches!(early, CallResult::Unknown(_)),
                "{action:?} {early:?}"
            );
            let late = result(network, action, LookupReply::NotFound, false);
            assert!(
                matches!(late, CallResult::NotExecuted(_)),
                "{action:?} {late:?}"
            );
        }
    }
    // A hold of UZCARD carries no reference of ours: its absence never proves anything.
    let hold = |network, may_still_arrive| {
        result(
            network,
            Action::Hold,
            LookupReply::NotFound,
            may_still_arrive,
        )
    };
    assert!(matches!(
        hold(Network::Uzcard, true),
        CallResult::Unknown(_)
    ));
    assert!(matches!(
        hold(Network::Uzcard, false),
        CallResult::Untraceable(_)
    ));
    assert!(matches!(
        hold(Network::Humo, false),
        CallResult::NotExecuted(_)
    ));
    // A created payment says everything about its creation. Of its confirmation it says only that it has not arrived yet.
    for may_still_arrive in [true, false] {
        let created = result(Network::Humo, Action::Pay, blocked(), may_still_arrive);
        assert_eq!(created, CallResult::Blocked(receipt("found")));
    }
    let confirm =
        |may_still_arrive| result(Network::Humo, Action::Confirm, blocked(), may_still_arrive);
    assert!(matches!(confirm(true), CallResult::Unknown(_)));
    assert!(matches!(confirm(false), CallResult::NotExecuted(_)));
}
