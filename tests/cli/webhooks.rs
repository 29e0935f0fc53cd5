//! The commands on webhooks, and the samples of the partners' page.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::program::{migrated, program, repository, run, stderr, stdout};

/// Answers one request with this status; its address, and what it heard.
fn receiver(status: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = Vec::new();
        let mut chunk = [0; 4_096];
        while !heard.ends_with(b"}") {
            let read = stream.read(&mut chunk).unwrap();
            heard.extend_from_slice(&chunk[..read]);
        }
        let reply = format!("HTTP/1.1 {status}\r\ncontent-length: 5\r\n\r\nhello");
        stream.write_all(reply.as_bytes()).unwrap();
        String::from_utf8(heard).unwrap()
    });
    (url, heard)
}

#[test]
fn a_webhook_is_set_tested_rotated_listed_and_switched_off() {
    let directory = migrated();
    let told = |arguments: &[&str]| {
        let output = run(directory.path(), arguments, &[]);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        stdout(&output)
    };
    let refused = |arguments: &[&str]| {
        let output = run(directory.path(), arguments, &[]);
        assert!(!output.status.success(), "{arguments:?}");
        stderr(&output)
    };
    told(&["partner", "add", "shop", "--allow", "*"]);
    let (url, heard) = receiver("200 OK");
    let set = told(&["partner", "webhook", "set", "shop", &url]);
    let secret = set.lines().last().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{set}");

    let tested = told(&["partner", "webhook", "test", "shop"]);
    assert!(
        tested.contains("webhook.test for shop, delivered") && tested.contains("HTTP 200: hello"),
        "{tested}"
    );
    let heard = heard.join().unwrap();
    let header = |name: &str| {
        let line = heard
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("{name}: {heard}")).to_owned()
    };
    let (_, body) = heard.split_once("\r\n\r\n").unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let (signatures, now) = (header("webhook-signature"), timestamp.parse().unwrap());
    assert!(verify(
        secret,
        &id,
        &timestamp,
        &signatures,
        body.as_bytes(),
        now
    ));

    let list = told(&[
        "webhooks",
        "list",
        "--partner",
        "shop",
        "--state",
        "delivered",
    ]);
    assert!(list.contains(&id) && list.lines().count() == 2, "{list}");
    let shown = told(&["webhooks", "show", &id]);
    assert!(
        shown.contains(body) && shown.contains("HTTP 200: hello"),
        "{shown}"
    );
    let rotated = told(&["partner", "webhook", "rotate", "shop"]);
    assert!(
        rotated.contains("24 hours") && !rotated.contains(secret),
        "{rotated}"
    );
    assert!(refused(&["partner", "webhook", "rotate", "shop"]).contains("--now"));
    told(&["partner", "webhook", "rotate", "shop", "--now"]);

    // Nobody listens any more.
    let tested = refused(&["partner", "webhook", "test", "shop"]);
    assert!(
        tested.contains("not delivered") && tested.contains("cannot connect"),
        "{tested}"
    );
    let listed = told(&["partner", "webhook", "list"]);
    assert!(
        listed.starts_with("PARTNER  STATE ")
            && listed.contains("\nshop     failing since ")
            && listed.ends_with(&format!("{url}\n")),
        "{listed}"
    );
    assert!(told(&["webhooks", "resend", &id]).contains("sent again"));
    assert!(told(&["webhooks", "resend", "--failed", "shop"]).starts_with("1 event of shop is"));
    let off = told(&[
        "partner", "webhook", "off", "shop", "--reason", "moving", "--by", "anna",
    ]);
    assert!(off.contains("2 events that waited are given up"), "{off}");
    assert!(told(&["partner", "webhook", "list"]).contains("anna: moving"));
    assert!(refused(&["webhooks", "resend", &id]).contains("is off"));
    assert!(refused(&["webhooks", "show", "evt_1"]).contains("32 hex digits"));
    let again = refused(&[
        "partner", "webhook", "off", "shop", "--reason", "moving", "--by", "anna",
    ]);
    assert!(again.contains("is off already"), "{again}");
    assert!(refused(&["webhooks", "resend"]).contains("<ID|--failed <NAME>>"));
    let bad = refused(&["partner", "webhook", "set", "shop", "https://127.1/"]);
    assert_eq!(bad.matches("127.1").count(), 1, "{bad}");
    let on = run(
        directory.path(),
        &["partner", "webhook", "set", "shop", &url],
        &[],
    );
    assert!(stderr(&on).contains("resend --failed shop"), "{on:?}");
}

