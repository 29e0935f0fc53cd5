use hyper::Request;

use super::*;

/// `Own`, `Allowed`, or the refusal, for a request with these headers.
fn judged(keeper: &Doorkeeper, line: &str, headers: &[(&str, &str)]) -> String {
    let (method, uri) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    match keeper.judge(&head) {
        Ok(Visitor::Own) => "own".to_owned(),
        Ok(Visitor::Allowed(origin)) => format!("allowed {}", origin.to_str().unwrap()),
        Err(refused) => format!("{refused:?}"),
    }
}

fn local() -> Doorkeeper {
    Doorkeeper {
        on_loopback: true,
        origins: vec![Origin::parse("https://shop.example.uz").unwrap()],
        ..Doorkeeper::default()
    }
}

#[test]
fn a_listener_on_loopback_is_reached_by_loopback_names_alone() {
    for (host, expected) in [
        ("localhost", "own"),
        ("localhost:8080", "own"),
        ("localhost:1", "own"),
        ("LOCALHOST:8080", "own"),
        ("localhost.", "own"),
        ("localhost.:8080", "own"),
        ("localhost:", "own"),
        ("127.0.0.1:8080", "own"),
        ("127.0.0.1", "own"),
        ("127.9.8.7:8080", "own"),
        ("[::1]:8080", "own"),
        ("[::1]", "own"),
        ("[0:0:0:0:0:0:0:1]", "own"),
        ("[::ffff:127.0.0.1]", "own"),
        ("0.0.0.0:8080", "HostUnknown"),
        ("0.0.0.0", "HostUnknown"),
        ("[::]", "HostUnknown"),
        ("app.localhost", "HostUnknown"),
        ("localhost.localdomain", "HostUnknown"),
        ("127.1", "HostUnknown"),
        ("2130706433", "HostUnknown"),
        ("0x7f.0.0.1", "HostUnknown"),
        ("10.0.0.1", "HostUnknown"),
        ("evil.example", "HostUnknown"),
        ("evil.example:8080", "HostUnknown"),
        ("127.0.0.1.evil.example", "HostUnknown"),
        ("localhost..", "HostInvalid"),
        ("", "HostInvalid"),
        (":8080", "HostInvalid"),
        ("::1", "HostInvalid"),
        ("[::1", "HostInvalid"),
        ("[::1]8080", "HostInvalid"),
        ("[127.0.0.1]", "HostInvalid"),
        ("localhost:x", "HostInvalid"),
        ("localhost:+80", "HostInvalid"),
        ("localhost:65536", "HostInvalid"),
        ("user@localhost", "HostInvalid"),
        ("localhost/", "HostInvalid"),
        ("localhost,evil.example", "HostInvalid"),
        ("local host", "HostInvalid"),
        ("xn--80ak6aa92e.com", "HostUnknown"),
    ] {
        assert_eq!(
            judged(&local(), "POST /", &[("host", host)]),
            expected,
            "{host:?}"
        );
    }
    let twice = [("host", "localhost"), ("host", "localhost")];
    assert_eq!(judged(&local(), "POST /", &twice), "HostInvalid");
    assert_eq!(judged(&local(), "GET /docs", &[]), "HostInvalid");
}

#[test]
fn the_request_line_names_the_same_host() {
    for (line, host, expected) in [
        ("POST http://localhost:8080/", "localhost:8080", "own"),
        ("POST http://LocalHost:8080/", "localhost:8080", "own"),
        ("POST http://evil.example/", "localhost:8080", "HostInvalid"),
        ("POST http://localhost:8080/", "evil.example", "HostInvalid"),
        ("POST http://evil.example/", "evil.example", "HostUnknown"),
        ("POST http://localhost:1/", "localhost:8080", "HostInvalid"),
    ] {
        assert_eq!(
            judged(&local(), line, &[("host", host)]),
            expected,
            "{line} {host}"
        );
    }
}

