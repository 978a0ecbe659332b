"""Check group sessions, seats, series, invitations and requests, and compare with the journal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from mentorship.event_types import EventType
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import (
    AGREED,
    CALLED_OFF,
    LIVE,
    HelpRequestStatus,
    InvitationStatus,
    SessionStatus,
)
from tests.crash.activity.checks import Rows, Tables
from tests.crash.activity.group_acts import GroupAct
from tests.crash.activity.journal import History, Outcome
from tests.crash.activity.offer_acts import OfferAct

EVENTS: Mapping[str, tuple[str, EventType]] = {
    GroupAct.EDIT: ("group", EventType.GROUP_EDITED),
    GroupAct.MOVE: ("group", EventType.GROUP_MOVED),
    GroupAct.CANCEL: ("group", EventType.GROUP_CANCELLED),
    GroupAct.JOIN_WAITLIST: ("group", EventType.WAITLIST_JOINED),
    GroupAct.LEAVE_WAITLIST: ("group", EventType.WAITLIST_LEFT),
    OfferAct.ACCEPT_INVITATION: ("invitation", EventType.INVITATION_ACCEPTED),
    OfferAct.WITHDRAW_INVITATION: ("invitation", EventType.INVITATION_WITHDRAWN),
    OfferAct.OFFER: ("request", EventType.HELP_OFFERED),
    OfferAct.WITHDRAW_REQUEST: ("request", EventType.HELP_REQUEST_WITHDRAWN),
}
"""What each kind of act is on, and the event that it leaves once."""

ALERT_EVENTS: Mapping[str, EventType] = {
    OfferAct.SET_ALERT: EventType.SLOT_ALERT_SET,
    OfferAct.REMOVE_ALERT: EventType.SLOT_ALERT_REMOVED,
}

INVITATION_ENDINGS: Mapping[InvitationStatus, EventType] = {
    InvitationStatus.ACCEPTED: EventType.INVITATION_ACCEPTED,
    InvitationStatus.DECLINED: EventType.INVITATION_DECLINED,
    InvitationStatus.WITHDRAWN: EventType.INVITATION_WITHDRAWN,
    InvitationStatus.EXPIRED: EventType.INVITATION_EXPIRED,
}

GROUP_ENDINGS = frozenset({EventType.GROUP_CANCELLED, EventType.GROUP_CANCELLED_BY_MODERATOR})

ONCE = {
    NotificationKind.INVITED: "invitation_id",
    NotificationKind.INVITATION_ACCEPTED: "invitation_id",
    NotificationKind.INVITATION_ENDED: "invitation_id",
    NotificationKind.HELP_REQUESTED: "request_id",
    NotificationKind.HELP_REQUEST_EXPIRED: "request_id",
    NotificationKind.SEAT_GIVEN: "session_id",
    NotificationKind.SEAT_EXPIRED: "session_id",
    NotificationKind.WAITLIST_ENDED: "group_id",
    NotificationKind.SERIES_REQUESTED: "session_id",
}
"""Kinds of which nobody gets two about the same thing."""


def check_effects(history: History, tables: Tables, done: Collection[int]) -> None:
    """Check that each act which is there has all its effects once, and each other one none."""
    made = {
        GroupAct.CREATE: ids_by(tables["group_sessions"], "title"),
        OfferAct.INVITE: ids_by(tables["invitations"], "topic"),
        OfferAct.OFFER: ids_by(tables["invitations"], "topic"),
        OfferAct.ASK: ids_by(tables["help_requests"], "text"),
    }
    series = defaultdict(list)
    for row in tables["sessions"]:
        if row.series_id is not None:
            series[row.topic].append(row.series_id)
    expected, alerts, joined = Counter[Any](), Counter[Any](), Counter[tuple[int, int]]()
    acted = set()
    for recorded in history.acts.values():
        act, is_done = recorded.act, recorded.act.id in done
        if act.kind in made:
            ids = made[GroupAct(act.kind) if act.kind in list(GroupAct) else OfferAct(act.kind)]
            assert len(ids[act.mark]) == is_done, (recorded, ids[act.mark])
            if recorded.outcome is Outcome.DONE:
                assert ids[act.mark] == [recorded.answer], recorded
        elif act.kind == OfferAct.BOOK_SERIES:
            # It is whole, or absent.
            assert len(series[act.mark]) == is_done * act.facts["count"], recorded
            assert len(set(series[act.mark])) == is_done, recorded
        elif act.kind in EVENTS:
            subject, event = EVENTS[act.kind]
            key = (subject, act.facts[subject], act.user, event)
            acted.add(key)
            expected[key] += is_done
        elif act.kind == GroupAct.JOIN:
            joined[act.facts["group"], act.user] += is_done
        elif act.kind in ALERT_EVENTS:
            alerts[act.user, ALERT_EVENTS[act.kind]] += is_done
    written = Counter[Any]()
    for row in tables["events"]:
        for subject in ("group", "invitation", "request"):
            written[subject, getattr(row, f"{subject}_id"), row.actor_id, row.type] += 1
    for key in acted:
        assert written[key] == expected[key], (key, written[key], expected[key])
    set_or_removed = Counter((row.actor_id, row.type) for row in tables["events"])
    for alert_key, count in alerts.items():
        assert set_or_removed[alert_key] == count, (alert_key, set_or_removed[alert_key], count)
    for (group_id, user_id), count in joined.items():
        taken = written["group", group_id, user_id, EventType.SEAT_TAKEN]
        # Who was the first in line already is given the seat.
        given = sum(
            row.type == EventType.SEAT_GIVEN
            and (row.group_id, row.subject_id) == (group_id, user_id)
            for row in tables["events"]
        )
        assert taken <= count <= taken + given, (group_id, user_id, taken, count, given)


def ids_by(rows: Rows, column: str) -> defaultdict[str, list[int]]:
    """Return the ids of the rows by the value of a column."""
    ids = defaultdict(list)
    for row in rows:
        ids[getattr(row, column)].append(row.id)
    return ids


def check_groups(tables: Tables) -> None:
    """Check the seats, the time and the events of each group session."""
    seats = defaultdict(list)
    for seat in tables["sessions"]:
        if seat.group_id is not None:
            seats[seat.group_id].append(seat)
    times, seat_times = defaultdict(list), defaultdict(list)
    for row in tables["commitments"]:
        if row.group_id is not None:
            times[row.group_id].append((row.user_id, row.starts_at, row.ends_at))
        elif row.session_id is not None:
            seat_times[row.session_id].append((row.user_id, row.starts_at, row.ends_at))
    attendees = {
        row.session_id: row.user_id for row in tables["participants"] if row.role == "mentee"
    }
    lines = Counter(row.group_id for row in tables["waitlist_entries"])
    waiting = {(row.group_id, row.user_id) for row in tables["waitlist_entries"]}
    events = Counter((row.group_id, row.type) for row in tables["events"])
    for group in tables["group_sessions"]:
        status = SessionStatus(group.status)
        taken = [seat for seat in seats[group.id] if seat.status not in CALLED_OFF]
        assert group.seats_taken == len(taken), (group, taken)
        assert group.capacity == 0 or len(taken) <= group.capacity, (group, taken)
        people = {attendees[seat.id] for seat in taken}
        assert len(people) == len(taken), (group, taken)
        assert not any((group.id, user_id) in waiting for user_id in people), (group, people)
        assert events[group.id, EventType.GROUP_CREATED] == 1, group
        ended = sum(events[group.id, event] for event in GROUP_ENDINGS)
        assert ended == (status is SessionStatus.CANCELLED), (group, ended)
        if status in AGREED:
            span = (group.mentor_id, group.starts_at, group.ends_at)
            assert times[group.id] == [span], (group, times[group.id])
        if status is SessionStatus.CANCELLED:
            assert times[group.id] == [], group
            assert lines[group.id] == 0, group
            # They follow in the same transaction: there are fewer than `SEATS_AT_ONCE`.
            assert taken == [], (group, taken)
        for seat in seats[group.id]:
            held = seat_times[seat.id]
            if seat.status in LIVE:
                assert (seat.starts_at, seat.topic) == (group.starts_at, group.title), seat
            if seat.status in AGREED:
                assert held == [(attendees[seat.id], seat.starts_at, seat.ends_at)], (seat, held)
            elif seat.status == SessionStatus.SCHEDULED or seat.status in CALLED_OFF:
                assert held == [], (seat, held)


def check_escrow(tables: Tables, guild_id: int) -> None:
    """Check that each session and seat of a guild has its price on hold, or was settled, once."""
    accounts = {row.session_id: row.id for row in tables["accounts"] if row.kind == "escrow"}
    held, settled = Counter[int](), Counter[int]()
    for row in tables["transfers"]:
        held[row.credit_account_id] += row.amount
        settled[row.debit_account_id] += row.amount
    for session in tables["sessions"]:
        if session.guild_id != guild_id:
            # Being purged, row by row.
            continue
        account = accounts.get(session.id)
        if account is None:
            assert session.price == 0, session
            continue
        assert held[account] == session.price, (session, held[account])
        expected = 0 if session.status in LIVE else session.price
        assert settled[account] == expected, (session, settled[account])


def check_series(tables: Tables) -> None:
    """Check that each series is one person's with one mentor, and was announced once."""
    sessions = defaultdict(list)
    for row in tables["sessions"]:
        if row.series_id is not None:
            sessions[row.series_id].append(row)
    events = Counter(
        row.facts["series"] for row in tables["events"] if row.type == EventType.SERIES_BOOKED
    )
    for series in tables["series"]:
        assert len(sessions[series.id]) >= 2, series
        assert {row.profile_id for row in sessions[series.id]} == {series.profile_id}, series
        assert events[series.id] == 1, series


