use super::super::{client, soap};
use super::*;
use bytes::Bytes;
use hyper::StatusCode;

use crate::processing::exchange::Reply;

/// A page with this body.
fn body(content: &str) -> Result<Page, CallError> {
    let body =
        format!("<S:Envelope xmlns:S='s' xmlns:n='n'><S:Body>{content}</S:Body></S:Envelope>");
    let reply = Reply {
        status: StatusCode::OK,
        body: Bytes::from(body),
    };
    page(client::whole(&reply))
}

/// A page whose response has this content.
fn response(content: &str) -> Page {
    body(&format!(
        "<n:GetPaymentListResponse>{content}</n:GetPaymentListResponse>"
    ))
    .unwrap()
}

/// What stands in an element of a payment.
fn payment(id: &str, reference: &str, status: &str, items: &[(&str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(name, value)| soap::item(name, value))
        .collect();
    [
        soap::element("paymentID", id),
        soap::element("paymentRef", reference),
        soap::element("status", status),
        format!("<details>{items}</details>"),
    ]
    .concat()
}

fn recognised(page: Page) -> Vec<Listed> {
    match page {
        Page::Payments(listed, _) => listed,
        other @ (Page::Nothing | Page::Unknown(..)) => panic!("{other:?}"),
    }
}

/// Reference, number and amount of each.
fn rows(page: Page) -> Vec<(String, String, Option<i64>)> {
    let listed = recognised(page).into_iter();
    listed
        .map(|Listed { row, .. }| (row.reference, row.network_id, row.amount))
        .collect()
}

#[test]
fn payments_are_recognised_wherever_they_stand_and_whatever_they_are_called() {
    let amount: &[(&str, &str)] = &[("amount", "500"), ("auth_time", "20261120101112")];
    let one = payment("7", "a1", "finished", amount);
    let two = payment("8", "a2", "active", &[("amount", "000600.00")]);
    let both = [
        ("a1".to_owned(), "7".to_owned(), Some(500)),
        ("a2".to_owned(), "8".to_owned(), Some(600)),
    ];
    for content in [
        // Repeated at once, in a list, deeper, with a name of their own, and with a namespace.
        format!("<payment>{one}</payment><payment>{two}</payment>"),
        format!(
            "<total>2</total><payments><payment>{one}</payment><payment>{two}</payment></payments>"
        ),
        format!("<return><list><item><p>{one}</p></item><item><p>{two}</p></item></list></return>"),
        format!("<n:x>{one}</n:x><n:y>{two}</n:y><startBookmark>1</startBookmark>"),
    ] {
        assert_eq!(rows(response(&content)), both, "{content}");
    }
    // Beside the response, as Axis writes it; the names of payments in another case.
    let beside = format!(
        "<GetPaymentListResponse><item href='#1'/></GetPaymentListResponse><multiRef>{one}</multiRef><multiRef>{two}</multiRef>"
    );
    assert_eq!(rows(body(&beside).unwrap()), both);
    let odd = one
        .replace("paymentID", "paymentId")
        .replace("paymentRef", "PAYMENTREF");
    assert_eq!(rows(response(&format!("<p>{odd}</p>"))), both[..1]);
    // The response is the payment.
    assert_eq!(rows(response(&one)), both[..1]);
    let at = recognised(response(&one)).remove(0).row.at;
    assert_eq!(at, "20261120101112");
}

#[test]
fn a_payment_may_lack_all_but_a_name() {
    for (content, expected) in [
        ("<p><paymentID>7</paymentID></p>", ("", "7", None)),
        (
            "<p><paymentRef>a1</paymentRef><paymentID/></p>",
            ("a1", "", None),
        ),
        (
            "<p><paymentRef>a1</paymentRef><amount>500</amount></p>",
            ("a1", "", Some(500)),
        ),
    ] {
        let (reference, number, amount) = expected;
        let expected = (reference.to_owned(), number.to_owned(), amount);
        assert_eq!(rows(response(content)), [expected], "{content}");
    }
    // Of what was charged in part, what was taken.
    let items: &[(&str, &str)] = &[("amount", "500"), ("transaction_amount", "400")];
    let content = format!("<p>{}</p>", payment("7", "a1", "finished", items));
    assert_eq!(rows(response(&content))[0].2, Some(400));
    for unreadable in ["x", "-5", "5.5"] {
        let content = format!(
            "<p>{}</p>",
            payment("7", "a1", "finished", &[("amount", unreadable)])
        );
        assert_eq!(rows(response(&content))[0].2, None, "{unreadable}");
    }
}

#[test]
fn what_moves_no_money_is_known_as_that() {
    let of_terminal: &[(&str, &str)] = &[("terminal_id", "1965000A")];
    let of_merchant: &[(&str, &str)] = &[("terminal_id", "1965000A"), ("merchant_id", "1")];
    let amount: &[(&str, &str)] = &[("amount", "500"), ("terminal_id", "1965000A")];
    for (status, items, has_money) in [
        ("active", &[("amount", "500")][..], true),
        ("Finished", amount, true),
        ("", &[], true),
        ("new", of_merchant, true),
        ("returned", amount, false),
        ("canceled", amount, false),
        // Nothing is taken of a hold yet; and an amount that nobody can read is one.
        (
            "active",
            &[("transaction_amount", "0"), ("amount", "700")],
            true,
        ),
        (
            "active",
            &[("amount", "5.5"), ("terminal_id", "1965000A")],
            true,
        ),
        ("none", amount, false),
        // Reconciliations, ours or another's.
        ("finished", &[("amount", "0")], false),
        ("active", of_terminal, false),
    ] {
        let content = format!("<p>{}</p>", payment("7", "a1", status, items));
        let listed = recognised(response(&content));
        assert_eq!(listed[0].has_money, has_money, "{status} {items:?}");
    }
}

#[test]
fn a_list_is_empty_only_where_nothing_is_said() {
    for nothing in [
        "",
        "<payments/>",
        "<n:payments xmlns='urn:x' xsi:type='y' xmlns:xsi='z'/>",
        "<payments><details></details></payments><total>0</total>",
        "<status>none</status><details/>",
        "<status>active</status><startBookmark>1</startBookmark><endBookmark>100</endBookmark>",
    ] {
        assert_eq!(response(nothing), Page::Nothing, "{nothing}");
    }
    assert_eq!(page(Err(CallError::Fault(914))), Ok(Page::Nothing));
    for (content, shape) in [
        ("no payments", "Body(GetPaymentListResponse)"),
        (
            "<status>failed</status>",
            "Body(GetPaymentListResponse(status))",
        ),
        (
            "<payments><payment paymentID='7' amount='500'/></payments>",
            "Body(GetPaymentListResponse(payments(payment)))",
        ),
        ("<total>3</total>", "Body(GetPaymentListResponse(total))"),
        (
            "<list><row><id>7</id><sum>5</sum></row><row><id>8</id><sum>5</sum></row></list>",
            "Body(GetPaymentListResponse(list(row(id sum))))",
        ),
        // Without an element for each.
        (
            "<paymentID>7</paymentID><paymentID>8</paymentID>",
            "Body(GetPaymentListResponse(paymentID))",
        ),
        (
            "<c9860190101578366>x</c9860190101578366>",
            "Body(GetPaymentListResponse(?))",
        ),
    ] {
        let told = response(content);
        assert!(
            matches!(&told, Page::Unknown(own, said) if own == shape && !said.is_empty()),
            "{content}: {told:?}"
        );
    }
}

#[test]
fn a_reply_to_something_else_is_no_list() {
    for other in [
        "<GetPaymentResponse><paymentRef>a1</paymentRef></GetPaymentResponse>",
        "<CancelRequestResponse/>",
        "<x/>",
    ] {
        assert!(
            matches!(body(other), Err(CallError::Unreadable(_))),
            "{other}"
        );
    }
    assert!(body("<getPaymentListResult/>").is_ok());
    assert_eq!(page(Err(CallError::Fault(904))), Err(CallError::Fault(904)));
}
