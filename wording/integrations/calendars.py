"""Calendars on other servers, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mentorship.calendars.external_calendars import ExternalCalendarView
from mentorship.errors import CalendarProblem

OWN_APPOINTMENT = "You have something in your calendar at that time."
"""What tells a mentor that they're busy by their own calendar, and nothing more."""

_PROBLEMS = {
    CalendarProblem.REFUSED: "That address isn't on the public internet, so I can't read it.",
    CalendarProblem.UNKNOWN_HOST: "There's no server at that address. Check it for typos.",
    CalendarProblem.UNREACHABLE: "The calendar's server can't be reached.",
    CalendarProblem.BAD_CERTIFICATE: "The calendar's server has no valid certificate.",
    CalendarProblem.TIMEOUT: "The calendar's server took too long to answer.",
    CalendarProblem.SIGN_IN_NEEDED: (
        "That address needs a sign-in. Use the calendar's secret or public address instead."
    ),
    CalendarProblem.WRONG_PASSWORD: (
        "The calendar's server refused the user name or password. Many need an app password, which "
        "you create in your account's security settings."
    ),
    CalendarProblem.FORBIDDEN: "The calendar's server doesn't allow that for this account.",
    CalendarProblem.NOT_FOUND: "There's no calendar at that address.",
    CalendarProblem.NOT_A_CALENDAR: "What's at that address isn't a calendar.",
    CalendarProblem.INCOMPLETE: "The calendar's file is cut off in the middle.",
    CalendarProblem.TOO_COMPLEX: "That calendar takes too long to read.",
    CalendarProblem.TOO_MANY_REDIRECTS: "That address redirects too many times.",
    CalendarProblem.TOO_LARGE: "That calendar is too large for me to read.",
    CalendarProblem.TOO_MANY_EVENTS: "That calendar has too many events for me to read.",
    CalendarProblem.STORAGE_FULL: "The calendar's server has no space left.",
    CalendarProblem.SERVER_ERROR: "The calendar's server has a problem at the moment.",
    CalendarProblem.BAD_ANSWER: "The calendar's server gave an answer that I can't read.",
    CalendarProblem.UNREADABLE_SECRET: (
        "The calendar's address or password can't be read anymore. Remove the calendar and add it "
        "again."
    ),
}


def problem(code: CalendarProblem) -> str:
    """Return why a calendar can't be used, as a sentence."""
    return _PROBLEMS[code]


OWN_CALENDARS = "Your other calendars"

NOT_SET_UP = (
    "Calendars aren't set up for this bot yet. Ask the person who runs it to add an encryption key."
)
"""What people read if the configuration has no encryption key."""

NO_ACCOUNTS = "This bot can't connect calendar accounts."

PASSWORD_FORGOTTEN = (
    "That took a while, and I only store your password once you've chosen a calendar."
)


def explanation(is_mentor: bool) -> str:
    """Return what calendars that people keep elsewhere are for."""
    if is_mentor:
        return (
            "When you're busy there, nobody can book you. Others only see that you aren't free. "
            "With an account, your sessions are added to your calendar, too."
        )
    return "Connect an account to have your sessions added to your calendar and kept up to date."


def connection_explanation(is_mentor: bool) -> str:
    """Return what happens to the calendar of an account that is chosen."""
    text = "Your upcoming sessions are added to the calendar that you choose"
    if is_mentor:
        text += ", and nobody can book you while you're busy there"
    return f"{text}. You can change that afterwards."


def uses(calendar: ExternalCalendarView) -> str:
    """Return what a calendar is used for."""
    parts = []
    if calendar.blocks_slots:
        parts.append("blocks slots while you're busy")
    if calendar.receives_sessions:
        parts.append("gets your sessions")
    return " and ".join(parts).capitalize() if parts else "Not used at the moment"


def state(calendar: ExternalCalendarView, when: Callable[[datetime], str]) -> str:
    """Return when a calendar was last read, or why it can't be. `when` writes how long ago."""
    checked = "" if calendar.checked_at is None else f"Last checked {when(calendar.checked_at)}."
    if calendar.failing_since is not None and calendar.problem is not None:
        since = when(calendar.failing_since)
        return f"Can't be used since {since}: {problem(calendar.problem)} {checked}".rstrip()
    return checked or "Not checked yet. That takes up to a minute."


def effects_of_removal(calendar: ExternalCalendarView) -> str:
    """Return what removing a calendar does."""
    effects = ["Its address and password are deleted."]
    if calendar.blocks_slots:
        effects.append("People can book you again while you're busy there.")
    if calendar.receives_sessions:
        effects.append("Upcoming sessions are taken out of it; those that are over stay.")
    return " ".join(effects)
