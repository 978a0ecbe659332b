"""Calendar files in the shapes that common products write, with the times that they take.

`spans.toml` of each folder has a table for each file: `spans`, or the `problem` for which the file
can't be read; `unreadable`, how many of its events are left out; `zone`, the owner's (Berlin);
`start` and `end`, the dates between which it is read (March and April 2026). With `oracle`, the
libraries alone, which read times and zones in their own way, must find the same times.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_reader import ReadRequest, read_busy
from mentorship.time import timezones
from mentorship.time.intervals import from_epoch, merge

CORPUS = Path(__file__).parent / "corpus"


def cases() -> Iterator[Any]:
    for table in sorted(CORPUS.glob("*/spans.toml")):
        for name, case in tomllib.loads(table.read_text()).items():
            yield pytest.param(table.parent / f"{name}.ics", case, id=f"{table.parent.name}/{name}")


CASES = list(cases())


def request_of(case: dict[str, Any]) -> ReadRequest:
    start, end = case.get("start", "2026-03-01"), case.get("end", "2026-05-01")
    return ReadRequest(
        case.get("zone", "Europe/Berlin"),
        datetime.fromisoformat(start).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
    )


def written(spans: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{start:%Y-%m-%dT%H:%MZ}/{end:%Y-%m-%dT%H:%MZ}" for start, end in spans]


def test_the_corpus_has_every_file_in_its_tables():
    files = set(CORPUS.glob("*/*.ics"))

    assert files == {case.values[0] for case in CASES}
    assert len(files) >= 60


@pytest.mark.parametrize(("path", "case"), CASES)
def test_a_file_takes_the_right_times(path: Path, case: dict[str, Any]):
    content = path.read_bytes()

    if "problem" in case:
        with pytest.raises(UnreadableCalendar) as error:
            read_busy(content, request_of(case))
        assert error.value.problem == case["problem"]
        return
    busy = read_busy(content, request_of(case))

    spans = [(from_epoch(start), from_epoch(end)) for start, end in busy.spans]
    assert written(spans) == case["spans"]
    assert busy.unreadable == case.get("unreadable", 0)


@pytest.mark.parametrize(("path", "case"), [case for case in CASES if case.values[1].get("oracle")])
def test_the_libraries_alone_find_the_same_times(path: Path, case: dict[str, Any]):
    request = request_of(case)
    calendar = icalendar.Calendar.from_ical(path.read_bytes())

    def instant(value: date) -> datetime:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        clock = value.time() if isinstance(value, datetime) else time()
        return timezones.from_wall_clock(datetime.combine(value, clock), request.zone).first

    margin = timedelta(days=2)
    found = [
        (instant(event["DTSTART"].dt), instant(event["DTEND"].dt))
        for event in recurring_ical_events.of(calendar).between(
            request.start - margin, request.end + margin
        )
        if event.get("STATUS") != "CANCELLED" and event.get("TRANSP") != "TRANSPARENT"
    ]
    within = [
        (max(start, request.start), min(end, request.end))
        for start, end in found
        if start < request.end and end > request.start
    ]
    assert written(merge(within)) == case["spans"]
