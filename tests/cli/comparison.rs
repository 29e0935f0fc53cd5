//! `aloqa-gateway compare` beside a gateway that serves, as an operator or a timer runs it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output};

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::domain::day::Day;
use serde_json::{Value, json};

use crate::program::{Serving, migrated, repository, run, stderr, stdout};

fn today() -> Day {
    Day::of(SystemClock.now())
}

/// Makes the quickstart pay, transfer and reverse, all on one day; the day.
fn walk(gateway: &Serving) -> String {
    loop {
        let day = today();
        let walked = Command::new(repository().join("examples/quickstart.sh"))
            .env("GATEWAY", gateway.url("partners"))
            .env("SANDBOX", gateway.url("sandbox"))
            .output()
            .unwrap();
        assert!(walked.status.success(), "{}", stderr(&walked));
        if today() == day {
            return day.iso();
        }
    }
}

/// Asks SVGate in the gateway's name, bypassing the gateway.
fn svgate(sandbox: &str, method: &str, params: &Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": "1", "method": method, "params": params}).to_string();
    let mut stream = TcpStream::connect(sandbox).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /uzcard HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YWxvcWE6c2FuZGJveA==\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let (_, body) = reply.split_once("\r\n\r\n").unwrap();
    let mut reply: Value = serde_json::from_str(body).unwrap();
    assert!(reply.get("error").is_none(), "{reply}");
    reply["result"].take()
}

/// A payment of which the gateway knows nothing.
fn pay_past_the_gateway(sandbox: &str) {
    let card = json!({"card": {"pan": "8600490744313347", "expiry": "3012"}});
    let otp = svgate(sandbox, "cards.new.otp", &card);
    let code = json!({"otp": {"id": otp["id"], "code": "111111"}});
    let card = svgate(sandbox, "cards.new.verify", &code);
    let tran = json!({"tran": {
        "purpose": "payment", "cardId": card["id"], "amount": 700, "currency": "860", "ext": "stranger",
        "merchantId": "90001", "terminalId": "92400001",
    }});
    svgate(sandbox, "trans.pay.purpose", &tran);
}

#[test]
fn the_exit_status_says_whether_all_match() {
    let gateway = Serving::gateway();
    let day = walk(&gateway);
    let sandbox = gateway.url("sandbox").replace("http://", "");
    let compare = |arguments: &[&str], sandbox: &str| -> Output {
        let arguments = [&["compare", "--day", &day], arguments].concat();
        let settings = [("ALOQA__SANDBOX__LISTEN", sandbox)];
        run(gateway.directory.path(), &arguments, &settings)
    };
    let status = |output: &Output| output.status.code().unwrap();

    let all = compare(&[], &sandbox);
    let told = stdout(&all);
    assert_eq!(status(&all), 0, "{told}{}", stderr(&all));
    let (rows, counts): (Vec<&str>, Vec<&str>) =
        told.lines().partition(|line| line.starts_with("MATCHED "));
    assert!(rows.len() >= 4, "{told}");
    let [uzcard, humo, receipts] = counts.as_slice() else {
        panic!("{told}");
    };
    let beginning = |network: &str| {
        let of_network = |row: &&&str| row.contains(&format!(" {network} "));
        let matched = rows.iter().filter(of_network).count();
        format!("{day} {network}: {matched} matched, 0 ours only, ")
    };
    assert!(uzcard.starts_with(&beginning("UZCARD")), "{told}");
    assert!(humo.starts_with(&beginning("HUMO")), "{told}");
    assert!(receipts.starts_with(&format!("{day} receipts: ")), "{told}");

    pay_past_the_gateway(&sandbox);
    let found = compare(&[], &sandbox);
    assert_eq!(status(&found), 1, "{}", stdout(&found));
    let found = stdout(&found);
    let row = found.lines().find(|line| line.starts_with("THEIRS_ONLY"));
    assert!(row.unwrap().contains("stranger"), "{found}");
    assert!(!found.contains("8600490744313347"), "{found}");
    assert_eq!(status(&compare(&["--network", "UZCARD"], &sandbox)), 1);
    assert_eq!(status(&compare(&["--network", "HUMO"], &sandbox)), 0);

    // A network that is down is reported in words, with no sign of a match.
    let nobody = compare(&["--network", "UZCARD"], "127.0.0.1:1");
    assert_eq!(status(&nobody), 2);
    let told = stdout(&nobody);
    let told: Vec<&str> = told.lines().collect();
    assert!(
        matches!(told.as_slice(), [network, receipts]
            if *network == format!("{day} UZCARD: could not be compared") && receipts.contains("receipts: ")),
        "{told:?}"
    );
    assert!(
        stderr(&nobody).contains("UZCARD could not be asked")
            && stderr(&nobody).contains("because"),
        "{}",
        stderr(&nobody)
    );
    let nobody = compare(&["--network", "HUMO"], "127.0.0.1:1");
    assert_eq!(status(&nobody), 2, "{}", stdout(&nobody));

    // The totals of all of them are kept, newest first.
    let listed = |arguments: &[&str]| -> Value {
        let arguments = [&["compare", "--list", "--json"], arguments].concat();
        let listed = run(gateway.directory.path(), &arguments, &[]);
        assert_eq!(status(&listed), 0, "{}", stderr(&listed));
        serde_json::from_slice(&listed.stdout).unwrap()
    };
    let told = listed(&[]);
    let items = told["items"].as_array().unwrap();
    let outcomes: Vec<String> = items
        .iter()
        .map(|item| {
            assert_eq!(item["day"], day.as_str());
            format!("{} {}", item["network"], item["verdict"]).replace('"', "")
        })
        .collect();
    let expected = [
        "HUMO incomplete",
        "UZCARD incomplete",
        "HUMO matched",
        "UZCARD look",
        "HUMO matched",
        "UZCARD look",
        "HUMO matched",
        "UZCARD matched",
    ];
    assert_eq!(outcomes, expected);
    assert!(
        items[1]["why"]
            .as_str()
            .unwrap()
            .contains("UZCARD could not be asked"),
        "{told}"
    );
    assert_eq!(
        (&items[3]["theirsOnly"], &told["more"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(listed(&["--limit", "1"])["more"], true);
}

#[test]
fn without_the_gateways_database_nothing_is_compared() {
    let directory = tempfile::tempdir().unwrap();
    // An empty database must not look like one in which nothing happened.
    let elsewhere = run(directory.path(), &["compare"], &[]);
    assert_eq!(elsewhere.status.code(), Some(2), "{}", stdout(&elsewhere));
    let said = stderr(&elsewhere);
    assert!(said.contains("aloqa-gateway migrate"), "{said}");
    let missing = [("ALOQA__DATABASE__URL", "sqlite:/nowhere/at/all.sqlite")];
    let missing = run(directory.path(), &["compare"], &missing);
    assert_eq!(missing.status.code(), Some(2), "{}", stderr(&missing));
}

#[test]
fn arguments_that_cannot_be_meant_are_refused() {
    let directory = migrated();
    for (arguments, word) in [
        (["--day", "20.11.2026"], "2026-11-20"),
        (["--day", "2026-02-30"], "2026-11-20"),
        (["--network", "VISA"], "UZCARD or HUMO"),
    ] {
        let arguments = [&["compare"], arguments.as_slice()].concat();
        let refused = run(directory.path(), &arguments, &[]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(word), "{}", stderr(&refused));
    }
    let future = run(directory.path(), &["compare", "--day", "2999-01-01"], &[]);
    assert_eq!(future.status.code(), Some(2));
    assert!(
        stderr(&future).contains("has not begun"),
        "{}",
        stderr(&future)
    );
}
