//! What partners were told: invariants I6, I7, I12 and I13.

use entity::time::UnixMillis;

use super::*;

#[test]
fn i6_a_success_that_was_reversed_in_no_record() {
    planted(Invariant::I6, |run| {
        let params = json!({"transactionId": run.debit});
        run.builder
            .call(SHOP, "transactions.debit.reverse", params, Ok(json!(true)));
    });
}

#[test]
fn i6_a_refusal_of_what_was_carried_out() {
    planted(Invariant::I6, |run| {
        let error =
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32309, "message": "no money"}});
        run.exchange("transactions.debit", "debit").end = End::Replied {
            http: 200,
            body: error,
        };
    });
}

#[test]
fn i6_a_transaction_that_was_forgotten() {
    planted(Invariant::I6, |run| {
        let params = debit_params(UZCARD, 50, "forgotten", json!({}));
        let result = json!({"ext": "e", "refNum": "1", "transactionId": 77});
        run.builder
            .call(SHOP, "transactions.debit", params, Ok(result));
    });
}

#[test]
fn i6_a_receipt_of_another_payment() {
    planted(Invariant::I6, |run| {
        if let End::Replied { body, .. } = &mut run.exchange("transactions.debit", "debit").end {
            body["result"]["refNum"] = json!("000000999999");
        }
    });
}

#[test]
fn i6_a_status_before_its_time() {
    planted(Invariant::I6, |run| {
        let first = run.builder.records.journal[0].asked.at;
        let journal = &mut run.builder.records.journal;
        let asked = journal
            .iter_mut()
            .find(|exchange| exchange.asked.method == "transactions.get")
            .unwrap();
        asked.ended_at = first;
    });
}

#[test]
fn i7_two_rows_of_one_ext_id() {
    planted(Invariant::I7, |run| {
        let id = run.builder.debit(UZCARD, 500, "debit");
        assert_ne!(id, run.debit);
    });
}

#[test]
fn i7_a_repeat_that_names_another_transaction() {
    planted(Invariant::I7, |run| {
        let other = run.coded;
        if let End::Replied { body, .. } = &mut run.exchange("transactions.debit", "debit").end {
            body["result"]["transactionId"] = json!(other);
        }
    });
}

#[test]
fn i7_a_row_of_another_amount_than_was_ordered() {
    planted(Invariant::I7, |run| {
        run.exchange("transactions.debit", "held").asked.params["amount"] = json!(1_101);
    });
}

#[test]
fn i12_a_stranger_who_was_shown_a_transaction() {
    planted(Invariant::I12, |run| {
        let (debit, row) = (run.debit, run.builder.row(run.debit).clone());
        let journal = &mut run.builder.records.journal;
        let probe = journal
            .iter_mut()
            .find(|exchange| {
                exchange.asked.partner == STRANGER
                    && exchange.number("transactionId") == Some(debit)
                    && exchange.asked.method == "transactions.get"
            })
            .unwrap();
        let body = json!({"result": {"transactionId": debit, "status": "succeeded", "amount": row.amount}});
        probe.end = End::Replied { http: 200, body };
    });
}

#[test]
fn i12_a_foreign_row_that_is_told_from_an_absent_one() {
    planted(Invariant::I12, |run| {
        let debit = run.debit;
        let journal = &mut run.builder.records.journal;
        let probe = journal
            .iter_mut()
            .find(|exchange| {
                exchange.asked.partner == STRANGER
                    && exchange.number("transactionId") == Some(debit)
            })
            .unwrap();
        let error =
            json!({"code": -32314, "message": "not found", "data": {"reason": "not_yours"}});
        probe.end = End::Replied {
            http: 200,
            body: json!({"error": error}),
        };
    });
}

#[test]
fn i12_a_debit_with_a_strangers_card() {
    planted(Invariant::I12, |run| {
        let theirs = token(STRANGER, UZCARD);
        run.builder.row(run.debit).card_id = Some(theirs);
        let params = &mut run.exchange("transactions.debit", "debit").asked.params;
        params["token"] = json!(theirs.to_string());
        // Found by the row, not by the question.
        let journal = &mut run.builder.records.journal;
        journal
            .retain(|exchange| exchange.asked.partner != STRANGER || exchange.result().is_some());
        let asked = journal
            .iter_mut()
            .find(|exchange| exchange.text("extId") == Some("debit"))
            .unwrap();
        asked.end = End::Lost("reset".to_owned());
    });
}

