"""What the address and the answer of a server say about a calendar."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.calendars.ics_fetcher import owner_addresses, problem_of
from integrations.calendars.ics_reader import read_busy
from mentorship.errors import CalendarProblem
from tests.calendars.ics_files import REQUEST, calendar, event


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        (
            "https://calendar.google.com/calendar/ical/Anna.M%40example.com/private-0a1b/basic.ics",
            {"anna.m@example.com"},
        ),
        (
            "https://outlook.office365.com/owa/calendar/0a1b@example.org/c3d4/calendar.ics",
            {"0a1b@example.org"},
        ),
        ("https://p12-caldav.icloud.com/published/2/MTIzNDU2", set()),
        ("https://cloud.example/public.php?user=anna@example.com", set()),
    ],
)
def test_addresses_of_the_owner_are_read_from_the_path(url: str, addresses: set[str]):
    assert owner_addresses(url) == addresses


def test_what_the_owner_has_declined_leaves_them_free():
    invitation = event(
        "20260303T090000Z",
        "20260303T100000Z",
        "ATTENDEE;CN=Anna;PARTSTAT=DECLINED:MAILTO:Anna@Example.com",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com",
    )
    for address, is_free in (("anna@example.com", True), ("bob@example.com", False)):
        request = replace(REQUEST, owner_addresses=frozenset({address}))
        assert (read_busy(calendar(invitation), request).spans == ()) is is_free


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (404, CalendarProblem.NOT_FOUND),
        (410, CalendarProblem.NOT_FOUND),
        (401, CalendarProblem.SIGN_IN_NEEDED),
        (403, CalendarProblem.FORBIDDEN),
        (429, CalendarProblem.SERVER_ERROR),
        (500, CalendarProblem.SERVER_ERROR),
        (503, CalendarProblem.SERVER_ERROR),
        (204, CalendarProblem.BAD_ANSWER),
        (418, CalendarProblem.BAD_ANSWER),
    ],
)
def test_each_status_is_a_problem_that_its_owner_understands(status: int, problem: CalendarProblem):
    assert problem_of(status) is problem
