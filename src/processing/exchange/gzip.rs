//! Replies that came packed although nobody asked for it. Some servers and proxies do so, with a header that says it or
//! without one.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::error::Failure;

/// How gzip begins. No reply that we can read begins so.
const MAGIC: &[u8] = &[0x1f, 0x8b];

/// The body as it was before it was packed, of at most so many bytes; any other body as it is.
///
/// # Errors
/// It would be longer, or it is broken: then nothing is known of the reply.
pub(super) fn unpacked(body: Bytes, limit: usize) -> Result<Bytes, Failure> {
    if !body.starts_with(MAGIC) {
        return Ok(body);
    }
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut plain = Vec::new();
    // It unpacks no more than is asked for: a small reply cannot fill the memory.
    match MultiGzDecoder::new(body.as_ref())
        .take(most)
        .read_to_end(&mut plain)
    {
        Ok(length) if length > limit => Err(Failure::TooLong(limit)),
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(Failure::NoAnswer(
            "the reply is packed by gzip and broken".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked_up_to_the_limit() {
        let whole = |body: Vec<u8>| unpacked(body.into(), 10).map(|plain| plain.to_vec());
        assert_eq!(whole(b"{}".to_vec()), Ok(b"{}".to_vec()));
        assert_eq!(whole(packed(b"0123456789")), Ok(b"0123456789".to_vec()));
        let parts = [packed(b"01234"), packed(b"56789")].concat();
        assert_eq!(whole(parts), Ok(b"0123456789".to_vec()));
        assert_eq!(whole(packed(b"0123456789x")), Err(Failure::TooLong(10)));
        let bomb = packed(&vec![0; 64 * 1024 * 1024]);
        assert!(bomb.len() < 100_000);
        assert_eq!(whole(bomb), Err(Failure::TooLong(10)));
        let mut broken = packed(b"01234");
        broken.truncate(broken.len() - 1);
        assert!(matches!(whole(broken), Err(Failure::NoAnswer(_))));
        assert!(matches!(whole(MAGIC.to_vec()), Err(Failure::NoAnswer(_))));
    }
}
