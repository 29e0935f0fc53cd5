//! How the settings are read: built-in defaults, then the file, then the environment.

use std::ffi::OsString;
use std::path::Path;

use config::FileFormat;

use super::effective::Effective;
use super::file::SettingsFile;
use super::origins::{Origin, Origins};
use super::{Config, ConfigError, variables};

/// Read when no other file is named, if it exists.
const DEFAULT_FILE: &str = "aloqa-gateway.toml";

impl Config {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// The file is there and cannot be read, a key is unknown, a value is of the wrong kind or out of bounds, or the
    /// settings cannot be used together (see [`Config::check`]). The message names the place and the key, never a value.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::read(file, std::env::vars_os())
    }

    /// The same with this environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        Ok(Self::read_with_origins(file, environment)?.0)
    }

    /// The settings, and each of them by itself with who says so.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn explain(file: Option<&Path>) -> Result<(Self, Vec<Effective>), ConfigError> {
        let (config, origins) = Self::read_with_origins(file, std::env::vars_os())?;
        // A setting that cannot be shown is a fault of ours; the tests show each.
        let effective = config.effective(&origins).unwrap_or_default();
        Ok((config, effective))
    }

    fn read_with_origins(
        file: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Origins), ConfigError> {
        let file = match file {
            Some(file) => SettingsFile::read(file, false)?,
            None => SettingsFile::read(Path::new(DEFAULT_FILE), true)?,
        };
        Self::of(file.as_ref(), environment)
    }

    pub(super) fn of(
        file: Option<&SettingsFile>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Origins), ConfigError> {
        let mut sources = config::Config::builder();
        let mut origins = Origins::default();
        if let Some(file) = file {
            for (key, place) in file.check()? {
                origins.set(&key, Origin::File(place));
            }
            sources = sources.add_source(config::File::from_str(&file.text, FileFormat::Toml));
        }
        for (key, variable) in variables::settings_in(environment)? {
            origins.set(&key, Origin::Variable(variable.name));
            sources = sources
                .set_override(key, variable.text)
                .map_err(ConfigError::incomplete)?;
        }
        let sources = sources.build().map_err(ConfigError::incomplete)?;
        let settings: Self = sources.try_deserialize().map_err(ConfigError::incomplete)?;
        let settings = settings
            .with_secret_files(&origins)
            .map_err(|fault| fault.placed(&origins))?;
        settings.check().map_err(|fault| fault.placed(&origins))?;
        let settings = Self {
            open_file: file.and_then(|file| file.open()),
            ..settings
        };
        Ok((settings, origins))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStringExt as _;

    use secrecy::ExposeSecret as _;
    use toml::de::{DeTable, DeValue};

    use super::super::setting::Kind;
    use super::super::settings::SETTINGS;
    use super::*;

    fn variables(named: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        let named = named
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        named.collect::<Vec<_>>().into_iter()
    }

    /// The settings of a file with this text, and this environment.
    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("some.toml");
        fs::write(&file, text).unwrap();
        Config::read(Some(&file), variables(environment))
    }

    /// What is said of it, without the folder of the test.
    fn refusal(text: &str, environment: &[(&str, &str)]) -> String {
        let said = read(text, environment).unwrap_err().to_string();
        match said.find("some.toml") {
            Some(at) => said[at..].to_owned(),
            None => said,
        }
    }

    fn variable(key: &str) -> String {
        format!("ALOQA__{}", key.replace('.', "__").to_uppercase())
    }

    #[test]
    fn a_value_of_the_environment_is_the_text_that_it_is() {
        for text in [
            "000111", "1e5", "0x10", "true", " padded ", "1_000", "[1]", "\"q\"",
        ] {
            let config = read(
                "",
                &[
                    ("ALOQA__UZCARD__PASSWORD", text),
                    ("aloqa__sms__user", text),
                ],
            );
            let config = config.unwrap();
            assert_eq!(config.uzcard.password.expose_secret(), text);
            assert_eq!(config.sms.user, text);
        }
        let numbers = [("ALOQA__CODES__TRIES", "4"), ("ALOQA__LOG__JSON", "true")];
        let config = read("[codes]\ntries = 5\nlifetime_s = 60", &numbers).unwrap();
        assert_eq!((config.codes.tries, config.codes.lifetime_s), (4, 60));
        assert_eq!(config.log.json, Some(true));
    }

    /// Each setting refuses what is of another kind or out of its bounds, from the file and from the environment, and takes
    /// its bounds themselves.
    #[test]
    fn every_setting_has_a_kind_and_bounds() {
        const SECRET: &str = "S3cret!";
        for setting in SETTINGS {
            let (key, name) = (setting.key, variable(setting.key));
            let (refused, taken) = match setting.kind {
                Kind::Whole(least, greatest) => (
                    vec![
                        (least - 1).to_string(),
                        (greatest + 1).to_string(),
                        "1e1".to_owned(),
                        "true".to_owned(),
                    ],
                    vec![least.to_string(), greatest.to_string()],
                ),
                Kind::Text(most) => (
                    vec![String::new(), "x".repeat(most + 1)],
                    vec!["x".repeat(most)],
                ),
                Kind::MaybeEmpty(most) => (vec!["x".repeat(most + 1)], vec![String::new()]),
                Kind::Flag => (
                    vec!["yes".to_owned(), "1".to_owned()],
                    vec!["true".to_owned()],
                ),
                Kind::Address => (
                    vec!["localhost:80".to_owned(), "80".to_owned()],
                    vec!["[::1]:80".to_owned()],
                ),
                Kind::Ip => (
                    vec!["localhost".to_owned(), "10.1.2.3:80".to_owned()],
                    vec!["::1".to_owned(), "10.1.2.3".to_owned()],
                ),
                Kind::Proxy => (
                    vec!["proxy:3128".to_owned(), "http://u:p@proxy:1".to_owned()],
                    vec!["socks5://proxy:1080".to_owned()],
                ),
                Kind::Header => (
                    vec![
                        "x".repeat(257),
                        "two\nlines".to_owned(),
                        "\u{44f}".to_owned(),
                    ],
                    vec![String::new(), "\"urn:Payment\"".to_owned()],
                ),
                Kind::Choice(words) => (vec!["neither".to_owned()], vec![words[0].to_owned()]),
                Kind::Words => (Vec::new(), vec!["127.0.0.1".to_owned()]),
                Kind::Numbers
                | Kind::Texts
                | Kind::Prefixes
                | Kind::Merchants
                | Kind::Accounts(_) => (vec!["1".to_owned()], Vec::new()),
            };
            for value in refused {
                let said = refusal("", &[(&name, &value)]);
                assert!(
                    said.starts_with(&format!("{name}: {key} ")),
                    "{key}: {said}"
                );
            }
            for value in taken {
                // It may contradict another setting, but nothing else may be wrong with it.
                if let Err(error) = read("", &[(&name, &value)]) {
                    let said = error.to_string();
                    let of_several = key.starts_with("transfers.");
                    let lacks = matches!(error, ConfigError::Incomplete { .. });
                    let of_its_kind = said.starts_with(&format!("{name}: {key} "));
                    assert!(!of_its_kind && (!lacks || of_several), "{key}: {said}");
                }
            }
            // A value of another kind in the file, whatever the kind.
            let wrong = match setting.kind {
                Kind::Text(_)
                | Kind::MaybeEmpty(_)
                | Kind::Address
                | Kind::Ip
                | Kind::Proxy
                | Kind::Header
                | Kind::Choice(_) => "1979-05-27".to_owned(),
                Kind::Whole(..)
                | Kind::Flag
                | Kind::Numbers
                | Kind::Words
                | Kind::Texts
                | Kind::Prefixes
                | Kind::Merchants
                | Kind::Accounts(_) => {
                    format!("\"{SECRET}\"")
                }
            };
            let said = refusal(&format!("\n{key} = {wrong}"), &[]);
            let column = key.len() + 4;
            assert!(
                said.starts_with(&format!("some.toml:2:{column}: {key} must be ")),
                "{key}: {said}"
            );
            assert!(!said.contains(SECRET), "{said}");
        }
    }

    #[test]
    fn every_setting_is_in_the_example() {
        let example = include_str!("../../aloqa-gateway.example.toml");
        let shown: Vec<&str> = example
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest.starts_with('[')
                        || rest
                            .split_once(" = ")
                            .is_some_and(|(key, _)| !key.contains(' ')) =>
                {
                    rest
                }
                Some(_) | None => line,
            })
            .collect();
        let shown = shown.join("\n");
        let table = DeTable::parse(&shown).unwrap();
        let mut keys = Vec::new();
        keys_of(table.get_ref(), "", &mut keys);
        // Those of an account stand under a name that is none of ours.
        let mut all: Vec<String> = Vec::new();
        for setting in SETTINGS {
            match setting.kind {
                Kind::Accounts(members) => {
                    let name = match setting.key {
                        "transfers.banks" => "ofb",
                        _ => "bank2",
                    };
                    let own = members
                        .iter()
                        .map(|own| format!("{}.{}.{}", setting.key, name, own.key));
                    all.extend(own);
                }
                Kind::Text(_)
                | Kind::MaybeEmpty(_)
                | Kind::Flag
                | Kind::Whole(..)
                | Kind::Address
                | Kind::Ip
                | Kind::Proxy
                | Kind::Header
                | Kind::Choice(_)
                | Kind::Numbers
                | Kind::Texts
                | Kind::Words
                | Kind::Prefixes
                | Kind::Merchants => all.push(setting.key.to_owned()),
            }
        }
        for key in &all {
            assert!(keys.contains(key), "{key} is not in the example");
        }
        for key in &keys {
            assert!(all.contains(key), "{key} is in no table");
        }
    }

    fn keys_of(table: &DeTable<'_>, section: &str, keys: &mut Vec<String>) {
        for (name, value) in table {
            let key = format!("{section}{}", name.get_ref());
            match value.get_ref() {
                DeValue::Table(below) => keys_of(below, &format!("{key}."), keys),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => keys.push(key),
            }
        }
    }

    #[test]
    fn a_fault_is_told_with_its_place_and_without_a_value() {
        let cases = [
            ("[uzcard]\npassword = S3cret!", "some.toml:2:12: "),
            ("[uzcard]\npassword = \"S3cret!", "some.toml:2:"),
            ("[uzcard]\npassword = 0001", "some.toml:2:"),
            (
                "[uzcard]\npassword = 111",
                "some.toml:2:12: uzcard.password must be text of 1 to 1024 characters",
            ),
            (
                "[uzcard]\npurpose = \"for goods and services\"",
                "some.toml:2:11: uzcard.purpose must be text of 1 to 20 characters",
            ),
            (
                "[codes]\ntries = \"S3cret!\"",
                "some.toml:2:9: codes.tries must be a whole number from 1 to 10",
            ),
            (
                "[codes]\n  tries = 1000000",
                "some.toml:2:11: codes.tries must be a whole number from 1 to 10",
            ),
            ("[codes]\ntries = 3.0", "some.toml:2:9: codes.tries must be"),
            (
                "[codes]\nfixd = \"S3cret!\"",
                "some.toml:2:1: there is no setting codes.fixd",
            ),
            (
                "[servr]\nx = 1\n[codes]\ny = 1",
                "some.toml:1:2: there is no setting servr",
            ),
            (
                "server = \"S3cret!\"",
                "some.toml:1:1: server is a section: write [server] above its keys",
            ),
            (
                "[[prefixes]]\nprefix = \"98x\"\nnetwork = \"HUMO\"",
                "some.toml:1:1: prefixes must be a list of",
            ),
            (
                "[uzcard.accounts.bank2]\npassword = \"S3cret!\"",
                "some.toml:2:1: there is no setting uzcard.accounts.bank2.password",
            ),
            (
                "[humo.accounts.bank2]\nuser = \"S3cret!\"",
                "some.toml:1:7: humo.accounts: user and password_file of an account must be set together",
            ),
            (
                "[humo.accounts.bank2.humo2humo]\nrate_bp = 20000",
                "some.toml:2:11: humo.accounts.bank2.humo2humo.rate_bp must be a whole number from 0 to 10000",
            ),
            (
                "[uzcard.accounts.default]\nport = \"1\"",
                "some.toml:1:18: uzcard.accounts must be tables of settings, each under",
            ),
            (
                "[uzcard]\naccounts = \"S3cret!\"",
                "some.toml:2:12: uzcard.accounts must be tables",
            ),
            (
                "[transfers.sender]\nlegal_id = \"S3cret!\"",
                "the settings cannot be used: ",
            ),
            (
                "[codes]\nfixed = \"S3crt!\"",
                "some.toml:2:9: codes.fixed: must be six digits",
            ),
            (
                "database.url = \"x\"\n[database]\nurl = \"S3cret!\"",
                "some.toml:2:",
            ),
        ];
        for (text, said) in cases {
            let refusal = refusal(text, &[]);
            assert!(refusal.starts_with(said), "{text}: {refusal}");
            assert!(
                !refusal.contains("S3c") && !refusal.contains("0001"),
                "{text}: {refusal}"
            );
        }
    }

    #[test]
    fn a_fault_of_several_settings_has_the_place_of_the_one_that_is_set() {
        let said = refusal("[debits]\nmax_amount = 0", &[]);
        assert!(
            said.starts_with("some.toml:2:14: debits.max_amount: must not be below"),
            "{said}"
        );
        let said = refusal("", &[("ALOQA__DEBITS__MAX_AMOUNT", "0")]);
        assert!(
            said.starts_with("ALOQA__DEBITS__MAX_AMOUNT: debits.max_amount: must not"),
            "{said}"
        );
        // The section is at fault; the first of its keys shows where it stands.
        let said = refusal("[transfers.humo2humo]\nmin_fee = 5\nmax_fee = 1", &[]);
        assert!(said.starts_with("some.toml:"), "{said}");
        // What is at fault is set by nobody.
        let said = refusal("profile = \"production\"", &[]);
        assert!(said.starts_with("uzcard.url: must be set"), "{said}");
    }

    #[test]
    fn each_setting_is_shown_with_who_says_so() {
        const SECRET: &str = "S3cret!";
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("some.toml");
        let text =
            format!("[uzcard]\npassword = \"{SECRET}\"\n[codes]\ntries = 4\nlifetime_s = 60");
        fs::write(&file, text).unwrap();
        let url = format!("postgres://aloqa:{SECRET}@db/aloqa");
        let set = [("ALOQA__CODES__TRIES", "5"), ("aloqa__database__url", &url)];
        let (config, origins) = Config::read_with_origins(Some(&file), variables(&set)).unwrap();
        let shown = config.effective(&origins).unwrap();
        let keys: Vec<&str> = shown.iter().map(|one| one.key).collect();
        let all: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        assert_eq!(keys, all);
        assert!(!format!("{shown:?}").contains(SECRET), "{shown:?}");
        let one = |key: &str| {
            let one = shown.iter().find(|one| one.key == key).unwrap();
            let origin = one.origin.to_string();
            let place = origin
                .find("some.toml")
                .map_or(origin.as_str(), |at| &origin[at..]);
            format!("{} {} {place}", one.value, one.default)
        };
        assert_eq!(one("codes.tries"), "5 3 ALOQA__CODES__TRIES");
        assert_eq!(one("codes.lifetime_s"), "60 300 some.toml:5:14");
        assert_eq!(
            one("uzcard.password"),
            "\"(hidden)\" \"(hidden)\" some.toml:2:12"
        );
        assert_eq!(one("codes.fixed"), "null null default");
        assert_eq!(
            one("database.url"),
            "\"postgres://aloqa:(hidden)@db/aloqa\" \"sqlite:aloqa-gateway.sqlite\" aloqa__database__url"
        );
        assert_eq!(
            one("server.listen"),
            "\"127.0.0.1:8080\" \"127.0.0.1:8080\" default"
        );
    }

    /// A setting that is missing from what is shown would be shown as not set.
    #[test]
    fn only_settings_that_may_be_absent_are_shown_as_not_set() {
        let shown = Config::default().effective(&Origins::default()).unwrap();
        let unset = shown.iter().filter(|one| one.value.is_null());
        let unset: Vec<&str> = unset.map(|one| one.key).collect();
        let example = include_str!("../../aloqa-gateway.example.toml");
        for key in unset {
            let (_, name) = key.rsplit_once('.').unwrap_or(("", key));
            assert!(
                example.contains(&format!("# {name} = ")),
                "{key} has no value, and is no comment in the example"
            );
        }
    }

    #[test]
    fn a_variable_that_looks_like_a_setting_must_be_one() {
        let cases = [
            (
                "ALOQA__SERVER__LISTN",
                "ALOQA__SERVER__LISTN: there is no setting server.listn",
            ),
            ("ALOQA__SERVER", "ALOQA__SERVER: there is no setting server"),
            ("ALOQA__", "ALOQA__: there is no setting "),
            (
                "ALOQA_SERVER_LISTEN",
                "ALOQA_SERVER_LISTEN: is no setting; did you mean ALOQA__SERVER__LISTEN?",
            ),
            (
                "ALOQA_PROFILE",
                "ALOQA_PROFILE: is no setting; did you mean ALOQA__PROFILE?",
            ),
            (
                "ALOQA__SERVER_LISTEN",
                "ALOQA__SERVER_LISTEN: there is no setting server_listen",
            ),
            (
                "ALOQA_SERVER__LISTN",
                "ALOQA_SERVER__LISTN: is no setting; did you mean ALOQA__SERVER__LISTN?",
            ),
            (
                "ALOQA__UZCARD__CERTAIN_REFUSALS",
                "ALOQA__UZCARD__CERTAIN_REFUSALS: uzcard.certain_refusals is a list",
            ),
        ];
        for (name, said) in cases {
            let refusal = refusal("", &[(name, "S3cret!")]);
            assert!(
                refusal.starts_with(said) && !refusal.contains("S3cret!"),
                "{refusal}"
            );
        }
        let others = [
            "ALOQA_TEST_FAULTS_TIMES",
            "ALOQA_PROOF_SEED",
            "ALOQA_CI_SHORT",
            "ALOQA_GATEWAY_SERVICE_HOST",
            "ALOQA_SERVER_PORT",
        ];
        read("", &others.map(|name| (name, "S3cret!"))).unwrap();
        let twice = [("ALOQA__LOG__JSON", "true"), ("aloqa__log__json", "true")];
        assert!(refusal("", &twice).contains("twice"));
        let bytes = (
            OsString::from("ALOQA__UZCARD__USER"),
            OsString::from_vec(vec![0xff]),
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        let said = Config::read(Some(file.path()), [bytes].into_iter()).unwrap_err();
        assert!(
            said.to_string()
                .starts_with("ALOQA__UZCARD__USER: uzcard.user must be"),
            "{said}"
        );
    }

    #[test]
    fn only_a_missing_file_is_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("aloqa-gateway.toml");
        let read = |may_be_missing| SettingsFile::read(&file, may_be_missing);
        assert!(read(true).unwrap().is_none());
        assert!(
            read(false)
                .unwrap_err()
                .to_string()
                .contains("aloqa-gateway.toml")
        );
        std::os::unix::fs::symlink("nowhere", &file).unwrap();
        assert!(matches!(read(true), Err(ConfigError::File { .. })));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(matches!(read(true), Err(ConfigError::File { .. })));
        fs::remove_dir(&file).unwrap();
        fs::write(&file, b"[log]\nfilter = \"\xff\"").unwrap();
        let said = read(true).unwrap_err().to_string();
        assert!(
            said.contains("aloqa-gateway.toml:2:11: these bytes are not UTF-8"),
            "{said}"
        );
    }
}
