"""Links to online calendars: what they say, and that a link button in Discord takes them."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from tests.wording.test_calendar_file import ENTRY, LINK, MAYA, OLIVER
from wording.icalendar.calendar_links import (
    MAX_LINK,
    google_event,
    google_subscription,
    outlook_event,
    outlook_subscription,
    webcal,
)
from wording.reader import ENGLISH

FEED = "https://mentor.example/calendar/" + "a" * 43 + ".ics"


def query(link: str) -> dict[str, str]:
    """Return the parameters of a link, each of which it has once."""
    parts = urlsplit(link)
    assert parts.scheme == "https"
    return {name: value for name, (value,) in parse_qs(parts.query).items()}


def test_googles_link_has_the_session() -> None:
    link = google_event(ENTRY, ENGLISH)
    assert urlsplit(link)[1:3] == ("calendar.google.com", "/calendar/render")
    values = query(link)
    assert values["action"] == "TEMPLATE"
    assert values["dates"] == "20260303T120000Z/20260303T130000Z"
    assert values["text"] == "Session with Oliver"
    assert values["location"] == LINK
    assert values["details"].startswith("My first PR; and then?\nMentor: Oliver")


def test_outlooks_link_has_the_session() -> None:
    link = outlook_event(ENTRY, ENGLISH)
    assert urlsplit(link)[1:3] == ("outlook.live.com", "/calendar/0/deeplink/compose")
    values = query(link)
    assert values["rru"] == "addevent"
    assert values["startdt"] == "2026-03-03T12:00:00Z"
    assert values["enddt"] == "2026-03-03T13:00:00Z"
    assert values["subject"] == "Session with Oliver"
    assert values["location"] == LINK
    assert values["body"].startswith("My first PR; and then?\nMentor: Oliver")


@given(
    title=st.text(max_size=300),
    name=st.text(min_size=1, max_size=32),
    link=st.none() | st.integers(0, 512).map(lambda size: "https://meet.example/" + "x;" * size),
)
def test_any_session_fits_into_a_link_button(title: str, name: str, link: str | None) -> None:
    entry = replace(
        ENTRY,
        title=title,
        mentor=replace(OLIVER, name=name),
        mentee=replace(MAYA, name=name),
        link=link,
    )
    for write in (google_event, outlook_event):
        written = write(entry, ENGLISH)
        assert len(written) <= MAX_LINK
        assert written.isascii()
        # Half an address would lead nowhere.
        assert query(written).get("location") in (None, link)


def test_links_subscribe_to_a_feed() -> None:
    assert webcal(FEED) == FEED.replace("https", "webcal")
    google = google_subscription(FEED)
    assert query(google) == {"cid": webcal(FEED)}
    outlook = outlook_subscription(FEED)
    assert query(outlook) == {"url": FEED, "name": "Mentorship sessions"}
    assert max(map(len, (google, outlook))) <= MAX_LINK