#[test]
fn i13_a_refused_order_that_left_a_row() {
    planted(Invariant::I13, |run| {
        let refused = json!({"error": {"code": -32362, "message": "no such terminal"}});
        run.exchange("transactions.debit", "debit").end = End::Replied {
            http: 200,
            body: refused,
        };
    });
}

#[test]
fn i13_a_row_that_nobody_ordered() {
    planted(Invariant::I13, |run| {
        let journal = &mut run.builder.records.journal;
        journal.retain(|exchange| exchange.text("extId") != Some("given-back"));
    });
}

#[test]
fn i13_a_reversal_that_nobody_asked_for() {
    planted(Invariant::I13, |run| {
        let reversed = run.reversed;
        let journal = &mut run.builder.records.journal;
        journal.retain(|exchange| {
            exchange.asked.method != "transactions.debit.reverse"
                || exchange.number("transactionId") != Some(reversed)
        });
    });
}

#[test]
fn i7_another_order_that_was_taken() {
    planted_saying(Invariant::I7, "another order under its extId", |run| {
        let params = debit_params(UZCARD, 501, "debit", json!({}));
        let result = json!({"transactionId": run.debit});
        run.builder
            .call(SHOP, "transactions.debit", params, Ok(result));
    });
}

#[test]
fn i7_another_order_that_was_refused_for_another_reason() {
    planted_saying(Invariant::I7, "another order under its extId", |run| {
        let params = debit_params(UZCARD, 501, "debit", json!({}));
        let error = json!({"code": -32309, "message": "no money"});
        run.builder
            .call(SHOP, "transactions.debit", params, Err(error));
    });
}

#[test]
fn i7_a_true_repeat_that_was_taken_for_another_order() {
    planted_saying(Invariant::I7, "a repeat was taken for another", |run| {
        let params = debit_params(UZCARD, 500, "debit", json!({}));
        let error = json!({"code": -32401, "message": "no", "data": {"reason": "ext_id_reused"}});
        run.builder
            .call(SHOP, "transactions.debit", params, Err(error));
    });
}

#[test]
fn i6_a_confirmation_that_was_refused_and_carried_out() {
    planted_saying(
        Invariant::I6,
        "was answered -32309, and ended with",
        |run| {
            run.answered_instead("transactions.debit.confirm", run.coded, -32309);
        },
    );
}

#[test]
fn i6_a_final_status_that_it_never_had() {
    for (code, reason, told) in [
        (-32313, "cancelled", "Cancelled"),
        (-32313, "declined", "Declined"),
        (-32313, "reversed", "Reversed"),
        (-32313, "hold_expired", "HoldExpired"),
        (-32313, "code_expired", "CodeExpired"),
        (-32308, "tries_used_up", "Expired"),
        (-32312, "succeeded", "Succeeded"),
        (-32392, "succeeded", "Succeeded"),
        (-32330, "awaiting_code", "AwaitingCode"),
        (-32365, "manual", "Manual"),
    ] {
        planted_saying(Invariant::I6, told, |run| {
            run.refused("transactions.debit.reverse", run.held, code, reason);
        });
    }
}

#[test]
fn i6_a_status_that_it_had_long_ago() {
    planted_saying(Invariant::I6, "Is(Held), and was not then", |run| {
        run.refused("transactions.debit.confirm", run.cancelled, -32392, "held");
    });
    planted_saying(Invariant::I6, "Is(Processing), and was not then", |run| {
        let reverse = "transactions.debit.reverse";
        run.refused(reverse, run.reversed, -32365, "processing");
        // Longer ago than any commit takes.
        run.last().asked.at += 60_000;
        run.last().ended_at += 60_000;
    });
}

#[test]
fn i6_a_hold_that_was_ended_before_its_time() {
    planted_saying(Invariant::I6, "HoldExpired", |run| {
        let charge = "transactions.debit.hold.charge";
        run.refused(charge, run.held, -32313, "hold_expired");
        let ended_at = run.last().ended_at;
        run.builder.row(run.held).hold_expires_at = Some(UnixMillis(ended_at + 1));
    });
}

#[test]
fn i6_a_code_that_was_ended_before_its_time() {
    planted_saying(Invariant::I6, "CodeExpired", |run| {
        let confirm = "transactions.debit.confirm";
        run.refused(confirm, run.waiting, -32308, "code_expired");
        let ended_at = run.last().ended_at;
        run.builder.row(run.waiting).code_expires_at = Some(UnixMillis(ended_at + 1));
    });
}

