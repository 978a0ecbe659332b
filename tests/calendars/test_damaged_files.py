"""The files of the corpus with random damage: they are read or refused, and no more happens."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_reader import read_busy
from tests.calendars.ics_files import REQUEST

FILES = sorted((Path(__file__).parent / "corpus").glob("*/*.ics"))
TOKENS = [
    *(
        b"99999999",
        b"00000000T000000Z",
        b"-",
        b";",
        b":",
        b'"',
        b",",
        b"/",
        b"\x00",
        b"\xff",
        b"\r",
    ),
    *(b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"BEGIN:VTIMEZONE\r\n", b"END:VCALENDAR\r\n"),
    *(
        b"RRULE:FREQ=SECONDLY\r\n",
        b"RRULE:FREQ=YEARLY;BYMONTH=13\r\n",
        b"RDATE:\r\n",
        b"EXDATE:,\r\n",
    ),
    *(b"DTEND:00010101T000000Z\r\n", b"DTSTART:99991231T235959Z\r\n", b"DURATION:-P9999999W\r\n"),
    *(b"RECURRENCE-ID;RANGE=THISANDFUTURE:20260310T090000Z\r\n", b"TZOFFSETTO:+9999\r\n"),
]


def damage(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines)) if lines else 0
        match chance.randrange(6):
            case 0 if lines:
                del lines[at]
            case 1 if lines:
                lines.insert(at, chance.choice(lines))
            case 2 if lines:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3 if lines:
                where = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:where] + chance.choice(TOKENS) + lines[at][where:]
            case 4 if lines:
                lines[at] = bytes(
                    chance.randrange(256) if chance.random() < 0.05 else byte for byte in lines[at]
                )
            case _:
                lines.insert(at, chance.choice(TOKENS))
    return b"".join(lines)


@pytest.mark.parametrize("seed", [range(2), pytest.param(range(2, 100), marks=pytest.mark.long)])
def test_a_damaged_file_is_read_or_refused(seed: range) -> None:
    read = 0
    for number in seed:
        chance = random.Random(number)
        for path in FILES:
            try:
                busy = read_busy(damage(path.read_bytes(), chance), REQUEST)
            except UnreadableCalendar:
                continue
            read += 1
            flat = [edge for span in busy.spans for edge in span]
            assert flat == sorted(set(flat))
            assert not flat or flat[0] >= REQUEST.start.timestamp()
            assert not flat or flat[-1] <= REQUEST.end.timestamp()
    assert read > len(seed) * len(FILES) / 2
