use std::io;

use prometheus_client::encoding::text::encode;

use super::*;

/// What is written to the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Each has a figure of its own and one line, which says what, why and of whom.
#[test]
fn each_is_counted_and_told_once() {
    let cases = [
        (
            Notice::RefusedRequest("syntax"),
            r#"aloqa_refused_requests_total{reason="syntax"} 3"#,
            r#"refused requests times=1 reason="syntax" last=shop"#,
        ),
        (
            Notice::CutConnection("slow_head"),
            r#"aloqa_cut_connections_total{cause="slow_head"} 3"#,
            r#"cut connections times=1 cause="slow_head" last=shop"#,
        ),
        (
            Notice::ShedCall(Full::Database),
            r#"aloqa_shed_calls_total{full="database"} 3"#,
            r#"refused calls: more come than can be served times=1 full="database" last=shop"#,
        ),
        (
            Notice::ShedCall(Full::Places),
            r#"aloqa_shed_calls_total{full="places"} 3"#,
            r#"refused calls: more come than can be served times=1 full="places" last=shop"#,
        ),
        (
            Notice::Uncalled {
                server: "humo",
                cause: "lane_full",
            },
            r#"aloqa_uncalled_servers_total{server="humo",cause="lane_full"} 3"#,
            r#"did not call a server times=1 server="humo" cause="lane_full" last=shop"#,
        ),
        (
            Notice::OpenedCircuit { server: "sms" },
            r#"aloqa_opened_circuits_total{server="sms"} 3"#,
            r#"a server does not answer, or does not let us in, and is not called for some seconds times=1 server="sms" last=shop"#,
        ),
        (
            Notice::Denied {
                server: "uzcard",
                status: 401,
            },
            r#"aloqa_denied_exchanges_total{server="uzcard"} 3"#,
            "uzcard does not let us in (HTTP 401): look at uzcard.user and uzcard.password_file times=1 last=shop",
        ),
        (
            Notice::UnsentCode("refused"),
            r#"aloqa_unsent_codes_total{cause="refused"} 3"#,
            r#"codes were not sent, or may not have been times=1 cause="refused" last=shop"#,
        ),
        (
            Notice::LimitedCall("codes"),
            r#"aloqa_limited_calls_total{limit="codes"} 3"#,
            r#"refused calls that came too often times=1 limit="codes" last=shop"#,
        ),
        (
            Notice::FailedLogin(Login::Wrong),
            r#"aloqa_failed_logins_total{outcome="wrong"} 3"#,
            r#"logins failed times=1 outcome="wrong" last=shop"#,
        ),
    ];
    for (notice, figure, told) in cases {
        let (notices, log) = (Notices::default(), Log::default());
        let mut registry = Registry::with_prefix("aloqa");
        notices.register(&mut registry);
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            notices.tell_of(notice, &"shop");
            notices.tell_of(notice, &"another");
            notices.tell(notice);
            // Not yet.
            notices.tell_the_rest();
        });
        let mut page = String::new();
        encode(&mut page, &registry).unwrap();
        assert!(page.lines().any(|line| line == figure), "{figure}: {page}");
        let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines.len(), 1, "{written}");
        let is_error = matches!(notice, Notice::Denied { .. });
        let level = if is_error { " ERROR " } else { " WARN " };
        assert!(
            lines[0].contains(level) && lines[0].ends_with(told),
            "{told}: {written}"
        );
    }
}
