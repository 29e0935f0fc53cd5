//! The members of `sender`, the one param that is an object: each as a param of its own.

use rpc_schema::methods::p2p::TransferSender;
use rpc_schema::params::Params as _;

use super::*;

const TRANSFERS: [&str; 4] = [
    "p2p.humo2humo",
    "p2p.humo2uzcard",
    "p2p.uzcard2humo",
    "p2p.uzcard2uzcard",
];

/// The kind of value of each member.
fn title(member: &str) -> &'static str {
    match member {
        "firstName" | "lastName" | "middleName" => "PersonName",
        "birthDate" => "BirthDate",
        "pinfl" => "Pinfl",
        "documentType" => "DocumentType",
        "documentNumber" => "DocumentNumber",
        "documentValidTo" => "DocumentEnd",
        "nationality" => "CountryCode",
        _ => panic!("{member} has no kind"),
    }
}

/// A good sender.
fn sender() -> Members {
    let (members, _) = good(TRANSFERS[0]);
    let raw = &members
        .iter()
        .find(|(name, _)| *name == "sender")
        .unwrap()
        .1;
    let value: Value = serde_json::from_str(raw).unwrap();
    let fields = TransferSender::FIELDS.iter();
    fields
        .map(|field| (field.name, value[field.name].to_string()))
        .collect()
}

/// `members` with another value of one.
fn changed(members: &Members, name: &str, raw: &str) -> Members {
    let mut members = members.clone();
    let member = members.iter_mut().find(|(known, _)| *known == name);
    member.unwrap().1 = raw.to_owned();
    members
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_of_a_sender_is_read_as_a_param_is() {
    let table = Table::new().await;
    for method in METHODS
        .iter()
        .filter(|method| TRANSFERS.contains(&method.name))
    {
        let (params, _) = good(method.name);
        let whole = |sender: &Members| set(method.name, &params, "sender", &object(sender));
        let refuses = async |sender: &Members, member: &str, refusal: Refusal| {
            // The whole object stands for its values here, so they are looked for one by one.
            let reply = table.ask(method, &object(&whole(sender))).await;
            let field = format!("sender.{member}");
            assert_eq!(
                reply,
                expected(method, Some(&field), refusal),
                "{}",
                object(sender)
            );
            assert_repeats_nothing(&reply, sender);
        };
        let good = sender();
        table.accepts(method, &whole(&good)).await;
        for field in TransferSender::FIELDS {
            let name = field.name;
            for (raw, refusal) in bad(title(name)) {
                refuses(&changed(&good, name, raw), name, refusal).await;
            }
            let twice: Members = good
                .iter()
                .chain(good.iter().filter(|(known, _)| *known == name))
                .cloned()
                .collect();
            refuses(&twice, name, DUPLICATE).await;
            for sender in [without(&good, name), changed(&good, name, "null")] {
                if field.required {
                    refuses(&sender, name, MISSING).await;
                } else {
                    table.accepts(method, &whole(&sender)).await;
                }
            }
            if field.required {
                refuses(&changed(&good, name, r#""""#), name, MISSING).await;
            }
        }
        // What is unknown comes before what is missing, and what is missing before formats.
        let unknown = vec![("canary_member", "1".to_owned())];
        refuses(&unknown, "canary_member", UNKNOWN).await;
        refuses(&Members::new(), "firstName", MISSING).await;
        let late = changed(&without(&good, "documentValidTo"), "firstName", "7");
        refuses(&late, "documentValidTo", MISSING).await;
        // The params around it come first where they stand before it.
        let mut both = whole(&unknown);
        both.insert(0, ("canary_param", "1".to_owned()));
        table.refuses(method, &both, "canary_param", UNKNOWN).await;
    }
}
