//! The alarms that the gateway has raised: in its log, and in the figures that operators watch.

use std::net::SocketAddr;

use crate::client::get_text;
use crate::report::without_colours;

/// What the log says when a call is given up, and when a late answer contradicts how one was settled.
const GIVEN_UP: &str = "no look-up can find out how a call ended";
const CONTRADICTED: &str = "a late answer contradicts how a call was settled";

/// What an alarm calls somebody for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Alarm {
    /// No look-up can tell how a call ended.
    GivenUp,
    /// A call ended otherwise than is stored.
    Contradicted,
}

/// An alarm in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Logged {
    pub(crate) alarm: Alarm,
    pub(crate) transaction_id: i64,
    pub(crate) call_id: i64,
}

/// All alarms of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Alarms {
    pub(crate) logged: Vec<Logged>,
    /// `aloqa_manual_transactions` and `aloqa_contradicted_requests` at the end.
    pub(crate) manual: i64,
    pub(crate) contradicted: i64,
}

impl Alarms {
    /// Those of a log, and the figures of a gateway.
    pub(crate) async fn read(log: &str, operations: SocketAddr) -> Self {
        let figures = get_text(operations, "/metrics").await.unwrap();
        Self {
            logged: log.lines().filter_map(logged).collect(),
            manual: figure(&figures, "aloqa_manual_transactions"),
            contradicted: figure(&figures, "aloqa_contradicted_requests"),
        }
    }
}

fn logged(line: &str) -> Option<Logged> {
    let alarm = match () {
        () if line.contains(GIVEN_UP) => Alarm::GivenUp,
        () if line.contains(CONTRADICTED) => Alarm::Contradicted,
        () => return None,
    };
    let plain = without_colours(line);
    let number = |name: &str| -> Option<i64> {
        let (_, rest) = plain.split_once(name)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    Some(Logged {
        alarm,
        transaction_id: number(" transaction_id=")?,
        call_id: number(" call_id=")?,
    })
}

/// The sum of a figure over its labels.
fn figure(figures: &str, name: &str) -> i64 {
    let lines = figures
        .lines()
        .filter(|line| line.starts_with(name) && !line.starts_with('#'));
    lines
        .map(|line| {
            let value = line.rsplit(' ').next().unwrap_or_default();
            value.parse::<i64>().unwrap()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_read_from_the_log() {
        let line = "2026 ERROR aloqa_gateway::payment::record: no look-up can find out how a call ended: settle it with \
                    `aloqa-gateway transactions resolve` transaction_id=12 call_id=34 why=\"x\"";
        let expected = Logged {
            alarm: Alarm::GivenUp,
            transaction_id: 12,
            call_id: 34,
        };
        assert_eq!(logged(line), Some(expected));
        assert_eq!(logged("2026 ERROR something else transaction_id=12"), None);
    }

    #[test]
    fn a_figure_is_read() {
        let figures =
            "# TYPE aloqa_manual_transactions gauge\naloqa_manual_transactions 2\naloqa_x 3\n";
        assert_eq!(figure(figures, "aloqa_manual_transactions"), 2);
        assert_eq!(figure(figures, "aloqa_y"), 0);
    }
}
