//! Small plots, as drawings without any text: what they show stands beside them, and in a table below. All coordinates are
//! whole numbers; a column is ten wide, a drawing a hundred high. Where nothing was measured, the ground is grey.

use maud::{Markup, html};

use crate::traffic::{BUCKETS, EDGES_MS};

const COLUMN: usize = 10;
const HEIGHT: u64 = 100;

/// How calls that move money end, and the class of each colour.
pub(super) const OUTCOMES: [(&str, &str); 4] = [
    ("approved", "approved"),
    ("declined", "declined"),
    ("unknown", "unknown"),
    ("not sent", "not-sent"),
];

/// What all plots of one period have.
#[derive(Clone, Copy)]
pub(super) struct Period {
    /// Part of the ids.
    pub(super) name: &'static str,
    /// How long ago its first column began.
    pub(super) begins: &'static str,
    /// What a column is.
    pub(super) column: &'static str,
    /// Minutes to a column.
    pub(super) minutes: u64,
}

/// A line: one value a column.
pub(super) fn line(
    period: Period,
    id: &str,
    title: &str,
    values: &[Option<u64>],
    shown: impl Fn(u64) -> String,
) -> Markup {
    let most = values.iter().flatten().copied().max().unwrap_or_default();
    let mut path = String::new();
    let mut is_open = false;
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else {
            is_open = false;
            continue;
        };
        let x = place * COLUMN + COLUMN / 2;
        let y = HEIGHT - scaled(*value, most);
        match is_open {
            true => path.push_str(&format!("L{x} {y}")),
            // With its round end it is a dot, if nothing follows.
            false => path.push_str(&format!("M{x} {y}h0")),
        }
        is_open = true;
    }
    let rows = values
        .iter()
        .map(|value| value.map(|value| vec![shown(value)]));
    let drawn = html! { path.line d=(path) {} };
    figure(&Plot {
        period,
        id,
        title,
        top: shown(most),
        gaps: gaps(values),
        columns: values.len(),
        names: &["a second"],
        rows: rows.collect(),
        drawn,
    })
}

/// Bars of parts on each other: how calls end.
pub(super) fn bars(period: Period, id: &str, title: &str, values: &[Option<[u64; 4]>]) -> Markup {
    let sums = values.iter().flatten().map(|parts| parts.iter().sum());
    let most: u64 = sums.max().unwrap_or_default();
    // One path a colour: a page of many small parts would be long.
    let mut paths = OUTCOMES.map(|(_, class)| (class, String::new()));
    for (place, parts) in values.iter().enumerate() {
        let bars = parts.as_ref().map(|parts| stacked(parts, most));
        for (path, (y, height)) in paths.iter_mut().zip(bars.into_iter().flatten()) {
            if height > 0 {
                let (x, width) = (place * COLUMN + 1, COLUMN - 2);
                path.1
                    .push_str(&format!("M{x} {y}h{width}v{height}h-{width}z"));
            }
        }
    }
    let drawn = html! { @for (class, path) in &paths { path class=(class) d=(path) {} } };
    let words = |parts: &[u64; 4]| parts.iter().map(u64::to_string).collect();
    let rows = values.iter().map(|parts| parts.as_ref().map(words));
    figure(&Plot {
        period,
        id,
        title,
        top: format!("{most} in {}", period.column),
        gaps: gaps(values),
        columns: values.len(),
        names: &OUTCOMES.map(|(name, _)| name),
        rows: rows.collect(),
        drawn,
    })
}

/// How long exchanges took: the darker a field, the more of them, from short below to long above.
pub(super) fn heat(
    period: Period,
    id: &str,
    title: &str,
    values: &[Option<[u64; BUCKETS]>],
) -> Markup {
    let most = values
        .iter()
        .flatten()
        .flatten()
        .copied()
        .max()
        .unwrap_or_default();
    let buckets = u64::try_from(BUCKETS).unwrap_or(1);
    let step = HEIGHT / buckets;
    let mut shades = [25, 50, 75, 100].map(|opacity: u64| (opacity, String::new()));
    for (place, counts) in values.iter().enumerate() {
        for (bucket, count) in (0..buckets).zip(counts.iter().flatten()) {
            let shade = shade(*count, most);
            if let Some((_, path)) = shade.and_then(|shade| shades.get_mut(shade)) {
                let (x, y) = (place * COLUMN, HEIGHT - (bucket + 1) * step);
                path.push_str(&format!("M{x} {y}h{COLUMN}v{step}h-{COLUMN}z"));
            }
        }
    }
    let drawn = html! {
        @for (opacity, path) in &shades { path.heat fill-opacity=(format!("{opacity}%")) d=(path) {} }
    };
    let rows = values.iter().map(|counts| {
        counts
            .as_ref()
            .map(|counts| vec![told_share(counts, 50), told_share(counts, 95)])
    });
    figure(&Plot {
        period,
        id,
        title,
        top: "50 s and more".to_owned(),
        gaps: gaps(values),
        columns: values.len(),
        names: &["half took less than", "95 of 100 less than"],
        rows: rows.collect(),
        drawn,
    })
}

/// The key of the bars' colours.
pub(super) fn key() -> Markup {
    html! {
        ul.key {
            @for (name, class) in OUTCOMES {
                li { svg viewBox="0 0 10 10" aria-hidden="true" { rect class=(class) width="10" height="10" {} } (name) }
            }
        }
    }
}

