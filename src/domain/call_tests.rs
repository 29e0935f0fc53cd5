use super::*;

/// A receipt that is told from others by its reference.
pub(in crate::domain) fn receipt(word: &str) -> Receipt {
    Receipt::of(&Reference(word.to_owned()))
}

/// The fee that was quoted.
pub(in crate::domain) const FEE: i64 = 25;

/// Every call, each with the action that its row records. What they are about has the receipt `before`.
fn calls() -> [(Action, Call); 11] {
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
        partner: "shop".to_owned(),
        at: UnixMillis(0),
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
        held: amount,
        amount,
        terminal: terminal.clone(),
        reference: reference.clone(),
    };
    let part = PartReversal {
        payment: receipt("before"),
        amount,
        is_last: false,
        reference: reference.clone(),
    };
    let reversal = Reversal {
        payment: receipt("before"),
        pan: card.pan.clone(),
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
        expiry: Expiry::from_yymm("3012").unwrap(),
        amount,
        terminal,
        reference,
        account: "default".to_owned(),
        sender: CreditSender {
            card: debit.card.pan.clone(),
            debit_reference: "000000000001".to_owned(),
            person: None,
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
        (Action::ReversePart, Call::ReversePart(part)),
        (Action::P2p, Call::P2p(p2p)),
        (Action::Credit, Call::Credit(credit)),
    ]
}

pub(in crate::domain) fn call_of(action: Action) -> Call {
    let found = calls().into_iter().find(|(known, _)| *known == action);
    found.unwrap().1
}

/// What the network answered to the call itself.
pub(in crate::domain) fn refusal() -> Refusal {
    Refusal {
        code: ErrorCode::CardBlocked,
        processing_code: "104".to_owned(),
    }
}

/// The network's word for the end of a payment or hold.
fn said() -> Refusal {
    Refusal {
        code: ErrorCode::CancelFailed,
        processing_code: "ended".to_owned(),
    }
}

/// What the call was about has ended in another way, with the receipt `ended`.
pub(in crate::domain) fn overtaken(ended: Ended, refusal: Refusal) -> Overtaken {
    Overtaken {
        ended,
        receipt: receipt("ended"),
        refusal,
    }
}

/// It was not carried out; the network had answered so before, or had answered nothing.
pub(in crate::domain) fn absence(first_reply: Option<Refusal>) -> CallResult {
    CallResult::NotExecuted(Absence {
        how: "not there".to_owned(),
        first_reply,
    })
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
        CallResult::of_lookup(network, &call_of(action), reply, None, may_still_arrive)
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

/// What the network had answered is what the partner hears, once it is known that the call was not carried out.
#[test]
fn the_first_reply_is_told_once_it_is_known() {
    let result = |network, action, reply, may_still_arrive| {
        let first_reply = refusal();
        CallResult::of_lookup(
            network,
            &call_of(action),
            reply,
            Some(&first_reply),
            may_still_arrive,
        )
    };
    for network in [Network::Uzcard, Network::Humo] {
        for (action, _) in calls() {
            for may_still_arrive in [true, false] {
                let found = |reply| result(network, action, reply, may_still_arrive);
                assert_eq!(
                    found(LookupReply::NotExecuted(said())),
                    CallResult::Refused(refusal())
                );
                for ended in [Ended::Taken, Ended::Freed] {
                    assert_eq!(
                        found(LookupReply::Overtaken(overtaken(ended, said()))),
                        CallResult::Overtaken(overtaken(ended, refusal()))
                    );
                }
                assert_eq!(
                    found(LookupReply::Executed(receipt("found"))),
                    CallResult::Approved(receipt("found"))
                );
            }
            let early = result(network, action, LookupReply::NotFound, true);
            assert!(
                matches!(early, CallResult::Unknown(_)),
                "{action:?} {early:?}"
            );
            assert_eq!(early.processing_code(), Some("104"));
            // A hold of UZCARD, too: its list cannot prove an absence, together with such an answer it can.
            let late = result(network, action, LookupReply::NotFound, false);
            assert!(
                matches!(late, CallResult::NotExecuted(_)),
                "{action:?} {late:?}"
            );
            assert_eq!(late.refusal(), Some(&refusal()));
        }
    }
    let confirm = |may_still_arrive| {
        let blocked = LookupReply::Blocked(receipt("found"));
        result(Network::Humo, Action::Confirm, blocked, may_still_arrive)
    };
    assert!(matches!(confirm(true), CallResult::Unknown(_)));
    assert_eq!(confirm(false).refusal(), Some(&refusal()));
}

/// Without a first reply, what the look-up says is told.
#[test]
fn without_a_first_reply_the_look_ups_word_is_told() {
    let found =
        |reply| CallResult::of_lookup(Network::Humo, &call_of(Action::Release), reply, None, false);
    assert_eq!(
        found(LookupReply::NotExecuted(said())),
        CallResult::Refused(said())
    );
    assert_eq!(
        found(LookupReply::Overtaken(overtaken(Ended::Taken, said()))),
        CallResult::Overtaken(overtaken(Ended::Taken, said()))
    );
    assert_eq!(found(LookupReply::NotFound).refusal(), None);
}

/// A cell of the next table.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Done,
    Blocked,
    /// Refused, in the word of the call's own answer, or of the look-up.
    Answered,
    Said,
    /// Overtaken, likewise.
    OvertakenAnswered,
    OvertakenSaid,
    /// The doubt stays what it was.
    Open,
}

