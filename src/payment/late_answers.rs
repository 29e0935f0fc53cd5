//! Which late answers about a transaction has nobody taken note of, and are they those that an operator has read?

use entity::ids::ProcessingRequestId;
use entity::processing_request;
use sha2::{Digest as _, Sha256};

/// So much of the hash tells two sets of answers apart: nobody is to find a second one, only to notice it.
const MARK_BYTES: usize = 6;

/// The answers that contradict how calls of one transaction were settled, and that nobody has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateAnswers(Vec<(ProcessingRequestId, String)>);

impl LateAnswers {
    /// Those of these calls.
    pub fn of(calls: &[processing_request::Model]) -> Self {
        let open = calls.iter().filter(|call| call.acknowledged_at.is_none());
        let answers = open.filter_map(|call| Some((call.id, call.contradiction.clone()?)));
        Self(answers.collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they say.
    pub fn told(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, answer)| answer.as_str())
    }

    /// With the calls that they are about.
    pub(super) fn each(&self) -> impl Iterator<Item = (ProcessingRequestId, &str)> {
        self.0.iter().map(|(id, answer)| (*id, answer.as_str()))
    }

    /// A short word for exactly these: whoever acknowledges them says by it what was read.
    pub fn mark(&self) -> String {
        let mut hash = Sha256::new();
        for (id, answer) in &self.0 {
            hash.update(format!("{} {} {answer}\n", id.0, answer.len()));
        }
        let digest = hash.finalize();
        hex::encode(digest.get(..MARK_BYTES).unwrap_or_default())
    }
}
