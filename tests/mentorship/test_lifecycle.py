"""The table of transitions, beside what the product says that it is."""

from __future__ import annotations

import itertools

import pytest

from mentorship import lifecycle
from mentorship.errors import NotAllowedNow
from mentorship.lifecycle import LIVE, TRANSITIONS, Act, Party, Points, Status

EXPECTED = {
    # act, from, by whom: to, what becomes of the points
    ("confirm", "scheduled", "mentor"): ("confirmed", "held"),
    ("decline", "scheduled", "mentor"): ("declined", "refunded"),
    ("expire", "scheduled", "clock"): ("expired", "refunded"),
    ("cancel", "scheduled", "mentee"): ("cancelled", "refunded_by_policy"),
    ("cancel", "scheduled", "moderator"): ("cancelled", "refunded"),
    ("cancel", "confirmed", "mentee"): ("cancelled", "refunded_by_policy"),
    ("cancel", "confirmed", "mentor"): ("cancelled", "refunded"),
    ("cancel", "confirmed", "moderator"): ("cancelled", "refunded"),
    ("start", "confirmed", "clock"): ("in_progress", "held"),
    ("complete", "in_progress", "mentee"): ("completed", "paid"),
    ("complete", "in_progress", "clock"): ("completed", "paid"),
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
        assert act in lifecycle.acts(status, party)
        return
    assert act not in lifecycle.acts(status, party)
    with pytest.raises(NotAllowedNow) as caught:
        lifecycle.transition(act, status, party)
    assert caught.value.status == status.words
    assert str(caught.value) == f"You can't {act} this session: it is {status.words}."


def test_points_find_an_owner_when_the_session_is_over_and_not_before() -> None:
    for row in TRANSITIONS:
        assert row.target.is_over == (row.points is not Points.HELD)
        assert not row.source.is_over


def test_from_every_live_status_time_alone_leads_on() -> None:
    moved_by_clock = {row.source for row in TRANSITIONS if row.party is Party.CLOCK}
    assert moved_by_clock == LIVE


def test_whoever_did_it_is_not_told_and_the_other_is() -> None:
    for row in TRANSITIONS:
        assert row.party not in row.tells
        others = {Party.MENTOR, Party.MENTEE} - {row.party}
        assert set(row.tells) == others


def test_every_status_has_words_for_people() -> None:
    for status in Status:
        assert f"it is {status.words}".islower()
        assert "_" not in status.words
