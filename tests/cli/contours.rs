//! `aloqa-gateway contour check` against contours that are as they should be, and against five that are not.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

use aloqa_gateway::clock::{Clock as _, SystemClock};
use serde_json::Value;
use test_support::tls_front::{Certificates, TlsFront};

use crate::program::{FREE_PORTS, Serving, program, repository, run, stderr, stdout};
use crate::start::REAL;

pub(crate) type Settings = Vec<(String, String)>;

/// A card that the sandbox knows.
pub(crate) const CARD: &str = "9860190101578366";

/// Production without any server.
fn bare() -> Settings {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let mut settings: Settings = REAL[5..].iter().map(owned).collect();
    for (key, value) in [
        ("ALOQA__PROFILE", "production"),
        ("ALOQA__PRODUCTION__ALLOW_HTTP_NETWORKS", "true"),
        // It is not read.
        ("ALOQA__VAULT__KEY_FILE", "keys"),
    ] {
        settings.push((key.to_owned(), value.to_owned()));
    }
    settings
}

/// The same with settings.
pub(crate) fn with(more: &[(&str, &str)]) -> Settings {
    let mut settings = bare();
    for (key, value) in more {
        settings.push((format!("ALOQA__{key}"), (*value).to_owned()));
    }
    settings
}

/// What the command has found: its status and its table, in which times and ports are masked.
pub(crate) fn check(
    directory: &Path,
    arguments: &[&str],
    settings: &Settings,
    input: &str,
) -> (i32, String) {
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let mut child = program(directory, &settings)
        .args(["contour", "check"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // One that does not read it has perhaps ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    (output.status.code().unwrap(), masked(&stdout(&output)))
}

/// The rows without their alignment, `|` between the cells; milliseconds, ports and moments masked.
fn masked(table: &str) -> String {
    let mut written = String::new();
    for line in table.lines() {
        let cells: Vec<&str> = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        let mut words: Vec<String> = cells.join(" | ").split(' ').map(str::to_owned).collect();
        for at in 0..words.len() {
            let is_ms = words.get(at + 1).is_some_and(|next| next == "ms");
            let is_wanted = words[..at].iter().any(|word| word == "half");
            if is_ms && !is_wanted {
                words[at] = "#".to_owned();
            }
            let word = words[at].clone();
            if let Some((head, tail)) = word.split_once("127.0.0.1:") {
                let rest = tail.trim_start_matches(|sign: char| sign.is_ascii_digit());
                words[at] = format!("{head}127.0.0.1:#{rest}");
            }
            if word.len() > 20 && word.contains("+05:00") {
                words[at] = "#,".to_owned();
            }
        }
        written.push_str(&words.join(" "));
        written.push('\n');
    }
    written
}

/// A server that answers each request by its body; it keeps what it was asked.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub(crate) fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if let Some(request) = request(&mut stream) {
                    let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
                    let reply = answer(body);
                    heard.lock().unwrap().push(request);
                    let _ = stream.write_all(reply.as_bytes());
                }
            }
        });
        Self { address, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Head and body; `None` where nothing is asked.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => seen.push(byte[0]),
            Ok(_) | Err(_) => return None,
        }
    }
    let head = String::from_utf8(seen).unwrap();
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

