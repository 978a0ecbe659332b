"""Compare the database with the journal: every act is wholly there, once, or wholly absent.

The id of an act's interaction, or the idempotency key of a call, is stored in the act's own
transaction. So it says for every act, also for one without an answer, whether it is there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from mentorship.event_types import EventType
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.policy import WITH_SERIES
from mentorship.statuses import UPCOMING, SessionStatus
from tests.crash.activity import acts
from tests.crash.activity.journal import History, Outcome, RecordedAct

Rows = Sequence[Any]
Tables = Mapping[str, Rows]

API_PREFIX = "rest:"
"""The API's own prefix of the keys that its callers choose."""

EVENT_OF_STATUS: Mapping[SessionStatus, frozenset[EventType]] = {
    SessionStatus.CONFIRMED: frozenset(
        {
            EventType.SESSION_CONFIRMED,
            EventType.RESCHEDULE_ACCEPTED,
            EventType.INVITATION_ACCEPTED,
        }
    ),
    SessionStatus.IN_PROGRESS: frozenset({EventType.SESSION_STARTED}),
    SessionStatus.DECLINED: frozenset({EventType.SESSION_DECLINED}),
    SessionStatus.EXPIRED: frozenset({EventType.SESSION_EXPIRED}),
    SessionStatus.CANCELLED: frozenset({EventType.SESSION_CANCELLED}),
    SessionStatus.NO_SHOW: frozenset({EventType.SESSION_NO_SHOW}),
    SessionStatus.DISPUTED: frozenset({EventType.DISPUTE_OPENED}),
    SessionStatus.COMPLETED: frozenset(
        {
            EventType.SESSION_COMPLETED,
            EventType.DISPUTE_RESOLVED,
            EventType.DISPUTE_CONCEDED,
            EventType.DISPUTE_EXPIRED,
        }
    ),
    SessionStatus.REFUNDED: frozenset({EventType.DISPUTE_RESOLVED, EventType.DISPUTE_CONCEDED}),
}
"""One of these events has led to each status of a one-to-one session."""

EVENT_OF_SEAT_STATUS: Mapping[SessionStatus, frozenset[EventType]] = {
    **EVENT_OF_STATUS,
    SessionStatus.SCHEDULED: frozenset({EventType.SEAT_MOVED}),
    SessionStatus.CONFIRMED: frozenset(
        {EventType.SEAT_TAKEN, EventType.SEAT_GIVEN, EventType.SEAT_KEPT}
    ),
    SessionStatus.IN_PROGRESS: frozenset({EventType.SEAT_STARTED}),
    SessionStatus.EXPIRED: frozenset({EventType.SEAT_EXPIRED}),
    SessionStatus.CANCELLED: frozenset({EventType.SEAT_LEFT, EventType.SEAT_CANCELLED}),
    SessionStatus.COMPLETED: frozenset(
        {
            EventType.SEAT_COMPLETED,
            EventType.DISPUTE_RESOLVED,
            EventType.DISPUTE_CONCEDED,
            EventType.DISPUTE_EXPIRED,
        }
    ),
}
"""As `EVENT_OF_STATUS`, for a seat in a group session."""


def find_done(tables: Tables) -> set[int]:
    """Return the numbers of the acts that are in the database."""
    interactions = {row.id for row in tables["handled_interactions"]}
    keys = {int(row.key.removeprefix(API_PREFIX)) for row in tables["idempotency_keys"]}
    return interactions | keys


def check_outcomes(history: History, done: Collection[int]) -> None:
    """Check that acknowledged acts are there, and that others are not, unless they are in doubt."""
    for recorded in history.acts.values():
        if recorded.outcome.is_acknowledged:
            assert recorded.act.id in done, f"acknowledged, and lost: {recorded}"
        elif recorded.outcome is Outcome.REFUSED:
            assert recorded.act.id not in done, f"refused, and done: {recorded}"
        elif recorded.outcome is Outcome.UNAVAILABLE and not recorded.is_doubtful:
            assert recorded.act.id not in done, f"nothing was changed, and done: {recorded}"


def check_effects(history: History, tables: Tables, done: Collection[int]) -> None:
    """Check that each act which is there has all its effects once, and each other one none.

    Acts of visitors are left out: the rows that an erasure has made anonymous can't be told apart.
    """
    sessions = Counter(row.topic for row in tables["sessions"])
    reasons = Counter(row.reason for row in tables["transfers"])
    gifts = Counter((row.made_by, row.amount) for row in tables["transfers"] if row.cause == "gift")
    texts = Counter(row.text for row in tables["reviews"])
    ids = {row.topic: row.id for row in tables["sessions"]}
    for recorded in history.acts.values():
        act, mark = recorded.act, recorded.act.mark
        expected = int(act.id in done)
        if act.kind == acts.BOOK and not _is_visitor(recorded):
            assert sessions[mark] == expected, (recorded, sessions[mark])
            if recorded.outcome is Outcome.DONE:
                assert ids[mark] == recorded.answer, recorded
        elif act.kind == acts.GRANT:
            assert reasons[mark] == expected, (recorded, reasons[mark])
        elif act.kind == acts.GIVE:
            assert gifts[act.user, act.facts["amount"]] == expected, recorded
        elif act.kind == acts.RATE:
            assert texts[mark] == expected, recorded
    _check_events(history, tables, done)


