"""What is told while it runs, and the table at the end."""
import statistics
import sys

# A column, and the digits after its point.
CALLS = {"a second": 0, "p50 ms": 2, "p99 ms": 2, "p99.9 ms": 2, "processor µs": 0, "memory MiB": 0, "refused %": 1}
STATEMENTS = {"statements": 1, "PostgreSQL's own count": 1, "its transactions": 1, "sends": 1, "syncs": 2, "futex": 1,
              "epoll_wait": 1, "context switches": 1}
NONE = "–"


def progress(text):
    print(f"yardsticks: {text}", file=sys.stderr, flush=True)


class Missing(Exception):
    """Something cannot be measured here; the text says why."""


class Table:
    """Rows with a title, as medians of the rounds."""

    def __init__(self, title, columns=CALLS):
        self.title = title
        self.columns = columns
        self.rounds = {}
        self.ratios = {}
        self.notes = []

    def add(self, title, row):
        """One round of a row: a value for each column that it has."""
        self.rounds.setdefault(title, []).append(row)
        told = ", ".join(f"{column} {shown(value, self.columns[column])}" for column, value in row.items())
        progress(f"  {title}: {told}")
        if row.get("refused %", 0) >= 1:
            self.note(f"{title}: callers that were refused called again at once, and the processor has their calls too")

    def measure(self, title, measure, *arguments, **named):
        """One round of a row, or why there is none."""
        try:
            self.add(title, measure(*arguments, **named))
        except Missing as reason:
            self.missing(title, str(reason))

    def missing(self, title, reason):
        """A row without a figure."""
        self.rounds.setdefault(title, [])
        self.note(f"{title}: {reason}")

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            progress(f"  {text}")

    def median(self, title):
        rounds = self.rounds.get(title, [])
        columns = [column for column in self.columns if any(row.get(column) is not None for row in rounds)]
        return {column: statistics.median(row[column] for row in rounds if row.get(column) is not None) for column in columns}

    def ratio(self, title, of, to, columns=("a second", "p50 ms", "processor µs")):
        """A row with one row's figures divided by another's."""
        one, other = self.median(of), self.median(to)
        both = [column for column in columns if one.get(column) and other.get(column)]
        if both:
            self.ratios[title] = {column: one[column] / other[column] for column in both}

    def beside_parts(self, whole, parts):
        """A row with the sum of its parts, {title: how often}, and one that divides the whole by it: time under full load
        (one divided by how many a second), p50, processor."""
        figures = {part: self.median(part) for part in parts}
        if not self.median(whole) or not all(figures.values()):
            return
        total = lambda column: sum(times * figures[part][column] for part, times in parts.items())
        title = " + ".join(f"{times if times > 1 else ''} {part}".strip() for part, times in parts.items())
        self.add(title, {
            "a second": 1 / sum(times / figures[part]["a second"] for part, times in parts.items()),
            "p50 ms": total("p50 ms"),
            "processor µs": total("processor µs"),
        })
        self.ratio(f"{whole} / its parts", whole, title)
        ratio = self.ratios[f"{whole} / its parts"]
        ratio["a second"] = 1 / ratio["a second"]

    def markdown(self):
        lines = [f"### {self.title}", "", f"| | {' | '.join(self.columns)} |", "|---|" + "---:|" * len(self.columns)]
        for title in self.rounds:
            row = self.median(title)
            lines.append(f"| {title} | {' | '.join(shown(row.get(name), digits) for name, digits in self.columns.items())} |")
        for title, row in self.ratios.items():
            cells = [f"× {row[name]:.2f}" if name in row else "" for name in self.columns]
            lines.append(f"| **{title}** | {' | '.join(cells)} |")
        return "\n".join(lines + [""] + [f"- {note}" for note in self.notes])


def shown(value, digits):
    return NONE if value is None else f"{value:.{digits}f}"
