"""The table of transitions, beside what the product says that it is."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentorship.errors import NotAllowedNow
from mentorship.sessions import lifecycle
from mentorship.sessions.lifecycle import (
    TRANSITIONS,
    Action,
    Attendance,
    Party,
    PointsEffect,
    SessionState,
)
from mentorship.statuses import LIVE, SessionStatus
from wording import status_diagram

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

EXPECTED = {
    # action, from, by whom: to, what happens to the points
    ("confirm", "scheduled", "mentor"): ("confirmed", "hold"),
    ("decline", "scheduled", "mentor"): ("declined", "refund"),
    ("expire", "scheduled", "clock"): ("expired", "refund"),
    ("propose", "scheduled", "mentor"): ("scheduled", "hold"),
    ("propose", "scheduled", "mentee"): ("scheduled", "hold"),
    ("propose", "confirmed", "mentor"): ("confirmed", "hold"),
    ("propose", "confirmed", "mentee"): ("confirmed", "hold"),
    ("accept", "scheduled", "mentor"): ("confirmed", "hold"),
    ("accept", "scheduled", "mentee"): ("confirmed", "hold"),
    ("accept", "confirmed", "mentor"): ("confirmed", "hold"),
    ("accept", "confirmed", "mentee"): ("confirmed", "hold"),
    ("keep", "scheduled", "mentor"): ("scheduled", "hold"),
    ("keep", "scheduled", "mentee"): ("scheduled", "hold"),
    ("keep", "confirmed", "mentor"): ("confirmed", "hold"),
    ("keep", "confirmed", "mentee"): ("confirmed", "hold"),
    ("withdraw", "scheduled", "mentor"): ("scheduled", "hold"),
    ("withdraw", "scheduled", "mentee"): ("scheduled", "hold"),
    ("withdraw", "confirmed", "mentor"): ("confirmed", "hold"),
    ("withdraw", "confirmed", "mentee"): ("confirmed", "hold"),
    ("lapse", "confirmed", "clock"): ("confirmed", "hold"),
    ("cancel", "scheduled", "mentee"): ("cancelled", "refund"),
    ("cancel", "scheduled", "moderator"): ("cancelled", "refund"),
    ("cancel", "confirmed", "mentee"): ("cancelled", "refund_by_policy"),
    ("cancel", "confirmed", "mentor"): ("cancelled", "refund"),
    ("cancel", "confirmed", "moderator"): ("cancelled", "refund"),
    ("start", "confirmed", "clock"): ("in_progress", "hold"),
    ("took_place", "in_progress", "mentee"): ("completed", "pay"),
    ("took_place", "in_progress", "mentor"): ("in_progress", "hold"),
    ("missed", "in_progress", "mentor"): ("in_progress", "hold"),
    ("missed", "in_progress", "mentee"): ("in_progress", "hold"),
    ("dispute", "in_progress", "mentor"): ("disputed", "hold"),
    ("dispute", "in_progress", "mentee"): ("disputed", "hold"),
    ("complete", "in_progress", "clock"): ("completed", "pay"),
    ("mentor_absent", "in_progress", "clock"): ("no_show", "refund"),
    ("mentee_absent", "in_progress", "clock"): ("no_show", "pay_without_fee"),
    ("pay", "disputed", "moderator"): ("completed", "pay"),
    ("refund", "disputed", "moderator"): ("refunded", "refund"),
    ("split", "disputed", "moderator"): ("completed", "split"),
}


def test_the_transition_table_matches_the_specification() -> None:
    table = {(row.action, row.source, row.party): (row.target, row.points) for row in TRANSITIONS}
    assert len(table) == len(TRANSITIONS), "no act has two outcomes"
    assert table == EXPECTED


@pytest.mark.parametrize(
    ("act", "status", "party"), list(itertools.product(Action, SessionStatus, Party)), ids=str
)
def test_actions_outside_the_table_are_refused_with_the_status(
    act: Action, status: SessionStatus, party: Party
) -> None:
    if (act, status, party) in EXPECTED:
        row = lifecycle.transition(act, status, party)
        assert (row.action, row.source, row.party) == (act, status, party)
        return
    assert act not in lifecycle.available_actions(party, SessionState(status, NOON), NOON - HOUR)
    with pytest.raises(NotAllowedNow) as caught:
        lifecycle.transition(act, status, party)
    error = caught.value
    assert (error.action, error.status, error.obstacle) == (act, status, None)


def test_points_leave_escrow_exactly_when_a_session_ends() -> None:
    for row in TRANSITIONS:
        assert row.target.is_over == (row.points is not PointsEffect.HOLD)
        assert not row.source.is_over


def test_the_clock_ends_every_live_status_except_disputed() -> None:
    moved_by_clock = {row.source for row in TRANSITIONS if row.party is Party.CLOCK}
    assert moved_by_clock == LIVE - {SessionStatus.DISPUTED}


def test_everyone_but_the_actor_is_notified_of_a_transition() -> None:
    for row in TRANSITIONS:
        notified = status_diagram.notified(row)
        assert row.party not in notified
        others = {Party.MENTOR, Party.MENTEE} - {row.party}
        if row.action is Action.DISPUTE:
            others |= {Party.MODERATOR}
        if (row.action, row.party) == (Action.REPORT_MET, Party.MENTOR):
            # The mentee is asked the same at the same time.
            others = set()
        assert set(notified) == others


# --- what the moment adds -------------------------------------------------------------------------


def at(status: SessionStatus, **more: Any) -> SessionState:
    return SessionState(status, NOON, **more)


@pytest.mark.parametrize(
    ("party", "situation", "now", "expected"),
    [
        (
            Party.MENTOR,
            at(SessionStatus.SCHEDULED, answer_deadline=NOON - HOUR),
            NOON - 2 * HOUR,
            [Action.CONFIRM, Action.DECLINE, Action.PROPOSE],
        ),
        (
            Party.MENTOR,
            at(SessionStatus.SCHEDULED, answer_deadline=NOON - HOUR),
            NOON - HOUR,
            [Action.DECLINE, Action.PROPOSE],
        ),
        (Party.MENTEE, at(SessionStatus.SCHEDULED), NOON - HOUR, [Action.PROPOSE, Action.CANCEL]),
        (Party.MENTEE, at(SessionStatus.CONFIRMED), NOON - HOUR, [Action.PROPOSE, Action.CANCEL]),
        (Party.MENTEE, at(SessionStatus.CONFIRMED), NOON, []),
        (
            Party.MENTOR,
            at(SessionStatus.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON + HOUR),
            NOON - HOUR,
            [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.PROPOSE, Action.CANCEL],
        ),
        (
            Party.MENTEE,
            at(SessionStatus.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON + HOUR),
            NOON - HOUR,
            [Action.WITHDRAW_PROPOSAL, Action.PROPOSE, Action.CANCEL],
        ),
        (
            Party.MENTOR,
            at(SessionStatus.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON - HOUR),
            NOON - HOUR,
            [Action.DECLINE_PROPOSAL, Action.PROPOSE, Action.CANCEL],
        ),
        (Party.MENTEE, at(SessionStatus.IN_PROGRESS), NOON, [Action.REPORT_MET]),
        (
            Party.MENTEE,
            at(SessionStatus.IN_PROGRESS),
            NOON + lifecycle.NO_SHOW_GRACE,
            [Action.REPORT_MET, Action.REPORT_NO_SHOW],
        ),
        (
            Party.MENTOR,
            at(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: Attendance.MET}),
            NOON + HOUR,
            [],
        ),
        (
            Party.MENTOR,
            at(SessionStatus.IN_PROGRESS, reports={Party.MENTEE: Attendance.NO_SHOW}),
            NOON + HOUR,
            [Action.REPORT_MET, Action.REPORT_NO_SHOW],
        ),
        (
            Party.MODERATOR,
            at(SessionStatus.DISPUTED),
            NOON + HOUR,
            [Action.PAY, Action.REFUND, Action.SPLIT],
        ),
        (Party.MENTEE, at(SessionStatus.DISPUTED), NOON + HOUR, []),
    ],
)
def test_available_actions_depend_on_the_moment_and_the_reports(
    party: Party, situation: SessionState, now: datetime, expected: list[Action]
) -> None:
    assert list(lifecycle.available_actions(party, situation, now)) == expected


TOOK, NOT = Attendance.MET, Attendance.NO_SHOW


@pytest.mark.parametrize(
    ("party", "word", "heard", "act"),
    [
        (Party.MENTEE, TOOK, None, Action.REPORT_MET),
        (Party.MENTEE, TOOK, TOOK, Action.REPORT_MET),
        (Party.MENTOR, TOOK, None, Action.REPORT_MET),
        (Party.MENTEE, NOT, None, Action.REPORT_NO_SHOW),
        (Party.MENTOR, NOT, None, Action.REPORT_NO_SHOW),
        (Party.MENTEE, NOT, TOOK, Action.DISPUTE),
        (Party.MENTEE, TOOK, NOT, Action.DISPUTE),
        (Party.MENTOR, TOOK, NOT, Action.DISPUTE),
        (Party.MENTOR, NOT, NOT, Action.DISPUTE),
    ],
)
def test_a_contradicting_report_is_a_dispute(
    party: Party, word: Attendance, heard: Attendance | None, act: Action
) -> None:
    said = {} if heard is None else {party.other: heard}
    assert (
        lifecycle.attendance_action(word, party, at(SessionStatus.IN_PROGRESS, reports=said)) is act
    )


@pytest.mark.parametrize(("word", "act"), [(TOOK, Action.REPORT_MET), (NOT, Action.REPORT_NO_SHOW)])
def test_a_second_report_by_one_side_opens_no_dispute(word: Attendance, act: Action) -> None:
    both = at(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: TOOK, Party.MENTEE: NOT})
    assert lifecycle.attendance_action(word, Party.MENTEE, both) is act


@pytest.mark.parametrize(
    "status", [each for each in SessionStatus if each is not SessionStatus.IN_PROGRESS]
)
def test_only_a_session_in_progress_can_be_disputed(status: SessionStatus) -> None:
    over = at(status, reports={Party.MENTOR: NOT})
    assert lifecycle.attendance_action(TOOK, Party.MENTEE, over) is Action.REPORT_MET


@pytest.mark.parametrize(
    ("situation", "act"),
    [
        (at(SessionStatus.SCHEDULED), Action.EXPIRE),
        (at(SessionStatus.SCHEDULED, proposed_by=Party.MENTOR), Action.EXPIRE),
        (at(SessionStatus.CONFIRMED), Action.START),
        (at(SessionStatus.CONFIRMED, proposed_by=Party.MENTOR), Action.EXPIRE_PROPOSAL),
        (at(SessionStatus.IN_PROGRESS), Action.COMPLETE),
        (at(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: TOOK}), Action.COMPLETE),
        (at(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: NOT}), Action.CLOSE_MENTEE_NO_SHOW),
        (at(SessionStatus.IN_PROGRESS, reports={Party.MENTEE: NOT}), Action.CLOSE_MENTOR_NO_SHOW),
    ],
)
def test_the_clock_takes_silence_as_agreement(situation: SessionState, act: Action) -> None:
    assert lifecycle.clock_action(situation) is act
    assert any(
        row.action is act and row.source is situation.status and row.party is Party.CLOCK
        for row in TRANSITIONS
    )


# --- until when the mentor can answer -------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "within", "deadline"),
    [
        # The guild's time, or an hour before the start if that is sooner.
        (timedelta(days=3), 1_440, -timedelta(days=2)),
        (timedelta(hours=25), 1_440, -HOUR),
        (timedelta(hours=24), 1_440, -HOUR),
        (timedelta(hours=3), 30, -timedelta(hours=2, minutes=30)),
        # Where that leaves less than a quarter of an hour, the start.
        (timedelta(minutes=75), 1_440, -HOUR),
        (timedelta(minutes=74, seconds=59), 1_440, timedelta()),
        (timedelta(minutes=20), 1_440, timedelta()),
        (timedelta(hours=3), 15, -timedelta(hours=2, minutes=45)),
        (timedelta(hours=3), 14, timedelta()),
    ],
)
def test_the_answer_deadline_is_before_the_start(
    notice: timedelta, within: int, deadline: timedelta
) -> None:
    assert lifecycle.answer_deadline(NOON - notice, NOON, within) == NOON + deadline
