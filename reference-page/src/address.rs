//! Under which address does the reader see the gateway?

/// What the page shows in place of the address until a request names it. It is no valid host.
pub(crate) const PLACEHOLDER: &str = "@ADDRESS@";

/// The longest `Host` that is repeated.
const LONGEST: usize = 255;

/// The address of the endpoint as the request names it: its `Host`, if that holds nothing but what a host may hold, else
/// `fallback`.
#[must_use]
pub fn shown(scheme: &str, host: Option<&str>, fallback: &str) -> String {
    let host = host.filter(|host| is_plain(host)).unwrap_or(fallback);
    format!("{scheme}://{host}/")
}

/// Letters, digits, dots, colons, brackets and hyphens: nothing that means anything to HTML, a shell or a program.
fn is_plain(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".:[]-".contains(&byte);
    (1..=LONGEST).contains(&host.len()) && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_host_is_repeated() {
        for (host, expected) in [
            (Some("pay.example:8443"), "http://pay.example:8443/"),
            (Some("[::1]:8080"), "http://[::1]:8080/"),
            (Some("a\"><script>"), "http://127.0.0.1:8080/"),
            (Some("a/$(id)"), "http://127.0.0.1:8080/"),
            (Some("user@host"), "http://127.0.0.1:8080/"),
            (Some(""), "http://127.0.0.1:8080/"),
            (Some(&"a".repeat(256)), "http://127.0.0.1:8080/"),
            (None, "http://127.0.0.1:8080/"),
        ] {
            assert_eq!(shown("http", host, "127.0.0.1:8080"), expected, "{host:?}");
        }
    }
}
