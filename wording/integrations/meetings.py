"""Meeting providers in words: their names, and what is wrong with them."""

from __future__ import annotations

from mentorship.meetings.problems import MeetingProblem

PROVIDERS = {"jitsi": "Jitsi", "zoom": "Zoom", "daily": "Daily"}
"""The providers' names, by place."""

_PROBLEMS = {
    MeetingProblem.NOT_CONFIGURED: "isn't set up for this bot",
    MeetingProblem.UNAUTHORIZED: "refuses the bot's credentials",
    MeetingProblem.UNKNOWN_HOST_USER: "doesn't know the user who should host meetings",
    MeetingProblem.NO_FREE_HOST: "has no free host: each of them hosts another meeting at that "
    "time",
    MeetingProblem.RATE_LIMITED: "accepts no more requests for now",
    MeetingProblem.UNAVAILABLE: "can't be reached",
    MeetingProblem.BAD_ANSWER: "gives answers that I don't understand",
    MeetingProblem.REFUSED: "refuses to create meetings",
}


def title(group_title: str) -> str:
    """Return the title of a meeting at a provider; without names, since the provider sees it."""
    return group_title or "Mentorship session"


def provider_name(place: str) -> str:
    """Return the name of a provider."""
    return PROVIDERS.get(place, place)


def problem(provider: str, code: str) -> str:
    """Return what is wrong with a provider, as a clause: `Zoom can't be reached`."""
    return f"{provider_name(provider)} {_PROBLEMS[MeetingProblem(code)]}"


def moderators_note(provider: str, code: str) -> str:
    """Return what moderators are told of a provider that fails."""
    needs_operator = code in (
        MeetingProblem.NOT_CONFIGURED,
        MeetingProblem.UNAUTHORIZED,
        MeetingProblem.UNKNOWN_HOST_USER,
        MeetingProblem.NO_FREE_HOST,
    )
    next_step = (
        "Tell whoever runs the bot."
        if needs_operator
        else "I keep trying until 15 minutes before a session starts."
    )
    return f"{problem(provider, code)}. {next_step}"
