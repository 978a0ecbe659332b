"""The table of transitions, compared with a second copy of the specification."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.errors import NotAllowedNow, Obstacle
from mentorship.sessions import lifecycle
from mentorship.sessions.lifecycle import (
    TRANSITIONS,
    Action,
    Attendance,
    Party,
    PointsEffect,
    SessionState,
    Unit,
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
    ("concede", "disputed", "mentor"): ("refunded", "refund"),
    ("concede", "disputed", "mentee"): ("completed", "pay"),
    ("concede_met", "disputed", "mentor"): ("completed", "pay"),
    ("concede_missed", "disputed", "mentee"): ("refunded", "refund"),
    ("split", "disputed", "clock"): ("completed", "split"),
}


AFTER_THE_START = {
    key: result
    for key, result in EXPECTED.items()
    if key[1] in ("in_progress", "disputed") and key[0] != "start"
}
EXPECTED_OF_SEATS = {
    ("cancel", "confirmed", "mentee"): ("cancelled", "refund_by_policy"),
    ("cancel", "confirmed", "mentor"): ("cancelled", "refund"),
    ("cancel", "confirmed", "moderator"): ("cancelled", "refund"),
    ("cancel", "confirmed", "clock"): ("cancelled", "refund"),
    ("ask_again", "confirmed", "clock"): ("scheduled", "hold"),
    ("ask_again", "scheduled", "clock"): ("scheduled", "hold"),
    ("keep_seat", "scheduled", "mentee"): ("confirmed", "hold"),
    ("expire", "scheduled", "clock"): ("expired", "refund"),
    ("cancel", "scheduled", "mentee"): ("cancelled", "refund"),
    ("cancel", "scheduled", "mentor"): ("cancelled", "refund"),
    ("cancel", "scheduled", "moderator"): ("cancelled", "refund"),
    ("cancel", "scheduled", "clock"): ("cancelled", "refund"),
    ("start", "confirmed", "clock"): ("in_progress", "hold"),
    **AFTER_THE_START,
}
EXPECTED_OF_GROUPS = {
    ("edit", "confirmed", "mentor"): ("confirmed", "by_seat"),
    ("move", "confirmed", "mentor"): ("confirmed", "by_seat"),
    ("close_sign_up", "confirmed", "mentor"): ("confirmed", "by_seat"),
    ("open_sign_up", "confirmed", "mentor"): ("confirmed", "by_seat"),
    ("cancel", "confirmed", "mentor"): ("cancelled", "by_seat"),
    ("cancel", "confirmed", "moderator"): ("cancelled", "by_seat"),
    ("cancel", "confirmed", "clock"): ("cancelled", "by_seat"),
    ("start", "confirmed", "clock"): ("in_progress", "by_seat"),
    ("complete", "in_progress", "clock"): ("completed", "by_seat"),
}
BY_UNIT = {
    Unit.SESSION: EXPECTED,
    Unit.SEAT: EXPECTED_OF_SEATS,
    Unit.GROUP: EXPECTED_OF_GROUPS,
}


@pytest.mark.parametrize("unit", Unit)
def test_the_transition_table_matches_the_specification(unit: Unit) -> None:
    rows = [row for row in TRANSITIONS if row.unit is unit]
    table = {(row.action, row.source, row.party): (row.target, row.points) for row in rows}
    assert len(table) == len(rows), "an action has one result for each status and party"
    assert table == BY_UNIT[unit]


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize(
    ("action", "status", "party"), list(itertools.product(Action, SessionStatus, Party)), ids=str
)
def test_actions_outside_the_table_are_refused_with_the_status(
    action: Action, status: SessionStatus, party: Party, unit: Unit
) -> None:
    if (action, status, party) in BY_UNIT[unit]:
        row = lifecycle.transition(action, status, party, unit)
        assert (row.action, row.source, row.party) == (action, status, party)
        return
    state = SessionState(status, NOON, unit=unit)
    assert action not in lifecycle.available_actions(party, state, NOON - HOUR)
    with pytest.raises(NotAllowedNow) as caught:
        lifecycle.transition(action, status, party, unit)
    error = caught.value
    # What nobody ever does to a single seat is done to its group session.
    is_of_group = unit is Unit.SEAT and action not in {each for each, _, _ in EXPECTED_OF_SEATS}
    obstacle = Obstacle.PART_OF_GROUP if is_of_group else None
    assert (error.action, error.status, error.obstacle) == (action, status, obstacle)


def test_points_leave_escrow_exactly_when_a_session_or_seat_ends() -> None:
    for row in TRANSITIONS:
        assert not row.source.is_over
        if row.unit is Unit.GROUP:
            assert row.points is PointsEffect.BY_SEAT
        else:
            assert row.target.is_over == (row.points is not PointsEffect.HOLD)


@pytest.mark.parametrize("unit", [Unit.SESSION, Unit.SEAT])
def test_the_clock_ends_every_live_status(unit: Unit) -> None:
    rows = [row for row in TRANSITIONS if row.unit is unit]
    assert {row.source for row in rows if row.party is Party.CLOCK} == LIVE


def test_everyone_but_the_actor_is_notified_of_a_transition() -> None:
    for row in TRANSITIONS:
        if row.unit is not Unit.SESSION:
            continue
        notified = status_diagram.notified(row)
        assert row.party not in notified
        others = {Party.MENTOR, Party.MENTEE} - {row.party}
        if row.action is Action.DISPUTE:
            others |= {Party.MODERATOR}
        if (row.action, row.party) == (Action.REPORT_MET, Party.MENTOR):
            # The mentee gets the same question at the same time.
            others = set()
        assert set(notified) == others


# --- conditions of time and reports ---------------------------------------------------------------


def make_state(status: SessionStatus, **fields: Any) -> SessionState:
    return SessionState(status, NOON, **fields)


@pytest.mark.parametrize(
    ("party", "state", "now", "expected"),
    [
        (
            Party.MENTOR,
            make_state(SessionStatus.SCHEDULED, answer_deadline=NOON - HOUR),
            NOON - 2 * HOUR,
            [Action.CONFIRM, Action.DECLINE, Action.PROPOSE],
        ),
        (
            Party.MENTOR,
            make_state(SessionStatus.SCHEDULED, answer_deadline=NOON - HOUR),
            NOON - HOUR,
            [],
        ),
        *(
            # After the deadline nobody answers, and nothing starts the wait again.
            (
                party,
                make_state(
                    SessionStatus.SCHEDULED,
                    answer_deadline=NOON - HOUR,
                    proposed_by=author,
                    proposed_start=NOON + HOUR,
                ),
                NOON - HOUR,
                [Action.CANCEL] if party is Party.MENTEE else [],
            )
            for party in (Party.MENTOR, Party.MENTEE)
            for author in (Party.MENTOR, Party.MENTEE)
        ),
        (
            Party.MENTOR,
            make_state(
                SessionStatus.CONFIRMED,
                answer_deadline=NOON - HOUR,
                proposed_by=Party.MENTEE,
                proposed_start=NOON + HOUR,
            ),
            NOON - HOUR,
            [Action.CANCEL],
        ),
        (
            Party.MENTOR,
            make_state(SessionStatus.SCHEDULED, mentor_active=False),
            NOON - HOUR,
            [Action.DECLINE],
        ),
        (
            Party.MENTEE,
            make_state(
                SessionStatus.SCHEDULED,
                mentor_active=False,
                proposed_by=Party.MENTOR,
                proposed_start=NOON + HOUR,
            ),
            NOON - HOUR,
            [Action.DECLINE_PROPOSAL, Action.CANCEL],
        ),
        *(
            (
                party,
                make_state(SessionStatus.CONFIRMED, mentor_active=False),
                NOON - HOUR,
                [Action.PROPOSE, Action.CANCEL],
            )
            for party in (Party.MENTOR, Party.MENTEE)
        ),
        (
            Party.MENTEE,
            make_state(SessionStatus.SCHEDULED),
            NOON - HOUR,
            [Action.PROPOSE, Action.CANCEL],
        ),
        (
            Party.MENTEE,
            make_state(SessionStatus.CONFIRMED),
            NOON - HOUR,
            [Action.PROPOSE, Action.CANCEL],
        ),
        (Party.MENTEE, make_state(SessionStatus.CONFIRMED), NOON, []),
        (
            Party.MENTOR,
            make_state(
                SessionStatus.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON + HOUR
            ),
            NOON - HOUR,
            [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.PROPOSE, Action.CANCEL],
        ),
        (
            Party.MENTEE,
            make_state(
                SessionStatus.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON + HOUR
            ),
            NOON - HOUR,
            [Action.WITHDRAW_PROPOSAL, Action.PROPOSE, Action.CANCEL],
        ),
        (
            Party.MENTOR,
            make_state(
                SessionStatus.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON - HOUR
            ),
            NOON - HOUR,
            [Action.DECLINE_PROPOSAL, Action.PROPOSE, Action.CANCEL],
        ),
        (Party.MENTEE, make_state(SessionStatus.IN_PROGRESS), NOON, [Action.REPORT_MET]),
        (
            Party.MENTEE,
            make_state(SessionStatus.IN_PROGRESS),
            NOON + lifecycle.NO_SHOW_GRACE,
            [Action.REPORT_MET, Action.REPORT_NO_SHOW],
        ),
        (
            Party.MENTOR,
            make_state(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: Attendance.MET}),
            NOON + HOUR,
            [],
        ),
        (
            Party.MENTOR,
            make_state(SessionStatus.IN_PROGRESS, reports={Party.MENTEE: Attendance.NO_SHOW}),
            NOON + HOUR,
            [Action.REPORT_MET, Action.REPORT_NO_SHOW],
        ),
        (
            Party.MODERATOR,
            make_state(SessionStatus.DISPUTED),
            NOON + HOUR,
            [Action.PAY, Action.REFUND, Action.SPLIT],
        ),
        (Party.MENTEE, make_state(SessionStatus.DISPUTED), NOON + HOUR, [Action.CONCEDE]),
    ],
)
def test_available_actions_depend_on_the_moment_and_the_reports(
    party: Party, state: SessionState, now: datetime, expected: list[Action]
) -> None:
    assert list(lifecycle.available_actions(party, state, now)) == expected


MET, NO_SHOW = Attendance.MET, Attendance.NO_SHOW


@pytest.mark.parametrize(
    ("party", "report", "other_report", "action"),
    [
        (Party.MENTEE, MET, None, Action.REPORT_MET),
        (Party.MENTEE, MET, MET, Action.REPORT_MET),
        (Party.MENTOR, MET, None, Action.REPORT_MET),
        (Party.MENTEE, NO_SHOW, None, Action.REPORT_NO_SHOW),
        (Party.MENTOR, NO_SHOW, None, Action.REPORT_NO_SHOW),
        (Party.MENTEE, NO_SHOW, MET, Action.DISPUTE),
        (Party.MENTEE, MET, NO_SHOW, Action.DISPUTE),
        (Party.MENTOR, MET, NO_SHOW, Action.DISPUTE),
        (Party.MENTOR, NO_SHOW, NO_SHOW, Action.DISPUTE),
    ],
)
def test_a_contradicting_report_is_a_dispute(
    party: Party, report: Attendance, other_report: Attendance | None, action: Action
) -> None:
    reports = {} if other_report is None else {party.other: other_report}
    assert (
        lifecycle.attendance_action(
            report, party, make_state(SessionStatus.IN_PROGRESS, reports=reports)
        )
        is action
    )


@pytest.mark.parametrize(
    ("report", "action"), [(MET, Action.REPORT_MET), (NO_SHOW, Action.REPORT_NO_SHOW)]
)
def test_a_second_report_by_one_side_opens_no_dispute(report: Attendance, action: Action) -> None:
    both = make_state(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: MET, Party.MENTEE: NO_SHOW})
    assert lifecycle.attendance_action(report, Party.MENTEE, both) is action


@pytest.mark.parametrize(
    "status", [each for each in SessionStatus if each is not SessionStatus.IN_PROGRESS]
)
def test_only_a_session_in_progress_can_be_disputed(status: SessionStatus) -> None:
    over = make_state(status, reports={Party.MENTOR: NO_SHOW})
    assert lifecycle.attendance_action(MET, Party.MENTEE, over) is Action.REPORT_MET


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (make_state(SessionStatus.SCHEDULED), Action.EXPIRE),
        (make_state(SessionStatus.SCHEDULED, proposed_by=Party.MENTOR), Action.EXPIRE),
        (make_state(SessionStatus.CONFIRMED), Action.START),
        (make_state(SessionStatus.CONFIRMED, proposed_by=Party.MENTOR), Action.EXPIRE_PROPOSAL),
        (make_state(SessionStatus.IN_PROGRESS), Action.COMPLETE),
        (make_state(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: MET}), Action.COMPLETE),
        (
            make_state(SessionStatus.IN_PROGRESS, reports={Party.MENTOR: NO_SHOW}),
            Action.CLOSE_MENTEE_NO_SHOW,
        ),
        (
            make_state(SessionStatus.IN_PROGRESS, reports={Party.MENTEE: NO_SHOW}),
            Action.CLOSE_MENTOR_NO_SHOW,
        ),
    ],
)
def test_the_clock_takes_silence_as_agreement(state: SessionState, action: Action) -> None:
    assert lifecycle.clock_action(state) is action
    assert any(
        row.action is action
        and row.source is state.status
        and row.party is Party.CLOCK
        and row.unit is state.unit
        for row in TRANSITIONS
    )


# --- the answer deadline --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "within", "deadline"),
    [
        # The guild's answer time, but no later than an hour before the start.
        (timedelta(days=3), 1_440, -timedelta(days=2)),
        (timedelta(hours=25), 1_440, -HOUR),
        (timedelta(hours=24), 1_440, -HOUR),
        (timedelta(hours=3), 30, -timedelta(hours=2, minutes=30)),
        # If that leaves less than half an hour, half an hour.
        (timedelta(minutes=90), 1_440, -HOUR),
        (timedelta(minutes=75), 1_440, -timedelta(minutes=45)),
        (timedelta(minutes=60), 1_440, -timedelta(minutes=30)),
        # If that is more than half of the time until the start, half of it.
        (timedelta(minutes=20), 1_440, -timedelta(minutes=10)),
        (timedelta(minutes=1), 1_440, -timedelta(seconds=30)),
        # Never longer than the guild's answer time.
        (timedelta(hours=1), 15, -timedelta(minutes=45)),
    ],
)
def test_the_answer_deadline_is_before_the_start(
    notice: timedelta, within: int, deadline: timedelta
) -> None:
    assert lifecycle.answer_deadline(NOON - notice, NOON, within) == NOON + deadline


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=60)), st.integers(15, 7 * 1_440))
def test_both_sides_have_time_around_the_answer_deadline(notice: timedelta, within: int) -> None:
    """The one side to answer, the other to look for something else."""
    now = NOON - notice
    deadline = lifecycle.answer_deadline(now, NOON, within)
    half = notice // 2
    assert deadline - now >= min(timedelta(minutes=within), timedelta(minutes=30), half)
    assert NOON - deadline >= min(timedelta(minutes=30), half) > timedelta()
    assert deadline <= now + timedelta(minutes=within)
    later = lifecycle.answer_deadline(now + timedelta(seconds=1), NOON, within)
    assert later >= deadline, "a later request is not due earlier"
