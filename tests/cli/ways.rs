//! The ways to the networks: what is refused, with which words, and what is told of them.

use std::fs::{self, File};
use std::path::Path;

use serde_json::{Value, json};

use crate::contours::{self, Fake, with};
use crate::program::{FREE_PORTS, Serving, program, run, stderr, stdout};
use crate::start::REAL;

/// A route with all that it may have.
const ROUTED: &str = "[uzcard]\nurl = \"https://svgate.uz/api/jsonrpc\"\n\
    [uzcard.tls]\nserver_name = \"svgate.bank\"\n\
    [uzcard.route]\nproxy = \"http://10.1.2.3:3128\"\nproxy_user = \"aloqa\"\nproxy_password_file = \"proxy\"\n\
    source_address = \"10.9.8.7\"\n\
    [humo.payment_route]\nproxy = \"socks5://gate.bank:1080\"\n";

/// What is told of each.
const WAYS: [(&str, &str); 5] = [
    (
        "uzcard.url",
        "svgate.uz:443, through the proxy http://10.1.2.3:3128 from 10.9.8.7, TLS name svgate.bank by the system's roots",
    ),
    (
        "humo.payment_url",
        "127.0.0.1:1, through the proxy socks5://gate.bank:1080, TLS name 127.0.0.1 by the system's roots",
    ),
    (
        "humo.info_url",
        "127.0.0.1:1, direct, TLS name 127.0.0.1 by the system's roots",
    ),
    (
        "sms.url",
        "127.0.0.1:1, direct, TLS name 127.0.0.1 by the system's roots",
    ),
    (
        "fiscal.url",
        "127.0.0.1:1, direct, TLS name 127.0.0.1 by the system's roots",
    ),
];

/// Production, with `uzcard.url` from the file.
fn settings() -> Vec<(&'static str, &'static str)> {
    let keys = ("ALOQA__VAULT__KEY_FILE", "keys");
    let mut settings = REAL[1..].to_vec();
    settings.extend([keys, FREE_PORTS[0], FREE_PORTS[1]]);
    settings
}

