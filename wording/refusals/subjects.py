"""Errors about one of the things people work with: not found, somebody else's, changed."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.errors import Subject
from wording.translation import N_, _, sentences


def not_found(subject: Subject) -> str:
    """Write that something isn't there, or not for the reader."""
    if subject is Subject.GUILD:
        return _("I'm no longer in that server.")
    if subject is Subject.MEMBER:
        return _("I can't find that member. They may have left this server.")
    return sentences(
        _(_NOT_FOUND[subject]),
        # Translators: about anything that wasn't found: a session, a goal, a link.
        _("It may be gone, or it belongs to another server."),
    )


def not_yours(subject: Subject) -> str:
    """Write that the buttons of a card are somebody else's."""
    return _(_NOT_YOURS.get(subject, _NOT_YOUR_CARD))


def somebody_elses(subject: Subject) -> str:
    """Write for the user of the REST API that something belongs to another member."""
    return _(_SOMEBODY_ELSES.get(subject, N_("That belongs to somebody else.")))


def changed(subject: Subject, name: str | None) -> str:
    """Write that a text was changed while the reader wrote theirs; `name` is who changed it."""
    if name is None:
        text = _(_CHANGED.get(subject, N_("This text was changed while you were writing.")))
    else:
        # Translators: {name} is the first name of who changed it.
        unnamed = N_("{name} changed this text while you were writing.")
        text = _(_CHANGED_BY.get(subject, unnamed), name=name)
    return sentences(text, _("Your text isn't saved yet."))


_NOT_FOUND: Mapping[Subject, str] = {
    Subject.SESSION: N_("I can't find that session."),
    Subject.SERIES: N_("I can't find that series."),
    Subject.INVITATION: N_("I can't find that invitation."),
    Subject.HELP_REQUEST: N_("I can't find that request for help."),
    Subject.SLOT: N_("I can't find that time."),
    Subject.DISPUTE: N_("I can't find that dispute."),
    Subject.RATING: N_("I can't find that rating."),
    Subject.REVIEW: N_("I can't find that review."),
    Subject.REPLY: N_("I can't find that reply."),
    Subject.THANKS: N_("I can't find those thanks."),
    Subject.APPLICATION: N_("I can't find that application."),
    Subject.MENTOR_PROFILE: N_("I can't find that mentor profile."),
    Subject.GRANT_REQUEST: N_("I can't find that grant request."),
    Subject.SETTING: N_("I can't find that setting."),
    Subject.BLOCK: N_("I can't find that block."),
    Subject.GROUP_SESSION: N_("I can't find that session."),
    Subject.SEAT: N_("I can't find that seat."),
    Subject.WAITLIST: N_("I can't find that place on the waitlist."),
    Subject.SLOT_ALERT: N_("I can't find that slot alert."),
    Subject.QUESTION: N_("I can't find that question."),
    Subject.MENTORSHIP: N_("I can't find that mentorship."),
    Subject.GOAL: N_("I can't find that goal."),
    Subject.WEBHOOK_ENDPOINT: N_("I can't find that webhook endpoint."),
    Subject.WEBHOOK_DELIVERY: N_("I can't find that webhook delivery."),
    Subject.WEBHOOK_SECRET: N_("I can't find that webhook secret."),
    Subject.CALENDAR: N_("I can't find that calendar."),
    Subject.CALENDAR_FEED: N_("I can't find that calendar feed."),
    Subject.NOTE: N_("I can't find that note."),
    Subject.NEXT_STEP: N_("I can't find that next step."),
    Subject.SESSION_LINK: N_("I can't find that link."),
    Subject.CARD: N_("I can't find that card."),
    Subject.BUTTON: N_("I can't find that button."),
    Subject.CHOICE: N_("I can't find that choice."),
    Subject.FORM: N_("I can't find that form."),
    Subject.PAGE: N_("I can't find that page."),
}

_NOT_YOUR_CARD = N_("That isn't yours, so you can't use these buttons.")

_NOT_YOURS: Mapping[Subject, str] = {
    Subject.SESSION: N_("That session isn't yours, so you can't use these buttons."),
    Subject.GROUP_SESSION: N_("That session isn't yours, so you can't use these buttons."),
    Subject.APPLICATION: N_("That application isn't yours, so you can't use these buttons."),
    Subject.GOAL: N_("That goal isn't yours, so you can't use these buttons."),
    Subject.MENTORSHIP: N_("That mentorship isn't yours, so you can't use these buttons."),
    Subject.RATING: N_("That rating isn't yours, so you can't use these buttons."),
    Subject.REPLY: N_("That reply isn't yours, so you can't use these buttons."),
    Subject.THANKS: N_("Those thanks aren't yours, so you can't use these buttons."),
    Subject.INVITATION: N_("That invitation isn't yours, so you can't use these buttons."),
    Subject.CARD: N_("That card isn't yours, so you can't use these buttons."),
    Subject.SERIES: N_("That series isn't yours, so you can't use these buttons."),
    Subject.HELP_REQUEST: N_("That request for help isn't yours, so you can't use these buttons."),
}

_SOMEBODY_ELSES: Mapping[Subject, str] = {
    Subject.SESSION: N_("That session belongs to somebody else."),
    Subject.GROUP_SESSION: N_("That session belongs to somebody else."),
    Subject.APPLICATION: N_("That application belongs to somebody else."),
    Subject.GOAL: N_("That goal belongs to somebody else."),
    Subject.MENTORSHIP: N_("That mentorship belongs to somebody else."),
    Subject.RATING: N_("That rating belongs to somebody else."),
    Subject.REPLY: N_("That reply belongs to somebody else."),
    Subject.THANKS: N_("Those thanks belong to somebody else."),
    Subject.INVITATION: N_("That invitation belongs to somebody else."),
    Subject.SERIES: N_("That series belongs to somebody else."),
    Subject.HELP_REQUEST: N_("That request for help belongs to somebody else."),
}

_CHANGED: Mapping[Subject, str] = {
    Subject.NOTE: N_("This note was changed while you were writing."),
    Subject.NEXT_STEP: N_("This next step was changed while you were writing."),
    Subject.GOAL: N_("This goal was changed while you were writing."),
}

# Translators: {name} is the first name of who changed it.
_CHANGED_BY: Mapping[Subject, str] = {
    Subject.NOTE: N_("{name} changed this note while you were writing."),
    Subject.NEXT_STEP: N_("{name} changed this next step while you were writing."),
    Subject.GOAL: N_("{name} changed this goal while you were writing."),
}
