//! What `contour check` finds out about one server outside: the way there, and how it answers harmless questions.
//!
//! What may be asked is a closed list ([`Harmless`]). The questions themselves and what their answers mean stand in each
//! network's folder.

mod around;
mod finding;
mod harmless;
mod outside;
mod record;
mod way;

use entity::time::UnixMillis;
use hyper::header::HeaderMap;

pub use self::around::{Around, Keys};
pub use self::finding::{Finding, Verdict};
pub use self::harmless::Harmless;
pub use self::record::{Record, Secrets};
use super::exchange::{Endpoint, Failure, Question, Reply};

/// Why no more is to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server is not reached: nothing was sent.
    NotReached,
    /// Our login is not let in: the first question was denied.
    Denied,
    /// A question was not answered, or somebody else answers in the server's place.
    Unanswered,
}

/// The look at one server.
pub struct Look<'a> {
    keys: Keys<'a>,
    around: Around<'a>,
    is_way_told: bool,
    /// `None`: more may be asked.
    pub ended: Option<Ended>,
    pub findings: Vec<Finding>,
    pub records: Vec<Record>,
}

impl<'a> Look<'a> {
    /// A look at the server of these settings, by this way.
    pub fn new(keys: Keys<'a>, way: String, around: Around<'a>) -> Self {
        Self {
            keys,
            around,
            is_way_told: false,
            ended: None,
            findings: vec![Finding::right("route", way, "as agreed")],
            records: Vec::new(),
        }
    }

    /// What time it is.
    pub fn now(&self) -> UnixMillis {
        (self.around.now)()
    }

    /// Connects, and sends nothing.
    pub async fn connect(&mut self, endpoint: &Endpoint) {
        let before = (self.around.now)();
        let seen = endpoint.probe(None).await;
        self.findings
            .extend(way::findings(&seen, self.keys, self.around, before));
    }

    /// Asks, unless an earlier question has shown that it is of no use. `judge` says what a reply means; `None` where it is none
    /// of the server's own. The reply is returned where it is one.
    pub async fn ask(
        &mut self,
        endpoint: &Endpoint,
        harmless: Harmless,
        question: Question,
        judge: impl FnOnce(&Reply) -> Option<Verdict>,
    ) -> Option<Reply> {
        if self.ended.is_some() {
            return None;
        }
        let name = harmless.operation();
        (self.around.say)(name);
        let before = (self.around.now)();
        let seen = endpoint.probe(Some(&question)).await;
        let is_first = !self.is_way_told;
        if is_first {
            self.is_way_told = true;
            self.findings
                .extend(way::findings(&seen, self.keys, self.around, before));
        }
        let record = Record::new(name, &question, seen.reply.as_ref(), self.around.secrets);
        self.records.push(record);
        let wanted = harmless.wanted();
        let Some(answer) = seen.reply else {
            self.ended = Some(Ended::Unanswered);
            match seen.failure {
                // The rows of the way say so.
                Some(Failure::NotSent(_)) if is_first => self.ended = Some(Ended::NotReached),
                Some(failure) => {
                    let (told, whom) = (failure.to_string(), self.keys.whom);
                    let Keys { url, tls, .. } = self.keys;
                    let advice = match (told.contains("CertificateRequired"), seen.tls) {
                        (true, _) => format!("it wants a certificate of ours: {tls}.client_cert"),
                        (false, Some(_)) => format!("ask {whom} what became of the question"),
                        (false, None) => format!(
                            "should {url} begin with https://? If not, ask {whom} what became of the question"
                        ),
                    };
                    self.findings
                        .push(Finding::wrong(name, told, wanted, advice));
                }
                None => {}
            }
            return None;
        };
        match judge(&answer.reply) {
            Some(Verdict { found, advice }) => {
                let found = with_content_type(found, question.content_type, &answer.headers);
                self.findings.push(Finding {
                    check: name.to_owned(),
                    found,
                    wanted: wanted.to_owned(),
                    advice,
                });
                Some(answer.reply)
            }
            None => {
                self.ended = Some(match answer.reply.status.as_u16() {
                    // Whose earlier question was answered was let in.
                    401 | 403 if is_first => Ended::Denied,
                    _ => Ended::Unanswered,
                });
                let Verdict { found, advice } = outside::judged(&answer, self.keys);
                self.findings.push(Finding {
                    check: name.to_owned(),
                    found,
                    wanted: wanted.to_owned(),
                    advice,
                });
                None
            }
        }
    }
}

/// Says of what kind a reply claims to be, where that is another one than the question's. It decides nothing.
fn with_content_type(found: String, asked: &str, headers: &HeaderMap) -> String {
    let kind = |text: &str| {
        let kind = text.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    };
    let told = headers.get(hyper::header::CONTENT_TYPE);
    let told = told.and_then(|told| told.to_str().ok()).map(kind);
    let is_kin = |told: &str| {
        let kin = |word: &str| told.contains(word) && asked.contains(word);
        kin("json") || kin("xml") || asked.contains("form")
    };
    match told {
        Some(told) if is_kin(&told) => found,
        Some(told) => {
            let told: String = told.chars().take(40).collect();
            format!("{found}, said to be {told}")
        }
        None => format!("{found}, of no said kind"),
    }
}