#[test]
fn what_an_open_answer_proves_once_the_network_was_asked() {
    use Cell::{Answered, Blocked, Done, Open, OvertakenAnswered, OvertakenSaid, Said};
    let of_reply = |absence_suffices| Doubt::of_reply("open", refusal(), absence_suffices);
    let confirm = Action::Confirm;
    let others = Action::Pay;
    // Carried out, created only, not carried out, overtaken, not known, unclear.
    #[rustfmt::skip] // A row a doubt.
    let table = [
        // A refusal by its text: that the network does not know the call is enough.
        (others, of_reply(true), [Done, Blocked, Answered, OvertakenAnswered, Answered, Open]),
        (confirm, of_reply(true), [Done, Answered, Answered, OvertakenAnswered, Answered, Open]),
        // A code that says nothing: only the network's own word is.
        (others, of_reply(false), [Done, Blocked, Answered, OvertakenAnswered, Open, Open]),
        (confirm, of_reply(false), [Done, Open, Answered, OvertakenAnswered, Open, Open]),
        // A success that names nothing brings no word of its own.
        (others, Doubt::of_vague_reply("empty"), [Done, Blocked, Said, OvertakenSaid, Open, Open]),
        (confirm, Doubt::of_vague_reply("empty"), [Done, Open, Said, OvertakenSaid, Open, Open]),
    ];
    for (action, doubt, cells) in table {
        let replies = [
            LookupReply::Executed(receipt("found")),
            LookupReply::Blocked(receipt("found")),
            LookupReply::NotExecuted(said()),
            LookupReply::Overtaken(overtaken(Ended::Taken, said())),
            LookupReply::NotFound,
            LookupReply::Unclear(Doubt::new("silence")),
        ];
        for (reply, cell) in replies.into_iter().zip(cells) {
            let expected = match cell {
                Done => CallResult::Approved(receipt("found")),
                Blocked => CallResult::Blocked(receipt("found")),
                Answered => CallResult::Refused(refusal()),
                Said => CallResult::Refused(said()),
                OvertakenAnswered => CallResult::Overtaken(overtaken(Ended::Taken, refusal())),
                OvertakenSaid => CallResult::Overtaken(overtaken(Ended::Taken, said())),
                Open => CallResult::Unknown(doubt.clone()),
            };
            assert_eq!(
                CallResult::of_question(&call_of(action), doubt.clone(), reply.clone()),
                expected,
                "{action:?} {doubt:?} {reply:?}"
            );
        }
    }
}

#[test]
fn only_an_answer_that_leaves_the_outcome_open_is_asked_after() {
    for doubt in [
        Doubt::of_reply("open", refusal(), true),
        Doubt::of_reply("open", refusal(), false),
        Doubt::of_vague_reply("empty"),
    ] {
        let result = CallResult::Unknown(doubt.clone());
        assert_eq!(result.open_reply(), Some(&doubt));
    }
    for result in [
        CallResult::Approved(receipt("found")),
        CallResult::Blocked(receipt("found")),
        CallResult::Refused(refusal()),
        CallResult::Overtaken(overtaken(Ended::Freed, refusal())),
        CallResult::not_executed("not sent"),
        absence(Some(refusal())),
        CallResult::Untraceable("no list".to_owned()),
        CallResult::Unknown(Doubt::new("silence")),
    ] {
        assert_eq!(result.open_reply(), None, "{result:?}");
    }
}

#[test]
fn a_result_names_the_networks_code() {
    for (result, code) in [
        (CallResult::Refused(refusal()), Some("104")),
        (
            CallResult::Overtaken(overtaken(Ended::Taken, refusal())),
            Some("104"),
        ),
        (absence(Some(refusal())), Some("104")),
        (
            CallResult::Unknown(Doubt::of_reply("open", refusal(), true)),
            Some("104"),
        ),
        (absence(None), None),
        (CallResult::not_executed("not sent"), None),
        (CallResult::Unknown(Doubt::of_vague_reply("empty")), None),
        (CallResult::Unknown(Doubt::new("silence")), None),
        (CallResult::Approved(receipt("found")), None),
    ] {
        assert_eq!(result.processing_code(), code, "{result:?}");
        let told = result.refusal().map(|told| told.processing_code.as_str());
        assert_eq!(told, code, "{result:?}");
    }
}
