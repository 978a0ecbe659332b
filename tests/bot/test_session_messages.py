"""Notification cards offer only what the life cycle allows at the moment they are sent."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from discord import ui

import bot.persistent_items  # noqa: F401  # registers the buttons of all actions
from bot.components.cards import ActionRows
from bot.notifications.messages import session_messages
from bot.notifications.messages.current_messages import HISTORY
from bot.views.sessions.session_actions import BUTTONS
from mentorship.delivery.outbox import DueNotification
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications.catalogue import CATALOGUE, NotificationKind
from mentorship.sessions.lateness import notices
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.session_views import Person, Proposal, SessionView
from mentorship.statuses import AGREED, SessionStatus
from wording.reader import Reader

START = datetime(2026, 3, 4, 15, tzinfo=UTC)
END = START + timedelta(hours=1)
MENTOR, MENTEE = Person(1, "Oliver", "Europe/London"), Person(2, "Maya", "America/New_York")
MOMENTS = (
    START - timedelta(days=1),
    START - timedelta(minutes=1),
    START,
    START + timedelta(minutes=5),
    END + timedelta(minutes=1),
    END + timedelta(days=2),
)


def session(
    status: SessionStatus, proposed_by: int | None, reports: dict[Party, Attendance]
) -> SessionView:
    proposal = None
    if proposed_by is not None:
        proposal = Proposal(proposed_by, START + timedelta(hours=3), END + timedelta(hours=3))
    return SessionView(
        id=7,
        guild_id=9,
        mentor=MENTOR,
        mentee=MENTEE,
        starts_at=START,
        ends_at=END,
        timezone="Europe/London",
        status=status,
        topic="",
        price=60,
        fee_percent=0,
        confirm_within=1_440,
        free_cancellation_until=1_440,
        late_refund_percent=0,
        cancellation_grace=15,
        complete_after=1_440,
        free_cancellation_ends_at=START - timedelta(days=1),
        created_at=START - timedelta(days=3),
        next_at=START - timedelta(hours=1),
        proposal=proposal,
        reports=reports,
    )


def notification(
    kind: NotificationKind, view: SessionView, reader_id: int, now: datetime
) -> DueNotification:
    return DueNotification(
        id=1,
        key="key",
        kind=kind,
        guild=GuildSettings(9),
        user_id=reader_id,
        facts={
            "act": "keep",
            "entry": 5,
            "calendar": "Work",
            "label": "Work",
            "start": int(now.timestamp()) + 60,
        },
        attempts=1,
        session=view,
        application=None,
        review=None,
        transfer=None,
        audit_entry=None,
        alternatives=(),
        now=now,
        due_at=now,
        useful_until=None,
    )


def session_buttons(actions: ActionRows) -> set[str]:
    """Return the keys of the buttons that act on the session."""
    items = [item for row in actions for item in row.children]
    custom_ids = (item.item.custom_id for item in items if isinstance(item, ui.DynamicItem))
    prefix = "session:7:"
    return {
        # Behind the key, some custom ids have the times that the card shows.
        custom_id.removeprefix(prefix).split(":")[0]
        for custom_id in custom_ids
        if custom_id.startswith(prefix) and custom_id != f"{prefix}calendar"
    }


@pytest.mark.parametrize("kind", session_messages.RENDERERS)
def test_notifications_offer_only_available_actions(kind: NotificationKind) -> None:
    reports: list[dict[Party, Attendance]] = [
        {},
        {Party.MENTOR: Attendance.NO_SHOW},
        {Party.MENTEE: Attendance.NO_SHOW},
    ]
    for status, proposed_by, reported, reader_id, now in itertools.product(
        SessionStatus, (None, MENTOR.user_id, MENTEE.user_id), reports, (1, 2), MOMENTS
    ):
        view = session(status, proposed_by, reported)
        due = notification(kind, view, reader_id, now)
        card = session_messages.render(due, view, reader_id, Reader())
        available = {
            BUTTONS[action].key for action in view.actions(reader_id, now) if action in BUTTONS
        }
        is_mentor = view.party(reader_id) is Party.MENTOR
        if is_mentor and view.status in AGREED and now < view.ends_at:
            available.add("link")
        if notices.choices(view, reader_id, now):
            available.add("late")
        offered = session_buttons(card.actions) if card is not None else set()
        assert offered <= available, (status, proposed_by, reported, reader_id, now)


def test_every_message_that_a_newer_one_replaces_says_what_happened() -> None:
    replaced = {kind for kind, spec in CATALOGUE.items() if spec.shows_state and spec.supersedes}
    assert set(HISTORY) == replaced
