//! The alerts, the dashboard and the run book: do they speak of figures that there are, and of one another?

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::Command;

use test_support::{HttpRequest, send};

use crate::program::{Serving, repository};

const RULES: &str = "deploy/prometheus/rules.yml";
const BOOK: &str = "docs/runbook.md";
const DASHBOARD: &str = "deploy/grafana/aloqa-gateway.json";

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// What is there only where a setting names a certificate.
const OF_CERTIFICATES: &str = "aloqa_certificate_end_timestamp_seconds";

/// Every `aloqa_…` and `process_…` in a text, without what a histogram adds.
fn figures(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.split(|c| !is_part(c))
        .filter(|word| word.starts_with("aloqa_") || word.starts_with("process_"))
        .map(|word| {
            let plain = ["_bucket", "_count", "_sum"]
                .iter()
                .find_map(|end| word.strip_suffix(end));
            plain.unwrap_or(word).to_owned()
        })
        .collect()
}

#[tokio::test]
async fn every_figure_of_the_alerts_the_dashboard_and_the_run_book_is_there() {
    let gateway = Serving::gateway();
    let address = gateway.url("operations").replace("http://", "");
    let page = send(address.parse().unwrap(), HttpRequest::get("/metrics")).await;
    let there: BTreeSet<&str> = page
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    for path in [RULES, DASHBOARD, BOOK, "docs/operations.md"] {
        for figure in figures(&read(path)) {
            // A beginning, as `grep` has it, stands for all that begin so.
            let is_there = there.contains(figure.as_str())
                || OF_CERTIFICATES.starts_with(figure.as_str())
                || path.ends_with(".md") && there.iter().any(|name| name.starts_with(&figure));
            assert!(
                is_there,
                "{path} speaks of {figure}, which /metrics has not"
            );
        }
    }
}

#[test]
fn every_alert_has_its_entry_in_the_run_book() {
    let (rules, book) = (read(RULES), read(BOOK));
    let alerts: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    let entries: Vec<&str> = book
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let sorted = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(sorted(&alerts), sorted(&entries));
    for alert in alerts {
        let link = format!("runbook: {BOOK}{}{}\n", "#", alert.to_lowercase());
        assert!(rules.contains(&link), "{alert} has no link to its entry");
        assert!(
            read("deploy/prometheus/rules_test.yml").contains(&format!("alertname: {alert}\n")),
            "{alert} is not seen firing in the tests of the rules"
        );
    }
}

/// `promtool` reads the page, the rules and their tests. It is in Debian's package `prometheus`; without it, this says so.
#[tokio::test]
async fn promtool_has_nothing_to_say() {
    let promtool = |arguments: &[&str]| {
        let ran = Command::new("promtool")
            .args(arguments)
            .current_dir(repository())
            .output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "promtool {arguments:?}: {said}");
    };
    if Command::new("promtool").arg("--version").output().is_err() {
        writeln!(std::io::stderr(), "SKIPPED: promtool is not installed").unwrap();
        assert!(
            std::env::var_os("ALOQA_TEST_REQUIRE_PROMTOOL").is_none(),
            "promtool is required and not installed"
        );
        return;
    }
    promtool(&["check", "rules", RULES]);
    promtool(&["test", "rules", "deploy/prometheus/rules_test.yml"]);
    let gateway = Serving::gateway();
    let address = gateway.url("operations").replace("http://", "");
    let page = send(address.parse().unwrap(), HttpRequest::get("/metrics")).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page");
    fs::write(&file, &page.body).unwrap();
    let check = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stdout) + String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success() && said.is_empty(), "{said}");
}
