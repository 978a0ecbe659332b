"""A press on an old message doesn't act on a session that has changed, and leaves its card of now.

Each button that the bot has ever put on a session's messages is pressed in each status that refuses
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import simcord
from simcord.enums import ComponentType

from bot.views.sessions.session_actions import BUTTONS, seconds
from mentorship.sessions import booking, rescheduling, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, disputes
from mentorship.sessions.lateness import notices
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.places import session_link
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.journeys.support.concurrency import Press, send_concurrently
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

HOUR = timedelta(hours=1)
WEDNESDAY = datetime.fromisoformat("2026-03-04T09:00+00:00")
MONDAY = datetime.fromisoformat("2026-03-09T09:00+00:00")
NEVER = datetime.fromisoformat("2026-03-13T09:00+00:00")
"""A start that no session has."""

BUTTONS_OF_MESSAGES: dict[Action, Callable[[SessionView], list[str]]] = {
    Action.CONFIRM: lambda s: [f"{_timed(s, 'confirm')}"],
    Action.DECLINE: lambda s: [f"{_timed(s, 'decline')}"],
    Action.ACCEPT_PROPOSAL: lambda s: [f"{_timed(s, 'accept')}"],
    Action.DECLINE_PROPOSAL: lambda s: [f"{_timed(s, 'keep')}"],
    Action.WITHDRAW_PROPOSAL: lambda s: [f"{_timed(s, 'withdraw')}"],
    Action.PROPOSE: lambda s: [
        f"session:{s.id}:move",
        f"move:days:{s.id}:{seconds(NEVER)}",
        f"move:times:{s.id}:{seconds(NEVER)}",
        f"move:pick:{s.id}:{seconds(NEVER)}",
        f"move:type:{s.id}",
        f"move:ask:{s.id}:{seconds(NEVER)}:{seconds(s.starts_at)}:0",
    ],
    Action.CANCEL: lambda s: [
        f"session:{s.id}:cancel",
        f"session:{s.id}:really-cancel:60:{seconds(s.starts_at)}",
        f"session:{s.id}:cancel-why:60:{seconds(s.starts_at)}",
    ],
    Action.REPORT_MET: lambda s: [f"session:{s.id}:took-place"],
    Action.REPORT_NO_SHOW: lambda s: [f"session:{s.id}:missed", f"session:{s.id}:missed-really"],
    Action.CONCEDE: lambda s: [f"session:{s.id}:concede", f"session:{s.id}:really-concede:60"],
}
"""The custom ids of the buttons that lead to each action."""

TIMED = (
    Action.CONFIRM,
    Action.DECLINE,
    Action.ACCEPT_PROPOSAL,
    Action.DECLINE_PROPOSAL,
    Action.WITHDRAW_PROPOSAL,
)
"""The actions whose buttons carry the times that were seen."""


_BY_BOTH = {"confirm", "decline", "accept", "keep", "withdraw", "move", "cancel", "took-place"} | {
    *("really-cancel", "cancel-why", "missed", "missed-really", "concede", "really-concede"),
    *("days", "times", "pick", "type", "ask", "late"),
}
PRESSED = {Party.MENTOR: _BY_BOTH | {"link"}, Party.MENTEE: _BY_BOTH | {"begin", "words", "5"}}
"""What is pressed in at least one status, by the part of its custom id that names it."""


def _timed(session: SessionView, key: str) -> str:
    proposed = session.times.proposed_starts_at
    return f"session:{session.id}:{key}:{seconds(session.starts_at)}:{seconds(proposed)}"


def refused_buttons(session: SessionView, person_id: int, now: datetime) -> Iterator[str]:
    """Yield the custom ids of all buttons that a session refuses a participant now."""
    available = session.actions(person_id, now)
    for action, custom_ids in BUTTONS_OF_MESSAGES.items():
        if action is Action.REPORT_MET and session.status is SessionStatus.COMPLETED:
            continue  # a second press leads to the rating
        if action not in available:
            yield from custom_ids(session)
        elif action in TIMED:
            # Its card shows other times than the session has.
            key = BUTTONS[action].key
            yield f"session:{session.id}:{key}:{seconds(NEVER)}:{seconds(NEVER)}"
    if not notices.choices(session, person_id, now):
        yield from (f"session:{session.id}:late", f"session:{session.id}:late:10")
    if session.party(person_id) is Party.MENTOR:
        if not session_link.can_set(session, person_id, now):
            yield f"session:{session.id}:link"
    elif session.status is not SessionStatus.COMPLETED:
        yield from (f"rate:{session.id}:{key}" for key in ("begin", "words", "5"))


async def create_sessions(
    guild: SimulatedGuild, mentor: simcord.MemberActor, mentee: simcord.MemberActor
) -> list[SessionView]:
    """Create a session in each status, and with each open question, of the same two people."""
    oliver, maya = actor_of(guild, mentor), actor_of(guild, mentee)
    run = guild.db.run

    async def request(start: datetime) -> int:
        return (await run(booking.book, maya, BookingRequest(mentor.id, start, 60))).id

    async def confirmed(start: datetime) -> int:
        session_id = await request(start)
        await run(transitions.confirm, oliver, session_id)
        return session_id

    async def report(actor: Any, session_id: int, met: Attendance) -> None:
        await run(attendance.report, actor, session_id, met)

    await guild.configure(limit_pending=20, limit_pending_per_mentor=20)
    await guild.configure(complete_after=60, confirm_within=60)
    no_show, expired = await confirmed(WEDNESDAY), await request(MONDAY)
    await guild.configure(complete_after=1_440, confirm_within=1_440)
    completed, disputed, refunded, reported, running = [
        await confirmed(WEDNESDAY + hours * HOUR) for hours in (1, 2, 3, 4, 5)
    ]
    await guild.advance_to(WEDNESDAY + HOUR)
    await report(maya, no_show, Attendance.NO_SHOW)
    await guild.advance_to(WEDNESDAY + 5 * HOUR + HOUR / 3)
    await report(maya, completed, Attendance.MET)
    for session_id in (disputed, refunded):
        await report(maya, session_id, Attendance.NO_SHOW)
        await report(oliver, session_id, Attendance.MET)
    await run(disputes.concede, oliver, refunded)
    await report(oliver, reported, Attendance.MET)

    pending, pending_moved, declined, withdrawn = [
        await request(MONDAY + hours * HOUR) for hours in range(1, 5)
    ]
    upcoming, moved, cancelled = [
        await confirmed(MONDAY + timedelta(days=1, hours=hours)) for hours in range(3)
    ]
    free = MONDAY + timedelta(days=2)
    await run(rescheduling.propose, maya, pending_moved, free)
    await run(rescheduling.propose, oliver, moved, free + HOUR)
    await run(transitions.decline, oliver, declined)
    await run(transitions.cancel, oliver, cancelled)
    await run(transitions.cancel, maya, withdrawn)
    past = (no_show, expired, completed, disputed, refunded, reported, running)
    coming = (pending, pending_moved, declined, withdrawn, upcoming, moved, cancelled)
    return [await guild.db.read(session_views.load, session_id) for session_id in (*past, *coming)]


@pytest.mark.parametrize("party", [Party.MENTOR, Party.MENTEE])
async def test_a_refused_press_leaves_the_current_card(guild: SimulatedGuild, party: Party) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=2_000)
    sessions = await create_sessions(guild, oliver, maya)
    assert {session.status for session in sessions} == set(SessionStatus)
    person = oliver if party is Party.MENTOR else maya
    pressed = set()
    for session in sessions:
        listed = await person.slash(guild.channel, "sessions")
        opened = Press(
            person,
            listed.response,
            "sessions:open:ub::0",
            ComponentType.STRING_SELECT,
            (str(session.id),),
        )
        (shown,) = await send_concurrently(guild, [opened])
        card = message_text(shown.response), button_labels(shown.response)
        for custom_id in refused_buttons(session, person.id, guild.now):
            kind, first, second = custom_id.split(":")[:3]
            pressed.add(first if kind == "move" else second)
            (refused,) = await send_concurrently(guild, [Press(person, shown.response, custom_id)])
            assert refused.modal is None, custom_id
            assert refused.followups, f"{custom_id} says why"
            assert message_text(refused.followups[0]), custom_id
            after = message_text(refused.response), button_labels(refused.response)
            assert after == card, custom_id
        assert await guild.db.read(session_views.load, session.id) == session
    assert pressed == PRESSED[party]