pub(crate) fn reply(status: &str, more: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{more}content-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// SVGate as public clients know it.
fn svgate(body: &str, more: &str) -> String {
    let asked: Value = serde_json::from_str(body).unwrap();
    let id = &asked["id"];
    let answer = match asked["method"].as_str().unwrap() {
        "terminal.get" => r#""result":[{"terminalId":"2","name":"OOO KARIMOV"}]"#,
        "get.bin.list" => {
            r#""result":[{"instId":"01","bin":"860002"},{"instId":"02","bin":626499}]"#
        }
        "trans.ext" => r#""error":{"code":-208,"message":"not found 8600010132441332"}"#,
        "hold.get.id" => r#""result":[{"hid":7,"status":5,"userName":"aloqa"}]"#,
        other => panic!("{other}"),
    };
    let body = format!(r#"{{"jsonrpc":"2.0","id":{id},{answer}}}"#);
    reply("200 OK", more, "application/json", &body)
}

/// The table is the one in `contours/NAME.txt`.
pub(crate) fn assert_table(found: (i32, String), status: i32, name: &str) {
    let file = repository().join(format!("tests/cli/contours/{name}.txt"));
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert_eq!(found.1, expected, "{name}\n{}", found.1);
    assert_eq!(found.0, status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contour_that_is_as_it_should_be_has_nothing_to_do() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.make("svgate", "DNS:svgate.bank");
    certificates.make("us", "DNS:aloqa");
    let sandbox = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
    let at = sandbox.url("the simulated networks");
    let plain: SocketAddr = at.trim_start_matches("http://").parse().unwrap();
    let front = TlsFront::start(&certificates, "svgate", plain).await;
    let file = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let (ca, own, key) = (
        file(certificates.pem("root")),
        file(certificates.pem("us")),
        file(certificates.key("us")),
    );
    let settings = with(&[
        ("UZCARD__URL", &format!("https://{}/uzcard", front.address)),
        ("UZCARD__TLS__CA_FILE", &ca),
        ("UZCARD__TLS__CLIENT_CERT", &own),
        ("UZCARD__TLS__CLIENT_KEY", &key),
        ("UZCARD__TLS__SERVER_NAME", "svgate.bank"),
        ("HUMO__PAYMENT_URL", &format!("{at}/humo/payment")),
        ("HUMO__PAYMENT_LIST", "true"),
        ("HUMO__INFO_URL", &format!("{at}/humo/json")),
        ("SMS__URL", &format!("{at}/sms/broker-api")),
        ("FISCAL__URL", &format!("{at}/fiscal")),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let found = check(
        directory.path(),
        &["--card"],
        &settings,
        &format!("{CARD}\n"),
    );
    let found = (found.0, found.1.replace(&ca, "CA"));
    assert_table(found, 0, "good");
    // It opens no database, and writes nothing.
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn where_nothing_listens_each_part_says_so() {
    let url = "http://127.0.0.1:1/";
    let settings = with(&[
        ("UZCARD__URL", url),
        ("HUMO__PAYMENT_URL", url),
        ("HUMO__INFO_URL", url),
        ("SMS__URL", url),
        ("FISCAL__URL", url),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let found = check(directory.path(), &[], &settings, "");
    assert_table(found, 1, "nothing_listens");
}

/// The login of each is tried, and told apart.
#[test]
fn each_account_is_asked_with_its_own_login() {
    let fake = Fake::start(|body| svgate(body, ""));
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("second"), "5econd").unwrap();
    let account = "[uzcard.accounts.second]\nuser = \"second\"\npassword_file = \"second\"\n";
    fs::write(directory.path().join("aloqa-gateway.toml"), account).unwrap();
    let settings = with(&[("UZCARD__URL", &format!("http://{}/", fake.address))]);
    let (_, table) = check(directory.path(), &[], &settings, "");
    for part in ["UZCARD", "UZCARD, account second"] {
        let row = format!("{part} | trans.ext | code -208: nothing there |");
        assert!(table.contains(&row), "{table}");
    }
    let asked = fake.asked();
    let by = |login: &str| {
        let login = format!("basic {login}").to_ascii_lowercase();
        let has = |request: &&String| request.to_ascii_lowercase().contains(&login);
        asked.iter().filter(has).count()
    };
    // Of "second:5econd".
    assert_eq!((asked.len(), by("c2Vjb25kOjVlY29uZA==")), (6, 3));
}

/// The advice names the login that was tried, and the terminal that was looked for.
#[test]
fn an_account_that_is_not_let_in_is_told_by_its_own_settings() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("second"), "5econd").unwrap();
    let accounts = "[uzcard.accounts.bare]\ntransfer_terminal = { merchant_id = \"1\", terminal_id = \"9\" }\n\
         [uzcard.accounts.second]\nuser = \"second\"\npassword_file = \"second\"\n\
         [uzcard.accounts.twin]\nuser = \"second\"\npassword_file = \"second\"\n\
         [humo.accounts.bare]\npoint_code = \"1\"\n\
         [humo.accounts.second]\nuser = \"second\"\npassword_file = \"second\"\n";
    fs::write(directory.path().join("aloqa-gateway.toml"), accounts).unwrap();
    let advice = |fake: &Fake| {
        let url = format!("http://{}/", fake.address);
        let settings = with(&[
            ("UZCARD__URL", &url),
            ("HUMO__PAYMENT_URL", &url),
            ("HUMO__INFO_URL", &url),
        ]);
        let (_, table) = check(directory.path(), &[], &settings, "");
        let rows = table
            .lines()
            .map(|line| line.split(" | ").collect::<Vec<_>>());
        let asked = |row: &Vec<&str>| ["login", "terminal.get", "GetPayment"].contains(&row[1]);
        let told = |row: Vec<&str>| match row[1] {
            "login" => format!("{}: {}; {}", row[0], row[2], row[4]),
            _ => format!("{}: {}", row[0], row[4].split(": ").next().unwrap()),
        };
        rows.filter(asked).map(told).collect::<Vec<_>>()
    };
    let refused = Fake::start(|_| reply("401 Unauthorized", "", "text/plain", "Unauthorized"));
    assert_eq!(
        advice(&refused),
        [
            "UZCARD: uzcard.user and uzcard.password",
            "UZCARD, account bare: not asked: the login of uzcard.user and uzcard.password was not let in; see to UZCARD first",
            "UZCARD, account second: uzcard.accounts.second.user and uzcard.accounts.second.password_file",
            "UZCARD, account twin: not asked: the login of uzcard.accounts.second.user and uzcard.accounts.second.password_file \
             was not let in; see to UZCARD, account second first",
            "HUMO payments: humo.user and humo.password",
            "HUMO payments, account bare: not asked: the login of humo.user and humo.password was not let in; see to HUMO payments first",
            "HUMO payments, account second: humo.accounts.second.user and humo.accounts.second.password_file",
        ]
    );
    // Each login once, of whichever accounts it is.
    assert_eq!(refused.asked().len(), 4);
    // One that lets in, and the same where the last question is denied: the login is not what is wrong.
    for denied in ["nothing", "trans.ext"] {
        let svgate =
            Fake::start(
                move |body| match body.starts_with('{') && !body.contains(denied) {
                    true => svgate(body, ""),
                    false => reply("403 Forbidden", "", "text/plain", "Forbidden"),
                },
            );
        assert_eq!(
            advice(&svgate)[..4],
            [
                "UZCARD: -",
                "UZCARD, account bare: ask the acquirer whether the terminal of uzcard.accounts.bare.transfer_terminal is ours",
                "UZCARD, account second: -",
                "UZCARD, account twin: -",
            ]
        );
    }
}

/// Whoever does not reach a server under one account does not under another one, and a proxy locks out, too.
#[test]
fn a_proxy_that_does_not_let_us_through_is_tried_once() {
    let wants_login = "407 Proxy Authentication Required";
    let proxy = Fake::start(move |_| reply(wants_login, "", "text/plain", ""));
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("second"), "5econd").unwrap();
    let accounts = "[uzcard.accounts.bare]\ntransfer_terminal = { merchant_id = \"1\", terminal_id = \"9\" }\n\
         [uzcard.accounts.second]\nuser = \"second\"\npassword_file = \"second\"\n";
    fs::write(directory.path().join("aloqa-gateway.toml"), accounts).unwrap();
    let settings = with(&[
        ("UZCARD__URL", "http://svgate.bank.example/"),
        ("UZCARD__ROUTE__PROXY", &format!("http://{}", proxy.address)),
        ("UZCARD__ROUTE__PROXY_USER", "aloqa"),
        ("UZCARD__ROUTE__PROXY_PASSWORD", "wrong"),
    ]);
    let (status, table) = check(directory.path(), &[], &settings, "");
    assert_eq!(status, 1);
    for part in ["UZCARD, account bare", "UZCARD, account second"] {
        let rows: Vec<&str> = table.lines().filter(|row| row.starts_with(part)).collect();
        let row = "connection | not asked: UZCARD is not reached | takes a connection | see to UZCARD first";
        assert_eq!(rows, [format!("{part} | {row}")], "{table}");
    }
    assert!(table.contains("HTTP 407"), "{table}");
    assert_eq!(proxy.asked().len(), 1, "{:?}", proxy.asked());
}

/// All that speak HTTP; each is asked once, so that no account is locked.
#[test]
fn where_a_password_is_wrong_it_is_tried_once_and_named() {
    let fake = Fake::start(|_| reply("401 Unauthorized", "", "text/plain", "Unauthorized"));
    let directory = tempfile::tempdir().unwrap();
    let url = format!("http://{}", fake.address);
    let settings = with(&[
        ("UZCARD__URL", &url),
        ("HUMO__PAYMENT_URL", &url),
        ("HUMO__INFO_URL", &url),
        ("SMS__URL", &url),
        ("SMS__PROVIDER", "eskiz"),
    ]);
    let found = check(directory.path(), &["--card"], &settings, CARD);
    assert_table(found, 1, "wrong_password");
    assert_eq!(fake.asked().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_trusted_says_whose_it_is_and_why() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.make("svgate", "DNS:svgate.bank");
    fs::write(certificates.pem("old"), ENDED).unwrap();
    fs::write(certificates.key("old"), ENDED_KEY).unwrap();
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let fronts = [
        TlsFront::start(&certificates, "old", nobody).await,
        TlsFront::start(&certificates, "svgate", nobody).await,
    ];
    let other = Certificates::new().unwrap();
    let file = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let (old, root, another) = (
        file(certificates.pem("old")),
        file(certificates.pem("root")),
        file(other.pem("root")),
    );
    let url = |front: &TlsFront| format!("https://{}/", front.address);
    let settings = with(&[
        ("UZCARD__URL", &url(&fronts[0])),
        ("UZCARD__TLS__CA_FILE", &old),
        ("HUMO__PAYMENT_URL", &url(&fronts[1])),
        ("HUMO__PAYMENT_TLS__CA_FILE", &root),
        ("HUMO__INFO_URL", &url(&fronts[1])),
        ("HUMO__INFO_TLS__CA_FILE", &another),
        ("HUMO__INFO_TLS__SERVER_NAME", "svgate.bank"),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let (status, mut table) = check(directory.path(), &[], &settings, "");
    for (path, name) in [(&old, "OLD"), (&root, "ROOT"), (&another, "ANOTHER")] {
        table = table.replace(path, name);
    }
    assert_table((status, table), 1, "certificates");
}

#[test]
fn a_page_of_something_on_the_way_is_told_from_an_answer() {
    let page = "<!DOCTYPE html><html><body>Access denied by S3cret proxy</body></html>";
    let fake = Fake::start(move |_| reply("200 OK", "", "text/html", page));
    let url = format!("http://{}", fake.address);
    let settings = with(&[
        ("UZCARD__URL", &url),
        ("HUMO__PAYMENT_URL", &url),
        ("HUMO__INFO_URL", &url),
        ("SMS__URL", &url),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let found = check(directory.path(), &["--card"], &settings, CARD);
    assert_table(found, 1, "page");
}

#[test]
fn a_clock_that_is_ten_minutes_off_and_what_the_lists_say_are_findings() {
    let fake = Fake::start(|body| {
        let then = SystemClock.now().0 / 1_000 - 600;
        svgate(body, &format!("date: {}\r\n", http_date(then)))
    });
    let settings = with(&[("UZCARD__URL", &format!("http://{}", fake.address))]);
    let directory = tempfile::tempdir().unwrap();
    let (status, table) = check(directory.path(), &["--hold", "7"], &settings, "");
    let table = ["598", "599", "601"]
        .iter()
        .fold(table, |table, off| table.replace(off, "600"));
    assert_table((status, table), 1, "clock");
}

/// Nothing that is somebody's, and no secret, is in the files; and nothing but harmless questions was asked.
#[test]
fn what_is_recorded_can_be_handed_on() {
    let fake = Fake::start(
        |body| match body.starts_with('{') && body.contains("method") {
            true => svgate(body, "set-cookie: S3cret\r\n"),
            false if body.starts_with('{') => {
                let card = format!(
                    r#"{{"result":{{"card":{{"primaryAccountNumber":"{CARD}","nameOnCard":"KARIMOV"}},"mb":{{"phone":998901234567}}}}}}"#
                );
                reply("200 OK", "", "application/json", &card)
            }
            false if body.starts_with('<') => {
                let fault = "<S:Envelope><S:Body><S:Fault><faultcode>S:Client</faultcode><detail><PaymentServerException>\
                         <error>914</error><pan>9860 1901 0157 8366</pan></PaymentServerException></detail></S:Fault></S:Body></S:Envelope>";
                reply("500 X", "", "text/xml", fault)
            }
            false => reply(
                "200 OK",
                "",
                "application/json",
                r#"{"data":{"token":"T0ken.of.eskiz"}}"#,
            ),
        },
    );
    let url = format!("http://{}", fake.address);
    let mut settings = with(&[
        ("UZCARD__URL", &url),
        ("HUMO__PAYMENT_URL", &url),
        ("HUMO__INFO_URL", &url),
        ("SMS__URL", &url),
        ("SMS__PROVIDER", "eskiz"),
        ("FISCAL__URL", &url),
    ]);
    for key in [
        "UZCARD__PASSWORD",
        "HUMO__PASSWORD",
        "HUMO__TOKEN",
        "SMS__PASSWORD",
        "FISCAL__PASSWORD",
    ] {
        let key = format!("ALOQA__{key}");
        settings.retain(|(name, _)| *name != key);
        settings.push((key, "S3cret".to_owned()));
    }
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--card", "--hold", "7", "--record", "kept"];
    let (status, table) = check(directory.path(), &arguments, &settings, CARD);
    assert_eq!(status, 1, "{table}");
    let mut names = Vec::new();
    for file in fs::read_dir(directory.path().join("kept")).unwrap() {
        let file = file.unwrap();
        names.push(file.file_name().into_string().unwrap());
        let text = fs::read_to_string(file.path()).unwrap();
        let known = [
            "S3cret",
            CARD,
            "9860 1901",
            "8600010132441332",
            "KARIMOV",
            "998901234567",
            "T0ken",
            "uthorization",
            "cookie",
        ];
        for secret in known {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(!text.is_empty(), "{names:?}");
    }
    names.sort();
    let expected: Vec<String> = [
        "HUMO-cards-card-information",
        "HUMO-payments-GetPayment",
        "SMS-auth-login",
        "SMS-auth-user",
        "UZCARD-get.bin.list",
        "UZCARD-hold.get.id",
        "UZCARD-terminal.get",
        "UZCARD-trans.ext",
    ]
    .iter()
    .flat_map(|name| [format!("{name}.reply"), format!("{name}.request")])
    .collect();
    assert_eq!(names, expected);
    let (mut asked, methods) = (
        fake.asked(),
        ["terminal.get", "get.bin.list", "trans.ext", "hold.get.id"],
    );
    for method in methods {
        let before = asked.len();
        asked.retain(|request| !request.contains(&format!("\"method\":\"{method}\"")));
        assert_eq!(asked.len() + 1, before, "{method}");
    }
    for words in [
        "<ebppif1:GetPayment>",
        "primaryAccountNumber",
        "POST /auth/login",
        "GET /auth/user",
    ] {
        let before = asked.len();
        asked.retain(|request| !request.contains(words));
        assert_eq!(asked.len() + 1, before, "{words}");
    }
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn a_card_number_is_whole_and_no_message_repeats_it() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["--card"][..], &["--card", "9860"]] {
        let words = [&["contour", "check"], arguments].concat();
        let output = run(directory.path(), &words, &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}

/// As the header `Date` has it.
fn http_date(seconds: i64) -> String {
    let output = std::process::Command::new("date")
        .args([
            "-u",
            "-d",
            &format!("@{seconds}"),
            "+%a, %d %b %Y %H:%M:%S GMT",
        ])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    stdout(&output).trim().to_owned()
}

/// Of `svgate.example` and 127.0.0.1, signed by itself, for 2020. It was made for this test, and its key guards nothing.
const ENDED: &str = "-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5zdmdhdGUu
ZXhhbXBsZTAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMBkxFzAVBgNV
BAMMDnN2Z2F0ZS5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEK1cD
UddNogib/mXRecBx2ti70nJrTZDCk2kftTXK7iNa1rwFLf3t98zUpwsFkyEl/z14
QpToz7958BknV1LYyqNQME4wHwYDVR0RBBgwFoIOc3ZnYXRlLmV4YW1wbGWHBH8A
AAEwDAYDVR0TAQH/BAIwADAdBgNVHQ4EFgQU1vXvM1jF5smwFOnFFFWaOYYFKSAw
CgYIKoZIzj0EAwIDSAAwRQIhAIb5dhnpzj4/TMPK0NCbTRYJlnuvSmzB+MwCXiYm
Mkm8AiAf7B+cxBeqFvoK7SW4glUpPAxMAwU8bxXiiwwNG7Dl1g==
-----END CERTIFICATE-----
";
const ENDED_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeD2o/vltFTtaAY6E
hBu2t3ulHZvFyCyCTaoVOkgzoL2hRANCAAQrVwNR102iCJv+ZdF5wHHa2LvScmtN
kMKTaR+1NcruI1rWvAUt/e33zNSnCwWTISX/PXhClOjPv3nwGSdXUtjK
-----END PRIVATE KEY-----
";
