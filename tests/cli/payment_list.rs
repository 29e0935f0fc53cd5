//! HUMO's list of payments, where the settings have it: what `contour check` says of it, and what `compare` and `restored list` find
//! by it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::domain::day::{Day, stamp};

use crate::contours::{Fake, check, reply, with};
use crate::program::{FREE_PORTS, Serving, run, stdout};

/// What HUMO's list looks like is not known: whatever it is, the rows say how much of it the comparison can use.
#[test]
fn a_list_of_payments_is_told_by_what_is_recognised_in_it() {
    let row =
        "<row><paymentID>7</paymentID><status>finished</status><cardName>KARIMOV</cardName></row>";
    let told = |list: &'static str, status: &'static str| {
        let fake = Fake::start(move |body| {
            let (status, body) = match body.contains("GetPaymentList>") {
                true => (status, list),
                false => (
                    "200 OK",
                    "<GetPaymentResponse><status>none</status></GetPaymentResponse>",
                ),
            };
            let envelope = format!("<S:Envelope><S:Body>{body}</S:Body></S:Envelope>");
            reply(status, "", "text/xml", &envelope)
        });
        let url = format!("http://{}", fake.address);
        let settings = with(&[
            ("HUMO__PAYMENT_URL", &url),
            ("HUMO__INFO_URL", &url),
            ("HUMO__PAYMENT_LIST", "true"),
        ]);
        let directory = tempfile::tempdir().unwrap();
        let (_, table) = check(directory.path(), &["--record", "kept"], &settings, "");
        let rows = table.lines().filter(|line| line.contains("GetPaymentList"));
        let rows: Vec<Vec<String>> = rows
            .map(|line| line.split(" | ").map(str::to_owned).collect())
            .collect();
        let kept = |name: &str| {
            let name = format!("HUMO-payments-GetPaymentList-{name}");
            fs::read_to_string(directory.path().join("kept").join(name)).unwrap()
        };
        let [active, finished] = rows.as_slice() else {
            panic!("{table}");
        };
        assert_eq!(
            (active[1].as_str(), finished[1].as_str()),
            ("GetPaymentList active", "GetPaymentList finished")
        );
        assert_eq!(active[2..], finished[2..]);
        let requests = ["active", "finished"].map(|status| kept(&format!("{status}.request")));
        for (request, status) in requests.iter().zip(["active", "finished"]) {
            assert!(
                request.contains(&format!("<status>{status}</status>")),
                "{request}"
            );
        }
        let kept = kept("active.reply");
        assert!(!kept.contains("KARIMOV"), "{kept}");
        (
            active[2].clone(),
            active[4].split(',').next().unwrap().to_owned(),
        )
    };
    let list = |content: &str| -> &'static str {
        format!("<GetPaymentListResponse>{content}</GetPaymentListResponse>").leak()
    };
    let (right, wrong) = ("-", "keep it by --record");
    let fault = |code: i64| -> &'static str {
        let exception =
            format!("<PaymentServerException><error>{code}</error></PaymentServerException>");
        format!("<S:Fault><faultcode>S:Client</faultcode><detail>{exception}</detail></S:Fault>")
            .leak()
    };
    let unknown = "<S:Fault><faultcode>S:Client</faultcode><faultstring>no such method</faultstring></S:Fault>";
    for (list, status, found, advice) in [
        (
            list(&row.repeat(3)),
            "200 OK",
            "3 recognised, 3 of them without our reference, 3 without an amount",
            right,
        ),
        (list(""), "200 OK", "nothing", right),
        (fault(914), "500 X", "nothing", right),
        (fault(904), "500 X", "fault 904", wrong),
        (
            list("<rows><row><id>9860190101578366</id><sum>5</sum></row></rows>"),
            "200 OK",
            "no payment is recognised in Body(GetPaymentListResponse(rows(row(id sum))))",
            wrong,
        ),
        (
            unknown,
            "500 X",
            "a fault of the SOAP server, Client",
            wrong,
        ),
    ] {
        assert_eq!(
            told(list, status),
            (found.to_owned(), advice.to_owned()),
            "{list}"
        );
    }
}

/// A hold of somebody else on our access.
fn hold_past_the_gateway(sandbox: &str) {
    let items: String = [
        ("pan", "9860100123456789"),
        ("expiry", "3012"),
        ("ccy_code", "860"),
        ("amount", "700"),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965000A"),
    ]
    .iter()
    .map(|(name, value)| format!("<item><name>{name}</name><value>{value}</value></item>"))
    .collect();
    let body = format!(
        "<Envelope><Body><Payment><billerRef>SOAP_DMS</billerRef><paymentRef>stranger</paymentRef><details>{items}</details>\
         </Payment></Body></Envelope>"
    );
    let mut stream = TcpStream::connect(sandbox).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /humo/payment HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YWxvcWE6c2FuZGJveA==\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.contains("<action>4</action>"), "{reply}");
}

/// The copy of a database lacks what HUMO has: with its list it is seen.
#[test]
fn what_a_lost_database_had_at_humo_is_listed() {
    let (directory, since) = (
        Serving::gateway().terminate_and_keep(),
        SystemClock.now() - 60_000,
    );
    let mark = [
        "restored",
        "mark",
        "--since",
        &stamp(since),
        "--reason",
        "ticket 79",
    ];
    let marked = run(directory.path(), &mark, &[]);
    assert!(marked.status.success(), "{marked:?}");
    let gateway = Serving::start_in(directory, &[], &FREE_PORTS, "curl");
    let sandbox = gateway.url("sandbox").replace("http://", "");
    hold_past_the_gateway(&sandbox);
    let day = Day::of(SystemClock.now()).iso();
    let told = |arguments: &[&str], has_list: &str| {
        let settings = [
            ("ALOQA__SANDBOX__LISTEN", sandbox.as_str()),
            ("ALOQA__HUMO__PAYMENT_LIST", has_list),
        ];
        let output = run(gateway.directory.path(), arguments, &settings);
        (output.status.code().unwrap(), stdout(&output))
    };
    let compare = ["compare", "--network", "HUMO", "--day", &day];
    for (arguments, without, with) in [
        (
            &["restored", "list"][..],
            "0 payments of these days are in UZCARD's list and not in this database; payments that only HUMO knows, and holds that \
             are not charged, cannot be seen\n",
            "1 payments of these days are in the networks' lists and not in this database; holds of UZCARD that are not charged cannot be \
             seen\n",
        ),
        (
            &compare,
            "theirs only cannot be seen (no humo.payment_list)",
            "0 ours only, 1 theirs only, 0 differing",
        ),
    ] {
        let (status, found) = told(arguments, "false");
        assert!(
            found.contains(without) && !found.contains("stranger"),
            "{found}"
        );
        assert_eq!(status, 0);
        let (status, found) = told(arguments, "true");
        assert!(found.contains(with), "{found}");
        let row = found
            .lines()
            .find(|line| line.starts_with("THEIRS_ONLY HUMO   stranger "));
        assert!(
            row.unwrap().contains(" ours=- theirs=listed/700 number="),
            "{found}"
        );
        assert_eq!(status, 1);
        let json = [arguments, &["--json"]].concat();
        let (_, found) = told(&json, "true");
        assert!(found.contains("\"theirsOnly\":1"), "{found}");
    }
}
