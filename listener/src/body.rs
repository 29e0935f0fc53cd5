//! How a request's body is read: up to so many bytes, and from nobody who sends it drop by drop.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use tokio::time::{Instant, timeout_at};

#[cfg(test)]
mod tests;

/// For so long the rate does not count: a sender may need a moment to begin.
const GRACE: Duration = Duration::from_secs(3);
/// So many bytes buy another second after it.
const BYTES_A_SECOND: u64 = 1_024;

/// Why there is no whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBody {
    TooLarge,
    /// The other end stopped in the middle.
    Incomplete,
    /// It took more than its time, or came at less than 1 KiB a second after the first three seconds.
    TooSlow,
}

/// Reads a body of at most `limit` bytes within `time`.
///
/// # Errors
/// See [`NoBody`].
pub async fn read<B>(body: B, limit: usize, time: Duration) -> Result<Bytes, NoBody>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let begun = Instant::now();
    let mut body = Limited::new(body, limit);
    // Most bodies are one piece, and that is not copied.
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    loop {
        let all = first.len() + rest.len();
        let due = begun + time.min(due(all));
        let Ok(frame) = timeout_at(due, body.frame()).await else {
            return Err(NoBody::TooSlow);
        };
        match frame {
            None if rest.is_empty() => return Ok(first),
            None => return Ok(rest.freeze()),
            Some(Err(error)) if error.is::<LengthLimitError>() => return Err(NoBody::TooLarge),
            Some(Err(_)) => return Err(NoBody::Incomplete),
            Some(Ok(frame)) => {
                // Trailers are nothing that a call needs.
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if first.is_empty() && rest.is_empty() {
                    first = data;
                } else {
                    rest.extend_from_slice(&std::mem::take(&mut first));
                    rest.extend_from_slice(&data);
                }
            }
        }
    }
}

/// When the next piece is due after so many bytes, from the beginning on.
fn due(bytes: usize) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    GRACE + Duration::from_millis(bytes.saturating_mul(1_000) / BYTES_A_SECOND)
}
