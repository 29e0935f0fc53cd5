use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::Instant as Moment;

use super::*;

/// A guarded stream whose other end takes 2,000 bytes before it must read.
fn guarded(progress: &Arc<Progress>) -> (Guarded<DuplexStream>, DuplexStream) {
    let (ours, theirs) = duplex(2_000);
    let guarded = Guarded::new(ours, Arc::clone(progress), Pace::default());
    (guarded, theirs)
}

#[tokio::test(start_paused = true)]
async fn one_who_never_reads_is_cut_after_a_window() {
    let progress = Arc::new(Progress::default());
    let (mut guarded, _theirs) = guarded(&progress);
    let begun = Moment::now();
    let error = guarded.write_all(&[0; 3_000]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(begun.elapsed().as_secs(), 5);
    assert_eq!(progress.too_slow(), Some(TooSlow::Reading));
}

#[tokio::test(start_paused = true)]
async fn one_who_reads_too_slowly_is_cut_and_one_who_is_just_slow_is_not() {
    for (bytes_a_second, ends) in [(300, false), (2_000, true)] {
        let progress = Arc::new(Progress::default());
        let (mut guarded, mut theirs) = guarded(&progress);
        let reading = tokio::spawn(async move {
            let mut read = 0;
            let mut part = vec![0; bytes_a_second];
            loop {
                sleep(Duration::from_secs(1)).await;
                match theirs.read(&mut part).await {
                    Ok(0) | Err(_) => return read,
                    Ok(bytes) => read += bytes,
                }
            }
        });
        let written = guarded.write_all(&[0; 60_000]).await;
        assert_eq!(written.is_ok(), ends, "{bytes_a_second}");
        drop(guarded);
        assert_eq!(reading.await.unwrap() == 60_000, ends, "{bytes_a_second}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_is_awaited_for_some_seconds_whatever_comes_of_it() {
    let progress = Arc::new(Progress::default());
    let (mut guarded, mut theirs) = guarded(&progress);
    let dripping = tokio::spawn(async move {
        while theirs.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let begun = Moment::now();
    let mut all = Vec::new();
    let error = guarded.read_to_end(&mut all).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(begun.elapsed().as_secs(), 5);
    assert_eq!(progress.too_slow(), Some(TooSlow::Head));
    drop(guarded);
    dripping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_who_has_authenticated_may_rest_and_another_may_not() {
    for (authenticated, ends) in [(true, false), (false, true)] {
        let progress = Arc::new(Progress::default());
        let (mut guarded, mut theirs) = guarded(&progress);
        progress.serve();
        if authenticated {
            progress.authenticated();
        }
        progress.rest();
        let mut part = [0; 8];
        let rests = tokio::time::timeout(Duration::from_secs(60), guarded.read(&mut part)).await;
        assert_eq!(rests.is_ok(), ends);
        assert_eq!(progress.too_slow(), None);
        if authenticated {
            // What has begun a request must end its head.
            theirs.write_all(b"POST").await.unwrap();
            assert_eq!(guarded.read(&mut part).await.unwrap(), 4);
            let begun = Moment::now();
            assert!(guarded.read(&mut part).await.is_err());
            assert_eq!(begun.elapsed().as_secs(), 5);
        }
    }
}

#[test]
fn one_that_is_served_is_not_idle() {
    let progress = Progress::default();
    assert!(progress.idle_since().is_some());
    progress.serve();
    assert_eq!(progress.idle_since(), None);
    progress.rest();
    assert!(progress.idle_since().is_some());
}
