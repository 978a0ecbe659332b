"""The table of transitions, beside what the product says that it is."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentorship.errors import NotAllowedNow
from mentorship.sessions import lifecycle
from mentorship.sessions.lifecycle import (
    LIVE,
    TRANSITIONS,
    Act,
    Party,
    Points,
    Situation,
    Status,
    Word,
)

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

EXPECTED = {
    # act, from, by whom: to, what becomes of the points
    ("confirm", "scheduled", "mentor"): ("confirmed", "held"),
    ("decline", "scheduled", "mentor"): ("declined", "refunded"),
    ("expire", "scheduled", "clock"): ("expired", "refunded"),
    ("propose", "scheduled", "mentor"): ("scheduled", "held"),
    ("propose", "scheduled", "mentee"): ("scheduled", "held"),
    ("propose", "confirmed", "mentor"): ("confirmed", "held"),
    ("propose", "confirmed", "mentee"): ("confirmed", "held"),
    ("accept", "scheduled", "mentor"): ("confirmed", "held"),
    ("accept", "scheduled", "mentee"): ("confirmed", "held"),
    ("accept", "confirmed", "mentor"): ("confirmed", "held"),
    ("accept", "confirmed", "mentee"): ("confirmed", "held"),
    ("keep", "scheduled", "mentor"): ("scheduled", "held"),
    ("keep", "scheduled", "mentee"): ("scheduled", "held"),
    ("keep", "confirmed", "mentor"): ("confirmed", "held"),
    ("keep", "confirmed", "mentee"): ("confirmed", "held"),
    ("withdraw", "scheduled", "mentor"): ("scheduled", "held"),
    ("withdraw", "scheduled", "mentee"): ("scheduled", "held"),
    ("withdraw", "confirmed", "mentor"): ("confirmed", "held"),
    ("withdraw", "confirmed", "mentee"): ("confirmed", "held"),
    ("lapse", "confirmed", "clock"): ("confirmed", "held"),
    ("cancel", "scheduled", "mentee"): ("cancelled", "refunded_by_policy"),
    ("cancel", "scheduled", "moderator"): ("cancelled", "refunded"),
    ("cancel", "confirmed", "mentee"): ("cancelled", "refunded_by_policy"),
    ("cancel", "confirmed", "mentor"): ("cancelled", "refunded"),
    ("cancel", "confirmed", "moderator"): ("cancelled", "refunded"),
    ("start", "confirmed", "clock"): ("in_progress", "held"),
    ("took_place", "in_progress", "mentee"): ("completed", "paid"),
    ("took_place", "in_progress", "mentor"): ("in_progress", "held"),
    ("missed", "in_progress", "mentor"): ("in_progress", "held"),
    ("missed", "in_progress", "mentee"): ("in_progress", "held"),
    ("dispute", "in_progress", "mentor"): ("disputed", "held"),
    ("dispute", "in_progress", "mentee"): ("disputed", "held"),
    ("complete", "in_progress", "clock"): ("completed", "paid"),
    ("mentor_absent", "in_progress", "clock"): ("no_show", "refunded"),
    ("mentee_absent", "in_progress", "clock"): ("no_show", "forfeited"),
    ("pay", "disputed", "moderator"): ("completed", "paid"),
    ("refund", "disputed", "moderator"): ("refunded", "refunded"),
    ("split", "disputed", "moderator"): ("completed", "split"),
}


def test_the_table_is_what_the_product_says() -> None:
    table = {(row.act, row.source, row.party): (row.target, row.points) for row in TRANSITIONS}
    assert len(table) == len(TRANSITIONS), "no act has two outcomes"
    assert table == EXPECTED


@pytest.mark.parametrize(
    ("act", "status", "party"), list(itertools.product(Act, Status, Party)), ids=str
)
def test_what_is_not_in_the_table_is_refused_with_the_status(
    act: Act, status: Status, party: Party
) -> None:
    if (act, status, party) in EXPECTED:
        row = lifecycle.transition(act, status, party)
        assert (row.act, row.source, row.party) == (act, status, party)
        return
    assert act not in lifecycle.offered(party, Situation(status, NOON), NOON - HOUR)
    with pytest.raises(NotAllowedNow) as caught:
        lifecycle.transition(act, status, party)
    assert caught.value.status == status.words
    assert str(caught.value) == f"You can't {act.words} this session: it is {status.words}."


def test_points_find_an_owner_when_the_session_is_over_and_not_before() -> None:
    for row in TRANSITIONS:
        assert row.target.is_over == (row.points is not Points.HELD)
        assert not row.source.is_over


def test_time_alone_leads_on_from_every_live_status_but_a_dispute() -> None:
    moved_by_clock = {row.source for row in TRANSITIONS if row.party is Party.CLOCK}
    assert moved_by_clock == LIVE - {Status.DISPUTED}


def test_whoever_did_it_is_not_told_and_the_other_is() -> None:
    for row in TRANSITIONS:
        assert row.party not in row.tells
        others = {Party.MENTOR, Party.MENTEE} - {row.party}
        if row.act is Act.DISPUTE:
            others |= {Party.MODERATOR}
        if (row.act, row.party) == (Act.TOOK_PLACE, Party.MENTOR):
            # The mentee is asked the same at the same time.
            others = set()
        assert set(row.tells) == others


# --- what the moment adds -------------------------------------------------------------------------


def at(status: Status, **more: Any) -> Situation:
    return Situation(status, NOON, **more)


@pytest.mark.parametrize(
    ("party", "situation", "now", "expected"),
    [
        (Party.MENTOR, at(Status.SCHEDULED, answer_by=NOON - HOUR), NOON - 2 * HOUR,
         [Act.CONFIRM, Act.DECLINE, Act.PROPOSE]),
        (Party.MENTOR, at(Status.SCHEDULED, answer_by=NOON - HOUR), NOON - HOUR,
         [Act.DECLINE, Act.PROPOSE]),
        (Party.MENTEE, at(Status.SCHEDULED), NOON - HOUR, [Act.PROPOSE, Act.CANCEL]),
        (Party.MENTEE, at(Status.CONFIRMED), NOON - HOUR, [Act.PROPOSE, Act.CANCEL]),
        (Party.MENTEE, at(Status.CONFIRMED), NOON, []),
        (Party.MENTOR, at(Status.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON + HOUR),
         NOON - HOUR, [Act.ACCEPT, Act.KEEP, Act.PROPOSE, Act.CANCEL]),
        (Party.MENTEE, at(Status.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON + HOUR),
         NOON - HOUR, [Act.WITHDRAW, Act.PROPOSE, Act.CANCEL]),
        (Party.MENTOR, at(Status.CONFIRMED, proposed_by=Party.MENTEE, proposed_start=NOON - HOUR),
         NOON - HOUR, [Act.KEEP, Act.PROPOSE, Act.CANCEL]),
        (Party.MENTEE, at(Status.IN_PROGRESS), NOON, [Act.TOOK_PLACE]),
        (Party.MENTEE, at(Status.IN_PROGRESS), NOON + lifecycle.PATIENCE,
         [Act.TOOK_PLACE, Act.MISSED]),
        (Party.MENTOR, at(Status.IN_PROGRESS, said={Party.MENTOR: Word.TOOK_PLACE}), NOON + HOUR,
         []),
        (Party.MENTOR, at(Status.IN_PROGRESS, said={Party.MENTEE: Word.NO_SHOW}), NOON + HOUR,
         [Act.TOOK_PLACE, Act.MISSED]),
        (Party.MODERATOR, at(Status.DISPUTED), NOON + HOUR, [Act.PAY, Act.REFUND, Act.SPLIT]),
        (Party.MENTEE, at(Status.DISPUTED), NOON + HOUR, []),
    ],
)  # fmt: skip
def test_only_what_can_be_done_now_is_offered(
    party: Party, situation: Situation, now: datetime, expected: list[Act]
) -> None:
    assert list(lifecycle.offered(party, situation, now)) == expected


TOOK, NOT = Word.TOOK_PLACE, Word.NO_SHOW


@pytest.mark.parametrize(
    ("party", "word", "heard", "act"),
    [
        (Party.MENTEE, TOOK, None, Act.TOOK_PLACE),
        (Party.MENTEE, TOOK, TOOK, Act.TOOK_PLACE),
        (Party.MENTOR, TOOK, None, Act.TOOK_PLACE),
        (Party.MENTEE, NOT, None, Act.MISSED),
        (Party.MENTOR, NOT, None, Act.MISSED),
        (Party.MENTEE, NOT, TOOK, Act.DISPUTE),
        (Party.MENTEE, TOOK, NOT, Act.DISPUTE),
        (Party.MENTOR, TOOK, NOT, Act.DISPUTE),
        (Party.MENTOR, NOT, NOT, Act.DISPUTE),
    ],
)
def test_a_word_against_a_word_is_a_dispute(
    party: Party, word: Word, heard: Word | None, act: Act
) -> None:
    said = {} if heard is None else {party.other: heard}
    assert lifecycle.act_of_word(word, party, at(Status.IN_PROGRESS, said=said)) is act


@pytest.mark.parametrize(("word", "act"), [(TOOK, Act.TOOK_PLACE), (NOT, Act.MISSED)])
def test_a_second_report_by_one_side_opens_no_dispute(word: Word, act: Act) -> None:
    both = at(Status.IN_PROGRESS, said={Party.MENTOR: TOOK, Party.MENTEE: NOT})
    assert lifecycle.act_of_word(word, Party.MENTEE, both) is act


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.IN_PROGRESS])
def test_only_a_session_in_progress_comes_to_a_dispute(status: Status) -> None:
    over = at(status, said={Party.MENTOR: NOT})
    assert lifecycle.act_of_word(TOOK, Party.MENTEE, over) is Act.TOOK_PLACE


@pytest.mark.parametrize(
    ("situation", "act"),
    [
        (at(Status.SCHEDULED), Act.EXPIRE),
        (at(Status.SCHEDULED, proposed_by=Party.MENTOR), Act.EXPIRE),
        (at(Status.CONFIRMED), Act.START),
        (at(Status.CONFIRMED, proposed_by=Party.MENTOR), Act.LAPSE),
        (at(Status.IN_PROGRESS), Act.COMPLETE),
        (at(Status.IN_PROGRESS, said={Party.MENTOR: TOOK}), Act.COMPLETE),
        (at(Status.IN_PROGRESS, said={Party.MENTOR: NOT}), Act.MENTEE_ABSENT),
        (at(Status.IN_PROGRESS, said={Party.MENTEE: NOT}), Act.MENTOR_ABSENT),
    ],
)
def test_silence_agrees(situation: Situation, act: Act) -> None:
    assert lifecycle.act_of_clock(situation) is act
    assert any(
        row.act is act and row.source is situation.status and row.party is Party.CLOCK
        for row in TRANSITIONS
    )


def test_every_status_has_words_for_people() -> None:
    for status in Status:
        assert f"it is {status.words}".islower()
        assert "_" not in status.words


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
def test_an_answer_is_due_in_time_for_the_session(
    notice: timedelta, within: int, deadline: timedelta
) -> None:
    assert lifecycle.answer_by(NOON - notice, NOON, within) == NOON + deadline