def check_sessions(tables: Tables, guild_id: int) -> None:
    """Check that each session of a guild has all its rows, and got its status by its events."""
    sessions = [row for row in tables["sessions"] if row.guild_id == guild_id]
    seats, times, requests = defaultdict(list), defaultdict(list), Counter[int]()
    events: dict[int, Counter[str]] = defaultdict(Counter)
    starting: Counter[int] = Counter()
    for row in tables["participants"]:
        if row.guild_id == guild_id:
            seats[row.session_id].append(row)
    for row in tables["commitments"]:
        times[row.session_id].append(row)
    for row in tables["events"]:
        events[row.session_id][row.type] += 1
    for row in tables["notices"]:
        requests[row.session_id] += row.kind == NotificationKind.REQUESTED
        starting[row.session_id] += row.kind == NotificationKind.STARTING
    invited = {row.session_id for row in tables["invitations"]}
    for session in sessions:
        own = events[session.id]
        people = {row.user_id for row in seats[session.id]}
        roles = sorted(row.role for row in seats[session.id])
        status = SessionStatus(session.status)
        if session.group_id is not None:
            assert roles == ["host", "mentee"], session
            assert own[EventType.SEAT_TAKEN] + own[EventType.SEAT_GIVEN] == 1, session
            assert sum(own[event] for event in EVENT_OF_SEAT_STATUS[status]) >= 1, (session, own)
            # What a seat holds and which notifications it has, `group_checks` knows.
            continue
        assert roles == ["mentee", "mentor"], session
        assert own[EventType.SESSION_BOOKED] == 1, session
        if status is not SessionStatus.SCHEDULED:
            assert sum(own[event] for event in EVENT_OF_STATUS[status]) >= 1, (session, own)
        if status in UPCOMING:
            assert {row.user_id for row in times[session.id]} == people, session
            _check_held_times(session, times[session.id])
        if min(people) > 0:
            # An erasure deletes what was written to the person.
            is_asked_alone = session.series_id is None and session.id not in invited
            assert requests[session.id] == is_asked_alone, session
            assert status is not SessionStatus.CONFIRMED or starting[session.id] >= 2, session
    assert set(seats) == {session.id for session in sessions}


def _check_held_times(session: Any, held: Rows) -> None:
    """Check that both hold the session's time and the proposed one; adjacent ones are one."""
    spans = {(session.starts_at, session.ends_at)}
    if session.proposed_starts_at is not None:
        spans.add((session.proposed_starts_at, session.proposed_ends_at))
    for starts_at, ends_at in spans:
        covering = [row for row in held if row.starts_at <= starts_at and row.ends_at >= ends_at]
        assert len(covering) == 2, (session, held)
    assert {row.starts_at for row in held} <= {starts_at for starts_at, _ in spans}, session


def check_commitments(commitments: Rows) -> None:
    """Check that nobody is in two places at once."""
    spans = defaultdict(list)
    for row in commitments:
        purpose = (row.session_id or 0, row.group_id or 0, row.invitation_id or 0)
        spans[row.user_id].append((row.starts_at, row.ends_at, purpose))
    for own in spans.values():
        for earlier, later in pairwise(sorted(own)):
            assert later[0] >= earlier[1] or later[2] == earlier[2], (earlier, later)


def check_messages(notifications: Rows, nonces: Iterable[str], nonce: Any) -> None:
    """Check that each notification which was sent was received, once, and nothing else was."""
    received = Counter(nonces)
    assert set(received.values()) <= {1}
    sent = {nonce(row.key) for row in notifications if row.status == "sent"}
    assert received.keys() >= sent


def _is_visitor(recorded: RecordedAct) -> bool:
    return bool(recorded.act.facts.get("visits"))


def _check_events(history: History, tables: Tables, done: Collection[int]) -> None:
    """Check that each act on a session which is there has left one event, and no other has.

    Only proposing a time that the same person has proposed before may do nothing.
    """
    written: Counter[tuple[int, int, str]] = Counter(
        (row.session_id, row.actor_id, row.type)
        for row in tables["events"]
        # One act cancels all that remain of a series.
        if not row.facts.get(WITH_SERIES)
    )
    kinds: dict[tuple[int, int, frozenset[EventType]], list[Any]] = defaultdict(list)
    for recorded in history.acts.values():
        act = recorded.act
        if act.kind in acts.EVENTS:
            key = (act.facts["session"], act.user, acts.EVENTS[act.kind])
            kinds[key] += [act.facts.get("start", act.id)] if act.id in done else []
    for (session_id, user_id, types), expected in kinds.items():
        count = sum(written[session_id, user_id, event] for event in types)
        least = len(set(expected))
        assert least <= count <= len(expected), (session_id, user_id, types, count, expected)
