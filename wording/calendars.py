"""Calendars on other servers, in words."""

from __future__ import annotations

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
    CalendarProblem.NOT_FOUND: "There's no calendar at that address anymore.",
    CalendarProblem.NOT_A_CALENDAR: "What's at that address isn't a calendar.",
    CalendarProblem.INCOMPLETE: "The calendar that I got stops in the middle.",
    CalendarProblem.TOO_COMPLEX: "That calendar takes too long to read.",
    CalendarProblem.TOO_MANY_REDIRECTS: "That address leads from one address to the next.",
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
