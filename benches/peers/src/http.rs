//! As much of HTTP/1.1 as two programs on one machine need.

/// Where the body of the first message of `bytes` begins and ends, once all of it is there.
pub fn whole(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let length = bytes[..head]
        .split(|byte| *byte == b'\n')
        .find_map(length)
        .unwrap_or(0);
    let body = head + 4;
    (bytes.len() >= body + length).then_some((body, body + length))
}

fn length(line: &[u8]) -> Option<usize> {
    let name = b"content-length:";
    let (head, value) = line.split_at_checked(name.len())?;
    if !head.eq_ignore_ascii_case(name) {
        return None;
    }
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// Where `wanted` begins in `bytes`.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
