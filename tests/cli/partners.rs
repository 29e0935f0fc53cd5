//! Partners: added, shown, changed, locked out and let in again.

use crate::program::{migrated, run, stderr, stdout};

#[test]
fn partners_are_added_listed_disabled_and_given_new_secrets() {
    let directory = migrated();
    let partner =
        |arguments: &[&str]| run(directory.path(), &[&["partner"], arguments].concat(), &[]);
    let terminal = "UZCARD:90001:92400001";
    let added = partner(&[
        "add",
        "shop",
        "--allow",
        "cards.*",
        "--allow",
        "transactions.debit",
        "--terminal",
        terminal,
    ]);
    assert!(added.status.success(), "{}", stderr(&added));
    let secret = stdout(&added).lines().last().unwrap().to_owned();
    assert_eq!(secret.len(), 43, "256 bits in base64: {secret}");
    let rotated = stdout(&partner(&["rotate-secret", "shop"]));
    assert_ne!(rotated.lines().last().unwrap(), secret);
    // The words of its line, without the moment.
    let listed = || {
        let list = stdout(&partner(&["list"]));
        let line = list.lines().nth(1).unwrap().to_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        [&words[..2], &words[3..]].concat().join(" ")
    };
    assert_eq!(
        listed(),
        "shop active cards.* transactions.debit any default"
    );
    assert!(partner(&["disable", "shop"]).status.success());
    assert_eq!(
        listed(),
        "shop disabled cards.* transactions.debit any default"
    );
    assert!(partner(&["enable", "shop"]).status.success());
    assert_eq!(
        listed(),
        "shop active cards.* transactions.debit any default"
    );

    let again = partner(&["add", "shop", "--allow", "*"]);
    assert!(
        !again.status.success() && stderr(&again).contains("already"),
        "{}",
        stderr(&again)
    );
    let unknown = partner(&["add", "other", "--allow", "cards.steal"]);
    assert!(
        !unknown.status.success() && stderr(&unknown).contains("cards.steal"),
        "{}",
        stderr(&unknown)
    );
    let nobody = partner(&["disable", "nobody"]);
    assert!(
        !nobody.status.success() && stderr(&nobody).contains("partner list"),
        "{}",
        stderr(&nobody)
    );
}

#[test]
fn a_partner_is_shown_whole_and_changed_in_parts() {
    let directory = migrated();
    let partner =
        |arguments: &[&str]| run(directory.path(), &[&["partner"], arguments].concat(), &[]);
    let done = |arguments: &[&str]| {
        let output = partner(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    done(&["add", "shop", "--allow", "*", "--terminal", "HUMO:1:2"]);
    assert_eq!(
        done(&[
            "set",
            "shop",
            "--allow",
            "cards.*",
            "--allow",
            "transactions.get"
        ]),
        "partner shop: permissions cards.* transactions.get\n"
    );
    done(&["set", "shop", "--code-required-from", "50000000"]);
    let shown = || -> serde_json::Value {
        let mut shown: serde_json::Value =
            serde_json::from_str(&done(&["show", "shop", "--json"])).unwrap();
        assert!(
            shown["item"]["addedAt"]
                .take()
                .as_str()
                .unwrap()
                .ends_with("+05:00")
        );
        shown
    };
    let expected = |terminals: serde_json::Value, code: serde_json::Value| {
        serde_json::json!({"schema": "partner.show/1", "item": {
            "name": "shop", "state": "active", "addedAt": null, "disabledAt": null,
            "permissions": ["cards.*", "transactions.get"], "terminals": terminals, "codeRequiredFrom": code,
            "addresses": [], "certificates": [], "applications": [], "hasOldSecret": false, "oldSecretUntil": null,
            "accounts": {"HUMO": "default", "UZCARD": "default"},
        }})
    };
    assert_eq!(
        shown(),
        expected(serde_json::json!(["HUMO:1:2"]), 50_000_000.into())
    );
    done(&[
        "set",
        "shop",
        "--terminal",
        "UZCARD:3:4",
        "--terminal",
        "UZCARD:3:5",
    ]);
    done(&["set", "shop", "--no-code-policy"]);
    assert_eq!(
        shown(),
        expected(
            serde_json::json!(["UZCARD:3:4", "UZCARD:3:5"]),
            serde_json::Value::Null
        )
    );
    done(&["set", "shop", "--any-terminal"]);
    assert_eq!(
        shown(),
        expected(serde_json::json!([]), serde_json::Value::Null)
    );
    let text = done(&["show", "shop"]);
    for line in [
        "partner       shop",
        "terminals     any",
        "codes         by the gateway's own policy",
        "secrets       one",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
    }
    let nothing = partner(&["set", "shop"]);
    assert_eq!(nothing.status.code(), Some(2), "{}", stderr(&nothing));
    let unknown = partner(&["set", "shop", "--allow", "cards.steal"]);
    assert!(stderr(&unknown).contains("cards.steal"));
    let nobody = partner(&["show", "nobody"]);
    assert!(!nobody.status.success() && stderr(&nobody).contains("partner list"));
}

/// A partner is put under an account of the settings, and under no other.
#[test]
fn a_partner_is_put_under_accounts() {
    let directory = migrated();
    let password = directory.path().join("bank2-password");
    std::fs::write(&password, "of bank2").unwrap();
    let settings = directory.path().join("aloqa-gateway.toml");
    let before = std::fs::read_to_string(&settings).unwrap_or_default();
    let account = format!(
        "{before}\n[humo.accounts.bank2]\nuser = \"soap2\"\npassword_file = \"{}\"\n",
        password.display()
    );
    std::fs::write(&settings, account).unwrap();
    let partner =
        |arguments: &[&str]| run(directory.path(), &[&["partner"], arguments].concat(), &[]);
    let done = |arguments: &[&str]| {
        let output = partner(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let accounts = || {
        let shown: serde_json::Value =
            serde_json::from_str(&done(&["show", "shop", "--json"])).unwrap();
        let of = |network: &str| {
            shown["item"]["accounts"][network]
                .as_str()
                .unwrap()
                .to_owned()
        };
        (of("UZCARD"), of("HUMO"))
    };
    let both = |uzcard: &str, humo: &str| (uzcard.to_owned(), humo.to_owned());
    done(&["add", "shop", "--allow", "*", "--humo-account", "bank2"]);
    assert_eq!(accounts(), both("default", "bank2"));
    assert!(done(&["list"]).contains("UZCARD default, HUMO bank2"));
    // `doctor` finds settings that lack an account which is in use.
    let examined = || {
        let output = run(directory.path(), &["doctor", "--json"], &[]);
        let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let rows = told["items"].as_array().unwrap();
        let row = rows.iter().find(|row| row["check"] == "accounts").unwrap();
        row["advice"].as_str().map(str::to_owned)
    };
    assert_eq!(examined(), None);
    let with_it = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, before).unwrap();
    let advice = examined().unwrap();
    assert!(
        advice.starts_with("humo.accounts.bank2 is missing, and partner shop is under that"),
        "{advice}"
    );
    std::fs::write(&settings, with_it).unwrap();
    let refused = partner(&["set", "shop", "--uzcard-account", "bank2"]);
    assert!(
        stderr(&refused).contains("there is no account \"bank2\" in uzcard.accounts"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(
        done(&["set", "shop", "--humo-account", "default"]),
        "partner shop: account default at HUMO\n"
    );
    assert_eq!(accounts(), both("default", "default"));
}