/// The edge below which so many of a hundred are.
fn told_share(counts: &[u64; BUCKETS], share: u64) -> String {
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return "–".to_owned();
    }
    let mut so_far = 0;
    for (count, edge) in counts.iter().zip(EDGES_MS) {
        so_far += count;
        if so_far * 100 >= all * share {
            return match edge {
                edge if edge < 1_000 => format!("{edge} ms"),
                edge => format!("{} s", edge / 1_000),
            };
        }
    }
    "more than 50 s".to_owned()
}

/// The parts of a bar from below, each with its top and height.
fn stacked(parts: &[u64; 4], most: u64) -> [(u64, u64); 4] {
    let mut top = HEIGHT;
    parts.map(|part| {
        // What there is can be seen, however little it is.
        let height = match part {
            0 => 0,
            part => scaled(part, most).max(3).min(top),
        };
        top -= height;
        (top, height)
    })
}

/// The shade of a field, from 0; `None`: nothing is in it. By the square root, so that a few can be seen beside many.
fn shade(count: u64, most: u64) -> Option<usize> {
    let sixteenths = count.saturating_mul(16).div_ceil(most.max(1));
    let shade = usize::try_from(sixteenths.isqrt().clamp(1, 4)).unwrap_or(4);
    (count > 0).then(|| shade - 1)
}

fn scaled(value: u64, most: u64) -> u64 {
    value.saturating_mul(HEIGHT - 4) / most.max(1)
}

/// The columns of which nothing is known, which are the first ones.
fn gaps<T>(values: &[Option<T>]) -> usize {
    values.iter().take_while(|value| value.is_none()).count()
}

struct Plot<'a> {
    period: Period,
    id: &'a str,
    title: &'a str,
    /// What the upper end stands for.
    top: String,
    gaps: usize,
    columns: usize,
    names: &'a [&'a str],
    rows: Vec<Option<Vec<String>>>,
    drawn: Markup,
}

fn figure(plot: &Plot<'_>) -> Markup {
    let Period { name, begins, .. } = plot.period;
    let id = format!("{}-{name}", plot.id);
    let width = plot.columns * COLUMN;
    let told: Vec<_> = plot
        .rows
        .iter()
        .rev()
        .enumerate()
        .filter_map(|(back, row)| row.as_ref().map(|row| (back, row)))
        .collect();
    let is_empty = |row: &[String]| {
        row.iter()
            .all(|cell| ["0", "0.00", "–"].contains(&cell.as_str()))
    };
    let busy: Vec<_> = told.iter().filter(|(_, row)| !is_empty(row)).collect();
    html! {
        figure.plot {
            figcaption id=(format!("{id}-t")) { (plot.title) }
            div.edge { span { (plot.top) } }
            svg viewBox=(format!("0 0 {width} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-labelledby=(format!("{id}-t")) {
                @if plot.gaps > 0 { rect.unmeasured x="0" y="0" width=(plot.gaps * COLUMN) height=(HEIGHT) {} }
                line.axis x1="0" y1=(HEIGHT) x2=(width) y2=(HEIGHT) {}
                (plot.drawn)
            }
            div.edge { span { (begins) " ago" } span { "now" } }
            details {
                summary { "Numbers" }
                @if busy.is_empty() { p.hint { "Nothing was counted." } }
                @else {
                    div.scroll role="region" aria-label=(format!("Numbers: {}, {begins}", plot.title)) tabindex="0" {
                        table {
                            thead { tr { th scope="col" { "Ago" } @for name in plot.names { th.number scope="col" { (name) } } } }
                            tbody {
                                @for (back, row) in &busy {
                                    tr {
                                        th scope="row" { (ago(*back, plot.period.minutes)) }
                                        @for cell in row.iter() { td.number { (cell) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ago(back: usize, minutes_each: u64) -> String {
    let minutes = u64::try_from(back).unwrap_or_default() * minutes_each;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "now".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Period = Period {
        name: "hour",
        begins: "1 hour",
        column: "a minute",
        minutes: 1,
    };

    #[test]
    fn a_line_has_gaps_where_nothing_was_measured() {
        let drawn = line(
            HOUR,
            "x",
            "Calls",
            &[None, Some(0), Some(10), Some(5)],
            |n| n.to_string(),
        );
        let drawn = drawn.into_string();
        assert!(drawn.contains("d=\"M15 100h0L25 4L35 52\""), "{drawn}");
        assert!(
            drawn.contains("class=\"unmeasured\" x=\"0\" y=\"0\" width=\"10\""),
            "{drawn}"
        );
        assert!(!drawn.contains("style="), "{drawn}");
    }

    #[test]
    fn the_parts_of_a_bar_stand_on_each_other_and_a_single_one_is_seen() {
        assert_eq!(
            stacked(&[500, 500, 0, 0], 1_000),
            [(52, 48), (4, 48), (4, 0), (4, 0)]
        );
        assert_eq!(
            stacked(&[9_999, 0, 1, 0], 10_000),
            [(5, 95), (5, 0), (2, 3), (2, 0)]
        );
        assert_eq!(stacked(&[0, 0, 0, 0], 0), [(100, 0); 4]);
        let shades = [0, 1, 100, 500, 1_000].map(|count| shade(count, 1_000));
        assert_eq!(shades, [None, Some(0), Some(0), Some(1), Some(3)]);
    }

    #[test]
    fn shares_are_told_by_the_edge_below_which_they_are() {
        let mut counts = [0; BUCKETS];
        assert_eq!(told_share(&counts, 50), "–");
        (counts[0], counts[6], counts[11]) = (90, 6, 4);
        assert_eq!(told_share(&counts, 50), "10 ms");
        assert_eq!(told_share(&counts, 95), "1 s");
        assert_eq!(told_share(&counts, 99), "more than 50 s");
    }
}