#[test]
fn only_own_and_allowed_pages_are_answered() {
    for (host, origin, expected) in [
        ("localhost:8080", "http://localhost:8080", "own"),
        ("localhost:8080", "HTTP://LOCALHOST:8080", "own"),
        ("localhost.:8080", "http://localhost:8080", "own"),
        ("localhost", "http://localhost:80", "own"),
        ("localhost:80", "http://localhost", "own"),
        ("[::1]:8080", "http://[::1]:8080", "own"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", "own"),
        (
            "localhost:8080",
            "https://shop.example.uz",
            "allowed https://shop.example.uz",
        ),
        (
            "localhost:8080",
            "https://shop.example.uz:443",
            "allowed https://shop.example.uz:443",
        ),
        ("localhost:8080", "null", "OriginForeign"),
        ("localhost:8080", "", "OriginForeign"),
        ("localhost:8080", "https://localhost:8080", "OriginForeign"),
        ("localhost:8080", "http://localhost:8081", "OriginForeign"),
        ("localhost:8080", "http://localhost", "OriginForeign"),
        ("localhost:8080", "http://127.0.0.1:8080", "OriginForeign"),
        (
            "localhost:8080",
            "http://app.localhost:8080",
            "OriginForeign",
        ),
        ("localhost:8080", "http://shop.example.uz", "OriginForeign"),
        (
            "localhost:8080",
            "https://shop.example.uz:8443",
            "OriginForeign",
        ),
        (
            "localhost:8080",
            "https://shop.example.uz.evil.example",
            "OriginForeign",
        ),
        ("localhost:8080", "https://evil.example", "OriginForeign"),
        ("localhost:8080", "http://localhost:8080/", "OriginForeign"),
        (
            "localhost:8080",
            "http://localhost:8080 http://evil.example",
            "OriginForeign",
        ),
        ("localhost:8080", "file://", "OriginForeign"),
        (
            "localhost:8080",
            "chrome-extension://abcdef",
            "OriginForeign",
        ),
        // Rebound: the page has the same name as the request, and it is not ours.
        (
            "evil.example:8080",
            "http://evil.example:8080",
            "HostUnknown",
        ),
    ] {
        let headers = [
            ("host", host),
            ("origin", origin),
            ("content-type", "application/json"),
        ];
        assert_eq!(
            judged(&local(), "POST /", &headers),
            expected,
            "{host} {origin:?}"
        );
    }
    let twice = [
        ("host", "localhost"),
        ("origin", "http://localhost"),
        ("origin", "http://localhost"),
        ("content-type", "application/json"),
    ];
    assert_eq!(judged(&local(), "POST /", &twice), "OriginForeign");
    // A page that only reads is refused too.
    let reads = [("host", "localhost"), ("origin", "https://evil.example")];
    assert_eq!(
        judged(&local(), "GET /openrpc.json", &reads),
        "OriginForeign"
    );
}

#[test]
fn a_page_says_what_it_sends() {
    for (line, headers, expected) in [
        (
            "POST /",
            &[("origin", "http://localhost")][..],
            "ContentTypeMissing",
        ),
        (
            "POST /",
            &[("origin", "https://shop.example.uz")],
            "ContentTypeMissing",
        ),
        ("GET /docs", &[("origin", "http://localhost")], "own"),
        (
            "OPTIONS /",
            &[("origin", "https://shop.example.uz")],
            "allowed https://shop.example.uz",
        ),
        ("POST /", &[], "own"),
        // Without an origin, a browser may still say whose request it is.
        (
            "POST /",
            &[("sec-fetch-site", "cross-site")],
            "OriginForeign",
        ),
        (
            "POST /",
            &[("sec-fetch-site", "same-site")],
            "OriginForeign",
        ),
        ("POST /", &[("sec-fetch-site", "same-origin")], "own"),
        ("POST /", &[("sec-fetch-site", "none")], "own"),
        ("GET /docs", &[("sec-fetch-site", "cross-site")], "own"),
    ] {
        let headers = [&[("host", "localhost")], headers].concat();
        assert_eq!(
            judged(&local(), line, &headers),
            expected,
            "{line} {headers:?}"
        );
    }
}

#[test]
fn names_that_are_set_are_the_only_ones() {
    let named = Doorkeeper {
        hosts: vec![
            Host::parse("pay.example.uz").unwrap(),
            Host::parse("10.0.0.5:8443").unwrap(),
        ],
        ..local()
    };
    let by_address = Doorkeeper {
        by_address: true,
        ..named.clone()
    };
    let open = Doorkeeper::default();
    let json = ("content-type", "application/json");
    for (keeper, host, origin, expected) in [
        (&named, "pay.example.uz", "", "own"),
        (&named, "PAY.example.uz.:8443", "", "own"),
        (&named, "10.0.0.5:8443", "", "own"),
        (&named, "10.0.0.5", "", "HostUnknown"),
        (&named, "localhost", "", "HostUnknown"),
        (&named, "127.0.0.1:8080", "", "HostUnknown"),
        (&named, "a.pay.example.uz", "", "HostUnknown"),
        (&by_address, "127.0.0.1:8080", "", "own"),
        (&by_address, "localhost", "", "own"),
        (&by_address, "evil.example", "", "HostUnknown"),
        // The proxy speaks TLS, the listener does not.
        (&named, "pay.example.uz", "https://pay.example.uz", "own"),
        (&named, "pay.example.uz", "http://pay.example.uz", "own"),
        (
            &named,
            "pay.example.uz:8443",
            "https://pay.example.uz:8443",
            "own",
        ),
        (
            &named,
            "pay.example.uz",
            "https://evil.example",
            "OriginForeign",
        ),
        // A listener that others can reach, without names of its own.
        (&open, "gateway", "", "own"),
        (&open, "gateway:8080", "http://gateway:8080", "own"),
        (
            &open,
            "gateway:8080",
            "https://gateway:8080",
            "OriginForeign",
        ),
        (
            &open,
            "gateway:8080",
            "http://evil.example",
            "OriginForeign",
        ),
    ] {
        let mut headers = vec![("host", host), json];
        if !origin.is_empty() {
            headers.push(("origin", origin));
        }
        assert_eq!(
            judged(keeper, "POST /", &headers),
            expected,
            "{host} {origin}"
        );
    }
    let secure = Doorkeeper {
        secure: true,
        ..Doorkeeper::default()
    };
    let headers = |origin| [("host", "gateway"), ("origin", origin), json];
    assert_eq!(
        judged(&secure, "POST /", &headers("https://gateway")),
        "own"
    );
    assert_eq!(
        judged(&secure, "POST /", &headers("http://gateway")),
        "OriginForeign"
    );
}

#[test]
fn a_browser_that_would_ask_its_user_is_known() {
    let asks = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).unwrap();
        asks_its_user(&HeaderMap::from_iter([(
            HeaderName::from_static(name),
            value,
        )]))
    };
    assert!(asks("origin", "null") && asks("sec-fetch-mode", "navigate"));
    assert!(!asks("sec-fetch-mode", "cors") && !asks("accept", "*/*"));
}

