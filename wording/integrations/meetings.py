"""Meeting providers in words: their names, and what is wrong with them."""

from __future__ import annotations

from mentorship.meetings.problems import MeetingProblem
from wording.translation import N_, _, sentences

PROVIDERS = {"jitsi": "Jitsi", "zoom": "Zoom", "daily": "Daily"}
"""The providers' names, by place."""

_PROBLEMS = {
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.NOT_CONFIGURED: N_("{provider} isn't set up for this bot."),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.UNAUTHORIZED: N_("{provider} refuses the bot's credentials."),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.UNKNOWN_HOST_USER: N_(
        "{provider} doesn't know the user who should host meetings."
    ),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.NO_FREE_HOST: N_(
        "{provider} has no free host: each of them hosts another meeting at that time."
    ),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.RATE_LIMITED: N_("{provider} accepts no more requests for now."),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.UNAVAILABLE: N_("{provider} can't be reached."),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.BAD_ANSWER: N_("{provider} gives answers that I don't understand."),
    # Translators: {provider} is a service such as Zoom.
    MeetingProblem.REFUSED: N_("{provider} refuses to create meetings."),
}


def title(group_title: str) -> str:
    """Return the title of a meeting at a provider; without names, since the provider sees it."""
    # Translators: the title of a meeting of two people at Zoom or another service.
    return group_title or _("Mentorship session")


def provider_name(place: str) -> str:
    """Return the name of a provider."""
    return PROVIDERS.get(place, place)


def problem(provider: str, code: str) -> str:
    """Return what is wrong with a provider: `Zoom can't be reached.`"""
    return _(_PROBLEMS[MeetingProblem(code)], provider=provider_name(provider))


def moderators_note(provider: str, code: str) -> str:
    """Return what moderators are told of a provider that fails."""
    needs_operator = code in (
        MeetingProblem.NOT_CONFIGURED,
        MeetingProblem.UNAUTHORIZED,
        MeetingProblem.UNKNOWN_HOST_USER,
        MeetingProblem.NO_FREE_HOST,
    )
    return sentences(
        problem(provider, code),
        _("Tell whoever runs the bot.")
        if needs_operator
        else _("I keep trying until 15 minutes before a session starts."),
    )