def check_invitations(tables: Tables) -> None:
    """Check that an open invitation holds its mentor's time, and that each ended once."""
    times = defaultdict(list)
    for row in tables["commitments"]:
        if row.invitation_id is not None:
            times[row.invitation_id].append((row.user_id, row.starts_at, row.ends_at))
    events = Counter((row.invitation_id, row.type) for row in tables["events"])
    sessions = {row.id for row in tables["sessions"]}
    offers = defaultdict(list)
    for invitation in tables["invitations"]:
        status = InvitationStatus(invitation.status)
        offers[invitation.request_id].append(status)
        span = (invitation.mentor_id, invitation.starts_at, invitation.ends_at)
        is_open = status is InvitationStatus.OPEN
        assert times[invitation.id] == [span] * is_open, (invitation, times[invitation.id])
        assert events[invitation.id, EventType.INVITATION_SENT] == 1, invitation
        for ending, event in INVITATION_ENDINGS.items():
            assert events[invitation.id, event] == (ending is status), (invitation, event)
        is_accepted = status is InvitationStatus.ACCEPTED
        assert (invitation.session_id in sessions) == is_accepted, invitation
    for request in tables["help_requests"]:
        counts = Counter(offers[request.id])
        is_booked = request.status == HelpRequestStatus.BOOKED
        assert counts[InvitationStatus.ACCEPTED] == is_booked, (request, counts)
        is_offered = request.status == HelpRequestStatus.OFFERED
        assert counts[InvitationStatus.OPEN] == is_offered, (request, counts)


def check_notifications(notices: Rows) -> None:
    """Check that nobody is notified twice of the same."""
    counts = Counter(
        (row.kind, row.user_id, getattr(row, ONCE[NotificationKind(row.kind)]))
        for row in notices
        if row.kind in ONCE
    )
    assert {key: count for key, count in counts.items() if count > 1} == {}
