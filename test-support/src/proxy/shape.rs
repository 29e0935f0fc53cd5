//! The shapes of HTTP in which old servers, and the boxes in front of them, write a reply.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A blank before the colon.
    SpacedColons,
    /// A header over several lines.
    FoldedLines,
    /// A line in the head that is no header.
    OddLine,
    /// Over a hundred headers.
    ManyHeaders,
    /// Packed, and said so.
    Gzip,
    /// Packed, and not said so.
    SilentGzip,
    /// Said to be packed, and is not.
    FalseGzip,
    /// HTTP/1.0, its end where the connection ends.
    Http10,
    /// The same in HTTP/1.1.
    UntilClosed,
    /// Some replies that are none before the one.
    Informational,
    /// In chunks, with trailers.
    Trailers,
    /// More headers than anybody needs.
    TooManyHeaders,
    /// Packed, and unpacked without an end.
    GzipBomb,
    /// Packed, and cut.
    CutGzip,
    /// Fewer bytes than announced.
    CutBody,
    /// A chunk, and no more.
    CutChunks,
    /// The half of it, its end where the connection ends.
    CutUntilClosed,
    /// Two lengths.
    TwoLengths,
}

impl Shape {
    /// Those of which the whole reply can be told.
    pub const READABLE: [Self; 11] = [
        Self::SpacedColons,
        Self::FoldedLines,
        Self::OddLine,
        Self::ManyHeaders,
        Self::Gzip,
        Self::SilentGzip,
        Self::FalseGzip,
        Self::Http10,
        Self::UntilClosed,
        Self::Informational,
        Self::Trailers,
    ];
    /// Those of which nothing can be told.
    pub const UNREADABLE: [Self; 7] = [
        Self::TooManyHeaders,
        Self::GzipBomb,
        Self::CutGzip,
        Self::CutBody,
        Self::CutChunks,
        Self::CutUntilClosed,
        Self::TwoLengths,
    ];

    /// The reply of this status in this shape, as it goes over the wire, and whether the connection goes on.
    pub(super) fn write(self, status: &str, body: &[u8]) -> (Vec<u8>, bool) {
        let length = body.len();
        let sized = |head: &str, body: &[u8]| {
            let head = format!(
                "HTTP/1.1 {status}\r\n{head}content-length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        };
        let raw = |head: &str, body: &[u8]| [head.as_bytes(), b"\r\n", body].concat();
        let many = |count: usize| {
            (0..count)
                .map(|n| format!("x-{n}: v\r\n"))
                .collect::<String>()
        };
        match self {
            Self::SpacedColons => {
                let head =
                    format!("HTTP/1.1 {status}\r\nServer : old\r\nContent-Length : {length}\r\n");
                (raw(&head, body), true)
            }
            Self::FoldedLines => (sized("x-policy: one;\r\n two;\r\n\tthree\r\n", body), true),
            Self::OddLine => (sized("this is no header\r\n", body), true),
            Self::ManyHeaders => (sized(&many(400), body), true),
            Self::TooManyHeaders => (sized(&many(600), body), true),
            Self::Gzip => (sized("content-encoding: gzip\r\n", &packed(body)), true),
            Self::SilentGzip => (sized("", &packed(body)), true),
            Self::FalseGzip => (sized("content-encoding: gzip\r\n", body), true),
            Self::Http10 => (raw(&format!("HTTP/1.0 {status}\r\n"), body), false),
            Self::UntilClosed => (
                raw(&format!("HTTP/1.1 {status}\r\nconnection: close\r\n"), body),
                false,
            ),
            Self::Informational => {
                let before = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nx: y\r\n\r\n";
                ([before.as_bytes(), &sized("", body)].concat(), true)
            }
            Self::Trailers => {
                let (first, second) = body.split_at(length / 2);
                let chunk = |part: &[u8]| {
                    [
                        format!("{:x};x=y\r\n", part.len()).as_bytes(),
                        part,
                        b"\r\n",
                    ]
                    .concat()
                };
                let body = [&chunk(first)[..], &chunk(second), b"0\r\nx-sum: 1\r\n\r\n"].concat();
                let head = format!(
                    "HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n"
                );
                (raw(&head, &body), true)
            }
            Self::GzipBomb => {
                let bomb = packed(&vec![b' '; 100 * 1024 * 1024]);
                (sized("content-encoding: gzip\r\n", &bomb), true)
            }
            Self::CutGzip => {
                let mut cut = packed(body);
                cut.truncate(cut.len() / 2);
                (sized("content-encoding: gzip\r\n", &cut), true)
            }
            Self::CutBody => {
                let mut cut = sized("", body);
                cut.truncate(cut.len() - 1);
                (cut, false)
            }
            Self::CutChunks => {
                let head = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n");
                let chunk = [format!("{length:x}\r\n").as_bytes(), body, b"\r\n"].concat();
                (raw(&head, &chunk), false)
            }
            Self::CutUntilClosed => {
                let (half, _) = body.split_at(length / 2);
                (raw(&format!("HTTP/1.0 {status}\r\n"), half), false)
            }
            Self::TwoLengths => {
                let odd = format!("content-length: {}\r\n", length + 1);
                (sized(&odd, body), false)
            }
        }
    }
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}
