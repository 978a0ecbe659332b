"""Calendar files in the shapes that common products write, with the times that they take.

`spans.toml` of each folder has a table for each file: `spans`, or the `problem` for which the file
can't be read; `unreadable`, how many of its events are left out; `zone`, the owner's (Berlin);
`start` and `end`, the dates between which it is read (March and April 2026). With `oracle`, the
libraries alone, which read times and zones in their own way, must find the same times, and so must
ical.js, which shares no code with them, unless the file is one of `NOT_FOR_ICAL_JS`.
"""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from collections import defaultdict
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
from tests.api.clients.tools import PACKAGES, needs_node

CORPUS = Path(__file__).parent / "corpus"

NOT_FOR_ICAL_JS = {
    # A zone without a definition is nothing to it.
    "apple/detached_occurrence_in_other_zone",
    "clock_changes/exdate_in_utc_after_the_change",
    "clock_changes/until_at_the_clock_change",
    "clock_changes/weekly_new_york_seen_from_berlin",
    "exchange/windows_zone_without_definition",
    "google/floating_with_calendar_zone",
    "nextcloud/room_busy_with_two_zones",
    "others/airline_across_the_date_line",
    "others/kathmandu_and_lord_howe",
    # It believes the definition.
    "clock_changes/definition_contradicts_the_name",
    "nextcloud/zone_definition_of_one_year",
    # It leaves out the start of a series by RDATE, can't read periods there, and moves 29 February.
    "nextcloud/rdate_only",
    "nextcloud/rdate_with_periods",
    "proton/yearly_leap_day",
    "broken/end_before_start",
}


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


@needs_node
def test_ical_js_finds_the_same_times():
    by_zone: dict[str, list[tuple[str, dict[str, Any], ReadRequest]]] = defaultdict(list)
    for each in CASES:
        path, case = each.values
        if case.get("oracle") and each.id not in NOT_FOR_ICAL_JS:
            request = request_of(case)
            by_zone[request.zone].append((str(path), case, request))
    for zone, found in by_zone.items():
        files = [
            (path, request.start.isoformat(), request.end.isoformat()) for path, _, request in found
        ]
        done = subprocess.run(
            ["node", Path(__file__).parent / "read_spans.mjs", PACKAGES, json.dumps(files)],
            env=os.environ | {"TZ": zone},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        for (path, case, _), spans in zip(found, json.loads(done.stdout), strict=True):
            instants = [(from_epoch(start), from_epoch(end)) for start, end in spans]
            assert written(merge(instants)) == case["spans"], path
    assert sum(map(len, by_zone.values())) > 40
