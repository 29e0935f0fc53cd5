//! `config show`: each setting, its value, and who says so. What `config check` refuses is in `start.rs`.

use std::fs;

use serde_json::{Value, json};

use test_support::tls_front::Certificates;

use crate::program::{run, stderr, stdout};

const SECRET: &str = "S3cret!";

#[test]
fn a_setting_is_shown_with_the_line_or_the_variable_that_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let file = "[codes]\ntries = 4\n\n[uzcard]\npassword = \"S3cret!\"\n";
    fs::write(directory.path().join("aloqa-gateway.toml"), file).unwrap();
    let variables = [("ALOQA__SERVER__LISTEN", "127.0.0.1:0")];
    let show = |arguments: &[&str]| {
        let arguments = [&["config", "show"], arguments].concat();
        let output = run(directory.path(), &arguments, &variables);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stdout(&output).contains(SECRET));
        stdout(&output)
    };
    assert_eq!(
        show(&["--changed"]),
        "KEY              VALUE          FROM\n\
         server.listen    \"127.0.0.1:0\"  ALOQA__SERVER__LISTEN\n\
         uzcard.password  \"(hidden)\"     aloqa-gateway.toml:5:12\n\
         codes.tries      4              aloqa-gateway.toml:2:9\n"
    );
    assert_eq!(
        show(&["codes"]),
        "KEY                  VALUE      FROM\n\
         codes.lifetime_s     300        default\n\
         codes.tries          4          aloqa-gateway.toml:2:9\n\
         codes.fixed          (not set)  default\n\
         codes.required_from  (not set)  default\n"
    );
    let shown: Value = serde_json::from_str(&show(&["codes.tries", "--json"])).unwrap();
    assert_eq!(
        shown,
        json!({"schema": "config.show/1", "items": [{
            "key": "codes.tries",
            "value": 4,
            "default": 3,
            "origin": "file",
            "place": "aloqa-gateway.toml:2:9",
        }]})
    );
    assert!(show(&[]).lines().count() > 150);
    let unknown = run(directory.path(), &["config", "show", "code"], &variables);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("there is no setting or section code"));
}

#[test]
fn a_secret_may_be_in_a_file_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("password"), format!("{SECRET}\n")).unwrap();
    fs::write(directory.path().join("empty"), "\n").unwrap();
    let check = |settings: &[(&str, &str)]| run(directory.path(), &["config", "check"], settings);
    let file = ("ALOQA__UZCARD__PASSWORD_FILE", "password");
    assert!(check(&[file]).status.success());
    for (settings, said) in [
        (
            vec![file, ("ALOQA__UZCARD__PASSWORD", SECRET)],
            "ALOQA__UZCARD__PASSWORD_FILE: uzcard.password_file: must not be set beside",
        ),
        (
            vec![("ALOQA__HUMO__TOKEN_FILE", "nowhere")],
            "ALOQA__HUMO__TOKEN_FILE: humo.token_file: the file that it names cannot be read: No such file",
        ),
        (
            vec![("ALOQA__SMS__PASSWORD_FILE", "empty")],
            "ALOQA__SMS__PASSWORD_FILE: sms.password_file: the file that it names is empty",
        ),
        (
            vec![("ALOQA__DATABASE__PASSWORD_FILE", "password")],
            "database.url: must be postgres://USER@HOST/DATABASE",
        ),
    ] {
        let output = check(&settings);
        assert_eq!(output.status.code(), Some(2));
        let refusal = stderr(&output);
        assert!(
            refusal.contains(said) && !refusal.contains(SECRET),
            "{refusal}"
        );
    }
    let url = [
        ("ALOQA__DATABASE__URL", "postgres://aloqa@db.example/aloqa"),
        ("ALOQA__DATABASE__PASSWORD_FILE", "password"),
    ];
    let shown = run(directory.path(), &["config", "show", "database.url"], &url);
    assert!(stdout(&shown).contains("postgres://aloqa:(hidden)@db.example/aloqa"));
}

/// It has all that a bank sets, and a start would take it.
#[test]
fn the_production_file_of_the_page_about_contours_is_taken() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let page = include_str!("../../docs/contour.md");
    let (_, block) = page.split_once("```toml\n").unwrap();
    let (file, _) = block.split_once("```").unwrap();
    let file = file.replace("/etc/aloqa", &place.display().to_string());
    fs::write(place.join("gateway.toml"), file).unwrap();
    let secrets = place.join("secrets");
    fs::create_dir(&secrets).unwrap();
    for name in ["database", "svgate", "humo", "humo-token", "sms"] {
        fs::write(secrets.join(name), SECRET).unwrap();
    }
    for name in ["svgate-ca", "svgate", "humo-ca", "ofd-ca", "ofd"] {
        let certificate = place.join(name).with_extension("pem");
        fs::copy(certificates.pem("root"), certificate).unwrap();
    }
    for name in ["svgate.key", "ofd.key"] {
        fs::copy(certificates.key("root"), secrets.join(name)).unwrap();
    }
    let texts = include_str!("../../src/domain/code_texts.toml");
    fs::write(place.join("code-texts.toml"), texts).unwrap();
    let made = run(place, &["keys", "new", "keys"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));

    let check = ["--config", "gateway.toml", "config", "check"];
    let output = run(place, &check, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let (said, warned) = (stdout(&output), stderr(&output));
    for part in [
        "uzcard.url",
        "humo.payment_url",
        "humo.info_url",
        "sms.url",
        "fiscal.url",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(
        !said.contains("absent") && warned.is_empty(),
        "{said}\n{warned}"
    );
    assert!(!said.contains(SECRET));
}
