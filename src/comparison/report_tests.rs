use entity::ids::TransactionId;
use entity::processing_request::Action;
use entity::time::UnixMillis;

use super::*;

fn payment(state: PaymentState) -> Payment {
    Payment {
        account: "default".to_owned(),
        transaction_id: TransactionId(12),
        action: Action::Pay,
        reference: "a1".to_owned(),
        amount: 500,
        fee: None,
        state,
        network_id: "9".to_owned(),
        sent_at: UnixMillis(0),
        settled_at: None,
        reversal_tried: false,
    }
}

fn row(class: Class, ours: Option<PaymentState>, listed: bool, inquiry: Inquiry) -> Row {
    let listed = listed.then(|| ListedPayment {
        at: "261120000000".to_owned(),
        reference: "a1".to_owned(),
        network_id: "9".to_owned(),
        amount: Some(499),
    });
    Row {
        class,
        reference: "a1".to_owned(),
        ours: ours.map(payment),
        theirs: NetworkSide {
            listed: listed.into_iter().collect(),
            inquiry,
        },
    }
}

fn compared(network: Network, rows: Vec<Row>) -> ComparisonReport {
    ComparisonReport {
        network,
        day: Day::from_iso("2026-11-20").unwrap(),
        list: match network {
            Network::Uzcard => TheirList::Whole,
            Network::Humo => TheirList::NotAsked,
        },
        rows,
    }
}

