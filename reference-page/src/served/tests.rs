use std::collections::BTreeSet;
use std::io::Read as _;

use flate2::read::GzDecoder;
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::METHODS;
use rpc_schema::reason::Reason;

use super::*;
use crate::examples;
use crate::facts::{Sandbox, Terminal, TestCard};
use crate::method::first_with;
use crate::schema::result_forms;

const GOOD: [(&str, &str, &str); 2] = [
    ("UZCARD", "8600010132441332", "998901234567"),
    ("HUMO", "9860190101578366", "998977446066"),
];

fn facts(sandbox: bool) -> Facts {
    let sandbox = sandbox.then(|| Sandbox {
        user: "demo".to_owned(),
        secret: "demo-secret".to_owned(),
        code: "111111".to_owned(),
        control: "http://127.0.0.1:8090".to_owned(),
        terminals: ["UZCARD", "HUMO"]
            .map(|network| Terminal {
                network,
                merchant: "M".to_owned(),
                terminal: "T".to_owned(),
            })
            .into(),
        cards: GOOD
            .map(|(network, pan, phone)| TestCard {
                network,
                pan: pan.to_owned(),
                phone: phone.to_owned(),
                balance: 1_000_000_000,
                outcome: "ok".to_owned(),
            })
            .into(),
    });
    Facts {
        body_limit_bytes: 32 * 1024,
        batch_limit: 20,
        call_timeout_s: 50,
        sandbox,
    }
}

fn html(sandbox: bool, lang: Lang) -> String {
    let page = ReferencePage::new(facts(sandbox));
    let copy = page.copy(lang, "http://pay.example/");
    String::from_utf8(copy.html.to_vec()).unwrap()
}

fn attributes<'h>(html: &'h str, name: &str) -> Vec<&'h str> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_method_param_error_and_reason_has_one_anchor_in_every_language() {
    let mut anchors: Vec<BTreeSet<String>> = Vec::new();
    for lang in LANGUAGES {
        let html = html(true, lang);
        let ids = attributes(&html, "id");
        let unique: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(unique.len(), ids.len(), "an id stands twice");
        for method in METHODS {
            assert!(unique.contains(method.name), "{}", method.name);
            for field in method.fields {
                let id = format!("{}--{}", method.name, field.name);
                assert!(unique.contains(&id), "{id}");
                let first = first_with(method, field).name;
                for member in field.members {
                    let id = format!("{first}--{}.{}", field.name, member.name);
                    assert!(unique.contains(&id), "{id}");
                }
            }
        }
        for error in ErrorCode::ALL {
            assert!(unique.contains(&format!("e{}", error.code())), "{error}");
        }
        for reason in Reason::WORDS {
            assert!(
                unique.contains(&format!("r-{}", reason.as_str())),
                "{reason:?}"
            );
        }
        let labels = attributes(&html, "aria-label");
        let different: BTreeSet<&&str> = labels.iter().collect();
        assert_eq!(different.len(), labels.len(), "a label stands twice");
        for target in attributes(&html, "href") {
            if let Some(id) = target.strip_prefix('#') {
                assert!(unique.contains(id), "a link to #{id} leads nowhere");
            }
        }
        anchors.push(unique);
    }
    assert!(anchors.windows(2).all(|pair| pair.first() == pair.last()));
}

#[test]
fn a_page_of_production_has_no_credentials_no_test_cards_and_no_console() {
    for lang in LANGUAGES {
        let html = html(false, lang);
        for word in [
            "demo-secret",
            "demo:",
            "8600010132441332",
            "8600490744313347",
            "9860190101578366",
            "9860100123456789",
            "998901234567",
            "998977446066",
            "111111",
            "c-form",
            "c-data",
            "data-try",
            "/sandbox/",
            "insufficient_funds",
        ] {
            assert!(!html.contains(word), "{word}");
        }
        assert!(html.contains("USER:SECRET"));
    }
}

#[test]
fn a_page_of_the_sandbox_has_what_a_stranger_needs() {
    let html = html(true, Lang::En);
    for word in [
        "demo:demo-secret",
        "8600010132441332",
        "9860190101578366",
        "c-form",
    ] {
        assert!(html.contains(word), "{word}");
    }
}

/// The policy refuses these silently but for a line in the console.
#[test]
fn nothing_is_inline_but_the_two_hashed_elements() {
    for sandbox in [false, true] {
        let html = html(sandbox, Lang::Ru);
        for name in ["style", "onclick", "onload", "src"] {
            assert_eq!(attributes(&html, name), [""; 0], "{name}");
        }
        assert_eq!(html.matches("<style>").count(), 1);
        assert_eq!(
            html.matches("<script>").count(),
            if sandbox { 2 } else { 1 }
        );
        assert!(!html.contains(PLACEHOLDER));
        // A browser ignores the second of two.
        let twice = html.split('<').find(|tag| {
            tag.split('>')
                .next()
                .is_some_and(|tag| tag.matches(" class=\"").count() > 1)
        });
        assert_eq!(twice, None, "two classes");
    }
    for script in [SCRIPT, CONSOLE_SCRIPT] {
        for word in [
            "eval(",
            "innerHTML",
            "Function(",
            "document.write",
            "localStorage.secret",
        ] {
            assert!(!script.contains(word), "{word}");
        }
    }
}

#[test]
fn nothing_is_asked_of_another_host() {
    for sandbox in [false, true] {
        let html = html(sandbox, Lang::Uz);
        for tag in ["<link", "<img", "<iframe", "@import", "url(http"] {
            let foreign = html.split(tag).skip(1).any(|rest| {
                rest.split('>')
                    .next()
                    .is_some_and(|tag| tag.contains("http"))
            });
            assert!(!foreign, "{tag}");
        }
    }
}

#[test]
fn copies_are_kept_compressed_up_to_a_number_and_are_told_apart_by_their_tags() {
    let page = ReferencePage::new(facts(true));
    let one = page.copy(Lang::En, "http://a/");
    let mut unpacked = Vec::new();
    GzDecoder::new(one.gzip.as_deref().unwrap())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, one.html);
    assert!(Arc::ptr_eq(&one, &page.copy(Lang::En, "http://a/")));
    for other in [
        page.copy(Lang::Ru, "http://a/"),
        page.copy(Lang::En, "http://b/"),
    ] {
        assert_ne!(other.etag, one.etag);
    }
    for number in 0..KEPT {
        let _ = page.copy(Lang::Uz, &format!("http://{number}/"));
    }
    assert!(page.copy(Lang::Uz, "http://made-up/").gzip.is_none());
    assert_eq!(page.copies.lock().unwrap().len(), KEPT);
}

/// What a page may weigh on the wire. Cyrillic has two bytes a letter.
#[test]
fn a_page_weighs_at_most_80_kb_compressed() {
    let page = ReferencePage::new(facts(true));
    let weights = LANGUAGES.map(|lang| {
        let copy = page.copy(lang, "http://127.0.0.1:8080/");
        copy.gzip.as_ref().map_or(usize::MAX, Bytes::len)
    });
    assert!(weights.iter().all(|weight| *weight < 80_000), "{weights:?}");
}

#[test]
fn every_form_of_a_result_has_an_example() {
    let mut missing = Vec::new();
    for method in METHODS {
        let shown = examples::of(method, &facts(true));
        for form in result_forms(method) {
            if !shown
                .iter()
                .any(|example| examples::has_form(example, &form))
            {
                missing.push(format!("{}: {}", method.name, form.join(", ")));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