#[test]
fn i6_an_order_whose_code_was_ended_before_its_time() {
    planted_saying(
        Invariant::I6,
        "was answered -32308, and ended with",
        |run| {
            let params = debit_params(
                UZCARD,
                200,
                "waiting",
                json!({"force_sms_confirmation": true}),
            );
            let gone = json!({"code": -32308, "message": "expired"});
            run.builder
                .call(SHOP, "transactions.debit", params, Err(gone));
            let ended_at = run.last().ended_at;
            run.builder.row(run.waiting).code_expires_at = Some(UnixMillis(ended_at + 1));
        },
    );
}

/// A client that asks is told that a code has expired even if only the clock says so.
#[test]
fn i6_a_code_that_expired_by_the_clock() {
    let ask = |run: &mut Run| {
        run.get(run.waiting, "expired", Some(-32308));
        run.last().ended_at
    };
    let mut run = Run::sound();
    let ended_at = ask(&mut run);
    run.builder.row(run.waiting).code_expires_at = Some(UnixMillis(ended_at));
    assert_eq!(run.found(), Vec::<String>::new());

    planted_saying(Invariant::I6, "Expired, and was not then", |run| {
        let ended_at = ask(run);
        run.builder.row(run.waiting).code_expires_at = Some(UnixMillis(ended_at + 1));
    });
}

#[test]
fn i6_an_expired_code_without_its_error() {
    planted_saying(Invariant::I6, "its error was told to be another", |run| {
        run.get(run.expired, "expired", None);
    });
}

#[test]
fn i6_a_question_that_was_refused() {
    let unknown = json!({"code": -32314, "message": "not found"});
    planted_saying(Invariant::I6, "its owner asked, and was not told", |run| {
        let params = json!({"transactionId": run.debit});
        run.builder
            .call(SHOP, "transactions.get", params, Err(unknown.clone()));
    });
    planted_saying(Invariant::I6, "its owner asked, and was not told", |run| {
        let params = json!({"extId": "debit"});
        run.builder
            .call(SHOP, "transactions.get", params, Err(unknown.clone()));
    });
}

#[test]
fn i6_a_question_that_was_turned_away_though_all_was_quiet() {
    let turned_away = |run: &mut Run| {
        let params = json!({"transactionId": run.debit});
        let error = json!({"code": -32343, "message": "overloaded"});
        run.builder
            .call(SHOP, "transactions.get", params, Err(error));
        let asked_at = run.last().asked.at;
        run.last().end = End::Replied {
            http: 503,
            body: json!({"error": {"code": -32343}}),
        };
        asked_at
    };
    let mut run = Run::sound();
    let asked_at = turned_away(&mut run);
    run.builder.records.quiet_from = asked_at + 1;
    assert_eq!(run.found(), Vec::<String>::new());

    planted_saying(Invariant::I6, "its owner asked, and was not told", |run| {
        run.builder.records.quiet_from = turned_away(run);
    });
}

#[test]
fn i6_a_call_that_was_told_not_to_find_its_own_transaction() {
    for (method, of) in [
        ("transactions.debit.reverse", "debit"),
        ("transactions.debit.confirm", "coded"),
        ("transactions.debit.hold.charge", "charged"),
        ("p2p.confirm", "across"),
    ] {
        planted_saying(Invariant::I6, "it was told not to exist", |run| {
            let rows = &run.builder.records.gateway.transactions;
            let row = rows.iter().find(|row| row.ext_id.as_deref() == Some(of));
            let id = row.unwrap().id;
            run.refused(method, id.0, -32314, "");
        });
    }
}

#[test]
fn i6_a_refusal_of_a_reversal_that_was_carried_out() {
    planted_saying(
        Invariant::I6,
        "no Reverse of this call was declined",
        |run| {
            run.answered_instead("transactions.debit.reverse", run.reversed, -32330);
        },
    );
}

#[test]
fn i6_a_refusal_of_a_cancellation_that_was_carried_out() {
    planted_saying(
        Invariant::I6,
        "no Release of this call was declined",
        |run| {
            run.answered_instead("transactions.debit.hold.cancel", run.cancelled, -32338);
        },
    );
}

#[test]
fn i6_a_refusal_of_a_charge_that_was_carried_out() {
    planted_saying(
        Invariant::I6,
        "no Capture of this call was declined",
        |run| {
            run.answered_instead("transactions.debit.hold.charge", run.charged, -32309);
        },
    );
}

