"""Links that add a session to an online calendar, or subscribe to a feed. All fit a link button."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from mentorship.calendars.agenda import AgendaEntry
from wording.icalendar import calendar_file, icalendar_text
from wording.reader import Reader
from wording.translation import _

MAX_LINK = 512
"""Characters that the address of a link button in Discord can have."""

_GOOGLE = "https://calendar.google.com/calendar/render"
_OUTLOOK = "https://outlook.live.com/calendar/0"


def google_event(entry: AgendaEntry, reader: Reader) -> str:
    """Return a link to a form of Google Calendar with the session in it."""
    dates = "/".join(icalendar_text.instant(each) for each in (entry.span.start, entry.span.end))
    fixed = {"action": "TEMPLATE", "dates": dates}
    return _link(_GOOGLE, fixed, entry, ("text", "location", "details"), reader)


def outlook_event(entry: AgendaEntry, reader: Reader) -> str:
    """Return a link to a form of Outlook's calendar with the session in it."""
    fixed = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": _extended(entry.span.start),
        "enddt": _extended(entry.span.end),
    }
    base = f"{_OUTLOOK}/deeplink/compose"
    return _link(base, fixed, entry, ("subject", "location", "body"), reader)


def webcal(address: str) -> str:
    """Return the address of a feed with the scheme that opens a device's own calendar app."""
    return "webcal://" + address.partition("://")[2]


def google_subscription(address: str) -> str:
    """Return a link that subscribes to a feed in Google Calendar."""
    # With the address's own scheme, Google looks for a calendar of that id, and finds none.
    return _with_query(_GOOGLE, {"cid": webcal(address)})


def outlook_subscription(address: str) -> str:
    """Return a link that subscribes to a feed in Outlook."""
    query = {"url": address, "name": _(calendar_file.FEED_NAME)}
    return _with_query(f"{_OUTLOOK}/addfromweb", query)


def _link(
    base: str,
    fixed: dict[str, str],
    entry: AgendaEntry,
    names: tuple[str, str, str],
    reader: Reader,
) -> str:
    """Return a link with title, place and description, as far as they fit.

    A place that doesn't fit is left out, since half an address leads nowhere; texts are shortened.
    """
    title_name, place_name, details_name = names
    query = dict(fixed)
    room = MAX_LINK - len(_with_query(base, query))
    query[title_name] = _fitting(calendar_file.title(entry), room - len(f"&{title_name}="))
    if entry.link is not None:
        with_place = query | {place_name: entry.link}
        if len(_with_query(base, with_place)) <= MAX_LINK:
            query = with_place
    room = MAX_LINK - len(_with_query(base, query)) - len(f"&{details_name}=")
    details = _fitting(calendar_file.description(entry, reader), room)
    if details:
        query[details_name] = details
    return _with_query(base, query)


def _fitting(words: str, room: int) -> str:
    """Return the beginning of a text that takes at most `room` characters in a query."""
    if len(_quoted(words)) <= room:
        return words
    room -= len(_quoted("…"))
    used, kept = 0, []
    for each in words:
        used += len(_quoted(each))
        if used > room:
            break
        kept.append(each)
    return "".join(kept).rstrip() + "…" if kept else ""


def _with_query(base: str, query: dict[str, str]) -> str:
    return f"{base}?{urlencode(query, quote_via=quote, safe='')}"


def _quoted(words: str) -> str:
    return quote(words, safe="", errors="replace")


def _extended(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
