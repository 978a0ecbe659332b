"""What a mentor's cards say about the seats of a group session."""

from __future__ import annotations

from dataclasses import replace

from bot.components.cards import Card
from bot.views.groups.attendance import MAX_NAMES, add_outcome, names
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from tests.bot.test_session_messages import session
from wording.reader import ENGLISH

MET, NO_SHOW = Attendance.MET, Attendance.NO_SHOW


def seat(
    name: str, status: SessionStatus, reports: dict[Party, Attendance] | None = None
) -> SessionView:
    return replace(session(status, None, reports or {}), mentee=Person(len(name) + 10, name, None))


def outcome(seats: list[SessionView], unlisted: int = 0) -> str:
    card = Card(title="Summary")
    add_outcome(card, seats, ENGLISH, unlisted)
    return "\n".join(str(getattr(item, "content", "")) for item in card.build().walk_children())


def test_a_resolved_dispute_is_not_shown_as_attended() -> None:
    contradiction = {Party.MENTEE: MET, Party.MENTOR: NO_SHOW}
    text = outcome(
        [
            seat("Maya", SessionStatus.COMPLETED, {Party.MENTEE: MET}),
            seat("Ken", SessionStatus.COMPLETED, contradiction),
            seat("Priya", SessionStatus.REFUNDED, contradiction),
        ]
    ).replace("**", "")
    assert "Attended: Maya\n" in text
    assert "Dispute resolved: Ken and Priya" in text


def test_seats_beyond_those_that_are_loaded_are_counted() -> None:
    seats = [seat(f"N{number}", SessionStatus.COMPLETED) for number in range(MAX_NAMES + 5)]
    text = outcome(seats, unlisted=37).replace("**", "")
    assert "and 5 others" in text
    assert "Not listed: 37 more seats" in text
    assert names(seats, ENGLISH, unlisted=37).endswith("and 42 others")
    assert "Not listed" not in outcome(seats)
