use super::*;

/// Two certificates that sign themselves. The first ends on 2026-12-27, 09:54:43 UTC, the second in 2126.
const CHAIN: &str = "\
-----BEGIN CERTIFICATE-----
MIIBEzCBuQIUAuGejmEf3w5lWkJ7iofdLlFJnCowCgYIKoZIzj0EAwIwDDEKMAgG
A1UEAwwBdDAeFw0yNjExMjcwOTU0NDNaFw0yNjEyMjcwOTU0NDNaMAwxCjAIBgNV
BAMMAXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARP/VR38NOROimD9r4O/eGK
GcUxOTf+69/Lh6/D2KxccxHkI5WNwZNDSzZVSMmMVRnD1kEKmmmyJO2VDQZFp+62
MAoGCCqGSM49BAMCA0kAMEYCIQC0pNP4W4hivPWtycu1xYURDHYImXpzMxbdHvy0
65FZqwIhALGkIqM5cyxypl57Ih4BF4oSc/SE6QDkJANJJzmba5mV
-----END CERTIFICATE-----
-----BEGIN CERTIFICATE-----
MIIBEzCBuwIUHd0ik4pvs0ly91xiMQu6QfAIJUwwCgYIKoZIzj0EAwIwDDEKMAgG
A1UEAwwBdDAgFw0yNjExMjcwOTU0NDNaGA8yMTI2MTEwMzA5NTQ0M1owDDEKMAgG
A1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNFwpmr21qCYgRfNci0C
mR8MKuSfOXJ21L5JO6wTKN+aZuU/BN0RnKXnPJhr/Z2sS9Z+2XNvKss05ZF5NL9A
fPcwCgYIKoZIzj0EAwIDRwAwRAIgC8Iz7JlHLQx9137o9fjHh3M0VcD9cXYMDiRZ
B3qw864CIA7jKpgoovNKeyAZ4vjU9/hpecSpxgee+qkBt3kfdsE6
-----END CERTIFICATE-----
";

const FIRST: i64 = 1_798_365_283_000;
const SECOND: i64 = 4_949_373_283_000;

fn certificates() -> Vec<CertificateDer<'static>> {
    let read = CertificateDer::pem_slice_iter(CHAIN.as_bytes());
    read.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_certificate_says_when_it_ends_before_and_after_2050() {
    let ends: Vec<_> = certificates().iter().map(end).collect();
    assert_eq!(ends, [Some(UnixMillis(FIRST)), Some(UnixMillis(SECOND))]);
    assert_eq!(end(&CertificateDer::from(vec![0x30, 0])), None);
}

#[test]
fn operators_are_warned_of_the_first_end_two_weeks_before_and_once_a_day() {
    let ends = CertificateEnds::default();
    ends.note("a.file", &certificates());
    ends.note("another.file", &certificates()[1..]);
    let at = |days: i64| UnixMillis(FIRST - WARNED_MS + days * DAY_MS);
    let soon = |days| ends.soon(at(days));
    let told = |days| {
        [EndsSoon {
            setting: "a.file",
            days,
        }]
    };
    assert_eq!(soon(0), []);
    let just_within = UnixMillis(at(0).0 + 1);
    assert_eq!(ends.soon(just_within), told(13));
    assert_eq!(ends.soon(just_within), []);
    assert_eq!(soon(1), []);
    assert_eq!(soon(2), told(12));
    assert_eq!(soon(14), told(0));
    assert_eq!(soon(16), told(-2));
    // A new one ends that.
    ends.note("a.file", &certificates()[1..]);
    assert_eq!(soon(20), []);
}
