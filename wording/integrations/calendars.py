"""Calendars on other servers, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mentorship.calendars.external_calendars import ExternalCalendarView
from mentorship.errors import CalendarProblem
from wording.translation import N_, _, pgettext, sentences

OWN_APPOINTMENT = N_("You have something in your calendar at that time.")
"""What tells a mentor that they're busy by their own calendar, and nothing more."""

_PROBLEMS = {
    CalendarProblem.REFUSED: N_("That address isn't on the public internet, so I can't read it."),
    CalendarProblem.UNKNOWN_HOST: N_("There's no server at that address. Check it for typos."),
    CalendarProblem.UNREACHABLE: N_("The calendar's server can't be reached."),
    CalendarProblem.BAD_CERTIFICATE: N_("The calendar's server has no valid certificate."),
    CalendarProblem.TIMEOUT: N_("The calendar's server took too long to answer."),
    CalendarProblem.SIGN_IN_NEEDED: N_(
        "That address needs a sign-in. Use the calendar's secret or public address instead."
    ),
    CalendarProblem.WRONG_PASSWORD: N_(
        "The calendar's server refused the user name or password. Many need an app password, which "
        "you create in your account's security settings."
    ),
    CalendarProblem.FORBIDDEN: N_("The calendar's server doesn't allow that for this account."),
    CalendarProblem.NOT_FOUND: N_("There's no calendar at that address."),
    CalendarProblem.NOT_A_CALENDAR: N_("What's at that address isn't a calendar."),
    CalendarProblem.INCOMPLETE: N_("The calendar's file is cut off in the middle."),
    CalendarProblem.TOO_COMPLEX: N_("That calendar takes too long to read."),
    CalendarProblem.TOO_MANY_REDIRECTS: N_("That address redirects too many times."),
    CalendarProblem.TOO_LARGE: N_("That calendar is too large for me to read."),
    CalendarProblem.TOO_MANY_EVENTS: N_("That calendar has too many events for me to read."),
    CalendarProblem.STORAGE_FULL: N_("The calendar's server has no space left."),
    CalendarProblem.SERVER_ERROR: N_("The calendar's server has a problem at the moment."),
    CalendarProblem.BAD_ANSWER: N_("The calendar's server gave an answer that I can't read."),
    CalendarProblem.UNREADABLE_SECRET: N_(
        "The calendar's address or password can't be read anymore. Remove the calendar and add it "
        "again."
    ),
}


def problem(code: CalendarProblem) -> str:
    """Return why a calendar can't be used, as a sentence."""
    return _(_PROBLEMS[code])


OWN_CALENDARS = N_("Your other calendars")

NOT_SET_UP = N_(
    "Calendars aren't set up for this bot yet. Ask the person who runs it to add an encryption key."
)
"""What people read if the configuration has no encryption key."""

NO_ACCOUNTS = N_("This bot can't connect calendar accounts.")

PASSWORD_FORGOTTEN = N_(
    "That took a while, and I only store your password once you've chosen a calendar."
)
"""These constants are to be translated by `_`."""


def explanation(is_mentor: bool) -> str:
    """Return what calendars that people keep elsewhere are for."""
    if is_mentor:
        return _(
            "When you're busy there, nobody can book you. Others only see that you aren't free. "
            "With an account, your sessions are added to your calendar, too."
        )
    return _("Connect an account to have your sessions added to your calendar and kept up to date.")


def connection_explanation(is_mentor: bool) -> str:
    """Return what happens to the calendar of an account that is chosen."""
    if is_mentor:
        text = _(
            "Your upcoming sessions are added to the calendar that you choose, and nobody can book "
            "you while you're busy there."
        )
    else:
        text = _("Your upcoming sessions are added to the calendar that you choose.")
    return sentences(text, _("You can change that afterwards."))


def uses(calendar: ExternalCalendarView) -> str:
    """Return what a calendar is used for."""
    match calendar.blocks_slots, calendar.receives_sessions:
        case True, True:
            return pgettext("a calendar", "Blocks slots while you're busy and gets your sessions")
        case True, False:
            return pgettext("a calendar", "Blocks slots while you're busy")
        case False, True:
            return pgettext("a calendar", "Gets your sessions")
    return pgettext("a calendar", "Not used at the moment")


def state(calendar: ExternalCalendarView, when: Callable[[datetime], str]) -> str:
    """Return when a calendar was last read, or why it can't be. `when` writes how long ago."""
    checked = ""
    if calendar.checked_at is not None:
        # Translators: {when} is a time, such as "3 minutes ago".
        checked = _("Last checked {when}.", when=when(calendar.checked_at))
    if calendar.failing_since is not None and calendar.problem is not None:
        # Translators: {time} is a time, such as "3 days ago", and {problem} a sentence.
        failing = _(
            "Can't be used since {time}: {problem}",
            time=when(calendar.failing_since),
            problem=problem(calendar.problem),
        )
        return sentences(failing, checked)
    return checked or _("Not checked yet. That takes up to a minute.")


def effects_of_removal(calendar: ExternalCalendarView) -> str:
    """Return what removing a calendar does."""
    effects = [_("Its address and password are deleted.")]
    if calendar.blocks_slots:
        effects.append(_("People can book you again while you're busy there."))
    if calendar.receives_sessions:
        effects.append(_("Upcoming sessions are taken out of it; those that are over stay."))
    return sentences(*effects)