/// `in`, or the refusal, for a person's request with these headers.
fn judged_as_person(keeper: &Doorkeeper, line: &str, headers: &[(&str, &str)]) -> String {
    let (method, uri) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    match keeper.judge_person(&head) {
        Ok(()) => "in".to_owned(),
        Err(refused) => format!("{refused:?}"),
    }
}

#[test]
fn a_persons_form_comes_from_a_page_of_the_listeners_own() {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let host = ("host", "127.0.0.1:9090");
    for (headers, expected) in [
        (&[("sec-fetch-site", "same-origin")][..], "in"),
        (&[("sec-fetch-site", "same-site")], "OriginForeign"),
        (&[("sec-fetch-site", "cross-site")], "OriginForeign"),
        (&[("sec-fetch-site", "none")], "OriginForeign"),
        (&[("origin", "http://127.0.0.1:9090")], "in"),
        (&[("origin", "http://127.0.0.1:9091")], "OriginForeign"),
        (&[("origin", "null")], "OriginForeign"),
        (
            &[
                ("origin", "https://shop.example.uz"),
                ("sec-fetch-site", "same-origin"),
            ],
            "OriginForeign",
        ),
        (&[], "OriginForeign"),
    ] {
        let all = [&[host, form], headers].concat();
        assert_eq!(
            judged_as_person(&local(), "POST /console", &all),
            expected,
            "{headers:?}"
        );
        assert_eq!(
            judged_as_person(&local(), "GET /console", &all),
            "in",
            "{headers:?}"
        );
    }
}

#[test]
fn a_person_reaches_it_by_an_address_or_by_a_name_that_was_set() {
    let anywhere = Doorkeeper::default();
    let named = Doorkeeper {
        hosts: vec![Host::parse("ops.example.uz").unwrap()],
        by_address: true,
        ..Doorkeeper::default()
    };
    for (host, of_anywhere) in [
        ("10.0.0.7:9090", "in"),
        ("localhost:9090", "in"),
        ("evil.example", "HostUnknown"),
        ("ops.example.uz", "HostUnknown"),
    ] {
        let judged = judged_as_person(&anywhere, "GET /console", &[("host", host)]);
        assert_eq!(judged, of_anywhere, "{host}");
    }
    // `judge` comes first, and knows the names.
    assert_eq!(
        judged_as_person(&named, "GET /console", &[("host", "ops.example.uz")]),
        "in"
    );
    assert_eq!(
        judged(&named, "GET /console", &[("host", "evil.example")]),
        "HostUnknown"
    );
}
