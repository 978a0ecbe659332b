"""The refund policy in sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from bot.formatting import discord_timestamp as moment
from bot.views.sessions.refund_policy import move_policy, quote_policy, session_policy
from mentorship.sessions.booking import Quote
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from wording.reader import ENGLISH

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
START = datetime(2026, 3, 5, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
OLIVER, MAYA = Person(1, "Oliver", "Europe/London"), Person(2, "Maya", "America/New_York")

QUOTE = Quote(
    mentor_id=OLIVER.user_id,
    mentor_name="Oliver",
    starts_at=START,
    ends_at=START + HOUR,
    minutes=60,
    topic="",
    price=60,
    balance=100,
    zone="America/New_York",
    mentor_zone="Europe/London",
    clock_change=False,
    confirmed_at_once=False,
    answer_deadline=NOW + DAY,
    free_cancellation_until=START - DAY,
    late_refund_percent=0,
    cancellation_grace=15,
    terms="",
)
SESSION = SessionView(
    id=7,
    guild_id=9,
    mentor=OLIVER,
    mentee=MAYA,
    starts_at=START,
    ends_at=START + HOUR,
    timezone="Europe/London",
    status=SessionStatus.CONFIRMED,
    topic="",
    price=60,
    fee_percent=0,
    confirm_within=1_440,
    free_cancellation_until=1_440,
    late_refund_percent=0,
    cancellation_grace=15,
    complete_after=1_440,
    free_cancellation_ends_at=START - DAY,
    created_at=NOW,
    next_at=START,
)
BY = f"by {moment(START - DAY)}"
WITHIN = "within 15 minutes after Oliver confirms"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, f"Full refund if you cancel {BY}. After that, no refund."),
        (
            {"late_refund_percent": 50},
            f"Full refund if you cancel {BY}. After that, a 50% refund.",
        ),
        ({"late_refund_percent": 100}, "Full refund if you cancel before the start."),
        ({"price": 0}, "You can cancel at any time before the start."),
        # The mentor may confirm when free cancellation is over, or about to be.
        (
            {"answer_deadline": START - DAY - 14 * MINUTE},
            f"Full refund if you cancel {BY} or {WITHIN}. After that, no refund.",
        ),
        (
            {"answer_deadline": START - DAY - 15 * MINUTE},
            f"Full refund if you cancel {BY}. After that, no refund.",
        ),
        (
            {"free_cancellation_until": None},
            f"Full refund if you cancel {WITHIN}. After that, no refund.",
        ),
        (
            {"free_cancellation_until": None, "cancellation_grace": 0},
            "Full refund if you cancel before Oliver confirms. After that, no refund.",
        ),
        (
            {"free_cancellation_until": None, "confirmed_at_once": True},
            "Full refund if you cancel within 15 minutes after booking. After that, no refund.",
        ),
        (
            {
                "free_cancellation_until": None,
                "confirmed_at_once": True,
                "cancellation_grace": 0,
                "late_refund_percent": 50,
            },
            "50% refund if you cancel.",
        ),
    ],
)
def test_a_quote_says_what_a_cancellation_refunds(changes: dict[str, Any], sentence: str) -> None:
    assert quote_policy(replace(QUOTE, **changes), ENGLISH) == sentence


@pytest.mark.parametrize(
    ("changes", "to_mentee", "to_mentor"),
    [
        (
            {},
            f"Full refund if you cancel {BY}. After that, no refund.",
            f"Full refund if Maya cancels {BY}. After that, no refund.",
        ),
        ({"price": 0}, "", ""),
        (
            {
                "status": SessionStatus.SCHEDULED,
                "free_cancellation_ends_at": NOW,
                "next_at": START - HOUR,
            },
            f"Full refund if you cancel {WITHIN}. After that, no refund.",
            "Full refund if Maya cancels within 15 minutes after you confirm. After that, no "
            "refund.",
        ),
    ],
)
def test_a_session_says_what_a_cancellation_refunds(
    changes: dict[str, Any], to_mentee: str, to_mentor: str
) -> None:
    session = replace(SESSION, **changes)
    assert session_policy(session, MAYA.user_id, ENGLISH, NOW) == to_mentee
    assert session_policy(session, OLIVER.user_id, ENGLISH, NOW) == to_mentor


@pytest.mark.parametrize(
    ("late_percent", "now", "sentence"),
    [
        (0, START - DAY, f"Full refund if you cancel {BY}. After that, no refund."),
        (0, START - DAY + MINUTE, "No refund if you cancel."),
        (50, START - DAY + MINUTE, "50% refund if you cancel."),
    ],
)
def test_a_confirmed_session_names_no_time_that_has_passed(
    late_percent: int, now: datetime, sentence: str
) -> None:
    session = replace(SESSION, late_refund_percent=late_percent)
    assert session_policy(session, MAYA.user_id, ENGLISH, now) == sentence


LATE = START - HOUR
NEXT_WEEK = START + 7 * DAY
NEW = f"by {moment(NEXT_WEEK - DAY)}"


@pytest.mark.parametrize(
    ("changes", "proposer", "reader", "now", "sentence"),
    [
        (
            {},
            Party.MENTEE,
            OLIVER,
            LATE,
            "If Maya cancels at the new time, there's still no refund: moving a session doesn't "
            "restart free cancellation.",
        ),
        (
            {"late_refund_percent": 50},
            Party.MENTEE,
            MAYA,
            LATE,
            "If you cancel at the new time, there's still only a 50% refund: moving a session "
            "doesn't restart free cancellation.",
        ),
        (
            {},
            Party.MENTOR,
            OLIVER,
            LATE,
            f"At the new time: Full refund if Maya cancels {NEW}. After that, no refund.",
        ),
        (
            {},
            Party.MENTEE,
            MAYA,
            NOW,
            f"At the new time: Full refund if you cancel {NEW}. After that, no refund.",
        ),
        # The mentor may take so long that free cancellation is over by then.
        (
            {},
            Party.MENTEE,
            MAYA,
            START - DAY - HOUR,
            f"If Oliver accepts by {moment(START - DAY)}, free cancellation restarts. Full refund "
            f"if you cancel {NEW}. Otherwise, no refund.",
        ),
        (
            {},
            Party.MENTEE,
            OLIVER,
            START - DAY - HOUR,
            f"If you accept by {moment(START - DAY)}, free cancellation restarts. Full refund if "
            f"Maya cancels {NEW}. Otherwise, no refund.",
        ),
        ({"price": 0}, Party.MENTEE, MAYA, LATE, ""),
        ({"late_refund_percent": 100}, Party.MENTEE, MAYA, LATE, ""),
    ],
)
def test_a_move_says_which_refund_applies_at_the_new_time(
    changes: dict[str, Any], proposer: Party, reader: Person, now: datetime, sentence: str
) -> None:
    session = replace(SESSION, **changes)
    assert move_policy(session, NEXT_WEEK, proposer, reader.user_id, ENGLISH, now) == sentence


def test_a_move_to_a_start_that_is_soon_names_the_grace_period() -> None:
    soon = NOW + 3 * HOUR
    sentence = move_policy(SESSION, soon, Party.MENTOR, MAYA.user_id, ENGLISH, NOW)
    assert sentence == (
        "At the new time: Full refund if you cancel within 15 minutes after you accept. After "
        "that, no refund."
    )


def test_every_policy_has_words() -> None:
    ends, graces, percents = (None, NOW + HOUR, START - DAY), (0, 15), (0, 50, 100)
    for end, grace, percent, at_once in product(ends, graces, percents, (True, False)):
        quote = replace(
            QUOTE,
            free_cancellation_until=end,
            cancellation_grace=grace,
            late_refund_percent=percent,
            confirmed_at_once=at_once,
        )
        assert quote_policy(quote, ENGLISH).endswith(".")
    starts, readers = (NOW + HOUR, NOW + 30 * HOUR, NEXT_WEEK), (MAYA, OLIVER)
    for grace, percent, status, group_id, now, reader in product(
        graces,
        percents,
        (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED),
        (None, 3),
        (NOW, START - DAY - HOUR, LATE),
        readers,
    ):
        session = replace(
            SESSION,
            cancellation_grace=grace,
            late_refund_percent=percent,
            status=status,
            group_id=group_id,
        )
        assert session_policy(session, reader.user_id, ENGLISH, now).endswith(".")
        for start, party in product(starts, (Party.MENTOR, Party.MENTEE)):
            policy = move_policy(session, start, party, reader.user_id, ENGLISH, now)
            assert policy.endswith(".") or percent == 100
