"""The corpus of phrases with their meanings: `corpus/*.csv`, written from how people write.

Columns: the phrase, the reader's Discord locale (may be empty), their zone, the instant at which
they type, and what it means on their clock:

- `2026-08-07 15:00`: an instant; an abbreviation of the zone tells repeated hours apart.
- `2026-08-07`, `2026-08-07..2026-08-09`: whole days. The first may begin at a time.
- `2026-08-07 20:00-26:00`: a span; hours from 24 are those of the next day.
- Several of these, divided by ` | `.
- The reason for which it can't be read, such as `ambiguous`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

CORPUS = Path(__file__).parent / "corpus"

SPAN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?: (?P<start>\d\d:\d\d))?"
    r"(?:-(?P<end>\d\d:\d\d)|\.\.(?P<last>\d{4}-\d\d-\d\d)| (?P<zone>[A-Z]+))?"
)


@dataclass(frozen=True)
class Phrase:
    """A line of the corpus."""

    text: str
    locale: str | None
    zone: str
    now: datetime
    reading: str

    @property
    def is_refused(self) -> bool:
        return not self.reading[0].isdigit()

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """The spans in UTC; instants are empty ones. zoneinfo converts them, the program pytz."""
        return [self._span(part) for part in self.reading.split(" | ")]

    def _span(self, text: str) -> tuple[datetime, datetime]:
        match = SPAN.fullmatch(text)
        assert match is not None, f"{self.text}: {text}"
        start = self._instant(match["day"], match["start"] or "00:00", match["zone"])
        if match["end"]:
            return start, self._instant(match["day"], match["end"])
        if match["start"] and not match["last"]:
            return start, start
        return start, self._instant(match["last"] or match["day"], "24:00")

    def _instant(self, day: str, clock: str, zone: str | None = None) -> datetime:
        hours, minutes = map(int, clock.split(":"))
        wall = datetime.fromisoformat(day) + timedelta(hours=hours, minutes=minutes)
        local = wall.replace(tzinfo=ZoneInfo(self.zone))
        if zone is not None and local.tzname() != zone:
            local = local.replace(fold=1)
            assert local.tzname() == zone
        return local.astimezone(UTC)


def phrases() -> list[Phrase]:
    """Return the whole corpus."""
    found = []
    for path in sorted(CORPUS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [
                Phrase(
                    row["text"],
                    row["locale"] or None,
                    row["zone"],
                    datetime.fromisoformat(row["now"]),
                    row["reading"],
                )
                for row in csv.DictReader(file)
            ]
    return found