fn written(compared: &ComparisonReport) -> Vec<String> {
    let mut out = Vec::new();
    compared.write(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    // Columns are padded.
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn each_row_is_a_line_and_the_counts_come_last() {
    let done = Inquiry::Answered(BookEntry {
        state: BookState::Done,
        amount: None,
        fee: None,
    });
    let unclear = Inquiry::Answered(BookEntry {
        state: BookState::Unclear("an unknown status"),
        amount: None,
        fee: None,
    });
    let differences = Differences {
        state: true,
        amount: true,
        ..Differences::default()
    };
    let unsettled = PaymentState::Unsettled {
        since: UnixMillis(0),
        manual: false,
    };
    let rows = vec![
        row(
            Class::Matched,
            Some(PaymentState::Done),
            true,
            Inquiry::NotMade,
        ),
        row(
            Class::OursOnly,
            Some(PaymentState::Done),
            false,
            done.clone(),
        ),
        row(Class::TheirsOnly, None, true, Inquiry::NotMade),
        row(
            Class::Differing(differences),
            Some(PaymentState::Declined),
            true,
            done,
        ),
        row(
            Class::Unsettled { overdue: true },
            Some(unsettled),
            false,
            unclear,
        ),
        row(
            Class::Unanswered,
            Some(PaymentState::Done),
            false,
            Inquiry::Failed("no answer".to_owned()),
        ),
    ];
    assert_eq!(
        written(&compared(Network::Uzcard, rows)),
        [
            "MATCHED UZCARD a1 transaction=12 action=pay ours=done/500 theirs=listed/499",
            "OURS_ONLY UZCARD a1 transaction=12 action=pay ours=done/500 theirs=done/?",
            "THEIRS_ONLY UZCARD a1 ours=- theirs=listed/499 number=9 date=261120000000",
            "DIFFERING UZCARD a1 transaction=12 action=pay ours=declined/500 theirs=listed/499,done/? \
             differs=state,amount number=9 date=261120000000",
            "UNSETTLED UZCARD a1 transaction=12 action=pay ours=unsettled/500 since=1970-01-01 theirs=unclear \
             overdue why=\"an unknown status\"",
            "UNANSWERED UZCARD a1 transaction=12 action=pay ours=done/500 theirs=unanswered why=\"no answer\"",
            "2026-11-20 UZCARD: 1 matched, 1 ours only, 1 theirs only, 1 differing, 1 unsettled (1 overdue), \
             1 unanswered, 0 fees not told",
        ]
    );
    assert_eq!(
        written(&compared(Network::Humo, Vec::new())),
        [
            "2026-11-20 HUMO: 0 matched, 0 ours only, theirs only cannot be seen (no humo.payment_list), 0 differing, \
             0 unsettled (0 overdue), 0 unanswered, 0 fees not told"
        ]
    );
}

#[test]
fn a_list_is_told_as_it_was_had() {
    let with = |list: TheirList| ComparisonReport {
        list,
        ..compared(
            Network::Humo,
            vec![row(Class::TheirsOnly, None, true, Inquiry::NotMade)],
        )
    };
    let why = "the network gave no usable answer: HTTP 500";
    for (list, words, verdict, theirs_only) in [
        (TheirList::Whole, "1 theirs only,", Verdict::NotMatched, "1"),
        (
            TheirList::Lacking(why.to_owned()),
            "1 theirs only (the list could not be read whole: the network gave no usable answer: HTTP 500),",
            Verdict::Incomplete,
            "1",
        ),
        (
            TheirList::NotAsked,
            "theirs only cannot be seen (no humo.payment_list),",
            Verdict::NotMatched,
            "null",
        ),
    ] {
        let compared = with(list);
        let told = written(&compared).pop().unwrap();
        let expected = format!("2026-11-20 HUMO: 0 matched, 0 ours only, {words} 0 differing, ");
        assert!(told.starts_with(&expected), "{told}");
        assert_eq!(compared.counts().verdict(), verdict, "{told}");
        let mut out = Vec::new();
        compared.write_in_json(&mut out).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert!(
            json.contains(&format!("\"theirsOnly\":{theirs_only}")),
            "{json}"
        );
        let lacks = match compared.list_lacks() {
            Some(why) => format!("\"listLacks\":\"{why}\""),
            None => "\"listLacks\":null".to_owned(),
        };
        assert!(json.contains(&lacks), "{json}");
        let kept = crate::comparison::kept::compared(&compared, "anna", UnixMillis(0)).why;
        let expected = compared.list_lacks().map(|why| format!("the list: {why}"));
        assert_eq!(kept, sea_orm::Set(expected));
    }
}

#[test]
fn the_fee_of_a_transfer_stands_on_both_sides() {
    let of = |class, state, fee| {
        let answer = Inquiry::Answered(BookEntry {
            state,
            amount: Some(500),
            fee,
        });
        let mut row = row(class, Some(PaymentState::Done), false, answer);
        let ours = row.ours.as_mut().unwrap();
        (ours.action, ours.fee) = (Action::P2p, Some(25));
        row
    };
    let differs = Class::Differing(Differences {
        fee: true,
        ..Differences::default()
    });
    let rows = vec![
        of(Class::Matched, BookState::Done, Some(25)),
        of(differs, BookState::Done, Some(26)),
        of(Class::Matched, BookState::Done, None),
        // No money, no fee.
        of(Class::OursOnly, BookState::Absent, None),
    ];
    let compared = compared(Network::Humo, rows);
    assert_eq!(compared.counts().fees_not_told, 1);
    assert_eq!(
        written(&compared)[..4],
        [
            "MATCHED HUMO a1 transaction=12 action=p2p ours=done/500 theirs=done/500 fee=25/25",
            "DIFFERING HUMO a1 transaction=12 action=p2p ours=done/500 theirs=done/500 fee=25/26 differs=fee",
            "MATCHED HUMO a1 transaction=12 action=p2p ours=done/500 theirs=done/500 fee=25/?",
            "OURS_ONLY HUMO a1 transaction=12 action=p2p ours=done/500 theirs=absent",
        ]
    );
}

#[test]
fn the_verdict_follows_from_the_counts() {
    let verdict = |change: &dyn Fn(&mut Counts)| {
        let mut counts = Counts {
            matched: 3,
            unsettled: 2,
            ..Counts::default()
        };
        change(&mut counts);
        counts.verdict()
    };
    assert_eq!(verdict(&|_| {}), Verdict::AllMatched);
    for change in [
        |counts: &mut Counts| counts.ours_only = 1,
        |counts: &mut Counts| counts.theirs_only = 1,
        |counts: &mut Counts| counts.differing = 1,
        |counts: &mut Counts| counts.overdue = 1,
    ] {
        assert_eq!(verdict(&change), Verdict::NotMatched);
    }
    let both = |counts: &mut Counts| {
        counts.unanswered = 1;
        counts.differing = 1;
    };
    assert_eq!(verdict(&both), Verdict::Incomplete);
}

#[test]
fn a_text_of_the_network_is_one_harmless_word() {
    for (text, word) in [
        ("", "-"),
        ("a1", "a1"),
        ("8600010132441332", "860001*****1332"),
        ("000000100007", "000000100007"),
        ("20261120000000", "20261120000000"),
        ("a b\n\u{1b}[31m\u{437}", "a?b??[31m?"),
    ] {
        assert_eq!(sanitized(text), word, "{text:?}");
    }
    assert_eq!(sanitized(&"x".repeat(100)).len(), 75);
}