#[test]
fn a_test_that_the_receiver_refuses_fails_with_its_answer() {
    let directory = migrated();
    let run = |arguments: &[&str]| run(directory.path(), arguments, &[]);
    assert_eq!(
        stdout(&run(&["partner", "webhook", "list"])),
        "no partner has a webhook\n"
    );
    run(&["partner", "add", "shop", "--allow", "*"]);
    let (url, heard) = receiver("500 Internal Server Error");
    assert!(
        run(&["partner", "webhook", "set", "shop", &url])
            .status
            .success()
    );
    let tested = run(&["partner", "webhook", "test", "shop"]);
    heard.join().unwrap();
    assert_eq!(tested.status.code(), Some(1), "{tested:?}");
    let said = stderr(&tested);
    assert!(
        said.ends_with(
            "aloqa-gateway: the test event for shop was not delivered: HTTP 500: hello\n"
        ),
        "{said}"
    );
    assert!(stdout(&tested).contains("webhook.test for shop, failed"));
}

/// As `head` does.
#[test]
fn a_reader_that_closes_the_standard_output_is_no_failure() {
    let directory = migrated();
    for command in [
        &["webhooks", "list"][..],
        &["partner", "webhook", "list"],
        &["transactions", "list"],
        &["receipts", "list"],
        &["ban", "list"],
        &["audit", "list"],
        &["partner", "list", "--json"],
        &["openrpc"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = program(directory.path(), &[]);
        let ended = program.args(command).stdout(writer).output().unwrap();
        assert!(ended.status.success(), "{command:?}: {ended:?}");
        assert!(!stderr(&ended).contains("Broken pipe"), "{command:?}");
    }
}

/// The page's sample, word for word.
#[rustfmt::skip]
mod sample {
    use super::*;

// begin
/// Whether the gateway has sent this body, as received, within the last five minutes. `now` is in UNIX seconds.
pub(super) fn verify(secret: &str, id: &str, timestamp: &str, signatures: &str, body: &[u8], now: i64) -> bool {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let (Some(key), Ok(sent)) = (key, timestamp.parse::<i64>()) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return false;
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let mut given = given.filter_map(|one| STANDARD.decode(one).ok());
    now.abs_diff(sent) <= 300 && given.any(|one| mac.clone().verify_slice(&one).is_ok())
}
// end
}
use sample::verify;

fn page() -> String {
    fs::read_to_string(repository().join("docs/webhooks.md")).unwrap()
}

/// The code of the page in a language.
fn block(page: &str, language: &str) -> String {
    let begin = format!("```{language}\n");
    let code = page
        .split(&begin)
        .nth(1)
        .unwrap_or_else(|| panic!("{language}"));
    code.split("```\n").next().unwrap().to_owned()
}

#[test]
fn the_rust_sample_of_the_page_is_right() {
    let this = include_str!("webhooks.rs");
    let ours = this
        .split("// begin\n")
        .nth(1)
        .unwrap()
        .split("// end\n")
        .next()
        .unwrap();
    let ours = ours.replace("pub(super) fn", "fn");
    assert!(
        block(&page(), "rust").ends_with(&ours),
        "the page's sample is another one"
    );
    let page = page();
    let body = page.lines().find(|line| line.starts_with("{\"type\""));
    let body = body.unwrap().to_owned();
    assert_eq!(body.len(), 126);
    let secret = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE=";
    let (first, second) = (
        "v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0=",
        "v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=",
    );
    let at = 1_767_225_600;
    let judged = |signatures: &str, body: &str, now| {
        verify(
            secret,
            "evt_0001",
            &at.to_string(),
            signatures,
            body.as_bytes(),
            now,
        )
    };
    assert!(judged(first, &body, at) && judged(&format!("{second} {first}"), &body, at + 300));
    assert!(!judged(second, &body, at) && !judged(first, &format!("{body} "), at));
    assert!(!judged(first, &body, at + 301) && !judged(first, &body, at - 301));
}

/// Each sample checks itself; a language that is not installed is passed over, loudly.
#[test]
fn the_samples_of_the_page_are_right() {
    let page = page();
    let directory = tempfile::tempdir().unwrap();
    // This Node may not read types yet.
    let types = [
        ": Record<string, string>",
        ": string",
        ": Buffer",
        ": number",
        ": boolean",
    ];
    let typed = block(&page, "typescript");
    let untyped = types
        .iter()
        .fold(typed, |code, word| code.replace(word, ""));
    let cases: [(&str, String, &[&str]); 5] = [
        ("sample.py", block(&page, "python"), &["python3"]),
        ("sample.mjs", untyped, &["node"]),
        ("sample.php", block(&page, "php"), &["php"]),
        ("sample.go", block(&page, "go"), &["go", "run"]),
        ("sample.sh", block(&page, "sh"), &["sh"]),
    ];
    for (name, code, command) in cases {
        let file = directory.path().join(name);
        fs::write(&file, code).unwrap();
        match Command::new(command[0])
            .args(&command[1..])
            .arg(&file)
            .output()
        {
            Ok(output) => assert!(output.status.success(), "{name}: {}", stderr(&output)),
            // Not `eprintln!`, whose output the test harness captures.
            Err(error) => writeln!(std::io::stderr(), "SKIPPED {name}: {error}").unwrap(),
        }
    }
}
