//! The JSON of the commands is a contract: members are added, and never changed or taken away.

use std::collections::BTreeMap;
use std::process::Command;

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::domain::day::Day;
use serde_json::Value;

use crate::program::{Serving, repository, run, stderr, stdout};

/// Each schema, and the members of its first object that are not empty.
const CONTRACT: &[(&str, &str)] = &[
    (
        "audit.list/1",
        "{items[{action at detail object outcome row source who}] more}",
    ),
    (
        "audit.verify/1",
        "{item{anchors[] chains findings[] isWhole notes[] rows}}",
    ),
    (
        "backup/1",
        "{item{bytes file keyFile keyFileSha256 lastTransactionId rows{card partner processing_request transaction \
                  transaction_event} schema tookMs} next}",
    ),
    ("ban.add/1", "{item{subject} next}"),
    ("ban.list/1", "{items[{hash kind reason since}]}"),
    (
        "compare.counts/1",
        "{item{day differing feesNotTold listLacks matched network oursOnly overdue theirsOnly unanswered unsettled \
                          verdict}}",
    ),
    (
        "compare.receipts/1",
        "{item{day due[] isOverdue refused[] registered verdict}}",
    ),
    (
        "compare.row/1",
        "{item{class day differs fee isOverdue listed[{amount date number}] network ours{action amount number state \
                       transactionId} reference theirs why}}",
    ),
    (
        "config.check/1",
        "{item{database fromFile fromVariables profile ways[]}}",
    ),
    ("config.show/1", "{items[{default key origin place value}]}"),
    (
        "contour.check/1",
        "{items[{advice check found isFinding part wanted}]}",
    ),
    ("doctor/1", "{items[{advice check found isFinding wanted}]}"),
    ("keys.add/1", "{item{file key} next}"),
    ("keys.check/1", "{item{current keys[]} next}"),
    ("partner.add/1", "{item{name secret} next}"),
    (
        "partner.list/1",
        "{items[{accounts{HUMO UZCARD} addedAt addresses[] applications[] certificates[] codeRequiredFrom disabledAt hasOldSecret name \
                        oldSecretUntil permissions[] state}]}",
    ),
    (
        "partner.show/1",
        "{item{accounts{HUMO UZCARD} addedAt addresses[] applications[] certificates[] codeRequiredFrom disabledAt hasOldSecret name \
                        oldSecretUntil permissions[] state terminals[]}}",
    ),
    (
        "partner.webhook.list/1",
        "{items[{failingSince offCause offSince partner url}]}",
    ),
    (
        "compare.list/1",
        "{items[{at day differing matched network oursOnly overdue rows theirsOnly unanswered unsettled verdict who why}] more}",
    ),
    (
        "partner.webhook.rotate/1",
        "{item{name overlapHours secret} next}",
    ),
    ("partner.webhook.set/1", "{item{name note secret} next}"),
    ("receipts.list/1", "{items[]}"),
    (
        "report.totals/1",
        "{item{asOf currency day partner totals[{count fee kind network paid reversed taken}]}}",
    ),
    (
        "report.transaction/1",
        "{item{amount capturedAmount card createdAt currency extId fee kind merchantId network \
                              payments[{action amount network number reference sentAt state}] receipt{approvalCode fee networkId \
                              refNum reference rrn} reversedAmount status terminalId toNetwork transactionId}}",
    ),
    ("restored.list/1", "{item{periods theirsOnly unreadDays[]}}"),
    ("transactions.list/1", "{items[]}"),
    (
        "transactions.show/1",
        "{item{amount calls[{acknowledgedAt action amount cause code contradiction lookUps network nextLookUpAt \
                             receipt{approvalCode fee networkId refNum reference rrn} reference request sentAt settledAt settledBy \
                             state}] capturedAmount card createdAt currency extId fee history[{at cause from seq to}] kind \
                             lateAnswersMark merchantId network partner reversedAmount reversingAmount statements[] status terminalId \
                             transactionId updatedAt}}",
    ),
    ("webhooks.list/1", "{items[] more}"),
];

#[test]
fn the_members_of_each_answer_are_those_of_the_contract() {
    let gateway = Serving::gateway();
    let day = loop {
        let today = || Day::of(SystemClock.now());
        let day = today();
        let walked = Command::new(repository().join("examples/quickstart.sh"))
            .env("GATEWAY", gateway.url("partners"))
            .env("SANDBOX", gateway.url("sandbox"))
            .output()
            .unwrap();
        assert!(walked.status.success(), "{}", stderr(&walked));
        if today() == day {
            break day.iso();
        }
    };
    let sandbox = gateway.url("sandbox").replace("http://", "");
    let settings = [("ALOQA__SANDBOX__LISTEN", sandbox.as_str())];
    let compare = format!("compare --day {day}");
    let report = format!("report --partner demo --day {day}");
    let mut found = BTreeMap::new();
    for command in [
        "partner add shop --allow *",
        "partner list",
        "partner show shop",
        "partner webhook set shop http://127.0.0.1:1/hook",
        "partner webhook list",
        "partner webhook rotate shop",
        "webhooks list",
        "ban add 998901234567 --reason x",
        "ban list",
        "transactions list",
        "transactions show 2",
        &compare,
        "compare --list",
        &report,
        "receipts list",
        "restored list",
        "keys check",
        "keys add k2",
        "audit list",
        "audit verify",
        "backup copy.sqlite",
        "doctor",
        "contour check",
        "config check",
        "config show log",
    ] {
        let words = command.split(' ').chain(["--json"]);
        let output = run(
            gateway.directory.path(),
            &words.collect::<Vec<&str>>(),
            &settings,
        );
        for line in stdout(&output).lines() {
            let mut told: Value =
                serde_json::from_str(line).unwrap_or_else(|_| panic!("{output:?}"));
            let schema = told.as_object_mut().unwrap().remove("schema");
            let schema = schema.unwrap_or_else(|| panic!("{command}: {told}"));
            let schema = schema.as_str().unwrap().to_owned();
            found.entry(schema).or_insert_with(|| shape(&told));
        }
    }
    for (schema, members) in CONTRACT {
        assert_eq!(found.remove(*schema).as_deref(), Some(*members), "{schema}");
    }
    assert!(found.is_empty(), "{found:?}");
}

/// The members by name, those of an array by its first element.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}{}", shape(value)));
            let mut members: Vec<String> = members.collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(" "))
        }
        Value::Array(items) => format!("[{}]", items.first().map(shape).unwrap_or_default()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => String::new(),
    }
}