/// One refusal of the network is the answer to one call.
#[test]
fn i6_a_refusal_that_was_anothers() {
    planted_saying(
        Invariant::I6,
        "no Reverse of this call was declined",
        |run| {
            run.builder.refused_reversal(run.debit, UZCARD);
            let first = run.last().clone();
            run.builder.reverse(run.debit, UZCARD);
            run.answered_instead("transactions.debit.reverse", run.debit, -32330);
            // Both calls were under way at the same time.
            run.last().asked.at = first.asked.at;
        },
    );
}

#[test]
fn i13_a_debit_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit", run.debit, -32334);
    });
    // What is turned away leaves no row either.
    planted(Invariant::I13, |run| {
        run.answered_instead("transactions.debit", run.debit, -32343);
    });
}

#[test]
fn i13_a_confirmation_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.confirm", run.coded, -32334);
    });
}

#[test]
fn i13_a_charge_a_cancellation_and_a_reversal_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.hold.charge", run.charged, -32334);
    });
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.hold.cancel", run.cancelled, -32343);
    });
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.reverse", run.reversed, -32334);
    });
}

#[test]
fn i13_a_payment_of_humo_that_was_created_and_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        let builder = &mut run.builder;
        let id = builder.order(Kind::Debit, HUMO, 400, "created", false);
        builder.request(id, Action::Pay, HUMO);
        builder.request(id, Action::Cancel, HUMO);
        builder.advance(id, Status::Declined);
        builder.row(id).error_code = Some(-32339);
        let params = debit_params(HUMO, 400, "created", json!({}));
        let error = json!({"code": -32334, "message": "inside"});
        builder.call(SHOP, "transactions.debit", params, Err(error));
        let asked = builder.row(id).created_at.0 - 1;
        run.last().asked.at = asked;
    });
}

#[test]
fn i6_a_reversal_of_a_part_that_was_refused_and_carried_out() {
    planted(Invariant::I6, |run| {
        let params = json!({"transactionId": run.parted, "amount": 600, "extId": "refund"});
        let refused =
            json!({"code": -32330, "message": "no", "data": {"reason": "refused_by_network"}});
        run.builder
            .call(SHOP, "transactions.debit.reverse", params, Err(refused));
    });
}

#[test]
fn i6_a_part_that_was_told_to_exceed_the_rest_and_does_not() {
    planted(Invariant::I6, |run| {
        let params = json!({"transactionId": run.parted, "amount": 900, "extId": "more"});
        let refused =
            json!({"code": -32330, "message": "no", "data": {"reason": "amount_exceeds_rest"}});
        run.builder
            .call(SHOP, "transactions.debit.reverse", params, Err(refused));
    });
}

#[test]
fn i6_another_amount_that_was_charged() {
    planted(Invariant::I6, |run| {
        let params = json!({"transactionId": run.parted, "amount": 1_501});
        let mut charged = run.builder.records.journal.iter();
        let charged = charged.rfind(|exchange| exchange.asked.method.ends_with(".hold.charge"));
        let result = charged.unwrap().result().unwrap().clone();
        run.builder
            .call(SHOP, "transactions.debit.hold.charge", params, Ok(result));
    });
}

#[test]
fn i7_an_id_of_an_order_that_a_reversal_has_too() {
    planted(Invariant::I7, |run| {
        let reversals = &mut run.builder.records.gateway.reversals;
        let mut other = reversals[0].clone();
        other.ext_id = "debit".to_owned();
        reversals.push(other);
    });
}

/// Two calls with one `extId` at the same time: one is refused, and its caller told so, while the other goes on.
#[test]
fn i6_a_refusal_beside_another_order_of_the_same_ext_id() {
    planted_saying(
        Invariant::I6,
        "was answered -32338, and ended with",
        |run| {
            let params = debit_params(UZCARD, 500, "debit", json!({}));
            let error = json!({"code": -32338, "message": "no answer"});
            run.builder
                .call(SHOP, "transactions.debit", params, Err(error));
            let row = run.builder.row(run.debit).created_at.0;
            let beside = run.last();
            (beside.asked.at, beside.ended_at) = (row - 5, row + 5);
        },
    );
    // Refused before anything was begun, and asked for once more later.
    let mut run = Run::sound();
    let params = debit_params(UZCARD, 500, "debit", json!({}));
    let error = json!({"code": -32338, "message": "no answer"});
    run.builder
        .call(SHOP, "transactions.debit", params, Err(error));
    let row = run.builder.row(run.debit).created_at.0;
    let before = run.last();
    (before.asked.at, before.ended_at) = (row - 50, row - 30);
    assert_eq!(run.found(), Vec::<String>::new());
}
