use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::*;

/// A body of pieces of this size, one a second, until it is read no more or has so many.
fn pieces(size: usize, number: usize) -> Pieces {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for _ in 0..number {
            sleep(Duration::from_secs(1)).await;
            if sender.send(Bytes::from(vec![b'x'; size])).await.is_err() {
                return;
            }
        }
    });
    Pieces(receiver)
}

struct Pieces(mpsc::Receiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.poll_recv(context);
        next.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn one_who_sends_drop_by_drop_is_given_up_after_some_seconds() {
    for (size, seconds) in [(0, 3), (1, 3), (100, 3), (500, 4), (1_000, 60)] {
        let begun = Instant::now();
        let read = read(pieces(size, 1_000), usize::MAX, LONG).await;
        assert_eq!(read, Err(NoBody::TooSlow), "{size}");
        assert_eq!(begun.elapsed().as_secs(), seconds, "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_is_just_slow_is_read() {
    let whole = read(pieces(1_024, 32), 32 * 1_024, LONG).await;
    assert_eq!(whole.map(|body| body.len()), Ok(32 * 1_024));
    // Within the first seconds the rate does not count.
    let whole = read(pieces(1, 2), 10, LONG).await;
    assert_eq!(whole, Ok(Bytes::from_static(b"xx")));
    let late = read(pieces(1_024, 32), 32 * 1_024, Duration::from_secs(10)).await;
    assert_eq!(late, Err(NoBody::TooSlow));
}

#[tokio::test]
async fn a_body_has_so_many_bytes() {
    let whole = async |bytes: usize| {
        let body = Full::new(Bytes::from(vec![0; bytes]));
        read(body, 10, LONG).await.map(|body| body.len())
    };
    assert_eq!(whole(0).await, Ok(0));
    assert_eq!(whole(10).await, Ok(10));
    assert_eq!(whole(11).await, Err(NoBody::TooLarge));
}