fn prepare(directory: &Path) {
    fs::write(directory.join("aloqa-gateway.toml"), ROUTED).unwrap();
    fs::write(directory.join("proxy"), "S3cret\n").unwrap();
    let made = run(directory, &["keys", "new", "keys"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
}

#[test]
fn a_wrong_value_is_told_with_its_place_its_form_and_an_example() {
    let directory = tempfile::tempdir().unwrap();
    let form = "must be http://HOST:PORT or socks5://HOST:PORT, without a user, such as \"http://10.1.2.3:3128\"";
    for (section, line, said) in [
        ("uzcard.route", "proxy = \"http://aloqa:S3cret@p:1\"", format!("proxy {form}")),
        ("humo.info_route", "proxy = \"https://S3cret:3128\"", format!("proxy {form}")),
        ("sms.route", "proxy = 3128", format!("proxy {form}")),
        (
            "fiscal.route",
            "source_address = \"S3cret\"",
            "source_address must be an IP address, such as \"10.1.2.3\"".to_owned(),
        ),
        (
            "uzcard.route",
            "idle_ms = -1",
            "idle_ms must be a whole number from 0 to 600000, such as 0".to_owned(),
        ),
        (
            "humo.payment_route",
            "reply_limit_bytes = 1024",
            "reply_limit_bytes must be a whole number from 16384 to 67108864, such as 16384".to_owned(),
        ),
        (
            "humo",
            "soap_action = \"S3cret\"",
            "soap_action must be \"none\" or \"empty\" or \"quoted_empty\" or \"operation\" or \"quoted_operation\"".to_owned(),
        ),
        (
            "humo.soap_actions",
            "payment = \"S3cret\\n\"",
            "payment must be text of at most 256 characters that a header can carry, such as \"abc\"".to_owned(),
        ),
        (
            "humo",
            "card_path = \"S3cret\"",
            "card_path: must be a path of a URL, such as \"/v3/iiacs/card\"".to_owned(),
        ),
        ("uzcard.route", "prxy = \"S3cret\"", "there is no setting uzcard.route.prxy".to_owned()),
    ] {
        let text = format!("[{section}]\n{line}\n");
        fs::write(directory.path().join("aloqa-gateway.toml"), text).unwrap();
        let output = run(directory.path(), &["config", "check"], &[]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        let value = line.find("= ").map_or(1, |at| at + 3);
        let (at, said) = match said.starts_with("there is") {
            true => (1, said),
            false => (value, format!("{section}.{said}")),
        };
        let expected = format!("aloqa-gateway.toml:2:{at}: {said}");
        assert!(told.contains(&expected), "{expected}\n{told}");
        assert!(!told.contains("S3cret"), "{told}");
    }
}

#[test]
fn a_login_is_whole_and_for_a_proxy() {
    let directory = tempfile::tempdir().unwrap();
    let (proxy, user, password) = (
        ("ALOQA__SMS__ROUTE__PROXY", "http://10.1.2.3:3128"),
        ("ALOQA__SMS__ROUTE__PROXY_USER", "aloqa"),
        ("ALOQA__SMS__ROUTE__PROXY_PASSWORD", "S3cret"),
    );
    for (set, said) in [
        (
            &[proxy, user][..],
            "proxy_password: must be set, or proxy_password_file, because proxy_user is",
        ),
        (
            &[proxy, password],
            "proxy_user: must be set, because proxy_password is",
        ),
        (
            &[user, password],
            "proxy: must be set, because proxy_user is",
        ),
        (&[password], "proxy: must be set, because proxy_password is"),
    ] {
        let output = run(directory.path(), &["config", "check"], set);
        assert_eq!(output.status.code(), Some(2), "{set:?}");
        let told = stderr(&output);
        assert!(
            told.contains(&format!("sms.route.{said}")) && !told.contains("S3cret"),
            "{told}"
        );
    }
    let whole = run(
        directory.path(),
        &["config", "check"],
        &[proxy, user, password],
    );
    assert!(whole.status.success(), "{}", stderr(&whole));
}

#[test]
fn the_check_tells_the_way_to_each_address_and_no_password() {
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    let check = |more: &[&str]| {
        let output = run(
            directory.path(),
            &[&["config", "check"], more].concat(),
            &settings(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stdout(&output).contains("S3cret"));
        stdout(&output)
    };
    let lines = WAYS.map(|(setting, way)| format!("{setting}: {way}\n"));
    let words = check(&[]);
    assert!(words.ends_with(&lines.concat()), "{words}");
    let told: Value = serde_json::from_str(&check(&["--json"])).unwrap();
    let ways = WAYS.map(|(setting, way)| json!({"setting": setting, "way": way}));
    assert_eq!(told["item"]["ways"], json!(ways));
    let shown = run(
        directory.path(),
        &["config", "show", "uzcard.route"],
        &settings(),
    );
    let file = "aloqa-gateway.toml";
    let rows: Vec<String> = stdout(&shown)
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        rows,
        [
            "KEY VALUE FROM".to_owned(),
            format!("uzcard.route.proxy \"http://10.1.2.3:3128\" {file}:6:9"),
            format!("uzcard.route.proxy_user \"aloqa\" {file}:7:14"),
            "uzcard.route.proxy_password \"(hidden)\" default".to_owned(),
            format!("uzcard.route.proxy_password_file \"proxy\" {file}:8:23"),
            format!("uzcard.route.source_address \"10.9.8.7\" {file}:9:18"),
            "uzcard.route.idle_ms 4000 default".to_owned(),
            "uzcard.route.reply_limit_bytes 1048576 default".to_owned(),
        ]
    );
}

/// A server of TLS answers what is none with an alert, or ends the connection.
#[test]
fn the_contour_check_thinks_of_tls_where_an_address_is_without_it() {
    for answer in ["\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{16}", ""] {
        let server = Fake::start(move |_| answer.to_owned());
        let url = format!("http://{}/", server.address);
        let directory = tempfile::tempdir().unwrap();
        let settings = with(&[("UZCARD__URL", &url)]);
        let (status, table) = contours::check(directory.path(), &[], &settings, "");
        let told = table.lines().find(|row| row.contains("terminal.get"));
        let advice = " | our terminals | should uzcard.url begin with https://? If not, ask the acquirer what became of the question";
        assert!(told.is_some_and(|row| row.ends_with(advice)), "{table}");
        assert_eq!(status, 1);
    }
}

#[test]
fn the_start_logs_the_way_to_each_address() {
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    let log = directory.path().join("log");
    let mut command = program(directory.path(), &settings());
    command.stderr(File::create(&log).unwrap());
    let serving = Serving::spawn(command, directory, "(production)");
    let directory = serving.terminate_and_keep();
    let log = fs::read_to_string(directory.path().join("log")).unwrap();
    let told: Vec<(String, String)> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|line| line["fields"].clone())
        .filter(|fields| fields["message"] == "how a server outside is reached")
        .map(|fields| {
            let text = |name: &str| fields[name].as_str().unwrap().to_owned();
            (text("setting"), text("way"))
        })
        .collect();
    let expected = WAYS.map(|(setting, way)| (setting.to_owned(), way.to_owned()));
    assert_eq!(told, expected, "{log}");
    assert!(!log.contains("S3cret"));
}

/// No number is assumed: the check and the start say which are lacking.
#[test]
fn a_state_of_a_hold_without_a_number_is_told() {
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    let is_set = |key: &str| !key.ends_with("__ACTIVE") && !key.ends_with("__EXPIRED");
    let mut checked = with(&[("UZCARD__URL", "http://127.0.0.1:1/")]);
    checked.retain(|(key, _)| is_set(key));
    let elsewhere = tempfile::tempdir().unwrap();
    let (status, table) = contours::check(elsewhere.path(), &[], &checked, "");
    let row = "UZCARD | hold statuses | not set: active, expired | the number of each state | ask the acquirer for \
               uzcard.hold_statuses: until then a lost hold, charge or release stays open\n";
    assert!(table.contains(row), "{table}");
    assert_eq!(status, 1);

    let log = directory.path().join("log");
    let set: Vec<_> = settings()
        .into_iter()
        .filter(|(key, _)| is_set(key))
        .collect();
    let mut command = program(directory.path(), &set);
    command.stderr(File::create(&log).unwrap());
    let serving = Serving::spawn(command, directory, "(production)");
    let directory = serving.terminate_and_keep();
    let log = fs::read_to_string(directory.path().join("log")).unwrap();
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told: Vec<Value> = lines
        .filter(|line| line["fields"]["unset"] == "active, expired")
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!(told[0]["level"], "WARN");
}
